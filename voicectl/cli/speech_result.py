"""Who speaks, and what is told of speech when it has been: for every command that speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicectl.cli.session import Session

if TYPE_CHECKING:
    from voicectl.actions.tts import Said
    from voicectl.speaking import Speech


def speech_for(session: Session, jobs: int = 0) -> Speech:
    """Return who speaks, and say so where nobody chose."""
    from voicectl import speaking

    speech = speaking.speech(session.runtime, jobs=jobs)
    if speech.choice.fell_back:
        session.console.note("no vendor was chosen: this machine speaks (vendor local)")
    return speech


def row_of(speech: Speech, said: Said, path: str | None) -> dict[str, object]:
    """Return the result object of one text."""
    return {
        "vendor": speech.choice.vendor,
        "profile": speech.choice.profile.name or None,
        "voice": said.voice,
        "format": said.format,
        "sample_rate": said.sample_rate,
        "characters": said.characters,
        "billed_characters": said.billed_characters,
        "duration_seconds": said.duration_seconds,
        "bytes": said.bytes,
        "path": path,
        "request_ids": list(said.request_ids),
        "cached": said.cached,
        "chunks": said.chunks,
        "first_audio_ms": said.first_audio_ms,
        "total_ms": said.total_ms,
    }
