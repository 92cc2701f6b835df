"""Each operation of which `help vendors` says that it is in the sandbox is asked of it by the program."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.conftest import Program
from voicectl.core.service import Operation, Service
from voicectl.gateway.sandbox.accounts import YOUDAO
from voicectl.testing.sandbox import Sandbox
from voicectl.vendors.openai.servers import OTHER, SERVERS
from voicectl.vendors.registry import load

pytestmark = pytest.mark.slow

TEXT = "Hello from the sandbox."
SAY = ("say", TEXT, "-o", "o.wav")
VENDORS = ("aws", "aliyun", "volcengine", "tencent", "openai", "emotivoice")
ROWS = [
    (vendor, service, operation)
    for vendor in VENDORS
    for service in load(vendor).services()  # type: ignore[misc]
    for operation in service.operations
    if operation.in_sandbox and not operation.deed.startswith(("call", "recording"))
]


def words_for(service: Service, operation: Operation) -> tuple[str, ...]:
    """Return the command whose deed this operation is."""
    engine = ("--engine", service.engines[0]) if service.engines else ()
    match operation.deed, operation.name:
        case "say", "StartSpeechSynthesisTask":
            return (*SAY, "--param", "task_bucket=voice-example")
        case "say", "SynthesizeSpeech" | "TextToVoice":
            return SAY
        case "say", "POST /ttsapi":
            return ("say", TEXT, "-o", "o.mp3")
        case "say --live", _:
            return ("say", "--live", "-o", "o.wav", *engine)
        case "say", _:
            own = ("--engine", "tts-1", "--voice", "alloy") if service.name == "localai" else engine
            return (*SAY, *own)
        case "say --param operation=submit", _:
            return ("say", TEXT, "-o", "o.mp3", *engine, "--param", "operation=submit")
        case "voices", _:
            return ("tts", "voices")
        case "token", _:
            return ("token", "refresh")
        case "profile test", _:
            return ("profile", "test")
    raise AssertionError(f"nobody has said how {operation} is asked for")


@pytest.fixture
def account(voicectl: Program, sandbox: Sandbox, vendor: str, service: Service) -> Program:
    """Return the program as a customer of one vendor, who is asked in the sandbox."""
    environment = {**sandbox.environment, "VOICECTL_NO_CACHE": "1"}
    if vendor == "openai":
        urls = {server.name: server.url for server in SERVERS}
        environment["OPENAI_BASE_URL"] = urls.get(service.name) or "https://voice.example/v1"
    if vendor != "emotivoice":
        return Program(voicectl.home, {**environment, "VOICECTL_VENDOR": vendor})
    form = ["--set", f"api={service.name}", "--set", f"base_url={sandbox.url}"]
    is_signed = service.name == "youdao"
    keys = ["--set", f"access_key_id={YOUDAO[0]}", "--secret-stdin", "--store", "file"] if is_signed else []
    added = voicectl(
        *("profile", "add", "speaker", "--vendor", vendor), *form, *keys, stdin=YOUDAO[1] if is_signed else ""
    )
    assert added.returncode == 0, added.stderr
    return Program(voicectl.home, {**environment, "VOICECTL_PROFILE": "speaker"})


def ids(row: tuple[str, Service, Operation]) -> str:
    vendor, service, operation = row
    return f"{vendor}-{service.name}-{operation.deed}-{operation.name}".replace(" ", "_")


@pytest.mark.parametrize(("vendor", "service", "operation"), ROWS, ids=map(ids, ROWS))
def test_the_sandbox_plays_it(
    account: Program, sandbox: Sandbox, service: Service, operation: Operation
) -> None:
    words = words_for(service, operation)
    done: subprocess.CompletedProcess[str] = account(*words, stdin=TEXT if "--live" in words else b"")
    assert done.returncode == 0, done.stderr
    if words[0] == "say":
        sound = next(Path(account.home).glob("o.*")).read_bytes()
        assert len(sound) > 4000
        assert "synthesis" in [deed["kind"] for deed in sandbox.ledger()]


def test_every_row_of_speech_is_played() -> None:
    deeds = ("say", "voices", "token", "profile")
    every = [
        (vendor, service.name, operation.name)
        for vendor in VENDORS
        for service in load(vendor).services()  # type: ignore[misc]
        for operation in service.operations
        if operation.deed.startswith(deeds) and not operation.in_sandbox
    ]
    assert every == []
    assert OTHER.name in {service.name for _, service, _ in ROWS}
