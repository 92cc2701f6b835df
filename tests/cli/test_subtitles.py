"""Subtitles as a person asks for them: beside a file of sound, as long as the sound, or not at all."""

from __future__ import annotations

import json

import pytest
import srt

from tests.conftest import Program

TEXT = "Hello there, world. This is a second sentence, and it is longer than the first one."


def test_the_last_cue_ends_with_the_sound(voicectl: Program) -> None:
    done = voicectl("say", "-O", "json", TEXT, "-o", "a.wav", "--subtitles", "a.srt")
    found = list(srt.parse((voicectl.home / "a.srt").read_text(encoding="utf-8")))
    assert [each.content.split()[0] for each in found] == ["Hello", "This"]
    duration = json.loads(done.stdout)["duration_seconds"]
    assert found[-1].end.total_seconds() == pytest.approx(duration, abs=0.002)
    # Each sentence is a piece here: the border between them is measured, not guessed.
    alone = voicectl("say", "-O", "json", TEXT.partition(".")[0] + ".", "-o", "b.wav")
    assert found[0].end.total_seconds() == pytest.approx(
        json.loads(alone.stdout)["duration_seconds"], abs=0.002
    )


@pytest.mark.parametrize("target", [[], ["-o", "-"], ["--play"]], ids=str)
def test_subtitles_want_a_file_of_sound_beside_them(target: list[str], voicectl: Program) -> None:
    done = voicectl("say", TEXT, *target, "--subtitles", "a.srt")
    assert done.returncode == 2
    assert "-o" in done.stderr
    assert list(voicectl.home.iterdir()) == []


def test_a_name_of_no_subtitles_is_refused_before_anything_is_spoken(voicectl: Program) -> None:
    done = voicectl("say", TEXT, "-o", "a.wav", "--subtitles", "a.txt")
    assert done.returncode == 2
    assert not (voicectl.home / "a.wav").exists()


def test_subtitles_that_may_not_be_replaced_stop_the_sound(voicectl: Program) -> None:
    (voicectl.home / "a.srt").write_text("mine")
    done = voicectl("say", TEXT, "-o", "a.wav", "--subtitles", "a.srt", "--if-exists", "error")
    assert done.returncode == 73
    assert (voicectl.home / "a.srt").read_text() == "mine"
    assert not (voicectl.home / "a.wav").exists()
