"""Promises about sound that is kept for a while: for whom, for how long, how much, and for whom beside us."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from voicectl.core.audio import Container
from voicectl.core.errors import ConfigError
from voicectl.gateway.audio_store import TTL_SECONDS, AudioStore, Kept
from voicectl.gateway.limits import Tick

NUMBERS = count()


@dataclass
class Clock:
    now: Tick = field(default_factory=lambda: Tick(1_800_000_000.0, 100.0))

    def __call__(self) -> Tick:
        return self.now

    def later(self, seconds: float) -> None:
        self.now = Tick(self.now.unix + seconds, self.now.steady + seconds)


def store(clock: Callable[[], Tick], shared: Path | None = None, **more: int) -> AudioStore:
    return AudioStore(
        new_id=lambda: f"{next(NUMBERS):032x}", now=clock, shared=str(shared) if shared else "", **more
    )


def kept(
    store: AudioStore, clock: Clock, key_id: str = "K7abcdef", media_type: str = "audio/wav"
) -> tuple[str, Kept]:
    name, path = store.place(Container(media_type.partition("/")[2].partition(";")[0]), key_id)
    path.write_bytes(b"0123456789")
    os.utime(path, (clock.now.unix, clock.now.unix))
    return name, store.keep(name, path, key_id, media_type)


def test_it_is_there_for_its_key_until_its_time_is_over() -> None:
    clock = Clock()
    own = store(clock)
    name, found = kept(own, clock)
    assert own.find(name, "K7abcdef") == found
    assert own.find(name, "Kother00") is None
    clock.later(TTL_SECONDS - 1)
    own.sweep()
    assert own.find(name, "K7abcdef") == found
    clock.later(1)
    assert own.find(name, "K7abcdef") is None
    own.sweep()
    assert not found.path.exists()
    own.close()


@pytest.mark.parametrize("most", [{"most_bytes": 25}, {"most_sounds": 2}], ids=str)
def test_the_oldest_makes_room(most: dict[str, int]) -> None:
    clock = Clock()
    own = store(clock, **most)
    names = [kept(own, clock)[0] for _ in range(3)]
    assert [own.find(name, "K7abcdef") is not None for name in names] == [False, True, True]
    own.close()


def test_its_own_directory_goes_with_it_and_a_shared_one_stays(tmp_path: Path) -> None:
    clock = Clock()
    for each, stays in ((store(clock), False), (store(clock, tmp_path / "s"), True)):
        _, found = kept(each, clock)
        each.close()
        assert found.path.exists() is stays


@pytest.mark.parametrize("media_type", ["audio/wav", "audio/pcm;rate=24000;channels=1"])
def test_another_gateway_finds_it_for_the_same_key_and_as_long(tmp_path: Path, media_type: str) -> None:
    clock = Clock()
    one, other = store(clock, tmp_path / "s"), store(clock, tmp_path / "s")
    name, found = kept(one, clock, media_type=media_type)
    assert other.find(name, "K7abcdef") is None
    assert other.find_elsewhere(name, "K7abcdef") == found
    assert other.find_elsewhere(name, "Kother00") is None
    clock.later(TTL_SECONDS)
    assert other.find_elsewhere(name, "K7abcdef") is None


@pytest.mark.parametrize(
    "name",
    ["", "..", "../K7abcdef/x.wav", "output_*.wav", "output_" + "0" * 31 + "*.wav", "x.wav", ".hidden"],
)
def test_no_name_leads_elsewhere(tmp_path: Path, name: str) -> None:
    clock = Clock()
    shared = store(clock, tmp_path / "s")
    kept(shared, clock)
    (tmp_path / "s" / "K7abcdef" / "x.wav").write_bytes(b"mine")
    assert shared.find_elsewhere(name, "K7abcdef") is None


def test_what_a_dead_gateway_left_is_deleted_when_nobody_can_want_it(tmp_path: Path) -> None:
    clock = Clock()
    dead, alive = store(clock, tmp_path / "s"), store(clock, tmp_path / "s")
    _, old = kept(dead, clock)
    clock.later(2 * TTL_SECONDS + 1)
    _, fresh = kept(dead, clock)
    alive.sweep_shared()
    assert (old.path.exists(), fresh.path.exists()) == (False, True)


def test_a_shared_directory_is_private(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir(mode=0o750)
    with pytest.raises(ConfigError):
        store(Clock(), tmp_path / "s")
    made = store(Clock(), tmp_path / "new" / "s")
    assert made.is_shared
    assert (tmp_path / "new" / "s").stat().st_mode & 0o777 == 0o700
