"""Tokens between runs: when one is made, what is on disk, and what happens when the disk is of no use."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from voicectl.core.credentials import Credentials, RenewableSource, Secret
from voicectl.core.errors import CredentialError, TryLater
from voicectl.core.note import Note
from voicectl.core.request import Request
from voicectl.core.signature import Moment, Signed, SigningTrace
from voicectl.core.vendor import NotSent
from voicectl.kept.private_files import locked
from voicectl.profiles.token_cache import CachedSource, text_of

NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)
LIFE = timedelta(hours=12)


@dataclass
class Vendor:
    """Makes tokens that are told apart by their number."""

    life: timedelta = LIFE
    seconds: float = 0.0
    made: list[str] = field(default_factory=list, repr=False)

    def __call__(self) -> Credentials:
        time.sleep(self.seconds)
        self.made.append(f"EXAMPLE-token-number-{len(self.made) + 1}")
        return Credentials(secret=Secret(self.made[-1]), expires_at=NOON + self.life, identity="user-1")


def source(
    directory: Path | None, vendor: Callable[[], Credentials], account: str = "LTAIEXAMPLE", **more: object
) -> CachedSource:
    return CachedSource(
        owner=lambda: ("aliyun", account, "nls"),
        issue=vendor,
        directory=directory,
        **more,  # type: ignore[arg-type]
    )


def token(found: Credentials) -> str:
    return text_of(found)[-1]


def the_file(directory: Path) -> Path:
    [path] = directory.glob("tokens/*.json")
    return path


def test_a_token_is_made_once_and_found_by_the_next_run(tmp_path: Path) -> None:
    vendor = Vendor()
    assert token(source(tmp_path, vendor).credentials(NOON)) == "1"
    again = source(tmp_path, vendor)
    assert token(again.credentials(NOON)) == "1"
    held = again.held(NOON)
    assert held is not None
    assert (held.issued_at, held.credentials.expires_at) == (NOON, NOON + LIFE)
    assert held.credentials.identity == "user-1"
    assert len(vendor.made) == 1


def test_the_file_is_ours_alone_and_so_is_its_directory(tmp_path: Path) -> None:
    source(tmp_path / "state", Vendor()).credentials(NOON)
    path = the_file(tmp_path / "state")
    assert [each.stat().st_mode & 0o777 for each in (path, path.parent)] == [0o600, 0o700]


@pytest.mark.parametrize(
    ("life", "age", "number"),
    [
        (LIFE, timedelta(hours=11, minutes=57), "1"),
        (LIFE, timedelta(hours=11, minutes=58), "2"),
        (LIFE, timedelta(hours=13), "2"),
        (timedelta(seconds=60), timedelta(seconds=44), "1"),
        (timedelta(seconds=60), timedelta(seconds=45), "2"),
    ],
)
def test_it_is_renewed_two_minutes_before_its_end_or_a_quarter_of_a_short_life(
    tmp_path: Path, life: timedelta, age: timedelta, number: str
) -> None:
    vendor = Vendor(life)
    source(tmp_path, vendor).credentials(NOON)
    vendor.life = age + LIFE
    assert token(source(tmp_path, vendor).credentials(NOON + age)) == number


def test_each_account_has_its_own(tmp_path: Path) -> None:
    vendor = Vendor()
    source(tmp_path, vendor, "one").credentials(NOON)
    source(tmp_path, vendor, "two").credentials(NOON)
    assert token(source(tmp_path, vendor, "one").credentials(NOON)) == "1"
    assert token(source(tmp_path, vendor, "two").credentials(NOON)) == "2"


def test_a_file_of_another_account_is_not_taken_whatever_its_name(tmp_path: Path) -> None:
    vendor = Vendor()
    source(tmp_path, vendor).credentials(NOON)
    path = the_file(tmp_path)
    path.write_text(path.read_text().replace("LTAIEXAMPLE", "LTAIOTHER"))
    assert token(source(tmp_path, vendor).credentials(NOON)) == "2"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{",
        b"[" * 100_000,
        b'{"owner": ["aliyun", "LTAIEXAMPLE", "nls"]}',
        b'{"owner": ["aliyun", "LTAIEXAMPLE", "nls"], "secret": ""}',
        b'{"owner": ["aliyun", "LTAIEXAMPLE", "nls"], "secret": 5}',
        b'{"owner": ["aliyun", "LTAIEXAMPLE", "nls"], "secret": "EXAMPLE", "expires_at": "tomorrow"}',
        b'{"owner": ["aliyun", "LTAIEXAMPLE", "nls"], "secret": "EXAMPLE", "expires_at": "2027-01-01"}',
    ],
)
def test_a_damaged_file_is_made_anew(tmp_path: Path, content: bytes) -> None:
    vendor, notes = Vendor(), list[Note]()
    source(tmp_path, vendor).credentials(NOON)
    the_file(tmp_path).write_bytes(content)
    assert token(source(tmp_path, vendor, say=notes.append).credentials(NOON)) == "2"
    assert [str(note) for note in notes] == ["token cache: the file is damaged and will be made anew"]
    assert token(source(tmp_path, vendor).credentials(NOON)) == "2"


def test_a_file_that_others_can_read_is_not_believed_and_made_anew(tmp_path: Path) -> None:
    vendor = Vendor()
    source(tmp_path, vendor).credentials(NOON)
    the_file(tmp_path).chmod(0o644)
    assert token(source(tmp_path, vendor).credentials(NOON)) == "2"
    assert the_file(tmp_path).stat().st_mode & 0o777 == 0o600


def test_a_link_is_replaced_and_what_it_points_to_is_left_alone(tmp_path: Path) -> None:
    vendor = Vendor()
    source(tmp_path, vendor).credentials(NOON)
    path, elsewhere = the_file(tmp_path), tmp_path / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    before = elsewhere.read_bytes()
    assert token(source(tmp_path, vendor).credentials(NOON)) == "2"
    assert (path.is_symlink(), elsewhere.read_bytes()) == (False, before)


@pytest.mark.parametrize("place", ["nowhere", "a file in the way"])
def test_without_a_directory_each_run_makes_its_own_token_and_says_why(tmp_path: Path, place: str) -> None:
    (tmp_path / "taken").write_text("")
    directory = None if place == "nowhere" else tmp_path / "taken"
    vendor, notes = Vendor(), list[Note]()
    asked = source(directory, vendor, say=notes.append)
    assert [token(asked.credentials(NOON)) for _ in range(3)] == ["1", "1", "1"]
    assert len(notes) == 1
    assert token(source(directory, vendor).credentials(NOON)) == "2"


def test_renewing_gives_another_token_and_keeps_it(tmp_path: Path) -> None:
    vendor = Vendor()
    asked = source(tmp_path, vendor)
    assert isinstance(asked, RenewableSource)
    assert [token(asked.credentials(NOON)), token(asked.renew(NOON)), token(asked.credentials(NOON))] == [
        *"122"
    ]
    assert token(source(tmp_path, vendor).credentials(NOON)) == "2"


def test_a_token_that_somebody_else_renewed_meanwhile_is_taken(tmp_path: Path) -> None:
    vendor = Vendor()
    one, other = source(tmp_path, vendor), source(tmp_path, vendor)
    assert [token(each.credentials(NOON)) for each in (one, other)] == ["1", "1"]
    assert [token(each.renew(NOON)) for each in (one, other)] == ["2", "2"]


def test_a_failure_to_make_one_is_the_callers_to_hear_and_leaves_nothing_behind(tmp_path: Path) -> None:
    def refuse() -> Credentials:
        raise CredentialError("no")

    asked = source(tmp_path, refuse)
    with pytest.raises(CredentialError):
        asked.credentials(NOON)
    assert asked.held(NOON) is None
    assert token(source(tmp_path, Vendor()).credentials(NOON)) == "1"


@pytest.mark.parametrize("is_kept", [True, False], ids=["kept", "without a directory"])
def test_many_threads_make_one_token(tmp_path: Path, is_kept: bool) -> None:
    vendor = Vendor(seconds=0.05)
    shared = source(tmp_path if is_kept else None, vendor)
    others = [source(tmp_path, vendor) for _ in range(8)] if is_kept else []
    got: list[str] = []
    asking = [
        threading.Thread(target=lambda each=each: got.append(token(each.credentials(NOON))))
        for each in [shared] * 8 + others
    ]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert (set(got), len(got), len(vendor.made)) == ({"1"}, len(asking), 1)


HOLDER = """
import sys, time
from pathlib import Path
from voicectl.kept.private_files import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.mark.slow
def test_a_killed_holder_of_the_lock_blocks_nobody(tmp_path: Path) -> None:
    vendor = Vendor()
    source(tmp_path, vendor).credentials(NOON)
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(the_file(tmp_path))], stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        threading.Timer(0.2, holder.kill).start()
        started = time.monotonic()
        assert token(source(tmp_path, vendor).renew(NOON)) == "2"
        assert 0.1 < time.monotonic() - started < 2
    finally:
        holder.kill()
        holder.wait()


RENEWER = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from voicectl.core.credentials import Credentials, Secret
from voicectl.profiles.token_cache import CachedSource
now = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)
token = Credentials(secret=Secret("EXAMPLE-token-number-0" * 500), expires_at=now + timedelta(hours=12))
asked = CachedSource(
    owner=lambda: ("aliyun", "LTAIEXAMPLE", "nls"), issue=lambda: token, directory=Path(sys.argv[1])
)
print("ready", flush=True)
while True:
    asked.renew(now)
"""


@pytest.mark.slow
def test_a_renewal_killed_at_any_moment_leaves_a_whole_token_and_a_free_lock(tmp_path: Path) -> None:
    notes = list[Note]()
    source(tmp_path, Vendor()).credentials(NOON)
    for number in range(100):
        renewer = subprocess.Popen([sys.executable, "-c", RENEWER, str(tmp_path)], stdout=subprocess.PIPE)
        assert renewer.stdout is not None
        assert renewer.stdout.readline() == b"ready\n"
        time.sleep(0.01 + number * 0.0003)
        renewer.kill()
        renewer.communicate()
        started = time.monotonic()
        held = source(tmp_path, Vendor(), say=notes.append).held(NOON)
        assert held is not None
        assert token(held.credentials) in "01"
        source(tmp_path, Vendor(), say=notes.append).renew(NOON)
        assert time.monotonic() - started < 1
        assert len(list((tmp_path / "tokens").iterdir())) == 2
    assert notes == []


def test_a_holder_that_hangs_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    vendor, notes = Vendor(), list[Note]()
    source(tmp_path, vendor).credentials(NOON)
    with locked(the_file(tmp_path)):
        asked = source(tmp_path, vendor, wait_seconds=0.1, say=notes.append)
        assert token(asked.renew(NOON)) == "2"
    assert "another process holds" in str(notes[0])


def test_a_dry_run_shows_what_a_token_would_take_and_keeps_nothing(tmp_path: Path) -> None:
    signed = Signed(
        request=Request(method="GET", host="h"), trace=SigningTrace(scheme="s", moment=Moment(NOON, "n"))
    )

    def unsent() -> Credentials:
        raise NotSent(signed)

    shown: list[NotSent] = []
    asked = source(tmp_path, unsent, unsent=shown.append)
    assert str(asked.credentials(NOON).secret) == "***"
    assert [error.signed for error in shown] == [signed]
    assert not list(tmp_path.rglob("*.json"))
    source(tmp_path, Vendor()).credentials(NOON)
    assert token(source(tmp_path, unsent, unsent=shown.append).credentials(NOON)) == "1"
    assert len(shown) == 1


def test_no_token_is_in_a_repr_or_in_the_notes(tmp_path: Path) -> None:
    asked = source(tmp_path, Vendor())
    asked.credentials(NOON)
    assert "EXAMPLE-token" not in repr(asked) + repr(asked.held(NOON))


def test_whose_token_it_is_is_asked_at_first_use_and_once(tmp_path: Path) -> None:
    asked: list[str] = []

    def owner() -> tuple[str, ...]:
        asked.append("")
        return ("aliyun",)

    made = CachedSource(owner=owner, issue=Vendor(), directory=tmp_path)
    assert not asked
    made.credentials(NOON)
    made.renew(NOON)
    assert len(asked) == 1
    assert json.loads(the_file(tmp_path).read_text())["owner"] == ["aliyun"]


def test_trouble_at_the_vendor_is_not_taken_for_trouble_with_the_lock(tmp_path: Path) -> None:
    def busy() -> Credentials:
        raise TryLater("busy")

    with pytest.raises(TryLater, match="busy"):
        source(tmp_path, busy).credentials(NOON)
