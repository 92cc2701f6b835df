"""Promises about the words of failures: always a next step, for the account asked for, in lines that fit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import cast

import pytest

from tests.conftest import Program
from tests.fakes import Terminal, world
from voicectl.cli.failures import exit_code_of
from voicectl.cli.session import Session
from voicectl.cli.words import language_of, words_of
from voicectl.core import errors
from voicectl.core.errors import CredentialError, NotFound, UsageError, VoicectlError

ALWAYS_SAY_IT = {"VoicectlError", "CheckFailed", "Guarded", "BugError", "WaitedTooLong"}
"""Failures of these kinds are few, and name their next step where they are raised."""


def kinds(above: type[VoicectlError] = VoicectlError) -> Iterator[type[VoicectlError]]:
    yield above
    for kind in above.__subclasses__():
        if kind.__module__ == errors.__name__:
            yield from kinds(kind)


def told(error: VoicectlError, environ: dict[str, str] | None = None, **given: object) -> list[str]:
    session = Session(world({"COLUMNS": "80", "NO_COLOR": "1", **(environ or {})}), ["tts"])
    session.given.update(given)
    session.command = "voicectl tts say"
    assert exit_code_of(error, session) == error.exit
    return cast(Terminal, session.world.stderr).shown.splitlines()


@pytest.mark.parametrize("kind", [each for each in kinds() if each.__name__ not in ALWAYS_SAY_IT])
def test_a_failure_without_advice_gets_that_of_its_kind(kind: type[VoicectlError]) -> None:
    assert words_of(kind("it failed"))[1]


def test_words_that_do_not_fit_lead_to_the_commands_own_help() -> None:
    assert told(UsageError("no"))[-1] == "  voicectl tts say --help"


@pytest.mark.parametrize(
    ("given", "hint", "line"),
    [
        ({"vendor": "aws"}, "voicectl tts voices", "voicectl tts voices --vendor aws"),
        ({"profile": "my own"}, "voicectl token refresh", "voicectl token refresh --profile 'my own'"),
        ({"profile": "x", "vendor": "aws"}, "voicectl profile test", "voicectl profile test --profile x"),
        (
            {"vendor": "aws"},
            "voicectl profile add NAME --vendor aws",
            "voicectl profile add NAME --vendor aws",
        ),
        ({"vendor": "aws"}, "voicectl tts voices --vendor local", "voicectl tts voices --vendor local"),
        (
            {"vendor": "aws"},
            "voicectl call listen --port 8080",
            "voicectl call listen --port 8080 --vendor aws",
        ),
        ({"vendor": "aws"}, "voicectl doctor", "voicectl doctor"),
        ({"vendor": "aws"}, "or: voicectl tts voices", "or: voicectl tts voices"),
        ({"vendor": "aws"}, "voicectl say TEXT, or --file FILE", "voicectl say TEXT, or --file FILE"),
        ({}, "voicectl tts voices", "voicectl tts voices"),
    ],
)
def test_an_advised_command_is_for_the_account_that_was_asked_for(
    given: dict[str, object], hint: str, line: str
) -> None:
    assert told(NotFound("none", hint=hint), **given)[-1] == f"  {line}"


def test_a_long_message_is_parted_between_words_and_a_hint_is_not() -> None:
    first, second, hint = told(NotFound("word " * 19 + "end", hint="voicectl tts voices " + "x" * 90))
    assert len(first) <= 80
    assert second == "  word word word word word end"
    assert hint.endswith("x" * 90)


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh_SG"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "C"}, ""),
        ({"LANG": "zh_TW.UTF-8"}, ""),
        ({"LANG": "de_DE.UTF-8"}, ""),
        ({}, ""),
    ],
)
def test_a_persons_language_is_that_of_the_environment(environ: dict[str, str], language: str) -> None:
    assert language_of(environ) == language


def test_people_are_told_in_their_language_and_programs_in_one() -> None:
    error = CredentialError("there is no token yet", hint="voicectl token refresh")
    chinese = {"LANG": "zh_CN.UTF-8"}
    assert told(error, chinese)[0] == "错误：还没有令牌"
    assert json.loads(told(error, chinese, output="json")[-1])["error"]["message"] == "there is no token yet"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("tts", "voices", "--lag", "zh"), "there is no option '--lag'; did you mean --lang?"),
        (("tts", "voices", "--9"), "there is no option '--9'"),
        (("tts", "batch"), "FILE is missing"),
        (("tts", "batch", "x.csv"), "--out-dir is missing"),
        (("call", "create", "--poll", "abc"), "--poll wants a number from 0.1, not 'abc'"),
        (("call", "create", "--poll", "0.01"), "--poll wants a number from 0.1, not '0.01'"),
        (("call", "listen", "--port", "70000"), "--port wants a whole number from 0 to 65535, not '70000'"),
        (("say", "hi", "--if-exists", "x"), "--if-exists can be overwrite, error, skip, not 'x'"),
        (("cache", "stats", "a", "b"), "this command takes no more words: 'a b'"),
        (("help", "vendrs"), "voicectl help has no command 'vendrs'; did you mean 'vendors'?"),
    ],
)
def test_words_that_do_not_fit_are_named_in_our_own_words(
    words: tuple[str, ...], message: str, voicectl: Program
) -> None:
    done = voicectl(*words)
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == f"error: {message}"
