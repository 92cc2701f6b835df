"""The contract's global options, held against the real program."""

from __future__ import annotations

import json

import pytest

from tests.conftest import Program
from voicectl import __version__


@pytest.mark.parametrize(
    "words",
    [
        ("tts", "voices", "--nope", "-O", "json"),
        ("nosuch", "-O", "json"),
        ("tts", "nosuch", "--output=jsonl"),
        ("say", "hi", "--jobs", "0", "-Ojson"),
        ("say", "-nqO", "json", "--bogus"),
        ("tts", "voices", "--timeout", "soon", "-O", "json"),
        ("-O", "json", "tts"),
    ],
    ids=" ".join,
)
def test_an_error_in_the_words_themselves_is_told_in_the_format_that_they_ask_for(
    words: tuple[str, ...], voicectl: Program
) -> None:
    done = voicectl(*words)
    error = json.loads(done.stderr.splitlines()[-1])["error"]
    assert (done.returncode, done.stdout, error["exit_code"], error["kind"]) == (2, "", 2, "usage")


def test_a_format_among_words_that_are_text_is_not_asked_for(voicectl: Program) -> None:
    assert voicectl("say", "--bogus", "--", "-O", "json").stderr.startswith("error: ")


def test_an_error_in_the_words_themselves_has_the_colours_that_they_ask_for(voicectl: Program) -> None:
    assert "\x1b[" in voicectl("nosuch", "--color", "always").stderr
    assert "\x1b[" not in voicectl("nosuch", "--color=never", env={"FORCE_COLOR": "1"}).stderr


@pytest.mark.parametrize("words", [("say",), ("call", "status"), ("tts",)], ids=" ".join)
def test_the_version_is_printed_before_and_after_every_command(
    words: tuple[str, ...], voicectl: Program
) -> None:
    for placed in (("--version", *words), (*words, "--version")):
        done = voicectl(*placed)
        assert (done.returncode, done.stdout) == (0, f"voicectl {__version__}\n"), done.stderr
    asked = voicectl(*words, "--version", "-O", "jsonl")
    assert json.loads(asked.stdout) == {"version": __version__}


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--timeout", "-1"),
        ("--timeout", "0"),
        ("--timeout", "nan"),
        ("--timeout", "inf"),
        ("--connect-timeout", "0"),
        ("--retries", "-1"),
        ("--max-bytes", "0"),
    ],
)
def test_a_number_that_bounds_nothing_is_refused(option: str, value: str, voicectl: Program) -> None:
    done = voicectl("--vendor", "local", "tts", "voices", option, value)
    assert (done.returncode, done.stdout) == (2, "")
    assert option in done.stderr


def test_a_variable_with_such_a_number_is_a_broken_configuration(voicectl: Program) -> None:
    done = voicectl("--vendor", "local", "tts", "voices", env={"VOICECTL_TIMEOUT": "-1"})
    assert (done.returncode, "VOICECTL_TIMEOUT" in done.stderr) == (78, True)


CHANGES = {
    "profile add": ("profile", "add", "y", "--vendor", "openai", "--store", "file"),
    "profile set": ("profile", "set", "x", "region=r"),
    "profile use": ("profile", "use", "x"),
    "profile rename": ("profile", "rename", "x", "y"),
    "profile remove": ("profile", "remove", "x", "--yes"),
    "cache clear": ("cache", "clear"),
    "gateway key issue": ("gateway", "key", "issue", "--name", "x"),
    "gateway audit purge": ("gateway", "audit", "purge", "--yes"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_cannot_be_shown_unsent_is_not_done_in_a_dry_run(name: str, voicectl: Program) -> None:
    done = voicectl(*CHANGES[name], "--dry-run")
    assert (done.returncode, "leave out --dry-run" in done.stderr) == (2, True), done.stderr
