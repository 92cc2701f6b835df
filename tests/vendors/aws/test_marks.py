"""When words are heard, as Polly tells it by a request of its own."""

from __future__ import annotations

import pytest

from tests.cloud.polly import Polly, polly
from tests.cloud.server import Answer, RawRequest
from tests.cloud.sounds import pcm, seconds_of
from tests.vendors.aws.speaking import speaker
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BrokenAnswer
from voicectl.core.tts import Mark
from voicectl.vendors.aws.wire import ended, marks_in

TEXT = "good morning world"
SENTENCE = Mark(0, 360, TEXT, is_sentence=True)
WORDS = [Mark(0, 100, "good"), Mark(100, 260, "morning"), Mark(260, 360, "world")]


def test_marks_come_with_the_sound_and_are_complete_at_its_end() -> None:
    service = Polly()
    with speaker(polly(service)) as say:
        sound, stream = say(TEXT, marked=True)
        note = say.settled(marked=True).notes[0].template
    assert sound == pcm(seconds_of(TEXT))
    assert list(stream.marks) == [SENTENCE, *WORDS]
    assert (stream.billed_characters, "bills" in note) == (2 * len(TEXT), True)
    assert [body["OutputFormat"] for body in service.spoken] == ["json", "pcm"]


def test_of_markup_the_words_are_kept_and_not_the_tags() -> None:
    line = b'{"time":0,"type":"sentence","value":"<s>3 &lt; 4 <break time=\\"1s\\"/>ok</s>"}'
    assert marks_in(line, ssml=True) == (Mark(0, 0, "3 < 4 ok", is_sentence=True),)
    assert marks_in(line)[0].text.startswith("<s>")


def test_a_pace_is_markup_to_polly_and_text_to_who_reads_its_marks() -> None:
    with speaker(polly()) as say:
        _, stream = say("3 < 4", rate=1.2, marked=True)
    assert [mark.text for mark in stream.marks] == ["3 < 4", "3", "<", "4"]


def test_of_sound_whose_length_nobody_told_the_last_mark_stays_open() -> None:
    with speaker(polly()) as say:
        _, stream = say(TEXT, marked=True, format=AudioFormat(Container.MP3, 0))
    assert stream.marks[-1] == Mark(260, 260, "world")


def test_without_the_wish_there_is_one_request_and_no_mark() -> None:
    with speaker(polly()) as say:
        assert say(TEXT)[1].marks == []
    assert say.asked == ["POST /v1/speech"]


def test_an_engine_chosen_for_the_marks_speaks_as_well() -> None:
    service = Polly()
    with speaker(polly(service)) as say:
        say(TEXT, voice="Hiujin", marked=True)
    assert [body["Engine"] for body in service.spoken] == ["neural", "neural"]


def test_marks_of_tags_and_mouths_are_no_words_but_have_their_time() -> None:
    line = b'{"time":6,"type":"word","start":0,"end":2,"value":"hi"}'
    assert marks_in(line) == (Mark(6, 6, "hi"),)
    assert marks_in(b"\n") == ()
    assert ended([Mark(5, 0, "a"), Mark(5, 0, "b")], 3) == (Mark(5, 5, "a"), Mark(5, 5, "b"))


@pytest.mark.parametrize("cut", [b'{"time":1,"ty', b"<html>", b'{"type":"word"}', b"[]"])
def test_marks_that_are_cut_are_a_broken_answer(cut: bytes) -> None:
    def respond(request: RawRequest) -> Answer:
        return Answer(200, (("Content-Type", "application/x-json-stream"),), cut)

    with speaker(respond) as say, pytest.raises(BrokenAnswer, match="speech mark"):
        say(marked=True)
