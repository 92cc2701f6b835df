"""Words of a command line as bash reads them. Those of cmd: `cmd_words.py`; what they ask for: `curl.py`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from voicectl.core.errors import BadInput
from voicectl.core.note import Note
from voicectl.explain.wire import bytes_of, text_of

_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*|[0-9@*#?!$\-]))", re.ASCII)
_PLAIN = re.compile(r"[^ \t\n\\'\"$`;&|<>()]+")
_BLANKS = re.compile(r"(?:[ \t]|\\\n)*(?:#[^\n]*)?")
_BLANKS_AT_END = re.compile(r"[ \t]+(?:\n|$)")
_IN_QUOTES, _IN_DOCUMENT, _IN_ANSI_C = re.compile(r"[\\$`\"]"), re.compile(r"[\\$`]"), re.compile(r"[\\']")
_OPERATOR = re.compile(r"\d?(?:<<<|<<-?|>>|>&|<&|>\||[<>])|&>>?|\|\|?&?|&&?|;;?|[()\n]")
_ESCAPE = re.compile(
    r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|c(.)|([abeEfnrtv\\'\"?])|)",
    re.DOTALL,
)
_LETTERS = {"a": 7, "b": 8, "e": 27, "E": 27, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word after quotes are gone, with the place where it begins."""

    text: str = field(repr=False)
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One simple command; `stdin` is what is written there for it to read, or the name of a file."""

    words: tuple[Word, ...]
    stdin: bytes | str | None = field(default=None, repr=False)
    notes: tuple[Note, ...] = ()


class Places:
    """Lines and columns of a text, asked for from front to back, so that a long text is counted once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.seen = self.line_start = 0
        self.line = 1

    def of(self, position: int) -> tuple[int, int]:
        """Return line and column, both from 1."""
        if position < self.seen:
            self.seen, self.line, self.line_start = 0, 1, 0
        self.line += self.text.count("\n", self.seen, position)
        self.line_start = self.text.rfind("\n", self.seen, position) + 1 or self.line_start
        self.seen = position
        return self.line, position - self.line_start + 1


def variable_note(name: str, line: int, column: int) -> Note:
    words = "line {line}, column {column}: the variable {name} is unknown and left as it is written"
    return Note(id="variable", template=words, facts={"name": name, "line": line, "column": column})


def bash_commands(text: str, variables: Mapping[str, str]) -> tuple[Command, ...]:
    """Cut a script into its simple commands; assignments before them count as variables.

    What only running it could tell (the output of a command, `${name:-…}`) raises BadInput with its place.
    """
    if "\r\n" in text and not re.search(r"[^\r]\n", text):
        text = text.replace("\r\n", "\n")
    return _Bash(text, variables).commands()


class _Bash:
    """Walks once over the text."""

    def __init__(self, text: str, variables: Mapping[str, str]) -> None:
        self.text = text
        self.places = Places(text)
        self.at = 0
        self.variables = dict(variables)
        self.notes: list[Note] = []
        self.unknown: set[str] = set()
        self.documents: list[str] = []

    def commands(self) -> tuple[Command, ...]:
        found: list[Command] = []
        words: list[Word] = []
        stdin: bytes | str | None = None
        while True:
            self._skip_blanks()
            operator = _OPERATOR.match(self.text, self.at)
            if not operator and self.at < len(self.text):
                self._add(words)
                continue
            sign = operator[0].lstrip("0123456789") if operator else ""
            self.at = operator.end() if operator else self.at
            if sign.startswith(("<", ">", "&>")):
                given = self._redirect(sign)
                stdin = stdin if given is None else given
                continue
            document = self._read_documents() if sign == "\n" else None
            if words:
                stdin = document if document is not None else stdin
                found.append(Command(words=tuple(words), stdin=stdin, notes=tuple(self.notes)))
                self._export(words)
                stdin = _printed(words, stdin) if sign == "|" else None
                words, self.notes = [], []
            if not sign:
                return tuple(found)

    def _skip_blanks(self) -> None:
        match = _BLANKS.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def _add(self, words: list[Word]) -> None:
        word = self.word()
        # An assignment in front of the command's name; later ones are arguments.
        if not words and _ASSIGNMENT.match(word.text):
            name, _, value = word.text.partition("=")
            self.variables[name] = value
        else:
            words.append(word)

    def _export(self, words: list[Word]) -> None:
        if words[0].text == "export":
            self.variables |= dict(word.text.split("=", 1) for word in words[1:] if "=" in word.text)

    def word(self) -> Word:
        line, column = self.places.of(self.at)
        pieces: list[bytes] = []
        while self.at < len(self.text):
            match self.text[self.at]:
                case "'":
                    pieces.append(self._single())
                case '"':
                    self.at += 1
                    pieces.append(self._double('"'))
                case "\\":
                    pieces.append(self._escaped())
                case "$" if self.text.startswith("$'", self.at):
                    pieces.append(self._dollar_quoted())
                case "$" if self.text.startswith('$"', self.at):
                    self.at += 1
                case "$" | "`":
                    pieces.append(self._expanded())
                case _:
                    plain = _PLAIN.match(self.text, self.at)
                    if not plain:
                        break
                    pieces.append(bytes_of(plain[0]))
                    self.at = plain.end()
        return Word(text=text_of(b"".join(pieces)), line=line, column=column)

    def _unclosed(self, start: int, quote: str) -> BadInput:
        line, column = self.places.of(start)
        return BadInput(
            "line {line}, column {column}: the quote {quote} is never closed",
            line=line,
            column=column,
            quote=quote,
            hint="copy the command whole, with its last lines",
        )

    def _single(self) -> bytes:
        end = self.text.find("'", self.at + 1)
        if end < 0:
            raise self._unclosed(self.at, "'")
        piece = self.text[self.at + 1 : end]
        self.at = end + 1
        return bytes_of(piece)

    def _double(self, closing: str) -> bytes:
        """Read up to the closing quote; with closing "" to the end, as a here-document is read."""
        start = self.at - 1
        special = _IN_QUOTES if closing else _IN_DOCUMENT
        pieces: list[bytes] = []
        while found := special.search(self.text, self.at):
            pieces.append(bytes_of(self.text[self.at : found.start()]))
            self.at = found.start()
            if found[0] == '"':
                self.at += 1
                return b"".join(pieces)
            pieces.append(self._escaped("$`\\\n" + closing) if found[0] == "\\" else self._expanded())
        if closing:
            raise self._unclosed(start, closing)
        pieces.append(bytes_of(self.text[self.at :]))
        self.at = len(self.text)
        return b"".join(pieces)

    def _escaped(self, special: str = "") -> bytes:
        """Read a backslash and what follows; inside double quotes few characters take one."""
        following = self.text[self.at + 1 : self.at + 2]
        if not special and _BLANKS_AT_END.match(self.text, self.at + 1):
            line, column = self.places.of(self.at)
            raise BadInput(
                "line {line}, column {column}: blanks follow the backslash that should end the line",
                line=line,
                column=column,
                hint="delete the blanks at the end of that line",
            )
        self.at += 1 + len(following)
        if following == "\n":
            return b""
        return bytes_of(following if not special or following in special else "\\" + following) or b"\\"

    def _dollar_quoted(self) -> bytes:
        start = self.at
        self.at += 2
        pieces: list[bytes] = []
        ended = False
        while found := _IN_ANSI_C.search(self.text, self.at):
            plain = bytes_of(self.text[self.at : found.start()])
            self.at = found.start() + 1
            piece = b"" if found[0] == "'" else self._ansi_c(found.start())
            # A NUL ends what bash keeps of the string.
            pieces += [] if ended else [plain, piece.partition(b"\0")[0]]
            ended = ended or b"\0" in piece
            if found[0] == "'":
                return b"".join(pieces)
        raise self._unclosed(start, "$'")

    def _ansi_c(self, start: int) -> bytes:
        match = _ESCAPE.match(self.text, start)
        assert match  # its last branch is empty
        self.at = match.end()
        octal, byte, short, long, control, letter = match.groups()
        if octal:
            return bytes([int(octal, 8) & 0xFF])
        if byte:
            return bytes([int(byte, 16)])
        if short or long:
            number = int(short or long, 16)
            return chr(number).encode("utf-8", "surrogatepass") if number < 0x110000 else b""
        if control:
            return bytes([ord(control) & 0x1F])
        if letter:
            return bytes([_LETTERS.get(letter, ord(letter))])
        return b"\\"

    def _expanded(self) -> bytes:
        start = self.at
        line, column = self.places.of(start)
        match = _VARIABLE.match(self.text, start)
        if match:
            self.at = match.end()
            name = match[1] or match[2]
            if name in self.variables:
                return bytes_of(self.variables[name])
            if name not in self.unknown:
                self.unknown.add(name)
                self.notes.append(variable_note(name, line, column))
            return bytes_of(match[0])
        if self.text.startswith(("`", "$(", "${"), start):
            raise BadInput(
                "line {line}, column {column}: only a shell can tell what stands here",
                line=line,
                column=column,
                hint="put the text that it stands for in its place",
            )
        self.at += 1
        return b"$"

    def _redirect(self, sign: str) -> bytes | str | None:
        self._skip_blanks()
        start = self.at
        word = self.word()
        if sign in ("<<", "<<-"):
            quoted = any(mark in self.text[start : self.at] for mark in "'\"\\")
            self.documents.append(("'" if quoted else "$") + sign[2:].ljust(1) + word.text)
            return None
        if sign == "<":
            return word.text
        return bytes_of(word.text) + b"\n" if sign == "<<<" else None

    def _read_documents(self) -> bytes | None:
        """Read the here-documents that begin on the line just ended."""
        content: bytes | None = None
        for mark in self.documents:
            lines: list[str] = []
            while self.at < len(self.text):
                end = self.text.find("\n", self.at)
                line = self.text[self.at : end if end >= 0 else len(self.text)]
                self.at = end + 1 if end >= 0 else len(self.text)
                line = line.lstrip("\t") if mark[1] == "-" else line
                if line == mark[2:]:
                    break
                lines.append(line + "\n")
            content = self._document("".join(lines), quoted=mark[0] == "'")
        self.documents = []
        return content

    def _document(self, text: str, *, quoted: bool) -> bytes:
        if quoted:
            return bytes_of(text)
        inner = _Bash(text, self.variables)
        content = inner._double("")
        self.notes += inner.notes
        return content


def _printed(words: list[Word], stdin: bytes | str | None) -> bytes | str | None:
    """Tell what a command before a pipe prints, where that is plain to see; a text is the name of a file."""
    match [word.text for word in words]:
        case ["echo", "-n", *rest]:
            return bytes_of(" ".join(rest))
        case ["echo", *rest]:
            return bytes_of(" ".join(rest) + "\n")
        case ["printf", "%s", text] | ["printf", text] if "%" not in text and "\\" not in text:
            return bytes_of(text)
        case ["printf", "%s", text]:
            return bytes_of(text)
        case ["cat", name] if not name.startswith("-"):
            return name
        case ["base64", "-d" | "-D" | "--decode"] if isinstance(stdin, bytes):
            return _unpacked(stdin)
        case _:
            return None


def _unpacked(data: bytes) -> bytes | None:
    from base64 import b64decode

    try:
        return b64decode(b"".join(data.split()), validate=True)
    except ValueError:
        return None
