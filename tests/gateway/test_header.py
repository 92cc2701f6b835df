"""Promises about reading the presented key, byte by byte."""

from __future__ import annotations

import pytest

from voicectl.gateway.header import told

TOKEN = b"ak_test_K7abcdef0123456789ABCDEFGHIJKLMNOPQRSTUV0bsl45"
OTHER = b"ak_test_other"


def bearer(*values: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"authorization", value) for value in values]


@pytest.mark.parametrize(
    "value",
    [
        b"Bearer " + TOKEN,
        b"bearer " + TOKEN,
        b"BEARER " + TOKEN,
        b"bEaReR " + TOKEN,
        b"Bearer  " + TOKEN,
        b"Bearer\t" + TOKEN,
        b"Bearer \t " + TOKEN,
        b"Bearer " + TOKEN + b" ",
        b"Bearer " + TOKEN + b" \t ",
    ],
)
def test_a_bearer_token_is_read_however_it_is_spaced(value: bytes) -> None:
    assert told(bearer(value)).token == TOKEN.decode()


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b" ",
        b"Bearer",
        b"Bearer ",
        b"Bearer\t",
        b"Bearer" + TOKEN,
        TOKEN,
        b" Bearer " + TOKEN,
        b"Basic " + TOKEN,
        b"Bearer: " + TOKEN,
        b"Bearer Bearer " + TOKEN,
        b"Bearer " + TOKEN + b", Bearer " + TOKEN,
        b"Bearer " + TOKEN + b",",
        b"Bearer " + TOKEN + b" x",
        b"Bearer " + TOKEN + b"\0",
        b"Bearer " + TOKEN + b"\n",
        b"Bearer \n" + TOKEN,
        b"Bearer\x0b" + TOKEN,
        b"Bearer\xc2\xa0" + TOKEN,
        b"Bearer " + TOKEN[:-1] + b"\xef",
        b"Bearer " + "ключ".encode(),
        b'Bearer "' + TOKEN + b'"',
        b"Bearer " + b"a" * 513,
    ],
)
def test_what_is_not_exactly_one_bearer_token_is_refused(value: bytes) -> None:
    found = told(bearer(value))
    assert (found.token, found.fault) == ("", "unreadable header")


def test_512_signs_of_all_kinds_are_a_token() -> None:
    token = (b"Aa0._~+/=-" * 52)[:512]
    assert told(bearer(b"Bearer " + token)).token == token.decode()


def test_two_authorization_headers_are_refused_even_if_they_agree() -> None:
    assert told(bearer(b"Bearer " + TOKEN, b"Bearer " + TOKEN)).fault == "several keys"


def test_the_other_header_takes_the_same_token() -> None:
    assert told([(b"x-api-key", TOKEN)]).token == TOKEN.decode()
    assert told([(b"x-api-key", b" " + TOKEN + b"\t")]).token == TOKEN.decode()
    assert told([*bearer(b"Bearer " + TOKEN), (b"x-api-key", TOKEN)]).token == TOKEN.decode()


@pytest.mark.parametrize(
    ("headers", "fault"),
    [
        ([*bearer(b"Bearer " + TOKEN), (b"x-api-key", OTHER)], "two keys that differ"),
        ([*bearer(b"Basic " + TOKEN), (b"x-api-key", TOKEN)], "unreadable header"),
        ([*bearer(b"Bearer " + TOKEN), (b"x-api-key", b"")], "unreadable header"),
        ([(b"x-api-key", TOKEN), (b"x-api-key", TOKEN)], "several keys"),
        ([(b"x-api-key", b"Bearer " + TOKEN)], "unreadable header"),
        ([(b"proxy-authorization", b"Bearer " + TOKEN), (b"cookie", TOKEN)], "no key"),
        ([], "no key"),
    ],
)
def test_headers_that_do_not_agree_are_refused(headers: list[tuple[bytes, bytes]], fault: str) -> None:
    found = told(headers)
    assert (found.token, found.fault) == ("", fault)


def test_forwarded_addresses_are_told_in_their_order_whatever_the_key() -> None:
    found = told(
        [(b"x-forwarded-for", b"1.1.1.1"), (b"x-real-ip", b"9.9.9.9"), (b"x-forwarded-for", b"2.2.2.2")]
    )
    assert found.forwarded == (b"1.1.1.1", b"2.2.2.2")


def test_what_was_told_does_not_print_its_token() -> None:
    assert TOKEN.decode() not in repr(told(bearer(b"Bearer " + TOKEN)))
