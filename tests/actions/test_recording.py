"""What was brought is measured, a WAV's own length counts where nothing else does, names are safe."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.audio.tones import chunk, fmt, riff, tone
from tests.cloud.server import serving
from tests.cloud.store import Fault, Store, without_length
from tests.fakes import world
from voicectl.actions.recording import (
    Brought,
    Desk,
    Place,
    Wanted,
    bring,
    call_of,
    path_in,
    refuse_one_path_for_many,
)
from voicectl.core.call import CallId
from voicectl.core.errors import BadInput, BrokenAnswer, UsageError
from voicectl.core.options import Options
from voicectl.core.recording import Recording, read_recording_id, recording_id
from voicectl.recordings import downloader, typed_url
from voicectl.runtime import Runtime

PCM = tone(0.5)
WAV = riff(fmt(), chunk(b"data", PCM))
CUT = WAV[:-1000]
STREAMED = riff(fmt(), chunk(b"data", PCM, size=0xFFFFFFFF))
CALL = CallId(vendor="aliyun", product="ccc", day=date(2026, 1, 2), vendor_id="a^b.c")


def brought(body: bytes, folder: Path, always: Fault | None = None) -> Brought:
    runtime, options = Runtime(world({}), Options(retries=0)), Options(retries=0)
    with serving(Store(body, always=always)) as server:
        wanted = Wanted(
            recording=Recording(name="one"), locate=lambda: typed_url(runtime, f"{server.url}/one.wav")
        )
        desk = Desk(clock=runtime.clock, downloader=downloader(runtime, options, 1))
        try:
            return bring(wanted, Place(folder=str(folder)), desk)
        finally:
            runtime.http.close()


@pytest.mark.parametrize("body", [WAV, STREAMED], ids=["with its length", "streamed"])
def test_the_length_of_a_wav_is_told(body: bytes, tmp_path: Path) -> None:
    assert brought(body, tmp_path).duration_seconds == 0.5


def test_what_is_no_sound_that_we_know_has_no_length(tmp_path: Path) -> None:
    got = brought(b"\x01" * 1000, tmp_path)
    assert (got.duration_seconds, Path(got.path).read_bytes()) == (None, b"\x01" * 1000)


def test_a_wav_of_untold_length_is_checked_by_its_own(tmp_path: Path) -> None:
    got = brought(WAV, tmp_path, without_length)
    assert got.fetched is not None
    assert got.fetched.checked_by == "wav"


def test_a_cut_wav_of_untold_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenAnswer, match="cut short"):
        brought(CUT, tmp_path, without_length)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "RE1", "left/右 x"])
def test_an_id_is_read_as_it_was_written(name: str) -> None:
    written = str(recording_id(Recording(call=CALL, name=name)))
    assert read_recording_id(written) == (CALL, name)
    assert set(written) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")


NOW = datetime(2026, 1, 2, tzinfo=UTC)


def test_a_vendors_own_id_wants_its_vendor() -> None:
    assert call_of("V-1", "volcengine", "call", None, NOW)[0].vendor_id == "V-1"
    assert call_of("RE1", "twilio", "", None, NOW)[0].day == date(2026, 1, 2)
    with pytest.raises(BadInput):
        call_of("V-1", "", "", None, NOW)


PATHS: dict[str, tuple[Callable[[], Recording], str, str]] = {
    "by the call": (lambda: Recording(call=CALL), "x.mp3", "aliyun.ccc.20260102.a_5Eb_2Ec.mp3"),
    "by the address": (lambda: Recording(), "day-1.WAV", "day-1.wav"),
    "unknown kind": (lambda: Recording(), "one.exe", "one.wav"),
    "no name at all": (lambda: Recording(), "", "recording.wav"),
}


@pytest.mark.parametrize("name", PATHS)
def test_a_file_is_named_by_what_is_known(name: str) -> None:
    make, told, expected = PATHS[name]
    assert path_in("folder", make(), told) == f"folder/{expected}"


def test_a_strangers_name_stays_in_the_folder() -> None:
    path = Path(path_in("folder", Recording(), "../../.ssh/authorized_keys.wav"))
    assert (str(path.parent), path.suffix, path.name[0]) == ("folder", ".wav", "s")


def test_one_path_is_for_one_recording() -> None:
    wanted = [Wanted(recording=Recording(name=name), locate=lambda: None) for name in "ab"]  # type: ignore[arg-type,return-value]
    refuse_one_path_for_many(wanted[:1], Place(path="x.wav"))
    with pytest.raises(UsageError, match="a, b"):
        refuse_one_path_for_many(wanted, Place(path="x.wav"))
