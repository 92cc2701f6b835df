"""What `--secret-from` takes: where a secret is read anew. Reading it: `profiles/secret_from.py`."""

from __future__ import annotations

from voicectl.core.errors import UsageError

KINDS = ("cmd:", "file:", "env:")
SHOWN = 4


def is_reference(where: str) -> bool:
    """Say whether a profile's note on where a secret rests is a reference, and no store."""
    return where.startswith(KINDS)


def check_reference(text: str) -> str:
    """Return the reference; raise UsageError for what is none."""
    kind, _, rest = text.partition(":")
    if not is_reference(text) or not rest.strip() or not text.isprintable():
        raise UsageError(
            "--secret-from wants cmd:COMMAND, file:PATH or env:NAME, not {text!r}",
            # Who gives the secret itself is not to find it in a log as well.
            text=f"{text[:SHOWN]}…",
            hint="--secret-from 'cmd:op read op://vault/voice/secret'",
        )
    if kind == "file" and not rest.startswith(("/", "~/")):
        raise UsageError(
            "{path!r} depends on the working directory", path=rest, hint="give the file's whole path"
        )
    return text
