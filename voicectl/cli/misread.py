"""Words that do not fit a command: what the library found, in our own templates. Printing: `failures.py`."""

from __future__ import annotations

import re
from typing import Any

from typer.exceptions import TyperException

from voicectl.core.errors import UsageError

HELP = "{command} --help"
VALUE = re.compile(r"'?(.*?)'? is not ", re.DOTALL)
EXTRA = re.compile(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", re.DOTALL)
NUMBERS = {"float": "a number", "int": "a whole number"}


def usage_error(error: TyperException, command: str) -> UsageError:
    """Return what a command line has wrong, and where to look it up."""
    param: Any = getattr(error, "param", None)
    if hasattr(error, "possibilities"):
        return no_such_option(error, command)
    if param is not None and hasattr(error, "param_type"):
        return UsageError("{what} is missing", what=_name(param), command=command, hint=HELP)
    if param is not None and (found := VALUE.match(error.message)):
        return _not_this(param, found[1], command)
    if found := EXTRA.match(error.message):
        return UsageError(
            "this command takes no more words: {words!r}", words=_cut(found[1]), command=command, hint=HELP
        )
    text = error.format_message().strip().rstrip(".")
    return UsageError("{text}", text=text[:1].lower() + text[1:], command=command, hint=HELP)


def no_such_option(error: Any, command: str, hint: str = HELP) -> UsageError:
    """Return that there is no such option, and which are near."""
    name = getattr(error, "option_name", "")
    if near := " or ".join(sorted(error.possibilities or ())):
        return UsageError(
            "there is no option {option!r}; did you mean {near}?",
            option=name,
            near=near,
            command=command,
            hint=hint,
        )
    return UsageError("there is no option {option!r}", option=name, command=command, hint=hint)


def _cut(words: str) -> str:
    """Cut a long word: it may be a key that belongs on stdin."""
    return re.sub(r"\S{20,}", lambda found: f"{found[0][:4]}…", words)


def _not_this(param: Any, value: str, command: str) -> UsageError:
    """Return what a parameter takes instead of a value."""
    facts = {"what": _name(param), "value": value, "command": command}
    if choices := getattr(param.type, "choices", None):
        possible = ", ".join(str(getattr(choice, "value", choice)) for choice in choices)
        return UsageError("{what} can be {possible}, not {value!r}", possible=possible, hint=HELP, **facts)
    return UsageError("{what} wants {wanted}, not {value!r}", wanted=_wanted(param), hint=HELP, **facts)


def _name(param: Any) -> str:
    if param.param_type_name == "option":
        return str(param.opts[-1])
    return str(param.metavar or param.name.upper())


def _wanted(param: Any) -> str:
    """Return in words which numbers a parameter takes."""
    kind = NUMBERS.get(param.type.name.split()[0], "another value")
    least, most = getattr(param.type, "min", None), getattr(param.type, "max", None)
    if least is not None and most is not None:
        return f"{kind} from {least:g} to {most:g}"
    return kind if least is None else f"{kind} from {least:g}"
