"""The options of speech as one, for every command that speaks. How each is read: `speech_options.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from typing import Any

from voicectl.cli.speech_options import (
    Emotion,
    Engine,
    Lang,
    Param,
    Pitch,
    Rate,
    RemoteAudio,
    SampleRate,
    Ssml,
    Style,
    VoiceId,
    Volume,
    factor,
    named_values,
    pace,
    semitones,
)
from voicectl.core.tts import Utterance

OPTIONS: dict[str, tuple[object, object]] = {
    "voice": (VoiceId, ""),
    "lang": (Lang, ""),
    "engine": (Engine, ""),
    "rate": (Rate, ""),
    "pitch": (Pitch, ""),
    "volume": (Volume, ""),
    "emotion": (Emotion, ""),
    "style": (Style, ""),
    "sample_rate": (SampleRate, 0),
    "ssml": (Ssml, False),
    "allow_remote_audio": (RemoteAudio, False),
    "param": (Param, None),
}
"""Each option by the name of its parameter: how it is declared, and what it is unless given."""


def with_wishes(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options; they reach it as `wishes`, an utterance whose text is still empty."""
    return bundled(command, "wishes", OPTIONS, utterance_of)


def bundled(
    command: Callable[..., None],
    bundle: str,
    options: Mapping[str, tuple[object, object]],
    read: Callable[[Mapping[str, Any]], object],
) -> Callable[..., None]:
    """Give a command `options` in place of its parameter `bundle`, which gets what `read` makes of them."""

    def run(**given: Any) -> None:
        value = read({name: given.pop(name) for name in options})
        command(**given, **{bundle: value})

    parameters: list[Parameter] = []
    for own in signature(command, eval_str=True).parameters.values():
        if own.name == bundle:
            parameters += (
                Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=declared)
                for name, (declared, default) in options.items()
            )
        else:
            parameters.append(own.replace(kind=Parameter.KEYWORD_ONLY))
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    run.__signature__ = signature(run).replace(parameters=parameters)  # type: ignore[attr-defined]
    return run


def with_usual(options: Mapping[str, tuple[object, object]]) -> Callable[[Any], Any]:
    """Give a command these options; they reach it as `usual`, as they were given."""
    return lambda command: bundled(command, "usual", options, dict)


def utterance_of(given: Mapping[str, Any]) -> Utterance:
    """Read the words of the options; UsageError for one that is no such value."""
    rate, words_per_minute = pace("--rate", given["rate"])
    return Utterance(
        text="",
        sample_rate=given["sample_rate"],
        voice=given["voice"],
        lang=given["lang"],
        engine=given["engine"],
        rate=rate,
        words_per_minute=words_per_minute,
        pitch=semitones("--pitch", given["pitch"]),
        volume=factor("--volume", given["volume"]),
        emotion=given["emotion"],
        style=given["style"],
        ssml=given["ssml"],
        remote_audio=given["allow_remote_audio"],
        params=named_values("--param", given["param"] or ()),
    )
