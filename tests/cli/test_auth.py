"""`voicectl auth` as a shell, a runner and a child meet it."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import Program

SECRET = "s3cret'EXAMPLE$x"
KEYS = {
    "TENCENTCLOUD_SECRET_ID": "AKIDEXAMPLE",
    "TENCENTCLOUD_SECRET_KEY": SECRET,
    "VOICECTL_VENDOR": "tencent",
}


def test_env_prints_text_for_a_shell_and_json_only_if_asked(voicectl: Program) -> None:
    done = voicectl("auth", "env", env=KEYS)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "export TENCENTCLOUD_SECRET_ID='AKIDEXAMPLE'"
    asked = voicectl("auth", "env", "-O", "json", env=KEYS)
    assert json.loads(asked.stdout)["TENCENTCLOUD_SECRET_KEY"] == SECRET


def test_env_takes_away_what_belongs_to_another_account(voicectl: Program) -> None:
    add = (
        "profile",
        "add",
        "x",
        "--vendor",
        "tencent",
        "--set",
        "access_key_id=AKIDOTHER",
        "--store",
        "file",
    )
    voicectl(*add, "--secret-stdin", stdin="other-EXAMPLE")
    done = voicectl("-p", "x", "auth", "env", env={**KEYS, "TENCENTCLOUD_TOKEN": "old"})
    assert "unset TENCENTCLOUD_TOKEN\n" in done.stdout
    assert "export TENCENTCLOUD_SECRET_KEY='other-EXAMPLE'\n" in done.stdout


def test_a_runner_gets_the_variables_in_its_file_and_the_masks_in_its_log(voicectl: Program) -> None:
    file = voicectl.home / "runner"
    file.write_text("BEFORE=1\n")
    done = voicectl("auth", "env", "--format", "github", env={**KEYS, "GITHUB_ENV": str(file)})
    assert (done.returncode, done.stdout) == (0, f"::add-mask::{SECRET}\n"), done.stderr
    expected = f"BEFORE=1\nTENCENTCLOUD_SECRET_ID=AKIDEXAMPLE\nTENCENTCLOUD_SECRET_KEY={SECRET}\n"
    assert file.read_text() == expected


def test_a_runners_file_on_stdout_is_refused_before_anything_is_written(voicectl: Program) -> None:
    file = voicectl.home / "runner"
    command = voicectl.command("auth", "env", "--format", "github")
    with file.open("a") as out:
        environ = voicectl.environment({**KEYS, "GITHUB_ENV": str(file)})
        code = subprocess.run(
            command, stdout=out, stderr=subprocess.DEVNULL, env=environ, check=False
        ).returncode
    assert (code, file.read_text()) == (2, "")


def test_without_a_runner_masks_come_before_the_variables(voicectl: Program) -> None:
    lines = voicectl("auth", "env", "--format", "github", env=KEYS).stdout.splitlines()
    assert lines == [
        f"::add-mask::{SECRET}",
        "TENCENTCLOUD_SECRET_ID=AKIDEXAMPLE",
        f"TENCENTCLOUD_SECRET_KEY={SECRET}",
    ]


@pytest.mark.parametrize(("words", "warned"), [((), True), (("--yes",), False)])
def test_on_a_terminal_it_says_that_secrets_are_shown(
    voicectl: Program, words: tuple[str, ...], warned: bool
) -> None:
    master, slave = pty.openpty()
    command = voicectl.command("auth", "env", *words)
    environ = voicectl.environment({**KEYS, "TERM": "dumb"})
    done = subprocess.run(command, stdout=slave, stderr=subprocess.PIPE, env=environ, check=False)
    os.close(slave)
    os.close(master)
    assert (done.returncode, b"secrets are on the screen" in done.stderr) == (0, warned)


@pytest.mark.parametrize(
    ("vendor", "code", "said"),
    [("tencent", 77, "no credential"), ("local", 2, "no key"), ("alyun", 2, "no vendor")],
)
def test_without_keys_nothing_is_printed_and_nothing_run(
    voicectl: Program, vendor: str, code: int, said: str
) -> None:
    for words in (("env",), ("exec", "--", "touch", "ran")):
        done = voicectl("--vendor", vendor, "auth", *words)
        assert (done.returncode, said in done.stderr, done.stdout) == (code, True, ""), done.stderr
    assert not (voicectl.home / "ran").exists()


def show(*names: str) -> list[str]:
    code = f"import os, json; print(json.dumps([os.environ.get(name) for name in {names}]))"
    return [sys.executable, "-c", code]


def test_the_child_has_the_keys_and_the_rest_of_the_environment(voicectl: Program) -> None:
    child = show("TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_TOKEN", "HOME", "ODD")
    done = voicectl("auth", "exec", "--", *child, env={**KEYS, "ODD": "o"})
    assert json.loads(done.stdout) == [SECRET, None, str(voicectl.home), "o"], done.stderr


@pytest.mark.parametrize(
    ("script", "code"), [("exit 0", 0), ("exit 42", 42), ("kill -TERM $$", -signal.SIGTERM)]
)
def test_the_childs_end_is_ours(voicectl: Program, script: str, code: int) -> None:
    assert voicectl("auth", "exec", "--", "sh", "-c", script, env=KEYS).returncode == code


def test_words_of_the_child_are_its_own(voicectl: Program) -> None:
    done = voicectl("auth", "exec", "echo", "-p", "x", "--help", env=KEYS)
    assert (done.returncode, done.stdout) == (0, "-p x --help\n"), done.stderr


def test_a_signal_reaches_the_child(voicectl: Program) -> None:
    script = "trap 'echo heard; exit 7' TERM; echo ready; while :; do sleep 0.05; done"
    command = voicectl.command("auth", "exec", "--", "sh", "-c", script)
    with subprocess.Popen(
        command, env=voicectl.environment(KEYS), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert (process.stdout.read(), process.wait(10)) == ("heard\n", 7)


def test_a_child_whose_reader_leaves_dies_of_it_as_it_would_alone(voicectl: Program) -> None:
    command = voicectl.command("auth", "exec", "--", "sh", "-c", "while echo y; do :; done; exit 3")
    with subprocess.Popen(
        command, env=voicectl.environment(KEYS), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.wait(10) == -signal.SIGPIPE


@pytest.mark.parametrize("make", ["", "not executable"])
def test_a_program_that_cannot_be_started_exits_69(voicectl: Program, make: str) -> None:
    program = voicectl.home / "program"
    if make:
        program.write_text("#!/bin/sh\n")
    done = voicectl("auth", "exec", "--", str(program), env=KEYS)
    assert (done.returncode, "cannot be started" in done.stderr) == (69, True), done.stderr


def test_the_secret_stays_out_of_the_command_line_of_the_child(voicectl: Program) -> None:
    command = voicectl.command("auth", "exec", "--", "sleep", "5")
    with subprocess.Popen(command, env=voicectl.environment(KEYS)) as process:
        place = Path(f"/proc/{process.pid}/cmdline")
        end = time.monotonic() + 10
        while not place.read_bytes().startswith(b"sleep") and time.monotonic() < end:
            time.sleep(0.02)
        assert place.read_bytes() == b"sleep\x005\x00"
        process.kill()
