"""Saying a text while it comes: when the sound begins, what is counted, and what is refused unsent."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest

from voicectl.actions.flowing import rehearse, say, settle
from voicectl.actions.tts import Said
from voicectl.audio.sinks import StdoutSink
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BadInput, Unsupported
from voicectl.core.tts import Mark, SpeechStream, TextLimit, Utterance, Voice

PCM = AudioFormat(Container.PCM, 8000)


@dataclass
class WholeTts:
    """Speaks whole texts only."""

    formats = (PCM,)
    text_limit = TextLimit(50)
    opened: list[Utterance] = field(default_factory=list)

    def voices(self) -> Iterator[Voice]:
        yield from ()

    def settle(self, utterance: Utterance) -> Utterance:
        return replace(utterance, voice=utterance.voice or "spelling")

    @contextmanager
    def synthesize(self, utterance: Utterance) -> Iterator[SpeechStream]:
        raise AssertionError("nobody asks for the whole")
        yield


class FlowingTts(WholeTts):
    """Speaks each character as one sample, as soon as it has come."""

    @contextmanager
    def synthesize_live(self, utterance: Utterance, texts: Iterator[str]) -> Iterator[SpeechStream]:
        self.opened.append(utterance)
        marks: list[Mark] = []
        billed: list[int] = []

        def spelled() -> Iterator[bytes]:
            for text in texts:
                yield b"".join(ord(sign).to_bytes(2, "little") for sign in text)
            marks.append(Mark(0, 1, "x"))
            billed.append(7)

        yield SpeechStream(
            format=PCM, chunks=spelled(), request_id="task-1", marks=marks, billed_later=billed
        )


@dataclass
class Told:
    """Notes what is done when."""

    deeds: list[str] = field(default_factory=list)

    def texts(self, *texts: str) -> Iterator[str]:
        for text in texts:
            self.deeds.append(f"in {text}")
            yield text


def heard(pcm: bytes) -> str:
    return "".join(chr(int.from_bytes(pcm[at : at + 2], "little")) for at in range(0, len(pcm), 2))


def flow(texts: Iterator[str], tts: WholeTts | None = None) -> tuple[Said, str]:
    tts, out = tts or FlowingTts(), io.BytesIO()
    sink = StdoutSink(stream=out, container=Container.PCM)
    said = say(tts, settle(tts, Utterance(text="")), texts, sink, container=Container.PCM, clock=lambda: 1.0)
    return said, heard(out.getvalue())


def test_all_of_the_text_is_heard_and_counted_as_it_was_received() -> None:
    said, text = flow(iter(["Hello ", "wor\x00ld", "", "!\r\n"]))
    assert text == "Hello world!\n"
    assert (said.characters, said.voice, said.chunks) == (15, "spelling", 1)
    assert (said.request_ids, said.billed_characters) == (("task-1",), 7)
    assert said.marks == (Mark(0, 1, "x"),)
    assert [piece.text for piece in said.pieces] == ["Hello world!\n"]


def test_sound_comes_before_the_next_text_is_asked_for() -> None:
    told = Told()

    class Pipe(io.BytesIO):
        def write(self, data: object) -> int:
            told.deeds.append("out")
            return len(data)  # type: ignore[arg-type]

    tts = FlowingTts()
    sink = StdoutSink(stream=Pipe(), container=Container.PCM)
    long = "a" * 3000
    say(
        tts,
        settle(tts, Utterance(text="")),
        told.texts(long, "b"),
        sink,
        container=Container.PCM,
        clock=lambda: 1.0,
    )
    assert told.deeds.index("out") < told.deeds.index("in b")


def test_nothing_is_opened_before_there_is_something_to_speak() -> None:
    tts, told = FlowingTts(), Told()

    def texts() -> Iterator[str]:
        yield " …\n"
        assert tts.opened == []
        yield "word"

    assert flow(texts(), tts)[1] == " …\nword"
    silent = FlowingTts()
    with pytest.raises(BadInput, match="no text"):
        flow(told.texts("", " …", "!"), silent)
    assert silent.opened == []


def test_a_vendor_that_wants_the_whole_text_refuses_and_says_which_wish_it_was() -> None:
    with pytest.raises(Unsupported, match="whole texts only") as caught:
        settle(WholeTts(), Utterance(text=""))
    assert caught.value.facts["wish"] == "live"


def test_a_rehearsal_reads_no_text() -> None:
    tts = FlowingTts()
    rehearse(tts, settle(tts, Utterance(text="")), Container.WAV)
    assert [each.live for each in tts.opened] == [True]
