"""Variables written so that a shell or a file of variables gives back every character. Pure text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from voicectl.core.errors import UsageError
from voicectl.core.exports import Exports

PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.,:/@%+=")
"""What needs no quotes in any reader of files of variables."""


def text_of(exports: Exports, form: str, gone: Sequence[str], delimiter: str) -> str:
    """Return all lines in one form; `gone` are variables to unset, `delimiter` occurs in no value."""
    if form not in FORMS:
        raise UsageError(
            "--format can be {known}, not {form!r}", known=", ".join(FORMS), form=form, hint="--format sh"
        )
    set_line, gone_line = FORMS[form]
    lines = [gone_line(name) for name in gone if name in exports.others]
    lines += [set_line(name, text, delimiter) for name, text in exports.variables.items()]
    return "".join(f"{line}\n" for line in lines)


def masks(exports: Exports) -> str:
    """Return the commands by which a GitHub runner hides the secrets in its log.

    Specification: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
    """
    hidden = [exports.variables[name] for name in sorted(exports.secret)]
    return "".join(f"::add-mask::{_runner_text(line)}\n" for text in hidden for line in text.splitlines())


def _sh(name: str, text: str, delimiter: str) -> str:
    quoted = text.replace("'", "'\\''")
    return f"export {name}='{quoted}'"


def _fish(name: str, text: str, delimiter: str) -> str:
    quoted = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"set -gx {name} '{quoted}'"


def _dotenv(name: str, text: str, delimiter: str) -> str:
    """Write for the many readers of such files, which agree on less the odder a value is."""
    if set(text) <= PLAIN:
        return f"{name}={text}"
    if "'" not in text and "\\\\" not in text and not text.endswith("\\"):
        return f"{name}='{text}'"
    escaped = "".join(f"\\{sign}" if sign in '\\"$`' else sign for sign in text)
    return f'{name}="{escaped}"'


def _github(name: str, text: str, delimiter: str) -> str:
    """Write for the file that `GITHUB_ENV` names."""
    return f"{name}<<{delimiter}\n{text}\n{delimiter}" if "\n" in text else f"{name}={text}"


def _runner_text(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D")


Line = Callable[[str, str, str], str]
FORMS: Mapping[str, tuple[Line, Callable[[str], str]]] = {
    "sh": (_sh, lambda name: f"unset {name}"),
    "fish": (_fish, lambda name: f"set -e {name}"),
    "dotenv": (_dotenv, lambda name: f"{name}="),
    "github": (_github, lambda name: f"{name}="),
}
"""How each form sets a variable and takes one away; a file of variables can only empty it."""
