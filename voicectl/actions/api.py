"""One raw call: parameters from words, and what a good answer says. How it is asked: `vendors/*/api.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from voicectl.core.api import Prepared
from voicectl.core.errors import BrokenAnswer, UsageError
from voicectl.core.request import Reply

FROM_FILE = "@"
EXAMPLE = "Name=value, Name:=JSON, or Name=@FILE"


def parameters(words: Iterable[str], read: Callable[[str], bytes]) -> dict[str, object]:
    """Read `Name=text`, `Name:=JSON` and either from `@FILE`; a name given twice is a list.

    `read` returns the bytes of a file by its name. One line end at the end of a file is not part of a text.
    """
    found: dict[str, list[object]] = {}
    for word in words:
        name, equals, text = word.partition("=")
        is_json, name = name.endswith(":"), name.removesuffix(":")
        if not (name and equals):
            raise UsageError("{word!r} is no parameter", word=word, example=EXAMPLE, hint="{example}")
        if text.startswith(FROM_FILE):
            text = _text(read(text.removeprefix(FROM_FILE)), name)
        found.setdefault(name, []).append(_json(text, name) if is_json else text)
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


def ask(prepared: Prepared) -> Reply:
    """Send the call: again after a failure only where it reads."""
    return prepared.client.send(prepared.request, repeatable=prepared.reads, action=prepared.action)


def content_of(prepared: Prepared, reply: Reply) -> object:
    """Return the JSON that came; BrokenAnswer for anything else."""
    found = prepared.content(reply)
    if found is None:
        raise BrokenAnswer(
            "the vendor did it, but its answer ({kind}, {bytes} bytes) is no JSON",
            kind=reply.headers.get("content-type") or "of no type",
            bytes=len(reply.body),
            hint="-o FILE keeps what comes as it is",
        )
    return found


def _text(content: bytes, name: str) -> str:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise UsageError(
            "the file for {name} is no UTF-8", name=name, hint="--data @FILE sends bytes"
        ) from None
    return text.removesuffix("\n").removesuffix("\r")


def _json(text: str, name: str) -> object:
    import json

    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        # What was meant to be JSON may hold a secret, so that it is not repeated.
        raise UsageError(
            "the value of {name} is no JSON",
            name=name,
            hint="{name}=VALUE for a text, {name}:=1 for a number",
        ) from None
