"""Tells an operator that a sensitive combination was wanted: in words, and by a command of their own."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from voicectl.gateway.rules import Bell

if TYPE_CHECKING:
    from subprocess import Popen


class Alarm:
    """Rings for each key once a minute at most; `command` gets the key's id and the rules' as its last words.

    The command inherits no environment: there may be secrets in ours.
    """

    def __init__(self, command: tuple[str, ...], say: Callable[[str], None]) -> None:
        self._command, self._say = command, say
        self._bell = Bell()
        self._running: list[Popen[bytes]] = []

    def ring(self, key_id: str, rule: str, steady: float) -> None:
        """Tell of one match; `steady` seconds never go back."""
        if not self._bell.may_ring(key_id, steady):
            return
        self._say(f"key {key_id} wanted what rule {rule} is about")
        self._running = [each for each in self._running if each.poll() is None]
        if self._command:
            self._run((*self._command, key_id, rule))

    def _run(self, words: tuple[str, ...]) -> None:
        from subprocess import DEVNULL, Popen

        try:
            self._running.append(
                Popen(words, env={"PATH": os.defpath}, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)
            )
        except OSError as error:
            self._say(f"{words[0]} cannot be run: {error.strerror}")
