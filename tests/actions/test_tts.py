"""Saying a text: what is asked of the vendor, what reaches the sink, and what the result tells."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from voicectl.actions.tts import Said, say, settle
from voicectl.audio.files import IfExists
from voicectl.audio.sinks import FileSink, StdoutSink
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BadInput, TryLater, Unsupported
from voicectl.core.speaker import Speaker
from voicectl.core.tts import Mark, SpeechStream, TextLimit, Utterance, Voice

BY_SENTENCE = TextLimit(50, by_sentence=True)
PCM = AudioFormat(Container.PCM, 8000)


@dataclass
class SpellingTts:
    """Speaks each character as one sample, so that the sound can be read back; keeps what it was asked."""

    text_limit: TextLimit = BY_SENTENCE
    fails_at: str = ""
    asked: list[Utterance] = field(default_factory=list)
    open_streams: int = 0

    formats = (PCM,)

    def voices(self) -> Iterator[Voice]:
        yield from ()

    def settle(self, utterance: Utterance) -> Utterance:
        if utterance.voice == "nobody":
            raise Unsupported("no voice {voice!r}", voice=utterance.voice)
        return replace(utterance, voice=utterance.voice or "spelling")

    @contextmanager
    def synthesize(self, utterance: Utterance) -> Iterator[SpeechStream]:
        self.asked.append(utterance)
        self.open_streams += 1
        try:
            yield SpeechStream(
                format=PCM, chunks=self._spell(utterance.text), request_id=f"request-{len(self.asked)}"
            )
        finally:
            self.open_streams -= 1

    def _spell(self, text: str) -> Iterator[bytes]:
        for sign in text:
            if self.fails_at and sign == self.fails_at:
                raise TryLater("busy")
            yield ord(sign).to_bytes(2, "little")


@dataclass
class Steps:
    """A clock that goes on by a millisecond each time it is asked."""

    now: float = 100.0

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


def heard(pcm: bytes) -> str:
    return "".join(chr(int.from_bytes(pcm[at : at + 2], "little")) for at in range(0, len(pcm), 2))


def say_to(sink: FileSink | StdoutSink, tts: SpellingTts, text: str, **settings: str) -> Said:
    return say(
        Speaker(tts),
        settle(tts, Utterance(text=text, **settings)),  # type: ignore[arg-type]
        sink,
        container=sink.container or Container.PCM,
        clock=Steps(),
        advance=lambda amount: None,
    )


def spoken(tts: SpellingTts, text: str) -> str:
    stream = io.BytesIO()
    say_to(StdoutSink(stream=stream, container=Container.PCM), tts, text)
    return heard(stream.getvalue())


def test_each_sentence_is_asked_for_alone_and_the_sound_is_joined_in_order() -> None:
    tts = SpellingTts()
    assert spoken(tts, "One. Two!\n\n三。") == "One.Two!三。"
    assert [asked.text for asked in tts.asked] == ["One.", "Two!", "三。"]
    assert tts.open_streams == 0


def test_a_vendor_that_is_paid_by_request_gets_as_few_pieces_as_fit() -> None:
    tts = SpellingTts(TextLimit(12))
    spoken(tts, "One. Two. Three. Four.")
    assert [asked.text for asked in tts.asked] == ["One. Two.", "Three. Four."]


def test_pieces_without_words_are_not_sent() -> None:
    tts = SpellingTts()
    assert spoken(tts, "One.\n...\n😀!\nTwo.") == "One.Two."


def test_control_characters_never_reach_a_vendor() -> None:
    assert spoken(SpellingTts(), "a\0b\x1b\r\nC") == "abC"


def test_the_result_tells_what_was_said(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    sink = FileSink(path=str(path), container=Container.WAV)
    said = say_to(sink, SpellingTts(), "Ab.\r\nCd.")
    assert said == Said(
        voice="spelling",
        format="wav",
        sample_rate=8000,
        characters=8,
        duration_seconds=0.001,
        bytes=path.stat().st_size,
        path=str(path),
        request_ids=("request-1", "request-2"),
        chunks=2,
        first_audio_ms=1,
        total_ms=2,
        pieces=(Mark(0, 0, "Ab.", is_sentence=True), Mark(0, 1, "Cd.", is_sentence=True)),
    )
    assert path.read_bytes()[:4] == b"RIFF"


def test_progress_counts_every_character_once() -> None:
    done: list[float] = []
    text = "One. Two.\n\n...\n\nThree."
    tts = SpellingTts()
    settled = settle(tts, Utterance(text=text))
    sink = StdoutSink(stream=io.BytesIO(), container=Container.PCM)
    say(Speaker(tts), settled, sink, container=Container.PCM, clock=Steps(), advance=done.append)
    assert len(done) == 4
    assert sum(done) == len(text)


@pytest.mark.parametrize("text", ["", " \n\t", "\0", "...", "😀", "！？"])
def test_text_without_words_is_bad_input_and_leaves_no_file(text: str, tmp_path: Path) -> None:
    tts = SpellingTts()
    with pytest.raises(BadInput):
        say_to(FileSink(path=str(tmp_path / "out.wav"), container=Container.WAV), tts, text)
    assert tts.asked == []
    assert list(tmp_path.iterdir()) == []


def test_a_failure_in_the_middle_leaves_the_old_file_and_closes_the_stream(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    path.write_bytes(b"old")
    tts = SpellingTts(fails_at="o")
    with pytest.raises(TryLater):
        say_to(FileSink(path=str(path), container=Container.WAV), tts, "One. Two.")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
    assert tts.open_streams == 0


def test_what_the_vendor_cannot_do_is_refused_before_anything_is_asked_or_written(tmp_path: Path) -> None:
    tts = SpellingTts()
    with pytest.raises(Unsupported):
        say_to(FileSink(path=str(tmp_path / "x.wav"), container=Container.WAV), tts, "One.", voice="nobody")
    assert tts.asked == []
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_to_be_kept_costs_no_request(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    path.write_bytes(b"old")
    tts = SpellingTts()
    said = say_to(FileSink(path=str(path), container=Container.WAV, if_exists=IfExists.SKIP), tts, "One.")
    assert said.skipped
    assert (said.chunks, said.bytes, tts.asked) == (0, None, [])
