"""Figures: what the gateway's decisions cost a request, beside nothing at all, and what a poll costs.

Run with `python tests/bench/gateway_door.py`. Exit 1 where key check and limits, with the headers that tell
of them, cost more than 25 µs.
"""

from __future__ import annotations

import sys
import tempfile
import timeit
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.gateway.doors import Gate
from voicectl.gateway.administration import Wish, issued
from voicectl.gateway.door import Admitted, Reserved, Visit
from voicectl.gateway.feelings import Wanted
from voicectl.gateway.key_file import FILE, Deed, KeyFile
from voicectl.gateway.keys import Limits
from voicectl.gateway.table import KeyTable

KEYS = 2000
LOOPS, ROUNDS = 2000, 25
MOST_MICROSECONDS = 25
AMPLE = Limits(per_minute=10**9, concurrency=10**6, characters_an_hour=10**12, characters_a_day=10**12)
PLENTY = {
    "name": "bench",
    "tags": frozenset(("tts.basic",)),
    "profiles": ("*",),
    "models": ("*",),
    "voices": ("*",),
}


def deeds() -> Mapping[str, Callable[[], object]]:
    """Return what is measured, each with all that comes before it."""
    gate = Gate()
    texts = [gate.key(limits=AMPLE, networks=("127.0.0.0/8",)).text for _ in range(100)]
    made = gate.shelf.keys[texts[50][8:16]]
    headers = [
        (b"host", b"127.0.0.1:8787"),
        (b"user-agent", b"bench"),
        (b"accept", b"*/*"),
        (b"authorization", b"Bearer " + texts[50].encode()),
        (b"content-type", b"application/json"),
        (b"content-length", b"61"),
    ]
    visit = Visit(headers, "127.0.0.1", "tts.basic")
    wanted = Wanted(text="你好，今天心情不错。", profile="work", voice="amy")
    door, now = gate.door, gate.now

    def admit() -> Admitted:
        found = door.admit(visit, now)
        assert isinstance(found, Admitted)
        found.leave()
        return found

    def answered() -> None:
        admit()
        door.headers(made, made.newest, now)

    def spoken() -> None:
        found = door.admit(visit, now)
        assert isinstance(found, Admitted)
        assert isinstance(door.reserve(found, wanted, now), Reserved)
        found.leave()
        door.headers(made, made.newest, now)

    return {
        "nothing": lambda: None,
        "key check and limits": admit,
        "and the headers of an answer": answered,
        "and the wish, its characters": spoken,
    }


def figures(measured: Mapping[str, Callable[[], object]], loops: int = LOOPS) -> dict[str, float]:
    """Return microseconds a call: the best of many rounds, taken in turns so that load hits all alike."""
    best = dict.fromkeys(measured, float("inf"))
    for _ in range(ROUNDS):
        for name, deed in measured.items():
            best[name] = min(best[name], timeit.timeit(deed, number=loops) / loops * 1e6)
    return best


def polls() -> dict[str, float]:
    """Return what a poll costs where nothing has changed, and where one key of many has."""
    from secrets import randbelow

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "gateway", FILE)
        admin = KeyFile(path)
        made = [issued(Wish(**PLENTY), now=0.0, who="bench", below=randbelow).key for _ in range(KEYS)]
        for key in made:
            admin.add(key, Deed(0.0, "bench", "issue", key.id))
        table = KeyTable(KeyFile(path), lambda: 0.0)
        idle = figures({"idle": table.refresh}, loops=200)["idle"]

        def change() -> None:
            admin.change(made[7].id, lambda key: key, Deed(0.0, "bench", "touch", ""))

        def change_and_see() -> None:
            change()
            table.refresh()

        both = figures({"change": change, "seen": change_and_see}, loops=5)
        admin.close()
    return {
        f"a poll of {KEYS} keys, nothing changed": idle,
        "a poll that takes in one key": both["seen"] - both["change"],
    }


def main() -> int:
    best = {**figures(deeds()), **polls()}
    print(f"{'':40}{'µs':>8}")
    for name, cost in best.items():
        print(f"{name:40}{cost:8.1f}")
    return int(best["and the headers of an answer"] - best["nothing"] > MOST_MICROSECONDS)


if __name__ == "__main__":
    sys.exit(main())
