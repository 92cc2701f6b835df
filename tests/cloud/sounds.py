"""Real sound in each container for the judges to answer with: a tone, as long as its text."""

from __future__ import annotations

import struct
from functools import cache
from math import pi, sin

SECONDS_A_SIGN = 0.02


def seconds_of(text: str) -> float:
    """Return how long a judge speaks a text."""
    return max(0.2, len(text) * SECONDS_A_SIGN)


@cache
def pcm(seconds: float = 0.5, rate: int = 16000) -> bytes:
    """Return a tone of 16 bits, one channel."""
    count = round(seconds * rate)
    return struct.pack(f"<{count}h", *(round(9000 * sin(2 * pi * 440 * i / rate)) for i in range(count)))


def wav(seconds: float = 0.5, rate: int = 16000, *, sized: bool = True) -> bytes:
    """Return a WAV; without `sized` both lengths are all ones, as a stream has them."""
    sound = pcm(seconds, rate)
    riff, data = (len(sound) + 36, len(sound)) if sized else (0xFFFFFFFF, 0xFFFFFFFF)
    fmt = struct.pack("<HHIIHH", 1, 1, rate, rate * 2, 2, 16)
    return (
        b"RIFF"
        + struct.pack("<I", riff)
        + b"WAVEfmt \x10\0\0\0"
        + fmt
        + b"data"
        + struct.pack("<I", data)
        + sound
    )


@cache
def mp3(seconds: float = 0.5, rate: int = 22050) -> bytes:
    """Return an mp3 as LAME makes it."""
    import lameenc

    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_channels(1)
    encoder.set_bit_rate(48)
    encoder.set_in_sample_rate(rate)
    encoder.set_out_sample_rate(rate)
    return bytes(encoder.encode(pcm(seconds, rate)) + encoder.flush())


def ogg(codec: str = "vorbis") -> bytes:
    """Return one Ogg page that says which codec follows."""
    packet = b"\x01vorbis" + bytes(23) if codec == "vorbis" else b"OpusHead" + bytes(11)
    return b"OggS\0\x02" + bytes(20) + bytes((1, len(packet))) + packet + bytes(100)


def flac() -> bytes:
    return b"fLaC\0\0\0\x22" + bytes(100)


def made(container: str, seconds: float = 0.5, rate: int = 0) -> bytes:
    """Return sound in the container that a vendor's word names."""
    match container:
        case "wav":
            return wav(seconds, rate or 16000)
        case "pcm":
            return pcm(seconds, rate or 16000)
        case "mp3":
            return mp3(seconds, rate or 22050)
        case "flac":
            return flac()
        case "opus" | "ogg_opus":
            return ogg("opus")
    return ogg()
