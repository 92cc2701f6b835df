"""Which recordings a command line means: an id, a URL, an object, a report. Bringing them: `recording.py`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from voicectl.cli.inputs import read_input
from voicectl.cli.session import Session
from voicectl.core.errors import BadInput, Unsupported, UsageError, VoicectlError

if TYPE_CHECKING:
    from voicectl.actions.recording import Patience, Wanted
    from voicectl.core.recording import Recording, Recordings
    from voicectl.recordings import Archive


class Source(NamedTuple):
    """What was given to say which recordings are meant."""

    ids: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    bucket: str = ""
    keys: tuple[str, ...] = ()
    receipt: str = ""
    folder: str = ""
    product: str = ""
    day: date | None = None
    params: Mapping[str, str] = {}

    @property
    def words(self) -> tuple[str, ...]:
        """What a file's name has to hold: of an id of ours the vendor's own part."""
        from voicectl.core.recording import read_recording_id

        found = []
        for word in self.ids:
            try:
                call, name = read_recording_id(word)
                found.append(name or call.vendor_id)
            except BadInput:
                found.append(word)
        return tuple(found)

    def refuse_mixture(self) -> None:
        """Refuse nothing at all, several ways at once, and half of an object's name."""
        if bool(self.bucket) != bool(self.keys):
            raise UsageError("an object wants both its bucket and its key", hint="--bucket B --key K")
        ways = [bool(self.ids) and not self.folder, bool(self.urls), bool(self.bucket), bool(self.receipt)]
        if sum([*ways, bool(self.folder)]) != 1:
            raise UsageError(
                "which recording: an id, --url, --bucket with --key, --receipt, or --path?",
                hint="voicectl recording download ID -o call.wav",
            )


class Failed(NamedTuple):
    """One of several that did not come, and why not."""

    id: str | None
    error: VoicectlError


def wanted_of(session: Session, source: Source, patience: Patience | None) -> list[Wanted | Failed]:
    """Return the recordings that are meant, and how each is found; of several ids some may not be.

    What is no id, and anything wrong with the only one, ends it all.
    """
    from voicectl.recordings import archive

    if source.urls:
        return [_at_url(session, url) for url in source.urls]
    if source.ids:
        return [each for word in source.ids for each in _looked_up(session, word, source, patience)]
    recordings = archive(session.runtime).recordings
    if source.receipt:
        return [_kept_by(recordings, each) for each in recordings.received(_report(session, source.receipt))]
    found = [recordings.in_store(source.bucket, key) for key in source.keys]
    return [_kept_by(recordings, _with(each, source.params)) for each in found]


def archive_for(session: Session, word: str) -> Archive:
    """Return whose recording an id names; for another word who was chosen."""
    from voicectl.core.recording import read_recording_id
    from voicectl.recordings import archive

    try:
        vendor = read_recording_id(word)[0].vendor
    except BadInput:
        if not (session.options.vendor or session.options.profile):
            raise
        vendor = ""
    return archive(session.runtime, vendor)


def _looked_up(
    session: Session, word: str, source: Source, patience: Patience | None
) -> list[Wanted] | list[Failed]:
    try:
        return _by_id(session, word, source, patience)
    except BadInput:
        raise
    except VoicectlError as error:
        if len(source.ids) == 1:
            raise
        return [Failed(word, error)]


def _by_id(session: Session, word: str, source: Source, patience: Patience | None) -> list[Wanted]:
    """Ask the vendor; where none can be asked, a report that the ledger has kept may tell the address."""
    from voicectl.actions.recording import call_of, of_call, when_ready
    from voicectl.core.recording import Recording
    from voicectl.recordings import archive

    is_raw = bool(source.product or source.day)
    vendor, recordings = archive(session.runtime) if is_raw else archive_for(session, word)
    clock = session.runtime.clock
    call, name = call_of(word, vendor, source.product, source.day, clock.moment().now)
    try:
        found = when_ready(lambda: of_call(recordings, call, name, source.params), clock, patience)
    except Unsupported:
        url = _reported_url(session, word)
        if not url:
            raise
        found = [Recording(call=call, params={"url": url})]
    return [_kept_by(recordings, each) for each in found]


def _reported_url(session: Session, word: str) -> str:
    from voicectl.telephony import known_ledger

    ledger = known_ledger(session.runtime)
    entry = ledger.find(word) if ledger else None
    return entry.call.recording_url if entry and entry.call else ""


def _at_url(session: Session, url: str) -> Wanted:
    """Take a URL for a vendor's own where it wants that vendor's key; else it is a stranger's."""
    from voicectl.actions.recording import Wanted
    from voicectl.core.endpoint import without_keys
    from voicectl.core.presigned import file_name_of
    from voicectl.core.recording import Recording
    from voicectl.recordings import archive_if_chosen, typed_url

    if not _is_url(url):
        raise UsageError(
            "{url!r} is no URL", url=without_keys(url), hint="--url https://host.example/recording.wav"
        )
    chosen = archive_if_chosen(session.runtime)
    own = chosen.recordings.at_url(url) if chosen else None
    if chosen and own:
        return _kept_by(chosen.recordings, own)
    name = file_name_of(url).partition(".")[0]
    return Wanted(recording=Recording(name=name), locate=lambda: typed_url(session.runtime, url))


def _is_url(text: str) -> bool:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(text)
        return parts.scheme in {"https", "http"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _kept_by(recordings: Recordings, recording: Recording) -> Wanted:
    from voicectl.actions.recording import Wanted

    return Wanted(recording=recording, locate=lambda: recordings.locate(recording))


def _with(recording: Recording, params: Mapping[str, str]) -> Recording:
    from dataclasses import replace

    return replace(recording, params={**params, **recording.params})


def _report(session: Session, name: str) -> bytes:
    return read_input(session.world, name)
