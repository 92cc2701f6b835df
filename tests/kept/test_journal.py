"""A journal: what was noted is known, also after a kill, and two runs do not share one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from voicectl.core.errors import OutputError, TryLater
from voicectl.kept.journal import FileJournal, name_for


def opened(folder: Path, name: str = "a", *, resume: bool = True) -> FileJournal:
    return FileJournal(folder / "out" / ".voicectl", name, resume=resume)


def test_what_was_noted_is_known_when_it_is_opened_again(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.note("一", 17)
    first.note("b", 1 << 63)
    first.close()
    again = opened(tmp_path)
    assert again.has("一", 17)
    assert again.has("b", 1 << 63)
    assert not again.has("b", 17), "it has changed"
    assert not again.has("c", 17)


def test_a_run_that_does_not_resume_begins_anew(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.note("a", 1)
    first.close()
    opened(tmp_path, resume=False).close()
    assert not opened(tmp_path).has("a", 1)


def test_a_torn_line_is_no_line_and_spoils_no_other(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.note("a", 1)
    first.note("b", 2)
    first.close()
    (path,) = (tmp_path / "out" / ".voicectl").iterdir()
    path.write_bytes(path.read_bytes()[:-9])
    again = opened(tmp_path)
    assert again.has("a", 1)
    assert not again.has("b", 2)
    again.note("c", 3)
    again.close()
    last = opened(tmp_path)
    assert last.has("a", 1)
    assert last.has("c", 3)


def test_other_journals_of_the_directory_are_read_too_and_the_newest_counts(tmp_path: Path) -> None:
    first = opened(tmp_path, "a")
    first.note("x", 1)
    first.note("y", 1)
    first.close()
    second = opened(tmp_path, "b")
    second.note("x", 2)
    second.close()
    folder = tmp_path / "out" / ".voicectl"
    os.utime(folder / "a.journal", (1000, 1000))
    os.utime(folder / "b.journal", (2000, 2000))
    third = opened(tmp_path, "c")
    assert third.has("x", 2)
    assert third.has("y", 1)


@pytest.mark.skipif(os.name == "nt", reason="locks of files are another matter on Windows")
def test_two_runs_do_not_write_one_journal(tmp_path: Path) -> None:
    opened(tmp_path).note("a", 1)
    holder = opened(tmp_path, "z")
    with pytest.raises(TryLater, match="another run"):
        opened(tmp_path, "z")
    holder.close()


def test_where_none_can_be_written_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("no directory")
    with pytest.raises(OutputError, match="cannot be written"):
        opened(tmp_path)


def test_each_manifest_and_each_part_has_a_journal_of_its_own() -> None:
    assert len({name_for("/a", ""), name_for("/b", ""), name_for("/a", "1-of-2")}) == 3
