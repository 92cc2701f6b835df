"""A file in the making: private, tied to what it is of, right in the end, and never mistaken for whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from voicectl.audio.files import IfExists
from voicectl.audio.partial import PAGE, partial_file
from voicectl.core.errors import BrokenAnswer, OutputError
from voicectl.core.recording import Plan

PLAN = Plan(size=10, validator='"v1"', segment_bytes=4)


@pytest.fixture
def umask() -> Iterator[None]:
    old = os.umask(0o027)
    yield
    os.umask(old)


def left_by_a_run(out: Path, plan: Plan = PLAN, count: int = 3, what: str = "one") -> None:
    """Write `count` bytes of each segment, and fail."""
    with pytest.raises(BrokenAnswer), partial_file(str(out), what) as part:  # noqa: PT012
        part.begin(plan)
        for index in range(len(part.segments)):
            with part.writer(index) as write:
                write(b"x" * min(count, part.segments[index].end - part.segments[index].start))
        raise BrokenAnswer("cut")


def modes(folder: Path) -> dict[str, int]:
    return {each.name: each.stat().st_mode & 0o777 for each in folder.iterdir()}


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("old", [None, 0o604])
def test_the_file_gets_the_rights_that_it_would_have(tmp_path: Path, old: int | None) -> None:
    out = tmp_path / "a.wav"
    if old is not None:
        out.write_bytes(b"old")
        out.chmod(old)
    left_by_a_run(out)
    assert modes(tmp_path) | {"a.wav": 0} == {".a.wav.download": 0o600, ".a.wav.progress": 0o600, "a.wav": 0}
    with partial_file(str(out), "one") as part:
        for index, each in enumerate(part.segments):
            with part.writer(index) as write:
                write(b"y" * (each.end - each.start - each.done))
    assert modes(tmp_path) == {"a.wav": old or 0o640}
    assert out.read_bytes() == b"xxxyxxxyxx"


def test_what_was_there_is_known_by_segment(tmp_path: Path) -> None:
    left_by_a_run(tmp_path / "a.wav")
    with pytest.raises(BrokenAnswer), partial_file(str(tmp_path / "a.wav"), "one") as part:  # noqa: PT012
        assert [each.done for each in part.segments] == [3, 3, 2]
        assert part.prefix == 3
        assert part.plan == PLAN
        raise BrokenAnswer("cut")


SPOILT = {
    "notes cut": lambda folder: os.truncate(folder / ".a.wav.progress", 100),
    "notes lost": lambda folder: (folder / ".a.wav.progress").unlink(),
    "notes of nobody": lambda folder: (folder / ".a.wav.progress").write_bytes(b"{}" + bytes(PAGE)),
    "bytes lost": lambda folder: (folder / ".a.wav.download").unlink(),
    "bytes cut": lambda folder: os.truncate(folder / ".a.wav.download", 5),
}


@pytest.mark.parametrize("name", SPOILT)
def test_what_is_spoilt_is_not_gone_on_with(tmp_path: Path, name: str) -> None:
    left_by_a_run(tmp_path / "a.wav")
    SPOILT[name](tmp_path)
    with pytest.raises(BrokenAnswer), partial_file(str(tmp_path / "a.wav"), "one") as part:  # noqa: PT012
        assert part.plan is None
        raise BrokenAnswer("cut")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "plan",
    [Plan(size=10, segment_bytes=10), Plan(size=None, validator='"v"'), Plan(size=10, validator="v" * PAGE)],
    ids=["no version", "no length", "a version that is too long"],
)
def test_what_could_not_be_gone_on_with_is_not_left(tmp_path: Path, plan: Plan) -> None:
    with pytest.raises(BrokenAnswer), partial_file(str(tmp_path / "a.wav"), "one") as part:  # noqa: PT012
        part.begin(plan)
        raise BrokenAnswer("cut")
    assert list(tmp_path.iterdir()) == []


def test_a_link_in_the_place_of_our_file_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"mine")
    (tmp_path / ".a.wav.download").symlink_to(other)
    with pytest.raises(OutputError), partial_file(str(tmp_path / "a.wav"), "one"):
        pass
    assert other.read_bytes() == b"mine"


def test_a_file_that_appears_meanwhile_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "a.wav"
    with partial_file(str(out), "one", if_exists=IfExists.SKIP) as part:
        part.begin(Plan(size=1, validator='"v"', segment_bytes=1))
        with part.writer(0) as write:
            write(b"x")
        out.write_bytes(b"another's")
    assert not part.delivered
    assert modes(tmp_path).keys() == {"a.wav"}
    assert out.read_bytes() == b"another's"


def test_a_pipe_gets_the_bytes_at_the_end(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    with partial_file(f"/dev/fd/{writing}", "one") as part:
        part.begin(Plan(size=2, segment_bytes=2))
        with part.writer(0) as write:
            write(b"xy")
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        assert file.read() == b"xy"
