"""The ways in which an account elsewhere says that its keys are got. Going them: `fulfil.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from voicectl.core.credentials import Credentials


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """They stand there; with an `expires_at` they are the cache of the vendor's own tool."""

    place: str
    credentials: Credentials
    renewal: str = ""
    """The command of the vendor's tool that makes new ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program prints them."""

    place: str
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a role is asked for; `seconds` of 0 is the vendor's default."""

    role: str
    name: str = "voicectl"
    seconds: int = 0
    policy: str = ""
    external_id: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """The vendor's STS gives them for other keys."""

    place: str
    session: Session
    source: Way
    mfa_serial: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The vendor's STS gives them for an OIDC token, which lies in a file and is read anew each time."""

    place: str
    session: Session
    token_file: str
    provider: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """The machine's metadata service gives them; unless `explicit`, there need be no such service."""

    place: str
    role: str = ""
    explicit: bool = True
    allow_v1: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Something near gives them to whoever asks: a container's agent, `credentials_uri`."""

    place: str
    url: str
    token: str = ""
    token_file: str = ""

    def __repr__(self) -> str:
        return f"Address(place={self.place!r}, url={self.url!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sso:
    """AWS IAM Identity Center gives them for the token that `aws sso login` has left.

    `session` is empty in the older form, which knows only the start URL and cannot renew a token.
    """

    place: str
    profile: str
    account: str
    role: str
    region: str
    start_url: str
    session: str
    directory: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """AWS's own library knows how."""

    place: str
    profile: str
    config: str
    credentials: str


Way: TypeAlias = "Keys | Program | Role | Identity | Instance | Address | Sso | Library"


def account_of(way: Way) -> tuple[str, ...]:
    """Return what tells this account from others, without asking anybody and without a secret."""
    match way:
        case Keys():
            return ("keys", way.credentials.key_id)
        case Program():
            return ("program", way.command)
        case Role():
            return (*account_of(way.source), "role", *_parts(way.session))
        case Identity():
            return ("identity", way.token_file, way.provider, *_parts(way.session))
        case Instance():
            return ("instance", way.role)
        case Address():
            return ("address", way.url)
        case Sso():
            return ("sso", way.session or way.start_url, way.account, way.role)
        case Library():
            return ("library", way.profile)


def _parts(session: Session) -> tuple[str, ...]:
    return (
        session.role,
        session.name,
        str(session.seconds),
        session.policy,
        session.external_id,
        session.region,
    )
