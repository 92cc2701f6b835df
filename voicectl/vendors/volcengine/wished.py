"""The wishes of an utterance in the words and places of an interface. Tables: `services.py`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, MutableMapping

from voicectl.core.errors import Unsupported, UsageError
from voicectl.core.language import primary
from voicectl.core.service import Service
from voicectl.core.tts import Utterance
from voicectl.vendors.volcengine.services import LIVE, OURS, PLACES_V1, PLACES_V3, SSML_V3, TEXTS

Write = Callable[[object], object]

ROOTS_V3, ROOTS_V1 = ("additions", "audio_params"), ("audio", "request")


def percent(factor: object) -> int:
    """Return a factor as the newer interface writes it: 100 is twice, -50 is half, 0 is the usual."""
    assert isinstance(factor, int | float)
    return round((factor - 1) * 100)


def whole_semitones(semitones: object) -> int:
    """Return whole semitones; Unsupported for a pitch in between."""
    assert isinstance(semitones, int | float)
    if semitones != round(semitones):
        raise Unsupported(
            "--pitch {semitones:g} is not a whole number of semitones, and volcengine has no others here",
            semitones=semitones,
            nearest=round(semitones),
            vendor="volcengine",
            wish="pitch",
            hint="--pitch {nearest}",
        )
    return round(semitones)


def frequency_factor(semitones: object) -> float:
    """Return semitones as a factor of the frequency."""
    assert isinstance(semitones, int | float)
    return round(float(2 ** (semitones / 12)), 3)


def as_it_is(value: object) -> object:
    """Return it."""
    return value


WRITTEN: Mapping[str, Write] = {
    "audio_params.speech_rate": percent,
    "audio_params.loudness_rate": percent,
    "additions.post_process.pitch": whole_semitones,
    "additions.context_texts": lambda style: [style],
    "audio.pitch_ratio": frequency_factor,
    "request.with_timestamp": lambda marked: 1,
    "request.text_type": lambda ssml: "ssml",
}
"""How a wish is written where it does not stand there as it is."""
NOT_IN_THE_BODY = ("", SSML_V3, LIVE, "X-Api-Resource-Id")


def language(tag: str, known: tuple[str, ...]) -> str:
    """Return the vendor's word for a language: `zh-CN` and `zh` are `zh-cn`; an unknown one stays."""
    near = (each for each in known if primary(each) == primary(tag))
    return tag if not tag or not known or tag in known else next(near, tag)


def check_parameters(service: Service, utterance: Utterance) -> None:
    """Refuse parameters that are voicectl's own to write, or whose place nobody knows."""
    for name in utterance.params:
        place_of(service, name)


def wished(service: Service, utterance: Utterance) -> dict[str, object]:
    """Return wishes and parameters, nested; what was left to the vendor is not in it."""
    body: dict[str, object] = {}
    for wish in service.wishes:
        value = getattr(utterance, wish.name)
        if wish.parameter not in NOT_IN_THE_BODY and value not in (None, "", False):
            put(body, wish.parameter, WRITTEN.get(wish.parameter, as_it_is)(value))
    for name, text in utterance.params.items():
        place = place_of(service, name)
        put(body, place, text if place.rpartition(".")[2] in TEXTS else _value(text))
    return body


def put(body: MutableMapping[str, object], place: str, value: object) -> None:
    """Put a value at its dotted place, making the objects on the way."""
    first, dot, rest = place.partition(".")
    if not dot:
        body[first] = value
        return
    inner = body.setdefault(first, {})
    if not isinstance(inner, dict):
        raise UsageError("--param {place} goes into what is no object", place=place)
    put(inner, rest, value)


def place_of(service: Service, name: str) -> str:
    """Return where a parameter stands: a known bare name's place, or a whole place as it is given."""
    is_v1 = service.name.startswith("tts-v1")
    places, roots = (PLACES_V1, ROOTS_V1) if is_v1 else (PLACES_V3, ROOTS_V3)
    root, dot, rest = name.partition(".")
    if option := OURS.get(rest if root in roots else name):
        raise UsageError(
            "--param {name} is not for you to set; it follows from {option}", name=name, option=option
        )
    if name in places:
        return places[name]
    if dot and rest and root in roots:
        return name
    raise UsageError(
        "volcengine does not know --param {name!r} here; it knows {known}",
        name=name,
        known=", ".join(sorted(places)),
        root=roots[0],
        hint="write its whole place: --param {root}.{name}=…",
    )


def _value(text: str) -> object:
    """Read a parameter as JSON where it is that, else as text."""
    try:
        return json.loads(text)
    except ValueError:
        return text
