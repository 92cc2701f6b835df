"""No file unless whole, real sound of the asked format came: each fault of a server, by the real command."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from tests.cloud.emotivoice import APP
from tests.cloud.polly import LASTING, keys_in_environment
from tests.cloud.server import Answer, Bytes, RawRequest, Respond, serving
from tests.cloud.sounds import mp3, wav
from tests.conftest import Program
from tests.transport.faults import FAULTS, refused_port

SOUND = mp3(0.5)
MPEG = ("Content-Type", "audio/mpeg")


def answer(body: bytes, *headers: tuple[str, str], status: int = 200) -> Respond:
    return lambda request: Answer(status, headers or (MPEG,), body)


def cut_without_length(request: RawRequest) -> Bytes:
    """Close in the middle of the sound, whose length nobody told."""
    return Bytes((b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\n\r\n", SOUND[: len(SOUND) * 2 // 5]))


def stall(request: RawRequest) -> Bytes:
    """Begin, and fall silent before anybody can tell what it is."""

    def wire() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: 9999\r\n\r\n\xff"
        time.sleep(2)

    return Bytes(wire())


FAULTY: dict[str, tuple[Respond, int]] = {
    "cut at 40 %": (FAULTS["cut at 40 %"], 74),
    "cut at 40 %, no length told": (cut_without_length, 74),
    "cut in a chunk": (FAULTS["cut in a chunk"], 74),
    "403": (FAULTS["403"], 77),
    "web page": (FAULTS["web page"], 74),
    "web page that calls itself sound": (answer(b"<html>login</html>"), 74),
    "zero bytes": (FAULTS["zero bytes"], 74),
    "eight NUL bytes": (answer(bytes(8)), 74),
    "gzip garbage": (FAULTS["gzip garbage"], 74),
    "image": (answer(b"\x89PNG\r\n\x1a\n" + bytes(100)), 74),
    "plain text": (answer(b"no sound today", ("Content-Type", "text/plain")), 74),
    "ogg in place of mp3": (answer(b"OggS" + bytes(100)), 74),
    "429 for 1 s": (FAULTS["429 for 1 s"], 75),
    "429 for 60 s": (FAULTS["429 for 60 s"], 75),
    "500": (FAULTS["500"], 75),
    "hang": (FAULTS["hang"], 75),
    "stall": (stall, 75),
    "redirect": (FAULTS["redirect"], 74),
}
QUICK = {("aws", "cut at 40 %"), ("aws", "eight NUL bytes"), ("openai", "web page that calls itself sound")}
"""Enough to notice at once that the whole table is broken."""

NO: dict[str, dict[int, bytes]] = {
    "aws": {
        77: b'{"__type": "AccessDeniedException", "message": "no"}',
        75: b'{"__type": "ThrottlingException", "message": "no"}',
        76: b'{"__type": "ValidationException", "message": "no"}',
    },
    "openai": {
        77: b'{"error": {"message": "no", "code": "invalid_api_key"}}',
        75: b'{"error": {"message": "no", "code": "rate_limit_exceeded"}}',
        76: b'{"error": {"message": "no", "code": "insufficient_quota"}}',
    },
    "youdao": {77: b'{"errorCode": "108"}', 75: b'{"errorCode": "411"}', 76: b'{"errorCode": "103"}'},
}
NO["server"] = NO["v1tts"] = NO["openai"]

Say = Callable[..., tuple[int, float, str]]


def shell_of(program: Program, vendor: str, url: str) -> Say:
    """Return what says `hi` through a vendor whose server is at `url`: exit code, seconds, stderr."""
    words, env = ("--vendor", vendor), {}
    match vendor:
        case "aws":
            words, env = (*words, "--region", "us-east-1"), keys_in_environment(LASTING)
        case "openai":
            env = {"OPENAI_API_KEY": "sk-EXAMPLE"}
        case _:
            api = "openai" if vendor == "server" else vendor
            fields = {"api": api, "base_url": url} | (
                {"access_key_id": APP.key_id} if api == "youdao" else {}
            )
            settings = [word for field in fields.items() for word in ("--set", "=".join(field))]
            store = ("--store", "file", "--secret-stdin") if api == "youdao" else ()
            add = ("profile", "add", "x", "--vendor", "emotivoice", *settings, *store)
            assert program(*add, stdin=APP.secret if store else "").returncode == 0
            words = ("--profile", "x")

    def say(name: str, *more: str) -> tuple[int, float, str]:
        began = time.monotonic()
        place = ("--endpoint-url", url, "--timeout", "0.5", "--retries", "0")
        done = program("say", "hi", "-o", name, *words, *place, *more, env=env)
        return done.returncode, time.monotonic() - began, done.stderr

    return say


def nothing_is_left(program: Program, say: Say, code: int) -> None:
    """Say it into an old file and into a new one; nothing may change but for the exit code."""
    folder = program.home / "sounds"
    folder.mkdir()
    (folder / "old.mp3").write_bytes(b"older")
    for name in ("sounds/old.mp3", "sounds/new.mp3"):
        found, seconds, said = say(name)
        assert (found, seconds < 4) == (code, True), said
    assert [(path.name, path.read_bytes()) for path in folder.iterdir()] == [("old.mp3", b"older")]


@pytest.mark.parametrize(
    ("vendor", "fault"),
    [
        pytest.param(vendor, fault, marks=[] if (vendor, fault) in QUICK else [pytest.mark.slow])
        for vendor in ("aws", "openai", "server", "v1tts", "youdao")
        for fault in FAULTY
    ],
)
def test_a_fault_leaves_no_file_and_an_older_one_as_it_was(
    voicectl: Program, vendor: str, fault: str
) -> None:
    respond, code = FAULTY[fault]
    with serving(respond) as server:
        nothing_is_left(voicectl, shell_of(voicectl, vendor, server.url), code)


@pytest.mark.slow
@pytest.mark.parametrize("label", ["application/json", "audio/mpeg"])
@pytest.mark.parametrize("code", [77, 75, 76])
@pytest.mark.parametrize("vendor", NO)
def test_an_error_in_a_200_is_judged_by_its_code(
    voicectl: Program, vendor: str, code: int, label: str
) -> None:
    with serving(answer(NO[vendor][code], ("Content-Type", label))) as server:
        nothing_is_left(voicectl, shell_of(voicectl, vendor, server.url), code)


def test_a_port_at_which_nobody_listens_is_69(voicectl: Program) -> None:
    nothing_is_left(voicectl, shell_of(voicectl, "aws", f"http://127.0.0.1:{refused_port()}"), 69)


@pytest.mark.parametrize("label", ["text/plain", "audio/wav", ""])
def test_real_sound_under_a_wrong_label_is_taken_for_what_it_is(voicectl: Program, label: str) -> None:
    headers = (("Content-Type", label),) if label else (("X-None", ""),)
    with serving(answer(SOUND, *headers)) as server:
        code, _, said = shell_of(voicectl, "aws", server.url)("a.mp3")
    assert (code, (voicectl.home / "a.mp3").read_bytes() == SOUND) == (0, True), said


def test_a_server_that_recovers_is_asked_again_after_the_time_it_named(voicectl: Program) -> None:
    answers = [FAULTS["429 for 1 s"], FAULTS["500"], answer(SOUND)]
    with serving(lambda request: answers.pop(0)(request)) as server:
        code, seconds, said = shell_of(voicectl, "aws", server.url)("a.mp3", "--retries", "2")
    assert (code, 1 <= seconds < 4) == (0, True), said


def test_a_long_retry_after_is_named_and_not_waited_for(voicectl: Program) -> None:
    with serving(FAULTS["429 for 60 s"]) as server:
        code, seconds, said = shell_of(voicectl, "openai", server.url)("a.mp3", "--retries", "2")
    assert (code, seconds < 3, "60 seconds" in said, len(server.requests)) == (75, True, True, 1)


def test_a_wav_that_is_shorter_than_it_says_is_broken(voicectl: Program) -> None:
    with serving(answer(wav(0.5)[:6000], ("Content-Type", "audio/wav"))) as server:
        code, _, said = shell_of(voicectl, "openai", server.url)("a.wav")
    assert (code, "cut short" in said, (voicectl.home / "a.wav").exists()) == (74, True, False)
