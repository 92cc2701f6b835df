"""The sandbox's own doors: its clock, its faults, how calls end, and what has happened. No vendor is here."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from voicectl.core.request import Request
from voicectl.gateway.sandbox.cloud import Cloud, Fault
from voicectl.gateway.wire import Answer, as_json

OWN = "/_sandbox/"
FAULTS = (
    "429 500 502 503 504 html hang slow cut reset drop clock expired throttle: hang and slow take seconds, "
    "clock is that far off, reset hangs up after the deed is done and drop before it, throttle is 'too much' "
    "in the vendor's own words"
)


def is_loopback(host: str) -> bool:
    """Say whether a Host header names this machine: a page elsewhere may have bent its own name to it."""
    name = (host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host).lower()
    return (
        (name.startswith("127.") and name.replace(".", "").isdigit())
        or name in ("localhost", "[::1]")
        or name.endswith(".localhost")
    )


def opened(cloud: Cloud, request: Request) -> Answer:
    """Answer at one of the doors."""
    door = request.path.removeprefix(OWN)
    try:
        told: Any = json.loads(request.body or b"{}")
        is_question = (request.method, door) == ("GET", "ledger")
        found = _deeds(cloud) if is_question else _done(cloud, request, door, told)
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        return as_json(400, {"error": f"{type(error).__name__}: {error}"})
    if found is None:
        return as_json(404, {"error": f"the sandbox has no door {door!r} for {request.method}"})
    return as_json(200, found)


def _done(cloud: Cloud, request: Request, door: str, told: Any) -> object:
    match request.method, door:
        case "DELETE", "ledger":
            cloud.ledger.clear()
        case "GET", "clock":
            pass
        case "POST", "clock":
            cloud.ahead += timedelta(seconds=float(told["advance_seconds"]))
        case "POST", "fault":
            fault = Fault(**told)
            if fault.kind not in FAULTS.partition(":")[0].split():
                raise ValueError("there is no such fault, but these: " + FAULTS)
            cloud.faults.append(fault)
        case "POST", "reset":
            cloud.forget()
        case "DELETE", "fault":
            cloud.faults.clear()
        case at if at in cloud.doors:
            return cloud.doors[at](told)
        case _:
            return None
    return {"now": cloud.now.isoformat(), "faults": len(cloud.faults)}


def _deeds(cloud: Cloud) -> list[dict[str, object]]:
    return [
        {"at": deed.at.isoformat(), "vendor": deed.vendor, "kind": deed.kind, **deed.facts}
        for deed in cloud.ledger
    ]
