"""`voicectl` with OpenAI's interface as a shell meets it: keys, servers without keys, every form of error."""

from __future__ import annotations

import json
import subprocess
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cloud.openai import FORMS, KEY, REQUEST_ID, OpenAiServer
from tests.cloud.server import serving
from tests.cloud.sounds import pcm, seconds_of
from tests.conftest import Program

TEXT = "你好，世界！Hello from voicectl, 3 < 4 & so on. 😀👍🏽"


@dataclass
class Shell:
    """A shell before one server; with a key in its environment unless that is empty."""

    program: Program
    server: OpenAiServer
    key: str = KEY
    path: str = "/v1"

    def __call__(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        with serving(self.server) as running:
            keys = {"OPENAI_API_KEY": self.key} if self.key else {}
            base = {"OPENAI_BASE_URL": running.url + self.path}
            return self.program("--vendor", "openai", *words, env={**keys, **base, **env})

    @property
    def home(self) -> Path:
        return self.program.home


@pytest.fixture
def shell(voicectl: Program) -> Shell:
    return Shell(voicectl, OpenAiServer())


def error_of(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    error: dict[str, Any] = json.loads(done.stderr.splitlines()[-1])["error"]
    return error


def test_chinese_english_and_emoji_become_a_wav_whose_header_is_repaired(shell: Shell) -> None:
    done = shell("say", TEXT, "-o", "a.wav")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["vendor"], result["sample_rate"], result["request_ids"]) == ("openai", 24000, [REQUEST_ID])
    with wave.open(str(shell.home / "a.wav")) as sound:
        assert sound.readframes(sound.getnframes()) == pcm(seconds_of(TEXT), 24000)
    assert shell.server.spoken == [
        {"model": "tts-1", "input": TEXT, "voice": "alloy", "response_format": "wav"}
    ]


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/"])
def test_a_base_url_with_and_without_v1_leads_to_the_same_place(shell: Shell, path: str) -> None:
    shell.path = path
    assert shell("say", "hi", "-o", "a.mp3").returncode == 0


def test_wishes_become_the_interfaces_words(shell: Shell) -> None:
    words = (
        "--engine",
        "gpt-4o-mini-tts",
        "-v",
        "nova",
        "--rate",
        "1.5",
        "--emotion",
        "happy",
        "--style",
        "softly",
    )
    assert shell("say", "hi", "-o", "a.opus", *words, "--param", "user=x", "--param", "n=2").returncode == 0
    assert shell.server.spoken[-1] == {
        "model": "gpt-4o-mini-tts",
        "input": "hi",
        "voice": "nova",
        "response_format": "opus",
        "speed": 1.5,
        "instructions": "Speak in a happy tone. softly",
        "user": "x",
        "n": 2,
    }


def test_a_server_without_keys_is_spoken_to_without_one(shell: Shell) -> None:
    shell.key = shell.server.key = ""
    assert shell("say", "hi", "-o", "a.wav").returncode == 0


def test_a_wrong_key_is_77_with_code_and_request_id_and_is_not_repeated(shell: Shell) -> None:
    shell.key = "sk-EXAMPLE-wrong-key"
    done = shell("say", "hi", "-o", "a.wav", "-O", "json")
    error = error_of(done)
    assert (done.returncode, error["vendor_code"], error["request_id"]) == (77, "invalid_api_key", REQUEST_ID)
    assert ("the key came from: environment" in error["hint"], shell.key in done.stderr) == (True, False)
    shell.key = ""
    assert "no key was sent" in shell("say", "hi", "-o", "a.wav").stderr
    assert [path for path in shell.home.iterdir() if not path.name.startswith(".")] == []


def test_openai_itself_wants_a_key(voicectl: Program) -> None:
    done = voicectl("--vendor", "openai", "say", "hi", "-o", "a.wav")
    assert (done.returncode, "OPENAI_API_KEY" in done.stderr) == (77, True)


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_an_error_is_understood_in_every_form(shell: Shell, form: str) -> None:
    shell.server.form = FORMS[form]
    refused = shell("say", "hi", "-v", "nobody", "-o", "a.wav")
    assert (refused.returncode in (5, 76), "does not exist" in refused.stderr) == (True, True), refused.stderr
    shell.key = "sk-EXAMPLE-wrong-key"
    assert shell("say", "hi", "-o", "a.wav").returncode == 77


@pytest.mark.parametrize(
    ("listing", "ids"),
    [
        ({"voices": ["a", "b"]}, ["a", "b"]),
        ({"voices": [{"id": "a", "name": "Anna", "gender": "F", "language": "de"}]}, ["a"]),
        ({"data": [{"name": "x"}]}, ["x"]),
        (None, []),
    ],
    ids=["names", "objects", "data", "no route"],
)
def test_voices_come_in_every_form(shell: Shell, listing: object, ids: list[str]) -> None:
    shell.server.listing = listing
    done = shell("tts", "voices")
    assert (done.returncode, [voice["id"] for voice in json.loads(done.stdout)]) == (0, ids), done.stderr
    assert ("lists no voices" in done.stderr) is not ids


def test_a_stored_key_goes_to_its_own_host_only(shell: Shell) -> None:
    add = ("profile", "add", "x", "--vendor", "openai", "--set", "base_url=https://speech.example/v1")
    assert shell.program(*add, "--store", "file", "--secret-stdin", stdin=KEY).returncode == 0
    with serving(shell.server) as running:
        words = ("say", "hi", "-o", "a.wav", "--profile", "x", "--endpoint-url", running.url)
        done = shell.program(*words)
        assert (done.returncode, running.requests, "--allow-host" in done.stderr) == (6, [], True)
        assert shell.program(*words, "--allow-host", "127.0.0.1").returncode == 0
