"""What is said at the border of two pieces is understood: a recogniser hears every word, none twice."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from voicectl.actions.tts import say, settle
from voicectl.audio.sinks import StdoutSink
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.speaker import Speaker
from voicectl.core.tts import SpeechStream, TextLimit, Tts, Utterance, Voice
from voicectl.kept.pieces import FileShelf

SENTENCES = (
    "the weather is nice today",
    "please call me back tomorrow",
    "open the window in the kitchen",
    "seven birds sit on the roof",
    "my train leaves at nine",
    "your order has been shipped",
    "good night and sleep well",
)


class InPieces:
    """An engine of this machine, as if it took little text at a time."""

    def __init__(self, tts: Tts, size: int) -> None:
        self._tts = tts
        self.formats = tts.formats
        self.text_limit = TextLimit(size, jobs=1)

    def voices(self) -> Iterator[Voice]:
        return self._tts.voices()

    def settle(self, utterance: Utterance) -> Utterance:
        return self._tts.settle(utterance)

    def synthesize(self, utterance: Utterance) -> AbstractContextManager[SpeechStream]:
        return self._tts.synthesize(utterance)


@pytest.fixture(scope="module")
def hear(tmp_path_factory: pytest.TempPathFactory) -> object:
    """Return a recogniser of these sentences in any order and number."""
    pocketsphinx = pytest.importorskip("pocketsphinx")
    grammar = tmp_path_factory.mktemp("grammar") / "sentences.gram"
    grammar.write_text(
        f"#JSGF V1.0;\ngrammar sentences;\npublic <text> = ({' | '.join(SENTENCES)})+;\n", encoding="utf-8"
    )
    decoder = pocketsphinx.Decoder(lm=None, jsgf=str(grammar), samprate=16000, loglevel="FATAL")

    def heard(pcm: bytes) -> str:
        silence = bytes(2 * 16000 // 5)
        decoder.start_utt()
        decoder.process_raw(silence + pcm + silence, full_utt=True)
        decoder.end_utt()
        return decoder.hyp().hypstr if decoder.hyp() else ""

    return heard


@pytest.mark.slow
@pytest.mark.parametrize("size", [60, 20], ids=["between sentences", "inside sentences"])
def test_every_word_at_a_border_is_understood(size: int, hear: object, tmp_path: Path) -> None:
    local = pytest.importorskip("voicectl.vendors.local.tts")
    engine = next((each for each in local.all_engines() if each.name == "nano"), None)
    if engine is None or not engine.is_installed():
        pytest.skip("the engine that the recogniser understands is not installed")
    tts = InPieces(local.LocalTts(local.all_engines), size)
    order = [SENTENCES[number * 3 % len(SENTENCES)] for number in range(10)]
    settled = settle(tts, Utterance(text=" ".join(f"{each.capitalize()}." for each in order), engine="nano"))
    stream = io.BytesIO()
    said = say(
        Speaker(tts, jobs=1, open_shelf=lambda: FileShelf(tmp_path / "pieces", now=lambda: 0.0)),
        settled,
        StdoutSink(stream=stream, container=Container.PCM),
        container=Container.PCM,
        clock=lambda: 0.0,
        advance=lambda amount: None,
    )
    assert said.sample_rate == AudioFormat(Container.PCM, 16000).sample_rate
    assert said.chunks >= (5 if size == 60 else 15)
    assert hear(stream.getvalue()) == " ".join(order)  # type: ignore[operator]
