"""The words and lines of a batch: progress, results, summary. When each is due: `batch_run.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from voicectl.actions.batch import Count, Outcome, Status
from voicectl.cli.figures import about, duration
from voicectl.core.printable import visible

if TYPE_CHECKING:
    from voicectl.cli.console import Console

MOST_CODES = 8


class Lines:
    """Result lines on stdout: JSON for programs, words for people, CSV where that was asked for."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._has_header = False

    def outcome(
        self,
        outcome: Outcome,
        line: Callable[[Outcome], Mapping[str, object]],
        words: Callable[[Outcome], str],
    ) -> None:
        match self._console.format:
            case "text" | "table":
                self._console.text(words(outcome))
            case "csv":
                self._csv(line(outcome))
            case _:
                self._console.line(line(outcome))

    def summary(self, summary: Mapping[str, object], words: str) -> None:
        """Print what it came to; a table of rows has no place for it, so there stderr has."""
        match self._console.format:
            case "text" | "table":
                self._console.text(words)
            case "csv":
                self._console.note("{words}", words=words)
            case _:
                self._console.line({"summary": summary})

    def _csv(self, row: Mapping[str, object]) -> None:
        from voicectl.cli.tables import csv_text

        header, _, rest = csv_text([row]).partition("\n")
        self._console.text(rest if self._has_header else f"{header}\n{rest}")
        self._has_header = True


def summary_of(count: Count, seconds: float, failed_rows: Path | None) -> dict[str, object]:
    """Return the summary object; `seconds` is how long the run took."""
    return {
        "ok": count.of[Status.OK],
        "failed": count.of[Status.FAILED],
        "skipped": count.of[Status.SKIPPED],
        "characters": count.sums.get("characters", 0),
        "billed_characters": count.sums.get("billed_characters"),
        "duration_seconds": _rounded(count.sums.get("duration_seconds")),
        "seconds": round(seconds, 3),
        "success_rate": count.success_rate,
        "p50_ms": count.percentile(50),
        "p95_ms": count.percentile(95),
        "errors_by_code": dict(count.errors.most_common()),
        "failed_rows": str(failed_rows) if failed_rows else None,
    }


def summary_words(count: Count, seconds: float) -> str:
    """Return the summary for people."""
    counts = ", ".join(f"{count.of[status]:,} {status.value}" for status in Status if count.of[status])
    words = f"{count.total:,} rows in {duration(seconds)}: {counts or 'nothing to do'}"
    if count.ms:
        words += f"; half within {count.percentile(50):,} ms, 95 % within {count.percentile(95):,} ms"
    if billed := count.sums.get("billed_characters"):
        words += f"; {billed:,} characters billed"
    codes = [f"  {number:,} x {visible(code)}" for code, number in count.errors.most_common(MOST_CODES)]
    return "\n".join([words, *codes])


def progress_words(count: Count, expected: int, seconds: float) -> str:
    """Return how far a run has come: items, rate, time left, failures."""
    done = count.total
    tried = done - count.of[Status.SKIPPED]
    rate = tried / seconds if seconds > 0 else 0.0
    words = f" {done:,}"
    if expected > done:
        words += f" of {expected:,} ({done / expected:.0%})"
    words += f", {rate:.1f}/s"
    if rate and expected > done:
        words += f", {about((expected - done) / rate)} left"
    if failed := count.of[Status.FAILED]:
        words += f", {failed:,} failed"
    return words


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
