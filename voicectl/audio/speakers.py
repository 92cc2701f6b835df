"""The ways a machine can sound: a device, another program, Windows. Which is tried when: `player.py`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from voicectl.audio import wav
from voicectl.core.audio import AudioFormat
from voicectl.core.errors import Unavailable
from voicectl.core.printable import visible

PERIOD_MILLISECONDS = 100
AHEAD_BYTES = 4 << 20
"""How far the sound may come before it is heard; then its source has to wait."""

STALLED_SECONDS = 5.0
FILL_SECONDS = 0.03
"""How long a device waits for the rest of a period: sound that has just begun comes in small pieces."""
HINT = "write a file with -o FILE"


class Speaker(Protocol):
    """Plays samples of one format; every method raises Unavailable when the sound cannot be heard."""

    def play(self, pcm: bytes) -> None:
        """Take the next samples; waits when too much has not been heard yet."""
        ...

    def drain(self) -> None:
        """Return when all has been heard."""
        ...

    def stop(self) -> None:
        """Be silent at once and leave nothing behind; never raises."""
        ...


class DeviceSpeaker:
    """The system's own sound device, through miniaudio."""

    def __init__(self, audio: AudioFormat) -> None:
        miniaudio = self.load()
        self._frame_bytes = audio.frame_bytes
        self._waiting = bytearray()
        self._changed = threading.Condition()
        self._is_ending = False
        self._starting: threading.Thread | None = None
        self._failure: Unavailable | None = None
        formats = miniaudio.SampleFormat
        try:
            with _quiet_libraries():
                self._device = miniaudio.PlaybackDevice(
                    output_format={
                        8: formats.UNSIGNED8,
                        16: formats.SIGNED16,
                        24: formats.SIGNED24,
                        32: formats.SIGNED32,
                    }[audio.bits],
                    nchannels=audio.channels,
                    sample_rate=audio.sample_rate,
                    buffersize_msec=PERIOD_MILLISECONDS,
                    # Else it would play to nobody where there is no device.
                    backends=[each for each in miniaudio.Backend if each.name not in ("NULL", "CUSTOM")],
                    app_name="voicectl",
                )
        except miniaudio.MiniaudioError as error:
            raise _silent("miniaudio", str(error)) from error
        self._error = miniaudio.MiniaudioError

    @staticmethod
    def load() -> Any:
        """Return the library; Unavailable where there is none."""
        try:
            import miniaudio
        except ImportError as error:
            raise _silent("miniaudio", "it is not installed") from error
        return miniaudio

    @staticmethod
    def is_installed() -> bool:
        """Look for the library without loading it, which takes as long as a request."""
        from importlib.util import find_spec

        return find_spec("miniaudio") is not None

    def play(self, pcm: bytes) -> None:
        with self._changed:
            self._wait_until_at_most(AHEAD_BYTES)
            self._waiting += pcm
            self._changed.notify_all()
        # A device that starts without sound is filled with silence first. It starts in a thread: what it
        # asks for while it starts is more than one piece.
        if pcm and self._starting is None:
            self._starting = threading.Thread(target=self._start, daemon=True)
            self._starting.start()
        self._raise_failure()

    def drain(self) -> None:
        with self._changed:
            self._is_ending = True
            self._changed.notify_all()
        if self._starting is not None:
            self._starting.join()
        self._raise_failure()
        with self._changed:
            self._wait_until_at_most(0)
        # What the device has taken is heard only two of its periods later.
        threading.Event().wait(2 * PERIOD_MILLISECONDS / 1000)

    def stop(self) -> None:
        with self._changed:
            self._waiting.clear()
            self._is_ending = True
            self._changed.notify_all()
        if self._starting is not None:
            self._starting.join(STALLED_SECONDS)
        self._device.close()

    def _start(self) -> None:
        feeding = self._feed()
        next(feeding)
        try:
            self._device.start(feeding)
        except self._error as error:
            self._failure = _silent("miniaudio", str(error))

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _wait_until_at_most(self, count: int) -> None:
        while len(self._waiting) > count:
            if not self._changed.wait(STALLED_SECONDS):
                raise _silent("miniaudio", "the device takes no more sound")

    def _wait_for_more(self, size: int) -> None:
        self._changed.wait_for(lambda: self._is_ending or len(self._waiting) >= size, FILL_SECONDS)

    def _feed(self) -> Generator[bytes, int, None]:
        """Hand the device as many frames as it asks for; a lack of them is silence, not the end."""
        wanted = yield b""
        while True:
            with self._changed:
                size = wanted * self._frame_bytes
                self._wait_for_more(size)
                taken = bytes(self._waiting[:size])
                del self._waiting[: len(taken)]
                self._changed.notify_all()
            wanted = yield taken


class CommandSpeaker:
    """A program that plays what it reads; `opening` goes before the samples."""

    def __init__(self, command: list[str], opening: bytes, environment: Mapping[str, str]) -> None:
        self._name = os.path.basename(command[0])  # noqa: PTH119
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop()
        try:
            # A session of its own, so that Ctrl-C ends it through us and not beside us.
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=self._complaints,
                env=dict(environment),
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            self._complaints.close()
            raise _silent(self._name, str(error.strerror)) from error
        try:
            self.play(opening)
        except BaseException:
            self.stop()
            raise

    def play(self, pcm: bytes) -> None:
        assert self._process.stdin
        rest = memoryview(pcm)
        try:
            while rest:
                rest = rest[self._process.stdin.write(rest) :]
        except BrokenPipeError as error:
            self._process.wait()
            raise self._failure() from error

    def drain(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        if self._process.wait():
            raise self._failure()

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        with suppress(OSError):
            if self._process.stdin:
                self._process.stdin.close()
        self._complaints.close()

    def _failure(self) -> Unavailable:
        self._complaints.seek(0)
        lines = self._complaints.read().decode("utf-8", "replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        return _silent(self._name, said[-1] if said else f"exit code {self._process.returncode}")


class FileSpeaker:
    """A program that plays whole files only (macOS); it starts when all has come. Untested."""

    def __init__(self, audio: AudioFormat, program: str, environment: Mapping[str, str]) -> None:
        self._audio = audio
        self._program = program
        self._environment = environment
        self._file = tempfile.NamedTemporaryFile(suffix=".wav")  # noqa: SIM115 - closed by stop()
        self._file.write(wav.header(audio))
        self._speaker: CommandSpeaker | None = None

    def play(self, pcm: bytes) -> None:
        self._file.write(pcm)

    def drain(self) -> None:
        size = self._file.tell() - wav.HEADER_BYTES
        self._file.seek(0)
        self._file.write(wav.header(self._audio, size))
        self._file.flush()
        self._speaker = CommandSpeaker([self._program, self._file.name], b"", self._environment)
        self._speaker.drain()

    def stop(self) -> None:
        if self._speaker:
            self._speaker.stop()
        self._file.close()


class WindowsSpeaker:
    """Windows' own player, which takes a whole WAV from memory. Untested."""

    def __init__(self, audio: AudioFormat) -> None:
        self._audio = audio
        self._pcm = bytearray()

    def play(self, pcm: bytes) -> None:
        self._pcm += pcm

    def drain(self) -> None:
        if sys.platform != "win32":
            raise _silent("winsound", "this is not Windows")
        import winsound

        try:
            winsound.PlaySound(wav.header(self._audio, len(self._pcm)) + self._pcm, winsound.SND_MEMORY)
        except RuntimeError as error:
            raise _silent("winsound", str(error)) from error

    def stop(self) -> None:
        self._pcm.clear()


def _silent(player: str, reason: str) -> Unavailable:
    return Unavailable(
        "the sound cannot be played: {player}: {reason}", player=player, reason=visible(reason), hint=HINT
    )


@contextmanager
def _quiet_libraries() -> Iterator[None]:
    """Keep the sound libraries, which write to descriptor 2 past Python, from talking to the user."""
    try:
        kept = os.dup(2)
    except OSError:
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
