"""The request that `sign` is told about by flags, and its signature. Which command shows it: beside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple, NoReturn

import typer

from voicectl.cli.inputs import read_input
from voicectl.cli.options import pairs
from voicectl.cli.session import Session
from voicectl.core.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from voicectl.core.clock import Moment
    from voicectl.core.credentials import Credentials
    from voicectl.core.signature import Signed

Url = Annotated[str, typer.Option("--url", metavar="URL", help="What is requested; taken as it stands.")]
Method = Annotated[str, typer.Option("-X", "--method", metavar="M", help="GET, or POST with --data.")]
Headers = Annotated[
    list[str] | None, typer.Option("-H", "--header", metavar="'NAME: VALUE'", help="A header line.")
]
Data = Annotated[str | None, typer.Option("--data", metavar="TEXT|@FILE", help="The body.")]
Scheme = Annotated[str, typer.Option("--scheme", metavar="NAME", help="The scheme; else the profile's own.")]
Service = Annotated[str, typer.Option("--service", metavar="NAME", help="The service's name in the scope.")]
SchemeOptions = Annotated[
    list[str] | None, typer.Option("--option", metavar="K=V", help="An option of the scheme.")
]
At = Annotated[str, typer.Option("--at", metavar="TIME", help="When it is signed: 2026-01-02T03:04:05Z.")]
Nonce = Annotated[str, typer.Option("--nonce", metavar="TEXT", help="The nonce, where the scheme has one.")]


class Told(NamedTuple):
    """What the flags say, as they say it."""

    url: str
    method: str
    headers: list[str] | None
    data: str | None
    scheme: str
    service: str
    at: str
    nonce: str
    options: list[str] | None


def keys(session: Session, scheme: str) -> tuple[str, str, Credentials]:
    """Return scheme, region and credentials for a request that brings none."""
    from voicectl.signatures import signing_keys

    return signing_keys(session.runtime, session.world.environ, session.options, scheme)


def sign(session: Session, told: Told) -> tuple[Signed, Credentials]:
    """Sign what was told, with the keys of profile or environment."""
    from voicectl.explain.flags import request_from_flags
    from voicectl.signing import schemes

    body = body_of(session, told.data)
    refuse_forbidden(session, told.scheme)
    name, region, credentials = keys(session, told.scheme)
    signer = schemes.build(
        name or _no_scheme(),
        region=region,
        service=told.service,
        options=pairs(told.options or [], "--option"),
    )
    for part in _gaps(signer):
        session.console.note("the scope that is signed has no {part}; --{part} sets it", part=part)
    request = request_from_flags(method=told.method, url=told.url, headers=told.headers or [], data=body)
    return signer.sign(request, credentials, _moment(session, told.at, told.nonce)), credentials


def _gaps(signer: object) -> list[str]:
    """Return the parts of the scope that are empty: no server accepts such a signature."""
    parts = getattr(signer, "scope_parts", ())
    return [part for part in ("region", "service") if part in parts and not getattr(signer, part)]


def refuse_forbidden(session: Session, scheme: str) -> None:
    """Raise ConfigError for a scheme that only a plugin could bring, where none may."""
    from voicectl.signing.schemes import BUILT_IN

    session.runtime.refuse_forbidden_plugin(scheme, (*BUILT_IN, ""))


def body_of(session: Session, data: str | None) -> bytes | None:
    """Return the body that `--data` gives: text, or a file's bytes after `@`."""
    if data is None:
        return None
    if data.startswith("@"):
        return read_input(session.world, data[1:])
    return data.encode("utf-8", "surrogateescape")


def _no_scheme() -> NoReturn:
    from voicectl.signing import schemes

    names = ", ".join(schemes.names())
    raise UsageError("no signature scheme was named", names=names, hint="--scheme: {names}")


def _moment(session: Session, at: str, nonce: str) -> Moment:
    """Return the moment that was asked for, and for what was not, the present one."""
    from voicectl.core.clock import Moment

    now = session.runtime.clock.moment()
    return Moment(_time_of(at) if at else now.now, nonce or now.nonce)


def _time_of(text: str) -> datetime:
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            "--at wants a time, not {text!r}", text=text, hint="--at 2026-01-02T03:04:05Z"
        ) from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
