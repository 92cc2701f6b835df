"""Commands as texts tell them: found in shell lines, and read by the command tree without being run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

from typer import Exit
from typer.exceptions import TyperException

from tests.fakes import world
from voicectl.cli.app import POINTERS, ROWS, SUMMARY
from voicectl.cli.groups import root
from voicectl.cli.session import Session
from voicectl.core.errors import VoicectlError

ENDS = frozenset({"|", "||", "&", "&&", ";", ";;", "(", ")", "<", ">", ">>"})
COMMENT = re.compile(r"(?:^|\s+)#.*", re.MULTILINE)
OPENS = re.compile(r"\$\(|`")


def commands_in(shell: str) -> Iterator[list[str]]:
    """Yield the words of every call of voicectl in lines of shell, without the program's own name."""
    for line in COMMENT.sub("", shell.replace("\\\n", " ")).splitlines():
        if "voicectl" in line:
            yield from _calls(OPENS.sub(" ; ", line))


def _calls(line: str) -> Iterator[list[str]]:
    words: list[str] | None = None
    for token in [*_tokens(line), ";"]:
        if token in ENDS:
            if words is not None:
                yield words
            words = None
        elif words is not None:
            words += [token] if token != "$@" else []
        elif token.rpartition("/")[2] == "voicectl":
            words = []


def _tokens(line: str) -> list[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    return list(lexer)


def fault(words: list[str], *, whole: bool = True) -> str:
    """Return why the command tree does not take these words; empty where it does. Nothing is run.

    What is not `whole` may lack what the command wants: prose names a command by its first words.
    """
    session = Session(world({"COLUMNS": "80"}), words)
    command: Any = root(SUMMARY, ROWS, POINTERS)
    parent: Any = None
    name, rest = "voicectl", list(words)
    try:
        while True:
            context = command.make_context(name, rest, parent=parent, obj=session)
            if not hasattr(command, "resolve_command"):
                return ""
            found, command, rest = command.resolve_command(context, [*context._protected_args, *context.args])
            name, parent = found or "", context
    except Exit:
        return ""
    except (TyperException, VoicectlError) as error:
        if not whole and type(error).__name__ == "MissingParameter":
            return ""
        return f"{' '.join(words)}: {error}"
