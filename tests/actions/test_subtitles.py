"""Promises about subtitles: true times, whole words, lines that fit, files that other programs read."""

from __future__ import annotations

import json
from datetime import timedelta
from html import unescape
from itertools import pairwise
from pathlib import Path

import pytest
import srt
import webvtt
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cloud import sounds
from voicectl.actions import subtitles
from voicectl.actions.subtitles import Cue, SubtitledSink, cues, width, written
from voicectl.audio.sinks import FileSink
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BrokenAnswer, Unsupported, UsageError
from voicectl.core.tts import Mark, Utterance

MIXED = '他说：“好的。” He said: "I have 12 cats", and left.\nThen 世界 & <more>!'
LONG = "这是一个很长的句子，它没有任何空格，所以必须在显示宽度处断开，而不是在单词之间断开，明白了吗？"
SOUND = AudioFormat(Container.PCM, 16000)


def at(begin: int, end: int, text: str, *, is_sentence: bool = False) -> Mark:
    return Mark(begin, end, text, is_sentence)


def spoken(text: str, milliseconds: int = 90_000) -> list[Mark]:
    return [at(0, milliseconds, text, is_sentence=True)]


def letters(text: str) -> str:
    return "".join(text.split())


def test_cues_keep_the_times_of_words_and_the_signs_of_the_text() -> None:
    marks = [at(100, 300, "hello"), at(310, 600, "world"), at(2000, 2400, "again")]
    assert cues(marks, '"Hello, world!" (Again.)') == (
        Cue(100, 600, ('"Hello, world!"',)),
        Cue(2000, 2400, ("(Again.)",)),
    )


def test_what_is_read_otherwise_than_written_shows_as_it_is_written() -> None:
    said = ["I", "have", "twelve", "cats"]
    marks = [at(100 * i, 100 * i + 100, word) for i, word in enumerate(said)]
    assert cues(marks, "I have 12 cats.") == (Cue(0, 400, ("I have 12 cats.",)),)


def test_a_short_word_is_not_found_inside_another() -> None:
    marks = [at(0, 100, "cat"), at(5000, 5100, "a")]
    assert cues(marks, "cat at bats. A")[-1].lines == ("A",)


def test_a_word_without_an_end_lasts_until_the_next() -> None:
    assert cues([at(0, 0, "one"), at(700, 700, "two")], "one two") == (Cue(0, 700, ("one two",)),)


def test_the_time_of_a_piece_is_shared_out_by_what_its_sentences_take() -> None:
    first, second, third = cues(
        spoken("One two three four. Five. 六六六六六六六六。", 6000),
        "One two three four. Five. 六六六六六六六六。",
    )
    assert (first.begin_ms, third.end_ms) == (0, 6000)
    assert first.end_ms - first.begin_ms > 2 * (second.end_ms - second.begin_ms)
    assert first.end_ms == second.begin_ms


def test_chinese_breaks_at_its_width_and_after_its_signs() -> None:
    shown = cues(spoken(LONG, 15_000), LONG)
    lines = [line for cue in shown for line in cue.lines]
    assert lines[0] == "这是一个很长的句子，它没有任何空格，"
    assert all(width(line) <= subtitles.COLUMNS for line in lines)
    assert all(line[0] not in "，。？" for line in lines)


def test_no_line_ends_inside_a_word_that_has_a_mark() -> None:
    known = ["今天", "天气", "非常", "好", "我们", "一起", "去", "公园", "玩"] * 5
    marks = [at(100 * i, 100 * i + 100, word) for i, word in enumerate(known)]
    shown = cues(marks, "".join(known))
    rest = iter(known)
    for line in (line for cue in shown for line in cue.lines):
        said = ""
        while said != line:
            said += next(rest)
            assert line.startswith(said)


def test_sentence_marks_give_way_to_the_words_within_them() -> None:
    marks = [at(0, 900, "one two", is_sentence=True), at(0, 300, "one"), at(300, 900, "two")]
    assert cues(marks, "one two") == (Cue(0, 900, ("one two",)),)


def test_a_long_silence_begins_a_new_cue() -> None:
    assert len(cues([at(0, 300, "one"), at(5000, 5300, "two")], "one two")) == 2


TEXT = st.text(st.sampled_from('ab c你好，。.!?\n😀é1,<&>-"“”'), max_size=120)
MARKS = st.lists(
    st.builds(
        Mark, st.integers(0, 9000), st.integers(0, 9000), st.sampled_from(["a", "b", "ab", "你", "好", "1"])
    )
)


@settings(max_examples=200, deadline=None)
@given(TEXT, MARKS)
@pytest.mark.slow
def test_cues_never_overlap_whatever_the_vendor_says(text: str, marks: list[Mark]) -> None:
    found = cues(marks, text)
    assert all(0 <= cue.begin_ms < cue.end_ms for cue in found)
    assert all(one.end_ms <= two.begin_ms for one, two in pairwise(found))


@settings(max_examples=200, deadline=None)
@given(TEXT, st.integers(1, 100_000))
@pytest.mark.slow
def test_cues_hold_the_text_in_two_lines_that_fit(text: str, milliseconds: int) -> None:
    found = cues(spoken(text.strip(), milliseconds), text)
    assert all(1 <= len(cue.lines) <= 2 for cue in found)
    shown = "".join("".join(cue.lines) for cue in found)
    alphanumeric = [sign for sign in text if sign.isalnum()]
    assert [sign for sign in letters(shown) if sign.isalnum()] == alphanumeric


def test_another_program_reads_the_subrip() -> None:
    data = written("srt", spoken(MIXED, 9000), MIXED)
    assert b"\n" not in data.replace(b"\r\n", b"")
    parsed = list(srt.parse(data.decode()))
    assert letters("".join(each.content for each in parsed)) == letters(MIXED)
    assert [each.index for each in parsed] == list(range(1, len(parsed) + 1))
    assert parsed[-1].end == timedelta(seconds=9)


def test_another_program_reads_the_webvtt(tmp_path: Path) -> None:
    path = tmp_path / "a.vtt"
    path.write_bytes(written("vtt", spoken(MIXED, 3_700_000), MIXED))
    parsed = webvtt.read(path)
    assert letters(unescape("".join(each.text for each in parsed))) == letters(MIXED)
    assert parsed[-1].end == "01:01:40.000"
    assert "&amp; &lt;more&gt;" in path.read_text(encoding="utf-8")


def test_the_json_says_text_and_lines() -> None:
    (row,) = json.loads(written("json", spoken("你好，世界", 1000), "你好，世界"))["cues"]
    assert row == {"begin_ms": 0, "end_ms": 1000, "text": "你好，世界", "lines": ["你好，世界"]}


@pytest.mark.parametrize("path", ["srt", "a.txt", "a.", ""])
def test_a_name_that_promises_no_subtitles_is_refused(path: str) -> None:
    with pytest.raises(UsageError, match=r"\.srt, \.vtt or \.json"):
        subtitles.format_of(path)


def sink(folder: Path, text: str, *, ssml: bool = False) -> SubtitledSink:
    return SubtitledSink(
        sound=FileSink(path=str(folder / "a")),
        path=str(folder / "a.srt"),
        utterance=Utterance(text=text, ssml=ssml),
    )


def test_pieces_without_marks_are_timed_by_their_own_length(tmp_path: Path) -> None:
    with sink(tmp_path, "<speak>One.<p>Two &amp; two.</p></speak>", ssml=True).open(SOUND) as output:
        output.write(bytes(64000))
        output.marks = [at(0, 500, "One")]
        output.pieces = [
            at(0, 500, "<speak>One.</speak>", is_sentence=True),
            at(500, 2000, "<speak><p>Two &amp; two.</p></speak>", is_sentence=True),
        ]
    found = list(srt.parse((tmp_path / "a.srt").read_text(encoding="utf-8")))
    assert [each.content for each in found] == ["One.", "Two & two."]
    assert (found[1].start, found[1].end) == (timedelta(seconds=0.5), timedelta(seconds=2))


def test_a_lone_piece_is_as_long_as_the_sound(tmp_path: Path) -> None:
    with sink(tmp_path, "One.").open(SOUND) as output:
        output.write(bytes(32000))
        output.pieces = [at(0, 0, "One.", is_sentence=True)]
    (found,) = srt.parse((tmp_path / "a.srt").read_text(encoding="utf-8"))
    assert found.end == timedelta(seconds=1)


def test_text_that_was_not_known_before_is_that_of_the_pieces(tmp_path: Path) -> None:
    with sink(tmp_path, "").open(SOUND) as output:
        output.write(bytes(32000))
        output.marks, output.pieces = [at(100, 400, "One")], [at(0, 1000, "One, two.", is_sentence=True)]
    (found,) = srt.parse((tmp_path / "a.srt").read_text(encoding="utf-8"))
    assert found.content == "One, two."


def test_a_sound_that_breaks_leaves_neither_file(tmp_path: Path) -> None:
    def break_off() -> None:
        with sink(tmp_path, "One.").open(SOUND) as output:
            output.write(bytes(32000))
            raise BrokenAnswer("cut")

    with pytest.raises(BrokenAnswer):
        break_off()
    assert list(tmp_path.iterdir()) == []


def test_subtitles_that_cannot_be_made_leave_no_sound(tmp_path: Path) -> None:
    def lose_count() -> None:
        with sink(tmp_path, "One.").open(AudioFormat(Container.OGG, 0)) as output:
            output.write(sounds.ogg())
            output.pieces = [at(0, 0, "One.", is_sentence=True)]

    with pytest.raises(Unsupported, match="how long the sound is"):
        lose_count()
    assert list(tmp_path.iterdir()) == []
