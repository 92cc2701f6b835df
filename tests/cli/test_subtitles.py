"""Subtitles as a person asks for them: beside a file of sound, as long as the sound, or not at all."""

from __future__ import annotations

import json

import pytest
import srt

from tests.cloud.polly import LASTING, keys_in_environment, polly
from tests.cloud.server import serving
from tests.cloud.sounds import SECONDS_A_SIGN
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


def test_sound_and_subtitles_are_two_files(voicectl: Program) -> None:
    done = voicectl("say", TEXT, "-o", "a.srt", "--format", "wav", "--subtitles", "a.srt")
    assert (done.returncode, list(voicectl.home.iterdir())) == (2, [])


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


LONG = " ".join(f"Part {number} of it says that {number} comes before {number + 1}." for number in range(130))


@pytest.mark.parametrize("is_markup", [False, True], ids=["text", "markup"])
def test_times_go_on_over_the_pieces_of_a_long_text(is_markup: bool, voicectl: Program) -> None:
    text = f"<speak><prosody rate='90%'>{LONG}</prosody></speak>" if is_markup else LONG
    words = [
        "say",
        "-v",
        "Joanna",
        "-f",
        "-",
        "-o",
        "a.wav",
        "--subtitles",
        "a.srt",
        "-O",
        "json",
        *(["--ssml"] * is_markup),
    ]
    with serving(polly()) as server:
        place = ("--vendor", "aws", "--endpoint-url", server.url)
        done = voicectl(
            *place, *words, stdin=text, env={"AWS_REGION": "us-east-1", **keys_in_environment(LASTING)}
        )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["chunks"] > 1
    found = list(srt.parse((voicectl.home / "a.srt").read_text(encoding="utf-8")))
    assert "".join(" ".join(each.content.split()) + " " for each in found).strip() == LONG
    # The judge takes the same time for each sign; the blanks between pieces are not sent.
    at = 0
    for cue in found:
        at = LONG.index(cue.content.split("\n")[0], at)
        assert cue.start.total_seconds() == pytest.approx(
            at * SECONDS_A_SIGN, abs=SECONDS_A_SIGN * said["chunks"]
        )
    assert found[-1].end.total_seconds() == pytest.approx(said["duration_seconds"], abs=0.002)
