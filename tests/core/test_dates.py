"""Dates as servers write them, today and in the old ways; times as results show them."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest

from voicectl.core.dates import read_date, written


@pytest.mark.parametrize(
    "text",
    [
        "Wed, 04 Mar 2026 05:06:07 GMT",
        "Wed, 04 Mar 2026 05:06:07 -0000",
        "Wed, 04 Mar 2026 07:06:07 +0200",
        "Wed,  4 Mar 2026 05:06:07 GMT",
        "4 Mar 2026 05:06:07 GMT",
        "Wednesday, 04-Mar-26 05:06:07 GMT",
        "Wed Mar  4 05:06:07 2026",
    ],
)
def test_every_form_is_read_as_the_same_time(text: str) -> None:
    assert read_date(text) == datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "today", "Wed, 32 Mar 2026 05:06:07 GMT", "a, b Mar c d GMT", "\ud800"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert read_date(text) is None


def test_the_usual_form_costs_no_mail() -> None:
    script = (
        "import sys\nfrom voicectl.core.dates import read_date\n"
        "assert read_date('Wed, 04 Mar 2026 05:06:07 GMT')\nassert 'email' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_results_show_times_in_utc_to_the_second() -> None:
    east = timezone(timedelta(hours=8))
    assert written(datetime(2026, 3, 4, 13, 6, 7, 890_000, east)) == "2026-03-04T05:06:07Z"
    assert written(None) is None
