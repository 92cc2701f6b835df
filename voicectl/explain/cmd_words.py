"""Words of a command line as Windows' cmd and its programs read them; bash's are in `shell_words.py`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from voicectl.core.errors import BadInput
from voicectl.core.note import Note
from voicectl.explain.shell_words import Command, Places, Word, variable_note

_CARET = re.compile(r'\^\r?\n|(?:^|[ \t])\^"', re.MULTILINE)
# A percent-encoded byte looks like a variable as well; only names with an underscore are taken for one.
_VARIABLE = re.compile(r"%([A-Za-z]\w*)%", re.ASCII)

_BACKSLASHES = re.compile(r'(?<!\\)(?:\\\\)+(?=[^"\\])')
_DOUBLED = Note(
    id="doubled-backslashes", template="backslashes stand there twice, as browsers write them for cmd"
)
_LINE_BREAK = re.compile(r"\r?\n")

_Placed = list[tuple[str, int]]


def is_cmd(text: str) -> bool:
    """Say whether carets continue lines or stand before quotes, as only cmd has them."""
    return bool(_CARET.search(text)) and "\\\n" not in text


def cmd_commands(text: str, variables: Mapping[str, str]) -> tuple[Command, ...]:
    """Return the first command: cmd's own carets and quotes go first, then those of the program it starts."""
    notes: list[Note] = []
    placed = _after_cmd(text, variables, notes)
    words = tuple(_arguments(text, placed))
    if any(single_backslashes(word.text) != word.text for word in words):
        notes.append(_DOUBLED)
    return (Command(words=words, notes=tuple(notes)),)


def single_backslashes(text: str) -> str:
    """Undo what browsers do too much: they double every backslash, the program joins those before quotes."""
    return _BACKSLASHES.sub(lambda run: "\\" * (len(run[0]) // 2), text)


def _after_cmd(text: str, variables: Mapping[str, str], notes: list[Note]) -> _Placed:
    placed: _Placed = []
    places = Places(text)
    quoted = started = False
    at = 0
    while at < len(text):
        char = text[at]
        if char == "^" and not quoted:
            line_break = _LINE_BREAK.match(text, at + 1)
            at = line_break.end() if line_break else at + 1
            # The character after a caret, or after the line break it removes, is only itself.
            if text.startswith("\r\n", at):
                at += 1
            placed += [(text[at], at)] if at < len(text) else []
        elif char == "%" and (name := _VARIABLE.match(text, at)) and _known(name[1], variables):
            value = variables.get(name[1], name[0])
            if name[1] not in variables:
                notes.append(variable_note(name[1], *places.of(at)))
            placed += [(letter, at) for letter in value]
            at = name.end() - 1
        elif char == "\n" or (char in "&|<>" and not quoted):
            if started:
                break
        else:
            started |= not char.isspace()
            quoted ^= char == '"'
            placed.append((char, at))
        at += 1
    return placed


def _known(name: str, variables: Mapping[str, str]) -> bool:
    return name in variables or "_" in name


def _arguments(text: str, placed: _Placed) -> list[Word]:
    words: list[Word] = []
    places = Places(text)
    at = 0
    while True:
        while at < len(placed) and placed[at][0] in " \t\r\n":
            at += 1
        if at == len(placed):
            return words
        start = placed[at][1]
        content, at = _argument(text, placed, at)
        line, column = places.of(start)
        words.append(Word(text=content, line=line, column=column))


def _argument(text: str, placed: _Placed, at: int) -> tuple[str, int]:
    """Read one argument: backslashes count in pairs before a quote, a doubled quote inside quotes is one."""
    start = placed[at][1]
    pieces: list[str] = []
    quoted = False
    while at < len(placed):
        char = placed[at][0]
        if char in " \t\r\n" and not quoted:
            break
        if char == "\\":
            end = at
            while end < len(placed) and placed[end][0] == "\\":
                end += 1
            count, at = end - at, end
            if at < len(placed) and placed[at][0] == '"':
                pieces.append("\\" * (count // 2))
                if count % 2:
                    pieces.append('"')
                    at += 1
            else:
                pieces.append("\\" * count)
            continue
        if char == '"' and quoted and at + 1 < len(placed) and placed[at + 1][0] == '"':
            pieces.append('"')
            at += 1
        elif char == '"':
            quoted = not quoted
        else:
            pieces.append(char)
        at += 1
    if quoted:
        line, column = Places(text).of(start)
        raise BadInput(
            "line {line}, column {column}: a quote of this argument is never closed", line=line, column=column
        )
    return "".join(pieces), at
