"""Pieces come in parallel, are heard in order, and wait on a shelf: bounded, paid once, shut in the end."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from voicectl.actions.fetching import one_by_one, side_by_side
from voicectl.actions.pieces import Piece, key_of
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BrokenAnswer, TryLater, VoicectlError
from voicectl.core.note import Note
from voicectl.core.shelf import Shelf
from voicectl.core.speaker import Speaker
from voicectl.core.tts import Mark, SpeechStream, TextLimit, Utterance, Voice
from voicectl.kept.memory import MemoryShelf
from voicectl.kept.pieces import FileShelf

PCM = AudioFormat(Container.PCM, 8000)


@dataclass
class SlowTts:
    """Says each text as its UTF-16; later pieces come sooner, so that order is not given by chance."""

    seconds: float = 0.0
    fails_at: str = ""
    breaks_at: str = ""
    asked: Counter[str] = field(default_factory=Counter)
    under_way: int = 0
    most: int = 0
    _counting: threading.Lock = field(default_factory=threading.Lock)

    formats = (PCM,)
    text_limit = TextLimit(10)

    def voices(self) -> Iterator[Voice]:
        yield from ()

    def settle(self, utterance: Utterance) -> Utterance:
        return utterance

    @contextmanager
    def synthesize(self, utterance: Utterance) -> Iterator[SpeechStream]:
        text = utterance.text
        with self._counting:
            self.asked[text] += 1
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        try:
            if text == self.fails_at:
                raise TryLater("busy", retry_after=3)
            marks: list[Mark] = []
            billed: list[int] = []
            yield SpeechStream(
                format=PCM,
                chunks=self._sound(text, marks, billed),
                request_id=f"request-{text}",
                marks=marks,
                notes=(Note("a note"),),
                billed_later=billed,
            )
        finally:
            with self._counting:
                self.under_way -= 1

    def _sound(self, text: str, marks: list[Mark], billed: list[int]) -> Iterator[bytes]:
        yield text[:1].encode("utf-16-le")
        time.sleep(self.seconds / (1 + int(text[1:])))
        if text == self.breaks_at:
            raise BrokenAnswer("cut")
        yield text[1:].encode("utf-16-le")
        marks.append(Mark(0, 5, text))
        billed.append(len(text))


class NotedPace:
    """A pace that keeps what it was told."""

    def __init__(self) -> None:
        self.held: list[float] = []
        self.turns = 0

    @contextmanager
    def turn(self) -> Iterator[None]:
        self.turns += 1
        yield

    def hold(self, seconds: float) -> None:
        self.held.append(seconds)


def pieces(count: int) -> list[Piece]:
    return [Piece(Utterance(text=f"p{number}", format=PCM), 2, is_sent=True) for number in range(count)]


def sounds(tts: SlowTts, shelf: Shelf, count: int = 12, jobs: int = 4, **more: object) -> list[str]:
    speaker = Speaker(tts, ("v",), jobs, **more)  # type: ignore[arg-type]
    with closing(side_by_side(speaker, shelf, pieces(count))) as streams:
        return [b"".join(stream.chunks).decode("utf-16-le") for stream in streams]


@pytest.fixture(params=["files", "memory"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    return FileShelf(tmp_path / "pieces", now=time.time) if request.param == "files" else MemoryShelf()


def on_disk(folder: Path) -> FileShelf:
    return FileShelf(folder / "pieces", now=time.time)


@pytest.mark.parametrize("jobs", [1, 4, 30])
def test_pieces_are_heard_in_order_each_asked_for_once(shelf: Shelf, jobs: int) -> None:
    tts = SlowTts(seconds=0.03)
    assert sounds(tts, shelf, jobs=jobs) == [f"p{number}" for number in range(12)]
    assert set(tts.asked.values()) == {1}
    assert tts.most <= jobs
    assert tts.under_way == 0


def test_they_come_at_the_same_time(shelf: Shelf) -> None:
    tts = SlowTts(seconds=0.1)
    sounds(tts, shelf)
    assert tts.most == 4


def test_the_first_sound_is_heard_before_its_piece_is_whole(shelf: Shelf) -> None:
    tts = SlowTts(seconds=5)
    with closing(side_by_side(Speaker(tts, jobs=2), shelf, pieces(5))) as streams:
        began = time.monotonic()
        assert next(next(streams).chunks) == b"p\0"
        assert time.monotonic() - began < 1


def test_who_fetches_stays_within_reach_of_who_listens(tmp_path: Path) -> None:
    tts = SlowTts()
    with closing(side_by_side(Speaker(tts, jobs=2), on_disk(tmp_path), pieces(100))) as streams:
        next(streams)
        time.sleep(0.2)
        assert 3 <= tts.asked.total() <= 12
    time.sleep(0.05)
    assert tts.asked.total() <= 12
    assert [path for path in (tmp_path / "pieces").iterdir() if path.suffix != ".piece"] == []


def test_what_was_kept_costs_nothing_and_tells_the_same(tmp_path: Path) -> None:
    first, second = SlowTts(), SlowTts()
    sounds(first, on_disk(tmp_path))
    assert sounds(second, on_disk(tmp_path)) == [f"p{number}" for number in range(12)]
    assert second.asked.total() == 0
    with closing(side_by_side(Speaker(second, ("v",)), on_disk(tmp_path), pieces(1))) as streams:
        stream = next(streams)
        list(stream.chunks)
    assert (stream.request_id, stream.billed, list(stream.marks)) == ("request-p0", 2, [Mark(0, 5, "p0")])
    assert stream.notes == (Note("a note"),)


def test_what_is_said_twice_is_asked_for_once_and_then_kept(tmp_path: Path) -> None:
    tts, again = SlowTts(), pieces(2) + pieces(2)
    with closing(side_by_side(Speaker(tts), on_disk(tmp_path), again)) as streams:
        told = [(b"".join(stream.chunks), stream.is_kept) for stream in streams]
    assert [sound.decode("utf-16-le") for sound, _ in told] == ["p0", "p1", "p0", "p1"]
    assert [is_kept for _, is_kept in told] == [False, False, True, True]
    assert tts.asked.total() == 2


def test_what_is_said_twice_at_the_same_time_is_asked_for_once(tmp_path: Path) -> None:
    tts = SlowTts(seconds=0.1)
    with closing(side_by_side(Speaker(tts, jobs=4), on_disk(tmp_path), pieces(1) * 4)) as streams:
        assert [b"".join(stream.chunks).decode("utf-16-le") for stream in streams] == ["p0"] * 4
    assert tts.asked.total() == 1


def test_one_piece_alone_is_kept_as_it_comes_and_not_asked_for_again(tmp_path: Path) -> None:
    tts = SlowTts()
    for is_kept in (False, True):
        with closing(one_by_one(Speaker(tts), pieces(1), on_disk(tmp_path))) as streams:
            told = [(b"".join(stream.chunks).decode("utf-16-le"), stream.is_kept) for stream in streams]
        assert told == [("p0", is_kept)]
    assert tts.asked.total() == 1


def test_what_was_not_listened_to_the_end_is_not_kept(tmp_path: Path) -> None:
    tts, shelf = SlowTts(), on_disk(tmp_path)
    with closing(one_by_one(Speaker(tts), pieces(1), shelf)) as streams:
        next(next(streams).chunks)
    with (
        pytest.raises(BrokenAnswer),
        closing(one_by_one(Speaker(SlowTts(breaks_at="p0")), pieces(1), shelf)) as streams,
    ):
        b"".join(next(streams).chunks)
    assert list((tmp_path / "pieces").iterdir()) == []


def test_a_cache_that_cannot_be_written_does_not_spoil_the_sound(tmp_path: Path) -> None:
    shelf = on_disk(tmp_path)
    (tmp_path / "pieces").rmdir()
    with closing(one_by_one(Speaker(SlowTts()), pieces(1), shelf)) as streams:
        assert [b"".join(stream.chunks).decode("utf-16-le") for stream in streams] == ["p0"]


def test_marks_and_bills_are_complete_with_the_last_chunk(shelf: Shelf) -> None:
    with closing(side_by_side(Speaker(SlowTts()), shelf, pieces(1))) as streams:
        stream = next(streams)
        list(stream.chunks)
        assert (list(stream.marks), stream.billed) == ([Mark(0, 5, "p0")], 2)


def test_a_failure_says_what_is_kept_and_lets_the_others_come_in(tmp_path: Path) -> None:
    tts, pace = SlowTts(seconds=0.1, fails_at="p5"), NotedPace()
    with pytest.raises(TryLater) as caught:
        sounds(tts, on_disk(tmp_path), jobs=4, pace=pace)
    shelf = on_disk(tmp_path)
    kept = [piece for piece in pieces(12) if shelf.has(key_of(piece.utterance, ("v",)))]
    assert caught.value.hint == f"{len(kept)} of 12 pieces are kept: the same command goes on from there"
    assert len(kept) >= 5
    assert pace.held == [3]
    assert tts.under_way == 0
    tts.fails_at = ""
    before = Counter(tts.asked)
    assert sounds(tts, on_disk(tmp_path)) == [f"p{number}" for number in range(12)]
    assert (tts.asked - before).total() == 12 - len(kept)


def test_a_piece_that_broke_off_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(BrokenAnswer):
        sounds(SlowTts(breaks_at="p2"), on_disk(tmp_path))
    assert not on_disk(tmp_path).has(key_of(pieces(3)[2].utterance, ("v",)))
    tts = SlowTts()
    sounds(tts, on_disk(tmp_path))
    assert tts.asked["p2"] == 1


def test_without_a_lasting_shelf_nothing_is_promised() -> None:
    with pytest.raises(VoicectlError) as caught:
        sounds(SlowTts(fails_at="p5"), MemoryShelf())
    assert "kept" not in caught.value.hint


def test_a_key_names_what_is_asked_for_and_not_who_asks() -> None:
    asked = Utterance(text="a", format=PCM, voice="x", params={"b": "1", "a": "2"})
    same = Utterance(
        text="a", format=PCM, voice="x", params={"a": "2", "b": "1"}, notes=(Note("n"),), remote_audio=True
    )
    assert key_of(asked, ("v",)) == key_of(same, ("v",))
    others = [
        key_of(Utterance(**{"text": "a", "format": PCM, "voice": "x", **change}), ("v",))  # type: ignore[arg-type]
        for change in (
            {},
            {"text": "b"},
            {"voice": "y"},
            {"rate": 1.0},
            {"ssml": True},
            {"marked": True},
            {"params": {"a": "2"}},
            {"format": AudioFormat(Container.WAV, 8000)},
            {"format": AudioFormat(Container.PCM, 16000)},
        )
    ]
    assert len({key_of(asked, ("v",)), key_of(asked, ("w",)), *others}) == 2 + len(others)
