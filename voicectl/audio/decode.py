"""mp3 made samples again, with miniaudio. Making mp3: `lame.py`; its frames: `mp3.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BrokenAnswer, Unavailable

DECODED = frozenset((Container.MP3,))
LEAD_FRAMES, TRAIL_FRAMES = 1105, 1152
"""What LAME and a decoder together add before the sound, and at most one frame after it."""
QUIET = 1024
"""A sample no louder than this, 30 dB below the loudest, may be the ringing of a codec before the sound."""


def load() -> Any:
    """Return the library; Unavailable where the extra is not installed."""
    try:
        import miniaudio
    except ImportError as error:
        raise Unavailable(
            "joining pieces of mp3 needs an extra that is not installed", hint="pip install 'voicectl[audio]'"
        ) from error
    return miniaudio


def samples_of(data: bytes) -> tuple[AudioFormat, Iterator[bytes]]:
    """Return the samples of a whole mp3, without the silence that encoding added at its ends.

    How much that is, the encoder's note tells; where there is none, silence is cut as far as encoders go.
    """
    from voicectl.audio.mp3 import tells_its_gaps

    miniaudio = load()
    try:
        told = miniaudio.mp3_get_info(data)
        # From memory, because only a decoder that can seek reads the note.
        blocks = miniaudio.stream_memory(data, nchannels=told.nchannels, sample_rate=told.sample_rate)
    except miniaudio.DecodeError:
        raise BrokenAnswer("the mp3 cannot be decoded") from None
    audio = AudioFormat(Container.PCM, told.sample_rate, told.nchannels)
    sound = (bytes(block) for block in blocks)
    return audio, sound if tells_its_gaps(data) else _without_gaps(sound, audio)


def _without_gaps(blocks: Iterable[bytes], audio: AudioFormat) -> Iterator[bytes]:
    from array import array

    lead, trail = (count * audio.frame_bytes for count in (LEAD_FRAMES, TRAIL_FRAMES))
    held = b""
    is_begun = False
    for block in blocks:
        held += block
        if not is_begun and len(held) >= lead:
            held = held[_quiet_bytes(array("h", held[:lead]), audio) :]
            is_begun = True
        if is_begun and len(held) > trail:
            yield held[:-trail]
            held = held[-trail:]
    backwards = array("h", held)
    backwards.reverse()
    yield held[: len(held) - _quiet_bytes(backwards, audio)]


def _quiet_bytes(samples: Sequence[int], audio: AudioFormat) -> int:
    """Return how many bytes of whole frames are silent from the start."""
    quiet = next((at for at, sample in enumerate(samples) if abs(sample) > QUIET), len(samples))
    return quiet // audio.channels * audio.frame_bytes
