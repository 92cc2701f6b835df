"""`voicectl token` as a shell meets it: results, exit codes, and where the token itself may go."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.cloud.nls import USER
from tests.cloud.nls_account import Customer, customer_of
from tests.conftest import Program

FIELDS = "vendor profile kind source issued_at expires_at seconds_left stale masked identity claims"


@pytest.fixture
def customer(voicectl: Program) -> Iterator[Customer]:
    with customer_of(voicectl) as made:
        yield made


def test_a_token_is_made_looked_at_renewed_and_printed(customer: Customer) -> None:
    assert customer("token", "inspect").returncode == 77
    assert customer("token", "refresh").returncode == 0
    done = customer("token", "inspect")
    row = json.loads(done.stdout)
    assert list(row) == FIELDS.split()
    assert (row["vendor"], row["profile"], row["kind"], row["source"]) == ("aliyun", None, "nls", "cache")
    assert (row["stale"], row["identity"], row["claims"]) == (False, USER, None)
    assert 86000 < row["seconds_left"] <= 86400
    assert len(customer.nls.created) == 1
    customer("token", "refresh")
    assert len(customer.nls.created) == 1
    assert customer("token", "refresh", "--force").returncode == 0
    assert len(customer.nls.created) == 2
    assert customer("token", "print").stdout == customer.nls.created[-1] + "\n"
    assert not any(token in done.stdout + done.stderr for token in customer.nls.created)


def test_a_life_shorter_than_asked_exits_3_and_still_shows_the_token(customer: Customer) -> None:
    customer.nls.token_life = timedelta(minutes=9)
    customer("token", "refresh")
    done = customer("token", "inspect", "--min-ttl", "10m")
    assert (done.returncode, json.loads(done.stdout)["stale"]) == (3, False)
    assert "less than 600 s" in done.stderr
    assert customer("token", "inspect", "--min-ttl", "5m").returncode == 0
    assert customer("token", "inspect", "--min-ttl", "soon").returncode == 2


def test_print_renews_a_stale_token_first(customer: Customer) -> None:
    customer.nls.token_life = timedelta(0)
    customer("token", "refresh")
    customer.nls.token_life = timedelta(hours=1)
    assert customer("token", "print").stdout.strip() == customer.nls.created[1]


def test_a_terminal_sees_the_token_only_with_yes(customer: Customer) -> None:
    customer("token", "refresh")
    seen = {}
    for words in ((), ("--yes",)):
        above, below = pty.openpty()
        done = subprocess.run(
            customer.program.command("token", "print", *words),
            env=customer.program.environment(),
            stdin=subprocess.DEVNULL,
            stdout=below,
            stderr=subprocess.PIPE,
            check=False,
        )
        os.close(below)
        try:
            shown = os.read(above, 1000).decode()
        except OSError:
            shown = ""
        os.close(above)
        seen[words] = done.returncode, customer.nls.created[0] in shown
    assert seen == {(): (6, False), ("--yes",): (0, True)}


def test_a_ready_token_is_inspected_and_printed_but_not_renewed(customer: Customer) -> None:
    token = "EXAMPLE-ready-token-0001"
    ready = {"ALIYUN_NLS_TOKEN": token}
    row = json.loads(customer("token", "inspect", **ready).stdout)
    assert (row["source"], row["masked"], row["expires_at"]) == ("environment", "***0001", None)
    assert customer("token", "inspect", "--min-ttl", "1m", **ready).returncode == 3
    assert customer("token", "print", **ready).stdout == token + "\n"
    done = customer("token", "refresh", "--force", **ready)
    assert (done.returncode, token in done.stderr) == (77, False)
    assert customer.server.connections == 0


def test_a_dry_run_of_refresh_shows_its_request_and_a_live_token_needs_none(customer: Customer) -> None:
    [request] = json.loads(customer("token", "refresh", "--dry-run").stdout)["requests"]
    assert "Action=CreateToken" in request["url"]
    assert customer.server.connections == 0
    customer("token", "refresh")
    assert json.loads(customer("token", "refresh", "-n").stdout) == {"requests": []}
    assert len(json.loads(customer("token", "refresh", "-n", "--force").stdout)["requests"]) == 1
    assert len(customer.nls.created) == 1


@pytest.mark.parametrize("command", ["inspect", "refresh", "print"])
def test_a_vendor_without_short_lived_tokens_says_so(voicectl: Program, command: str) -> None:
    done = voicectl("token", command, "--vendor", "local")
    assert (done.returncode, "no short-lived tokens" in done.stderr) == (2, True)


def test_without_a_home_it_works_and_verbose_says_what_is_missing(customer: Customer) -> None:
    blocked = customer.home / "blocked"
    blocked.write_text("")
    done = customer("token", "refresh", "--verbose", HOME=str(blocked))
    assert done.returncode == 0, done.stderr
    assert "token cache: cannot" in done.stderr
    assert "token cache" not in customer("token", "print", HOME=str(blocked)).stderr
    assert len(customer.nls.created) == 2
