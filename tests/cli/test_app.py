"""The frame as a person meets it: help, versions, wrong words, formats, exit codes and signals."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module

import pytest

from tests.conftest import Program
from voicectl import __version__
from voicectl.cli.app import POINTERS, ROWS

HEAVY = {
    "pydantic",
    "rich",
    "httpx",
    "keyring",
    "websockets",
    "asyncio",
    "numpy",
    "importlib.metadata",
    "click",
}


def modules_after(script: str) -> set[str]:
    """Return what is loaded when a script is done, in a fresh interpreter."""
    script = f"import sys\n{script}\nprint('MODULES', *sys.modules, file=sys.__stderr__)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    return set(done.stderr.rpartition("MODULES")[2].split())


def test_version_is_answered_before_typer_is_imported(voicectl: Program) -> None:
    assert voicectl("--version").stdout == f"voicectl {__version__}\n"
    script = "sys.argv = ['voicectl', '--version']\nfrom voicectl.__main__ import main\nmain()"
    assert not {"typer", "voicectl.cli.app"} & modules_after(script)


@pytest.mark.parametrize("words", [["-O", "json", "--version"], ["--version", "-O", "json"]])
def test_version_obeys_a_format_that_is_asked_for(voicectl: Program, words: list[str]) -> None:
    assert json.loads(voicectl(*words).stdout) == {"version": __version__}


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["ttts"], ["login"], []], ids=str)
@pytest.mark.slow
def test_root_help_and_wrong_names_load_no_group(words: list[str]) -> None:
    loaded = modules_after(f"from voicectl.cli.app import run\nrun({words!r})")
    assert "typer" in loaded
    assert not {row.module for row in ROWS.values()} & loaded
    assert not HEAVY & loaded


@pytest.mark.parametrize("name", ROWS)
def test_every_row_leads_to_commands_and_shows_help(name: str, voicectl: Program) -> None:
    assert hasattr(import_module(ROWS[name].module), ROWS[name].attribute)
    done = voicectl(name, "--help")
    assert done.returncode == 0
    assert "Usage:" in done.stdout


def test_help_lists_every_group(voicectl: Program) -> None:
    shown = voicectl("--help").stdout
    assert all(f"  {name}" in shown for name in ROWS)


@pytest.mark.parametrize("words", [[], ["tts"]], ids=str)
def test_a_missing_command_shows_help_on_stderr_and_exits_2(words: list[str], voicectl: Program) -> None:
    done = voicectl(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Commands:" in done.stderr


def test_a_wrong_command_is_answered_with_the_nearest(voicectl: Program) -> None:
    done = voicectl("tst")
    assert done.returncode == 2
    assert "did you mean 'tts'?" in done.stderr
    assert "did you mean 'voices'?" in voicectl("tts", "voice").stderr


@pytest.mark.parametrize("name", POINTERS)
def test_foreign_habits_get_a_pointer_and_are_not_run(name: str, voicectl: Program) -> None:
    done = voicectl(name, "--some-option", "x")
    assert (done.returncode, done.stdout) == (2, "")
    assert POINTERS[name] in done.stderr


def test_errors_are_one_json_object_when_json_is_asked_for(voicectl: Program) -> None:
    by_flag = voicectl("-O", "json", "nothing")
    by_variable = voicectl("nothing", env={"VOICECTL_OUTPUT": "jsonl"})
    for done in (by_flag, by_variable):
        error = json.loads(done.stderr.splitlines()[-1])["error"]
        assert list(error) == [
            "kind",
            "message",
            "hint",
            "exit_code",
            "vendor",
            "vendor_code",
            "request_id",
            "retryable",
        ]
        assert (error["kind"], error["exit_code"], error["vendor"]) == ("usage", 2, None)
    assert not voicectl("nothing").stderr.startswith("{")


@pytest.mark.parametrize(
    "option", [("-O", "xml"), ("--color", "green"), ("--timeout", "soon"), ("--retries", "x")]
)
def test_a_wrong_value_of_a_global_option_exits_2_and_names_it(
    option: tuple[str, str], voicectl: Program
) -> None:
    before, after = voicectl(*option, "tts", "voices"), voicectl("tts", "voices", *option)
    for done in (before, after):
        assert done.returncode == 2
        assert option[0] in done.stderr
        assert option[1] in done.stderr


@pytest.mark.parametrize(
    ("variable", "value"),
    [("VOICECTL_OUTPUT", "xml"), ("VOICECTL_TIMEOUT", "soon"), ("VOICECTL_RETRIES", "1.5")],
)
def test_a_broken_variable_is_named_and_exits_78(variable: str, value: str, voicectl: Program) -> None:
    done = voicectl("tts", "voices", env={variable: value})
    assert done.returncode == 78
    assert variable in done.stderr


def test_an_option_given_twice_is_taken_from_nearest_the_command(voicectl: Program) -> None:
    done = voicectl("-O", "text", "tts", "-O", "csv", "voices", "-O", "jsonl")
    assert done.returncode == 0
    assert all(json.loads(line) for line in done.stdout.splitlines())
