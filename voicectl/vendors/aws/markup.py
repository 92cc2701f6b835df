"""Pace, pitch and loudness as Polly takes them: SSML around the text, which is then escaped.

Specification: https://docs.aws.amazon.com/polly/latest/dg/prosody-tag.html
"""

from __future__ import annotations

from voicectl.core.errors import Unsupported
from voicectl.core.tts import Utterance
from voicectl.core.wishes import refuse_outside
from voicectl.vendors.aws.voices import STANDARD

ESCAPES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}
SETTINGS = ("rate", "pitch", "volume")


def check_settings(utterance: Utterance) -> None:
    """Raise Unsupported for a setting that Polly has not, or not with this engine or with markup."""
    given = [name for name in SETTINGS if getattr(utterance, name) is not None]
    if utterance.ssml and given:
        raise Unsupported(
            "--{setting} does not go with --ssml: the markup itself says it",
            setting=given[0],
            vendor="aws",
            hint='<prosody {setting}="…">',
        )
    refuse_outside("--rate", utterance.rate, "aws", 0.2, 2)
    refuse_outside("--pitch", utterance.pitch, "aws", -7, 7)
    refuse_outside("--volume", utterance.volume, "aws", 0, 2)
    if utterance.pitch is not None and utterance.engine not in ("", STANDARD):
        raise Unsupported(
            "engine {engine!r} cannot change the pitch; engine {standard!r} can",
            engine=utterance.engine,
            standard=STANDARD,
            vendor="aws",
            hint="leave out --pitch, or name a voice of engine {standard}",
        )


def text_and_type(utterance: Utterance) -> tuple[str, str]:
    """Return `Text` and `TextType`. Plain text is spoken as it stands and needs no escapes."""
    if utterance.ssml:
        return utterance.text, "ssml"
    attributes = "".join(f' {name}="{value}"' for name, value in _prosody(utterance))
    if not attributes:
        return utterance.text, "text"
    return f"<speak><prosody{attributes}>{utterance.text.translate(ESCAPES)}</prosody></speak>", "ssml"


def _prosody(utterance: Utterance) -> list[tuple[str, str]]:
    found = []
    if utterance.rate is not None:
        found.append(("rate", f"{utterance.rate * 100:.4g}%"))
    if utterance.pitch is not None:
        found.append(("pitch", f"{(2 ** (utterance.pitch / 12) - 1) * 100:+.1f}%"))
    if utterance.volume is not None:
        found.append(("volume", _decibels(utterance.volume)))
    return found


def _decibels(factor: float) -> str:
    from math import log10

    return f"{20 * log10(factor):+.2f}dB" if factor else "silent"
