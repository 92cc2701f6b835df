"""Where a request comes from, and whether a key may be used there. Nothing here asks a name server."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple

from voicectl.core.errors import UsageError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

UNIX = "unix"
"""What stands for the peer at a Unix socket, which has no address."""
MOST_DECISIONS = 4096
_WITH_PORT = re.compile(r"\[([^\]]*)\](?::[0-9]{1,5})?|([0-9.]+):[0-9]{1,5}")


class Networks:
    """Networks that were read once; those written as `unix` take in who has no address."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        written = tuple(words)
        self.takes_unix = UNIX in written
        self._networks = tuple(_network(word) for word in written if word != UNIX)

    def __contains__(self, address: object) -> bool:
        return address is not None and any(address in network for network in self._networks)

    def __bool__(self) -> bool:
        return self.takes_unix or bool(self._networks)


def _network(word: str) -> Network:
    try:
        return ip_network(word, strict=True)
    except ValueError as error:
        raise UsageError(
            "{word!r} is no network: {reason}", word=word, reason=str(error), hint="10.1.0.0/16"
        ) from None


def network_words(words: Iterable[str]) -> tuple[str, ...]:
    """Return networks as they are kept; UsageError for what is none."""
    return tuple(str(_network(word)) for word in words)


@lru_cache(maxsize=MOST_DECISIONS)
def address_in(text: str) -> Address | None:
    """Read one address: ports, brackets and zones go, IPv4 inside IPv6 comes out. None for what is none."""
    text = text.strip(" \t")
    if found := _WITH_PORT.fullmatch(text):
        text = found[1] or found[2] or ""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    inside = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return inside or address


class Client(NamedTuple):
    """Who sent a request; without an address where that cannot be known."""

    address: Address | None
    text: str


class Whence:
    """Tells where requests come from, and remembers what it told, up to a bound."""

    def __init__(self, trusted: Networks) -> None:
        self._trusted = trusted
        self.client = lru_cache(maxsize=MOST_DECISIONS)(self._client)

    def _client(self, peer: str, forwarded: tuple[bytes, ...]) -> Client:
        address = client_of(peer, forwarded, self._trusted)
        return Client(address, str(address or ""))


def client_of(peer: str, forwarded: tuple[bytes, ...], trusted: Networks) -> Address | None:
    """Return who sent the request; None where that cannot be known.

    What is said in `X-Forwarded-For` counts only from a trusted peer, and is read from the right: the
    first that is not trusted is the client. Everything left of it could be made up.
    """
    at_socket = peer in ("", UNIX)
    address = None if at_socket else address_in(peer)
    is_trusted = trusted.takes_unix if at_socket else address in trusted
    if not (is_trusted and forwarded):
        return address
    found: Address | None = None
    for hop in reversed(b",".join(forwarded).split(b",")):
        found = address_in(hop.decode("latin-1"))
        if found is None or found not in trusted:
            break
    return found


def source_of(address: Address | None) -> str:
    """Return under what name failures are counted: an address, of IPv6 the network of one customer."""
    if isinstance(address, IPv6Address):
        return str(ip_network((int(address) >> 64 << 64, 64)))
    return str(address or UNIX)


class AllowLists:
    """Remembers who may use which key from where, up to a bound."""

    def __init__(self, most: int = MOST_DECISIONS) -> None:
        self._networks: OrderedDict[tuple[str, ...], Networks] = OrderedDict()
        self._decisions: OrderedDict[tuple[tuple[str, ...], Address], bool] = OrderedDict()
        self._most = most

    def admits(self, words: tuple[str, ...], address: Address | None) -> bool:
        """Say whether a list takes this address; an empty one takes all, no other takes one unknown."""
        if not words:
            return True
        if address is None:
            return False
        known = self._decisions.get((words, address))
        if known is None:
            known = self._decisions[words, address] = address in self._read(words)
            _bound(self._decisions, self._most)
        return known

    def _read(self, words: tuple[str, ...]) -> Networks:
        found = self._networks.get(words)
        if found is None:
            found = self._networks[words] = Networks(words)
            _bound(self._networks, self._most)
        return found


def _bound(table: OrderedDict[object, object] | OrderedDict, most: int) -> None:  # type: ignore[type-arg]
    while len(table) > most:
        table.popitem(last=False)
