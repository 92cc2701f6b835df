"""A text in several requests is one speech: one sound, one encoding, times that go on, sums that add up."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.cloud import sounds
from voicectl.actions.tts import Said, say, settle
from voicectl.audio.sinks import StdoutSink
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BadInput, BrokenAnswer, Unsupported
from voicectl.core.note import Note
from voicectl.core.shelf import Shelf
from voicectl.core.speaker import Speaker
from voicectl.core.tts import Mark, SpeechStream, TextLimit, Utterance, Voice
from voicectl.kept.memory import MemoryShelf
from voicectl.kept.pieces import FileShelf

WAV, MP3 = AudioFormat(Container.WAV, 0), AudioFormat(Container.MP3, 0)
TEXT = "One two three. Four five six. Seven eight."
RATE = 16000
LIMIT = TextLimit(15)


@dataclass
class Vendor:
    """Says half a second for each request, in one of its formats; a word is marked at a tenth of a second."""

    formats: tuple[AudioFormat, ...] = (WAV,)
    text_limit: TextLimit = LIMIT
    rates: dict[str, int] = field(default_factory=dict)
    cut_at: str = ""
    asked: list[Utterance] = field(default_factory=list)

    def voices(self) -> Iterator[Voice]:
        yield from ()

    def settle(self, utterance: Utterance) -> Utterance:
        return utterance

    @contextmanager
    def synthesize(self, utterance: Utterance) -> Iterator[SpeechStream]:
        self.asked.append(utterance)
        assert utterance.format
        rate = self.rates.get(utterance.text, RATE)
        sound = sounds.made(utterance.format.container.value, 0.5, rate)
        yield SpeechStream(
            format=utterance.format,
            chunks=self._chunks(sound, is_cut=utterance.text == self.cut_at),
            request_id=f"for {utterance.text}",
            billed_characters=len(utterance.text),
            marks=[Mark(100, 300, utterance.text.split()[0]), Mark(0, 500, utterance.text, is_sentence=True)],
            notes=(Note("heard {what}", {"what": "all"}),),
        )

    def _chunks(self, sound: bytes, *, is_cut: bool) -> Iterator[bytes]:
        yield sound[:1000]
        if is_cut:
            time.sleep(0.05)
            raise BrokenAnswer("the line was cut")
        yield sound[1000:]


@pytest.fixture(params=["files", "memory"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    return FileShelf(tmp_path / "pieces", now=time.time) if request.param == "files" else MemoryShelf()


def said(
    vendor: Vendor, shelf: Shelf, text: str = TEXT, container: Container = Container.PCM, **wishes: object
) -> tuple[Said, bytes]:
    stream = io.BytesIO()
    found = say(
        Speaker(vendor, jobs=3, open_shelf=lambda: shelf),
        settle(vendor, Utterance(text=text, **wishes)),  # type: ignore[arg-type]
        StdoutSink(stream=stream, container=container),
        container=container,
        clock=lambda: 0.0,
        advance=lambda amount: None,
    )
    return found, stream.getvalue()


def test_the_times_of_words_and_pieces_go_on_over_the_whole(shelf: Shelf) -> None:
    found, sound = said(Vendor(), shelf)
    assert len(sound) == 3 * RATE
    assert found.pieces == (
        Mark(0, 500, "One two three.", is_sentence=True),
        Mark(500, 1000, "Four five six.", is_sentence=True),
        Mark(1000, 1500, "Seven eight.", is_sentence=True),
    )
    assert [mark for mark in found.marks if not mark.is_sentence] == [
        Mark(100, 300, "One"),
        Mark(600, 800, "Four"),
        Mark(1100, 1300, "Seven"),
    ]


def test_what_all_requests_tell_is_put_together_in_their_order(shelf: Shelf) -> None:
    found, _ = said(Vendor(), shelf)
    assert found.request_ids == ("for One two three.", "for Four five six.", "for Seven eight.")
    assert (found.billed_characters, found.chunks, found.duration_seconds) == (40, 3, 1.5)
    assert found.notes == (Note("heard {what}", {"what": "all"}),), "the same is said once"


@pytest.mark.parametrize("container", [Container.WAV, Container.MP3, Container.PCM])
def test_a_vendor_of_mp3_alone_is_decoded_and_encoded_once(shelf: Shelf, container: Container) -> None:
    pytest.importorskip("miniaudio")
    pytest.importorskip("lameenc")
    vendor = Vendor(formats=(MP3,))
    found, sound = said(vendor, shelf, container=container)
    assert {asked.format for asked in vendor.asked} == {MP3}
    assert found.duration_seconds == pytest.approx(1.5, abs=0.03)
    assert found.marks[4].begin_ms == pytest.approx(1100, abs=30)
    assert (sound[:4] == b"RIFF") == (container is Container.WAV)


def test_one_piece_of_mp3_becomes_wav_where_that_is_wanted(shelf: Shelf) -> None:
    pytest.importorskip("miniaudio")
    found, sound = said(Vendor(formats=(MP3,)), shelf, text="One.", container=Container.WAV)
    assert sound[:4] == b"RIFF"
    assert found.duration_seconds == pytest.approx(0.5, abs=0.02)


def test_one_piece_of_mp3_passes_as_it_is_where_mp3_is_wanted(shelf: Shelf) -> None:
    _, sound = said(Vendor(formats=(MP3, WAV)), shelf, text="One.", container=Container.MP3)
    assert sound == sounds.mp3(0.5, RATE)


def test_samples_are_asked_for_where_there_are_any(shelf: Shelf) -> None:
    pytest.importorskip("lameenc")
    vendor = Vendor(formats=(MP3, WAV))
    said(vendor, shelf, container=Container.MP3)
    assert {asked.format for asked in vendor.asked} == {WAV}


def test_a_piece_at_another_rate_is_named(shelf: Shelf) -> None:
    with pytest.raises(BrokenAnswer, match=r"piece 2 is 8000 Hz.*the first was 16000 Hz"):
        said(Vendor(rates={"Four five six.": 8000}), shelf)


@pytest.mark.parametrize("cut_at", ["One two three.", "Seven eight."])
def test_a_piece_that_breaks_off_while_it_is_heard_says_what_is_kept(cut_at: str, tmp_path: Path) -> None:
    shelf = FileShelf(tmp_path / "pieces", now=time.time)
    with pytest.raises(BrokenAnswer, match="the line was cut") as caught:
        said(Vendor(cut_at=cut_at), shelf)
    assert caught.value.hint == "2 of 3 pieces are kept: the same command goes on from there"
    again = Vendor()
    found, _ = said(again, shelf)
    assert [asked.text for asked in again.asked] == [cut_at]
    assert found.chunks == 3


def test_what_another_run_would_not_cure_promises_nothing(tmp_path: Path) -> None:
    with pytest.raises(BrokenAnswer) as caught:
        said(Vendor(rates={"Seven eight.": 8000}), FileShelf(tmp_path / "pieces", now=time.time))
    assert "kept" not in caught.value.hint


def test_pieces_of_what_cannot_be_joined_are_refused_before_anything_is_asked(shelf: Shelf) -> None:
    vendor = Vendor(formats=(AudioFormat(Container.OGG, 0),))
    with pytest.raises(Unsupported, match="pieces of ogg cannot be joined"):
        said(vendor, shelf, container=Container.OGG)
    assert vendor.asked == []


def test_markup_is_cut_into_documents_of_its_own(shelf: Shelf) -> None:
    vendor = Vendor(text_limit=TextLimit(15, tags_free=True))
    markup = '<speak><prosody rate="slow">One two three. <s>Four five six.</s></prosody></speak>'
    said(vendor, shelf, text=markup, ssml=True)
    assert sorted(asked.text for asked in vendor.asked) == [
        '<speak><prosody rate="slow"><s>Four five six.</s></prosody></speak>',
        '<speak><prosody rate="slow">One two three. </prosody></speak>',
    ]


@pytest.mark.parametrize(("end", "count"), [("\n  ", 2), ('\n<break time="1s"/>\n', 3)])
def test_markup_that_nobody_hears_is_not_sent_and_a_pause_is(end: str, count: int, shelf: Shelf) -> None:
    vendor = Vendor(text_limit=TextLimit(16, tags_free=True))
    markup = f"<speak><p>Hello there you.</p>\n  <p>Good bye all.</p>{end}</speak>"
    said(vendor, shelf, text=markup, ssml=True)
    assert len(vendor.asked) == count


def test_what_is_too_large_and_cannot_be_cut_is_bad_input(shelf: Shelf) -> None:
    vendor = Vendor(text_limit=TextLimit(4))
    with pytest.raises(BadInput):
        said(vendor, shelf, text="ab e\u0301\u0301\u0301\u0301\u0301")
