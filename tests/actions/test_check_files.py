"""Checks of files and directories: real ones, with every fault that they can have."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from voicectl.actions.check_files import Held, directories, private
from voicectl.core.checkup import Status

UID = os.geteuid()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_text("x")
    path.chmod(0o600)
    return path


def linked(path: Path) -> None:
    path.rename(path.with_name("other"))
    path.symlink_to(path.with_name("other"))


@pytest.mark.parametrize(
    ("spoil", "secret", "said", "hint"),
    [
        (lambda path: path.chmod(0o620), False, "can be written by other users", "chmod go-rwx"),
        (lambda path: path.chmod(0o604), True, "can be read by other users", "chmod go-rwx"),
        (linked, False, "is a link", "put the file itself"),
    ],
)
def test_a_file_that_is_not_ours_alone_fails(
    file: Path, spoil: Callable[[Path], None], secret: bool, said: str, hint: str
) -> None:
    assert private([Held(file, secret)], UID)[0].status is Status.OK
    spoil(file)
    (found,) = private([Held(file, secret)], UID)
    assert (found.status, said in found.detail, found.hint.startswith(hint)) == (Status.FAILED, True, True)


def test_another_owner_fails_with_the_line_that_mends_it(file: Path) -> None:
    (found,) = private([Held(file)], UID + 1)
    assert (found.status, found.hint) == (Status.FAILED, f"sudo chown {UID + 1} '{file}'")


def test_what_others_may_read_is_no_fault_where_no_secret_is(file: Path) -> None:
    file.chmod(0o644)
    assert private([Held(file), Held(file.with_name("absent"))], UID)[0].detail.startswith("1 files")


def test_each_fault_is_a_finding_of_its_own(file: Path) -> None:
    file.chmod(0o666)
    assert len(private([Held(file), Held(file.parent), Held(file, secret=True)], UID)) == 2


def test_without_a_home_the_variable_that_helps_is_named() -> None:
    (found,) = directories({"VOICECTL_STATE_DIR": None})
    assert (found.check, found.status) == ("directory state", Status.WARNING)
    assert found.hint.startswith("set VOICECTL_STATE_DIR")


def test_a_file_in_the_place_of_a_directory_fails(file: Path) -> None:
    (found,) = directories({"VOICECTL_CACHE_DIR": file / "below"})
    assert (found.status, "is no directory" in found.detail) == (Status.FAILED, True)


def test_a_directory_that_is_to_be_made_is_fine(tmp_path: Path) -> None:
    assert directories({"VOICECTL_CONFIG_DIR": tmp_path / "a" / "b"})[0].status is Status.OK


@pytest.mark.skipif(UID == 0, reason="root writes everywhere")
def test_a_directory_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert directories({"VOICECTL_CONFIG_DIR": tmp_path / "a"})[0].status is Status.WARNING
