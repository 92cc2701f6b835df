"""Whatever a server does in the middle of a recording, the file is right or there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import md5, sha256
from pathlib import Path
from random import Random

import pytest

from tests.cloud.server import serving
from tests.cloud.store import (
    Fault,
    Store,
    cut_after,
    redirects,
    reset,
    says,
    whole_for_a_range,
    with_crc64,
    with_md5,
    without_length,
    wrong_range,
)
from tests.transport.parts import NOON, StillClock
from voicectl.audio.partial import partial_file
from voicectl.core.errors import BrokenAnswer, CredentialError, Guarded, NotFound, TryLater, VoicectlError
from voicectl.core.presigned import location_of
from voicectl.core.recording import Fetched, Location
from voicectl.transport import ranges
from voicectl.transport.download import RangeDownloader
from voicectl.transport.fetch import Fetcher
from voicectl.transport.http import Http, Limits

SOUND = Random(9).randbytes(3_000_000)
LONG = Random(10).randbytes(70_000_000)


@dataclass
class Desk:
    """A downloader, the server it asks and the file it writes."""

    store: Store
    path: Path
    jobs: int = 1
    retries: int = 2
    what: str = "a recording"
    boot: str = "one"
    clock: StillClock = field(default_factory=StillClock)
    located: int = 0
    heard: list[float] = field(default_factory=list)

    def fetch(self, url: str = "", *, query: str = "Signature=EXAMPLE") -> Fetched:
        with serving(self.store) as server, self._fetcher(server.host) as fetcher:

            def locate() -> Location:
                self.located += 1
                return location_of(fetcher.open, url or f"{server.url}/rec/one.wav?{query}")

            return self.fetch_by(locate)

    def fetch_by(self, locate: object) -> Fetched:
        downloader = RangeDownloader(
            clock=self.clock, chance=lambda: 0.0, retries=self.retries, jobs=self.jobs
        )
        with partial_file(str(self.path), self.what, boot=self.boot) as part:
            return downloader.fetch(locate, part, self.heard.append)  # type: ignore[arg-type]

    @contextmanager
    def _fetcher(self, own_host: str) -> Iterator[Fetcher]:
        http = Http({}, limits=Limits(timeout=2, connect=2))
        try:
            yield Fetcher(
                http=http, clock=self.clock, chance=lambda: 0.0, own_host=own_host, retries=self.retries
            )
        finally:
            http.close()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(Store(SOUND), tmp_path / "one.wav")


def left_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_all_bytes_come_and_are_summed_up(desk: Desk) -> None:
    fetched = desk.fetch()
    assert desk.path.read_bytes() == SOUND
    assert fetched == Fetched(bytes=len(SOUND), sha256=sha256(SOUND).hexdigest(), checked_by="length")
    assert sum(desk.heard) == len(SOUND)
    assert left_in(desk.path.parent) == ["one.wav"]


RECOVERED: dict[str, list[Fault | None]] = {
    "cut": [cut_after(1_000_000)],
    "cut twice": [cut_after(1_500_000), cut_after(10)],
    "reset": [reset],
    "5xx": [says(500)],
    "5xx in the middle": [cut_after(1_000_000), says(503)],
    "200 for a range": [cut_after(1_000_000), whole_for_a_range],
    "wrong Content-Range": [cut_after(1_000_000), wrong_range],
    "416": [cut_after(1_000_000), says(416)],
    "412": [cut_after(1_000_000), says(412)],
    "URL refused in the middle": [cut_after(1_000_000), says(403)],
    "URL gone in the middle": [cut_after(1_000_000), says(404)],
}


@pytest.mark.parametrize("name", RECOVERED)
@pytest.mark.parametrize("jobs", [1, 4])
@pytest.mark.slow
def test_a_fault_that_passes_does_no_harm(desk: Desk, name: str, jobs: int) -> None:
    desk.store.faults, desk.jobs = list(RECOVERED[name]), jobs
    fetched = desk.fetch()
    assert desk.path.read_bytes() == SOUND
    assert fetched.sha256 == sha256(SOUND).hexdigest()


def test_after_a_cut_only_the_rest_is_asked_for(desk: Desk) -> None:
    desk.store.faults = [cut_after(1_000_000)]
    desk.fetch()
    assert desk.store.ranges == ["", f"bytes=1000000-{len(SOUND) - 1}"]
    assert desk.store.requests[1].header("if-range") == '"v1-EXAMPLE"'
    assert desk.store.sent == len(SOUND)


REFUSED: dict[str, tuple[Fault, type[VoicectlError]]] = {
    "always cut": (cut_after(1000), BrokenAnswer),
    "always reset": (reset, BrokenAnswer),
    "5xx": (says(503), TryLater),
    "403": (says(403), CredentialError),
    "404": (says(404), NotFound),
    "web page": (says(200, "text/html", b"<html>login</html>"), BrokenAnswer),
    "web page as sound": (says(200, "audio/wav", b"<!DOCTYPE html><html>login</html>"), BrokenAnswer),
    "XML": (says(200, "application/xml", b"<Error><Code>AccessDenied</Code></Error>"), BrokenAnswer),
    "JSON": (says(200, "audio/wav", b'{"Code": "NoSuchKey"}'), BrokenAnswer),
    "empty": (says(200, "audio/wav", b""), BrokenAnswer),
    "too short": (lambda store, request: store.answer(None, length=len(SOUND) + 1), BrokenAnswer),
    "redirect to http": (redirects("http://example.com/x.wav"), Guarded),
    "redirect to private": (redirects("https://10.0.0.1/x.wav"), Guarded),
    "redirect to metadata": (redirects("https://169.254.169.254/x.wav"), Guarded),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("jobs", [1, 4])
@pytest.mark.slow
def test_a_fault_that_stays_is_said_and_leaves_the_old_file(desk: Desk, name: str, jobs: int) -> None:
    fault, error = REFUSED[name]
    desk.store.always, desk.jobs = fault, jobs
    desk.path.write_bytes(b"the old one")
    with pytest.raises(error):
        desk.fetch()
    assert desk.path.read_bytes() == b"the old one"


def test_what_cannot_be_gone_on_with_leaves_nothing(desk: Desk) -> None:
    desk.store.always, desk.store.etag = cut_after(1000), ""
    with pytest.raises(BrokenAnswer):
        desk.fetch()
    assert left_in(desk.path.parent) == []


CHECKED = {
    "crc64": (with_crc64, "crc64"),
    "md5": (with_md5, "md5"),
    "nothing": (lambda body: (), "length"),
}


@pytest.mark.parametrize("name", CHECKED)
@pytest.mark.parametrize("jobs", [1, 4])
def test_the_strongest_checksum_of_the_store_is_named(desk: Desk, name: str, jobs: int) -> None:
    make, kind = CHECKED[name]
    desk.store.headers, desk.jobs = make(SOUND), jobs
    assert desk.fetch().checked_by == kind


@pytest.mark.parametrize("make", [with_crc64, with_md5])
def test_a_wrong_checksum_is_refused_after_one_more_start(desk: Desk, make: object) -> None:
    desk.store.headers = make(SOUND + b"x")  # type: ignore[operator]
    with pytest.raises(BrokenAnswer, match="differs"):
        desk.fetch()
    assert left_in(desk.path.parent) == []


def test_an_etag_is_taken_for_an_md5_only_where_the_store_makes_it_so(desk: Desk) -> None:
    desk.store.etag = f'"{md5(SOUND).hexdigest()}"'
    assert desk.fetch().checked_by == "length"
    assert desk.fetch(query="X-Amz-Signature=EXAMPLE").checked_by == "md5"


def test_a_body_of_unknown_length_is_taken_as_it_ends(desk: Desk) -> None:
    desk.store.always = without_length
    assert desk.fetch().checked_by == ""
    assert desk.path.read_bytes() == SOUND


@pytest.mark.slow
def test_a_long_recording_comes_in_parts_side_by_side(desk: Desk) -> None:
    desk.store, desk.jobs = Store(LONG, headers=with_crc64(LONG)), 3
    fetched = desk.fetch()
    assert desk.path.read_bytes() == LONG
    assert fetched.checked_by == "crc64"
    assert len(desk.store.requests) == 3
    assert desk.store.sent == len(LONG)


@pytest.mark.slow
@pytest.mark.parametrize("broken", ["no version", "no ranges", "another version"])
def test_what_cannot_be_had_in_parts_comes_whole(desk: Desk, broken: str) -> None:
    desk.store, desk.jobs = Store(LONG), 3
    if broken == "no version":
        desk.store.etag = ""
    if broken == "no ranges":
        desk.store.takes_ranges = False
    if broken == "another version":
        desk.store.faults = [None, lambda store, request: setattr(store, "etag", '"v2"')]
    assert desk.fetch().sha256 == sha256(LONG).hexdigest()
    assert desk.path.read_bytes() == LONG


def interrupted(desk: Desk, after: int) -> None:
    """Leave what a killed run would leave."""
    desk.store.faults, desk.retries = [cut_after(after)], 0
    with pytest.raises(BrokenAnswer):
        desk.fetch()
    desk.retries = 2
    desk.store.requests.clear()


def test_the_next_run_goes_on_where_the_last_one_ended(desk: Desk) -> None:
    interrupted(desk, 2_000_000)
    assert left_in(desk.path.parent) == [".one.wav.download", ".one.wav.progress"]
    assert all(each.stat().st_mode & 0o077 == 0 for each in desk.path.parent.iterdir())
    assert desk.fetch().resumed_from == 2_000_000
    assert desk.path.read_bytes() == SOUND
    assert desk.store.ranges == [f"bytes=2000000-{len(SOUND) - 1}"]


OTHERS = {
    "changed ETag": lambda desk: setattr(desk.store, "etag", '"v2"'),
    "changed ETag, If-Range not heeded": lambda desk: (
        setattr(desk.store, "etag", '"v2"'),
        setattr(desk.store, "heeds_if_range", False),
    ),
    "no ranges any more": lambda desk: setattr(desk.store, "takes_ranges", False),
    "another recording": lambda desk: setattr(desk, "what", "another"),
    "shorter now": lambda desk: setattr(desk.store, "body", desk.store.body[:1_000_000]),
}


@pytest.mark.parametrize("name", OTHERS)
def test_bytes_of_another_version_are_not_gone_on_with(desk: Desk, name: str) -> None:
    interrupted(desk, 2_000_000)
    desk.store.body = SOUND[::-1]
    OTHERS[name](desk)  # type: ignore[no-untyped-call]
    fetched = desk.fetch()
    assert fetched.resumed_from == 0
    assert desk.path.read_bytes() == desk.store.body


def test_a_whole_file_that_was_not_delivered_is_confirmed_by_its_last_byte(desk: Desk) -> None:
    interrupted(desk, len(SOUND) - 1)
    assert desk.fetch().bytes == len(SOUND)
    assert desk.store.ranges == [f"bytes={len(SOUND) - 1}-{len(SOUND) - 1}"]


def test_a_url_that_ends_is_looked_up_anew_and_the_download_goes_on(desk: Desk) -> None:
    desk.store.faults = [cut_after(1_000_000), says(403)]
    desk.fetch()
    assert desk.located == 2
    assert desk.store.ranges[2] == f"bytes=1000000-{len(SOUND) - 1}"


def test_a_url_that_has_ended_is_not_asked(desk: Desk) -> None:
    ended = int((NOON - timedelta(seconds=1)).timestamp())
    with pytest.raises(CredentialError, match="good no more"):
        desk.fetch(f"https://bucket.example.com/one.wav?Expires={ended}&Signature=EXAMPLE")
    assert desk.store.requests == []


def test_no_header_but_our_own_and_the_range_goes_to_a_url(desk: Desk) -> None:
    desk.store.faults = [cut_after(10)]
    desk.fetch()
    names = {name.lower() for request in desk.store.requests for name, _ in request.texts}
    assert names == {"host", "accept-encoding", "user-agent", "range", "if-range"}


def test_two_runs_do_not_write_one_file(desk: Desk) -> None:
    with partial_file(str(desk.path), "first"), pytest.raises(TryLater, match="another run"):
        desk.fetch()


def test_the_bytes_before_a_crash_of_the_machine_are_not_trusted(desk: Desk) -> None:
    interrupted(desk, 2_000_000)
    desk.boot = "another"
    assert desk.fetch().resumed_from == 0
    assert desk.path.read_bytes() == SOUND


def test_segments_are_as_long_as_the_table_of_counters_allows() -> None:
    assert ranges.SEGMENT_BYTES * ranges.MOST_SEGMENTS >= 2 * 2**30
