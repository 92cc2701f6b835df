"""A loudspeaker without a room: a private PulseAudio server whose sound is recorded. Not for real devices."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

RATE = 24000
NEEDED = ("pulseaudio", "parec", "pactl")
SILENCE = 200
"""Samples that stay below this are the silence before and after the sound."""


def missing() -> str:
    """Say why there is no loudspeaker here; empty where there is one."""
    absent = [name for name in NEEDED if not shutil.which(name)]
    return f"not installed: {', '.join(absent)}" if absent else ""


@dataclass
class Heard:
    """What came out of the loudspeaker: 16-bit samples, one channel, `RATE` a second."""

    pcm: bytes = b""

    def samples(self) -> memoryview:
        return memoryview(self.pcm).cast("h")

    def sound(self) -> list[int]:
        """Return the samples between the silences."""
        samples = list(self.samples())
        loud = [index for index, sample in enumerate(samples) if abs(sample) > SILENCE]
        return samples[loud[0] : loud[-1] + 1] if loud else []

    def seconds(self) -> float:
        return len(self.sound()) / RATE


@dataclass
class Loudspeaker:
    """A running server; `environ` leads programs to it."""

    environ: dict[str, str]
    folder: Path = field(repr=False)

    def streams(self) -> list[str]:
        """Return who is connected to be heard, a line each."""
        asked = ["pactl", "list", "short", "sink-inputs"]
        done = subprocess.run(asked, env=self.environ, capture_output=True, text=True, check=False)
        return done.stdout.splitlines()

    @contextmanager
    def listening(self) -> Iterator[Heard]:
        """Record what is played inside the block; ask afterwards."""
        heard, file = Heard(), self.folder / "heard.raw"
        recorder = subprocess.Popen(
            [
                *("parec", "--latency-msec=50", "-d", "spk.monitor"),
                *(f"--rate={RATE}", "--channels=1", "--format=s16le", str(file)),
            ],
            env=self.environ,
        )
        try:
            _wait(lambda: file.exists() and file.stat().st_size > 0, "the recorder does not start")
            yield heard
            time.sleep(0.3)
        finally:
            recorder.terminate()
            recorder.wait()
        data = file.read_bytes()
        heard.pcm = data[: len(data) - len(data) % 2]
        file.unlink()


@contextmanager
def loudspeaker(folder: Path) -> Iterator[Loudspeaker]:
    """Run a server with one speaker that nobody hears, in `folder`, private and short of name."""
    socket = folder / "native.sock"
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
        "PULSE_SERVER": f"unix:{socket}",
    }
    folder.chmod(0o700)
    server = subprocess.Popen(
        [
            *("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1"),
            *("--use-pid-file=no", "--disable-shm=yes"),
            *("-L", f"module-native-protocol-unix socket={socket}"),
            *("-L", f"module-null-sink sink_name=spk rate={RATE} channels=1 format=s16le"),
        ],
        env=environ,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(socket.exists, "pulseaudio does not start")
        yield Loudspeaker(environ=environ, folder=folder)
    finally:
        server.terminate()
        server.wait()


def _wait(condition: Callable[[], object], complaint: str, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, complaint
        time.sleep(0.02)
