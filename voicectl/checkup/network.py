"""What `doctor --network` asks, all unsigned. What is made of it: `actions/check_network.py`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from voicectl.actions import check_network
from voicectl.core.checkup import Finding, failed_by, not_checked
from voicectl.core.errors import VoicectlError

if TYPE_CHECKING:
    from voicectl.checkup.scene import Scene
    from voicectl.core.endpoint import Endpoint
    from voicectl.profiles.choice import Choice

Ahead = dict[str, timedelta | None]
"""How far the clock of each host that was asked is before ours, where it told."""


def network(scene: Scene) -> Iterator[Finding]:
    """Ask each service that an account here uses, once a host."""
    ahead: Ahead = {}
    mirrors: set[tuple[str, str]] = set()
    for choice in scene.choices:
        yield from _services(scene, choice, ahead, mirrors)
    if not scene.choices:
        yield not_checked("endpoints", "no account here has services to ask", "voicectl profile add NAME")
    yield check_network.clock({host: by for host, by in ahead.items() if by is not None})


def _services(scene: Scene, choice: Choice, ahead: Ahead, mirrors: set[tuple[str, str]]) -> Iterator[Finding]:
    from voicectl.accounts import identity_of

    vendor = choice.vendor
    try:
        identity = identity_of(scene.runtime, choice)
    except VoicectlError as error:
        yield not_checked(f"endpoint {vendor}", str(error), error.hint)
        return
    try:
        endpoints = identity.endpoints()
    except VoicectlError as error:
        yield failed_by(f"endpoint {vendor}", error)
        return
    for endpoint in dict.fromkeys(endpoints):
        if endpoint.host not in ahead:
            ahead[endpoint.host] = None
            yield check_network.endpoint(endpoint.host, partial(_reach, scene, endpoint, ahead))
    mirror = identity.mirror
    if (seen := (vendor, mirror.host if mirror else "")) in mirrors:
        return
    mirrors.add(seen)
    yield check_network.seen_from(vendor, partial(_text_at, scene, mirror) if mirror else None)


def _reach(scene: Scene, endpoint: Endpoint, ahead: Ahead) -> int:
    """Ask for the root of a service; keep how far its clock is before ours."""
    from voicectl.core.dates import read_date

    clock = scene.runtime.clock
    before = clock.moment().now
    with scene.runtime.http.open(endpoint.request("GET", "/")) as reply:
        if theirs := read_date(reply.headers.get("date", "")):
            ahead[endpoint.host] = check_network.ahead_of(theirs, before, clock.moment().now)
        return reply.status


def _text_at(scene: Scene, endpoint: Endpoint) -> str:
    with scene.runtime.http.open(endpoint.request("GET", "/")) as reply:
        return next(reply.chunks, b"")[:200].decode("utf-8", "replace")
