"""What a run has come to, as Prometheus reads it from a file. Writing the file is the face's matter.

The format: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from voicectl.actions.batch import Count, Status

BUCKETS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0)
SUMS = {
    "characters": "Characters of the texts, as received.",
    "billed_characters": "Characters that the vendor says it billed.",
    "duration_seconds": "Seconds of sound.",
    "bytes": "Bytes of sound.",
}
NAMES = {"duration_seconds": "audio_seconds", "bytes": "audio_bytes"}


class Run(NamedTuple):
    """Whose run it was, how long it took, and when it ended, in seconds since 1970."""

    command: str
    vendor: str
    seconds: float
    ended_at: float


def prometheus_text(count: Count, run: Run) -> str:
    """Return the metrics of a run; those that nothing was told for are left out."""
    labels = {"command": run.command, "vendor": run.vendor}
    return "".join(f"{line}\n" for line in _lines(count, run, labels))


def _lines(count: Count, run: Run, labels: Mapping[str, str]) -> Iterator[str]:
    yield from _head("items_total", "counter", "Items by how they ended.")
    for status in Status:
        yield _sample("items_total", {**labels, "status": status.value}, count.of[status])
    yield from _head(
        "errors_total", "counter", "Items that failed, by the vendor's code or the kind of failure."
    )
    for code, number in sorted(count.errors.items()):
        yield _sample("errors_total", {**labels, "code": code}, number)
    for fact, words in SUMS.items():
        if fact in count.sums:
            name = f"{NAMES.get(fact, fact)}_total"
            yield from _head(name, "counter", words)
            yield _sample(name, labels, count.sums[fact])
    yield from _histogram(count, labels)
    yield from _head("run_seconds", "gauge", "How long the run took.")
    yield _sample("run_seconds", labels, round(run.seconds, 3))
    yield from _head("run_end_timestamp_seconds", "gauge", "When the run ended, or was seen last.")
    yield _sample("run_end_timestamp_seconds", labels, round(run.ended_at, 3))


def _histogram(count: Count, labels: Mapping[str, str]) -> Iterator[str]:
    name = "item_duration_seconds"
    yield from _head(name, "histogram", "How long items took that went well, without waiting for our limits.")
    ordered = sorted(count.ms)
    for bound in BUCKETS:
        within = bisect_right(ordered, 1000 * bound)
        yield _sample(f"{name}_bucket", {**labels, "le": f"{bound:g}"}, within)
    yield _sample(f"{name}_bucket", {**labels, "le": "+Inf"}, len(count.ms))
    yield _sample(f"{name}_sum", labels, sum(count.ms) / 1000)
    yield _sample(f"{name}_count", labels, len(count.ms))


def _head(name: str, kind: str, words: str) -> Iterator[str]:
    yield f"# HELP voicectl_{name} {words}"
    yield f"# TYPE voicectl_{name} {kind}"


def _sample(name: str, labels: Mapping[str, str], value: float) -> str:
    told = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    return f"voicectl_{name}{{{told}}} {value!r}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
