"""What the commands of `voicectl gateway key` share: their options, and how each is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voicectl.cli.session import Session
from voicectl.core.errors import Guarded, UsageError

if TYPE_CHECKING:
    from voicectl.core.credentials import Secret
    from voicectl.gateway.administration import Wish
    from voicectl.gateway.office import Office

NO_LIMIT = "*"
LISTS = ("tags", "profiles", "models", "voices")
LIMITS = {
    "per_minute": "{} requests a minute",
    "burst": "{} requests in a burst",
    "concurrency": "{} requests under way",
    "characters_an_hour": "{} characters an hour",
    "characters_a_day": "{} characters a day",
}

KeyId = Annotated[str, typer.Argument(metavar="ID", help="The key's id, as key list shows it.")]
KeyName = Annotated[str, typer.Option("--name", metavar="NAME", help="Whose or what for it is.")]
Team = Annotated[str, typer.Option(metavar="NAME", help="The team that is answerable for it.")]
EnvName = Annotated[
    str, typer.Option("--env", metavar="live|test", help="A test key reaches the sandbox only.")
]
Tags = Annotated[
    list[str] | None, typer.Option(metavar="TAG,…", help="What it may do: tts.basic, tts.emotion.")
]
Profiles = Annotated[
    list[str] | None, typer.Option(metavar="NAME,…", help="Accounts it may use; '*' for all.")
]
Models = Annotated[list[str] | None, typer.Option(metavar="NAME,…", help="Models it may name; '*' for all.")]
Voices = Annotated[list[str] | None, typer.Option(metavar="NAME,…", help="Voices it may use; '*' for all.")]
AllowIps = Annotated[list[str] | None, typer.Option(metavar="CIDR,…", help="Where it may be used from.")]
PerMinute = Annotated[str, typer.Option("--rpm", metavar="N", help="Requests a minute; '*' is no limit.")]
Burst = Annotated[str, typer.Option(metavar="N", help="Requests at once, where less than --rpm.")]
Concurrency = Annotated[str, typer.Option(metavar="N", help="Requests under way; '*' is no limit.")]
CharsHour = Annotated[str, typer.Option(metavar="N", help="Characters an hour; '*' is no limit.")]
CharsDay = Annotated[str, typer.Option(metavar="N", help="Characters a day, of UTC; '*' is no limit.")]
Expires = Annotated[str, typer.Option(metavar="TIME", help="When it ends by itself: 30d, or a date.")]
Hmac = Annotated[bool, typer.Option("--hmac", help="Requests must be signed, with a secret of its own.")]


def office_of(session: Session) -> Office:
    """Return what administers the gateway's files for this user, now."""
    from secrets import randbelow

    from voicectl.gateway.office import Office
    from voicectl.gateway.place import directory_in, master_in

    runtime = session.runtime

    def make_master() -> Secret:
        master = master_in(session.world.environ, runtime.stores, make=True)
        assert master is not None, "one that is missing is made"
        return master

    return Office(
        directory=directory_in(runtime.directories.state),
        who=_user(),
        now=runtime.clock.moment().now.timestamp(),
        below=randbelow,
        make_master=make_master,
    )


def refuse_logs(session: Session) -> None:
    """Raise Guarded where a key would land in the log of a job that nobody watches."""
    if session.world.environ.get("CI") and not session.console.format_was_asked_for:
        raise Guarded("a key would be shown in the log of this job", hint="-O json > key.json")


def wish_of(given: Mapping[str, Any], now: float) -> Wish:
    """Read what a new key is to be; UsageError for what is no such value."""
    from voicectl.gateway.addresses import network_words
    from voicectl.gateway.administration import Wish
    from voicectl.gateway.keys import Env, Limits
    from voicectl.gateway.permissions import expanded

    if given["env"] not in tuple(Env):
        raise UsageError("--env can be live or test, not {value!r}", value=given["env"], hint="--env live")
    if not given["name"]:
        raise UsageError("--name is missing", hint="voicectl gateway key issue --name NAME")
    return Wish(
        name=given["name"],
        team=given["team"],
        env=Env(given["env"]),
        tags=expanded(names(given["tags"])),
        profiles=names(given["profiles"]),
        models=names(given["models"]),
        voices=names(given["voices"]),
        networks=network_words(names(given["allow_ips"])),
        must_sign=given["hmac"],
        lives_seconds=life(given["expires"], now),
        limits=Limits(
            per_minute=most("--rpm", given["rpm"]),
            burst=most("--burst", given["burst"]),
            concurrency=most("--concurrency", given["concurrency"]),
            characters_an_hour=most("--chars-hour", given["chars_hour"]),
            characters_a_day=most("--chars-day", given["chars_day"]),
        ),
    )


def names(words: Iterable[str] | None) -> tuple[str, ...]:
    """Read a list that is given at once or piece by piece."""
    found = (each.strip() for word in words or () for each in word.split(","))
    return tuple(dict.fromkeys(filter(None, found)))


def most(option: str, word: str) -> int | None:
    """Read a limit; None for no limit."""
    if word == NO_LIMIT:
        return None
    if not (word.isascii() and word.isdigit() and len(word) < 12 and int(word) > 0):
        raise UsageError(
            "{option} wants a number from 1, or * for no limit, not {word!r}",
            option=option,
            word=word,
            hint="{option} 60",
        )
    return int(word)


def life(word: str, now: float) -> float | None:
    """Read how long a key lives, from a length of time or from a date; None where nothing is said."""
    from datetime import UTC, datetime

    from voicectl.actions.token import duration

    if not word:
        return None
    try:
        end = datetime.fromisoformat(word)
    except ValueError:
        return duration(word).total_seconds()
    left = (end if end.tzinfo else end.replace(tzinfo=UTC)).timestamp() - now
    if left <= 0:
        raise UsageError("--expires {word} is past", word=word, hint="--expires 30d")
    return left


def for_people(row: Mapping[str, Any]) -> dict[str, object]:
    """Return what is told of a key with words where a list is empty or a limit is none."""
    lists = {name: row[name] or "none" for name in LISTS}
    limits = [words.format(row["limits"][name]) for name, words in LIMITS.items() if row["limits"][name]]
    return {
        **row,
        **lists,
        "limits": ", ".join(limits) or "none",
        "allow_ips": row["allow_ips"] or "any",
        "expires": row["expires"] or "never",
    }


def _user() -> str:
    """Return who runs this by the system's account, which no variable changes."""
    import os

    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        from getpass import getuser

        return getuser()
