"""Sound on its way through the gateway: as soon as it comes, and as long as somebody listens."""

from __future__ import annotations

import gc
import json
import socket
import subprocess
import threading
import time
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cloud import sounds
from tests.cloud.openai import KEY, OpenAiServer
from tests.cloud.server import Answer, Bytes, RawRequest, serving
from tests.conftest import Program
from tests.gateway.house import NO_LIMITS, Running, running, served_by, waited
from tests.gateway.load import received
from voicectl.audio.sinks import Output
from voicectl.gateway.exchange import Exchange
from voicectl.gateway.forward import Speaking
from voicectl.gateway.pipe import Pipe

pytestmark = pytest.mark.slow

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nx-vendor-secret: inner\r\nConnection: close\r\n\r\n"
SOUND = sounds.wav(2.0, 24000, sized=False)
TOLD = b'{"error":{"message":"inner sk-inner","code":"inner"}}'


class Slow:
    """A vendor that sends its sound in two parts; it goes on when it is told to."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.first_sent = 0.0
        self.ended = threading.Event()
        self.asked = threading.Event()

    def __call__(self, request: RawRequest) -> Bytes:
        self.asked.set()
        return Bytes(self._parts())

    def _parts(self) -> Iterator[bytes]:
        try:
            yield HEAD
            self.first_sent = time.monotonic()
            yield SOUND[:20_000]
            self.go_on.wait(10)
            for at in range(20_000, len(SOUND), 8192):
                yield SOUND[at : at + 8192]
                time.sleep(0.01)
        finally:
            self.ended.set()


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[tuple[Slow, Running]]:
    vendor = Slow()
    with serving(vendor) as server, running(tmp_path / "g", served_by(server.url, tmp_path)) as team:
        yield vendor, team
        vendor.go_on.set()


def asked(team: Running, key: str, **fields: object) -> socket.socket:
    """Ask for speech, and return the connection before anything is read."""
    body = json.dumps({"input": "Hello there.", "voice": "nova", "response_format": "wav", **fields}).encode()
    line = socket.create_connection((team.host, team.port), timeout=10)
    head = (
        f"POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    line.sendall(head.encode() + body)
    return line


def test_sound_leaves_before_the_vendor_has_sent_all_of_it(slow: tuple[Slow, Running]) -> None:
    vendor, team = slow
    delays = []
    for _ in range(3):
        vendor.go_on.clear()
        line = asked(team, team.keys.issue())
        data = b""
        while b"RIFF" not in data:
            data += received(line)
        delays.append(time.monotonic() - vendor.first_sent)
        vendor.go_on.set()
        line.close()
    assert min(delays) <= 0.02, delays


def test_a_client_that_hangs_up_ends_the_vendors_call_and_its_own_place(slow: tuple[Slow, Running]) -> None:
    vendor, team = slow
    key = team.keys.issue(limits=NO_LIMITS._replace(concurrency=1))
    line = asked(team, key)
    line.recv(100)
    assert team.speak(key).status == 429
    line.close()
    gateway = team.gateway
    assert gateway is not None
    waited(lambda: not gateway.crew.busy, "the vendor to be read no more", 3)
    vendor.go_on.set()
    assert team.speak(key).status == 200
    row = next(each for each in _rows(team) if each["status"] == 499)
    assert row["code"] == "client_gone"


def _rows(team: Running) -> list[dict[str, Any]]:
    time.sleep(0.5)
    return team.rows()


def test_a_vendor_that_says_nothing_is_let_go_when_the_client_is(tmp_path: Path) -> None:
    over = threading.Event()

    def silent(request: RawRequest) -> Answer:
        over.wait(8)
        return Answer()

    with serving(silent) as server, running(tmp_path / "g", served_by(server.url, tmp_path)) as team:
        line = asked(team, team.keys.issue())
        gateway = team.gateway
        assert gateway is not None
        waited(lambda: server.requests, "the vendor to be asked")
        line.close()
        waited(lambda: not gateway.crew.busy, "the thread to give up", 2)
        over.set()
        assert len(server.requests) == 1, "it was asked again for nobody"


def failing(answer: Answer | Bytes) -> Any:
    return lambda request: answer


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (Answer(401, (("WWW-Authenticate", "Vendor"),), TOLD), 502, "upstream_error"),
        (Answer(403, (), TOLD), 502, "upstream_error"),
        (Answer(500, (("x-vendor-secret", "inner"),), b"inner"), 502, "upstream_error"),
        (Answer(429, (), TOLD), 502, "upstream_error"),
        (Answer(504, (), b"inner"), 504, "upstream_error"),
        (Answer(404, (), TOLD), 400, "invalid_request"),
        (Answer(200, (("Content-Type", "text/html"),), b"<html>inner</html>"), 502, "upstream_error"),
        (Answer(302, (("Location", "http://169.254.169.254/inner"),)), 502, "upstream_error"),
        (Bytes([]), 502, "upstream_error"),
    ],
    ids=["401", "403", "500", "429", "504", "404", "html", "redirect", "hangs up"],
)
def test_a_vendors_failure_is_told_in_our_words(
    tmp_path: Path, answer: Answer | Bytes, status: int, code: str
) -> None:
    with serving(failing(answer)) as server, running(tmp_path / "g", served_by(server.url, tmp_path)) as team:
        told = team.speak(team.keys.issue())
    assert (told.status, told.json["error"]["code"]) == (status, code)
    assert b"inner" not in told.body
    assert "inner" not in str(told.headers)
    assert "www-authenticate" not in told.headers


@pytest.mark.parametrize("form", ["mp3", "wav", "opus", "flac", "aac"])
@pytest.mark.parametrize("kind", ["text/html", "audio/mpeg"])
def test_words_in_the_place_of_sound_are_never_passed_on(tmp_path: Path, form: str, kind: str) -> None:
    words = Answer(200, (("Content-Type", kind),), b"inner: Authorization: Bearer inner " * 99)
    with serving(failing(words)) as server, running(tmp_path / "g", served_by(server.url, tmp_path)) as team:
        told = team.speak(team.keys.issue(), response_format=form)
    assert (told.status, told.json["error"]["code"]) == (502, "upstream_error")
    assert b"inner" not in told.body


def test_mp3_that_begins_with_padding_passes_whole(tmp_path: Path) -> None:
    sound = bytes(5000) + sounds.mp3(1.0)
    answer = Answer(200, (("Content-Type", "audio/mpeg"),), sound)
    with serving(failing(answer)) as server, running(tmp_path / "g", served_by(server.url, tmp_path)) as team:
        told = team.speak(team.keys.issue(), response_format="mp3")
    assert (told.status, told.body) == (200, sound)


def test_a_silent_vendor_is_a_504(tmp_path: Path) -> None:
    over = threading.Event()

    def silent(request: RawRequest) -> Answer:
        over.wait(8)
        return Answer()

    with (
        serving(silent) as server,
        running(tmp_path / "g", served_by(server.url, tmp_path, timeout=0.3)) as team,
    ):
        assert team.speak(team.keys.issue()).status == 504
        over.set()


def test_sound_that_breaks_off_never_looks_whole(tmp_path: Path) -> None:
    head = HEAD.replace(b"Connection: close", f"Content-Length: {len(SOUND)}".encode())
    broken = failing(Bytes([head, SOUND[:30_000]]))
    with serving(broken) as server, running(tmp_path / "g", served_by(server.url, tmp_path)) as team:
        line = asked(team, team.keys.issue())
        data = b""
        while more := line.recv(65536):
            data += more
        assert data.startswith(b"HTTP/1.1 200")
        assert not data.endswith(b"0\r\n\r\n")
        events = asked(team, team.keys.issue(), stream_format="sse")
        told = b""
        while more := events.recv(65536):
            told += more
    assert b'"type":"error"' in told
    assert b"speech.audio.done" not in told


@pytest.fixture(scope="module")
def server() -> OpenAiServer:
    return OpenAiServer()


@pytest.fixture(scope="module")
def team(server: OpenAiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("forwarding")
    with serving(server) as vendor, running(home / "gateway", served_by(vendor.url, home)) as gateway:
        yield gateway


def test_nothing_of_a_request_lives_on_until_somebody_counts_circles(team: Running) -> None:
    kinds, key, gateway = (Pipe, Output, Speaking, Exchange), team.keys.issue(), team.gateway
    assert gateway is not None
    gc.collect()
    gc.disable()
    try:
        for _ in range(8):
            team.speak(key, response_format="mp3")
            team.speak(key, stream_format="sse")
            team.say(key)
            team.speak(key, response_format="exe")
            team.speak("ak_live_none")
            line = asked(team, key)
            line.recv(20)
            line.close()
        waited(lambda: not gateway.team.inflight and not gateway.crew.busy, "all to be over")
        alive = Counter(type(each).__name__ for each in gc.get_objects() if isinstance(each, kinds))
    finally:
        gc.enable()
    assert all(count <= 4 for count in alive.values()), alive


def test_events_hold_the_same_sound(team: Running) -> None:
    key = team.keys.issue()
    told = team.speak(key, stream_format="sse")
    events = [json.loads(line[6:]) for line in told.body.split(b"\n\n") if line]
    sound = b"".join(b64decode(each["audio"]) for each in events[:-1])
    assert told.headers["content-type"] == "text/event-stream"
    assert events[-1]["type"] == "speech.audio.done"
    assert sound == team.speak(key).body


def test_the_official_client_speaks_and_streams(team: Running, tmp_path: Path) -> None:
    from openai import APIStatusError, OpenAI

    client = OpenAI(api_key=team.keys.issue(), base_url=f"{team.url}/v1", max_retries=0)
    words: dict[str, Any] = {
        "model": "tts-1",
        "voice": "nova",
        "input": "Hello there.",
        "response_format": "wav",
    }
    assert client.audio.speech.create(**words).content[:4] == b"RIFF"
    with client.audio.speech.with_streaming_response.create(**words) as reply:
        reply.stream_to_file(tmp_path / "a.wav")
    assert (tmp_path / "a.wav").read_bytes()[:4] == b"RIFF"
    assert [each.id for each in client.models.list()] == ["openai"]
    with pytest.raises(APIStatusError) as caught:
        client.with_options(api_key="ak_live_wrong").audio.speech.create(**words)
    assert (caught.value.status_code, caught.value.code) == (401, "invalid_api_key")


def test_curl_speaks(team: Running) -> None:
    body = '{"input": "Hello", "voice": "nova", "response_format": "wav"}'
    words = ["-H", f"Authorization: Bearer {team.keys.issue()}", "-H", "Content-Type: application/json"]
    command = ["curl", "-sS", "-f", f"{team.url}/v1/audio/speech", *words, "-d", body]
    done = subprocess.run(command, capture_output=True, check=True)
    assert done.stdout[:4] == b"RIFF"


@pytest.mark.parametrize("form", ["openai", "v1tts"])
def test_voicectl_itself_speaks_through_it(team: Running, voicectl: Program, form: str) -> None:
    key = team.keys.issue()
    environ = {"VOICECTL_NO_KEYRING": "1", "OPENAI_API_KEY": key}
    if form == "openai":
        words = ("--vendor", "openai", "-v", "nova")
        environ["OPENAI_BASE_URL"] = f"{team.url}/v1"
    else:
        made = voicectl(
            *(
                "profile",
                "add",
                "team",
                "--vendor",
                "emotivoice",
                "--set",
                "api=v1tts",
                "--set",
                f"base_url={team.url}",
            ),
            *("--store", "file", "--secret-stdin", "--yes"),
            stdin=key,
            env=environ,
        )
        assert made.returncode == 0, made.stderr
        words = ("--profile", "team")
    done = voicectl("tts", "say", "Hello there.", *words, "-o", "a.wav", env=environ)
    assert done.returncode == 0, done.stderr
    assert (voicectl.home / "a.wav").read_bytes()[:4] == b"RIFF"


def test_no_answer_row_or_metric_holds_a_key(team: Running) -> None:
    key = team.keys.issue(team="blue")
    wrong = key[:-1] + ("a" if key[-1] != "a" else "b")
    answers = []
    for shown in (key, wrong, key.replace("live", "test"), "Bearer", f"{key} {key}", f"{key},{key}"):
        headers = {"Authorization": f"Bearer {shown}", "X-Request-Id": shown, "User-Agent": shown}
        for body in (
            {"text": key},
            {"text": "a", "emotion": shown},
            {"text": "a", "voice": shown},
            {"voice": shown},
        ):
            answers.append(team.ask("POST", "/v1/tts", body, headers=headers))
        answers.append(team.ask("GET", f"/audio/{shown.replace(' ', '')}", headers=headers))
        answers.append(team.ask("GET", f"/v1/audio/voices?model={shown.replace(' ', '')}", headers=headers))
    time.sleep(0.5)
    seen = [f"{each.headers} {each.body!r}" for each in answers]
    seen += [str(team.rows()), team.metrics(), str(team.said)]
    directory = team.keys.directory
    seen += [each.read_bytes().decode("latin-1") for each in directory.iterdir() if each.is_file()]
    for text in (key, wrong, key[16:], KEY):
        assert not any(text in each for each in seen)
