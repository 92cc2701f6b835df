"""The sandbox's own doors, its clock and its faults, as programs and clients meet them."""

from __future__ import annotations

import http.client
import json
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.sync.client import connect

from tests.conftest import Program
from tests.gateway.load import fire, shots
from voicectl.testing.sandbox import Sandbox, environment_in

pytestmark = pytest.mark.slow
SPEECH = {"input": "hello", "model": "tts-1", "voice": "alloy", "response_format": "wav"}
ROOT = Path(__file__).parents[2]


def ask(
    sandbox: Sandbox, path: str = "/v1/audio/speech", timeout: float = 5, **headers: str
) -> tuple[int, bytes]:
    """Ask for speech as OpenAI's clients do; return status and body."""
    key = {"Authorization": f"Bearer {sandbox.environment['OPENAI_API_KEY']}"}
    request = Request(sandbox.url + path, json.dumps(SPEECH).encode(), {**key, **headers})
    try:
        with urlopen(request, timeout=timeout) as reply:
            return reply.status, reply.read()
    except HTTPError as error:
        return error.code, error.read()


def customer(program: Program, sandbox: Sandbox, vendor: str) -> Program:
    return Program(program.home, {**sandbox.environment, "VOICECTL_VENDOR": vendor, "VOICECTL_NO_CACHE": "1"})


# Faults -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["429", "500", "502", "503", "504"])
def test_a_status_comes_for_as_many_requests_as_were_named(sandbox: Sandbox, status: str) -> None:
    sandbox.fault(status, vendor="openai", times=2)
    assert [ask(sandbox)[0] for _ in range(3)] == [int(status), int(status), 200]


def test_a_fault_is_for_the_vendor_and_the_path_that_were_named(sandbox: Sandbox) -> None:
    sandbox.fault("500", vendor="aws")
    sandbox.fault("500", path="/v1/models")
    assert ask(sandbox)[0] == 200


def test_a_header_lets_one_request_go_wrong(sandbox: Sandbox) -> None:
    status, body = ask(sandbox, **{"X-Voicectl-Fault": "throttle"})
    assert (status, json.loads(body)["error"]["code"]) == (429, "rate_limit_exceeded")
    assert ask(sandbox, **{"X-Voicectl-Fault": "html"})[1].startswith(b"<!doctype")
    assert b"knows no fault" in ask(sandbox, **{"X-Voicectl-Fault": "nonsense"})[1]
    assert ask(sandbox)[0] == 200


def test_an_answer_comes_late_or_never(sandbox: Sandbox) -> None:
    begun = time.monotonic()
    assert ask(sandbox, **{"X-Voicectl-Fault": "slow 0.3"})[0] == 200
    assert time.monotonic() - begun > 0.3
    with pytest.raises(TimeoutError):
        ask(sandbox, timeout=0.3, **{"X-Voicectl-Fault": "hang"})


def test_a_cut_answer_promises_more_than_comes(sandbox: Sandbox) -> None:
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        ask(sandbox, **{"X-Voicectl-Fault": "cut"})


@pytest.mark.parametrize(("kind", "deeds"), [("reset", 1), ("drop", 0)])
def test_a_reset_comes_after_the_deed_and_a_drop_before_it(sandbox: Sandbox, kind: str, deeds: int) -> None:
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        ask(sandbox, **{"X-Voicectl-Fault": kind})
    assert len(sandbox.ledger()) == deeds


def test_an_unknown_fault_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(HTTPError, match="400"):
        sandbox.fault("nonsense")


def socket_url(sandbox: Sandbox) -> str:
    return sandbox.url.replace("http", "ws", 1) + "/api-ws/v1/inference"


@pytest.mark.parametrize("kind", ["503", "html", "throttle"])
def test_a_handshake_goes_wrong(sandbox: Sandbox, kind: str) -> None:
    sandbox.fault(kind)
    headers = {"Authorization": f"Bearer {sandbox.environment['DASHSCOPE_API_KEY']}"}
    with pytest.raises(InvalidStatus), connect(socket_url(sandbox), additional_headers=headers, proxy=None):
        pass


@pytest.mark.parametrize(("kind", "count"), [("cut", 1), ("reset", 0)])
def test_a_conversation_is_cut_in_its_sound(sandbox: Sandbox, kind: str, count: int) -> None:
    sandbox.fault(kind)
    headers = {"Authorization": f"Bearer {sandbox.environment['DASHSCOPE_API_KEY']}"}
    wanted = {
        "task_group": "audio",
        "task": "tts",
        "function": "SpeechSynthesizer",
        "model": "cosyvoice-v2",
        "parameters": {"voice": "longxiaochun_v2", "format": "pcm", "sample_rate": 16000},
        "input": {},
    }
    sound: list[str | bytes] = []
    with connect(socket_url(sandbox), additional_headers=headers, proxy=None) as talk:
        for action, payload in (
            ("run-task", wanted),
            ("continue-task", {"input": {"text": "Hello there, this is long."}}),
            ("finish-task", {"input": {}}),
        ):
            header = {"action": action, "task_id": f"t-{kind}", "streaming": "duplex"}
            talk.send(json.dumps({"header": header, "payload": payload}))
        with pytest.raises(ConnectionClosedError):
            sound.extend(iter(lambda: talk.recv(timeout=5), None))
    assert sum(isinstance(message, bytes) for message in sound) == count


# Clock, tokens, sessions ------------------------------------------------------------------------


def test_a_token_ends_by_the_sandboxs_clock_and_a_new_one_is_fetched(
    sandbox: Sandbox, voicectl: Program
) -> None:
    program = customer(voicectl, sandbox, "aliyun")
    say = ("say", "hello", "-o", "o.wav", "--engine", "nls-rest")
    for advance in (0, 90_000):
        sandbox.advance(advance)
        done = program(*say)
        assert done.returncode == 0, done.stderr
    kinds = [deed["kind"] for deed in sandbox.ledger()]
    assert kinds == ["token", "synthesis", "token", "synthesis"]


def test_a_token_said_to_be_expired_is_refreshed_once(sandbox: Sandbox, voicectl: Program) -> None:
    program = customer(voicectl, sandbox, "aliyun")
    assert program("token", "refresh").returncode == 0
    sandbox.fault("expired", path="/stream/")
    done = program("say", "hello", "-o", "o.wav", "--engine", "nls-rest")
    assert done.returncode == 0, done.stderr
    assert [deed["kind"] for deed in sandbox.ledger()] == ["token", "token", "synthesis"]


def test_a_skewed_clock_is_made_good_by_the_date_of_the_answer(sandbox: Sandbox, voicectl: Program) -> None:
    sandbox.advance(7200)
    done = customer(voicectl, sandbox, "aws")("say", "hello", "-o", "o.mp3")
    assert done.returncode == 0, done.stderr
    assert [deed["kind"] for deed in sandbox.ledger()] == ["synthesis"]


# Explaining -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vendor", "words", "variable"),
    [
        ("aws", ("--method", "GET", "--url", "/v1/voices", "--service", "polly"), "AWS_SECRET_ACCESS_KEY"),
        (
            "aliyun",
            ("--url", "/?Action=CreateToken&Version=2019-02-28&Format=JSON"),
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        ),
    ],
)
def test_our_own_refusal_is_explained_at_once(
    sandbox: Sandbox, voicectl: Program, vendor: str, words: tuple[str, ...], variable: str
) -> None:
    program = customer(voicectl, sandbox, vendor)
    at = words.index("--url") + 1
    url = f"{sandbox.url}{words[at]}"
    wrong = {variable: "sandbox-EXAMPLE-of-somebody-else"}
    scheme = {"aws": ("--region", "us-east-1"), "aliyun": ("--scheme", "aliyun-rpc-v1")}[vendor]
    signed = program(
        "sign", "debug", *words[: at - 1], "--url", url, *words[at + 1 :], *scheme, "-O", "json", env=wrong
    )
    assert signed.returncode == 0, signed.stderr
    request = json.loads(signed.stdout)["request"]
    lines = [f"{request['method']} {request['url'].removeprefix(sandbox.url)} HTTP/1.1"]
    lines += [f"{name}: {text}" for name, text in request["headers"].items()]
    (program.home / "request.http").write_text("\r\n".join([*lines, "", ""]), "utf-8", newline="")
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(request["url"], headers=request["headers"], method=request["method"]))
    (program.home / "answer.json").write_bytes(refused.value.read())
    told = program("sign", "explain", "request.http", "--against", "answer.json", "-O", "json")
    found = json.loads(told.stdout)
    assert (told.returncode, found["verdict"], found["proved"]) == (3, "explained", True), told.stdout
    assert found["causes"][0]["id"] == "key-wrong-secret"


# The house --------------------------------------------------------------------------------------


def test_a_name_that_was_bent_to_this_machine_is_refused(sandbox: Sandbox) -> None:
    for path in ("/_sandbox/ledger", "/v1/audio/speech"):
        assert ask(sandbox, path, Host="evil.example")[0] == 421
    assert ask(sandbox, Host="localhost:80")[0] == 200
    port = int(sandbox.url.rpartition(":")[2])
    url = f"ws://evil.example:{port}/api-ws/v1/inference"
    with socket.create_connection(("127.0.0.1", port)) as line, pytest.raises(InvalidStatus):
        connect(url, sock=line, proxy=None)


def test_it_is_ready_at_once_and_its_variables_are_private(tmp_path: Path) -> None:
    lines = tmp_path / "sandbox.env"
    words = ["gateway", "serve", "--sandbox", "--port", "0", "--fake-audio", "tone", "--env-file", str(lines)]
    begun = time.monotonic()
    process = subprocess.Popen([sys.executable, "-m", "voicectl", *words], stdout=subprocess.PIPE, text=True)
    try:
        environment = environment_in(process, lines)  # type: ignore[arg-type]
        assert time.monotonic() - begun < 2
        assert stat.S_IMODE(lines.stat().st_mode) == 0o600
        assert urlopen(f"{environment['VOICECTL_ENDPOINT_URL']}/_sandbox/clock").status == 200
    finally:
        process.terminate()
        printed = process.communicate(timeout=10)[0]
    assert printed == "".join(f"export {line}\n" for line in printed.replace("export ", "").splitlines())
    assert "AWS_ACCESS_KEY_ID" in printed


def test_signed_traffic_meets_no_wrong_verdict(sandbox: Sandbox) -> None:
    every = shots(sandbox.environment, 600)
    seconds, wrong = fire(int(sandbox.url.rpartition(":")[2]), every, 4)
    assert wrong == []
    assert len(every) / seconds > 100, "the bench asks for 500 on a machine with nothing else to do"


FOREIGN = {
    "conftest.py": 'pytest_plugins = ["voicectl.testing.sandbox"]\n',
    "test_mine.py": """
import urllib.request


def test_speech(sandbox):
    key = sandbox.environment["OPENAI_API_KEY"]
    body = b'{"model": "tts-1", "voice": "alloy", "input": "hi", "response_format": "wav"}'
    request = urllib.request.Request(
        sandbox.url + "/v1/audio/speech", body, {"Authorization": "Bearer " + key}
    )
    assert urllib.request.urlopen(request).read().startswith(b"RIFF")
    assert [deed["vendor"] for deed in sandbox.ledger()] == ["openai"]


def test_each_begins_anew(sandbox):
    assert sandbox.ledger() == []
""",
}


def test_the_fixture_serves_a_foreign_project(tmp_path: Path) -> None:
    for name, text in FOREIGN.items():
        (tmp_path / name).write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert "2 passed" in done.stdout, done.stdout + done.stderr
