"""Names for the shells: kept whole, and nothing that a shell would carry out."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicectl.kept.known import names, remember


def kept(cache: Path, kind: str = "voices") -> list[str]:
    return (cache / "complete" / kind).read_text().splitlines()


def test_names_stay_beside_the_old_ones_only_where_that_is_asked(tmp_path: Path) -> None:
    remember(tmp_path, "voices", ["b", "a"])
    remember(tmp_path, "voices", ["c"], beside=True)
    assert kept(tmp_path) == ["a", "b", "c"]
    remember(tmp_path, "voices", ["d"])
    assert kept(tmp_path) == ["d"]


@pytest.mark.parametrize("name", ["$(touch x)", "`id`", " ", "a\nb", "a;b", "a'b", "*", "", "x" * 101, "~"])
def test_a_name_that_a_shell_would_carry_out_is_left_out(tmp_path: Path, name: str) -> None:
    remember(tmp_path, "voices", [name, "晓晓"])
    assert kept(tmp_path) == ["晓晓"]


def test_a_name_of_several_words_is_one_name(tmp_path: Path) -> None:
    remember(tmp_path, "voices", ["Bad News", "Eddy (English)"])
    assert kept(tmp_path) == names(tmp_path, "voices") == ["Bad News", "Eddy (English)"]


def test_where_nothing_can_be_kept_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "complete").write_text("in the way")
    remember(tmp_path, "voices", ["a"])
    remember(None, "voices", ["a"])
