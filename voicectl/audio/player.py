"""Sound to the ear: the sink that plays, and which players it tries. Each player lives in `speakers.py`."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from voicectl.audio import wav
from voicectl.audio.early_device import EarlyDevice
from voicectl.audio.encode import encoder
from voicectl.audio.sinks import Output
from voicectl.audio.speakers import CommandSpeaker, DeviceSpeaker, FileSpeaker, Speaker, WindowsSpeaker
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import Unavailable, Unsupported

Start = Callable[[], Speaker]

HELD_BYTES = 1 << 16
"""A player that fails before it was sent more than a pipe holds has hardly been heard: try the next."""

LEAD_MILLISECONDS = 60
PULSE_NAMES = {8: "u8", 16: "s16le", 24: "s24le", 32: "s32le"}
PIPEWIRE_NAMES = {8: "u8", 16: "s16", 24: "s24", 32: "s32"}
NO_PLAYER = "nothing here can play sound"
HINT = "write a file with -o FILE, or: pip install 'voicectl[audio]'"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerSink:
    """The loudspeaker: sound is heard while it still comes.

    Players are looked for on the PATH of `environment`, and get the variables that `passed_on` returns;
    `platform` is that of `sys`.
    """

    environment: Mapping[str, str]
    platform: str
    passed_on: Callable[[], Mapping[str, str]] = dict
    _early: EarlyDevice = field(default_factory=EarlyDevice, repr=False, compare=False)

    def ready(self) -> bool:
        """Say yes if there is a player at all; whether it finds a device is seen when it starts."""
        if not DeviceSpeaker.is_installed() and not self._on_path(AudioFormat(Container.PCM, 16000)):
            raise Unavailable(NO_PLAYER, hint=HINT)
        return True

    @contextmanager
    def warming(self, audio: AudioFormat) -> Iterator[None]:
        """Load the library, and open the device where the rate is known, beside what the caller does."""
        self._early.open(audio)
        try:
            yield
        finally:
            self._early.let_go()

    @contextmanager
    def open(self, audio: AudioFormat) -> Iterator[Output]:
        if audio.container is not Container.PCM:
            raise Unsupported("{container} is not played", container=audio.container, hint="-o FILE")
        players = _Players([lambda: self._early.taken(audio) or DeviceSpeaker(audio), *self._on_path(audio)])
        output = Output(audio, encoder(audio, Container.PCM, sized=False), players.play)
        try:
            yield output
            output.end()
            players.drain()
        finally:
            players.stop()
        output.close(None)

    def _on_path(self, audio: AudioFormat) -> list[Start]:
        """Return what this platform has besides miniaudio, the best first."""
        if self.platform == "win32":
            return [lambda: WindowsSpeaker(audio)]
        file_player = shutil.which("afplay", path=self.environment.get("PATH", ""))
        starts: list[Start] = (
            [lambda: FileSpeaker(audio, file_player, self.passed_on())] if file_player else []
        )
        for name, arguments, opening in _commands(audio):
            if path := shutil.which(name, path=self.environment.get("PATH", "")):
                starts.append(self._start([path, *arguments], opening))
        return starts

    def _start(self, command: list[str], opening: bytes) -> Start:
        return lambda: CommandSpeaker(command, opening, self.passed_on())


def _commands(audio: AudioFormat) -> list[tuple[str, list[str], bytes]]:
    """Return the players that read standard input: name, arguments, and what goes before the samples."""
    sampling = [f"--rate={audio.sample_rate}", f"--channels={audio.channels}"]
    raw = ["--raw", *sampling, f"--format={PULSE_NAMES[audio.bits]}"]
    pipewire = ["--raw", *sampling, f"--format={PIPEWIRE_NAMES[audio.bits]}", "-"]
    lead, opening = _silence(audio), wav.header(audio)
    return [
        ("paplay", raw, lead),
        ("pw-play", pipewire, lead),
        ("pacat", ["--playback", *raw], lead),
        ("aplay", ["-q", "-"], opening),
        ("ffplay", ["-nodisp", "-autoexit", "-loglevel", "error", "-"], opening),
    ]


def _silence(audio: AudioFormat) -> bytes:
    """Return what a sound server may swallow while its stream starts."""
    frames = audio.sample_rate * LEAD_MILLISECONDS // 1000
    return (b"\x80" if audio.bits == 8 else b"\0") * (frames * audio.frame_bytes)


class _Players:
    """Plays through the first that works, starting over with the next while little has been heard."""

    __slots__ = ("_held", "_is_held", "_speaker", "_starts")

    def __init__(self, starts: list[Start]) -> None:
        self._starts = iter(starts)
        self._speaker: Speaker | None = None
        self._held = b""
        self._is_held = True

    def play(self, pcm: bytes) -> None:
        self._attempt(lambda speaker: speaker.play(pcm))
        if self._is_held:
            self._held += pcm
        if len(self._held) > HELD_BYTES:
            self._held, self._is_held = b"", False

    def drain(self) -> None:
        """Return when all has been heard."""
        self._attempt(lambda speaker: speaker.drain())

    def stop(self) -> None:
        """Be silent at once; a player that has ended does not mind."""
        if self._speaker:
            self._speaker.stop()

    def _attempt(self, deed: Callable[[Speaker], None]) -> None:
        failure: Unavailable | None = None
        while True:
            try:
                if self._speaker is None:
                    self._speaker = self._next(failure)
                    self._speaker.play(self._held)
                return deed(self._speaker)
            except Unavailable as error:
                if self._speaker is None or not self._is_held:
                    raise
                self._speaker.stop()
                self._speaker, failure = None, error

    def _next(self, failure: Unavailable | None) -> Speaker:
        """Start the next player that can be started; else raise what the last one said."""
        for start in self._starts:
            try:
                return start()
            except Unavailable as error:
                failure = error
        if failure is None:
            raise Unavailable(NO_PLAYER, hint=HINT)
        raise failure
