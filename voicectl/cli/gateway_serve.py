"""What `gateway serve` starts for teams. Options: `gateway_options.py`; the sandbox: `gateway_sandbox.py`."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from voicectl.core.errors import UsageError

if TYPE_CHECKING:
    from voicectl.cli.session import Session
    from voicectl.gateway.plan import Plan
    from voicectl.gateway.webhook import Way
    from voicectl.runtime import Runtime

ID_BYTES, IDS_AT_ONCE = 16, 64
WEBHOOK_SECONDS = 5.0


def announce(session: Session, facts: Mapping[str, object], text: str) -> None:
    """Say that requests are answered now: `text` or, where a format is asked for, one object."""
    console = session.console
    if not (console.format_was_asked_for or session.options.query):
        console.text(text)
    elif console.format in ("json", "jsonl"):
        console.line(facts)
    else:
        console.result(facts, lambda: text)


def ids_from(chance: Callable[[int], bytes]) -> Callable[[], str]:
    """Return what gives 128 bits as text each time; chance is asked for many at once, which is cheaper."""
    held: list[str] = []

    def new_id() -> str:
        if not held:
            text = chance(ID_BYTES * IDS_AT_ONCE).hex()
            held.extend(text[at : at + 2 * ID_BYTES] for at in range(0, len(text), 2 * ID_BYTES))
        return held.pop()

    return new_id


def serve_team(session: Session, plan: Plan, host: str, port: int | None) -> None:
    """Serve the profiles of this command line to those who have keys."""
    from voicectl.gateway.assembly import Here
    from voicectl.gateway.limits import Tick
    from voicectl.gateway.place import directory_in, master_in
    from voicectl.gateway.posture import REDIS_VARIABLE
    from voicectl.gateway.team_start import Place, start
    from voicectl.runtime import Runtime

    def runtime_of(name: str) -> Runtime:
        if not name:
            return session.runtime
        runtime = Runtime(session.world, session.options._replace(profile=name, vendor=""))
        runtime.warn, runtime.tell = session.runtime.warn, session.runtime.tell
        return runtime

    def still_of(name: str) -> Runtime:
        named = session.options._replace(profile=name, vendor="") if name else session.options
        return Runtime(session.world, named._replace(dry_run=True))

    def way() -> Way:
        # A pool of its own, which is not patient: what waits for a webhook waits in a line.
        options = session.options._replace(timeout=WEBHOOK_SECONDS, connect_timeout=WEBHOOK_SECONDS)
        return Runtime(session.world, options).http

    def announced(place: Place) -> None:
        announce(session, {**place._asdict(), "pid": os.getpid()}, place.url or f"unix:{place.socket}")

    url = plan.redis_url or session.world.environ.get(REDIS_VARIABLE, "")
    if plan.reads_keys_there and not url:
        raise UsageError(
            "--redis-keys wants to know where", hint="--redis rediss://USER:PASSWORD@HOST:6379/0"
        )
    start(
        replace(plan, host=host, port=port, redis_url=url),
        Here(lambda: Tick(time.time(), session.world.monotonic()), ids_from(secrets.token_bytes)),
        directory_in(session.runtime.directories.state),
        runtime_of=runtime_of,
        still_of=still_of,
        master=lambda: master_in(session.world.environ, session.runtime.stores, make=True),
        out=session.console,
        announce=announced,
        way=cache(way),
    )
