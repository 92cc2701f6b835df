"""The options by which a call is described and followed, and how their words are read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from voicectl.cli.inputs import read_input
from voicectl.cli.speech_options import named_values
from voicectl.core.errors import UsageError
from voicectl.core.text import decode

if TYPE_CHECKING:
    from voicectl.world import World


class OnLimit(StrEnum):
    """What to do where a number was called as often as it may be."""

    REFUSE = "refuse"
    WAIT = "wait"


WORDS, WAITING = "The call", "Waiting for its end"
"""The headings in help over what a call is, and over how it is followed."""

To = Annotated[list[str] | None, typer.Option("--to", metavar="NUMBER", help="Whom to call; repeatable.")]
From = Annotated[
    str, typer.Option("--from", metavar="NUMBER", help="The number that is shown.", rich_help_panel=WORDS)
]
SpokenText = Annotated[
    str,
    typer.Option("--text", metavar="TEXT", help="What to say, where texts are free.", rich_help_panel=WORDS),
]
Template = Annotated[
    str,
    typer.Option(
        "--template", metavar="ID", help="An approved template of the vendor.", rich_help_panel=WORDS
    ),
]
Var = Annotated[
    list[str] | None,
    typer.Option(
        "--var", metavar="NAME=VALUE", help="A variable of the template; repeatable.", rich_help_panel=WORDS
    ),
]
VarFile = Annotated[
    str,
    typer.Option(
        "--var-file",
        metavar="FILE",
        help="Read variables there, a line each; - is stdin.",
        rich_help_panel=WORDS,
    ),
]
VoiceFile = Annotated[
    str, typer.Option("--voice-file", metavar="ID", help="A sound file at the vendor.", rich_help_panel=WORDS)
]
CallVoice = Annotated[
    str, typer.Option("--voice", metavar="ID", help="Who speaks a --text.", rich_help_panel=WORDS)
]
PlayTimes = Annotated[
    int, typer.Option("--play-times", metavar="N", min=0, help="Say it this often.", rich_help_panel=WORDS)
]
CallVolume = Annotated[
    int | None,
    typer.Option("--volume", metavar="V", help="Loudness, as the vendor counts.", rich_help_panel=WORDS),
]
Schedule = Annotated[
    str,
    typer.Option(
        "--schedule", metavar="TIME", help="Not before then: 2026-01-02T15:04+08:00.", rich_help_panel=WORDS
    ),
]
OutId = Annotated[
    str,
    typer.Option("--out-id", metavar="X", help="A mark that comes back in reports.", rich_help_panel=WORDS),
]
OperationName = Annotated[
    str,
    typer.Option("--operation", metavar="NAME", help="The vendor's own operation.", rich_help_panel=WORDS),
]
Param = Annotated[
    list[str] | None,
    typer.Option(
        "--param", metavar="NAME=VALUE", help="A parameter of this vendor; repeatable.", rich_help_panel=WORDS
    ),
]
Key = Annotated[
    str | None,
    typer.Option("--idempotency-key", metavar="K", help="The same key and number never ring twice."),
]
NoLedger = Annotated[bool, typer.Option("--no-ledger", help="Keep no note of it; limits then count nothing.")]
Limit = Annotated[
    OnLimit, typer.Option("--on-limit", help="What to do when a number was called often enough.")
]
Wait = Annotated[
    bool,
    typer.Option("--wait", help="Follow the call to its end; exit 0, or 10 to 15.", rich_help_panel=WAITING),
]
Poll = Annotated[
    float,
    typer.Option("--poll", metavar="S", min=0.1, help="Ask this often, in seconds.", rich_help_panel=WAITING),
]
WaitTimeout = Annotated[
    str,
    typer.Option(
        "--wait-timeout", metavar="TIME", help="Give up after so long: 90s, 2h.", rich_help_panel=WAITING
    ),
]
MinSeconds = Annotated[
    float,
    typer.Option(
        "--min-seconds",
        metavar="N",
        min=0,
        help="Count a shorter call as no answer.",
        rich_help_panel=WAITING,
    ),
]
UntilAnswered = Annotated[
    bool,
    typer.Option(
        "--until-answered", help="Call each in order, until one has answered.", rich_help_panel=WAITING
    ),
]


def variables(words: Sequence[str], file: str, world: World) -> dict[str, str]:
    """Read `--var` words and the lines of `--var-file`; a word wins over a line. Values stay as they are."""
    if not file:
        return named_values("--var", words)
    lines = [line.removesuffix("\r") for line in decode(read_input(world, file)).split("\n")]
    told = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if any(not name or not equals for name, equals, _ in (line.partition("=") for line in told)):
        # The line itself may be a code, which is no one's to see.
        raise UsageError("--var-file wants NAME=VALUE in each line", hint="code=0123")
    return {**named_values("--var-file", told), **named_values("--var", words)}


def key_given(word: str | None) -> str:
    """Return the idempotency key; UsageError for an empty one, say of a variable that is not set."""
    if word is not None and not word.strip():
        raise UsageError("the idempotency key is empty", hint="--idempotency-key alarm-20260102-1")
    return word or ""


def moment(word: str) -> datetime | None:
    """Read the time of `--schedule`; it has to name its zone. None where nothing was given."""
    if not word:
        return None
    try:
        found = datetime.fromisoformat(word)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise UsageError(
            "--schedule wants a time with its zone, not {word!r}",
            word=word,
            hint="--schedule 2026-01-02T15:04:05+08:00",
        )
    return found


def day(word: str) -> date | None:
    """Read the day of `--date`; None where nothing was given."""
    if not word:
        return None
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise UsageError("--date wants a day, not {word!r}", word=word, hint="--date 2026-01-02") from None
