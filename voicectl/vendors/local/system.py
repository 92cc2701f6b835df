"""Speech programs that a machine may bring: `say`, SAPI, and espeak-ng, pico2wave, flite on PATH."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import Unavailable
from voicectl.core.language import primary
from voicectl.core.tts import SpeechStream, Utterance, Voice
from voicectl.vendors.local.engine import Engine, Range, Variables, first_voice
from voicectl.vendors.local.espeak import (
    LANGUAGES,
    PITCHES,
    RATES,
    USUAL_WORDS_PER_MINUTE,
    VOLUMES,
    pitch_level,
    usual_voice,
    volume_level,
    words_per_minute,
)
from voicectl.vendors.local.nano import LESS_THAN, pico_voices, without_markup

LONGEST_SECONDS = 120
GENDERS = {"M": "male", "F": "female"}
USUAL_SAY_PACE, USUAL_SAPI_PACE = 175, 180  # words a minute
PICO_VOICES = pico_voices("pico2wave")


@dataclass(frozen=True, slots=True)
class Job:
    """One run of a program: what to speak, and the files where the text lies and the sound is wanted."""

    utterance: Utterance
    text_path: str
    wav_path: str


def espeak_ng_command(job: Job) -> list[str]:
    settings = job.utterance
    words = ["espeak-ng", "-b", "1", "-v", settings.voice, "-f", job.text_path, "-w", job.wav_path]
    if settings.rate is not None:
        words += ["-s", str(words_per_minute(settings.rate))]
    if settings.pitch is not None:
        words += ["-p", str(min(pitch_level(settings.pitch), 99))]
    if settings.volume is not None:
        words += ["-a", str(volume_level(settings.volume))]
    return words


def pico2wave_command(job: Job) -> list[str]:
    # The text is an argument here: a blank before it keeps it from being an option.
    text = " " + without_markup(job.utterance.text, job.utterance.voice)
    return ["pico2wave", "-l", job.utterance.voice, "-w", job.wav_path, text]


def flite_command(job: Job) -> list[str]:
    words = ["flite", "-voice", job.utterance.voice, "-f", job.text_path, "-o", job.wav_path]
    if job.utterance.rate is not None:
        words[1:1] = ["--setf", f"duration_stretch={1 / job.utterance.rate:.3f}"]
    return words


def say_command(job: Job) -> list[str]:
    words = ["say", "-v", job.utterance.voice, "-f", job.text_path, "-o", job.wav_path]
    if job.utterance.rate is not None:
        words += ["-r", str(round(USUAL_SAY_PACE * job.utterance.rate))]
    return [*words, "--file-format=WAVE", "--data-format=LEI16@22050"]


def sapi_command(job: Job) -> list[str]:
    """Return a PowerShell call of System.Speech, whose rate -10 to 10 spans a third to three times."""
    from math import log

    rate = round(10 * log(job.utterance.rate or 1, 3))
    volume = round(100 * (1 if job.utterance.volume is None else job.utterance.volume))
    voice, text_path, wav_path = (
        f"'{each.replace(chr(39), chr(39) * 2)}'"
        for each in (job.utterance.voice, job.text_path, job.wav_path)
    )
    return _powershell(
        f"$s.SelectVoice({voice}); $s.Rate = {rate}; $s.Volume = {volume}; "
        f"$s.SetOutputToWaveFile({wav_path}); $s.Speak([IO.File]::ReadAllText({text_path})); $s.Dispose()"
    )


def _powershell(script: str) -> list[str]:
    start = (
        "Add-Type -AssemblyName System.Speech; $s = New-Object System.Speech.Synthesis.SpeechSynthesizer; "
    )
    return ["powershell", "-NoProfile", "-NonInteractive", "-Command", start + script]


def espeak_ng_voices(listing: str) -> tuple[Voice, ...]:
    """Read `espeak-ng --voices`: priority, language, age/gender, name with `_` for blanks, file."""
    from voicectl.vendors.local.espeak import voice_of

    rows = (line.split() for line in listing.splitlines()[1:])
    return tuple(
        voice_of(row[3].replace("_", " "), row[1], row[4], GENDERS.get(row[2][-1], ""), "espeak-ng")
        for row in rows
        if len(row) > 4
    )


def say_voices(listing: str) -> tuple[Voice, ...]:
    """Read `say -v '?'`: name, language, `#` and a sample."""
    rows = (re.match(r"(.+?)\s{2,}([a-z]{2,3}[_-]\w+)\s+#", line) for line in listing.splitlines())
    return tuple(
        Voice(
            id=row[1], name=row[1], lang=row[2].replace("_", "-"), gender="", engines=("say",), vendor="local"
        )
        for row in rows
        if row
    )


def sapi_voices(listing: str) -> tuple[Voice, ...]:
    """Read our own listing of SAPI: name, culture and gender between bars."""
    rows = (line.strip().split("|") for line in listing.splitlines() if line.count("|") == 2)
    return tuple(
        Voice(id=name, name=name, lang=culture, gender=gender.lower(), engines=("sapi",), vendor="local")
        for name, culture, gender in rows
    )


def _flite_voices() -> tuple[Voice, ...]:
    genders = {"slt": "female", "rms": "male", "awb": "male", "kal16": "male"}
    return tuple(
        Voice(id=name, name=name, lang="en-US", gender=gender, engines=("flite",), vendor="local")
        for name, gender in genders.items()
    )


def _is_on_path(program: str, platform: str = "") -> bool:
    from shutil import which

    return (not platform or sys.platform == platform) and which(program) is not None


def _run(words: list[str], environment: Variables) -> str:
    """Return what a program prints; raise Unavailable with its last words where it fails."""
    import subprocess

    try:
        done = subprocess.run(
            words,
            env=dict(environment()),
            capture_output=True,
            timeout=LONGEST_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable("{program} failed: {reason}", program=words[0], reason=str(error)) from error
    if done.returncode != 0:
        reason = done.stderr.decode(errors="replace").strip().rpartition("\n")[2] or f"exit {done.returncode}"
        raise Unavailable("{program} failed: {reason}", program=words[0], reason=reason)
    return done.stdout.decode(errors="replace")


def _speak(command: Callable[[Job], list[str]], environment: Variables, utterance: Utterance) -> SpeechStream:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory(prefix="voicectl-") as folder:
        text, wav = Path(folder, "text.txt"), Path(folder, "sound.wav")
        text.write_text(utterance.text, encoding="utf-8")
        words = command(Job(utterance, str(text), str(wav)))
        _run(words, environment)
        return _sound_of(words[0], wav.read_bytes() if wav.exists() else b"")


def _sound_of(program: str, wav: bytes) -> SpeechStream:
    import io
    import wave

    try:
        with wave.open(io.BytesIO(wav)) as sound:
            sampling = AudioFormat(
                Container.PCM, sound.getframerate(), sound.getnchannels(), sound.getsampwidth() * 8
            )
            pcm = sound.readframes(sound.getnframes())
    except (wave.Error, EOFError) as error:
        raise Unavailable("{program} wrote no sound", program=program) from error
    return SpeechStream(format=sampling, chunks=iter((pcm,) if pcm else ()))


class Program(NamedTuple):
    """An engine's program: how it lists its voices, or which it has, and what it is told to speak.

    An engine without `languages` speaks those of its voices, one without `voice_for` the first of them.
    """

    name: str
    program: str
    install: str
    command: Callable[[Job], list[str]]
    listing: Sequence[str] = ()
    read: Callable[[str], tuple[Voice, ...]] = lambda listing: ()
    platform: str = ""
    voice_for: Callable[[str], str] | None = None
    languages: Callable[[], Sequence[str]] | None = None
    rate: Range | None = None
    pitch: Range | None = None
    volume: Range | None = None
    usual_words_per_minute: int = 0


def _engine(program: Program, environment: Variables) -> Engine:
    is_installed = partial(_is_on_path, program.program, program.platform)

    def voices() -> tuple[Voice, ...]:
        return program.read(_run([*program.listing], environment) if program.listing else "")

    def spoken() -> tuple[str, ...]:
        return () if not is_installed() else tuple(dict.fromkeys(primary(voice.lang) for voice in voices()))

    return Engine(
        name=program.name,
        install=program.install,
        is_installed=is_installed,
        languages=program.languages or spoken,
        voices=voices,
        voice_for=program.voice_for or (lambda tag: first_voice(voices(), tag)),
        open=lambda: partial(_speak, program.command, environment),
        rate=program.rate,
        pitch=program.pitch,
        volume=program.volume,
        usual_words_per_minute=program.usual_words_per_minute,
    )


SAPI_LISTING = (
    "$s.GetInstalledVoices() | % { $i = $_.VoiceInfo; $i.Name + '|' + $i.Culture.Name + '|' + $i.Gender }"
)
PROGRAMS = (
    Program(
        "say",
        "say",
        "use it on macOS, where it is always there",
        say_command,
        listing=("say", "-v", "?"),
        read=say_voices,
        platform="darwin",
        rate=Range(0.5, 2.5),
        usual_words_per_minute=USUAL_SAY_PACE,
    ),
    Program(
        "sapi",
        "powershell",
        "use it on Windows, where it is always there",
        sapi_command,
        listing=_powershell(SAPI_LISTING),
        read=sapi_voices,
        platform="win32",
        rate=Range(0.34, 3.0),
        volume=Range(0, 1),
        usual_words_per_minute=USUAL_SAPI_PACE,
    ),
    Program(
        "espeak-ng",
        "espeak-ng",
        "apt-get install espeak-ng",
        espeak_ng_command,
        listing=("espeak-ng", "--voices"),
        read=espeak_ng_voices,
        voice_for=usual_voice,
        languages=LANGUAGES.split,
        rate=RATES,
        pitch=PITCHES,
        volume=VOLUMES,
        usual_words_per_minute=USUAL_WORDS_PER_MINUTE,
    ),
    Program(
        "pico2wave",
        "pico2wave",
        "apt-get install libttspico-utils",
        pico2wave_command,
        read=lambda listing: PICO_VOICES,
        languages=lambda: tuple(LESS_THAN),
    ),
    Program(
        "flite",
        "flite",
        "apt-get install flite",
        flite_command,
        read=lambda listing: _flite_voices(),
        languages=lambda: ("en",),
        rate=Range(0.5, 2.5),
    ),
)


def engines_of(environment: Variables) -> Iterator[Engine]:
    """Yield an engine for each program; it runs with those variables and no others."""
    yield from (_engine(program, environment) for program in PROGRAMS)
