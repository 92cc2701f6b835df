"""Which engine and voice speak a text, decided before any engine is loaded. Speaking lives in `tts.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import ceil

from voicectl.core.errors import Unavailable, Unsupported
from voicectl.core.language import primary
from voicectl.core.text import languages_of
from voicectl.core.tts import Utterance, Voice
from voicectl.vendors.local.engine import Engine, Engines

CLOUD_LINE = "voicectl profile add NAME --vendor aliyun"
MOST_LANGUAGES_LISTED = 8


def settled(utterance: Utterance, engines: Engines) -> Utterance:
    """Choose engine, voice and language for a whole text; the first engine that fits wins.

    Raises Unavailable where no installed engine speaks the text, Unsupported for a name or setting
    that none has.
    """
    if utterance.voice:
        engine, voice = _with_voice(utterance, engines)
        utterance = replace(utterance, engine=engine.name, voice=voice.id, lang=voice.lang)
    else:
        engine = _with_languages(utterance, engines)
        lang = _wanted(utterance)[0]
        utterance = replace(utterance, engine=engine.name, voice=engine.voice_for(lang), lang=lang)
    for setting in ("rate", "pitch", "volume"):
        _check(engine, setting, getattr(utterance, setting), engines)
    return _paced(utterance, engine, engines)


def _wanted(utterance: Utterance) -> tuple[str, ...]:
    """Return the languages that an engine must speak: the one asked for, else one for each script."""
    return (utterance.lang,) if utterance.lang else languages_of(utterance.text)


def _candidates(utterance: Utterance, engines: Engines) -> Iterator[Engine]:
    """Yield the installed engines in order, or the one asked for."""
    if not utterance.engine:
        yield from (engine for engine in engines() if engine.is_installed())
        return
    known = []
    for engine in engines():
        known.append(engine.name)
        if engine.name == utterance.engine:
            if not engine.is_installed():
                raise Unavailable(
                    "engine {engine!r} is not installed",
                    engine=engine.name,
                    line=engine.install,
                    hint="{line}",
                )
            yield engine
            return
    raise Unsupported(
        "there is no engine {engine!r}; there are {known}",
        engine=utterance.engine,
        known=", ".join(known),
        first=known[0],
        hint="--engine {first}",
    )


def _with_languages(utterance: Utterance, engines: Engines) -> Engine:
    wanted = _wanted(utterance)
    passed_over = []
    for engine in _candidates(utterance, engines):
        if not _unspoken(wanted, engine):
            return engine
        passed_over.append(engine)
    # Name the language that is the reason: the one that the nearest engine lacks.
    lacking = min((_unspoken(wanted, engine) for engine in passed_over), key=len, default=wanted)
    raise _nobody_speaks(lacking[0], utterance, passed_over, engines)


def _unspoken(tags: Iterable[str], engine: Engine) -> tuple[str, ...]:
    spoken = engine.languages()
    return tuple(tag for tag in tags if primary(tag) not in spoken)


def _with_voice(utterance: Utterance, engines: Engines) -> tuple[Engine, Voice]:
    seen: list[Voice] = []
    for engine in _candidates(utterance, engines):
        voices = engine.voices()
        if voice := _named(utterance.voice, voices):
            _check_language(utterance, engine, voice)
            return engine, voice
        seen += voices
    raise _no_such_voice(utterance, seen, engines)


def _named(name: str, voices: tuple[Voice, ...]) -> Voice | None:
    """Find a voice by its id, else by id, language or name in any case."""
    wanted = name.replace("_", "-").lower()
    exact = (voice for voice in voices if voice.id == name)
    by_id = (voice for voice in voices if voice.id.lower() == wanted)
    by_words = (voice for voice in voices if wanted in (voice.lang.lower(), voice.name.lower()))
    return next(exact, None) or next(by_id, None) or next(by_words, None)


def _check_language(utterance: Utterance, engine: Engine, voice: Voice) -> None:
    if utterance.lang:
        if primary(utterance.lang) != primary(voice.lang):
            raise Unsupported(
                "voice {voice!r} speaks {voice_lang!r}, not {lang!r}",
                voice=voice.id,
                voice_lang=voice.lang,
                lang=utterance.lang,
                hint="voicectl tts voices",
            )
        return
    # Any engine reads Latin letters somehow; other scripts it must know.
    foreign = [tag for tag in languages_of(utterance.text) if tag != "en"]
    if unspoken := _unspoken(foreign, engine):
        raise _nobody_speaks(unspoken[0], replace(utterance, engine=engine.name), [engine], lambda: (engine,))


def _owner_of(voice: str, engines: Engines) -> str:
    """Return the first installed engine that has a voice of this name."""
    installed = (engine for engine in engines() if engine.is_installed())
    return next((engine.name for engine in installed if _named(voice, engine.voices())), "")


def _no_such_voice(utterance: Utterance, seen: list[Voice], engines: Engines) -> Unsupported:
    from difflib import get_close_matches

    known = list(dict.fromkeys(voice.id for voice in seen))
    near = get_close_matches(utterance.voice, known, n=3, cutoff=0.5)
    if utterance.engine and (owner := _owner_of(utterance.voice, engines)):
        return Unsupported(
            "voice {voice!r} is not of engine {engine!r}; it is of {owner}",
            voice=utterance.voice,
            engine=utterance.engine,
            owner=owner,
            hint="--engine {owner}",
        )
    message = "no installed engine has a voice {voice!r}"
    if utterance.engine:
        message = "engine {engine!r} has no voice {voice!r}"
    if near:
        message += "; near ones: {near}"
    return Unsupported(
        message,
        voice=utterance.voice,
        engine=utterance.engine,
        near=", ".join(near),
        hint="voicectl tts voices",
    )


def _nobody_speaks(
    tag: str, utterance: Utterance, passed_over: list[Engine], engines: Engines
) -> Unavailable:
    """Say who is installed and what would help, in Chinese where the text is Chinese."""
    message = "no offline engine is installed"
    if passed_over:
        message = "no installed engine speaks {tag!r}; installed: {installed}"
    if utterance.engine:
        message = "engine {engine!r} does not speak {tag!r}"
    return Unavailable(
        message,
        language="zh" if languages_of(utterance.text)[0] == "zh" else "",
        tag=tag,
        engine=utterance.engine,
        installed="; ".join(_described(engine) for engine in passed_over),
        line=_helping_line(tag, passed_over, engines),
        cloud=CLOUD_LINE,
        hint="{line}\n{cloud}",
    )


def _helping_line(tag: str, passed_over: list[Engine], engines: Engines) -> str:
    names = {engine.name for engine in passed_over}
    others = [engine for engine in engines() if engine.name not in names and not _unspoken((tag,), engine)]
    for engine in others:
        if engine.is_installed():
            return f"voicectl say --engine {engine.name} TEXT"
    return others[0].install if others else "voicectl tts voices"


def _described(engine: Engine) -> str:
    languages = engine.languages()
    if len(languages) > MOST_LANGUAGES_LISTED:
        return f"{engine.name} ({len(languages)} languages)"
    return f"{engine.name} ({', '.join(languages)})"


def _paced(utterance: Utterance, engine: Engine, engines: Engines) -> Utterance:
    """Turn words a minute into the factor that makes them of the engine's usual pace."""
    words, usual = utterance.words_per_minute, engine.usual_words_per_minute
    if words is None:
        return utterance
    if not usual:
        raise Unsupported(
            "engine {engine!r} does not count words; {others}",
            engine=engine.name,
            others=_named_others(each for each in engines() if each.usual_words_per_minute),
            hint="--rate 1.2, or choose another --engine",
        )
    if engine.rate and not engine.rate.holds(words / usual):
        low, high = ceil(engine.rate.low * usual), int(engine.rate.high * usual)
        raise Unsupported(
            "--rate {words:g}wpm is out of range: engine {engine!r} takes {low}wpm to {high}wpm",
            words=words,
            engine=engine.name,
            low=low,
            high=high,
            nearest=low if words < low else high,
            hint="--rate {nearest}wpm",
        )
    return replace(utterance, rate=words / usual, words_per_minute=None)


def _named_others(engines: Iterable[Engine]) -> str:
    """Say who can; those who are here come first."""
    named = sorted(engines, key=lambda each: not each.is_installed())
    words = [each.name if each.is_installed() else f"{each.name} (not installed)" for each in named]
    return f"these can: {', '.join(words)}" if words else "none can"


def _check(engine: Engine, setting: str, value: float | None, engines: Engines) -> None:
    allowed = getattr(engine, setting)
    if value is None or (allowed and allowed.holds(value)):
        return
    if allowed is None:
        raise Unsupported(
            "engine {engine!r} cannot change the {setting}; {others}",
            engine=engine.name,
            setting=setting,
            others=_named_others(each for each in engines() if getattr(each, setting)),
            hint="leave out --{setting}, or choose another --engine",
        )
    raise Unsupported(
        "{setting} {value:g} is out of range: engine {engine!r} takes {low:g} to {high:g}",
        engine=engine.name,
        setting=setting,
        value=value,
        low=allowed.low,
        high=allowed.high,
        nearest=allowed.low if value < allowed.low else allowed.high,
        hint="--{setting} {nearest:g}",
    )
