"""Which proxy a request takes, by the environment's variables. Pure: nothing here opens a socket."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from voicectl.core.errors import ConfigError

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

SCHEMES = {"http": "http", "https": "https", "socks5": "socks5", "socks5h": "socks5h", "socks": "socks5h"}
METADATA_NAMES = {"metadata.google.internal", "metadata.tencentyun.com", "metadata"}
METADATA_ADDRESSES = {"100.100.100.200", "100.96.0.96", "fd00:ec2::254", "fd00:ec2::23"}


@dataclass(frozen=True, slots=True)
class Proxy:
    """A usable proxy and the variable that named it; the URL may hold a password."""

    url: str = field(repr=False)
    variable: str
    speaks_http: bool

    def hidden_in(self, text: str) -> str:
        """Return what a proxy says with stars for its own password, and for that of nobody else."""
        from voicectl.core.hiding import Hiding

        password = urlsplit(self.url).password or ""
        return Hiding((password, unquote(password))).hidden_in(text)


def split_host(host: str) -> tuple[str, int | None]:
    """Split `name:port` or `[address]:port`; raise ValueError for a port that is no number."""
    if host.startswith("["):
        name, _, rest = host[1:].partition("]")
        return name, int(rest[1:]) if rest.startswith(":") else None
    name, colon, port = host.rpartition(":")
    if not colon or ":" in name:
        return host, None
    return name, int(port) if port else None


def proxy_for(scheme: str, host: str, environment: Mapping[str, str]) -> Proxy | None:
    """Return the proxy for a request to `host` (with its port, if any), or None for a direct way."""
    found = next(_set_variables(scheme, environment), None)
    if found is None:
        return None
    name, port = split_host(host.lower())
    if is_near(name) or _is_excepted(name, port or _default_port(scheme), environment):
        return None
    return _usable(*found)


def is_near(name: str) -> bool:
    """Say whether a host is this machine or its cloud's metadata server: never behind a proxy."""
    name = name.rstrip(".")
    if name == "localhost" or name.endswith(".localhost") or name in METADATA_NAMES:
        return True
    address = _address(name)
    if address is None:
        return False
    return address.is_loopback or address.is_link_local or str(address) in METADATA_ADDRESSES


def _set_variables(scheme: str, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in (f"{scheme}_proxy", "all_proxy"):
        for variable in (name, name.upper()):
            # A web server sets HTTP_PROXY from the header "Proxy" of whoever calls its CGI script.
            forged = variable == "HTTP_PROXY" and "REQUEST_METHOD" in environment
            value = environment.get(variable, "").strip()
            if value and not forged:
                yield variable, value


def _usable(variable: str, value: str) -> Proxy:
    """Return the proxy that a variable's value means; a bare `host:port` is an HTTP proxy."""
    text = value if "://" in value else f"http://{value}"
    try:
        parts = urlsplit(text)
        reason = _fault(parts, text)
    except ValueError:
        # The words of urlsplit repeat a part of the value, which may be a part of a password.
        raise _unusable(variable, "it is no URL with a host and a port in numbers") from None
    if reason:
        raise _unusable(variable, reason)
    kind = SCHEMES[parts.scheme]
    return Proxy(f"{kind}://{parts.netloc}", variable, kind in {"http", "https"})


def _fault(parts: SplitResult, text: str) -> str:
    if re.search(r"[\x00-\x20\x7f]", text):
        return "there is a blank or a control character in it"
    if parts.scheme not in SCHEMES:
        return f"{parts.scheme}:// is no kind of proxy that is known here"
    if not parts.hostname:
        return "there is no host in it"
    if parts.port == 0:
        return "port 0 cannot be reached"
    if parts.path.strip("/") or parts.query or parts.fragment:
        return "there is more in it than a host and a port"
    return ""


def _unusable(variable: str, reason: str) -> ConfigError:
    return ConfigError(
        "the proxy in {variable} cannot be used: {reason}",
        variable=variable,
        reason=reason,
        hint="set {variable} to http://HOST:PORT or socks5h://HOST:PORT, or unset it",
    )


def _is_excepted(name: str, port: int, environment: Mapping[str, str]) -> bool:
    text = environment.get("no_proxy") or environment.get("NO_PROXY", "")
    return any(
        _matches(entry, name.rstrip("."), port) for entry in re.split(r"[,\s]+", text.lower()) if entry
    )


def _matches(entry: str, name: str, port: int) -> bool:
    if entry == "*":
        return True
    if "/" in entry:
        return _in_network(entry, name)
    try:
        excepted, wanted_port = split_host(entry)
    except ValueError:
        return False
    if wanted_port not in {None, port}:
        return False
    address = _address(name)
    if address is not None:
        return address == _address(excepted)
    excepted = excepted.removeprefix("*").strip(".")
    return bool(excepted) and (name == excepted or name.endswith(f".{excepted}"))


def _in_network(entry: str, name: str) -> bool:
    from ipaddress import ip_network

    address = _address(name)
    try:
        network = ip_network(entry.replace("[", "").replace("]", ""), strict=False)
    except ValueError:
        return False
    return address is not None and address in network


def _address(name: str) -> IPv4Address | IPv6Address | None:
    """Read an IP address; an IPv4 one inside IPv6 counts as itself."""
    if not re.fullmatch(r"[0-9a-f.]*[:.][0-9a-f:.]*(%\w+)?", name):
        return None
    from ipaddress import ip_address

    try:
        address = ip_address(name)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _default_port(scheme: str) -> int:
    return 443 if scheme in {"https", "wss"} else 80
