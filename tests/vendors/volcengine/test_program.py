"""`voicectl` with Volcengine's speech as a shell meets it: files, live text, keys and where they may go."""

from __future__ import annotations

import json
import wave

import pytest

from tests.cloud.server import serving
from tests.cloud.volcengine_sockets import SecondSocket
from tests.cloud.volcengine_speech import API_KEY, TOKEN, VolcengineSpeech, expected_sound
from tests.cloud.websocket import talking
from tests.conftest import Program
from tests.vendors.volcengine.speaking import KEYS, OLD_KEYS

SAY = ("--vendor", "volcengine", "say")
LONG = "".join(f"这是第{number}句话，the number is {number}。" for number in range(60))


@pytest.fixture
def service() -> VolcengineSpeech:
    return VolcengineSpeech()


@pytest.mark.parametrize("words", [(), ("--engine", "volcano_tts")], ids=["v3", "v1"])
def test_a_long_text_becomes_one_wav_without_a_gap(
    voicectl: Program, service: VolcengineSpeech, words: tuple[str, ...]
) -> None:
    with serving(service) as server:
        done = voicectl(*SAY, LONG, "-o", "a.wav", *words, "--endpoint-url", server.url, env=OLD_KEYS)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    texts = sorted((_text(body) for body in service.spoken), key=LONG.index)
    assert "".join(texts) == LONG
    with wave.open(str(voicectl.home / "a.wav")) as sound:
        assert sound.readframes(sound.getnframes()) == b"".join(map(expected_sound, texts))
    assert result["sample_rate"] == 24000
    assert result["chunks"] == len(texts) > 1
    assert result["billed_characters"] == (None if words else len(LONG))


def _text(body: dict[str, dict[str, str]]) -> str:
    return body["req_params" if "req_params" in body else "request"]["text"]


def test_text_from_a_pipe_is_spoken_as_it_comes(voicectl: Program) -> None:
    socket = SecondSocket()
    with talking(socket.talk, gate=socket.gate) as server:
        words = (*SAY, "--live", "-o", "a.wav", "--endpoint-url", server.url)
        done = voicectl(*words, stdin="你好。\nworld.\n", env=KEYS)
    assert done.returncode == 0, done.stderr
    said = "".join(piece["text"] for piece in socket.service.spoken)
    assert "".join(said.split()) == "你好。world."
    assert json.loads(done.stdout)["billed_characters"] == len(said)


@pytest.mark.parametrize("voice", ["zh_x_uranus_bigtts", "BV001_streaming"], ids=["v3", "v1"])
def test_no_key_is_shown_by_a_dry_run_or_in_the_talk(
    voicectl: Program, service: VolcengineSpeech, voice: str
) -> None:
    dry = voicectl("-n", *SAY, "hi", "-o", "a.wav", "-v", voice, env=OLD_KEYS)
    assert dry.returncode == 0, dry.stderr
    with serving(service) as server:
        words = (*SAY, "hi", "-o", "a.wav", "-v", voice, "--debug", "--log-file", "log")
        done = voicectl(*words, "--endpoint-url", server.url, env={**OLD_KEYS, **KEYS})
    everything = dry.stdout + dry.stderr + done.stdout + done.stderr + (voicectl.home / "log").read_text()
    assert TOKEN not in everything
    assert API_KEY not in everything


def test_a_stored_token_goes_to_its_own_host_only(voicectl: Program, service: VolcengineSpeech) -> None:
    add = ("profile", "add", "x", "--vendor", "volcengine", "--set", "speech_app_id=1234567890")
    stored = voicectl(*add, "--store", "file", "--secret-stdin", stdin=f"speech_access_token={TOKEN}")
    assert stored.returncode == 0, stored.stderr
    with serving(service) as server:
        words = ("-p", "x", "say", "hi", "-o", "a.wav", "--endpoint-url", server.url)
        wrong = {"VOLC_SPEECH_API_KEY": "EXAMPLE-of-another-account"}
        refused = voicectl(*words, env=wrong)
        assert (refused.returncode, server.requests) == (6, []), refused.stderr
        allowed = voicectl(*words, "--allow-host", "127.0.0.1", env=wrong)
        assert allowed.returncode == 0, allowed.stderr
