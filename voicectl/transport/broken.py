"""What a connection's failure means to the person who waits. Pure; http.py catches, this names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from voicectl.core.errors import (
    BrokenAnswer,
    ConfigError,
    OutcomeUnknown,
    TryLater,
    Unreachable,
    VoicectlError,
)
from voicectl.transport.proxies import Proxy

UNTRUSTED = {18, 19, 20, 21}
WRONG_TIME = {9, 10}
WRONG_HOST = {62, 64}


class Place(NamedTuple):
    """Where a request goes, by which way, and what may be done about a failure."""

    host: str
    proxy: Proxy | None
    repeatable: bool
    timeout: float


def not_connected(place: Place, error: BaseException, *, connected: bool) -> VoicectlError:
    """Name a failure before any byte of the request had left."""
    cause, words, hint = _cause(error)
    if place.proxy and not connected:
        return ConfigError(
            "the proxy in {variable} cannot be reached: {words}",
            variable=place.proxy.variable,
            words=words,
            hint="correct {variable} or unset it; NO_PROXY={host} goes past it",
            host=place.host,
        )
    return Unreachable("cannot reach {host}: {words}", host=place.host, words=words, cause=cause, hint=hint)


def proxy_refused(place: Place, answer: str) -> VoicectlError:
    """Name the refusal of a proxy; `answer` is its status or the SOCKS reply."""
    variable = place.proxy.variable if place.proxy else ""
    answer = place.proxy.hidden_in(answer) if place.proxy else answer
    if answer[:1] == "5" or "could not connect" in answer:
        return Unreachable(
            "the proxy in {variable} cannot reach {host}: {answer}",
            variable=variable,
            host=place.host,
            answer=answer,
            cause="proxy",
        )
    return ConfigError(
        "the proxy in {variable} refuses: {answer}",
        variable=variable,
        answer=answer,
        host=place.host,
        hint="correct the user and password in {variable}; NO_PROXY={host} goes past it",
    )


def unknown_outcome(place: Place) -> OutcomeUnknown:
    return OutcomeUnknown(
        "{host} was asked and did not answer: it may have been done",
        host=place.host,
        hint="look at the vendor's own list before you try again",
    )


def unwanted(place: Place) -> OutcomeUnknown:
    return OutcomeUnknown("nobody waits for the answer of {host} any more", host=place.host)


def silent(place: Place, received: int) -> TryLater:
    return TryLater(
        "{host} said nothing for {seconds:g} s, after {received} bytes",
        host=place.host,
        seconds=place.timeout,
        received=received,
        hint="try again, or wait longer with --timeout SECONDS",
    )


def cut(place: Place, received: int, *, answered: bool) -> BrokenAnswer:
    if not answered:
        return BrokenAnswer("{host} closed the connection without an answer", host=place.host)
    return BrokenAnswer(
        "the answer of {host} broke off after {received} bytes", host=place.host, received=received
    )


def _cause(error: BaseException) -> tuple[str, str, str]:
    """Find the error at the root: a kind, words for it, and a hint."""
    import socket
    import ssl

    for link in _chain(error):
        match link:
            case ssl.SSLCertVerificationError():
                return "certificate", f"its certificate is not good: {link.verify_message}", _advice(link)
            case ssl.SSLError():
                reason = (link.reason or "the handshake failed").replace("_", " ").lower()
                return "tls", f"no TLS with it: {reason}", "check scheme and port of the address"
            case socket.gaierror():
                temporary = link.errno == socket.EAI_AGAIN
                words = "its name cannot be resolved now" if temporary else "its name is not known"
                return "lookup" if temporary else "name", words, "check the host, region and network"
            case UnicodeError():
                return "name", "no host can have that name", "check the host of the address"
            case ConnectionRefusedError():
                return "refused", "it refuses the connection", "check host and port"
            case TimeoutError() | BlockingIOError():
                return "timeout", "it does not answer", "wait longer with --connect-timeout SECONDS"
            case OSError() if link.strerror:
                return "network", link.strerror.lower(), ""
    return "network", "the connection was closed", ""


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error's causes, the deepest first."""
    links: list[BaseException] = []
    link: BaseException | None = error
    while link is not None:
        links.append(link)
        link = link.__cause__ or link.__context__
    yield from reversed(links)


def _advice(error: object) -> str:
    code = getattr(error, "verify_code", 0)
    if code in UNTRUSTED:
        return "if that server is yours, name its authority: --ca-bundle FILE"
    if code in WRONG_TIME:
        return "compare this machine's clock with the time"
    if code in WRONG_HOST:
        return "check the host of the address: the certificate is for another"
    return ""
