"""What the offline engines take, read from their own cards, for `help vendors`. Who speaks: `choice.py`."""

from __future__ import annotations

from collections.abc import Iterator

from voicectl.core.service import Service, Wish
from voicectl.vendors.local.engine import Engine, Range
from voicectl.vendors.local.tts import LIMIT, all_engines

PARAMETERS = {"rate": "pace", "pitch": "pitch", "volume": "loudness"}
FORMATS = ("wav", "pcm")
TESTED = ("nano", "espeak")


def services() -> tuple[Service, ...]:
    """Return one row an engine, in the order of preference."""
    return tuple(_service(engine) for engine in all_engines())


def _service(engine: Engine) -> Service:
    return Service(
        name=engine.name,
        title=f"engine {engine.name}: {'installed' if engine.is_installed() else engine.install}",
        engines=(engine.name,),
        wishes=tuple(_wishes(engine)),
        formats=FORMATS,
        text_limit=f"none; cut into sentences of at most {LIMIT.size} {LIMIT.unit}",
        verified="speaks in the tests" if engine.name in TESTED else "by its documentation",
    )


def _wishes(engine: Engine) -> Iterator[Wish]:
    yield Wish("voice", "voice")
    yield Wish("lang", "voice", note="the first voice of that language")
    for name, parameter in PARAMETERS.items():
        span: Range | None = getattr(engine, name)
        if span:
            yield Wish(name, parameter, low=span.low, high=span.high)
    usual = engine.usual_words_per_minute
    if usual and engine.rate:
        yield Wish("words_per_minute", "pace", low=engine.rate.low * usual, high=engine.rate.high * usual)
