"""The options by which a batch is described, and how their words are read. The run: `batch_run.py`."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Annotated

import typer

from voicectl.core.errors import UsageError

if TYPE_CHECKING:
    from voicectl.actions.batch import Shard

Manifest = Annotated[str, typer.Argument(metavar="FILE", help="Rows: .jsonl, .csv or .tsv; - is stdin.")]
OutDir = Annotated[str, typer.Option("--out-dir", metavar="DIR", help="Write the files there.")]
Name = Annotated[
    str, typer.Option("--name", metavar="TEMPLATE", help="What files are called, as {lang}/{id}; else {id}.")
]
AtOnce = Annotated[
    int | None,
    typer.Option("--jobs", metavar="N", min=1, help="Do so many rows at once (usually 4)."),
]
RateLimit = Annotated[
    str,
    typer.Option("--rate-limit", metavar="N", help="Begin so many a second (50, 50/s) or a minute (3000/m)."),
]
RateLimitStore = Annotated[
    str,
    typer.Option("--rate-limit-store", metavar="URL", help="Share that limit over machines: redis://HOST."),
]
Resume = Annotated[bool, typer.Option("--resume", help="Leave alone what an earlier run has done.")]
Part = Annotated[str, typer.Option("--shard", metavar="K/N", help="Do the K-th of N parts only: 3/16.")]
MetricsFile = Annotated[
    str, typer.Option("--metrics-file", metavar="FILE", help="Write figures for Prometheus there.")
]

SECONDS = {"s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600, "hour": 3600}


def per_second(word: str) -> float:
    """Read `50`, `50/s`, `3000/m` or `1000/h`; 0 where nothing was given."""
    if not word:
        return 0.0
    number, _, unit = word.replace(" ", "").partition("/")
    try:
        rate = float(number) / SECONDS[unit.lower() or "s"]
    except (ValueError, KeyError):
        rate = 0.0
    if not (rate > 0 and isfinite(rate)):
        raise UsageError(
            "--rate-limit wants a number a second or a minute, not {word!r}",
            word=word,
            hint="--rate-limit 50/s or --rate-limit 3000/m",
        )
    return rate


def shard_of(word: str) -> Shard:
    """Read `3/16`; the whole where nothing was given."""
    from voicectl.actions.batch import Shard

    if not word:
        return Shard()
    number, _, count = word.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise UsageError(
            "--shard wants a part of all parts, from 1, not {word!r}",
            word=word,
            hint="--shard 1/16 up to --shard 16/16",
        )
    return Shard(int(number), int(count))
