"""The contract's rules for sound, results and errors, held against the real program."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Program

SAY = ("say", "hi", "--vendor", "local", "--format", "wav")


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1", "link.wav"])
def test_where_sound_goes_to_stdout_nothing_else_does(name: str, voicectl: Program) -> None:
    (voicectl.home / "link.wav").symlink_to("/dev/stdout")
    words = voicectl.command(*SAY, "-o", name)
    done = subprocess.run(
        words, env=voicectl.environment(), cwd=voicectl.home, capture_output=True, check=True
    )
    result = json.loads(done.stderr.splitlines()[-1])
    assert (done.stdout[:4], len(done.stdout)) == (b"RIFF", result["bytes"])


def test_a_query_sees_the_result_as_json_has_it(voicectl: Program) -> None:
    add = ("profile", "add", "x", "--vendor", "aws", "--store", "file", "--set", "access_key_id=AKIAEXAMPLE")
    assert voicectl(*add, "--secret-stdin", stdin="secret-EXAMPLE").returncode == 0
    assert json.loads(voicectl("profile", "list", "--query", "[?default].name").stdout) == ["x"]
    engines = voicectl("--vendor", "local", "tts", "voices", "--query", "[?id=='en-GB'].engines[]")
    assert json.loads(engines.stdout) == ["nano"]


CLOSED = {
    "stdin": (("profile", "remove", "x"), "<&-", 5),
    "stdin that is read": (("sign", "debug", "--from", "-"), "<&-", 65),
    "stdout": (("profile", "list"), ">&-", 0),
    "stdout for sound": ((*SAY, "-o", "-"), ">&-", 73),
    "stderr": (("profile", "show", "x"), "2>&-", 5),
    "all": ((*SAY, "-o", "x"), "<&- >&- 2>&-", 0),
}


@pytest.mark.parametrize("name", CLOSED)
def test_a_closed_stream_is_no_bug(name: str, voicectl: Program) -> None:
    words, redirections, code = CLOSED[name]
    line = f"{shlex.join(voicectl.command(*words))} {redirections}"
    done = subprocess.run(
        ["sh", "-c", line], env=voicectl.environment(), cwd=voicectl.home, capture_output=True, check=False
    )
    assert (done.returncode, b"Traceback" in done.stderr) == (code, False), done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device here is full")
@pytest.mark.parametrize("words", [("profile", "list"), ("--help",), (*SAY, "-o", "-")], ids=" ".join)
def test_a_full_stdout_is_output_that_cannot_be_written(words: tuple[str, ...], voicectl: Program) -> None:
    line = f"{shlex.join(voicectl.command(*words))} >/dev/full"
    done = subprocess.run(
        ["sh", "-c", line], env=voicectl.environment(), cwd=voicectl.home, capture_output=True, check=False
    )
    assert (done.returncode, b"cannot be written" in done.stderr) == (73, True), done.stderr


TEXTS = {
    "--version": ("--version",),
    "completion": ("completion", "bash"),
    "help": ("help", "exit-codes"),
    "help of a command": ("help", "tts", "say"),
    "auth env": ("auth", "env", "--vendor", "aws"),
    "sign curl": (
        "sign",
        "curl",
        "--scheme",
        "aws-sigv4",
        "--service",
        "polly",
        "--url",
        "https://h.example/",
    ),
}
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret-EXAMPLE",
    "AWS_REGION": "eu-west-1",
}


@pytest.mark.parametrize("name", TEXTS)
def test_text_for_another_program_changes_by_flag_alone(name: str, voicectl: Program) -> None:
    words = TEXTS[name]
    plain = voicectl(*words, env=KEYS)
    told = voicectl(*words, env={**KEYS, "VOICECTL_OUTPUT": "json"})
    asked = voicectl(*words, "-O", "json", env=KEYS)
    assert (plain.returncode, plain.stdout[:1] in "{[") == (0, False), plain.stderr
    assert told.stdout.splitlines()[0] == plain.stdout.splitlines()[0]
    assert json.loads(asked.stdout)


def test_a_query_for_some_fields_makes_columns_of_them(voicectl: Program) -> None:
    words = ("--vendor", "local", "tts", "voices", "--query", "[?id=='en-GB'].[id,name,lang]", "-O", "csv")
    assert voicectl(*words).stdout == "en-GB,English (Great Britain),en-GB\n"


def test_what_nobody_knows_of_a_voice_is_null(voicectl: Program) -> None:
    env = {"OPENAI_API_KEY": "sk-EXAMPLE"}
    first = voicectl("--vendor", "openai", "tts", "voices", "--query", "[0]", env=env)
    assert json.loads(first.stdout) == {
        "id": "alloy",
        "name": "alloy",
        "lang": None,
        "gender": None,
        "engines": [],
        "vendor": "openai",
    }


def test_json_is_json_in_any_encoding_of_stdout(voicectl: Program) -> None:
    done = voicectl(
        *SAY, "-o", "caf\u00e9 \u4f60 \U0001f600.wav", "--query", "path", env={"PYTHONIOENCODING": "ascii"}
    )
    assert done.stdout.isascii()
    assert json.loads(done.stdout) == "caf\u00e9 \u4f60 \U0001f600.wav"
