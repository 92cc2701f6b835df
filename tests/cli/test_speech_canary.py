"""No secret leaves where it rests while speaking and signing: good servers, hostile ones, every source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cloud.court import Account
from tests.cloud.nls import APPKEY, Nls
from tests.cloud.polly import polly
from tests.cloud.server import Answer, RawRequest, serving
from tests.conftest import Program

SECRET, BEARER = "CANARYsecret/EXAMPLE+0001", "CANARYbearerEXAMPLE0003"
TOKEN = "CANARYtoken/EXAMPLE+0002=="
MARK = "CANARY"
KEPT_IN = {"credentials", "secrets.json"}
AWS = {"AWS_ACCESS_KEY_ID": "ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": TOKEN}
ALIYUN = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAIEXAMPLE",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET,
    "ALIYUN_NLS_APPKEY": APPKEY,
}
REQUEST = (
    "--region",
    "us-east-1",
    "--service",
    "polly",
    "--url",
    "https://polly.us-east-1.amazonaws.com/v1/x",
)


def repeating(request: RawRequest) -> Answer:
    """Be a server that sends back all that it was sent, as servers in front of others do."""
    echo = "\n".join(f"{name}: {value}" for name, value in request.headers)
    return Answer(403, (("Content-Type", "text/plain"),), echo.encode() + request.body)


def broken(request: RawRequest) -> Answer:
    return Answer(200, (("Content-Type", "text/html"),), b"<html>" + repeating(request).body)


def leaks(program: Program, shown: str) -> list[str]:
    """Return where a canary can be seen: in what was shown, or in a file that is no store."""
    found = ["shown"] if MARK in shown else []
    files = (path for path in program.home.rglob("*") if path.is_file() and path.name not in KEPT_IN)
    return found + [path.name for path in files if MARK.encode() in path.read_bytes()]


def run_all(program: Program, environ: Mapping[str, str], *commands: tuple[str, ...]) -> str:
    shown = ""
    for number, words in enumerate(commands):
        logs = ("--debug", "--verbose", "--log-file", f"log{number}", "-O", "json")
        done = program(*words, *logs, env=environ)
        assert done.returncode != 70, done.stderr
        shown += done.stdout + done.stderr
    return shown


@pytest.mark.parametrize("serve", [polly(), repeating, broken], ids=["polly", "repeating", "broken"])
@pytest.mark.parametrize("source", ["variables", "their file", "our file"])
def test_speaking_with_a_key_pair_shows_it_nowhere(
    serve: Callable[[RawRequest], Answer], source: str, voicectl: Program
) -> None:
    if serve is not repeating and serve is not broken:
        serve = replace(polly(), accounts=[Account("ASIAEXAMPLE", SECRET, token=TOKEN)])
    with serving(serve) as server:
        environ = {"AWS_REGION": "us-east-1", "VOICECTL_ENDPOINT_URL": server.url}
        chosen: tuple[str, ...] = ("--vendor", "aws")
        match source:
            case "variables":
                environ |= AWS
            case "their file":
                (voicectl.home / ".aws").mkdir()
                (voicectl.home / ".aws" / "credentials").write_text(
                    f"[default]\naws_access_key_id = ASIAEXAMPLE\naws_secret_access_key = {SECRET}\n"
                    f"aws_session_token = {TOKEN}\n"
                )
            case _:
                stored = f"access_key_secret={SECRET}\nsecurity_token={TOKEN}\n"
                add = ("profile", "add", "p", "--vendor", "aws", "--set", "access_key_id=ASIAEXAMPLE")
                done = voicectl(*add, "--store", "file", "--secret-stdin", stdin=stored)
                assert done.returncode == 0, done.stderr
                chosen = ("--profile", "p")
        shown = run_all(
            voicectl,
            environ,
            ("tts", "say", "hi", "--voice", "Joanna", "-o", "x.mp3", *chosen),
            ("tts", "say", "hi", "--voice", "Joanna", "-o", "y.mp3", "--dry-run", *chosen),
            ("tts", "voices", *chosen),
            ("token", "inspect", *chosen),
            ("sign", "debug", *REQUEST, *chosen),
            ("sign", "curl", *REQUEST, *chosen),
            ("sign", "explain", *REQUEST, *chosen),
        )
    assert len(server.requests) >= 2
    assert leaks(voicectl, shown) == []


@pytest.mark.parametrize("kind", ["nls", "repeating", "broken"])
def test_a_token_is_shown_by_no_command_but_its_own(kind: str, voicectl: Program) -> None:
    serve = {"nls": Nls(), "repeating": repeating, "broken": broken}[kind]
    with serving(serve) as server:
        environ = {**ALIYUN, "VOICECTL_ENDPOINT_URL": server.url, "VOICECTL_VENDOR": "aliyun"}
        commands = (("say", "hi", "-o", "x.wav"), ("token", "refresh"), ("token", "inspect"))
        shown = run_all(voicectl, environ, *commands, ("token", "refresh", "--dry-run"))
        ready = run_all(voicectl, {**environ, "ALIYUN_NLS_TOKEN": TOKEN}, *commands[:1])
    assert len(server.requests) >= 3
    assert leaks(voicectl, shown + ready) == []


def test_the_canary_is_found_where_it_does_sing(voicectl: Program) -> None:
    Path(voicectl.home, "note").write_text(SECRET)
    assert leaks(voicectl, f"… {TOKEN}") == ["shown", "note"]
