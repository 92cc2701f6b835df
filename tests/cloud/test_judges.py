"""What our schemes sign and our transport sends, the vendors' own code accepts, and not one byte else."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.cloud.cases import CASES, LASTING, TEMPORARY, Case
from tests.cloud.court import Account, Court, Refused, system_now
from tests.cloud.server import RawRequest, parse, serving
from voicectl.core.clock import Moment
from voicectl.core.request import Reply
from voicectl.core.signature import Signed
from voicectl.transport.http import Http
from voicectl.transport.replies import whole

EVERY = pytest.mark.parametrize("case", CASES.values(), ids=[name.replace(" ", "-") for name in CASES])


def send(signed: Signed) -> Reply:
    http = Http({})
    try:
        with http.open(signed.request) as stream:
            return whole(stream)
    finally:
        http.close()


def travelled(case: Case, court: Court, account: Account = LASTING) -> tuple[Reply, RawRequest]:
    """Sign, send, and return the reply and the very bytes that arrived."""
    with serving(court) as server:  # type: ignore[arg-type]
        return send(case.signed(server.host, account)), server.requests[0]


@EVERY
@pytest.mark.parametrize("account", [LASTING, TEMPORARY], ids=["lasting", "temporary"])
def test_the_vendors_own_code_accepts_what_was_sent(case: Case, account: Account) -> None:
    court = case.court()
    travelled(case, court, account)
    assert court.refusals == [], case.decided_by


@EVERY
@pytest.mark.slow
def test_one_changed_byte_anywhere_is_refused(case: Case) -> None:
    court = case.court()
    _, request = travelled(case, court)
    assert is_accepted(court, request.raw)
    accepted = [changed for changed in changes(case, request.raw) if is_accepted(court, changed)]
    assert accepted == []


@EVERY
def test_a_changed_byte_is_refused_over_the_wire_too(case: Case) -> None:
    court = case.court()
    with serving(court) as server:  # type: ignore[arg-type]
        send(case.signed(server.host))
        every = list(changes(case, server.requests[0].raw))
        for changed in every[:: len(every) // 3]:
            with socket.create_connection(("127.0.0.1", server.port)) as connection:
                connection.sendall(changed)
                assert connection.recv(4096).startswith(b"HTTP/1.1 ")
    assert len(court.refusals) == len(every[:: len(every) // 3])


def changes(case: Case, raw: bytes) -> Iterator[bytes]:
    """Yield the request with one byte changed, for each byte of each part that its signature covers."""
    for position in positions(case, raw):
        other = raw[position] ^ 1
        if other in b" \t\r\n:":
            other = raw[position] ^ 2
        yield raw[:position] + bytes([other]) + raw[position + 1 :]


def positions(case: Case, raw: bytes) -> Iterator[int]:
    head = raw.index(b"\r\n\r\n")
    start = raw.index(b"\r\n")
    # A blank that ends the method is no part of it, and the version is not signed.
    yield from (place for place in range(raw.rindex(b" ", 0, start)) if raw[place] != 0x20)
    while start < head:
        line, start = start + 2, raw.index(b"\r\n", start + 2)
        name, _, value = raw[line:start].partition(b":")
        if any(is_named(name.decode().lower(), counted) for counted in case.counts):
            yield from range(line, line + len(name))
            yield from range(start - len(value.strip()), start)
    if case.body_counts:
        yield from range(head + 4, len(raw))


def is_named(name: str, counted: str) -> bool:
    return name.startswith(counted) if counted.endswith("-") else name == counted


def is_accepted(court: Court, raw: bytes) -> bool:
    court.nonces.clear()
    try:
        court.check(parse(raw))  # type: ignore[attr-defined]
    except Refused:
        return False
    return True


@EVERY
def test_a_wrong_secret_is_refused(case: Case) -> None:
    court = case.court()
    travelled(case, court, replace(LASTING, secret="EXAMPLE/other"))
    assert len(court.refusals) == 1


@EVERY
@pytest.mark.parametrize("token", ["", "EXAMPLE/wrong"], ids=["missing", "wrong"])
def test_a_temporary_key_without_its_token_is_refused(case: Case, token: str) -> None:
    court = case.court()
    travelled(case, court, replace(TEMPORARY, token=token))
    assert len(court.refusals) == 1


@EVERY
def test_an_expired_token_is_refused(case: Case) -> None:
    court = case.court()
    court.accounts = [replace(TEMPORARY, token_expires=datetime.now(UTC) - timedelta(seconds=1))]
    travelled(case, court, TEMPORARY)
    assert len(court.refusals) == 1


@EVERY
@pytest.mark.parametrize("days", [1, -1], ids=["slow clock", "fast clock"])
def test_a_skewed_clock_is_refused(case: Case, days: int) -> None:
    if days < 0 and case.scheme == "aliyun-oss-v1" and "expires" in case.options:
        pytest.skip("a link of this form tells when it ends, not when it was made")
    court = case.court(now=lambda: system_now() + timedelta(days=days))
    travelled(case, court)
    assert len(court.refusals) == 1


@pytest.mark.parametrize("name", ["nls token", "rpc form", "dyvms"])
def test_a_nonce_is_good_for_one_request(name: str) -> None:
    case, court = CASES[name], CASES[name].court()
    with serving(court) as server:  # type: ignore[arg-type]
        signed = case.signed(server.host, at=Moment(datetime.now(UTC), "nonce-EXAMPLE"))
        assert [send(signed).status, send(signed).status] == [200, 400]
    assert court.refusals == ["SignatureNonceUsed"]
