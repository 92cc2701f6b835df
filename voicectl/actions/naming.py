"""Names of files made from a template and a row, none of which leads out of the directory they are for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from string import Formatter
from typing import NamedTuple

from voicectl.core.audio import Container
from voicectl.core.compact import CompactMap
from voicectl.core.errors import BadInput, UsageError
from voicectl.core.printable import is_harmful

LONGEST_PART_BYTES = 240
LINE, FORMAT = "line", "format"
SEPARATORS = "/\\"


class Part(NamedTuple):
    """Words of a template, and the field that follows them; `width` is how many digits a line gets."""

    words: str
    field: str
    width: int


class Template:
    """A checked template: `{id}`, `chapters/{chapter}/{line:05}.{format}`.

    A field is one of `fields`, or another column unless it is `refused`. Raises UsageError for what is no
    field, or for words that lead elsewhere.
    """

    def __init__(self, text: str, fields: Collection[str], *, refused: Collection[str] = ()) -> None:
        self._parts = tuple(_parts(text, fields, refused))
        self._has_suffix = bool(Container.named_by(text)) or text.endswith(f"{{{FORMAT}}}")
        self._refuse_wrong_words(text)

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(part.field for part in self._parts if part.field)

    @property
    def container(self) -> Container | None:
        """The container that the template itself names."""
        return (
            Container.named_by(self._parts[-1].words) if self._parts and not self._parts[-1].field else None
        )

    @property
    def tells_all_apart(self) -> bool:
        """Say whether two ids never make one name."""
        return len(self._parts) == 1 and self._parts[0].field == "id" and not self._parts[0].words

    def name(self, values: Mapping[str, str], line: int) -> str:
        """Return the path below the directory; BadInput for a row that makes no safe one."""
        pieces = []
        for part in self._parts:
            pieces.append(part.words)
            if part.field == LINE:
                pieces.append(f"{line:0{part.width}}")
            elif part.field:
                pieces.append(_safe(part.field, values.get(part.field, ""), line))
        whole = "".join(pieces)
        if not self._has_suffix:
            whole += f".{values[FORMAT]}"
        for step in whole.split("/"):
            _refuse_unsafe(step, line)
        return whole

    def _refuse_wrong_words(self, text: str) -> None:
        if not self.fields - {FORMAT}:
            raise UsageError(
                "--name {text!r} gives all items one name", text=text, hint="--name '{{id}}.{{format}}'"
            )
        words = "".join(f"{part.words}{'x' if part.field else ''}" for part in self._parts)
        if "\\" in words or words.endswith("/") or any(step in ("", ".", "..") for step in words.split("/")):
            raise UsageError(
                "--name {text!r} leads out of the directory", text=text, hint="--name '{{id}}.{{format}}'"
            )


class Names:
    """The names that are taken so far."""

    def __init__(self, template: Template) -> None:
        self._is_needed = not template.tells_all_apart
        self._lines = CompactMap(bits=32)

    def take(self, name: str, line: int) -> None:
        """Raise BadInput where another line has it."""
        if not self._is_needed:
            return
        first = self._lines.get(name)
        if first is not None and first != line:
            raise BadInput(
                "line {line}: the name {name!r} is taken by line {first}",
                line=line,
                name=name,
                first=first,
                hint="let --name have {{id}} in it",
            )
        self._lines.put(name, line)


def _parts(text: str, fields: Collection[str], refused: Collection[str]) -> list[Part]:
    try:
        found = list(Formatter().parse(text))
    except ValueError as error:
        raise UsageError("--name {text!r} is no template: {reason}", text=text, reason=str(error)) from None
    parts = []
    for words, field, spec, conversion in found:
        name = field or ""
        is_plain = not conversion and (not spec or (name == LINE and spec.isdecimal() and len(spec) < 3))
        if field is not None and (not name.isidentifier() or name in refused or not is_plain):
            shown = ", ".join(f"{{{each}}}" for each in fields if not each.endswith("."))
            raise UsageError(
                "--name knows no field {field!r}",
                field=name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else ""),
                known=shown,
                hint="fields are {known}",
            )
        parts.append(Part(words, name, int(spec or 0)))
    return parts


def _safe(field: str, value: str, line: int) -> str:
    if not value:
        raise BadInput(
            "line {line}: the file is named after {field}, and there is none", line=line, field=field
        )
    if any(char in SEPARATORS for char in value):
        raise BadInput(
            "line {line}: {field} {value!r} cannot be part of a file name",
            line=line,
            field=field,
            value=value,
        )
    return value


def _refuse_unsafe(step: str, line: int) -> None:
    """Raise BadInput for a part of a path that is hidden, too long, or not to be printed."""
    is_long = len(step.encode()) > LONGEST_PART_BYTES
    if not step.startswith(".") and step == step.strip() and not is_long and not any(map(is_harmful, step)):
        return
    reason = "is too long" if is_long else "is no safe name"
    raise BadInput(
        "line {line}: a file cannot be called {name!r}: that {reason}",
        line=line,
        name=step[:80],
        reason=reason,
        hint="let the id be letters, digits and dashes",
    )
