"""From the way in which an account says that its keys are got to the keys, kept where they cost a request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from voicectl.core.credentials import Credentials
from voicectl.core.errors import BrokenAnswer, CredentialError, VoicectlError
from voicectl.core.note import Note
from voicectl.core.token import Token
from voicectl.profiles.outside import Kept, Outside
from voicectl.profiles.ways import (
    Address,
    Identity,
    Instance,
    Keys,
    Library,
    Program,
    Role,
    Sso,
    Way,
    account_of,
)

SessionWay: TypeAlias = Role | Identity | Sso
MINUTES = {"aws": (15, 10), "aliyun": (15, 15), "volcengine": (2, 2), "tencent": (5, 5)}
"""So long before the end a new session is tried for, and so long before it the old one is given up.

The vendors' own windows. A short session has shorter ones: a quarter of its life at most.
"""


def keys_by(way: Way, outside: Outside) -> Credentials | None:
    """Return the keys; None where nobody promised that there are any.

    Raises CredentialError or ConfigError naming the place that is broken; Unreachable and TryLater
    where a service is.
    """
    with _named(way.place):
        match way:
            case Keys():
                return _living(way, outside)
            case Program():
                return _printed(way, outside)
            case Role() | Identity() | Sso():
                return SessionSource(way=way, outside=outside).credentials(outside.now)
            case Library():
                from voicectl.profiles.aws_botocore import of_library

                return of_library(way)
            case Instance():
                return _of_instance(way, outside)
            case Address():
                from voicectl.profiles.metadata import of_address

                _refuse_offline(way, outside)
                return of_address(way, outside)


def _of_instance(way: Instance, outside: Outside) -> Credentials | None:
    from voicectl.profiles.metadata import of_instance

    if outside.is_offline and not way.explicit:
        return None
    _refuse_offline(way, outside)
    return of_instance(way, outside)


def _living(way: Keys, outside: Outside) -> Credentials:
    if not way.credentials.usable_at(outside.now):
        raise CredentialError(
            "{place}: the keys there have expired",
            place=way.place,
            renewal=way.renewal or "log in anew with that tool",
            hint="{renewal}",
        )
    return way.credentials


def _printed(way: Program, outside: Outside) -> Credentials:
    from voicectl.profiles.programs import keys_of, output_of

    environment = {k: v for k, v in outside.environment.items() if k not in outside.withheld}
    keys = keys_of(output_of(way.command, environment, way.place), way.place)
    return _living(Keys(place=way.place, credentials=keys, renewal="run that command by hand"), outside)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSource:
    """The session of a role: the one that is kept, or a new one. The old one serves on while it can."""

    way: SessionWay
    outside: Outside

    @property
    def name(self) -> str:
        return self.way.place

    def held(self, now: datetime) -> Token | None:
        """Return the session at hand, stale or not; nothing is sent for it."""
        return self._kept().held(now)

    def renew(self, now: datetime) -> Credentials:
        """Return a new session."""
        _refuse_offline(self.way, self.outside)
        return self._kept().renew(now)

    def credentials(self, now: datetime) -> Credentials:
        """Return a session that lives on for a while; offline, one that lives."""
        kept = self._kept()
        held = kept.held(now)
        if held is None or not held.credentials.usable_at(now):
            _refuse_offline(self.way, self.outside)
            return kept.credentials(now)
        try_from, give_up_from = _windows(self.way, held, self.outside)
        if self.outside.is_offline or not held.credentials.stale_at(now, try_from):
            return held.credentials
        try:
            return kept.renew(now)
        except VoicectlError as error:
            if held.credentials.stale_at(now, give_up_from):
                raise
            self.outside.say(Note("the session was not renewed yet: {reason}", {"reason": str(error)}))
            return held.credentials

    def _kept(self) -> Kept:
        outside = self.outside
        owner = (outside.vendor, *account_of(self.way), *_stations(outside))
        return outside.cached(owner, _issue(self.way, outside))


def _windows(way: SessionWay, held: Token, outside: Outside) -> tuple[timedelta, timedelta]:
    life = timedelta.max
    if held.issued_at and held.credentials.expires_at:
        life = held.credentials.expires_at - held.issued_at
    first, last = (min(timedelta(minutes=minutes), life / 4) for minutes in MINUTES[outside.vendor])
    # Who has to be asked for a code is not asked before it is needed.
    return (last, last) if isinstance(way, Role) and way.mfa_serial else (first, last)


def _issue(way: SessionWay, outside: Outside) -> Callable[[], Credentials]:
    def issue() -> Credentials:
        with _named(way.place):
            match way:
                case Role():
                    return _assumed(way, outside)
                case Identity():
                    from voicectl.profiles.sts import identified

                    return identified(way, outside)
                case Sso():
                    from voicectl.profiles.aws_sso import of_sso

                    return of_sso(way, outside)

    return issue


def _assumed(way: Role, outside: Outside) -> Credentials:
    from voicectl.profiles.sts import assumed

    keys = keys_by(way.source, outside)
    if keys is None:
        raise CredentialError("{place} has no keys to ask for the role with", place=way.place)
    return assumed(way, keys, outside, _code(way, outside) if way.mfa_serial else "")


def _code(way: Role, outside: Outside) -> str:
    code = outside.ask(f"MFA code of {way.mfa_serial}").strip()
    if not code.isdecimal():
        raise CredentialError(
            "{place} wants the code of its MFA device {device}, which is digits; none was given",
            place=way.place,
            device=way.mfa_serial,
            hint="run it on a terminal once; the session then serves for an hour",
        )
    return code


def _stations(outside: Outside) -> tuple[str, ...]:
    """Return what tells the STS in use from another one."""
    usual = outside.endpoint("sts", "https://sts.invalid")
    return (f"{usual.scheme}://{usual.host}{usual.path}",)


def _refuse_offline(way: Way, outside: Outside) -> None:
    if outside.is_offline:
        raise CredentialError(
            "{place} has no session at hand, and nothing may be sent for one now",
            place=way.place,
            hint="voicectl token refresh",
        )


@contextmanager
def _named(place: str) -> Iterator[None]:
    """Turn a broken answer into a broken source, by its name."""
    try:
        yield
    except BrokenAnswer as error:
        raise CredentialError(
            "{place}: {problem}", place=place, problem=str(error), hint="check its address"
        ) from None
