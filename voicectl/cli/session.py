"""One run of the command line: what was given, where it prints, and what it may use."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import typer

from voicectl.cli.options import looks_among, resolve
from voicectl.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voicectl.cli.console import Console
    from voicectl.core.note import Note
    from voicectl.core.options import Options
    from voicectl.runtime import Runtime
    from voicectl.world import World


class Session:
    """What a command finds in its context. `given` and `command` fill while the words are read."""

    def __init__(self, world: World, words: Sequence[str] = ()) -> None:
        self.world = world
        self.words = words
        self.given: dict[str, object] = {}
        self.command = "voicectl"
        self._warned: set[str] = set()

    @property
    def format_was_given(self) -> bool:
        """Say whether a flag named a format: what is text for other programs heeds no variable."""
        return "output" in self.given

    @property
    def tells_errors_in_json(self) -> bool:
        """Say whether a program asked for the errors, by flag or variable."""
        return self.options.output in {"json", "jsonl"}

    def read_looks_alone(self) -> None:
        """Let an error look as it was asked to where the words could not be read to their end."""
        if "options" not in vars(self):
            self.given.update(looks_among(self.words))

    @cached_property
    def options(self) -> Options:
        return resolve(self.given, self.world.environ)

    @cached_property
    def console(self) -> Console:
        from voicectl.cli.console import Console

        return Console(self.world, self.options, self._hidden)

    @cached_property
    def runtime(self) -> Runtime:
        from voicectl.runtime import Runtime

        runtime = Runtime(self.world, self.options)
        runtime.warn = self._warn_once
        runtime.tell = lambda note: self.console.detail(note.template, **note.facts)
        runtime.ask = self._asked
        return runtime

    def _warn_once(self, note: Note) -> None:
        """Say a warning at its first time: each client of a run that polls would have it to say."""
        if note.template not in self._warned:
            self._warned.add(note.template)
            self.console.warn(note.template, **note.facts)

    def _hidden(self, text: str) -> str:
        """Return a text with stars for what secrets this run has met."""
        return self.runtime.secrets.hidden_in(text) if "runtime" in vars(self) else text

    def _asked(self, question: str) -> str:
        """Return a person's answer; empty where nobody can be asked."""
        from voicectl.cli.asking import ask

        return ask(self, question) if self.console.can_ask else ""


def session_of(context: typer.Context) -> Session:
    """Return the session of a command's context."""
    session: Session = context.obj
    return session


def session_to_change(context: typer.Context) -> Session:
    """Return the session of a command that changes what is kept here; UsageError for a dry run of it."""
    session = session_of(context)
    if session.options.dry_run:
        raise UsageError(
            "{command} sends nothing that a dry run could show, and would change what is kept here",
            command=session.command,
            hint="leave out --dry-run",
        )
    return session
