"""`profile add --secret-from` as a script meets it: where a secret is read, and what refuses it."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Program

CANARY = "CANARY-s-EXAMPLE"
SIGN = ("sign", "debug", "-p", "x", "--service", "polly", "--url", "https://polly.eu-west-1.amazonaws.com/")
WHOLE = {"Version": 1, "AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": CANARY, "SessionToken": "CANARY-t"}


def add(voicectl: Program, reference: str, *words: str, vendor: str = "aws") -> None:
    known = ("--region", "eu-west-1", "--secret-from", reference)
    done = voicectl("profile", "add", "x", "--vendor", vendor, *known, *words)
    assert done.returncode == 0, done.stderr


def sign(voicectl: Program, **environment: str) -> subprocess.CompletedProcess[str]:
    done = voicectl(*SIGN, env=environment)
    assert CANARY not in done.stdout + done.stderr
    return done


def script(voicectl: Program, text: str) -> Path:
    path = voicectl.home / "give keys"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("kind", ["cmd", "file", "env"])
def test_a_lone_secret_joins_the_key_id_of_the_profile(voicectl: Program, kind: str) -> None:
    path = voicectl.home / "secret"
    path.write_text(f"{CANARY}\n")
    reference = {"cmd": f"cmd:cat {path}", "file": f"file:{path}", "env": "env:MY_SECRET"}[kind]
    add(voicectl, reference, "--set", "access_key_id=AKIAEXAMPLE")
    done = sign(voicectl, MY_SECRET=CANARY)
    assert (done.returncode, "Credential=AKIAEXAMPLE/" in done.stdout) == (0, True), done.stderr
    row = json.loads(voicectl("profile", "list").stdout)[0]
    assert row["secrets"] == [{"field": "access_key_secret", "stored_in": reference}]
    held = [path for path in voicectl.home.rglob("*") if path.is_file() and CANARY in path.read_text()]
    assert held == [path]


def test_a_broken_program_is_refused_by_the_profile_that_names_it(voicectl: Program) -> None:
    add(voicectl, f"cmd:{shlex.quote(str(script(voicectl, f'echo {CANARY} >&2; exit 3')))}")
    done = sign(voicectl)
    assert (done.returncode, "exit code 3" in done.stderr) == (77, True), done.stderr
    assert "profile x" in done.stderr


def test_a_reference_that_leads_nowhere_is_named(voicectl: Program) -> None:
    add(voicectl, "cmd:./here")
    done = sign(voicectl)
    assert (done.returncode, "neither on PATH nor absolute" in done.stderr) == (78, True), done.stderr


@pytest.mark.parametrize("reference", ["op://vault/x", "cmd:", "env: ", "file:secret", "nls_token=cmd:x"])
def test_what_is_no_reference_is_refused_when_it_is_given(voicectl: Program, reference: str) -> None:
    done = voicectl("profile", "add", "x", "--vendor", "aws", "--secret-from", reference)
    assert done.returncode == 2


def test_a_secret_cannot_come_twice(voicectl: Program) -> None:
    words = ("profile", "add", "x", "--vendor", "aws", "--set", "access_key_id=AKIAEXAMPLE")
    done = voicectl(*words, "--secret-from", "env:X", "--secret-stdin", stdin=CANARY)
    assert (done.returncode, "from elsewhere as well" in done.stderr) == (2, True)


def test_another_secret_than_the_usual_one_is_named_before_the_reference(voicectl: Program) -> None:
    add(voicectl, "dashscope_api_key=env:MY_KEY", vendor="aliyun")
    row = json.loads(voicectl("profile", "show", "x").stdout)
    assert row["secrets"] == [{"field": "dashscope_api_key", "stored_in": "env:MY_KEY"}]
    assert row["host"] == {"dashscope_api_key": "dashscope.aliyuncs.com"}


def test_a_program_gets_no_stdin_and_not_this_vendors_variables(voicectl: Program) -> None:
    seen = voicectl.home / "seen"
    text = f"cat >'{seen}'; env >>'{seen}'; echo '{json.dumps(WHOLE)}'"
    add(voicectl, f"cmd:{shlex.quote(str(script(voicectl, text)))}")
    theirs = {"AWS_ACCESS_KEY_ID": "AKIAOTHER", "AWS_SECRET_ACCESS_KEY": "CANARY-env"}
    done = voicectl(*SIGN, stdin="CANARY-stdin", env={**theirs, "VAULT_TOKEN": "kept"})
    assert done.returncode == 0, done.stderr
    told = seen.read_text()
    assert "CANARY" not in told
    assert "AKIAOTHER" not in told
    assert "VAULT_TOKEN=kept" in told


def test_a_program_runs_once_a_command(voicectl: Program) -> None:
    runs = voicectl.home / "runs"
    text = f"echo run >>'{runs}'; echo '{json.dumps(WHOLE)}'"
    add(voicectl, f"cmd:{shlex.quote(str(script(voicectl, text)))}")
    assert sign(voicectl).returncode == 0
    assert runs.read_text() == "run\n"
