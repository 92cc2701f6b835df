"""A signature's steps as one screen of text, with what cannot be seen made visible."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from voicectl.core.printable import visible

if TYPE_CHECKING:
    from voicectl.actions.sign import Shown

Heading = Callable[[str], str]
EMPTY = "(empty)"


def view(shown: Shown, heading: Heading) -> str:
    """Return labelled blocks: canonical request, string to sign, key, signature, final request."""
    trace = shown.trace
    head = [f"{trace.scheme}", f"at {trace.moment.now:%Y-%m-%dT%H:%M:%SZ}"]
    if shown.nonce:
        head.append(f"nonce {visible(shown.nonce)}")
    if shown.name:
        head.insert(0, visible(shown.name))
    blocks = [heading("  ".join(head))]
    if trace.canonical_request:
        blocks.append(heading("canonical request") + "\n" + numbered(trace.canonical_request))
    if trace.string_to_sign:
        blocks.append(heading("string to sign") + "\n" + numbered(trace.string_to_sign))
    if trace.key_steps:
        blocks.append(f"{heading('key')}        {' → '.join(visible(step) for step in trace.key_steps)}")
    if trace.scope:
        blocks.append(f"{heading('scope')}      {visible(trace.scope)}")
    size = len(shown.request.body)
    blocks.append(
        f"{heading('body')}       {size} byte{'' if size == 1 else 's'}, SHA-256 {_hash(shown.request.body)}"
    )
    if trace.signature:
        blocks.append(f"{heading('signature')}  {visible(trace.signature)}")
    blocks.append(heading("request") + "\n" + final_request(shown))
    return "\n".join(blocks)


def numbered(text: str) -> str:
    """Return lines with their numbers; blanks at an end, tabs and strange characters are shown."""
    return "\n".join(f"{number:>4} │ {seen(line)}" for number, line in enumerate(text.split("\n"), start=1))


def seen(line: str) -> str:
    """Return one line with everything in it visible: `·` for a blank at an end, escapes for the rest."""
    if not line:
        return EMPTY
    bare = line.strip(" ")
    before = len(line) - len(line.lstrip(" "))
    text = "".join(char if char == " " or not char.isspace() else _escaped(char) for char in visible(bare))
    return "·" * before + text + "·" * (len(line) - before - len(bare))


def final_request(shown: Shown) -> str:
    """Return what would travel: request line, header lines, body."""
    request = shown.request
    lines = [f"{request.method} {request.target}", *(f"{name}: {value}" for name, value in request.headers)]
    if request.body:
        lines += ["", _body(request.body)]
    return "\n".join("     " + visible(line) for line in lines)


def _body(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return f"({len(body)} bytes that are no text)"


def _hash(body: bytes) -> str:
    from hashlib import sha256

    return sha256(body).hexdigest()


def _escaped(char: str) -> str:
    return f"\\u{ord(char):04x}"
