"""Signed traffic for the sandbox, good and spoiled, and clients that send it as fast as it is answered."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials, Secret
from voicectl.core.request import Request
from voicectl.signing import schemes

JSON = ("Content-Type", "application/json")
TC = (("X-TC-Action", "GetCallerIdentity"), ("X-TC-Version", "2018-08-13"))
STS = b"Action=GetCallerIdentity&Version=2011-06-15"
FORM = ("Content-Type", "application/x-www-form-urlencoded")


@dataclass(frozen=True)
class Kind:
    """Requests of one scheme, all for one deed; `good` is what stands in good answers only."""

    scheme: str
    variables: tuple[str, str]
    request: Request
    good: bytes
    region: str = ""
    service: str = ""


def _ask(method: str, path: str = "/", query: str = "", headers: Any = (), body: bytes = b"") -> Request:
    return Request(method=method, host="", path=path, query=query, headers=headers, body=body, scheme="http")


AWS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
ALIYUN = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")
VOLCENGINE = ("VOLCENGINE_ACCESS_KEY", "VOLCENGINE_SECRET_KEY")
TENCENT = ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY")
KINDS = (
    Kind("aws-sigv4", AWS, _ask("GET", "/v1/voices"), b"Joanna", "us-east-1", "polly"),
    Kind("aws-sigv4", AWS, _ask("POST", headers=(FORM,), body=STS), b"<Arn>", "us-east-1", "sts"),
    Kind("aliyun-rpc-v1", ALIYUN, _ask("GET", query="Action=CreateToken&Version=2019-02-28"), b"ExpireTime"),
    Kind(
        "aliyun-acs3",
        ALIYUN,
        _ask("POST", headers=(("x-acs-action", "GetCallerIdentity"), ("x-acs-version", "2015-04-01"))),
        b"AccountId",
    ),
    Kind(
        "volcengine-v4",
        VOLCENGINE,
        _ask("GET", query="Action=GetCallerIdentity&Version=2018-01-01"),
        b"AccountId",
        "cn-north-1",
        "sts",
    ),
    Kind("tencent-tc3", TENCENT, _ask("POST", headers=(JSON, *TC), body=b"{}"), b"AccountId", "", "sts"),
)


@dataclass(frozen=True)
class Shot:
    """A request as it travels, and what a right verdict brings."""

    wire: bytes
    good: bytes
    is_spoiled: bool

    def is_right(self, answer: bytes) -> bool:
        return (self.good in answer) is not self.is_spoiled


def shots(environment: Mapping[str, str], how_many: int, *, spoil_every: int = 4) -> list[Shot]:
    """Sign requests of every kind in turn; of some, one character of the signature is changed."""
    host = environment["VOICECTL_ENDPOINT_URL"].removeprefix("http://")
    numbers = count(1)
    return [
        _shot(KINDS[at % len(KINDS)], environment, host, next(numbers), at // len(KINDS) % spoil_every == 3)
        for at in range(how_many)
    ]


def _shot(kind: Kind, environment: Mapping[str, str], host: str, number: int, is_spoiled: bool) -> Shot:
    key_id, secret = (environment[name] for name in kind.variables)
    keys = Credentials(key_id=key_id, secret=Secret(secret + "x" * is_spoiled))
    signer = schemes.build(kind.scheme, region=kind.region, service=kind.service)
    moment = Moment(datetime.now(UTC), f"nonce-{number}-{id(environment)}")
    signed = signer.sign(replace(kind.request, host=host), keys, moment).request
    lines = [f"{signed.method} {signed.target} HTTP/1.1"]
    lines += [f"{name}: {text}" for name, text in signed.headers]
    lines += [f"Content-Length: {len(signed.body)}", "", ""]
    return Shot("\r\n".join(lines).encode() + signed.body, kind.good, is_spoiled)


def fire(port: int, every: Sequence[Shot], connections: int) -> tuple[float, list[Shot]]:
    """Send them over some connections at once; return the seconds, and those that were judged wrongly."""
    wrong: list[Shot] = []
    threads = [
        threading.Thread(target=_fire, args=(port, every[at::connections], wrong))
        for at in range(connections)
    ]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return time.perf_counter() - begun, wrong


def _fire(port: int, every: Sequence[Shot], wrong: list[Shot]) -> None:
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pairs = zip(every, _answers(connection, every), strict=True)
        wrong += [shot for shot, answer in pairs if not shot.is_right(answer)]


def _answers(connection: socket.socket, every: Sequence[Shot]) -> Iterator[bytes]:
    for shot in every:
        connection.sendall(shot.wire)
        data = b""
        while b"\r\n\r\n" not in data:
            data += received(connection)
        head, _, body = data.partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        while len(body) < length:
            body += received(connection)
        yield body


def received(connection: socket.socket) -> bytes:
    """Return what comes next; EOFError where nothing more will, which many a loop would wait for."""
    data = connection.recv(65536)
    if not data:
        raise EOFError("the connection was closed")
    return data
