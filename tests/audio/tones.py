"""Sounds with a known shape, and WAV files as careless vendors write them."""

from __future__ import annotations

import math
import struct

from voicectl.core.audio import AudioFormat, Container

RATE = 24000
HERTZ = 440
SPEECH = AudioFormat(Container.PCM, RATE)


def tone(seconds: float, *, rate: int = RATE, start: int = 0) -> bytes:
    """Return a sine of 16 bits, one channel; `start` is the frame at which it would have begun."""
    count = round(seconds * rate)
    frames = (round(20000 * math.sin(2 * math.pi * HERTZ * (start + i) / rate)) for i in range(count))
    return struct.pack(f"<{count}h", *frames)


def samples(pcm: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(pcm) // 2}h", pcm)


def chunk(name: bytes, body: bytes, size: int | None = None) -> bytes:
    """Return a RIFF chunk with its padding; `size` is what it claims to hold."""
    return name + struct.pack("<I", len(body) if size is None else size) + body + b"\0" * (len(body) % 2)


def fmt(
    *, tag: int = 1, channels: int = 1, rate: int = RATE, bits: int = 16, extensible: bool = False
) -> bytes:
    block = channels * bits // 8
    body = struct.pack("<HHIIHH", 0xFFFE if extensible else tag, channels, rate, rate * block, block, bits)
    if extensible:
        body += struct.pack("<HHIH", 22, bits, 0, tag) + bytes.fromhex("0000000010008000 00aa00389b71")
    return chunk(b"fmt ", body)


def riff(*chunks: bytes) -> bytes:
    body = b"".join(chunks)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def split(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]
