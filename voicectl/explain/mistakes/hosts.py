"""Mistakes in the value of Host that is signed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from voicectl.explain.attempt import Attempt, Mistake, Try
from voicectl.explain.mistakes.headers import V4ISH
from voicectl.explain.mistakes.places import regions

PORTS = (
    "443",
    "80",
    "8080",
    "8443",
    "9000",
    "8000",
    "3000",
    "5000",
    "4566",
    "8888",
    "9443",
    "10443",
    "81",
    "444",
)


_LOCAL_PORTS = ("80", "3000", "4566", "5000", "8000", "8080", "9000")


def hosted(attempt: Attempt, host: str, note: str) -> Iterator[Try]:
    """Sign another host; nothing where the scheme signs none."""
    if attempt.has("host_value"):
        yield Try(note, attempt.stepping(host_value=lambda _: host))


def _sent(attempt: Attempt) -> str:
    return (attempt.request.header("Host") or attempt.request.host).strip()


def _ports(attempt: Attempt) -> Iterator[Try]:
    host = _sent(attempt)
    name, _, port = host.rpartition(":") if re.search(r":\d+$", host) else (host, "", "")
    if port:
        yield from hosted(attempt, name, f"the host was signed without its port {port}")
    for other in PORTS:
        if other != port:
            yield from hosted(attempt, f"{name}:{other}", f"the host was signed with the port {other}")
    if not port:
        yield from hosted(attempt, f"{name}:", "the host was signed with a colon behind it")


def _others(attempt: Attempt) -> Iterator[Try]:
    sent = _sent(attempt)
    name = sent.partition(":")[0]
    labels = name.split(".")
    request = attempt.request
    hosts = [
        ("", "the host was signed empty"),
        (sent.lower(), "the host was signed in small letters"),
        (sent.upper(), "the host was signed in capital letters"),
        (f"{request.scheme}://{sent}", "the host was signed with the URL's scheme before it"),
        (f"{request.scheme}://{sent}/", "the host was signed as a URL"),
        (f"{sent}/", "the host was signed with '/' behind it"),
        (f"{sent}{request.path}", "host and path were signed as the host"),
        (f"{name}.", "the host was signed with a final dot"),
        (f" {sent}", "the host was signed with a space before it"),
        (".".join(labels[1:]), "the host was signed without its first label, such as a bucket"),
        (".".join(labels[:1] + labels[2:]), "the host was signed without its second label"),
        (".".join(labels[:2] + labels[3:]), "the host was signed without its third label, such as a region"),
        (".".join(labels[-2:]), "only the domain was signed as the host"),
        (f"{labels[0]}.{sent}", "the first label of the host was signed twice"),
        ("undefined", "'undefined' was signed as the host"),
        ("null", "'null' was signed as the host"),
    ]
    hosts += [(h, f"the host was signed as {h!r}") for h in _elsewhere(attempt, name, labels)]
    for host, note in hosts:
        if host != sent:
            yield from hosted(attempt, host, note)


def _elsewhere(attempt: Attempt, name: str, labels: list[str]) -> Iterator[str]:
    yield from (
        "localhost",
        "127.0.0.1",
        *[f"{name}:{port}" for name in ("localhost", "127.0.0.1") for port in _LOCAL_PORTS],
        "0.0.0.0",
        "example.com",
        "open.volcengineapi.com",
    )
    region = attempt.context.region or attempt.claims.region
    service = attempt.context.service or attempt.claims.service
    if name.endswith("amazonaws.com") and service:
        yield from (
            f"{service}.amazonaws.com",
            f"{service}.{region}.amazonaws.com",
            f"{service}.{region}.amazonaws.com.cn",
        )
    if name.endswith("aliyuncs.com") and service:
        yield from (
            f"{service}.aliyuncs.com",
            f"{service}.{region}.aliyuncs.com",
            name.replace("-internal", ""),
        )
        yield from (name.replace(f"-{region}.", f"-{region}-internal."),)
    if name.endswith("tencentcloudapi.com") and service:
        shown = attempt.request.header("X-TC-Region") or region
        yield from (f"{service}.tencentcloudapi.com", f"{service}.{shown}.tencentcloudapi.com")
    if name.endswith("volcengineapi.com") and service:
        yield from (f"{service}.volcengineapi.com", f"{service}.{region}.volcengineapi.com")
    if region and region in name:
        yield from (name.replace(region, other) for other in regions(attempt) if other)


MISTAKES = (
    Mistake(
        id="hdr-host-port",
        title="Host was signed with a port that was not sent, or without the one that was",
        shows="depends on the port that is used",
        fix="Sign the Host header as it is sent: no default port, any other one. Usual culprits: "
        "JavaScript's url.hostname in place of url.host, Java's getHost(), Python's urlparse(...).hostname.",
        schemes=V4ISH,
        weight=12,
        tries=_ports,
    ),
    Mistake(
        id="hdr-host-other",
        title="another host was signed than the one that was sent",
        shows="fails at one endpoint only, or behind a proxy",
        fix="Sign the Host header as it is sent. Usual culprits: an endpoint fixed in the signer, a bucket "
        "that is put before the host after signing, a proxy's or container's own name.",
        schemes=V4ISH,
        weight=2,
        tries=_others,
    ),
)
