"""The engine `espeak`: espeak-ng in the wheel espeakng-loader (GPL-3, an extra); its only home."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from functools import cache, partial
from queue import SimpleQueue
from threading import Thread
from typing import NamedTuple

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import Unavailable, Unsupported
from voicectl.core.language import primary
from voicectl.core.tts import SpeechStream, Utterance, Voice
from voicectl.vendors.local.engine import Engine, Range, Speak, is_importable

# https://github.com/espeak-ng/espeak-ng/blob/master/src/include/espeak-ng/speak_lib.h
AUDIO_OUTPUT_SYNCHRONOUS = 2
CHUNK_MILLISECONDS = 100
CHARS_UTF8 = 1
RATE, VOLUME, PITCH = 1, 2, 3
USUAL_WORDS_PER_MINUTE, USUAL_VOLUME, USUAL_PITCH = 175, 100, 50
GENDERS = {1: "male", 2: "female"}

LANGUAGES = (
    "af am an ar as az ba be bg bn bpy bs ca chr cs cv cy da de el en eo es et eu fa fi fr ga gd gn grc "
    "gu hak haw he hi hr ht hu hy ia id io is it ja jbo ka kk kl kn ko kok ku ky la lb lfn lt lv mi mk "
    "ml mr ms mt mto my nb nci ne nl nog om or pa pap piqd pl pt py qdb qu quc qya ro ru sd shn si sjn "
    "sk sl smj sq sr sv sw ta te th ti tk tn tr tt ug uk ur uz vi yue zh"
)
RATES, PITCHES, VOLUMES = Range(0.5, 2.5), Range(-12, 12), Range(0, 2)
# Where the voice of a language is not simply called by its tag.
USUAL_VOICES = {"en": "en-US", "zh": "cmn", "zh-cn": "cmn", "zh-tw": "cmn", "yue": "yue", "nb": "nb"}


class _VoiceRecord(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_char_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
    )


_SYNTH_ARGUMENTS = (
    ctypes.c_void_p,  # text
    ctypes.c_size_t,  # its size with the closing zero
    ctypes.c_uint,  # position
    ctypes.c_int,  # kind of position
    ctypes.c_uint,  # end position
    ctypes.c_uint,  # flags
    ctypes.c_void_p,  # identifier
    ctypes.c_void_p,  # user data
)
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


def words_per_minute(rate: float) -> int:
    return round(USUAL_WORDS_PER_MINUTE * rate)


def pitch_level(semitones: float) -> int:
    """Return espeak's 0 to 100, which span an octave down to an octave up."""
    return round(USUAL_PITCH * (1 + semitones / 12))


def volume_level(factor: float) -> int:
    return round(USUAL_VOLUME * factor)


def usual_voice(tag: str) -> str:
    """Return the voice that espeak has for a language tag; whether it has one, `languages` says."""
    tag = tag.replace("_", "-").lower()
    regional = tag if tag in {"en-us", "fr-be", "fr-ch", "es-419", "pt-br"} else ""
    british = "en" if tag == "en-gb" else ""
    return regional or british or USUAL_VOICES.get(primary(tag), primary(tag))


def voice_of(name: str, language: str, identifier: str, gender: str, engine: str) -> Voice:
    """Describe a voice by what espeak lists; its id is what both library and program accept."""
    return Voice(
        id=identifier.rpartition("/")[2],
        name=name.strip(),
        lang=language,
        gender=gender,
        engines=(engine,),
        vendor="local",
    )


def _voices() -> tuple[Voice, ...]:
    records = _started().functions.espeak_ListVoices(None)
    voices: list[Voice] = []
    while records[len(voices)]:
        record = records[len(voices)].contents
        name, identifier = record.name.decode(), record.identifier.decode()
        # A byte of priority stands before the first language.
        language = record.languages[1:].decode()
        voices.append(voice_of(name, language, identifier, GENDERS.get(record.gender, ""), "espeak"))
    return tuple(voices)


class _Espeak(NamedTuple):
    functions: ctypes.CDLL
    sampling: AudioFormat


@cache
def _started() -> _Espeak:
    """Load and start espeak, which knows but one voice at a time for the whole process."""
    import espeakng_loader

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_VoiceRecord))
    library.espeak_Synth.argtypes = _SYNTH_ARGUMENTS
    data = espeakng_loader.get_data_path().encode()
    rate = library.espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, CHUNK_MILLISECONDS, data, 0)
    if rate <= 0:
        raise Unavailable(
            "engine {engine!r} does not start: error {code}",
            engine="espeak",
            code=rate,
            hint="pip install --force-reinstall espeakng-loader",
        )
    return _Espeak(library, AudioFormat(Container.PCM, rate))


def _open() -> Speak:
    return partial(_speak, _started())


def _speak(espeak: _Espeak, utterance: Utterance) -> SpeechStream:
    library = espeak.functions
    # With an unknown voice espeak goes on in the voice before it.
    if library.espeak_SetVoiceByName(utterance.voice.encode()) != 0:
        raise Unsupported(
            "engine {engine!r} has no voice {voice!r}",
            engine="espeak",
            voice=utterance.voice,
            hint="voicectl tts voices",
        )
    rate, pitch, volume = utterance.rate, utterance.pitch, utterance.volume
    library.espeak_SetParameter(RATE, words_per_minute(1 if rate is None else rate), 0)
    library.espeak_SetParameter(PITCH, pitch_level(pitch or 0), 0)
    library.espeak_SetParameter(VOLUME, volume_level(1 if volume is None else volume), 0)
    return SpeechStream(format=espeak.sampling, chunks=_chunks(library, utterance.text.encode()))


def _chunks(library: ctypes.CDLL, text: bytes) -> Iterator[bytes]:
    """Yield sound as espeak makes it.

    It speaks in a thread of its own, because an interrupt that arrives inside a callback is lost.
    """
    chunks: SimpleQueue[bytes | None] = SimpleQueue()
    stopped = False

    def take(samples: ctypes.Array[ctypes.c_short], count: int, events: object) -> int:
        if samples and count > 0:
            chunks.put(ctypes.string_at(samples, count * 2))
        return int(stopped)

    def speak() -> None:
        callback = _Callback(take)  # kept alive here: espeak holds no reference
        library.espeak_SetSynthCallback(callback)
        library.espeak_Synth(text + b"\0", len(text) + 1, 0, 1, 0, CHARS_UTF8, None, None)
        chunks.put(None)

    speaking = Thread(target=speak, daemon=True)
    speaking.start()
    try:
        yield from iter(chunks.get, None)
    finally:
        stopped = True
        speaking.join()


ENGINES = (
    Engine(
        name="espeak",
        install="pip install 'voicectl[espeak]'",
        is_installed=partial(is_importable, "espeakng_loader"),
        languages=LANGUAGES.split,
        voices=_voices,
        voice_for=usual_voice,
        open=_open,
        rate=RATES,
        pitch=PITCHES,
        volume=VOLUMES,
        usual_words_per_minute=USUAL_WORDS_PER_MINUTE,
    ),
)
