"""Pace, pitch and loudness as Polly takes them: SSML around the text, which is then escaped.

Specification: https://docs.aws.amazon.com/polly/latest/dg/prosody-tag.html
"""

from __future__ import annotations

import re
from dataclasses import replace

from voicectl.core.errors import BadInput, Unsupported
from voicectl.core.tts import TextLimit, Utterance
from voicectl.vendors.aws.services import (
    DENSE_SIGNS_A_SECOND,
    LONGEST_SOUND,
    ONLY_STANDARD,
    SIGNS_A_SECOND,
    TAGS,
    TASK_LIMIT,
)
from voicectl.vendors.aws.voices import STANDARD

ESCAPES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}
SETTINGS = ("rate", "pitch", "volume")
DENSE_FROM = "\u2e80"
"""From here on signs are those of East Asia, for the most part."""


def check_settings(utterance: Utterance) -> None:
    """Raise Unsupported for a setting that does not go with this engine, or with markup."""
    given = [name for name in SETTINGS if getattr(utterance, name) is not None]
    if utterance.ssml and given:
        raise Unsupported(
            "--{setting} does not go with --ssml: the markup itself says it",
            setting=given[0],
            vendor="aws",
            hint='<prosody {setting}="…">',
        )
    if utterance.pitch is not None and utterance.engine not in ("", STANDARD):
        raise Unsupported(
            "engine {engine!r} cannot change the pitch; engine {standard!r} can",
            engine=utterance.engine,
            standard=STANDARD,
            vendor="aws",
            hint="leave out --pitch, or name a voice of engine {standard}",
        )


def check_tags(utterance: Utterance) -> None:
    """Raise BadInput for a tag that the engine does not know, or none of them where none is named."""
    if not utterance.ssml:
        return
    from voicectl.core.ssml import refuse_tags

    known = TAGS.get(utterance.engine) or sorted({tag for tags in TAGS.values() for tag in tags})
    refuse_tags(utterance.text, f"engine {utterance.engine}" if utterance.engine else "Polly", known)
    if utterance.engine not in ("", STANDARD):
        _refuse_attributes(utterance)


def _refuse_attributes(utterance: Utterance) -> None:
    """Raise BadInput for the first attribute that is known to the standard engine alone."""
    # What stands in comments is no markup; blanks in its place keep every line and column.
    markup = re.sub(r"(?s)<!--.*?-->", lambda found: re.sub(r"[^\n]", " ", found.group()), utterance.text)
    for tag, attribute, value in ONLY_STANDARD:
        given = rf"(?s)<{tag}\s(?:[^<>]*?\s)?({attribute})\s*=\s*[\"']{value}"
        if found := re.search(given, markup):
            before = markup[: found.start(1)]
            raise BadInput(
                "line {line}, column {column}: engine {engine} has no {attribute} in <{tag}>; {standard} has",
                line=before.count("\n") + 1,
                column=len(before) - before.rfind("\n"),
                engine=utterance.engine,
                attribute=f"{attribute}={value}" if value else attribute,
                tag=tag,
                standard=STANDARD,
                hint="take it out, or name a voice of engine {standard}",
            )


def room_for_text(utterance: Utterance, limit: TextLimit) -> int:
    """Return how much text fits into one request beside the markup of its settings, and is heard whole."""
    room = limit.size
    if not utterance.ssml and (around := text_and_type(replace(utterance, text=""))[0]):
        left = limit.whole - len(around)
        # An escape is at most four characters longer than its sign; in the worst case one piece has all.
        room = max(left // 5, left - 4 * sum(map(utterance.text.count, "&<>")))
    heard = room if limit is TASK_LIMIT else round(LONGEST_SOUND * _signs_a_second(utterance))
    return min(limit.size, room, heard)


def _signs_a_second(utterance: Utterance) -> float:
    """Return how slowly a text may be read: at the pace of its densest script, and no faster than it has."""
    dense = sum(sign.isdecimal() or sign >= DENSE_FROM for sign in utterance.text)
    is_dense = dense * 10 > len(utterance.text)
    return (DENSE_SIGNS_A_SECOND if is_dense else SIGNS_A_SECOND) * min(utterance.rate or 1, 1)


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
