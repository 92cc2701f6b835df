"""Sound for the sandbox: really spoken by the local engine, or a tone as long as the text deserves."""

from __future__ import annotations

import asyncio
import math
import re
from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import NamedTuple

from voicectl.audio.encode import encoder
from voicectl.core import text as texts
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import Unavailable, VoicectlError
from voicectl.core.measure import without_tags
from voicectl.core.tts import TextLimit, Tts, Utterance

SECONDS_A_SIGN = 0.06
TONE_HERTZ = 440
KEPT_BYTES = 64 << 20
ENDS = "。.!?！？;；\n"
WORDS = "[\u4e00-\u9fff]|[\\w'’-]+"
PIECE = TextLimit(400, by_sentence=True)

Speak = Callable[[str, int], bytes]
"""Takes a piece of text and a sample rate, returns samples: one channel, 16 bits, little-endian."""


@dataclass(frozen=True, slots=True)
class Sound:
    """What was made of a text."""

    data: bytes
    seconds: float

    @property
    def milliseconds(self) -> int:
        return round(self.seconds * 1000)


class Studio:
    """Makes sound one text after the other, in a thread of its own, and keeps what it has made.

    The engines hold the interpreter while they speak, and may not be asked twice at once: more threads
    would not help.
    """

    def __init__(self, speak: Speak) -> None:
        self._speak = speak
        self._kept: OrderedDict[tuple[str, str, int], Sound] = OrderedDict()
        self._bytes = 0
        self._worker = ThreadPoolExecutor(1, "speech")
        self._is_closed = False

    async def made(self, text: str, form: str, rate: int) -> Sound:
        """Return a text as sound; markup is left unsaid. Raises Unavailable where no extra writes `form`."""
        key = (text, form, rate)
        if found := self._kept.get(key):
            self._kept.move_to_end(key)
            return found
        sound = await asyncio.get_running_loop().run_in_executor(self._worker, partial(self._made, *key))
        self._keep(key, sound)
        return sound

    def close(self) -> None:
        """Speak no further: who ends the sandbox does not wait for a long text."""
        self._is_closed = True

    def _made(self, text: str, form: str, rate: int) -> Sound:
        samples = b"".join(self._spoken(plain(text), rate))
        return Sound(encoded(form, rate, samples), len(samples) / 2 / rate)

    def _spoken(self, text: str, rate: int) -> Iterator[bytes]:
        for piece in texts.pieces(text, PIECE):
            if self._is_closed:
                raise Unavailable("the sandbox is being stopped")
            yield self._speak(piece, rate)

    def _keep(self, key: tuple[str, str, int], sound: Sound) -> None:
        if key not in self._kept:
            self._kept[key] = sound
            self._bytes += len(sound.data)
        while self._bytes > KEPT_BYTES:
            self._bytes -= len(self._kept.popitem(last=False)[1].data)


class Flow:
    """Sound of one conversation, text by text: only the first of it has a header, whose length is open.

    Of opus nothing comes before `rest`: pieces of it cannot be put together.
    """

    def __init__(self, studio: Studio, form: str, rate: int) -> None:
        self._studio, self._form, self._rate = studio, form, rate
        self._waiting = ""
        self._is_begun = False
        self.milliseconds = 0

    async def say(self, text: str) -> tuple[bytes, int]:
        """Return the sound of a text, and how many milliseconds of it there were before."""
        begun = self.milliseconds
        if self._form == "opus":
            self._waiting += text
            return b"", begun
        sound = await self._studio.made(text, "mp3" if self._form == "mp3" else "pcm", self._rate)
        self.milliseconds += sound.milliseconds
        head = b""
        if self._form == "wav" and not self._is_begun:
            from voicectl.audio import wav

            head = wav.header(AudioFormat(Container.WAV, self._rate))
        self._is_begun = True
        return head + sound.data, begun

    async def rest(self) -> bytes:
        """Return what is still to come at the end."""
        return (await self._studio.made(self._waiting, "opus", self._rate)).data if self._waiting else b""


class Timed(NamedTuple):
    """A word or a sign that is one: where it stands, and when it is heard."""

    text: str
    start: int
    end: int
    begin_ms: int
    end_ms: int


def timed(text: str, begin: int, milliseconds: int, pattern: str = WORDS) -> list[Timed]:
    """Say when each word is heard, as if each sign took as long as any other."""
    size = max(len(text), 1)
    return [
        Timed(
            match[0],
            match.start(),
            match.end(),
            begin + match.start() * milliseconds // size,
            begin + match.end() * milliseconds // size,
        )
        for match in re.finditer(pattern, text)
    ]


def spoken_now(waiting: str, *, every: bool) -> tuple[list[str], str]:
    """Return the sentences of a text that are whole, or all of it, and the rest; markup is never cut."""
    is_markup = waiting.lstrip().startswith("<speak")
    parts = [waiting] if is_markup else list(texts.sentences(waiting))
    is_whole = not parts or (waiting.rstrip().endswith("</speak>") if is_markup else parts[-1][-1:] in ENDS)
    rest = "" if every or is_whole else parts.pop()
    return [part for part in parts if part.strip()], rest


def chunks(data: bytes, size: int = 3200) -> list[bytes]:
    """Cut sound as it is sent over a WebSocket."""
    return [data[at : at + size] for at in range(0, len(data), size)]


def plain(text: str) -> str:
    """Return what is heard of a text that may be markup."""
    return without_tags(text) if text.lstrip().startswith("<speak") else text


def tone(text: str, rate: int) -> bytes:
    """Return a tone whose length is that of the text."""
    frames = max(1, round(max(len(text), 1) * SECONDS_A_SIGN * rate))
    second = _second_of_tone(rate)
    return (second * (frames // rate + 1))[: 2 * frames]


@lru_cache
def _second_of_tone(rate: int) -> bytes:
    wave = (round(8000 * math.sin(2 * math.pi * TONE_HERTZ * at / rate)) for at in range(rate))
    return array("h", wave).tobytes()


def spoken_by(tts: Tts, say_once: Callable[[VoicectlError], None]) -> Speak:
    """Return what speaks with a `Tts`; where none of its engines can, a tone, and why is said once."""
    told: list[bool] = []

    def speak(text: str, rate: int) -> bytes:
        try:
            return _samples(tts, text, rate)
        except VoicectlError as error:
            if not told:
                told.append(True)
                say_once(error)
            return tone(text, rate)

    return speak


def _samples(tts: Tts, text: str, rate: int) -> bytes:
    with tts.synthesize(Utterance(text=text)) as stream:
        given = b"".join(stream.chunks)
        return resampled(given, stream.format.sample_rate, rate)


def resampled(samples: bytes, rate: int, wanted: int) -> bytes:
    """Return samples at another rate, each the nearest one: a sandbox has no ears."""
    if rate == wanted:
        return samples
    given = array("h", samples)
    count = len(given) * wanted // rate
    return array("h", [given[at * rate // wanted] for at in range(count)]).tobytes()


def encoded(form: str, rate: int, samples: bytes) -> bytes:
    """Return samples in a container: `wav`, `pcm`, and what the installed extras write."""
    if form == Container.WAV:
        from voicectl.audio import wav

        return wav.header(AudioFormat(Container.WAV, rate), len(samples)) + samples
    shaping = encoder(AudioFormat(Container.PCM, rate), Container(form), sized=False)
    return shaping.feed(samples) + shaping.finish()
