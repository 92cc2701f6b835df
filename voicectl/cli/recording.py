"""`voicectl recording list` and `download`: words in, words out. The deeds: `actions/recording.py`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicectl.audio.files import IfExists
from voicectl.cli.call_options import Param, Poll, day
from voicectl.cli.call_status import Date, Product
from voicectl.cli.groups import new_group
from voicectl.cli.live import live_line
from voicectl.cli.recording_source import Failed, Source, wanted_of
from voicectl.cli.session import Session, session_of
from voicectl.cli.sound_target import goes_to_stdout, refuse_format_as_file
from voicectl.cli.speech_options import named_values
from voicectl.core.errors import Exit, OutputError, UsageError, VoicectlError
from voicectl.core.printable import visible

if TYPE_CHECKING:
    from voicectl.actions.recording import Brought, Patience, Place, Wanted
    from voicectl.core.recording import Downloader

STDOUT_PATH = "/dev/fd/1"
SHOWN_EVERY_SECONDS = 0.2
LISTED = ("created_at", "duration_seconds", "bytes", "id")
"""What people see of a list; all else is in JSON."""

Ids = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ID]...", help="What `call create` or `recording list` printed."),
]
OfCall = Annotated[str, typer.Option("--call", metavar="ID", help="The recordings of this call.")]
Since = Annotated[str, typer.Option("--since", metavar="T", help="From then on: 2026-01-02, or 24h ago.")]
Url = Annotated[
    list[str] | None, typer.Option("--url", metavar="U", help="Bring what lies there; repeatable.")
]
Bucket = Annotated[str, typer.Option("--bucket", metavar="B", help="A bucket of the vendor's object store.")]
Key = Annotated[list[str] | None, typer.Option("--key", metavar="K", help="The object in it; repeatable.")]
Receipt = Annotated[
    str, typer.Option("--receipt", metavar="FILE", help="A report of the vendor; - is stdin.")
]
Mounted = Annotated[
    str, typer.Option("--path", metavar="DIR", help="Copy from a folder that is mounted here.")
]
Out = Annotated[str, typer.Option("-o", "--out", metavar="FILE", help="Write there; - is stdout.")]
OutDir = Annotated[
    str, typer.Option("--out-dir", metavar="DIR", help="Write into this folder (the current).")
]
OnExisting = Annotated[IfExists, typer.Option("--if-exists", help="What to do about a file that is there.")]
Jobs = Annotated[int, typer.Option("--jobs", metavar="N", min=1, help="Parts of a big file at a time (4).")]
Wait = Annotated[bool, typer.Option("--wait", help="Wait for a recording that is not there yet.")]
WaitTimeout = Annotated[
    str, typer.Option("--wait-timeout", metavar="TIME", help="Give up after so long: 90s, 2h.")
]

app = new_group("Recordings: list, download.")


@app.command("list")
def list_(
    context: typer.Context,
    call: OfCall = "",
    since: Since = "",
    product: Product = "",
    date: Date = "",
    param: Param = None,
    wait: Wait = False,
    poll: Poll = 5.0,
    wait_timeout: WaitTimeout = "10m",
) -> None:
    """List the recordings of a call, or those from a time on.

    voicectl recording list --call ID
    voicectl --vendor twilio recording list --since 24h -O jsonl
    """
    from voicectl.actions.recording import call_of, listed, when_ready
    from voicectl.cli.recording_source import archive_for
    from voicectl.recordings import archive

    session = session_of(context)
    if bool(call) == bool(since):
        raise UsageError("list what: the recordings of a call, or those since a time?", hint="--call ID")
    params, clock = named_values("--param", param or []), session.runtime.clock
    patience = _patience(poll, wait_timeout) if wait else None
    if since:
        recordings = archive(session.runtime).recordings
        moment = _moment(since, clock.moment().now)
        found = when_ready(lambda: list(recordings.since(moment, params)), clock, patience)
    else:
        raw = product or date
        vendor, recordings = archive(session.runtime) if raw else archive_for(session, call)
        asked, name = call_of(call, vendor, product, day(date), clock.moment().now)
        found = when_ready(lambda: list(recordings.of_call(asked, params)), clock, patience)
        found = [each for each in found if not name or each.name == name]
    rows = [listed(each) for each in found]
    session.console.result(rows, lambda: session.console.table(rows, LISTED) or "no recordings")


@app.command()
def download(
    context: typer.Context,
    ids: Ids = None,
    url: Url = None,
    bucket: Bucket = "",
    key: Key = None,
    receipt: Receipt = "",
    path: Mounted = "",
    out: Out = "",
    out_dir: OutDir = "",
    if_exists: OnExisting = IfExists.OVERWRITE,
    jobs: Jobs = 4,
    product: Product = "",
    date: Date = "",
    param: Param = None,
    wait: Wait = False,
    poll: Poll = 5.0,
    wait_timeout: WaitTimeout = "10m",
) -> None:
    """Bring recordings into files: whole and checked, or not at all; a killed run is gone on with.

    voicectl recording download ID -o call.wav --wait
    voicectl recording download ID ID --out-dir recordings --if-exists skip
    """
    from voicectl.recordings import downloader

    session = session_of(context)
    source = Source(
        ids=tuple(ids or ()),
        urls=tuple(url or ()),
        bucket=bucket,
        keys=tuple(key or ()),
        receipt=receipt,
        folder=path,
        product=product,
        day=day(date),
        params=named_values("--param", param or []),
    )
    source.refuse_mixture()
    place = _place(out, out_dir, if_exists)
    if path:
        _copy(session, source, place)
        return
    patience = _patience(poll, wait_timeout) if wait else None
    brings = downloader(session.runtime, session.options, jobs)
    wanted = wanted_of(session, source, patience)
    if session.options.dry_run:
        _rehearse(session, wanted)
        return
    _download(session, wanted, place, brings, patience)


def _download(
    session: Session,
    wanted: list[Wanted | Failed],
    place: Place,
    brings: Downloader,
    patience: Patience | None,
) -> None:
    from voicectl.actions.recording import Desk, bring, id_of, refuse_one_path_for_many
    from voicectl.recordings import boot_id

    refuse_one_path_for_many([each for each in wanted if not isinstance(each, Failed)], place)
    _make_folder(place)
    clock = session.runtime.clock
    with live_line(session) as show:
        tell = _teller(show, session.world.monotonic)
        desk = Desk(clock=clock, downloader=brings, boot=boot_id(), patience=patience, tell=tell)
        done = [
            each
            if isinstance(each, Failed)
            else _attempted(id_of(each.recording), partial(bring, each, place, desk), len(wanted))
            for each in wanted
        ]
    _report(session, done, place)


def _teller(
    show: Callable[[str, str], None], monotonic: Callable[[], float]
) -> Callable[[str, int, int | None], None]:
    """Return what shows how far a file has come, a few times a second."""
    from voicectl.cli.figures import size

    due = monotonic() + SHOWN_EVERY_SECONDS

    def tell(path: str, there: int, whole: int | None) -> None:
        nonlocal due
        if monotonic() < due:
            return
        due = monotonic() + SHOWN_EVERY_SECONDS
        share = f" of {size(whole)}, {there / whole:.0%}" if whole else ""
        show(f"bringing {Path(path).name}", f": {size(there)}{share}")

    return tell


def _copy(session: Session, source: Source, place: Place) -> None:
    from voicectl.actions.recording_copy import copy, found_in

    files = [file for word in source.words or ("",) for file in found_in(source.folder, word)]
    if session.options.dry_run:
        session.console.result({"requests": []})
        return
    if len(files) > 1 and place.path:
        raise UsageError("{count} files fit, and -o is one file", count=len(files), hint="--out-dir DIR")
    _make_folder(place)
    with session.console.progress("copying") as advance:
        done = [_attempted(str(each), partial(copy, each, place, advance), len(files)) for each in files]
    _report(session, done, place)


def _attempted(name: str | None, deed: Callable[[], Brought], count: int) -> Brought | Failed:
    """Do one of several; the failure of the only one is the command's."""
    try:
        return deed()
    except VoicectlError as error:
        if count == 1:
            raise
        return Failed(name, error)


def _report(session: Session, done: list[Brought | Failed], place: Place) -> None:
    from voicectl.actions.recording import shown
    from voicectl.cli.failures import as_json

    rows: list[dict[str, object]] = []
    for each in done:
        if isinstance(each, Failed):
            rows.append({"id": each.id, "path": None, "error": as_json(each.error)})
            continue
        if each.skipped:
            session.console.note("{path} is there already and was left alone", path=each.path)
        row = shown(each)
        rows.append({**row, "path": None} if each.path == STDOUT_PATH else row)
    result = rows if len(rows) > 1 else rows[0]
    if place.path == STDOUT_PATH:
        session.console.result_beside_audio(rows[0], lambda: _line(rows[0]))
    else:
        session.console.result(result, lambda: "\n".join(_line(row) for row in rows))
    if any(isinstance(each, Failed) for each in done):
        raise typer.Exit(Exit.PARTLY_FAILED)


def _line(row: dict[str, object]) -> str:
    from voicectl.cli.figures import duration, size
    from voicectl.cli.tables import cell

    if "error" in row:
        return f"{visible(str(row['id']))}: failed: {cell(row['error'])}"
    seconds, checked = row["duration_seconds"], row["checked_by"]
    facts = [size(length) if isinstance(length := row["bytes"], int) else ""]
    facts += [duration(seconds) if isinstance(seconds, float) else ""]
    facts += [f"checked by {checked}" if checked else ""]
    return f"{visible(str(row['path'] or 'stdout'))} ({', '.join(filter(None, facts))})"


def _rehearse(session: Session, wanted: list[Wanted | Failed]) -> None:
    """Go as far as the wire for each recording, and show what would leave."""
    from voicectl.cli.failures import show_unsent
    from voicectl.core.vendor import NotSent

    for each in wanted:
        if isinstance(each, Failed):
            raise each.error
        try:
            with each.locate().open(()):
                pass
        except NotSent as unsent:
            session.runtime.ends_dry_run(unsent)
    show_unsent(session)


def _place(out: str, out_dir: str, if_exists: IfExists) -> Place:
    from voicectl.actions.recording import Place

    if out and out_dir:
        raise UsageError("-o names a file, --out-dir a folder: give one of them", hint="--out-dir DIR")
    refuse_format_as_file(out)
    path = STDOUT_PATH if goes_to_stdout(out) else out
    return Place(path=path, folder=out_dir or ".", if_exists=if_exists)


def _make_folder(place: Place) -> None:
    try:
        Path(place.folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            "the folder {folder!r} cannot be made: {reason}", folder=place.folder, reason=error.strerror
        ) from error


def _patience(poll: float, timeout: str) -> Patience:
    from voicectl.actions.recording import Patience
    from voicectl.actions.token import duration

    return Patience(poll, duration(timeout).total_seconds())


def _moment(word: str, now: datetime) -> datetime:
    """Read `--since`: a day or a time in this machine's zone unless it names one, or how long ago."""
    from voicectl.actions.token import duration

    try:
        return datetime.fromisoformat(word).astimezone(UTC)
    except (ValueError, OverflowError):
        return now - duration(word)
