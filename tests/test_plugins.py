"""A vendor and a scheme of another package, installed by pip, through the real process."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cloud.server import Answer, RawRequest, serving
from tests.cloud.sounds import made
from tests.conftest import Program
from tests.packages import install, install_project
from voicectl.vendors.registry import BUILT_IN

EXAMPLE = Path(__file__).parent / "example"
BROKEN = """
def broken():
    raise RuntimeError
"""
BROKEN_POINTS = """[voicectl.vendors]
acme-broken = acme_absent:CARD
acme-wrong = broken_voice:broken
local = broken_voice:broken
"""
KEYS = {"access_key_id": "ACMEKEY", "access_key_secret": "secretEXAMPLE"}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the example and a package that is of no use are installed."""
    place = tmp_path_factory.mktemp("plugins")
    install(place, "broken-voice", BROKEN, BROKEN_POINTS)
    return install_project(EXAMPLE, place)


@pytest.fixture
def program(voicectl: Program, package: Path) -> Program:
    return replace(voicectl, environ={**voicectl.environ, "PYTHONPATH": str(package)})


def speak(request: RawRequest) -> Answer:
    signed = "ACMEKEY/" in (request.header("authorization") or "")
    if not signed:
        return Answer(
            403, (("Content-Type", "application/json"),), b'{"code": "NoSuchKey", "message": "who?"}'
        )
    return Answer(200, (("Content-Type", "audio/wav"),), made("wav"))


def test_a_vendor_of_another_package_speaks_with_a_profile_of_its_own(program: Program) -> None:
    stored = program(
        "profile", "add", "mine", "--vendor", "acme", "--store", "file",
        "--set", f"access_key_id={KEYS['access_key_id']}", "--secret-stdin", stdin=KEYS["access_key_secret"],
    )  # fmt: skip
    assert stored.returncode == 0, stored.stderr
    with serving(speak) as server:
        done = program("say", "hello", "-p", "mine", "--endpoint-url", server.url, "-o", "x.wav")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["vendor"], result["voice"]) == ("acme", "ann")
    voices = json.loads(program("tts", "voices", "-p", "mine").stdout)
    assert [voice["id"] for voice in voices] == ["ann", "wei"]


def test_a_scheme_of_another_package_works_in_sign_debug(program: Program) -> None:
    keys = {"VOICECTL_ACCESS_KEY_ID": "A", "VOICECTL_ACCESS_KEY_SECRET": "s"}
    words = ("--scheme", "acme4", "--region", "r", "--service", "s", "--url", "https://h.example/")
    shown = json.loads(program("sign", "debug", *words, env=keys).stdout)
    assert shown["scheme"] == "acme4"
    assert len(shown["signature"]) == 64


def test_a_broken_vendor_is_named_with_its_package_and_breaks_nothing_else(program: Program) -> None:
    broken = program("say", "hi", "--vendor", "acme-broken", "-o", "x.wav")
    assert broken.returncode == 78
    assert "broken-voice" in broken.stderr
    assert program("say", "hi", "--vendor", "local", "-o", "x.wav").returncode == 0


@pytest.mark.parametrize(("setting", "code"), [("none", 78), ("other", 78), ("acme,other", 0), ("all", 0)])
def test_plugins_load_only_where_the_user_lets_them(program: Program, setting: str, code: int) -> None:
    env = {"VOICECTL_PLUGINS": setting}
    voices = program("tts", "voices", "--vendor", "acme", env=env)
    assert voices.returncode == code
    assert ("VOICECTL_PLUGINS" in voices.stderr) == (code != 0)
    assert program("tts", "voices", "--vendor", "local", env=env).returncode == 0


def test_a_forbidden_scheme_is_forbidden_in_flags_and_cases(program: Program) -> None:
    env = {"VOICECTL_PLUGINS": "none", "VOICECTL_ACCESS_KEY_ID": "A", "VOICECTL_ACCESS_KEY_SECRET": "s"}
    words = ("--scheme", "acme4", "--region", "r", "--service", "s", "--url", "https://h.example/")
    assert program("sign", "debug", *words, env=env).returncode == 78
    case = {"name": "x", "signer": "acme4", "credentials": KEYS, "context": {}, "request": {}}
    assert program("sign", "debug", "--from", "-", stdin=json.dumps(case), env=env).returncode == 78
    raw = "GET / HTTP/1.1\nHost: h.example\nAuthorization: x\n\n"
    assert program("sign", "explain", "-", "--scheme", "acme4", stdin=raw, env=env).returncode == 78


def test_plugin_list_tells_of_each_whether_it_works(program: Program) -> None:
    done = program("plugin", "list")
    assert done.returncode == 3
    rows = {(row["kind"], row["name"]): row for row in json.loads(done.stdout)}
    health = {name: row["health"] for name, row in rows.items()}
    assert health == {
        ("vendor", "acme"): "ok",
        ("vendor", "acme-broken"): "broken",
        ("vendor", "acme-wrong"): "broken",
        ("vendor", "local"): "shadowed",
        ("scheme", "acme4"): "ok",
    }
    assert "acme_absent" in rows["vendor", "acme-broken"]["reason"]
    assert "is not a voicectl.core.vendor.Vendor" in rows["vendor", "acme-wrong"]["reason"]
    good = rows["vendor", "acme"]
    assert (good["distribution"], good["version"], good["entry_point"]) == (
        "acme-voice",
        "1.0",
        "acme_voice:CARD",
    )


def test_plugin_list_loads_nothing_that_may_not_load(program: Program) -> None:
    done = program("plugin", "list", env={"VOICECTL_PLUGINS": "acme4"})
    assert done.returncode == 0
    health = {row["name"]: row["health"] for row in json.loads(done.stdout)}
    assert (health["acme4"], health["acme"], health["acme-broken"]) == ("ok", "forbidden", "forbidden")


def test_the_example_is_a_vendor_in_100_lines_and_its_errors_are_its_own(program: Program) -> None:
    assert len((EXAMPLE / "acme_voice.py").read_text().splitlines()) <= 100
    keys = {"VOICECTL_ACCESS_KEY_ID": "OTHER", "VOICECTL_ACCESS_KEY_SECRET": "secretEXAMPLE"}
    add = ("profile", "add", "mine", "--vendor", "acme", "--store", "file", "--set", "access_key_id=OTHER")
    assert program(*add, "--secret-stdin", stdin=keys["VOICECTL_ACCESS_KEY_SECRET"]).returncode == 0
    with serving(speak) as server:
        done = program(
            "say", "hello", "-p", "mine", "--endpoint-url", server.url, "-o", "x.wav", "-O", "json"
        )
    error = json.loads(done.stderr.splitlines()[-1])["error"]
    assert (done.returncode, error["vendor_code"], error["message"]) == (
        77,
        "NoSuchKey",
        "acme refuses: who?",
    )
    wish = program("say", "hello", "-p", "mine", "--rate", "3", "-o", "x.wav")
    assert (wish.returncode, "0.5 to 2" in wish.stderr) == (2, True)


CONFORMING = {
    "aws": ("--region", "eu-west-1"),
    "aliyun": ("--region", "cn-shanghai"),
    "volcengine": ("--region", "cn-north-1"),
    "tencent": ("--region", "ap-guangzhou"),
    "twilio": ("--set", "account_sid=AC00000000000000000000000000000000"),
    "openai": (),
    "emotivoice": (),
    "local": (),
    "acme": (),
}


@pytest.mark.slow
@pytest.mark.parametrize("vendor", [*BUILT_IN, "acme"])
def test_every_vendor_keeps_the_promises_that_an_author_runs(program: Program, vendor: str) -> None:
    words = [sys.executable, "-m", "voicectl.testing", "-q", "--vendor", vendor, *CONFORMING[vendor]]
    done = subprocess.run(
        words, env=program.environment(), cwd=program.home, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_a_vendor_that_breaks_a_promise_is_found(program: Program, tmp_path: Path) -> None:
    source = (EXAMPLE / "acme_voice.py").read_text().replace('"https://', '"http://')
    place = install(tmp_path, "open-voice", source, "[voicectl.vendors]\nacme = open_voice:CARD\n")
    done = subprocess.run(
        [sys.executable, "-m", "voicectl.testing", "-q", "--vendor", "acme"],
        env=program.environment({"PYTHONPATH": str(place)}),
        cwd=program.home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "test_what_is_sent_is_signed_and_shows_no_secret" in done.stdout
