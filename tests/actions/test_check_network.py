"""Checks of the network: proxies, certificates, services, clocks and addresses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from voicectl.actions import check_network
from voicectl.core.checkup import Status
from voicectl.core.errors import ConfigError, Unreachable


def broken(*_: object) -> str:
    raise ConfigError("it cannot be used", hint="set it anew")


@pytest.mark.parametrize(
    ("variable_for", "status", "hint"),
    [
        (lambda scheme: "", Status.OK, ""),
        (lambda scheme: "ALL_PROXY", Status.OK, ""),
        (
            lambda scheme: "HTTP_PROXY" if scheme == "http" else "",
            Status.WARNING,
            'export HTTPS_PROXY="$HTTP_PROXY"',
        ),
        (broken, Status.FAILED, "set it anew"),
    ],
)
def test_proxy_variables(variable_for: Callable[[str], str], status: Status, hint: str) -> None:
    found = check_network.proxies(variable_for)
    assert (found.status, found.hint) == (status, hint)


def test_certificates_that_cannot_be_used_fail() -> None:
    assert check_network.certificates(broken, "f").status is Status.FAILED
    assert "those of f" in check_network.certificates(object, "f").detail


def unknown_name() -> int:
    raise Unreachable("cannot reach h: its name is not known", cause="name")


def test_a_service_is_there_whatever_it_says_and_fails_with_its_cause() -> None:
    assert check_network.endpoint("h", lambda: 403).status is Status.OK
    found = check_network.endpoint("h:443", unknown_name)
    assert (found.status, found.hint.endswith("getent hosts h")) == (Status.FAILED, True)


@pytest.mark.parametrize(
    ("seconds", "status", "said"),
    [
        (5, Status.OK, "agrees"),
        (-31, Status.WARNING, "31 s ahead that of h"),
        (485, Status.FAILED, "your clock is 8 min 5 s behind that of h"),
        (-7265, Status.FAILED, "2 h 1 min 5 s ahead"),
    ],
)
def test_a_clock_that_differs_is_named_with_its_side(seconds: int, status: Status, said: str) -> None:
    found = check_network.clock({"near": timedelta(0), "h": timedelta(seconds=seconds)})
    assert (found.status, said in found.detail) == (status, True), found.detail


def test_without_a_date_the_clock_is_not_checked() -> None:
    assert check_network.clock({}).status is Status.NOT_CHECKED


def test_a_slow_answer_does_not_look_like_a_wrong_clock() -> None:
    asked = datetime(2026, 1, 2, tzinfo=UTC)
    answered = asked + timedelta(seconds=20)
    assert check_network.ahead_of(asked + timedelta(seconds=10), asked, answered) == timedelta(0)


@pytest.mark.parametrize(
    ("ask", "status", "said"),
    [
        (lambda: "203.0.113.7\n", Status.OK, "aws sees 203.0.113.7"),
        (lambda: "<html>", Status.NOT_CHECKED, "no address"),
        (broken, Status.NOT_CHECKED, "cannot be used"),
        (None, Status.NOT_CHECKED, "no service that tells"),
    ],
)
def test_the_address_that_the_vendor_sees(ask: Callable[[], str] | None, status: Status, said: str) -> None:
    found = check_network.seen_from("aws", ask)
    assert (found.status, said in found.detail) == (status, True)
