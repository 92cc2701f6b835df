"""A vendor and a scheme of another package, installed by pip, through the real process."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cloud.server import Answer, RawRequest, serving
from tests.cloud.sounds import made
from tests.conftest import Program
from tests.packages import install

SOURCE = """
from contextlib import contextmanager
from dataclasses import replace

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import CredentialError
from voicectl.core.tts import SpeechStream, TextLimit, Voice
from voicectl.core.vendor import Vendor
from voicectl.signing import schemes


def acme4(name, region, service, options):
    scheme = schemes.build("aws-sigv4", region=region, service=service)
    return replace(scheme, scheme=name, key_prefix="ACME4")


def judge(reply):
    return CredentialError("acme knows no such key", vendor_code="NOKEY") if reply.status == 401 else None


class Speech:
    formats = (AudioFormat(Container.WAV, 16000),)
    text_limit = TextLimit(100)

    def __init__(self, access):
        self.access = access

    def voices(self):
        yield Voice(id="ann", name="Ann", lang="en", gender="female", engines=(), vendor="acme")

    def settle(self, utterance):
        return replace(utterance, voice=utterance.voice or "ann")

    @contextmanager
    def synthesize(self, utterance):
        endpoint = self.access.endpoint("speech", "https://speech.acme.example")
        client = self.access.client(acme4("acme4", "r", "speech", {}), judge)
        with client.stream(endpoint.request("POST", "/speak", body=utterance.text.encode())) as reply:
            yield SpeechStream(format=self.formats[0], chunks=reply.chunks)


CARD = Vendor(name="acme", title="Acme", tts=Speech)


def broken():
    raise RuntimeError
"""
ENTRY_POINTS = """[voicectl.vendors]
acme = acme_voice:CARD
acme-broken = acme_absent:CARD
acme-wrong = acme_voice:broken
local = acme_voice:broken

[voicectl.schemes]
acme4 = acme_voice:acme4
"""
KEYS = {"access_key_id": "ACMEKEY", "access_key_secret": "secretEXAMPLE"}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("acme"), "acme-voice", SOURCE, ENTRY_POINTS)


@pytest.fixture
def program(voicectl: Program, package: Path) -> Program:
    return replace(voicectl, environ={**voicectl.environ, "PYTHONPATH": str(package)})


def speak(request: RawRequest) -> Answer:
    signed = "ACMEKEY/" in (request.header("authorization") or "")
    if not signed:
        return Answer(401, (("Content-Type", "text/plain"),), b"who?")
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
    assert [voice["id"] for voice in voices] == ["ann"]


def test_a_scheme_of_another_package_works_in_sign_debug(program: Program) -> None:
    keys = {"VOICECTL_ACCESS_KEY_ID": "A", "VOICECTL_ACCESS_KEY_SECRET": "s"}
    words = ("--scheme", "acme4", "--region", "r", "--service", "s", "--url", "https://h.example/")
    shown = json.loads(program("sign", "debug", *words, env=keys).stdout)
    assert shown["scheme"] == "acme4"
    assert len(shown["signature"]) == 64


def test_a_broken_vendor_is_named_with_its_package_and_breaks_nothing_else(program: Program) -> None:
    broken = program("say", "hi", "--vendor", "acme-broken", "-o", "x.wav")
    assert broken.returncode == 78
    assert "acme-voice" in broken.stderr
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
