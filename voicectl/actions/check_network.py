"""Can the vendors be reached, and do their clocks agree with ours? Nothing here signs or holds a key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address

from voicectl.core.checkup import Finding, failed, failed_by, not_checked, ok, warning
from voicectl.core.errors import ConfigError, VoicectlError

NOTICED, TOO_FAR = timedelta(seconds=30), timedelta(minutes=4)
"""The strictest vendor refuses what is five minutes old, and a request takes its time."""
SET_CLOCK = "sudo timedatectl set-ntp true"


def proxies(variable_for: Callable[[str], str]) -> Finding:
    """Judge the proxy variables; `variable_for` returns which one counts for a scheme, or raises."""
    try:
        used = {scheme: variable_for(scheme) for scheme in ("https", "http")}
    except ConfigError as error:
        return failed_by("proxy", error)
    if used["http"] and not used["https"]:
        detail = f"{used['http']} is for http only; vendors are asked by https, past that proxy"
        return warning("proxy", detail, f'export HTTPS_PROXY="${used["http"]}"')
    return ok("proxy", f"{used['https']} names one that can be read" if used["https"] else "none is set")


def certificates(build: Callable[[], object], source: str) -> Finding:
    """Judge the certificates that are trusted; `build` raises ConfigError where they cannot be used."""
    try:
        build()
    except ConfigError as error:
        return failed_by("certificates", error)
    return ok("certificates", f"those of {source} are trusted")


def endpoint(place: str, reach: Callable[[], int]) -> Finding:
    """Judge whether a service is there: any HTTP status shows that name, connection and TLS are good."""
    try:
        status = reach()
    except VoicectlError as error:
        return failed_by(f"endpoint {place}", error, _next_step(place, error))
    return ok(f"endpoint {place}", f"name, connection and TLS are good (HTTP {status})")


def _next_step(place: str, error: VoicectlError) -> str:
    if error.hint:
        return error.hint
    if error.facts.get("cause") == "name":
        return f"check the region and the name server: getent hosts {place.partition(':')[0]}"
    return "check firewall, proxy and --endpoint-url"


def clock(ahead: Mapping[str, timedelta]) -> Finding:
    """Judge our clock by theirs; `ahead` is how far each host's is before ours."""
    if not ahead:
        return not_checked("clock", "no vendor told the time")
    host, difference = max(ahead.items(), key=lambda item: abs(item[1]))
    if abs(difference) <= NOTICED:
        return ok("clock", f"it agrees with that of {host}")
    side = "behind" if difference > timedelta(0) else "ahead"
    detail = f"your clock is {spelled(abs(difference))} {side} that of {host}"
    return (failed if abs(difference) > TOO_FAR else warning)("clock", detail, SET_CLOCK)


def ahead_of(theirs: datetime, asked: datetime, answered: datetime) -> timedelta:
    """Return how far their clock is before ours, by the middle of the exchange."""
    return theirs - (asked + (answered - asked) / 2)


def seen_from(vendor: str, ask: Callable[[], str] | None) -> Finding:
    """Tell the address that the vendor sees, which allow-lists want; `ask` is None where it tells none."""
    check = f"address {vendor}"
    if ask is None:
        return not_checked(check, f"{vendor} has no service that tells the address it sees")
    try:
        text = ask().strip()
        return ok(check, f"{vendor} sees {ip_address(text)}")
    except ValueError:
        return not_checked(check, "the answer was no address")
    except VoicectlError as error:
        return not_checked(check, str(error), error.hint)


def spelled(length: timedelta) -> str:
    """Write a length of time: `8 min 5 s`."""
    minutes, seconds = divmod(round(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts: Sequence[tuple[int, str]] = ((hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"
