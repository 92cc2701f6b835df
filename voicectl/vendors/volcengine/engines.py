"""Which engine serves which voice: resources of the newer interface, clusters of the first one.

What each takes: `services.py`. Source: https://www.volcengine.com/docs/6561/1257544
"""

from __future__ import annotations

import re
from typing import NamedTuple

from voicectl.core.errors import Unsupported, UsageError
from voicectl.core.service import Service
from voicectl.core.tts import Utterance
from voicectl.core.wishes import OPTIONS, refuse_unknown
from voicectl.vendors.volcengine import services

CLONES = ("seed-icl-2.0", "seed-icl-1.0", "seed-icl-1.0-concurr", "volc.megatts.default")
CLONES_V1 = ("volcano_icl", "volcano_icl_concurr", "volcano_mega")
FIRST = ("seed-tts-1.0", "seed-tts-1.0-concurr", "volc.service_type.10029")
SECOND, STANDARD_V1 = "seed-tts-2.0", "volcano_tts"
ENGINES = (SECOND, *FIRST, *CLONES, STANDARD_V1, *CLONES_V1)
"""Every value of `--engine`: an `X-Api-Resource-Id`, or a cluster of the first interface."""
USUAL_VOICES = {
    SECOND: "zh_female_vv_uranus_bigtts",
    STANDARD_V1: "BV001_streaming",
    **dict.fromkeys(FIRST, "zh_female_shuangkuaisisi_moon_bigtts"),
}


class Family(NamedTuple):
    """Voices that are known by their names, and the engines that have them, the best one first."""

    title: str
    names: re.Pattern[str]
    engines: tuple[str, ...]
    is_ambiguous: bool = False


FAMILIES = (
    Family("model 2.0", re.compile(r"_uranus_"), (SECOND,)),
    Family("model 1.0", re.compile(r"_(mars|moon)_"), (*FIRST, STANDARD_V1)),
    Family("the classic voices", re.compile(r"^BV\d"), (STANDARD_V1,)),
    Family("the cloned voices", re.compile(r"^S_"), (*CLONES, *CLONES_V1), is_ambiguous=True),
)


class Choice(NamedTuple):
    """An engine, a voice, and the interface that serves the two."""

    engine: str
    voice: str
    service: Service

    @property
    def is_v1(self) -> bool:
        """Say whether the first interface serves it."""
        return is_v1(self.engine)


def is_v1(engine: str) -> bool:
    """Say whether an engine is a cluster of the first interface."""
    return engine in (STANDARD_V1, *CLONES_V1)


def chosen(engine: str, voice: str) -> Choice:
    """Return the engine and voice that are meant; where one is left out, the other decides.

    Raises Unsupported for a voice that the engine does not have, UsageError where neither tells.
    """
    refuse_unknown("--engine", engine, "volcengine", ENGINES)
    if not voice:
        voice = _usual_voice(engine or SECOND)
        engine = engine or SECOND
    family = next((each for each in FAMILIES if each.names.search(voice)), None)
    engine = engine or _engine_of(voice, family)
    if family and engine not in family.engines:
        raise Unsupported(
            "{engine} does not have voice {voice!r}, which is of {title}; {known} has",
            engine=engine,
            voice=voice,
            title=family.title,
            known=", ".join(family.engines),
            first=family.engines[0],
            vendor="volcengine",
            wish="voice",
            hint="--engine {first}",
        )
    return Choice(engine, voice, service_of(engine, voice))


def service_of(engine: str, voice: str) -> Service:
    """Return the interface that serves a voice on an engine that has it."""
    if engine == STANDARD_V1 and voice.startswith("BV"):
        return services.V1_CLASSIC
    return next(each for each in services.SPEECH if engine in each.engines)


def refuse_other_engines(service: Service, utterance: Utterance) -> None:
    """Raise Unsupported for a wish that this engine does not take and another one does."""
    for name, option in OPTIONS.items():
        if getattr(utterance, name) in (None, "", False, {}) or service.wish(name):
            continue
        known = [engine for each in services.SPEECH if each.wish(name) for engine in each.engines]
        if known:
            raise Unsupported(
                "{engine} has no {option}; {known} has",
                engine=utterance.engine,
                option=option,
                known=", ".join(dict.fromkeys(known)),
                vendor="volcengine",
                wish=name,
                hint="leave out {option}, or name another --engine",
            )


def _usual_voice(engine: str) -> str:
    try:
        return USUAL_VOICES[engine]
    except KeyError:
        raise UsageError(
            "{engine} speaks with cloned voices only, and none is named", engine=engine, hint="--voice S_…"
        ) from None


def _engine_of(voice: str, family: Family | None) -> str:
    if family and not family.is_ambiguous:
        return family.engines[0]
    known = family.engines if family else ENGINES
    raise UsageError(
        "the name of voice {voice!r} does not tell its engine, which may be {known}",
        voice=voice,
        known=", ".join(known),
        first=known[0],
        hint="--engine {first}, if the voice is of that one",
    )
