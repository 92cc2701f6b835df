"""Files that only we may touch."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from voicectl.core.errors import ConfigError, TryLater
from voicectl.kept.private_files import locked, make_directory, read_private, write_private

IS_ROOT = os.geteuid() == 0


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    path = tmp_path / "a" / "b"
    make_directory(path)
    return path


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_new_directories_are_closed_to_others_at_every_depth(directory: Path) -> None:
    assert (mode_of(directory.parent), mode_of(directory)) == (0o700, 0o700)


def test_a_written_file_is_ours_alone_and_nothing_lies_beside_it(directory: Path) -> None:
    write_private(directory / "f", b"one")
    write_private(directory / "f", b"two")
    assert read_private(directory / "f") == b"two"
    assert mode_of(directory / "f") == 0o600
    assert [path.name for path in directory.iterdir()] == ["f"]


def test_a_file_that_is_not_there_is_none(tmp_path: Path) -> None:
    assert read_private(tmp_path / "absent" / "f") is None


def test_a_failed_write_leaves_the_old_file_and_no_scrap(directory: Path) -> None:
    (directory / "f").mkdir()
    (directory / "f" / "inside").write_text("old")
    with pytest.raises(ConfigError):
        write_private(directory / "f", b"new")
    assert [path.name for path in directory.iterdir()] == ["f"]


def test_a_link_is_not_followed(directory: Path) -> None:
    write_private(directory / "real", b"x")
    (directory / "link").symlink_to("real")
    with pytest.raises(ConfigError, match="is a link"):
        read_private(directory / "link")


def test_a_directory_is_no_file(directory: Path) -> None:
    (directory / "f").mkdir()
    with pytest.raises(ConfigError, match="directory"):
        read_private(directory / "f")


def test_a_fifo_is_refused_and_not_waited_for(directory: Path) -> None:
    os.mkfifo(directory / "f", 0o600)
    with pytest.raises(ConfigError, match="no plain file"):
        read_private(directory / "f")


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666], ids=oct)
def test_a_file_that_others_can_write_is_refused(directory: Path, mode: int) -> None:
    write_private(directory / "f", b"x")
    (directory / "f").chmod(mode)
    with pytest.raises(ConfigError, match="can be written by other users"):
        read_private(directory / "f")


@pytest.mark.parametrize("mode", [0o640, 0o604], ids=oct)
def test_only_a_secret_file_must_be_hidden_from_others(directory: Path, mode: int) -> None:
    write_private(directory / "f", b"x")
    (directory / "f").chmod(mode)
    assert read_private(directory / "f") == b"x"
    with pytest.raises(ConfigError, match="can be read by other users"):
        read_private(directory / "f", secret=True)


def test_a_directory_that_others_can_write_is_refused(directory: Path) -> None:
    write_private(directory / "f", b"x")
    directory.chmod(0o770)
    with pytest.raises(ConfigError, match="can be written by other users"):
        read_private(directory / "f")
    with pytest.raises(ConfigError, match="can be written by other users"):
        write_private(directory / "f", b"y")


@pytest.mark.skipif(not IS_ROOT, reason="only root can give a file away")
@pytest.mark.parametrize("given_away", ["f", "."])
def test_what_belongs_to_another_user_is_refused(directory: Path, given_away: str) -> None:
    write_private(directory / "f", b"x")
    os.chown(directory / given_away, 12345, 12345)
    with pytest.raises(ConfigError, match="belongs to another user"):
        read_private(directory / "f")


def test_a_place_where_nothing_can_be_made_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot create"):
        make_directory(tmp_path / "file" / "below")


def test_a_held_lock_is_waited_for_and_then_given_up(directory: Path) -> None:
    with locked(directory / "f"), pytest.raises(TryLater), locked(directory / "f", wait_seconds=0.05):
        pass


def test_a_killed_holder_blocks_nobody(directory: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from voicectl.kept.private_files import locked\n"
        "with locked(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(directory / "f")], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    holder.stdout.readline()
    with pytest.raises(TryLater), locked(directory / "f", wait_seconds=0.05):
        pass
    holder.kill()
    holder.communicate()
    with locked(directory / "f", wait_seconds=1):
        pass
