"""What lies at a path before, during and after: the old file or the whole new one, and nothing else."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from voicectl.audio.files import IfExists, draft, examine, may_write
from voicectl.core.errors import OutputError, UsageError

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the rules of POSIX files")
OLD, NEW = b"the old file", b"the new file"


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


def put(
    path: Path | str,
    data: bytes = NEW,
    if_exists: IfExists = IfExists.OVERWRITE,
    meanwhile: Callable[[], object] = lambda: None,
) -> bool:
    with draft(str(path), if_exists) as writing:
        writing.write(data)
        meanwhile()
    return writing.delivered


def failing(error: type[BaseException]) -> Callable[[], object]:
    def fail() -> None:
        raise error

    return fail


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_an_absent_file_appears_whole(tmp_path: Path) -> None:
    assert put(tmp_path / "a.wav")
    assert (tmp_path / "a.wav").read_bytes() == NEW
    assert names(tmp_path) == ["a.wav"]


def test_a_name_without_a_folder_lies_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    put("a.wav")
    assert names(tmp_path) == ["a.wav"]


@pytest.mark.usefixtures("umask")
def test_a_new_file_follows_the_umask(tmp_path: Path) -> None:
    put(tmp_path / "a.wav")
    assert mode(tmp_path / "a.wav") == 0o640


def test_nobody_else_reads_what_is_not_yet_known_to_be_good(tmp_path: Path) -> None:
    with draft(str(tmp_path / "a.wav")) as writing:
        writing.write(NEW)
        assert names(tmp_path) == [".a.wav.0.part"]
        assert mode(tmp_path / ".a.wav.0.part") == 0o600


def test_an_existing_file_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    file.write_bytes(OLD)
    file.chmod(0o604)
    put(file)
    assert (mode(file), file.read_bytes()) == (0o604, NEW)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_an_existing_file_keeps_its_owner(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    file.write_bytes(OLD)
    os.chown(file, 12345, 54321)
    put(file)
    assert (file.stat().st_uid, file.stat().st_gid) == (12345, 54321)


def test_readers_of_the_old_file_keep_it_to_the_end(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    file.write_bytes(OLD)
    with file.open("rb") as reader:
        put(file)
        assert reader.read() == OLD


def test_a_symlink_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "b.wav").write_bytes(OLD)
    (tmp_path / "hop").symlink_to("there/b.wav")
    (tmp_path / "a.wav").symlink_to("hop")
    put(tmp_path / "a.wav")
    assert (tmp_path / "a.wav").is_symlink()
    assert (tmp_path / "there" / "b.wav").read_bytes() == NEW
    assert names(tmp_path / "there") == ["b.wav"]


def test_a_dangling_symlink_gets_its_target(tmp_path: Path) -> None:
    (tmp_path / "a.wav").symlink_to("b.wav")
    put(tmp_path / "a.wav")
    assert (tmp_path / "a.wav").is_symlink()
    assert (tmp_path / "b.wav").read_bytes() == NEW


def test_a_fifo_gets_the_bytes_and_stays(tmp_path: Path) -> None:
    fifo, got = tmp_path / "pipe", []
    os.mkfifo(fifo)
    reader = threading.Thread(target=lambda: got.append(fifo.read_bytes()))
    reader.start()
    put(fifo)
    reader.join(10)
    assert got == [NEW]
    assert stat.S_ISFIFO(fifo.stat().st_mode)


@pytest.mark.parametrize("name", ["/dev/fd/{}", "/proc/self/fd/{}", "link"])
def test_a_descriptor_gets_the_bytes_where_it_stands(tmp_path: Path, name: str) -> None:
    """As in `{ echo first; voicectl … -o /dev/fd/3; } 3> FILE`: no rename, no truncation."""
    file = tmp_path / "a.wav"
    with file.open("wb", buffering=0) as target:
        target.write(b"first ")
        path = name.format(target.fileno())
        if name == "link":
            path = str(tmp_path / "link")
            Path(path).symlink_to(f"/dev/fd/{target.fileno()}")
        put(path)
        assert os.fstat(target.fileno()).st_nlink == 1
    assert file.read_bytes() == b"first " + NEW


def test_a_pipe_behind_a_descriptor_gets_the_bytes(tmp_path: Path) -> None:
    read, write = os.pipe()
    put(f"/dev/fd/{write}")
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        assert pipe.read() == NEW


def test_a_socket_behind_a_descriptor_gets_the_bytes() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        put(f"/dev/fd/{ours.fileno()}")
        assert theirs.recv(100) == NEW


def test_standard_output_by_its_path_is_a_descriptor(tmp_path: Path) -> None:
    script = "from voicectl.audio.files import draft\nwith draft('/dev/stdout') as d: d.write(b'sound')"
    file = tmp_path / "out"
    with file.open("wb") as out:
        subprocess.run([sys.executable, "-c", script], stdout=out, check=True)
    assert (file.read_bytes(), names(tmp_path)) == (b"sound", ["out"])


def test_the_null_device_takes_all_and_stays() -> None:
    put("/dev/null")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_device_is_an_output_error() -> None:
    with pytest.raises(OutputError, match="No space left"):
        put("/dev/full")


def test_devices_get_nothing_from_a_failed_run(tmp_path: Path) -> None:
    read, write = os.pipe()
    with pytest.raises(ZeroDivisionError):
        put(f"/dev/fd/{write}", meanwhile=failing(ZeroDivisionError))
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        assert pipe.read() == b""


def test_a_reader_that_has_gone_is_a_broken_pipe_not_an_output_error() -> None:
    read, write = os.pipe()
    os.close(read)
    with pytest.raises(BrokenPipeError):
        put(f"/dev/fd/{write}")
    os.close(write)


def test_a_terminal_gets_no_audio() -> None:
    main, terminal = os.openpty()
    for path in (f"/dev/fd/{terminal}", os.ttyname(terminal)):
        with pytest.raises(UsageError, match="terminal"):
            put(path)
    os.close(main)
    os.close(terminal)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("", "names no file"),
        ("new/", "names no file"),
        ("folder", "is a directory"),
        ("folder/.", "is a directory"),
        ("absent/a.wav", "does not exist"),
        ("file/a.wav", "cannot be written|does not exist"),
        ("loop", "cannot be written"),
        ("n" * 300, "cannot be written"),
        ("nul\0", "cannot be written"),
        ("/dev/fd/987", "cannot be written"),
        ("socket", "cannot be written"),
    ],
)
def test_what_cannot_be_written_is_an_output_error(
    path: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("file").write_bytes(OLD)
    Path("loop").symlink_to("loop")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        before = names(tmp_path)
        with pytest.raises(OutputError, match=words):
            put(path)
    assert names(tmp_path) == before


@pytest.mark.parametrize("what", ["folder", "file"])
def test_what_may_not_be_written_is_said_before_any_work(what: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "a.wav"
        file.write_bytes(OLD)
        Path(place).chmod(0o555 if what == "folder" else 0o777)
        file.chmod(0o444)
        assert as_nobody(lambda: examine(str(file))) == "OutputError"
        Path(place).chmod(0o755)


def as_nobody(deed: Callable[[], object]) -> str:
    """Run `deed` without root's powers, in a process of its own; return the name of what it raises."""
    read, write = os.pipe()
    if not (child := os.fork()):
        if os.geteuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
        try:
            deed()
        except BaseException as error:
            os.write(write, type(error).__name__.encode())
        os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read) as told:
        return told.read()


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt, SystemExit, OSError])
def test_a_failed_run_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, error: type[BaseException]
) -> None:
    file = tmp_path / "a.wav"
    file.write_bytes(OLD)
    with pytest.raises(error):
        put(file, meanwhile=failing(error))
    assert (file.read_bytes(), names(tmp_path)) == (OLD, ["a.wav"])


KILLED = """
    import signal, sys, time
    from voicectl.audio.files import draft
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with draft(sys.argv[1]) as writing:
        writing.write(b"half of the new")
        writing.file.flush()
        print("writing", flush=True)
        time.sleep(60)
"""


def killed_while_writing(file: Path, by: signal.Signals) -> int:
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(KILLED), str(file)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout
    assert child.stdout.readline() == "writing\n"
    child.send_signal(by)
    child.stdout.close()
    return child.wait(10)


def test_sigterm_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    file.write_bytes(OLD)
    assert killed_while_writing(file, signal.SIGTERM) == 143
    assert (file.read_bytes(), names(tmp_path)) == (OLD, ["a.wav"])


def test_sigkill_leaves_the_old_file_and_the_next_run_clears_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    file.write_bytes(OLD)
    assert killed_while_writing(file, signal.SIGKILL) == -9
    assert (file.read_bytes(), names(tmp_path)) == (OLD, [".a.wav.0.part", "a.wav"])
    put(file)
    assert (file.read_bytes(), names(tmp_path)) == (NEW, ["a.wav"])


def test_a_run_beside_a_living_one_leaves_its_draft_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    put(file, b"slow", meanwhile=lambda: put(file))
    assert (file.read_bytes(), names(tmp_path)) == (b"slow", ["a.wav"])


def test_a_trap_at_the_drafts_name_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(OLD)
    (tmp_path / ".a.wav.0.part").symlink_to(victim)
    os.mkfifo(tmp_path / ".a.wav.1.part")
    put(tmp_path / "a.wav")
    assert (victim.read_bytes(), (tmp_path / "a.wav").read_bytes()) == (OLD, NEW)
    assert not (tmp_path / "a.wav").is_symlink()


def test_a_name_as_long_as_names_may_be_is_written(tmp_path: Path) -> None:
    name = "声" * 83 + ".wav"
    put(tmp_path / name)
    assert names(tmp_path) == [name]


def test_if_exists_is_checked_before_any_work(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    assert all(may_write(str(file), each) for each in IfExists)
    file.write_bytes(OLD)
    assert may_write(str(file), IfExists.OVERWRITE)
    assert not may_write(str(file), IfExists.SKIP)
    with pytest.raises(OutputError, match="already there"):
        may_write(str(file), IfExists.ERROR)
    assert may_write("/dev/null", IfExists.ERROR)


def test_a_file_that_appeared_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    with pytest.raises(OutputError, match="already there"):
        put(file, NEW, IfExists.ERROR, lambda: file.write_bytes(OLD))
    assert (file.read_bytes(), names(tmp_path)) == (OLD, ["a.wav"])


def test_a_file_that_appeared_meanwhile_is_skipped(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    assert not put(file, NEW, IfExists.SKIP, lambda: file.write_bytes(OLD))
    assert (file.read_bytes(), names(tmp_path)) == (OLD, ["a.wav"])


def test_of_many_that_must_not_overwrite_one_wins(tmp_path: Path) -> None:
    file, start, won = tmp_path / "a.wav", threading.Barrier(8), []

    def run(number: int) -> None:
        if put(file, b"%d" % number, IfExists.SKIP, lambda: start.wait(10)):
            won.append(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(10)
    assert len(won) == 1
    assert (file.read_bytes(), names(tmp_path)) == (b"%d" % won[0], ["a.wav"])
