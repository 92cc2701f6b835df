"""The wiring of speech: who speaks, at which pace, and where pieces wait. All else: `runtime.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from voicectl.core.pace import Pace
    from voicectl.core.shelf import Shelf
    from voicectl.core.speaker import Speaker
    from voicectl.core.tts import TextLimit, Tts, Utterance
    from voicectl.profiles.choice import Choice
    from voicectl.runtime import AccountAccess, Runtime

USUAL_JOBS = 4
PIECES, PACES = "pieces", "pace"
USUAL = "https://usual.invalid"


class Speech(NamedTuple):
    """Who speaks, and the speech."""

    choice: Choice
    tts: Tts
    access: AccountAccess


def speech(runtime: Runtime, *, jobs: int = 0) -> Speech:
    """Choose who speaks; Unsupported for a vendor that does not. `jobs` is 0 where nobody said it."""
    from voicectl.core.errors import Unsupported

    # Some vendors ask for something before it is known what is to be said.
    runtime.connections = jobs or USUAL_JOBS
    choice, card, access = runtime.chosen(speech=True)
    if card.tts is None:
        raise Unsupported(
            "vendor {vendor!r} does not speak", vendor=choice.vendor, hint="voicectl say --vendor local …"
        )
    return Speech(choice, card.tts(access), access)


def speaker(
    runtime: Runtime,
    speech: Speech,
    utterance: Utterance,
    *,
    now: Callable[[], float],
    jobs: int = 0,
    keeps: bool = True,
) -> Speaker:
    """Return who speaks a settled utterance.

    `jobs` is 0 where nobody said how many at once; `now` counts seconds on a clock that all processes
    share. Without `keeps` nothing outlasts the run.
    """
    from voicectl.core.speaker import Speaker
    from voicectl.core.tts import limit_of

    limit = limit_of(speech.tts, utterance)
    if limit.by_sentence:
        return Speaker(speech.tts)
    runtime.connections = jobs or min(USUAL_JOBS, limit.jobs or USUAL_JOBS)
    identity = _identity(runtime, speech)
    pace = _pace(runtime, speech, limit, (*identity, utterance.engine), now, jobs)
    runtime.rest = pace.hold
    return Speaker(
        tts=speech.tts,
        identity=identity,
        jobs=runtime.connections,
        pace=pace,
        open_shelf=lambda: _shelf(runtime, keeps=keeps),
    )


def _identity(runtime: Runtime, speech: Speech) -> tuple[str, ...]:
    """Tell whose sound it is: a server of one's own has voices of its own."""
    profile = speech.access.profile
    own = [f"{service}={url}" for service, url in sorted(profile.endpoints.items())]
    settings = [profile.settings.get(name, "") for name in ("api", "base_url")]
    return speech.choice.vendor, *settings, runtime.endpoint(profile, "", USUAL).host, *own


def _shelf(runtime: Runtime, *, keeps: bool) -> Shelf:
    """Return where pieces wait: in the cache, or in memory where there is none."""
    from voicectl.core.errors import ConfigError
    from voicectl.core.note import Note
    from voicectl.kept.pieces import FileShelf, MemoryShelf

    directory = runtime.directories.cache
    if not keeps:
        reason = "the cache is switched off"
    elif directory is None:
        reason = "there is no home directory"
    else:
        try:
            return FileShelf(directory / PIECES, now=lambda: runtime.clock.moment().now.timestamp())
        except ConfigError as error:
            reason = str(error)
    runtime.tell(Note("no piece is kept for another run: {reason}", {"reason": reason}))
    return MemoryShelf()


def _pace(
    runtime: Runtime,
    speech: Speech,
    limit: TextLimit,
    place: tuple[str, ...],
    now: Callable[[], float],
    jobs: int,
) -> Pace:
    """Return the pace that all processes of this account keep together."""
    from voicectl.core.pace import OwnPace

    directory = runtime.directories.state
    if directory is None or not (limit.jobs or limit.per_second):
        return OwnPace(now=now, sleep=runtime.clock.sleep, per_second=limit.per_second)
    from hashlib import sha256

    from voicectl.kept.pace import SharedPace

    account = runtime.key_source(speech.choice).account(runtime.clock.moment().now)
    owner = (account, speech.access.profile.region, *place)
    return SharedPace(
        directory / PACES / sha256("\0".join(owner).encode()).hexdigest()[:32],
        # Who says how many at once knows what was bought.
        jobs=max(limit.jobs, jobs) if limit.jobs else 0,
        per_second=limit.per_second,
        now=now,
        sleep=runtime.clock.sleep,
        say=lambda note: runtime.tell(note),
    )
