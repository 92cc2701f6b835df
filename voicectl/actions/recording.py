"""Find recordings and bring them into files, whole and checked. Copying: `recording_copy.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from voicectl.audio.check import container_of, inspect
from voicectl.audio.files import IfExists, may_write
from voicectl.audio.partial import PartialFile, partial_file
from voicectl.audio.wav import WavReader
from voicectl.core.audio import Container
from voicectl.core.call import CallId
from voicectl.core.clock import Clock
from voicectl.core.dates import written
from voicectl.core.errors import BadInput, BrokenAnswer, NotFound, UsageError, WaitedTooLong
from voicectl.core.presigned import safe_name
from voicectl.core.recording import (
    Downloader,
    Fetched,
    Location,
    Recording,
    Recordings,
    read_recording_id,
    recording_id,
)

Result = TypeVar("Result")

HEAD_BYTES = 1 << 16
MEASURED_BYTES = 16 << 20
"""What is no WAV is measured by reading all of it: up to this length."""
SUFFIXES = {
    suffix: f".{suffix}" for suffix in ("wav", "mp3", "ogg", "opus", "flac", "m4a", "amr", "aac", "pcm")
}
USUAL_SUFFIX = ".wav"
CHECKED_AS_WAV = "wav"


class Patience(NamedTuple):
    """How often to ask, and how long, in seconds."""

    poll_seconds: float
    timeout_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A recording that is to be brought, and how it is found."""

    recording: Recording
    locate: Callable[[], Location]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where files go: one path, or a folder in which names are made."""

    path: str = ""
    folder: str = "."
    if_exists: IfExists = IfExists.OVERWRITE


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What bringing takes; `boot` tells this start of the system from any other.

    `tell` hears how many bytes are there, and of how many, where that is known.
    """

    clock: Clock
    downloader: Downloader
    boot: str = ""
    patience: Patience | None = None
    tell: Callable[[str, int, int | None], None] = field(default=lambda path, there, size: None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What came of it; a `skipped` file was there already, and nothing is claimed about it."""

    recording: Recording
    path: str
    fetched: Fetched | None = None
    duration_seconds: float | None = None

    @property
    def skipped(self) -> bool:
        return self.fetched is None


def call_of(word: str, vendor: str, product: str, day: date | None, now: datetime) -> tuple[CallId, str]:
    """Return the call that a word names, and the recording's own name in it, often empty.

    With `product` or `day`, or where it is no id of ours, it is taken for the vendor's own id.
    """
    if not product and day is None:
        try:
            return read_recording_id(word)
        except BadInput:
            if not vendor:
                raise
    if not word.strip():
        raise UsageError("the id is empty", hint="voicectl recording list --call ID")
    return CallId(vendor=vendor, product=product or "voice", day=day or now.date(), vendor_id=word), ""


def of_call(recordings: Recordings, call: CallId, name: str, params: Mapping[str, str]) -> list[Recording]:
    """Return the recordings that are meant: the one of that name, else the main one, else all there are."""
    found = list(recordings.of_call(call, params))
    if name:
        named = [each for each in found if each.name == name]
        if not named:
            raise NotFound(
                "the call has no recording {name!r}",
                name=name,
                call=str(call),
                hint="voicectl recording list --call {call}",
            )
        return named
    return [each for each in found if not each.name] or found


def when_ready(
    look: Callable[[], Result],
    clock: Clock,
    patience: Patience | None,
    tell: Callable[[], None] | None = None,
) -> Result:
    """Return what is there, or wait for what may come yet; WaitedTooLong where it has not come in time."""
    if patience is None:
        return look()
    end = clock.moment().now + timedelta(seconds=patience.timeout_seconds)
    while True:
        try:
            return look()
        except NotFound as error:
            if "ready_in" not in error.facts:
                raise
            left = (end - clock.moment().now).total_seconds()
            if left <= 0:
                raise WaitedTooLong(
                    "{reason}; waited {seconds:g} seconds for it",
                    reason=str(error),
                    seconds=patience.timeout_seconds,
                    hint="wait longer: --wait-timeout 1h",
                ) from error
        if tell is not None:
            tell()
        clock.sleep(min(patience.poll_seconds, left))


def bring(wanted: Wanted, place: Place, desk: Desk) -> Brought:
    """Bring one recording into its file, and check it."""
    return when_ready(lambda: _brought(wanted, place, desk), desk.clock, desk.patience)


def _brought(wanted: Wanted, place: Place, desk: Desk) -> Brought:
    known = [wanted.locate()]
    path = place.path or path_in(place.folder, wanted.recording, known[0].file_name)
    if not may_write(path, place.if_exists):
        return Brought(recording=wanted.recording, path=path)

    def locate() -> Location:
        return known.pop() if known else wanted.locate()

    with partial_file(path, known[0].identity, boot=desk.boot, if_exists=place.if_exists) as part:

        def advance(amount: float) -> None:
            desk.tell(path, sum(each.done for each in part.segments), part.plan.size if part.plan else None)

        fetched = desk.downloader.fetch(locate, part, advance)
        fetched, seconds = _measured(part, fetched)
    if not part.delivered:
        return Brought(recording=wanted.recording, path=path)
    return Brought(
        recording=wanted.recording,
        path=path,
        fetched=fetched,
        duration_seconds=seconds if seconds is not None else wanted.recording.duration_seconds,
    )


def path_in(folder: str, recording: Recording, file_name: str) -> str:
    """Return a path in a folder, by names that lead nowhere else, whoever made them."""
    stem, _, suffix = file_name.rpartition(".")
    words = recording_id(recording) or stem or file_name or "recording"
    ending = SUFFIXES.get(suffix.lower(), USUAL_SUFFIX)
    if words.lower().endswith(ending):
        words = words[: -len(ending)]
    return str(Path(folder) / f"{safe_name(words)}{ending}")


def id_of(recording: Recording) -> str | None:
    """Return what a result calls a recording: its id, else its name."""
    return recording_id(recording) or recording.name or None


def shown(brought: Brought) -> dict[str, Any]:
    """Return a result as the contract has it."""
    recording, fetched = brought.recording, brought.fetched
    return {
        "id": id_of(recording),
        "call_id": str(recording.call) if recording.call else None,
        "path": brought.path,
        "bytes": fetched.bytes if fetched else Path(brought.path).stat().st_size,
        "sha256": fetched.sha256 if fetched else None,
        "resumed_from": fetched.resumed_from if fetched else None,
        "duration_seconds": brought.duration_seconds,
        "checked_by": (fetched.checked_by or None) if fetched else None,
    }


def listed(recording: Recording) -> dict[str, Any]:
    """Return a recording as a row of the list."""
    return {
        "id": id_of(recording),
        "call_id": str(recording.call) if recording.call else None,
        "created_at": written(recording.created_at),
        "duration_seconds": recording.duration_seconds,
        "bytes": recording.bytes,
    }


def refuse_one_path_for_many(wanted: Sequence[Wanted], place: Place) -> None:
    """Refuse to write several recordings into one file."""
    if len(wanted) > 1 and place.path:
        names = [recording_id(each.recording) or each.recording.name for each in wanted]
        raise UsageError(
            "there are {count} recordings, and -o is one file: {names}",
            count=len(wanted),
            names=", ".join(names),
            hint="name one of them, or --out-dir DIR",
        )


def _measured(part: PartialFile, fetched: Fetched) -> tuple[Fetched, float | None]:
    """Return how long the sound is; without a length from the server, a WAV's own has to be kept."""
    if not fetched.checked_by:
        with part.reading() as file:
            sound = inspect(file)
        if sound.container is Container.WAV:
            return replace(fetched, checked_by=CHECKED_AS_WAV), sound.duration_seconds
        return fetched, sound.duration_seconds
    head = b"".join(bytes(block) for block in part.blocks(0, min(HEAD_BYTES, fetched.bytes)))
    try:
        if container_of(head) is Container.WAV:
            return fetched, _wav_seconds(head, fetched.bytes)
        if container_of(head) is None or fetched.bytes > MEASURED_BYTES:
            return fetched, None
        with part.reading() as file:
            return fetched, inspect(file).duration_seconds
    except BrokenAnswer:
        # The bytes are the store's own: what it keeps is not ours to refuse.
        return fetched, None


def _wav_seconds(head: bytes, size: int) -> float | None:
    """Return the length that a WAV's header tells, as far as there are bytes for it."""
    reader = WavReader()
    sound = len(reader.feed(head))
    if reader.fmt is None or not sound:
        return None
    there = size - (len(head) - sound)
    told = sound + reader.missing_bytes if reader.missing_bytes else there
    return round(min(told, there) / reader.fmt.bytes_per_second, 3)
