"""What each extra is for, done once by the program: a deed that nothing but this extra makes possible."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from http.client import HTTPConnection
from subprocess import CompletedProcess

import pytest

from tests.cloud.openai import KEY, OpenAiServer
from tests.cloud.server import serving
from tests.conftest import Program
from tests.kept.test_pace_redis import redis
from tests.profiles.test_aws_botocore import log_in

Done = CompletedProcess[str]
LONG = "It is a truth that has been told before. " * 200
MAGIC = {"wav": (b"RIFF",), "mp3": (b"ID3", b"\xff\xfb", b"\xff\xf3"), "ogg": (b"OggS",)}


def speaks(program: Program) -> Done:
    return sounding(program("say", "hello", "--engine", "nano", "-o", "x.wav"), program, "wav")


def speaks_chinese(program: Program) -> Done:
    return sounding(program("say", "你好", "--engine", "espeak", "-o", "x.wav"), program, "wav")


def joins_mp3(program: Program) -> Done:
    return sounding(with_a_vendor(program, LONG, "x.mp3"), program, "mp3")


def writes_ogg(program: Program) -> Done:
    return sounding(with_a_vendor(program, LONG, "x.ogg"), program, "ogg")


def with_a_vendor(program: Program, text: str, goal: str) -> Done:
    with serving(OpenAiServer()) as server:
        words = ("say", text, "--vendor", "openai", "--endpoint-url", server.url, "-o", goal)
        return program(*words, env={"OPENAI_API_KEY": KEY})


def sounding(done: Done, program: Program, suffix: str) -> Done:
    if done.returncode == 0:
        sound = (program.home / f"x.{suffix}").read_bytes()
        assert sound.startswith(MAGIC[suffix])
        assert len(sound) > 4000
    return done


def signs_with_a_login(program: Program) -> Done:
    config, environ = log_in(program.home)
    words = ("--region", "eu-west-1", "--service", "polly", "--url", "https://polly.example/v1/voices")
    env = {**environ, "AWS_PROFILE": "p", "AWS_CONFIG_FILE": str(config)}
    done = program("sign", "debug", "--vendor", "aws", *words, env=env)
    assert done.returncode or "Credential=ASIAEXAMPLE/" in done.stdout
    return done


def keeps_a_rate_over_machines(program: Program) -> Done:
    needs_redis()
    (program.home / "lines.jsonl").write_text('{"id": "a", "text": "hello"}\n', encoding="utf-8")
    with redis(program.home) as (url, _), serving(OpenAiServer()) as server:
        words = ("--vendor", "openai", "--endpoint-url", server.url, "--out-dir", "out")
        rate = ("--rate-limit", "50/s", "--rate-limit-store", url)
        return program("tts", "batch", "lines.jsonl", *words, *rate, env={"OPENAI_API_KEY": KEY})


def plays_a_cloud_by_rules(program: Program) -> Done:
    rule = '[[rule]]\nid = "a"\nemotions = "*"\npatterns = [\'\\p{Han}\\d\']\n'
    (program.home / "rules.toml").write_text(rule, encoding="utf-8")
    done = program("gateway", "rules", "check", "rules.toml", "--text", "hello")
    if done.returncode:
        return done
    return answering(program, "/_sandbox/ledger", "--sandbox", "--port", "0")


def counts_with_others(program: Program) -> Done:
    needs_redis()
    with redis(program.home) as (url, _):
        words = ("--env", "test", "--port", "0", "--metrics-port", "0", "--redis", url)
        return answering(program, "/healthz", *words)


def needs_redis() -> None:
    if not shutil.which("redis-server"):
        pytest.skip("redis-server is not installed")


def answering(program: Program, path: str, *words: str) -> Done:
    """Return how a gateway ended by itself, else 0 where it answers for `path`."""
    command = program.command("gateway", "serve", *words)
    serving = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=program.environment(),
        cwd=program.home,
    )
    try:
        assert serving.stdout
        found = re.search(r"http://([\w.]+):(\d+)", serving.stdout.readline())
        if found is None:
            said, talk = serving.communicate(timeout=20)
            return Done(command, serving.returncode, said, talk)
        connection = HTTPConnection("127.0.0.1", int(found[2]), timeout=20)
        connection.request("GET", path, headers={"Host": found[1]})
        assert connection.getresponse().status == 200
    finally:
        serving.terminate()
        serving.communicate(timeout=20)
    return Done(command, 0, "", "")


PROOFS: dict[str, Callable[[Program], Done]] = {
    "local": speaks,
    "espeak": speaks_chinese,
    "audio": joins_mp3,
    "audio-all": writes_ogg,
    "aws": signs_with_a_login,
    "redis": keeps_a_rate_over_machines,
    "gateway": plays_a_cloud_by_rules,
    "gateway-redis": counts_with_others,
}
NEXT_BEST = {"audio-all": "audio", "gateway-redis": "gateway"}
"""What one has who has not this extra; nothing for all others."""
