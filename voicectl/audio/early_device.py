"""The sound device, opened by a thread of its own while the sound is asked for. The device: `speakers.py`."""

from __future__ import annotations

from contextlib import suppress
from threading import Thread

from voicectl.audio.speakers import DeviceSpeaker
from voicectl.core.audio import AudioFormat
from voicectl.core.errors import Unavailable

LONGEST_SECONDS = 2.0
"""How long a device that was not needed may keep the program from ending."""


class EarlyDevice:
    """Nothing until it is told to open; after that a device, unless there is none."""

    def __init__(self) -> None:
        self._thread: Thread | None = None
        self._audio: AudioFormat | None = None
        self._speaker: DeviceSpeaker | None = None

    def open(self, audio: AudioFormat) -> None:
        """Begin; without a known rate the library is loaded, and that is all."""
        if DeviceSpeaker.is_installed():
            self._audio = audio
            self._thread = Thread(target=self._open, args=(audio,), daemon=True)
            self._thread.start()

    def taken(self, audio: AudioFormat) -> DeviceSpeaker | None:
        """Hand the device over, once; None where it is not open for such sound."""
        if self._thread is not None:
            self._thread.join()
        speaker, self._speaker = self._speaker, None
        if speaker is not None and self._audio != audio:
            speaker.stop()
            return None
        return speaker

    def let_go(self) -> None:
        """Close what nobody took."""
        if self._thread is not None:
            self._thread.join(LONGEST_SECONDS)
        if self._speaker is not None:
            self._speaker.stop()
            self._speaker = None

    def _open(self, audio: AudioFormat) -> None:
        # Why it failed is told by whoever opens it again.
        with suppress(Unavailable):
            if audio.sample_rate:
                self._speaker = DeviceSpeaker(audio)
            else:
                DeviceSpeaker.load()
