"""Twilio's words for where a call is, as ours, and its call resource as our value. Asking: `call.py`.

Source: https://www.twilio.com/docs/voice/api/call-resource#call-status-values
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from voicectl.core.call import Call, CallId, CallState
from voicectl.core.dates import read_date
from voicectl.vendors.twilio.places import USUAL_REGION

STATES = {
    "queued": CallState.QUEUED,
    "initiated": CallState.QUEUED,
    "ringing": CallState.RINGING,
    "in-progress": CallState.ANSWERED,
    "completed": CallState.COMPLETED,
    "busy": CallState.BUSY,
    "no-answer": CallState.NO_ANSWER,
    "failed": CallState.FAILED,
    "canceled": CallState.CANCELED,
}
PRODUCT = "voice"
MOST_DIGITS = 9


def product_of(region: str) -> str:
    """Return how a call's id tells its region: one cannot be found from another."""
    return f"{PRODUCT}-{region or USUAL_REGION}"


def region_in(product: str) -> str:
    """Return the region that a call's product tells; empty where it tells none."""
    name, _, region = product.partition("-")
    return region if name == PRODUCT else ""


def call_in(found: Mapping[str, object], region: str, now: datetime) -> Call:
    """Return what a call resource tells; a word that is not in the table is no end."""
    created = moment_of(found.get("date_created"))
    word = text_of(found.get("status"))
    return Call(
        id=CallId(
            vendor="twilio",
            product=product_of(region),
            day=(created or now).astimezone(UTC).date(),
            vendor_id=text_of(found.get("sid")),
        ),
        state=STATES.get(word, CallState.UNKNOWN),
        vendor_state=word,
        reason="" if word in STATES else "unknown_state",
        to=text_of(found.get("to")),
        created_at=created,
        ended_at=moment_of(found.get("end_time")),
        duration_seconds=seconds_of(found.get("duration")),
    )


def text_of(value: object) -> str:
    return "" if value is None else str(value)


def seconds_of(value: object) -> float | None:
    """Read a duration, which is a number in a text; None for what is none."""
    text = text_of(value)
    return float(text) if text.isdecimal() and len(text) <= MOST_DIGITS else None


def moment_of(value: object) -> datetime | None:
    """Read a time as mail writes it (RFC 2822), in UTC; None for what is none."""
    return read_date(text_of(value))
