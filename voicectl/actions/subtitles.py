"""Subtitles for a sound: cues cut from what is heard when, written as SubRip, WebVTT or JSON. No speech here.

WebVTT: https://www.w3.org/TR/webvtt1/. SubRip has no specification; lines end as its players expect.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from voicectl.audio.files import IfExists, draft, may_write
from voicectl.audio.sinks import Output, Sink
from voicectl.core.audio import AudioFormat
from voicectl.core.errors import Unsupported, UsageError
from voicectl.core.text import atoms, is_speakable, sentences, words
from voicectl.core.tts import Mark, Utterance

COLUMNS, LINES = 42, 2
LONGEST_MS = 7000
LONGEST_WORD = 16
"""The columns of what is still shown as one word because a mark says so."""
PAUSE_MS = 1500
"""A silence after which a new cue begins, whatever the text."""
PAUSE_WEIGHT = 4
"""How many columns of speech the pause after a sentence is worth, where only its length is known."""
CLAUSE_ENDS = frozenset("，、；：,;:")
OPENERS = frozenset("“‘（《「『【([{<¿¡")
CLOSERS = frozenset("。，、！？；：）】」』》〉”’…,.!?;:)]}%\"'")
FAR = 400
"""How far ahead in the text a word is looked for."""


class Cue(NamedTuple):
    """What is shown from `begin_ms` until just before `end_ms`, in lines."""

    begin_ms: int
    end_ms: int
    lines: tuple[str, ...]


class _Word(NamedTuple):
    """A stretch of the text that is not parted, with the blanks and signs after it."""

    begin_ms: int
    end_ms: int
    text: str


def format_of(path: str) -> str:
    """Return `srt`, `vtt` or `json`, by the suffix; UsageError where it says none of these."""
    suffix = path.rpartition(".")[2].lower()
    if "." not in path or suffix not in WRITERS:
        raise UsageError(
            "{path!r} does not say which subtitles are wanted: .srt, .vtt or .json",
            path=path,
            hint="--subtitles speech.srt",
        )
    return suffix


def written(kind: str, marks: Sequence[Mark], text: str) -> bytes:
    """Return a file of subtitles; `text` is what was spoken, without tags."""
    return WRITERS[kind](cues(marks, text)).encode()


def cues(marks: Sequence[Mark], text: str) -> tuple[Cue, ...]:
    """Cut what is heard into cues of two lines at most, in order, none over another.

    Words are shown as the text has them, with its signs. A mark of a whole sentence or piece that has no
    words of its own is shared out by the length of what it says.
    """
    found = tuple(_grouped(_words(marks, text)))
    return tuple(_in_order(found))


def _words(marks: Sequence[Mark], text: str) -> Iterator[_Word]:
    """Yield the parts of the text with their times; together they say the whole text.

    What a mark says and the text does not (`twelve` for `12`) lends its time to the text that follows.
    """
    at, free = 0, 0
    begin: int | None = None
    found = [(mark, *place) for mark, place in _placed(_finest(marks), text)]
    for number, (mark, start, end) in enumerate(found):
        following = found[number + 1][0].begin_ms if number + 1 < len(found) else mark.begin_ms
        until = mark.end_ms if mark.end_ms > mark.begin_ms else max(following, mark.begin_ms)
        if begin is None:
            begin = free if is_speakable(text[at:start]) else mark.begin_ms
        is_last = number + 1 == len(found)
        if end < 0 and not is_last:
            continue
        stop = len(text) if is_last else _end_of_signs(text, end)
        word = _Word(begin, until, text[at:stop])
        is_one = (
            not mark.is_sentence and not is_speakable(text[at:start]) and width(word.text) <= LONGEST_WORD
        )
        yield from (word,) if is_one else _shared(word)
        at, free, begin = stop, until, None


def _placed(marks: Iterable[Mark], text: str) -> Iterator[tuple[Mark, tuple[int, int]]]:
    """Find each mark in the text, one after the other; (at, -1) for what the text does not say so."""
    lower = text.lower() if len(text.lower()) == len(text) else text
    at = 0
    for mark in marks:
        wanted = mark.text.strip()
        start = _find_word(lower, wanted.lower(), at)
        if start < 0:
            yield mark, (at, -1)
        else:
            at = start + len(wanted)
            yield mark, (start, at)


def _find_word(text: str, wanted: str, at: int) -> int:
    """Return where a word stands by itself, near ahead; -1 where it does not."""
    end = at + len(wanted) + FAR
    start = text.find(wanted, at, end) if wanted else -1
    while start >= 0:
        after = start + len(wanted)
        if not (
            _are_one_word(text[start - 1 : start], wanted[0])
            or _are_one_word(wanted[-1], text[after : after + 1])
        ):
            return start
        start = text.find(wanted, start + 1, end)
    return -1


def _are_one_word(before: str, after: str) -> bool:
    """Say whether two signs belong to one word of an alphabet."""
    return before.isalnum() and after.isalnum() and _is_narrow(before) and _is_narrow(after)


def _finest(marks: Sequence[Mark]) -> list[Mark]:
    """Return the words; a mark of a sentence only where no word lies in it."""
    starts = sorted(mark.begin_ms for mark in marks if not mark.is_sentence)
    finest = (mark for mark in marks if not (mark.is_sentence and _any_within(starts, mark)))
    return sorted(finest, key=_begin)


def _any_within(starts: Sequence[int], mark: Mark) -> bool:
    """Say whether one of these moments, which are in order, lies within a mark."""
    at = bisect_left(starts, mark.begin_ms)
    return at < len(starts) and starts[at] < max(mark.end_ms, mark.begin_ms + 1)


def _begin(mark: Mark) -> int:
    return mark.begin_ms


def _end_of_signs(text: str, end: int) -> int:
    """Return where a word's own signs and blanks end: what opens belongs to the next word."""
    while end < len(text) and (text[end] in CLOSERS or text[end].isspace()):
        end += 1
    return end


def _shared(word: _Word) -> Iterator[_Word]:
    """Share the time of a long mark out to its sentences and words, by the room that they take."""
    parts = [part for stretch in words(word.text) for part in atoms(stretch)] if word.text else []
    parts = list(_whole_words(parts))
    weights = [_weight(part) for part in parts]
    total = sum(weights) or 1
    span = word.end_ms - word.begin_ms
    ends = [word.begin_ms + round(span * passed / total) for passed in accumulate(weights)]
    for part, begin, end in zip(parts, (word.begin_ms, *ends), ends, strict=False):
        yield _Word(begin, end, part)


def _whole_words(parts: Iterable[str]) -> Iterator[str]:
    """Join letters of alphabets to words, and signs and blanks to what they belong to."""
    held = ""
    for part in parts:
        is_joined = (_is_narrow(held[-1:] or " ") and _is_narrow(part[0])) or held[-1:] in OPENERS
        if held and not is_joined and not part.isspace() and part[0] not in CLOSERS:
            yield held
            held = ""
        held += part
    if held:
        yield held


def _is_narrow(sign: str) -> bool:
    return not sign.isspace() and unicodedata.east_asian_width(sign) not in "WF"


def _weight(part: str) -> float:
    return width(part.strip()) + (PAUSE_WEIGHT if part.strip()[-1:] in "。！？.!?" else 0) + 0.01


def width(text: str) -> int:
    """Return the columns that a text takes: two for each Chinese sign, none for marks on letters."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
    )


def _grouped(parts: Iterable[_Word]) -> Iterator[Cue]:
    """Fill each cue until a sentence ends, it is full, it stands too long, or nobody speaks."""
    held: list[_Word] = []
    for part in parts:
        if held and _begins_anew(held, part):
            yield from _cue(held)
            held = []
        held.append(part)
    yield from _cue(held)


def _begins_anew(held: list[_Word], part: _Word) -> bool:
    parts = [each.text for each in held]
    text, is_full = "".join(parts), len(wrapped([*parts, part.text])) > LINES
    if not is_speakable(text) and not is_full:
        return False  # a lone sign is shown with what follows
    is_sentence = len(list(sentences(text + part.text))) > len(list(sentences(text)))
    return (
        is_sentence
        or is_full
        or part.end_ms - held[0].begin_ms > LONGEST_MS
        or part.begin_ms - held[-1].end_ms > PAUSE_MS
    )


def _cue(held: list[_Word]) -> Iterator[Cue]:
    parts = [each.text for each in held]
    if is_speakable("".join(parts)):
        yield Cue(held[0].begin_ms, max(each.end_ms for each in held), wrapped(parts))


def wrapped(parts: Iterable[str]) -> tuple[str, ...]:
    """Set words, with their signs and blanks, in lines that end after a clause or else after a word."""
    lines = [""]
    for clause in _clauses(parts):
        whole = width("".join(clause).rstrip())
        is_better_whole = width(lines[-1]) >= COLUMNS // 2 and whole <= COLUMNS
        if is_better_whole and width(lines[-1]) + whole > COLUMNS:
            lines.append("")
        for part in clause:
            if lines[-1].strip() and width(lines[-1] + part.rstrip()) > COLUMNS:
                lines.append("")
            lines[-1] += part
    return tuple(" ".join(line.split()) for line in lines if line.strip())


def _clauses(parts: Iterable[str]) -> Iterator[list[str]]:
    held: list[str] = []
    for part in parts:
        held.append(part)
        if part.rstrip()[-1:] in CLAUSE_ENDS:
            yield held
            held = []
    yield held


def _in_order(found: Sequence[Cue]) -> Iterator[Cue]:
    """Keep each cue at a moment of its own: vendors' times touch, cross, or stand still."""
    free = 0
    for number, cue in enumerate(found):
        begin = max(cue.begin_ms, free)
        following = found[number + 1].begin_ms if number + 1 < len(found) else cue.end_ms
        end = min(cue.end_ms, following) if following > begin else cue.end_ms
        free = max(end, begin + 1)
        yield Cue(begin, free, cue.lines)


def srt(found: Iterable[Cue]) -> str:
    """Return SubRip: numbered cues, a comma before the milliseconds, lines that end as in DOS."""
    blocks = [
        f"{number}\n{_clock(cue.begin_ms, ',')} --> {_clock(cue.end_ms, ',')}\n" + "\n".join(cue.lines)
        for number, cue in enumerate(found, start=1)
    ]
    return "".join(block + "\n\n" for block in blocks).replace("\n", "\r\n")


def vtt(found: Iterable[Cue]) -> str:
    """Return WebVTT, in which `&`, `<` and `>` are written as entities."""
    blocks = [
        f"{_clock(cue.begin_ms, '.')} --> {_clock(cue.end_ms, '.')}\n"
        + "\n".join(cue.lines).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        for cue in found
    ]
    return "WEBVTT\n\n" + "".join(block + "\n\n" for block in blocks)


def as_json(found: Iterable[Cue]) -> str:
    """Return `{"cues": [{"begin_ms", "end_ms", "text", "lines"}]}`."""
    import json

    rows = [
        {
            "begin_ms": cue.begin_ms,
            "end_ms": cue.end_ms,
            "text": joined_lines(cue.lines),
            "lines": list(cue.lines),
        }
        for cue in found
    ]
    return json.dumps({"cues": rows}, ensure_ascii=False, indent=2) + "\n"


def joined_lines(lines: Sequence[str]) -> str:
    """Return lines as one: no blank between two wide signs."""
    text = ""
    for line in lines:
        is_wide = text and not _is_narrow(text[-1]) and not _is_narrow(line[0])
        text += line if not text or is_wide else " " + line
    return text


def _clock(milliseconds: int, point: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{rest:03}"


WRITERS: dict[str, Callable[[Iterable[Cue]], str]] = {"srt": srt, "vtt": vtt, "json": as_json}


@dataclass(frozen=True, slots=True, kw_only=True)
class SubtitledSink:
    """A place for sound with its subtitles beside it: both come to be, or neither does."""

    sound: Sink
    path: str
    utterance: Utterance
    if_exists: IfExists = IfExists.OVERWRITE

    def ready(self) -> bool:
        return self.sound.ready() and may_write(self.path, self.if_exists)

    @contextmanager
    def open(self, audio: AudioFormat) -> Iterator[Output]:
        kind = format_of(self.path)
        with draft(self.path, self.if_exists) as writing, self.sound.open(audio) as output:
            yield output
            # What is spoken while it comes is known by its pieces only.
            text = self.utterance.text or "".join(piece.text for piece in output.pieces)
            # Their bytes are on the disk before the sound gets its name, and they get theirs after it.
            writing.write(written(kind, self._heard(output), self._plain(text)))
            writing.file.flush()

    def _heard(self, output: Output) -> list[Mark]:
        """Return the vendor's marks, and each piece of the text in which there are none."""
        starts = sorted(map(_begin, output.marks))
        pieces = [_ended(piece, output.seconds) for piece in output.pieces]
        silent = [piece for piece in pieces if not _any_within(starts, piece)]
        return [*output.marks, *(piece._replace(text=self._plain(piece.text)) for piece in silent)]

    def _plain(self, text: str) -> str:
        if not self.utterance.ssml:
            return text
        from voicectl.core.ssml import plain_text

        return plain_text(text, at_blocks="\n")


def _ended(piece: Mark, seconds: float | None) -> Mark:
    """Return when a piece is heard; one without an end of its own is as long as the whole."""
    if piece.end_ms > piece.begin_ms:
        return piece
    if seconds is None:
        raise Unsupported(
            "how long the sound is, nothing tells: no subtitles can be made", hint="--format wav"
        )
    return piece._replace(end_ms=piece.begin_ms + round(seconds * 1000))
