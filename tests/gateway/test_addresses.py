"""Promises about where a request comes from: what is said of it counts only from whom we trust."""

from __future__ import annotations

import pytest

from tests.gateway.doors import Gate
from voicectl.core.errors import UsageError
from voicectl.gateway.addresses import AllowLists, Networks, address_in, client_of, network_words, source_of

PROXIES = Networks(["10.0.0.0/8", "fd00::/8"])


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("1.2.3.4", "1.2.3.4"),
        (" 1.2.3.4\t", "1.2.3.4"),
        ("1.2.3.4:8080", "1.2.3.4"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("::FFFF:102:304", "1.2.3.4"),
        ("[::ffff:1.2.3.4]:99", "1.2.3.4"),
        ("2001:DB8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%25eth0]:1", "fe80::1"),
    ],
)
def test_an_address_is_one_however_it_is_written(text: str, address: str) -> None:
    assert str(address_in(text)) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "unknown",
        "_hidden",
        "1.2.3",
        "1.2.3.4.5",
        "01.2.3.4",
        "1.2.3.4/8",
        "1.2.3.4:",
        "::1::",
        "[1.2",
        "localhost",
    ],
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert address_in(text) is None


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("1.1.1.1", [], "1.1.1.1"),
        ("1.1.1.1", [b"9.9.9.9"], "1.1.1.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [b"9.9.9.9"], "9.9.9.9"),
        ("10.0.0.1", [b"6.6.6.6, 9.9.9.9"], "9.9.9.9"),
        ("10.0.0.1", [b"6.6.6.6", b"9.9.9.9"], "9.9.9.9"),
        ("10.0.0.1", [b"9.9.9.9, 10.0.0.7"], "9.9.9.9"),
        ("10.0.0.1", [b"9.9.9.9,10.0.0.7,10.0.0.8"], "9.9.9.9"),
        ("10.0.0.1", [b"10.0.0.5, 10.0.0.7"], "10.0.0.5"),
        ("10.0.0.1", [b"nonsense, 9.9.9.9"], "9.9.9.9"),
        ("10.0.0.1", [b"9.9.9.9, nonsense"], "None"),
        ("10.0.0.1", [b"9.9.9.9, nonsense, 10.0.0.9"], "None"),
        ("10.0.0.1", [b"9.9.9.9,"], "None"),
        ("10.0.0.1", [b""], "None"),
        ("10.0.0.1", [b"9.9.9.9\xff"], "None"),
        ("::ffff:10.0.0.1", [b"9.9.9.9:1234"], "9.9.9.9"),
        ("fd00::1", [b"[2001:db8::1]:99"], "2001:db8::1"),
        ("", [b"9.9.9.9"], "None"),
        ("unix", [], "None"),
        ("what", [b"9.9.9.9"], "None"),
    ],
)
def test_the_forwarded_walk(peer: str, forwarded: list[bytes], client: str) -> None:
    assert str(client_of(peer, tuple(forwarded), PROXIES)) == client


def test_nobody_is_trusted_unless_it_is_said() -> None:
    assert str(client_of("127.0.0.1", (b"9.9.9.9",), Networks())) == "127.0.0.1"


@pytest.mark.parametrize("peer", ["", "unix"])
def test_a_proxy_behind_a_unix_socket_is_trusted_where_that_is_said(peer: str) -> None:
    assert str(client_of(peer, (b"9.9.9.9",), Networks(["unix"]))) == "9.9.9.9"
    assert client_of(peer, (), Networks(["unix"])) is None


@pytest.mark.parametrize(
    ("peer", "more", "is_in"),
    [
        ("192.0.2.7", [], True),
        ("192.0.3.7", [], False),
        ("::ffff:192.0.2.7", [], True),
        ("2001:db8::5", [], True),
        ("", [], False),
        ("1.1.1.1", [(b"x-forwarded-for", b"192.0.2.7")], False),
        ("10.0.0.1", [(b"x-forwarded-for", b"192.0.2.7")], True),
        ("10.0.0.1", [(b"x-forwarded-for", b"192.0.2.7, 6.6.6.6")], False),
        ("10.0.0.1", [(b"x-forwarded-for", b"192.0.2.7, ?")], False),
        ("1.1.1.1", [(b"x-real-ip", b"192.0.2.7"), (b"cf-connecting-ip", b"192.0.2.7")], False),
        ("10.0.0.1", [(b"true-client-ip", b"192.0.2.7"), (b"forwarded", b"for=192.0.2.7")], False),
    ],
)
def test_a_key_is_used_from_its_networks_only(
    peer: str, more: list[tuple[bytes, bytes]], is_in: bool
) -> None:
    gate = Gate(trusted=PROXIES)
    made = gate.key(networks=("192.0.2.0/24", "2001:db8::/32"))
    found = gate.visit(made.text, peer=peer, more=more)
    if is_in:
        assert found.seen.client
        return
    refused = gate.refused(made.text, peer=peer, more=more)
    assert (refused.refusal.status, refused.refusal.code) == (403, "ip_not_allowed")
    assert "192.0.2" not in str(refused.refusal)


def test_a_key_without_networks_is_used_from_anywhere() -> None:
    gate = Gate()
    assert gate.admitted(gate.key().text, peer="203.0.113.9").seen.client == "203.0.113.9"


def test_decisions_that_are_remembered_are_bounded() -> None:
    lists = AllowLists(most=10)
    for number in range(100):
        address = address_in(f"10.0.0.{number}")
        assert lists.admits(("10.0.0.0/26",), address) is (number < 64)
        assert lists.admits(("10.0.0.0/26",), address) is (number < 64)
    assert len(lists._decisions) == 10


@pytest.mark.parametrize("word", ["10.0.0.1/8", "10.0.0.0/33", "example.com", ""])
def test_what_is_no_network_is_refused_at_issue(word: str) -> None:
    with pytest.raises(UsageError, match="is no network"):
        network_words([word])


def test_failures_from_one_customer_of_ipv6_count_together() -> None:
    first, second = (source_of(address_in(text)) for text in ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"))
    assert first == second == "2001:db8:1:2::/64"
    assert source_of(address_in("2001:db8:1:3::1")) != first
    assert source_of(address_in("192.0.2.1")) == "192.0.2.1"
