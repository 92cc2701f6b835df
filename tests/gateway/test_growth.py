"""No table of a gateway holds more because more was asked: looked for in all that hangs on it."""

from __future__ import annotations

import secrets
from collections import OrderedDict, deque
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.gateway_soak import asks
from tests.gateway.house import NO_LIMITS, Running, running, waited
from voicectl.gateway.audio_store import MOST_SOUNDS
from voicectl.gateway.keys import Env

pytestmark = pytest.mark.slow

BOUNDED = {"store._kept": MOST_SOUNDS}
"""What holds more for a while, and how much at most."""
ROUNDS = 25


def tables(root: object, name: str = "", seen: set[int] | None = None) -> Iterator[tuple[str, int]]:
    """Yield how much every table holds that hangs on an object of ours, by the way that leads to it."""
    seen = set() if seen is None else seen
    if id(root) in seen:
        return
    seen.add(id(root))
    if isinstance(root, dict | list | set | deque | OrderedDict):
        yield name, len(root)
        for value in list(root.values() if isinstance(root, dict) else root)[:20]:
            yield from tables(value, f"{name}[]", seen)
        return
    if not type(root).__module__.startswith("voicectl.gateway"):
        return
    for attribute in attributes(root):
        yield from tables(getattr(root, attribute, None), f"{name}.{attribute}".lstrip("."), seen)


def attributes(thing: object) -> Iterator[str]:
    for each in type(thing).__mro__:
        yield from getattr(each, "__slots__", ())
    yield from getattr(thing, "__dict__", {})


def sizes(team: Running) -> dict[str, int]:
    gateway = team.gateway
    assert gateway is not None
    waited(lambda: not gateway.team.inflight and not gateway.crew.busy, "all to be over")
    found: dict[str, int] = {}
    for name, size in tables(gateway):
        found[name] = found.get(name, 0) + size
    return found


def ask_everything(team: Running, key: str) -> None:
    """Ask all kinds of things, no two of them alike."""
    for ask in asks(team, key):
        ask()
    for fields in ({"voice": secrets.token_hex(8)}, {"model": f"sandbox/{secrets.token_hex(8)}"}):
        team.speak(key, secrets.token_hex(8), **fields)
    team.ask("GET", f"/{secrets.token_hex(8)}", key=key, headers={"X-Request-Id": secrets.token_hex(8)})
    team.ask(f"M{secrets.token_hex(3)}".upper(), "/v1/tts", key=key)
    team.ask("GET", f"/v1/audio/voices?model={secrets.token_hex(8)}", key=key)


def test_no_table_grows_with_what_is_asked(tmp_path: Path) -> None:
    with running(tmp_path / "g", env=Env.TEST, metrics_per_key=True) as team:
        key = team.keys.issue(env=Env.TEST, limits=NO_LIMITS._replace(per_minute=10**6, concurrency=99))
        for _ in range(3):
            ask_everything(team, key)
        before = sizes(team)
        for _ in range(ROUNDS):
            ask_everything(team, key)
        after = sizes(team)
    assert len(before) > 20, "that was no look at all there is"
    assert {"store._kept", "metrics._children"} <= before.keys(), before
    grown = {
        name: (before.get(name, 0), size) for name, size in after.items() if size > before.get(name, 0) + 3
    }
    assert grown.keys() <= BOUNDED.keys(), grown
    assert all(after[name] <= most for name, most in BOUNDED.items())
