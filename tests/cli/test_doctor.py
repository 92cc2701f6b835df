"""`voicectl doctor` as a person and a script meet it. What it finds: `tests/checkup/`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping

import pytest

from tests.conftest import Program
from tests.profiles.keyring_session import MISSING, keyring, own_home

SECRET = "CANARY-EXAMPLE-0123456789"
ADD = ("profile", "add", "x", "--vendor", "aws", "--set", "access_key_id=AKIAEXAMPLE", "--secret-stdin")


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


def test_a_healthy_home_exits_0(voicectl: Program) -> None:
    voicectl(*ADD, "--store", "file", stdin=SECRET)
    code, found = checked(voicectl)
    assert code == 0, found
    assert {"python", "libraries", "time", "player", "extras", "files", "profiles", "keyring"} <= found.keys()
    assert found["keys of profile x"][0]["status"] == "ok"


def test_people_get_lines_and_scripts_that_ask_get_the_error_too(voicectl: Program) -> None:
    env = {"HTTPS_PROXY": "gopher://x"}
    assert "failed       proxy: the proxy in HTTPS_PROXY" in voicectl("doctor", "-O", "text", env=env).stdout
    error = json.loads(voicectl("doctor", "-O", "json", env=env).stderr.splitlines()[-1])["error"]
    assert (error["kind"], error["exit_code"], "proxy" in error["message"]) == ("check_failed", 3, True)


def test_the_network_is_looked_at_if_asked(voicectl: Program) -> None:
    nobody = {"VOICECTL_ENDPOINT_URL": "http://127.0.0.1:9", "VOICECTL_NO_KEYRING": "1"}
    code, found = checked(voicectl, "--network", "--vendor", "tencent", env=nobody)
    assert (code, found["endpoint 127.0.0.1:9"][0]["status"]) == (3, "failed")


@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
def test_a_real_keyring_is_tried_and_left_empty(voicectl: Program) -> None:
    with own_home() as home, keyring(home) as environment:
        voicectl(*ADD, stdin=SECRET, env=environment)
        code, found = checked(voicectl, "--secrets", env=environment)
        assert (code, found["keyring"][0]["detail"]) == (0, "SecretService keeps, gives back and forgets")
        search = ["secret-tool", "search", "--all", "service", "voicectl"]
        items = subprocess.run(search, env=environment, capture_output=True, text=True, check=False)
        assert "doctor" not in items.stdout + items.stderr
        nobody = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"}
        code, found = checked(voicectl, env={**environment, **nobody})
        assert (code, "it holds keys of x" in found["keyring"][0]["detail"]) == (3, True)
