"""`voicectl` with EmotiVoice's three forms as a shell meets them, each against its own kind of server."""

from __future__ import annotations

import json
import subprocess
import wave
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cloud.emotivoice import APP, Gateway, OpenServer, Youdao, demo_page
from tests.cloud.server import Answer, RawRequest, Server, serving
from tests.cloud.sounds import mp3, pcm, seconds_of
from tests.conftest import Program
from voicectl.core.errors import VendorRefused
from voicectl.core.request import Reply
from voicectl.vendors.emotivoice.gateway import judge

TEXT = "你好，世界！Hello from voicectl, 3 < 4 & so on. 😀👍🏽"
KEY = {"EMOTIVOICE_API_KEY": "ak_live_EXAMPLE"}


def profile(program: Program, api: str, *fields: str, secret: str = "") -> Callable[..., Any]:
    """Add a profile of one form, and return a shell that uses it."""
    settings = [word for field in (f"api={api}", *fields) for word in ("--set", field)]
    store = ("--store", "file", "--secret-stdin") if secret else ()
    words = ("profile", "add", "x", "--vendor", "emotivoice", *settings, *store)
    added = program(*words, stdin=secret)
    assert added.returncode == 0, added.stderr

    def run(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
        return program("--profile", "x", *words, env=env)

    return run


def heard(path: Path) -> bytes:
    with wave.open(str(path)) as sound:
        return sound.readframes(sound.getnframes())


def test_the_open_server_speaks_with_a_prompt(voicectl: Program) -> None:
    service = OpenServer()
    with serving(service) as server:
        shell = profile(voicectl, "openai", f"base_url={server.url}")
        done = shell(
            "say", TEXT, "--emotion", "happy", "--style", "whispering", "--rate", "1.2", "-o", "a.wav"
        )
    assert done.returncode == 0, done.stderr
    assert service.spoken == [
        {
            "model": "emoti-voice",
            "input": TEXT,
            "voice": "8051",
            "response_format": "wav",
            "prompt": "开心 whispering",
            "speed": 1.2,
        }
    ]
    assert heard(voicectl.home / "a.wav") == pcm(seconds_of(TEXT), 16000)
    assert server.requests[0].header("authorization") is None


def test_what_the_open_server_would_ignore_is_refused(voicectl: Program) -> None:
    shell = profile(voicectl, "openai", "base_url=http://127.0.0.1:1")
    for words, said in {
        ("--emotion", "bored"): "neutral, happy, sad, angry, surprised, fearful, disgusted",
        ("--pitch", "+1"): "emotivoice has no --pitch; it has --voice",
        ("--sample-rate", "24000"): "16000",
    }.items():
        done = shell("say", "hi", "-o", "a.wav", *words)
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr


def test_a_500_names_what_it_usually_means(voicectl: Program) -> None:
    with serving(OpenServer()) as server:
        shell = profile(voicectl, "openai", f"base_url={server.url}/v1")
        done = shell("say", "hi", "-v", "alloy", "-o", "a.wav", "--retries", "0")
        assert (done.returncode, "may not know voice 'alloy'" in done.stderr) == (75, True), done.stderr
        assert [voice["id"] for voice in json.loads(shell("tts", "voices").stdout)][:2] == ["8051", "11614"]


def test_a_voice_that_is_no_number_is_warned_of(voicectl: Program) -> None:
    sound = Answer(200, (("Content-Type", "audio/mp3"),), mp3(0.2))
    with serving(lambda request: sound) as server:
        shell = profile(voicectl, "openai", f"base_url={server.url}")
        done = shell("say", "hi", "-v", "mine", "-o", "a.mp3")
    assert (done.returncode, "'mine' is no number" in done.stderr) == (0, True), done.stderr


def test_the_port_of_the_demo_is_told_apart(voicectl: Program) -> None:
    with serving(demo_page) as server:
        done = profile(voicectl, "openai", f"base_url={server.url}")("say", "hi", "-o", "a.wav")
    assert (done.returncode, "the API is on 8000" in done.stderr) == (77, True)


def test_a_gateways_pointer_is_followed_with_the_key_to_its_own_origin(voicectl: Program) -> None:
    service = Gateway()
    with serving(service) as server:
        shell = profile(voicectl, "v1tts", f"base_url={server.url}")
        for pointer in ("/audio/output 1.wav", f"//{server.host}/a.wav?x=1", ""):
            service.pointer = pointer
            done = shell("say", TEXT, "--emotion", "sad", "--no-cache", "-o", "a.wav", **KEY)
            assert done.returncode == 0, done.stderr
            assert heard(voicectl.home / "a.wav") == pcm(seconds_of(TEXT), 16000)
    assert service.spoken == [{"text": TEXT, "emotion": "sad"}] * 3
    assert [request.target for request in service.fetched] == ["/audio/output%201.wav", "/a.wav?x=1"]


def test_the_key_never_goes_where_an_answer_points(voicectl: Program) -> None:
    came: list[RawRequest] = []

    def stranger(request: RawRequest) -> Answer:
        came.append(request)
        return Answer(200, (("Content-Type", "audio/wav"),), b"")

    service = Gateway()
    with serving(service) as server, serving(stranger) as other:
        shell = profile(voicectl, "v1tts", f"base_url={server.url}")
        for pointer in (
            f"{other.url}/a.wav",
            f"http://user@{server.host}.evil.example/a",
            "file:///etc/passwd",
        ):
            service.pointer = pointer
            done = shell("say", "hi", "-o", "a.wav", **KEY)
            assert done.returncode in (6, 74), done.stderr
    assert (came, (voicectl.home / "a.wav").exists()) == ([], False)


@pytest.mark.parametrize(
    ("says", "kind"),
    [
        ({"status": "failed", "message": "no speaker"}, VendorRefused),
        ({"error": "Insufficient permissions"}, VendorRefused),
        ({"status": "success", "audio_url": "/a.wav"}, None),
    ],
)
def test_a_200_that_is_no_success_is_none(says: dict[str, Any], kind: type | None) -> None:
    error = judge(Reply(status=200, body=json.dumps(says).encode()), "h")
    assert (error and type(error)) is kind


@pytest.mark.parametrize("says", [{"status": "success"}, {"status": "success", "audio_url": 7}])
def test_a_success_without_a_pointer_is_a_broken_answer(voicectl: Program, says: dict[str, Any]) -> None:
    with serving(Gateway(says=says)) as server:
        shell = profile(voicectl, "v1tts", f"base_url={server.url}")
        done = shell("say", "hi", "-o", "a.wav", **KEY)
    assert (done.returncode, (voicectl.home / "a.wav").exists()) == (74, False), done.stderr


def test_a_gateway_that_rejects_the_key_is_77_with_its_request_id(voicectl: Program) -> None:
    with serving(Gateway()) as server:
        shell = profile(voicectl, "v1tts", f"base_url={server.url}")
        done = shell("say", "hi", "-o", "a.wav", EMOTIVOICE_API_KEY="ak_live_EXAMPLE_wrong")
    assert (done.returncode, "Invalid API Key" in done.stderr, "gw-EXAMPLE" in done.stderr) == (
        77,
        True,
        True,
    )
    assert "ak_live" not in done.stderr


def at_youdao(program: Program, server: Server, secret: str = APP.secret) -> Callable[..., Any]:
    return profile(program, "youdao", f"base_url={server.url}", f"access_key_id={APP.key_id}", secret=secret)


def test_youdao_gets_a_signed_form_without_emoji(voicectl: Program) -> None:
    service = Youdao()
    with serving(service) as server:
        done = at_youdao(voicectl, server)("say", TEXT, "--rate", "1.5", "--volume", "2", "-o", "a.mp3")
    assert done.returncode == 0, done.stderr
    [form] = service.spoken
    spoken = TEXT[:-3].strip()
    wanted = {"q": spoken, "voiceName": "Maria Kasper", "format": "mp3", "speed": "1.5", "volume": "2.00"}
    assert wanted.items() <= form.items()
    assert server.requests[0].header("content-type") == "application/x-www-form-urlencoded"
    assert (voicectl.home / "a.mp3").read_bytes() == mp3(seconds_of(spoken), 16000)


def test_youdao_has_no_emotions(voicectl: Program) -> None:
    with serving(Youdao()) as server:
        shell = at_youdao(voicectl, server)
        assert shell("say", "hi", "--emotion", "happy", "-o", "a.mp3").returncode == 2
        assert server.requests == []


def test_youdaos_codes_come_with_a_200(voicectl: Program) -> None:
    service = Youdao()
    with serving(service) as server:
        shell = at_youdao(voicectl, server, secret="EXAMPLE-wrong")
        done = shell("say", "hi", "-o", "a.mp3")
        assert (done.returncode, "vendor's code: 202" in done.stderr) == (77, True), done.stderr
        service.account = replace(APP, secret="EXAMPLE-wrong")
        service.busy = 1
        assert shell("say", "hi", "-o", "a.mp3").returncode == 0
        service.busy = 9
        assert shell("say", "hi", "--no-cache", "-o", "a.mp3", "--retries", "0").returncode == 75


def test_youdaos_clock_is_taken_over_once(voicectl: Program) -> None:
    ahead = Youdao(now=lambda: datetime.now(UTC) + timedelta(minutes=20))

    def dated(request: RawRequest) -> Answer:
        answer = ahead(request)
        return replace(
            answer, headers=(*answer.headers, ("Date", f"{ahead.now():%a, %d %b %Y %H:%M:%S GMT}"))
        )

    with serving(dated) as server:
        assert at_youdao(voicectl, server)("say", "hi", "-o", "a.mp3").returncode == 0


def test_the_form_and_the_place_are_never_guessed(voicectl: Program) -> None:
    done = voicectl("--vendor", "emotivoice", "say", "hi", "-o", "a.wav")
    assert (done.returncode, "openai, v1tts, youdao" in done.stderr) == (78, True)
    done = profile(voicectl, "openai")("say", "hi", "-o", "a.wav")
    assert (done.returncode, "EMOTIVOICE_BASE_URL" in done.stderr) == (78, True)
