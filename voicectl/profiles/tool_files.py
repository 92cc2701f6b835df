"""Files of the vendors' own tools: read only, and never quoted in an error. What they mean: `*_files.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from voicectl.core.errors import ConfigError
from voicectl.profiles.ways import Way

Sections = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One account in a tool's file; `way` is None where it holds none, `trouble` says what is wrong.

    `blank` is the command that would take its secrets out of there.
    """

    name: str
    path: Path
    way: Way | None = field(default=None, repr=False)
    region: str = ""
    blank: str = ""
    trouble: str = ""


def home_in(environment: Mapping[str, str]) -> str:
    """Return the home directory; empty where there is none."""
    return environment.get("HOME") or environment.get("USERPROFILE", "")


def below_home(environment: Mapping[str, str], variable: str, usual: str) -> Path | None:
    """Return the path that a variable names, else the usual one below the home directory, if any."""
    home = home_in(environment)
    named = environment.get(variable, "") if variable else ""
    if named.startswith("~/"):
        named = home + named[1:]
    if not named and not home:
        return None
    return Path(named or f"{home}/{usual}")


def read_text(path: Path | None) -> str:
    """Return the text; empty where there is no such file. Raises ConfigError."""
    if path is None:
        return ""
    try:
        return path.read_text("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            "cannot read {path}: {reason}", path=path, reason=type(error).__name__, hint="ls -l '{path}'"
        ) from None


def read_ini(path: Path | None, *, comments: tuple[str, ...] = ()) -> Sections:
    """Return the sections of an INI file; `comments` begin a comment inside a value. Raises ConfigError."""
    from configparser import Error, ParsingError, RawConfigParser

    parser = RawConfigParser(
        default_section="\0", strict=False, interpolation=None, inline_comment_prefixes=comments or None
    )
    try:
        parser.read_string(read_text(path))
    except Error as error:
        line = getattr(error, "lineno", 0) or (error.errors[0][0] if isinstance(error, ParsingError) else 1)
        # The parser's own words would quote the line, and that line may hold a key.
        raise ConfigError(
            "{path}:{line}: this line is neither [section] nor key = value",
            path=path,
            line=line,
            hint="mend that line",
        ) from None
    return {name: dict(parser.items(name)) for name in parser.sections()}


def read_json(path: Path | None) -> Mapping[str, object]:
    """Return the object in a JSON file; an empty one where there is no file. Raises ConfigError."""
    import json

    text = read_text(path)
    if not text.strip():
        return {}
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ConfigError(
            "{path}:{line}: this is no JSON",
            path=path,
            line=getattr(error, "lineno", 1),
            hint="mend that line",
        ) from None
    if not isinstance(found, dict):
        raise ConfigError("{path} holds no JSON object", path=path, hint="mend that file")
    return found


def texts_in(found: object) -> Mapping[str, str]:
    """Return the scalar values of an object as text; empty for what is no object."""
    if not isinstance(found, dict):
        return {}
    return {
        str(name): str(value)
        for name, value in found.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    }


def number_in(text: str, place: str) -> int:
    """Return a count of seconds; 0 for an empty text."""
    if not text:
        return 0
    if not text.isdecimal():
        raise ConfigError("{place}: {text!r} is no number of seconds", place=place, text=text, hint="3600")
    return int(text)


def quoted(text: object) -> str:
    """Return a text as one word of a shell."""
    from shlex import quote

    return quote(str(text))


def sed_out(path: Path, section: str, keys: tuple[str, ...]) -> str:
    """Return the command that deletes lines with these keys from one section of an INI file."""
    import re

    found = re.escape(section).replace("/", "\\/")
    names = "|".join(keys)
    script = f"/^\\[{found}\\]/,/^\\[/{{/^[[:space:]]*({names})[[:space:]]*=/d}}"
    return f"sed -i -E {quoted(script)} {quoted(path)}"
