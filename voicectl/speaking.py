"""The wiring of speech: who speaks, at which pace, and where pieces wait. All else: `runtime.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from voicectl.core.pace import Pace
    from voicectl.core.shelf import Shelf
    from voicectl.core.speaker import Speaker
    from voicectl.core.tts import TextLimit, Tts, Utterance
    from voicectl.profiles.choice import Choice
    from voicectl.runtime import AccountAccess, Runtime

USUAL_JOBS = 4
PACES = "pace"
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
    stores: bool = True,
    per_second: float | None = None,
) -> Speaker:
    """Return who speaks a settled utterance.

    `jobs` is 0 where nobody said how many at once; `now` counts seconds on a clock that all processes
    share. Without `keeps` the cache is left alone; without `stores` nothing is added to it.
    `per_second` stands in place of what is known of the vendor; 0 is no limit.
    """
    from voicectl.core.pace import PaceAtNeed
    from voicectl.core.speaker import Speaker
    from voicectl.core.tts import limit_of

    limit = limit_of(speech.tts, utterance)
    if limit.by_sentence:
        return Speaker(speech.tts)
    if per_second is not None:
        limit = limit._replace(per_second=per_second)
    runtime.connections = jobs or min(USUAL_JOBS, limit.jobs or USUAL_JOBS)
    identity = identity_of(runtime, speech)
    # Whose pace it is only counts where something has to be asked for: to tell that may need the keyring.
    pace = PaceAtNeed(lambda: _pace(runtime, speech, limit, (*identity, utterance.engine), now, jobs))
    runtime.rest = pace.hold
    return Speaker(
        tts=speech.tts,
        identity=identity,
        jobs=runtime.connections,
        pace=pace,
        open_shelf=lambda: _shelf(runtime, keeps=keeps, stores=stores),
    )


def identity_of(runtime: Runtime, speech: Speech) -> tuple[str, ...]:
    """Tell whose sound it is: a server of one's own has voices of its own."""
    profile = speech.access.profile
    own = [f"{service}={url}" for service, url in sorted(profile.endpoints.items())]
    settings = [profile.settings.get(name, "") for name in ("api", "base_url")]
    return speech.choice.vendor, *settings, runtime.endpoint(profile, "", USUAL).host, *own


def _shelf(runtime: Runtime, *, keeps: bool, stores: bool) -> Shelf:
    """Return where pieces are kept: in the cache, or in memory where there is none; one for the whole run."""
    if runtime.shelf is None:
        runtime.shelf = _opened_shelf(runtime, keeps=keeps, stores=stores)
    return runtime.shelf


def _opened_shelf(runtime: Runtime, *, keeps: bool, stores: bool) -> Shelf:
    from voicectl.core.errors import ConfigError
    from voicectl.core.note import Note
    from voicectl.kept.memory import MemoryShelf

    directory = runtime.directories.cache
    if not keeps:
        reason = "the cache is switched off"
    elif directory is None:
        reason = "there is no home directory"
    else:
        from voicectl.kept.pieces import FileShelf, ReadOnlyShelf
        from voicectl.kept.sounds import FOLDER

        try:
            files = FileShelf(directory / FOLDER, now=lambda: runtime.clock.moment().now.timestamp())
            return files if stores else ReadOnlyShelf(files)
        except ConfigError as error:
            reason = str(error)
    runtime.tell(Note("no sound is kept for another run: {reason}", {"reason": reason}))
    return MemoryShelf()


def cached(runtime: Runtime) -> Mapping[str, object]:
    """Tell what lies in the cache."""
    from voicectl.kept.known import names
    from voicectl.kept.sounds import MOST_BYTES, contents

    cache = runtime.directories.cache
    found = contents(cache)._asdict()
    known = len(names(cache, "voices"))
    return {"directory": str(cache) if cache else None, **found, "most_bytes": MOST_BYTES, "voices": known}


def clear_cache(runtime: Runtime) -> Mapping[str, int]:
    """Remove all sounds and the names of voices; return how many sounds that were, and bytes."""
    from voicectl.kept.known import forget
    from voicectl.kept.sounds import clear

    forget(runtime.directories.cache, "voices")
    return clear(runtime.directories.cache)._asdict()


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
