"""Figures as people read them: times, sizes, and what a field's name tells of its unit."""

from __future__ import annotations

SIZES = ("KiB", "MiB", "GiB", "TiB")
SIZE_FIELDS = ("bytes", "most_bytes", "resumed_from")
UNITS = ("_seconds", "_ms")
TITLES = {"bytes": "size", "most_bytes": "at most", "seconds_left": "left", "ms": "took"}


def duration(seconds: float) -> str:
    """Return a time as people say it: `4.2 s`, `3 min 20 s`, `2 h 05 min`."""
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"


def about(seconds: float) -> str:
    """Return a time that nobody knows exactly."""
    return f"{seconds:.0f} s" if round(seconds) < 60 else duration(seconds)


def size(number: float) -> str:
    """Return bytes as people say them: `512 bytes`, `3.4 MiB`."""
    if number < 1024:
        return f"{number:.0f} bytes"
    for unit in SIZES:
        number /= 1024
        if round(number, 1) < 1024 or unit == SIZES[-1]:
            break
    return f"{number:.1f} {unit}"


def figure(field: str, number: float) -> str:
    """Return a number as the field of that name holds it."""
    if field.endswith("_seconds") or field == "seconds_left":
        return duration(number) if number >= 0 else f"-{duration(-number)}"
    if field.endswith("_ms") or field == "ms":
        return f"{number:.0f} ms"
    return size(number) if field in SIZE_FIELDS else str(number)


def title(field: str) -> str:
    """Return a field's name as a heading, without the unit that its figures bring."""
    if field in TITLES:
        return TITLES[field]
    for unit in UNITS:
        field = field.removesuffix(unit)
    return field.replace("_", " ")
