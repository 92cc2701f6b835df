"""`voicectl call listen`: what vendors report by themselves, as lines. The reading: `actions/listen.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from voicectl.cli.failures import show_unsent
from voicectl.cli.session import Session, session_of
from voicectl.core.errors import Exit, UsageError

if TYPE_CHECKING:
    from queue import SimpleQueue

    from voicectl.actions.listen import News
    from voicectl.core.errors import VoicectlError

LOOPBACK = "127.0.0.1"
SHORT_PATH = 16
LOOK_UP_SECONDS = 0.2
UNSAFE = set(" ?#%\\")


def listen(
    context: typer.Context,
    port: Annotated[int, typer.Option("--port", metavar="N", min=0, max=65535, help="0 takes a free one.")],
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Others than this machine get in only so.")
    ] = LOOPBACK,
    path: Annotated[
        str, typer.Option("--path", metavar="PATH", help="The one path that is served; else a secret one.")
    ] = "",
    public_url: Annotated[
        str, typer.Option("--public-url", metavar="URL", help="How the vendor sees this, behind a proxy.")
    ] = "",
    count: Annotated[int, typer.Option("--count", metavar="N", min=0, help="End after so many reports.")] = 0,
    max_seconds: Annotated[
        float,
        typer.Option("--max-seconds", metavar="S", min=0, help="End after so long; 124 short of --count."),
    ] = 0,
) -> None:
    """Receive what the vendor reports of calls, and print a JSON line for each piece of news.

    The URL to give the vendor is printed on stderr. Twilio's reports must bear its signature; other
    vendors sign none, and the path is all that keeps strangers out. What is reported of a call in
    the ledger is noted there: `call status` shows it. Reports come over HTTP only: no vendor that
    is known here has an interface that tells a call's state over gRPC or a WebSocket.

    voicectl --vendor twilio call listen --port 8080 --public-url https://hooks.example.com
    voicectl --vendor aliyun call listen --port 8080 | jq .state
    """
    from queue import SimpleQueue

    from voicectl.actions.listen import Reception
    from voicectl.telephony import known_ledger, listener, telephony

    session = session_of(context)
    if session.options.dry_run:
        show_unsent(session)
        return
    place = _checked_path(path) or f"/{session.runtime.clock.moment().nonce.replace('-', '')}"
    _check_url(public_url)
    news: SimpleQueue[News | VoicectlError] = SimpleQueue()
    reception = Reception(
        calls=telephony(session.runtime, with_ledger=False).calls,
        ledger=known_ledger(session.runtime),
        hear=news.put,
        now=lambda: session.runtime.clock.moment().now,
    )
    with listener(host, port, place, public_url, deliver=reception.take, tell=news.put) as url:
        _warn(session, host, path)
        session.console.note("listening at {url}", url=url)
        _tell(session, news, count, max_seconds)


def _tell(session: Session, news: SimpleQueue[News | VoicectlError], count: int, max_seconds: float) -> None:
    """Print news until there were enough of them, or the time is over."""
    from queue import Empty

    from voicectl.actions.listen import News

    clock = session.world.monotonic
    end, told = clock() + max_seconds if max_seconds else None, 0
    while not count or told < count:
        if end is not None and clock() >= end:
            if count:
                session.console.note("{told} of {count} reports have come", told=told, count=count)
                raise typer.Exit(Exit.WAIT_TIMEOUT)
            return
        try:
            # In short waits, between which a signal is heard everywhere.
            item = news.get(timeout=min(LOOK_UP_SECONDS, max(0.0, end - clock())) if end else LOOK_UP_SECONDS)
        except Empty:
            continue
        if isinstance(item, News):
            told += 1
            session.console.line(item.as_json())
        else:
            session.console.warn("a report was turned away: {reason}", reason=str(item))


def _checked_path(path: str) -> str:
    """Return the path as it will be asked for; UsageError for one that no URL holds as it is."""
    if not path:
        return ""
    path = f"/{path.removeprefix('/')}"
    if not (path.isascii() and path.isprintable()) or UNSAFE & set(path):
        raise UsageError("--path {path!r} is no plain path", path=path, hint="--path /reports/SOMETHING-LONG")
    return path


def _check_url(url: str) -> None:
    from voicectl.core.endpoint import Endpoint

    if url:
        Endpoint.of(url)


def _warn(session: Session, host: str, path: str) -> None:
    if not _is_loopback(host):
        session.console.warn("{host} can be reached by other machines: they may knock here", host=host)
    if path and len(path) < SHORT_PATH:
        session.console.warn(
            "the path {path!r} is soon guessed; leave out --path for a secret one", path=path
        )


def _is_loopback(host: str) -> bool:
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
