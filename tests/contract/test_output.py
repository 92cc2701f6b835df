"""The contract's rules for sound, results and errors, held against the real program."""

from __future__ import annotations

import json
import subprocess

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
