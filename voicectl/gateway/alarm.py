"""Tells an operator that a sensitive combination was wanted: in words, by a command, by a webhook."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from voicectl.gateway.audit import moment_text
from voicectl.gateway.limits import Tick
from voicectl.gateway.rules import Bell

if TYPE_CHECKING:
    from subprocess import Popen

    from voicectl.gateway.webhook import Webhook


class Match(NamedTuple):
    """Whose request matched which rules; never its text, and never the key itself."""

    key_id: str
    team: str
    env: str
    rule: str
    request_id: str
    status: int


class Alarm:
    """Rings for each key once a minute at most; `command` gets the key's id and the rules' as its last words.

    The command inherits no environment: there may be secrets in ours.
    """

    def __init__(
        self, command: tuple[str, ...], say: Callable[[str], None], webhook: Webhook | None = None
    ) -> None:
        self._command, self._say, self._webhook = command, say, webhook
        self._bell = Bell()
        self._running: list[Popen[bytes]] = []

    def ring(self, match: Match, now: Tick) -> None:
        """Tell of one match."""
        if not self._bell.may_ring(match.key_id, now.steady):
            return
        self._say(f"key {match.key_id} wanted what rule {match.rule} is about")
        self._running = [each for each in self._running if each.poll() is None]
        if self._command:
            self._run((*self._command, match.key_id, match.rule))
        if self._webhook:
            self._webhook.post({"event": "rule_match", "time": moment_text(now.unix), **match._asdict()})

    def _run(self, words: tuple[str, ...]) -> None:
        from subprocess import DEVNULL, Popen

        try:
            self._running.append(
                Popen(words, env={"PATH": os.defpath}, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)
            )
        except OSError as error:
            self._say(f"{words[0]} cannot be run: {error.strerror}")
