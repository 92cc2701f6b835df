"""`voicectl profile set` and `rename` as a person and a script meet them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping

import pytest

from tests.conftest import Program
from tests.profiles.keyring_session import MISSING, keyring, own_home

CANARY, OTHER = "CANARY-EXAMPLE", "OTHER-CANARY-EXAMPLE"
ADD = ("profile", "add", "x", "--vendor", "aws", "--set", "access_key_id=AKIAEXAMPLE", "--secret-stdin")


def test_set_and_rename_in_a_row(voicectl: Program) -> None:
    voicectl(*ADD, "--store", "file", stdin=CANARY)
    done = voicectl("profile", "set", "x", "endpoint.polly=https://p.example", "--region", "eu-west-1")
    assert (done.returncode, json.loads(done.stdout)["region"]) == (0, "eu-west-1"), done.stderr
    assert voicectl("profile", "set", "x", "--secret-stdin", stdin=OTHER).returncode == 0
    assert voicectl("profile", "rename", "x", "y").returncode == 0
    shown = json.loads(voicectl("profile", "show").stdout)
    assert (shown["name"], shown["endpoint"]) == ("y", {"polly": "https://p.example"})
    secrets = voicectl.home / ".config/voicectl/secrets/secrets.json"
    assert json.loads(secrets.read_text()) == {"y/access_key_secret": OTHER}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("profile", "set", "x"), 2, "nothing is to be set"),
        (("profile", "set", "x", "region"), 2, "NAME=VALUE"),
        (("profile", "set", "gone", "region=r"), 5, "no profile 'gone'"),
        (("profile", "set", "x", "--store", "shelf", "region=r"), 2, "not 'shelf'"),
        (("profile", "set", "x", f"access_key_secret={CANARY}"), 2, "voicectl profile set x --secret-stdin"),
        (("profile", "rename", "gone", "y"), 5, "no profile 'gone'"),
        (("profile", "rename", "x", "x"), 6, "'x' already"),
    ],
)
def test_what_cannot_be_done_has_its_exit_code(
    voicectl: Program, words: tuple[str, ...], code: int, said: str
) -> None:
    voicectl(*ADD, "--store", "file", stdin=CANARY)
    done = voicectl(*words)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert CANARY not in done.stdout + done.stderr


@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
def test_a_rename_takes_the_secret_along_in_a_real_keyring(voicectl: Program) -> None:
    with own_home() as home, keyring(home) as environment:
        voicectl(*ADD, stdin=CANARY, env=environment)
        assert voicectl("profile", "rename", "x", "y", env=environment).returncode == 0
        assert [looked_up(name, environment) for name in "xy"] == ["", CANARY]


def looked_up(name: str, environment: Mapping[str, str]) -> str:
    lookup = ["secret-tool", "lookup", "service", "voicectl", "username", f"{name}/access_key_secret"]
    return subprocess.run(lookup, env=environment, capture_output=True, text=True, check=False).stdout
