"""All checks of `doctor` together, in homes with a few faults each; nothing of the real home is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cloud.server import Answer, RawRequest, serving
from tests.fakes import world
from voicectl.actions.profile import Draft, add
from voicectl.checkup.here import here
from voicectl.checkup.network import network
from voicectl.checkup.scene import Scene
from voicectl.checkup.secrets import secrets
from voicectl.core.checkup import Finding
from voicectl.core.options import Options
from voicectl.profiles.forms import FORMS
from voicectl.runtime import Runtime

SECRET = "CANARY-EXAMPLE-0123456789"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": SECRET}
DRAFT = Draft(
    name="x",
    vendor="aws",
    region="eu-west-1",
    fields={"access_key_id": "AKIAEXAMPLE"},
    secrets={"access_key_secret": SECRET},
    store="file",
)


Part = Callable[[Scene], Iterator[Finding]]


@dataclass
class Home:
    """A home with one profile, and what is found there; the keyring is out of the play."""

    path: Path
    options: Options = field(default_factory=Options)

    @property
    def config(self) -> Path:
        return self.path / ".config" / "voicectl"

    def runtime(self, env: Mapping[str, str]) -> Runtime:
        return Runtime(world(env), self.options)

    def environ(self, env: Mapping[str, str] | None = None) -> dict[str, str]:
        return {"HOME": str(self.path), "PATH": "/nowhere", "VOICECTL_NO_KEYRING": "1", **(env or {})}

    def store(self, draft: Draft = DRAFT) -> None:
        runtime = self.runtime(self.environ())
        add(draft, FORMS[draft.vendor], runtime.profile_file, runtime.stores)

    def checked(
        self, *parts: str, env: Mapping[str, str] | None = None
    ) -> dict[str, list[dict[str, object]]]:
        """Return the findings by their check."""
        environ = self.environ(env)
        scene = Scene(runtime=self.runtime(environ), environment=environ, options=self.options)
        found: dict[str, list[dict[str, object]]] = {}
        for part in (here, *parts):
            for finding in part(scene):
                row = finding.as_json()
                assert SECRET not in str(row)
                assert row["hint"] or row["status"] in ("ok", "not_checked"), row
                found.setdefault(finding.check, []).append(row)
        return found


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    made.store()
    return made


def has(found: Mapping[str, list[dict[str, object]]], check: str, status: str, said: str) -> bool:
    return any(row["status"] == status and said in str(row["detail"]) for row in found[check])


def test_faults_in_our_files_are_all_found_at_once(home: Home) -> None:
    (home.config / "secrets").chmod(0o755)
    (home.config / "secrets/secrets.json").chmod(0o644)
    (home.config / "profiles.toml").write_text("default = \n")
    found = home.checked()
    assert has(found, "profiles", "failed", "profiles.toml:1:")
    said = [str(row["detail"]).removeprefix(f"{home.config}/") for row in found["files"]]
    assert said == ["secrets can be read by other users", "secrets/secrets.json can be read by other users"]


def test_a_stored_key_that_was_spoilt_is_found(home: Home) -> None:
    (home.config / "secrets/secrets.json").write_text('{"x/access_key_secret": " s-EXAMPLE"}')
    (row,) = home.checked()["keys of profile x"]
    assert (row["status"], "blanks around" in str(row["detail"])) == ("failed", True)
    assert row["hint"] == "voicectl profile set x --secret-stdin"


def test_faults_in_the_environment_are_all_found_at_once(home: Home) -> None:
    environ = {
        "HTTPS_PROXY": "http://",
        "SSL_CERT_FILE": "/nowhere.pem",
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "STS.EXAMPLE",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET,
        "OPENAI_API_KEY": f"{SECRET} ",
    }
    found = home.checked(env=environ)
    assert has(found, "proxy", "failed", "HTTPS_PROXY")
    assert has(found, "certificates", "failed", "/nowhere.pem")
    assert has(found, "keys of aws's variables", "failed", "AWS_SECRET_ACCESS_KEY is not")
    assert has(found, "keys of aliyun's variables", "failed", "token is missing")
    assert has(found, "keys of openai's variables", "failed", "holds blanks")


def test_what_is_odd_but_works_is_no_failure(home: Home) -> None:
    environ = {
        **KEYS,
        "AWS_PROFILE": "other",
        "TENCENTCLOUD_SECRET_ID": "LTAIEXAMPLE",
        "TENCENTCLOUD_SECRET_KEY": SECRET,
        "HOME": "",
    }
    found = home.checked(env=environ)
    assert has(found, "keys of aws's variables", "warning", "AWS_PROFILE has no effect")
    assert has(found, "keys of tencent's variables", "warning", "does not begin")
    assert has(found, "directory state", "warning", "no home")
    assert has(found, "time", "not_checked", "nobody here tells")
    assert has(found, "keyring", "not_checked", "no profile needs it")
    assert not [rows for rows in found.values() if any(row["status"] == "failed" for row in rows)]


class Vendor:
    """A service on loopback whose clock may differ, and which tells the caller's address."""

    def __init__(self, ahead: timedelta = timedelta(0)) -> None:
        self._ahead = ahead

    def __call__(self, request: RawRequest) -> Answer:
        date = datetime.now(UTC) + self._ahead
        headers = (("Date", date.strftime("%a, %d %b %Y %H:%M:%S GMT")),)
        return Answer(200, headers, b"203.0.113.7\n")


@pytest.mark.parametrize(
    ("ahead", "status", "said"),
    [
        (timedelta(0), "ok", "agrees"),
        (timedelta(minutes=8, seconds=5), "failed", "behind"),
        (-timedelta(hours=1), "failed", "ahead"),
    ],
)
def test_the_network_is_asked_without_keys(home: Home, ahead: timedelta, status: str, said: str) -> None:
    with serving(Vendor(ahead)) as server:
        found = home.checked(network, env={"VOICECTL_ENDPOINT_URL": server.url})
    assert has(found, "clock", status, said), found["clock"]
    assert has(found, f"endpoint {server.host}", "ok", "HTTP 200")
    assert has(found, "address aws", "ok", "aws sees 203.0.113.7")
    assert not any(request.header("authorization") for request in server.requests)


def test_what_serves_several_accounts_is_asked_once(home: Home) -> None:
    home.store(replace(DRAFT, name="y"))
    with serving(Vendor()) as server:
        found = home.checked(network, env={"VOICECTL_ENDPOINT_URL": server.url})
    assert (len(found["address aws"]), len(found[f"endpoint {server.host}"])) == (1, 1)


def test_a_service_that_cannot_be_reached_fails(home: Home) -> None:
    found = home.checked(network, env={"VOICECTL_ENDPOINT_URL": "http://127.0.0.1:9"})
    assert has(found, "endpoint 127.0.0.1:9", "failed", "cannot reach")
    assert has(found, "clock", "not_checked", "")


def test_without_network_nothing_is_sent(home: Home) -> None:
    with serving(Vendor()) as server:
        home.checked(secrets, env={"VOICECTL_ENDPOINT_URL": server.url, **KEYS})
    assert server.connections == 0


def test_a_secret_in_any_file_of_ours_is_found(home: Home) -> None:
    home.options = Options(log_file=str(home.path / "log.jsonl"))
    assert has(home.checked(secrets), "secrets", "ok", "none of 1 secrets")
    places = [
        home.config / "notes",
        home.path / ".cache/voicectl/a/b",
        home.path / ".local/state/voicectl/calls",
        home.path / "log.jsonl",
    ]
    for path in places:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'{{"key": "{SECRET}"}}')
    assert [row["detail"] for row in home.checked(secrets)["secrets"]] == [
        f"access_key_secret of profile x stands in {path}" for path in places
    ]


def test_a_secret_of_a_variable_is_looked_for_too(home: Home) -> None:
    (home.config / "notes").write_text("TOKEN-EXAMPLE")
    found = home.checked(secrets, env={"ALIYUN_NLS_TOKEN": "TOKEN-EXAMPLE"})
    assert has(found, "secrets", "failed", "ALIYUN_NLS_TOKEN stands in")


def test_what_cannot_be_looked_at_is_not_called_good(home: Home) -> None:
    mark = home.path / "ran"
    home.store(replace(DRAFT, name="vault", secrets={}, secret_from=f"cmd:touch {mark}"))
    found = home.checked(
        network, env={"EMOTIVOICE_API_KEY": SECRET, "VOICECTL_ENDPOINT_URL": "http://127.0.0.1:9"}
    )
    assert has(found, "keys of profile vault", "not_checked", "by cmd")
    assert has(found, "endpoint emotivoice", "not_checked", "three interfaces")
    assert not mark.exists()
