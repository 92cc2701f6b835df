"""`voicectl doctor` in homes with one fault each: the fault is found, named, and has a next step."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cloud.server import Answer, RawRequest, serving
from tests.conftest import Program
from tests.profiles.keyring_session import MISSING, keyring, own_home

SECRET = "CANARY-EXAMPLE-0123456789"
ADD = (
    "profile",
    "add",
    "x",
    "--vendor",
    "aws",
    "--region",
    "eu-west-1",
    "--set",
    "access_key_id=AKIAEXAMPLE",
)
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": SECRET}


def checked(
    voicectl: Program, *words: str, env: Mapping[str, str] | None = None
) -> tuple[int, dict[str, list[dict[str, str]]]]:
    """Return the exit code and the findings by their check."""
    done = voicectl("doctor", *words, env=env)
    assert SECRET not in done.stdout + done.stderr
    found: dict[str, list[dict[str, str]]] = {}
    for row in json.loads(done.stdout):
        assert row.keys() == {"check", "status", "detail", "hint"}
        assert row["hint"] or row["status"] in ("ok", "not_checked"), row
        found.setdefault(row["check"], []).append(row)
    return done.returncode, found


def stored(voicectl: Program) -> Path:
    """Store a profile and its secret in files; return the configuration directory."""
    voicectl(*ADD, "--store", "file", "--secret-stdin", stdin=SECRET)
    return voicectl.home / ".config" / "voicectl"


def test_a_healthy_home_exits_0(voicectl: Program) -> None:
    stored(voicectl)
    code, found = checked(voicectl)
    assert code == 0, found
    assert {"python", "libraries", "time", "player", "extras", "files", "profiles", "keyring"} <= found.keys()
    assert found["keys of profile x"][0]["status"] == "ok"


def test_people_get_lines_and_scripts_that_ask_get_the_error_too(voicectl: Program) -> None:
    env = {"HTTPS_PROXY": "gopher://x"}
    assert "failed       proxy: the proxy in HTTPS_PROXY" in voicectl("doctor", "-O", "text", env=env).stdout
    error = json.loads(voicectl("doctor", "-O", "json", env=env).stderr.splitlines()[-1])["error"]
    assert (error["kind"], error["exit_code"], "proxy" in error["message"]) == ("check_failed", 3, True)


def test_faults_in_our_files_are_all_found_at_once(voicectl: Program) -> None:
    config = stored(voicectl)
    (config / "secrets").chmod(0o755)
    (config / "secrets/secrets.json").chmod(0o644)
    (config / "profiles.toml").write_text("default = \n")
    code, found = checked(voicectl)
    assert (code, "profiles.toml:1:" in found["profiles"][0]["detail"]) == (3, True)
    said = [row["detail"].removeprefix(f"{config}/") for row in found["files"]]
    assert said == ["secrets can be read by other users", "secrets/secrets.json can be read by other users"]


def test_a_stored_key_that_was_spoilt_is_found(voicectl: Program) -> None:
    config = stored(voicectl)
    (config / "secrets/secrets.json").write_text('{"x/access_key_secret": " s-EXAMPLE"}')
    code, found = checked(voicectl)
    assert (code, "blanks around" in found["keys of profile x"][0]["detail"]) == (3, True)
    assert found["keys of profile x"][0]["hint"] == "voicectl profile set x --secret-stdin"


def test_faults_in_the_environment_are_all_found_at_once(voicectl: Program) -> None:
    environ = {
        "HTTPS_PROXY": "http://",
        "SSL_CERT_FILE": "/nowhere.pem",
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "STS.EXAMPLE",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET,
        "OPENAI_API_KEY": f"{SECRET} ",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    code, found = checked(voicectl, env=environ)
    expected = {
        "proxy": ("failed", "HTTPS_PROXY"),
        "certificates": ("failed", "/nowhere.pem"),
        "keys of aws's variables": ("failed", "AWS_SECRET_ACCESS_KEY is not"),
        "keys of aliyun's variables": ("failed", "token is missing"),
        "keys of openai's variables": ("failed", "holds blanks"),
        "keyring": ("warning", "null backend"),
    }
    assert code == 3
    for check, (status, said) in expected.items():
        assert any(row["status"] == status and said in row["detail"] for row in found[check]), found[check]


def test_what_is_odd_but_works_is_a_warning_and_exits_0(voicectl: Program) -> None:
    environ = {
        **KEYS,
        "AWS_PROFILE": "other",
        "TENCENTCLOUD_SECRET_ID": "LTAIEXAMPLE",
        "TENCENTCLOUD_SECRET_KEY": SECRET,
        "HOME": "",
        "PATH": "/nowhere",
        "VOICECTL_NO_KEYRING": "1",
    }
    code, found = checked(voicectl, env=environ)
    expected = {
        "keys of aws's variables": ("warning", "AWS_PROFILE has no effect"),
        "keys of tencent's variables": ("warning", "does not begin"),
        "directory state": ("warning", "no home"),
        "time": ("not_checked", "nobody here tells"),
        "keyring": ("not_checked", "no profile needs it"),
    }
    assert code == 0
    for check, (status, said) in expected.items():
        assert any(row["status"] == status and said in row["detail"] for row in found[check]), found[check]


class Vendor:
    """A service on loopback whose clock may differ, and which tells the caller's address."""

    def __init__(self, ahead: timedelta = timedelta(0)) -> None:
        self._ahead = ahead

    def __call__(self, request: RawRequest) -> Answer:
        date = datetime.now(UTC) + self._ahead
        headers = (("Date", date.strftime("%a, %d %b %Y %H:%M:%S GMT")),)
        return Answer(200, headers, b"203.0.113.7\n")


@pytest.mark.parametrize(
    ("ahead", "code", "said"),
    [
        (timedelta(0), 0, "agrees"),
        (timedelta(minutes=8, seconds=5), 3, "behind"),
        (-timedelta(hours=1), 3, "ahead"),
    ],
)
def test_the_network_is_asked_without_keys(voicectl: Program, ahead: timedelta, code: int, said: str) -> None:
    stored(voicectl)
    with serving(Vendor(ahead)) as server:
        ended, found = checked(voicectl, "--network", env={"VOICECTL_ENDPOINT_URL": server.url})
    assert (ended, said in found["clock"][0]["detail"]) == (code, True), found["clock"]
    assert found[f"endpoint {server.host}"][0]["status"] == "ok"
    assert found["address aws"][0]["detail"] == "aws sees 203.0.113.7"
    assert not any(request.header("authorization") for request in server.requests)


def test_a_service_that_cannot_be_reached_fails(voicectl: Program) -> None:
    stored(voicectl)
    code, found = checked(voicectl, "--network", env={"VOICECTL_ENDPOINT_URL": "http://127.0.0.1:9"})
    assert (code, found["endpoint 127.0.0.1:9"][0]["status"]) == (3, "failed")
    assert found["clock"][0]["status"] == "not_checked"


def test_without_network_nothing_is_sent(voicectl: Program) -> None:
    stored(voicectl)
    with serving(Vendor()) as server:
        checked(voicectl, "--secrets", env={"VOICECTL_ENDPOINT_URL": server.url, **KEYS})
    assert server.connections == 0


def test_a_secret_in_any_file_of_ours_is_found(voicectl: Program) -> None:
    config = stored(voicectl)
    log = ("--log-file", str(voicectl.home / "log.jsonl"))
    assert checked(voicectl, *log, "--secrets")[1]["secrets"][0]["status"] == "ok"
    places = [
        config / "notes",
        voicectl.home / ".cache/voicectl/a/b",
        voicectl.home / ".local/state/voicectl/calls",
        voicectl.home / "log.jsonl",
    ]
    for path in places:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'{{"key": "{SECRET}"}}')
    code, found = checked(voicectl, *log, "--secrets")
    assert code == 3
    assert [row["detail"] for row in found["secrets"]] == [
        f"access_key_secret of profile x stands in {path}" for path in places
    ]


def test_a_secret_of_a_variable_is_looked_for_too(voicectl: Program) -> None:
    path = voicectl.home / "log.jsonl"
    path.write_text(SECRET)
    code, found = checked(voicectl, "--log-file", str(path), "--secrets", env=KEYS)
    assert (code, "AWS_SECRET_ACCESS_KEY stands in" in found["secrets"][0]["detail"]) == (3, True)


@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
def test_a_real_keyring_is_tried_and_left_empty(voicectl: Program) -> None:
    with own_home() as home, keyring(home) as environment:
        voicectl(*ADD, "--secret-stdin", stdin=SECRET, env=environment)
        code, found = checked(voicectl, "--secrets", env=environment)
        assert (code, found["keyring"][0]["detail"]) == (0, "SecretService keeps, gives back and forgets")
        search = ["secret-tool", "search", "--all", "service", "voicectl"]
        items = subprocess.run(search, env=environment, capture_output=True, text=True, check=False)
        assert "doctor" not in items.stdout + items.stderr
        nobody = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"}
        code, found = checked(voicectl, env={**environment, **nobody})
        assert (code, "it holds keys of x" in found["keyring"][0]["detail"]) == (3, True)


def test_what_cannot_be_looked_at_is_not_called_good(voicectl: Program) -> None:
    mark = voicectl.home / "ran"
    voicectl(*ADD, "--secret-from", f"cmd:touch {mark}")
    env = {"EMOTIVOICE_API_KEY": SECRET, "VOICECTL_ENDPOINT_URL": "http://127.0.0.1:9"}
    found = checked(voicectl, "--network", env=env)[1]
    assert found["keys of profile x"][0]["status"] == "not_checked"
    assert found["endpoint emotivoice"][0]["status"] == "not_checked"
    assert not mark.exists()
