"""Pieces of sound wait safely: whole or not at all, and not for ever."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import ConfigError, OutputError
from voicectl.core.note import Note
from voicectl.core.shelf import Label, Shelf
from voicectl.core.tts import Mark
from voicectl.kept.memory import MemoryShelf
from voicectl.kept.pieces import FileShelf, ReadOnlyShelf
from voicectl.kept.sounds import DEAD_AFTER_SECONDS, LEAST_BYTES, clear, contents

LABEL = Label(
    format=AudioFormat(Container.PCM, 16000),
    request_id="r-1",
    billed_characters=7,
    marks=(Mark(0, 120, "你好"), Mark(120, 120, "all", is_sentence=True)),
    notes=(Note("{what} was cut", {"what": "it"}),),
)
SOUND = bytes(range(256)) * 999


def shelf(folder: Path, *, now: float = 0.0, most_bytes: int = 1 << 30) -> FileShelf:
    return FileShelf(folder / "pieces", now=lambda: now, most_bytes=most_bytes)


def keep(shelf: Shelf, key: str, sound: bytes = SOUND) -> None:
    draft = shelf.draft(key)
    for at in range(0, len(sound), 1000):
        draft.write(sound[at : at + 1000])
    draft.keep(LABEL)
    draft.close()


def test_a_kept_piece_comes_back_with_all_that_is_known_of_it(tmp_path: Path) -> None:
    keep(shelf(tmp_path), "k")
    found = shelf(tmp_path).find("k")
    assert found is not None
    assert b"".join(found.chunks) == SOUND
    told = Label(found.format, found.request_id, found.billed, tuple(found.marks), found.notes)
    assert told == LABEL


def test_what_comes_can_be_read_while_more_is_written(tmp_path: Path) -> None:
    for place in (shelf(tmp_path), MemoryShelf()):
        draft = place.draft("k")
        assert draft.read(0, 9) == b""
        draft.write(b"abc")
        assert draft.read(0, 2) == b"ab"
        draft.write(b"def")
        assert draft.read(2, 9) == b"cdef"
        draft.keep(LABEL)
        assert draft.read(6, 9) == b"", "a label is no sound"
        draft.close()


def test_a_draft_that_was_not_kept_leaves_nothing(tmp_path: Path) -> None:
    place = shelf(tmp_path)
    draft = place.draft("k")
    draft.write(SOUND)
    draft.close()
    assert not place.has("k")
    assert list((tmp_path / "pieces").iterdir()) == []


@pytest.mark.parametrize(
    "harm",
    [
        lambda data: data[:-1],
        lambda data: data[:40],
        lambda data: b"",
        lambda data: data[:100] + b"!" + data[101:],
        lambda data: data[1:],
        lambda data: data.replace(b'"r-1"', b'"r-2"'),
        lambda data: data + b"more",
        lambda data: os.urandom(len(data)),
    ],
)
def test_a_damaged_piece_is_none_and_is_dropped(harm: object, tmp_path: Path) -> None:
    keep(shelf(tmp_path), "k")
    path = tmp_path / "pieces" / "k.piece"
    path.write_bytes(harm(path.read_bytes()))  # type: ignore[operator]
    assert shelf(tmp_path).find("k") is None
    assert not path.exists()


def test_a_piece_that_another_process_drops_is_still_read_to_its_end(tmp_path: Path) -> None:
    keep(shelf(tmp_path), "k")
    found = shelf(tmp_path).find("k")
    assert found is not None
    (tmp_path / "pieces" / "k.piece").unlink()
    assert b"".join(found.chunks) == SOUND
    assert shelf(tmp_path).find("k") is None


def test_two_who_write_the_same_piece_leave_a_whole_one(tmp_path: Path) -> None:
    drafts = [shelf(tmp_path).draft("k") for _ in range(2)]
    for draft in drafts:
        draft.write(SOUND)
    for draft in drafts:
        draft.keep(LABEL)
        draft.close()
    found = shelf(tmp_path).find("k")
    assert found is not None
    assert b"".join(found.chunks) == SOUND
    assert len(list((tmp_path / "pieces").iterdir())) == 1


def filled(folder: Path, count: int, now: float) -> FileShelf:
    """Keep sounds of 20,000 bytes that were used a second after one another, the last one at `now`."""
    place = shelf(folder, now=now)
    for number in range(count):
        keep(place, f"k{number}", bytes(20_000))
        used = now - count + 1 + number
        os.utime(folder / "pieces" / f"k{number}.piece", (used, used))
    return place


def test_where_too_much_lies_what_was_not_used_for_longest_goes(tmp_path: Path) -> None:
    place = filled(tmp_path, 5, now=1000.0)
    found = place.find("k0")
    assert found is not None, "to be listened to is to be used"
    keep(shelf(tmp_path, now=2000.0, most_bytes=90_000), "new", bytes(20_000))
    kept = [name for name in ("k0", "k1", "k2", "k3", "k4", "new") if place.has(name)]
    assert kept == ["k0", "k3", "k4", "new"]
    assert contents(tmp_path).bytes <= 90_000
    assert b"".join(found.chunks) == bytes(20_000)


def test_what_a_run_itself_keeps_stays_until_there_is_twice_as_much(tmp_path: Path) -> None:
    place = shelf(tmp_path, now=1000.0, most_bytes=50_000)
    for number in range(4):
        keep(place, f"k{number}", bytes(20_000))
    assert contents(tmp_path).sounds == 4
    for number in range(9):
        keep(place, f"more{number}", bytes(20_000))
    assert contents(tmp_path).bytes <= 100_000, "or until there is twice as much"
    keep(shelf(tmp_path, now=time.time() + 9, most_bytes=50_000), "new", bytes(20_000))
    assert contents(tmp_path).sounds == 2


def test_many_small_sounds_are_too_many_as_well(tmp_path: Path) -> None:
    place = shelf(tmp_path, now=1000.0)
    for number in range(20):
        keep(place, f"k{number}", b"ab")
        os.utime(tmp_path / "pieces" / f"k{number}.piece", (number, number))
    keep(shelf(tmp_path, now=time.time(), most_bytes=10 * LEAST_BYTES), "new", b"ab")
    assert contents(tmp_path).sounds <= 10


def test_one_look_in_a_minute_is_enough_for_all_processes(tmp_path: Path) -> None:
    now = time.time()
    keep(shelf(tmp_path, now=now), "k")
    for number in range(9):
        keep(shelf(tmp_path, now=now + 1 + number, most_bytes=1), f"k{number}")
    assert contents(tmp_path).sounds == 10
    keep(shelf(tmp_path, now=now + 61, most_bytes=1), "new")
    assert contents(tmp_path).sounds == 0


def test_looking_into_the_cache_makes_no_room(tmp_path: Path) -> None:
    filled(tmp_path, 5, now=1000.0)
    place = shelf(tmp_path, now=2000.0, most_bytes=1)
    assert place.find("k1") is not None
    assert contents(tmp_path).sounds == 5


def test_drafts_of_killed_runs_go_and_living_ones_stay(tmp_path: Path) -> None:
    draft = shelf(tmp_path).draft("k")
    draft.write(SOUND)
    (path,) = (tmp_path / "pieces").iterdir()
    written = path.stat().st_mtime
    keep(shelf(tmp_path, now=written + DEAD_AFTER_SECONDS - 99, most_bytes=10), "other")
    assert path.exists()
    keep(shelf(tmp_path, now=written + DEAD_AFTER_SECONDS + 1), "third")
    assert not path.exists()
    draft.keep(LABEL)  # whoever was only asleep loses the piece, not the run
    assert draft.read(0, 3) == SOUND[:3]
    draft.close()


def test_a_shelf_that_is_only_read_adds_nothing(tmp_path: Path) -> None:
    files = shelf(tmp_path)
    keep(files, "k")
    place = ReadOnlyShelf(files)
    assert place.has("k")
    keep(place, "new")
    assert not place.has("new")
    assert contents(tmp_path).sounds == 1
    assert place.find("k") is not None


def test_clearing_leaves_nothing_and_says_what_there_was(tmp_path: Path) -> None:
    place = filled(tmp_path, 3, now=1000.0)
    draft = place.draft("half")
    draft.write(b"abc")
    before = contents(tmp_path)
    assert (before.sounds, before.unfinished) == (3, 1)
    assert clear(tmp_path) == before
    assert contents(tmp_path) == (0, 0, 0)
    assert clear(None) == clear(tmp_path / "nowhere") == (0, 0, 0)
    draft.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows has other modes")
def test_only_we_may_read_it(tmp_path: Path) -> None:
    keep(shelf(tmp_path), "k")
    assert (tmp_path / "pieces").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "pieces" / "k.piece").stat().st_mode & 0o777 == 0o600
    (tmp_path / "other").mkdir(mode=0o777)
    (tmp_path / "other").chmod(0o777)
    with pytest.raises(ConfigError, match="other users"):
        FileShelf(tmp_path / "other", now=lambda: 0.0)


def test_links_are_not_followed(tmp_path: Path) -> None:
    keep(shelf(tmp_path), "k")
    place = tmp_path / "pieces"
    (place / "link.piece").symlink_to(place / "k.piece")
    assert shelf(tmp_path).find("link") is None
    assert shelf(tmp_path).has("k")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_disk_is_an_output_error_that_says_what_to_do(tmp_path: Path) -> None:
    draft = shelf(tmp_path).draft("k")
    full = os.open("/dev/full", os.O_RDWR)
    (path,) = (tmp_path / "pieces").iterdir()
    number = next(
        int(each.name)
        for each in Path("/proc/self/fd").iterdir()
        if each.is_symlink() and each.readlink() == path
    )
    os.dup2(full, number)
    with pytest.raises(OutputError, match="No space left") as caught:
        draft.write(SOUND)
    assert "VOICECTL_NO_CACHE=1" in caught.value.hint
