"""What a vendor's answer points to: a URL that strangers wrote, fetched without keys and with suspicion."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Protocol
from urllib.parse import quote, urljoin, urlsplit

from voicectl.core.clock import Clock
from voicectl.core.credentials import Secret, SecretsInUse
from voicectl.core.errors import BrokenAnswer, Guarded, Unreachable, VoicectlError
from voicectl.core.request import Pairs, Reply, ReplyStream, Request
from voicectl.core.signature import Signed, SigningTrace
from voicectl.core.vendor import NotSent
from voicectl.transport import replies, retry
from voicectl.transport.hidden import hiding
from voicectl.transport.proxies import is_near, split_host

MOST_REDIRECTS = 3
REDIRECTS = {301, 302, 303, 307, 308}
KEYS = re.compile(r"(?i)sign|sig$|token|key|secret|credential|auth|policy")
"""Names of parameters whose values are keys, or open something like one."""
LEGAL = "%/:=&?~#+!$,;'@()*[]-._"
OTHER_CLOUDS = {ip_address("100.100.100.200"), ip_address("100.96.0.96"), ip_address("fd00:ec2::254")}

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Sequence[str]]


class Way(Protocol):
    """The part of `http.Http` that is needed here."""

    def open(self, request: Request, *, address: str = "") -> AbstractContextManager[ReplyStream]: ...

    def is_proxied(self, scheme: str, host: str) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetcher:
    """Follows a URL out of an answer: https only, three redirects, no address inside the house.

    No key goes with it, to whomever. `own_host` is the profile's own server, which may be near and speak
    plain http there; to others that wants `allow_http`. A `dry_run` raises what would leave, as NotSent.
    What in a URL is a key itself goes to the `secrets`, and is hidden in errors.
    """

    http: Way
    clock: Clock
    chance: Callable[[], float]
    own_host: str = ""
    allow_private: bool = False
    allow_http: bool = False
    dry_run: bool = False
    retries: int = 2
    max_bytes: int = replies.SOUND_LIMIT
    resolve: Resolve | None = None
    secrets: SecretsInUse = field(default_factory=SecretsInUse, repr=False)

    @contextmanager
    def open(self, url: str, *, headers: Pairs = ()) -> Iterator[ReplyStream]:
        """Open the good reply; raise Guarded for a place that is not to be visited."""
        with hiding(self.secrets), ExitStack() as stack:
            got = self._until_good(url, headers, stack)
            yield replace(got, chunks=replies.not_empty(replies.bounded(got.chunks, self.max_bytes)))

    def _until_good(self, url: str, headers: Pairs, stack: ExitStack) -> ReplyStream:
        attempt = 1
        while True:
            try:
                return self._follow(url, headers, stack)
            except VoicectlError as error:
                stack.close()
                pause = retry.pause_before_next(
                    error, attempt=attempt, retries=self.retries, chance=self.chance
                )
                if pause is None:
                    raise
            self.clock.sleep(pause)
            attempt += 1

    def _follow(self, url: str, headers: Pairs, stack: ExitStack) -> ReplyStream:
        for _ in range(MOST_REDIRECTS + 1):
            request = self._request(url, headers)
            if self.dry_run:
                raise NotSent(self._unsent(request))
            reply = stack.enter_context(self.http.open(request, address=self._safe_address(request)))
            location = reply.headers.get("location")
            if reply.status not in REDIRECTS or location is None:
                return self._good(request.host, reply)
            stack.close()
            url = urljoin(url, location)
        raise BrokenAnswer("{host} redirects more than {most} times", host=request.host, most=MOST_REDIRECTS)

    def _good(self, host: str, reply: ReplyStream) -> ReplyStream:
        told = (reply.status, reply.headers, host)
        error = replies.unreadable(*told) or replies.web_page(*told)
        if error is None and not replies.is_good(reply.status):
            asked = retry.seconds_of(reply.headers.get("retry-after"), self.clock.moment().now)
            error = replies.by_status(Reply(status=reply.status, headers=reply.headers), host)
            error = error and retry.with_retry_after(error, asked)
        if error is not None:
            raise error
        return reply

    def _request(self, url: str, headers: Pairs) -> Request:
        self._take_keys(url)
        try:
            parts = urlsplit(quote(url, safe=LEGAL))
            host = parts.netloc.rpartition("@")[2]
            split_host(host)
        except ValueError:
            raise BrokenAnswer("the answer points to something that is no address") from None
        is_plain = parts.scheme == "http" and self._takes_plain(host)
        if not host or (parts.scheme != "https" and not is_plain):
            raise Guarded(
                "the answer points to {host!r} without https",
                host=host or parts.scheme,
                hint="--allow-http, if that is meant",
            )
        return Request(
            method="GET",
            scheme=parts.scheme,
            host=host,
            path=parts.path or "/",
            query=parts.query,
            headers=headers,
        )

    def _take_keys(self, url: str) -> None:
        """Learn what in a URL opens the door to whoever has it."""
        query = url.partition("?")[2].partition("#")[0]
        found = Request(method="GET", host="", query=query).pairs()
        self.secrets.take(*(Secret(value) for name, value in found if KEYS.search(name)))

    def _takes_plain(self, host: str) -> bool:
        """Say whether plain http may lead there: where it was allowed, or to this machine where that was."""
        is_meant = self._is_own(host) and is_near(split_host(host)[0].lower())
        return self.allow_http or is_meant or (self.allow_private and is_loopback(host))

    def _unsent(self, request: Request) -> Signed:
        """Return a request for show; every parameter of a stranger's URL may be a key."""
        names = tuple(name for name, _ in request.pairs())
        return Signed(request, SigningTrace(scheme="", moment=self.clock.moment()), sensitive=names)

    def _is_own(self, host: str) -> bool:
        return bool(self.own_host) and host.lower() == self.own_host.lower()

    def _safe_address(self, request: Request) -> str:
        """Return the one address to connect to, which has been looked at; empty where a proxy will look."""
        name, port = split_host(request.host)
        if self._is_own(request.host) or self.allow_private:
            return ""
        if self.http.is_proxied(request.scheme, request.host):
            found = _literal(name)
            if (found is not None and is_inside(found)) or is_near(name.lower()):
                raise _guarded(request.host)
            return ""
        addresses = (self.resolve or _resolve)(name, port or 443)
        if any(is_inside(ip_address(address)) for address in addresses):
            raise _guarded(request.host)
        return addresses[0]


def is_inside(address: Address) -> bool:
    """Say whether an address lies inside the house: loopback, link-local, private, metadata, no host."""
    bare = _unwrapped(address)
    return not bare.is_global or bare.is_multicast or bare.is_reserved or bare in OTHER_CLOUDS


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine, by a name or an address that nobody else can have."""
    name = split_host(host)[0].lower()
    found = _literal(name)
    return name == "localhost" or (found is not None and _unwrapped(found).is_loopback)


def _unwrapped(address: Address) -> Address:
    """Take an IPv4 address out of the IPv6 forms that lead to it: mapped, 6to4, NAT64."""
    if isinstance(address, IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour
    if address.packed[:12] in {bytes(12), b"\x00\x64\xff\x9b" + bytes(8)} and int(address) > 1:
        inner = IPv4Address(address.packed[12:])
    return inner or address


def _literal(name: str) -> Address | None:
    """Read an address in any form that a resolver takes: also decimal, octal and shortened ones."""
    import socket

    try:
        return ip_address(name)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(name))
    except OSError:
        return None


def _resolve(name: str, port: int) -> list[str]:
    import socket

    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable("cannot reach {host}: its name is not known", host=name, cause="name") from error
    return [str(entry[4][0]).partition("%")[0] for entry in found]


def _guarded(host: str) -> Guarded:
    return Guarded(
        "the answer points to {host}, which is inside this network",
        host=host,
        hint="--allow-private, if that is meant",
    )
