"""Where words leave the program: results to stdout, talk to stderr. Nobody else prints."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from voicectl.core.errors import UsageError
from voicectl.core.options import Options
from voicectl.core.printable import visible, visible_json
from voicectl.world import append

if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from voicectl.world import World

USUAL_WIDTH = 80
MAGENTA, BOLD = "35", "1"
"""Readable on dark and on light; no colour says what words do not."""

Row = Mapping[str, object]
Advance = Callable[[float], None]


class Console:
    """The terminal, the pipe or the file that this run talks to."""

    def __init__(self, world: World, options: Options, hide: Callable[[str], str] = str) -> None:
        """Talk by these options; `hide` puts stars for secrets into what is said beside the results."""
        self._world = world
        self._options = options
        self._hide = hide
        self.stdout_is_terminal = world.stdout.isatty()
        self.stderr_is_terminal = world.stderr.isatty()
        self.below: RichConsole | None = None
        """What `live.py` shows on stderr for now: talk goes above it."""

    @property
    def can_ask(self) -> bool:
        """Say whether a question may be put to a person."""
        forbidden = self._options.no_input or bool(self._world.environ.get("CI"))
        return not forbidden and self._world.stdin.isatty() and self.stderr_is_terminal

    @property
    def format(self) -> str:
        """The format of results: `auto` is settled here."""
        if self._options.output != "auto":
            return self._options.output
        return "text" if self.stdout_is_terminal and not self._options.query else "json"

    @property
    def format_was_asked_for(self) -> bool:
        """Say whether a format was given by flag or variable."""
        return self._options.output != "auto"

    def result(self, data: object, text: Callable[[], str] | None = None) -> None:
        """Print a result: `text` is its form for people, a table where there is none.

        Raises UsageError for a `--query` that is no JMESPath.
        """
        self._write(self._world.stdout, self.rendered(data, text))

    def line(self, data: Row) -> None:
        """Print one of many results as it comes: a line of JSON, or of what `--query` takes from it."""
        self._write(self._world.stdout, json_line(self._queried(data) if self._options.query else data))

    def result_beside_audio(self, data: Row, text: Callable[[], str]) -> None:
        """Print a result to stderr, because stdout carries sound; `--quiet` wants it only if asked for."""
        if self.format_was_asked_for:
            self._write(self._world.stderr, self.rendered(data, text))
        elif not self._options.quiet:
            words = text() + "\n" if self.stderr_is_terminal else json_line(data)
            self._write(self._world.stderr, words)

    def rendered(self, data: object, text: Callable[[], str] | None) -> str:
        """Return a result in the format asked for, ending in a newline."""
        chosen: object = self._queried(data) if self._options.query else data
        match self.format:
            case "json":
                return json_line(chosen, indent=2)
            case "jsonl":
                return "".join(json_line(item) for item in items_of(chosen))
            case "text" if text is not None and chosen is data:
                return text().rstrip("\n") + "\n"
            case "csv":
                from voicectl.cli.tables import csv_text

                return csv_text(items_of(chosen))
            case _:
                from voicectl.cli.tables import table_text, upright_text

                if isinstance(chosen, dict):
                    return upright_text(chosen, self.width, color=self.color_on_stdout)
                return table_text(items_of(chosen), self.width, color=self.color_on_stdout)

    def table(self, rows: Sequence[Row], columns: Sequence[str]) -> str:
        """Return rows as a table of these columns only: what people look for in a list."""
        from voicectl.cli.tables import table_text

        chosen = [{name: row.get(name) for name in columns} for row in rows]
        return table_text(chosen, self.width, color=self.color_on_stdout)

    def text(self, words: str) -> None:
        """Print text that is itself the result, for another program to read."""
        self._write(self._world.stdout, words if words.endswith("\n") else words + "\n")

    def note(self, template: str, **facts: object) -> None:
        """Say something by the way, on stderr; `--quiet` silences it."""
        if not self._options.quiet:
            self._talk(template, facts)

    def detail(self, template: str, **facts: object) -> None:
        """Say what only `--verbose` or `--debug` wants to know."""
        self.debug_text(template.format(**facts), also_when_verbose=True)

    def debug_text(self, words: str, *, also_when_verbose: bool = False) -> None:
        """Write to the file of `--debug-file`, or to stderr with `--debug`."""
        line = visible(self._hide(words.rstrip("\n")), keep="\n") + "\n"
        if self._options.debug_file:
            append(self._options.debug_file, line)
        if (self._options.debug and not self._options.debug_file) or (
            also_when_verbose and self._options.verbose
        ):
            self._say(line)

    def warn(self, template: str, **facts: object) -> None:
        """Say what the user should change; `--quiet` silences it."""
        if not self._options.quiet:
            self._talk(template, facts, self.painted("warning: ", MAGENTA))

    @contextmanager
    def progress(self, label: str, total: float | None = None) -> Iterator[Advance]:
        """Yield a function that is told how much more is done; silent unless a person is looking.

        It appears when the work has lasted half a second, and never where a terminal cannot go back.
        """
        if not self.stderr_is_terminal or self._options.quiet:
            yield lambda amount: None
            return
        from voicectl.cli.live import DelayedProgress, is_plain

        if is_plain(self._world):
            yield lambda amount: None
            return
        progress = DelayedProgress(self, self._world, label, total)
        try:
            yield progress.advance
        finally:
            progress.close()

    @property
    def width(self) -> int:
        """The columns of the terminal, or what `COLUMNS` says."""
        import os

        told = self._world.environ.get("COLUMNS", "")
        if told.isascii() and told.isdigit() and int(told):
            return int(told)
        for stream in (self._world.stdout, self._world.stderr):
            with suppress(OSError, ValueError, AttributeError):
                if columns := os.get_terminal_size(stream.fileno()).columns:
                    return columns
        return USUAL_WIDTH

    def heading(self, words: str) -> str:
        """Return words for stdout in bold, where colours are wanted."""
        return f"\x1b[{BOLD}m{words}\x1b[0m" if self.color_on_stdout else words

    @property
    def color_on_stdout(self) -> bool:
        return self._colored(self.stdout_is_terminal)

    @property
    def color_on_stderr(self) -> bool:
        return self._colored(self.stderr_is_terminal)

    def painted(self, words: str, paint: str) -> str:
        """Return words for stderr in a colour, where colours are wanted."""
        if not self.color_on_stderr:
            return words
        return f"\x1b[{paint}m{words}\x1b[0m"

    def error_line(self, words: str) -> None:
        """Write one line to stderr; for `failures.py`."""
        self._say(self._hide(words) + "\n")

    def _colored(self, is_terminal: bool) -> bool:
        environ = self._world.environ
        if self._options.color != "auto":
            return self._options.color == "always"
        if environ.get("NO_COLOR"):
            return False
        if environ.get("FORCE_COLOR"):
            return environ["FORCE_COLOR"] != "0"
        return is_terminal and environ.get("TERM") != "dumb"

    def _queried(self, data: object) -> object:
        """Return what `--query` takes from a result as JSON has it: tuples are no lists to JMESPath."""
        import json

        import jmespath
        from jmespath.exceptions import JMESPathError

        try:
            return jmespath.search(self._options.query, json.loads(json.dumps(data)))
        except JMESPathError as error:
            raise UsageError(
                "--query {query!r} is no JMESPath: {reason}",
                query=self._options.query,
                reason=str(error).splitlines()[0],
                hint="--query 'path'",
            ) from None

    def _talk(self, template: str, facts: Mapping[str, object], start: str = "") -> None:
        self._say(start + visible(self._hide(template.format(**facts)), keep="\n") + "\n")

    def _say(self, words: str) -> None:
        """Write whole lines to stderr, above what is shown there for now."""
        if self.below is not None:
            self.below.out(words, end="", highlight=False)
        else:
            self._write(self._world.stderr, words)

    def _write(self, stream: object, words: str) -> None:
        stream.write(words)  # type: ignore[attr-defined]
        stream.flush()  # type: ignore[attr-defined]


def json_line(item: object, indent: int | None = None) -> str:
    """Return one JSON value with its line end, safe to print; on one line without an indent."""
    import json

    return visible_json(json.dumps(item, ensure_ascii=False, indent=indent)) + "\n"


def items_of(value: object) -> list[object]:
    """Return a list as it is, and anything else as the only item of one."""
    return list(value) if isinstance(value, list | tuple) else [value]
