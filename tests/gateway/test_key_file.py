"""Promises about the file of keys: private, whole, without any key's text, seen by others at once."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from voicectl.core.errors import ConfigError, Guarded, NotFound, UsageError
from voicectl.gateway.administration import (
    Issued,
    Wish,
    id_in,
    issued,
    line_of,
    rotated,
    row_of,
    state_of,
    switched,
)
from voicectl.gateway.clones import Clone
from voicectl.gateway.key_file import FILE, Deed, KeyFile
from voicectl.gateway.keys import Env, Limits, Status
from voicectl.gateway.quotas import Used
from voicectl.gateway.table import KeyTable
from voicectl.gateway.usage_file import LastUse, UsageFile, file_of

NOW = 1_800_000_000.0
CHANCE = Random(5)


def deed(words: str = "test") -> Deed:
    return Deed(NOW, "ada", words, "subject", "")


def made(**wish: Any) -> Issued:
    return issued(Wish(**{"name": "web", **wish}), now=NOW, who="ada", below=CHANCE.randrange)


def again(key: Any, **how: Any) -> Issued:
    usual = {"now": NOW + 100, "overlap_seconds": 3600.0, "below": CHANCE.randrange}
    return rotated(key, **{**usual, **how})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gateway" / FILE


@pytest.fixture
def keys(path: Path) -> Iterator[KeyFile]:
    with closing(KeyFile(path)) as file:
        yield file


def test_a_key_comes_back_as_it_went(keys: KeyFile) -> None:
    one = made(
        team="蓝",
        env=Env.TEST,
        tags=frozenset(("tts.basic", "tts.clone")),
        profiles=("work", "home"),
        models=("*",),
        voices=("a",),
        networks=("10.0.0.0/8",),
        must_sign=True,
        lives_seconds=6000.5,
        limits=Limits(per_minute=None, burst=3, concurrency=None, characters_an_hour=5),
    ).key
    keys.add(one, deed())
    two = replace(one, status=Status.DISABLED, generations=again(one).key.generations)
    assert keys.get(one.id) == one
    assert keys.change(one.id, lambda key: two, deed()) == two
    assert keys.keys() == [two]


def test_the_file_holds_no_text_of_any_key(keys: KeyFile, path: Path) -> None:
    one = made()
    two = again(one.key)
    keys.add(one.key, deed("issue"))
    keys.change(one.key.id, lambda key: two.key, deed("rotate"))
    held = b"".join(each.read_bytes() for each in path.parent.iterdir())
    for text in (one.text, two.text):
        assert text.encode() not in held
        assert text[16:].encode() not in held
    assert one.key.id.encode() in held


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX's")
def test_files_are_0600_in_a_directory_of_0700_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        with closing(KeyFile(tmp_path / "gateway" / FILE)) as keys:
            keys.add(made().key, deed())
            found = {each.name: each.stat().st_mode & 0o777 for each in (tmp_path / "gateway").iterdir()}
    finally:
        os.umask(old)
    assert found == {FILE: 0o600, f"{FILE}-wal": 0o600, f"{FILE}-shm": 0o600}
    assert (tmp_path / "gateway").stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX's")
@pytest.mark.parametrize(
    ("name", "mode"), [("", 0o750), ("", 0o705), (FILE, 0o640), (FILE, 0o604), (FILE, 0o602)]
)
def test_files_that_others_can_read_are_refused(path: Path, name: str, mode: int) -> None:
    KeyFile(path).close()
    (path.parent / name).chmod(mode)
    with pytest.raises(ConfigError) as caught:
        KeyFile(path)
    assert "chmod go-rwx" in caught.value.hint


@pytest.mark.skipif(sys.platform == "win32", reason="links are POSIX's")
def test_a_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError):
        KeyFile(path)
    assert not (tmp_path / "elsewhere").exists()


def test_what_is_no_database_is_said_so_and_left_alone(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    path.write_bytes(b"not a database, but long enough to be looked at" * 10)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="cannot be used"):
        KeyFile(path)
    assert path.read_bytes().startswith(b"not a database")


def test_a_change_and_its_note_are_both_there_or_neither(keys: KeyFile) -> None:
    one = made().key
    keys.add(one, deed("issue"))

    def fail(key: Any) -> Any:
        raise Guarded("no")

    with pytest.raises(Guarded):
        keys.change(one.id, fail, deed("rotate"))
    with pytest.raises(NotFound):
        keys.change("ZZZZZZZZ", lambda key: key, deed("revoke"))
    with pytest.raises(ConfigError):
        keys.add(replace(one, id="other000"), deed("issue"))
    assert [each.deed for each in keys.deeds()] == ["issue"]
    assert keys.keys() == [one]


def test_another_process_sees_a_change_at_its_next_look(keys: KeyFile, path: Path) -> None:
    one = made().key
    with closing(KeyFile(path)) as server:
        table = KeyTable(server, lambda: 0.0)
        assert server.changes() is None
        keys.add(one, deed())
        table.refresh()
        assert table.get(one.id) == one
        assert server.changes() is None
        keys.change(one.id, lambda key: switched(key, Status.REVOKED), deed())
        table.refresh()
        assert table.get(one.id) == switched(one, Status.REVOKED)


def test_only_what_changed_is_read_again(keys: KeyFile, path: Path) -> None:
    for _ in range(20):
        keys.add(made().key, deed())
    with closing(KeyFile(path)) as server:
        whole = server.changes()
        assert whole is not None
        assert (len(list(whole.keys)), whole.is_whole) == (20, True)
        keys.change(keys.keys()[3].id, lambda key: replace(key, name="new"), deed())
        part = server.changes()
        assert part is not None
        assert ([key.name for key in part.keys], part.is_whole) == (["new"], False)


def test_a_text_that_was_rotated_away_is_unknown_at_the_next_look(keys: KeyFile, path: Path) -> None:
    one = made()
    keys.add(one.key, deed())
    with closing(KeyFile(path)) as server:
        table = KeyTable(server, lambda: 0.0)
        two = again(one.key, overlap_seconds=0.0)
        keys.change(one.key.id, lambda key: two.key, deed())
        table.refresh()
        assert table.find(one.text) is None
        assert table.find(two.text) is not None


def test_a_file_that_was_put_in_its_place_counts_alone(keys: KeyFile, path: Path, tmp_path: Path) -> None:
    one, two = made(), made()
    keys.add(one.key, deed())
    with closing(KeyFile(path)) as server:
        table = KeyTable(server, lambda: 0.0)
        with closing(KeyFile(tmp_path / "new" / FILE)) as other:
            other.add(two.key, deed())
        for each in path.parent.iterdir():
            each.unlink()
        (tmp_path / "new" / FILE).rename(path)
        assert table.refresh() is None
        assert (table.find(one.text), table.find(two.text) is not None) == (None, True)


def test_a_file_that_is_gone_is_an_error_each_time_it_is_asked(path: Path) -> None:
    with closing(KeyFile(path)) as server:
        table = KeyTable(server, lambda: 0.0)
        for each in path.parent.iterdir():
            each.unlink()
        assert isinstance(table.refresh(), ConfigError)
        assert isinstance(table.refresh(), ConfigError)


def test_voices_come_with_a_consent_and_are_seen_at_once(keys: KeyFile, path: Path) -> None:
    clone = Clone("cv_00000001", "work", "S_1", "contract-7", NOW, "ada")
    with closing(KeyFile(path)) as server:
        table = KeyTable(server, lambda: 0.0)
        keys.add_clone(clone, deed("voice add"))
        table.refresh()
        assert table.clone("cv_00000001") == clone
        assert table.is_cloned("work", "S_1")
        keys.add_clone(clone._replace(id="cv_00000002", consent="contract-8"), deed("voice add"))
        keys.remove_clone("cv_00000002", deed("voice remove"))
        table.refresh()
        assert list(table.clones) == []
    with pytest.raises(NotFound):
        keys.remove_clone("cv_00000001", deed())


def test_a_file_that_another_keeps_locked_is_an_error_and_not_a_bug(keys: KeyFile, path: Path) -> None:
    keys._base.execute("PRAGMA busy_timeout = 0")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(ConfigError, match="locked"):
            keys.add(made().key, deed())
        other.execute("ROLLBACK")
    keys.add(made().key, deed())


def test_rotation_keeps_two_texts_and_no_third_unless_forced() -> None:
    one = made()
    two = again(one.key)
    assert [(each.number, each.ends) for each in two.key.generations] == [(1, NOW + 3700), (2, None)]
    with pytest.raises(Guarded) as caught:
        again(two.key, now=NOW + 200)
    assert caught.value.hint == f"voicectl gateway key rotate {one.key.id} --force"
    three = again(two.key, now=NOW + 200, force=True)
    assert [each.number for each in three.key.generations] == [2, 3]
    later = again(two.key, now=NOW + 3700)
    assert [each.number for each in later.key.generations] == [2, 3]


def test_an_expired_key_gets_no_text_that_would_be_none() -> None:
    key = made(lives_seconds=50).key
    assert again(key, now=NOW + 49).key.id == key.id
    with pytest.raises(Guarded, match="expired"):
        again(key, now=NOW + 50)


def test_no_overlap_ends_every_older_text_at_once() -> None:
    two = again(made().key)
    assert [each.number for each in again(two.key, now=NOW + 200, overlap_seconds=0.0).key.generations] == [3]


def test_what_is_revoked_stays_revoked() -> None:
    gone = switched(made().key, Status.REVOKED)
    for attempt in (lambda: again(gone), lambda: switched(gone, Status.ACTIVE)):
        with pytest.raises(Guarded):
            attempt()
    assert switched(gone, Status.REVOKED) == gone
    assert switched(switched(made().key, Status.DISABLED), Status.ACTIVE).status is Status.ACTIVE


def test_rows_tell_all_but_the_text() -> None:
    one = made(tags=frozenset(("tts.basic",)), lives_seconds=86400.0)
    two = again(one.key)
    used = {(one.key.id, 1): NOW + 50}
    row = row_of(two.key, used, NOW + 200)
    assert row["prefix"] == f"ak_live_{one.key.id}..."
    generations = row["generations"]
    assert isinstance(generations, list)
    assert [each["last_used"] for each in generations] == ["2027-01-15T08:00:50Z", None]
    line = line_of(two.key, used, NOW + 200, 1000.0)
    assert (line["old_ends"], line["old_last_used"]) == ("2027-01-15T09:01:40Z", "2027-01-15T08:00:50Z")
    assert (line["warning"], line_of(two.key, used, NOW + 2000, 1000.0)["warning"]) == (None, "rotate it")
    assert line_of(two.key, used, NOW + 4000, 1e9)["old_ends"] is None
    for text in (one.text, two.text):
        assert text[16:] not in str(row) + str(line)


def test_a_key_that_is_over_says_so() -> None:
    one = made(lives_seconds=60.0).key
    assert (state_of(one, NOW + 59), state_of(one, NOW + 60)) == ("active", "expired")
    assert state_of(switched(one, Status.REVOKED), NOW + 99) == "revoked"


def test_a_key_is_named_by_its_id_however_it_is_copied() -> None:
    for word in ("K7abcdef", "ak_live_K7abcdef", "ak_live_K7abcdef...", "ak_test_K7abcdef…"):
        assert id_in(word) == "K7abcdef"
    for word in ("", "K7abcde", "K7abcdef9", "K7abcd-f", "web"):
        with pytest.raises(UsageError):
            id_in(word)


def test_a_whole_key_is_refused_as_a_name_and_not_repeated() -> None:
    text = made().text
    with pytest.raises(UsageError) as caught:
        id_in(text)
    assert text[16:] not in str(caught.value) + caught.value.hint + repr(caught.value.facts)
    assert "--overlap 0" in caught.value.hint


def test_use_is_kept_between_runs_and_counted_by_one_alone(tmp_path: Path) -> None:
    path = file_of(tmp_path / "gateway", Env.LIVE)
    with closing(UsageFile(path, is_counting=True)) as usage:
        usage.write([Used("k", "day", 7, 10)], [LastUse("k", 1, NOW)])
        usage.write([Used("k", "day", 7, 15), Used("k", "hour", 170, 5)])
        with pytest.raises(ConfigError, match="another gateway counts"):
            UsageFile(path, is_counting=True)
        with closing(UsageFile(path, is_counting=False)) as reader:
            assert reader.last_used() == {("k", 1): NOW}
    with closing(UsageFile(path, is_counting=True)) as usage:
        assert sorted(usage.used()) == [Used("k", "day", 7, 15), Used("k", "hour", 170, 5)]
    assert file_of(tmp_path, Env.TEST) != file_of(tmp_path, Env.LIVE)
