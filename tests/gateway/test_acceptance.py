"""What an operator is promised: exact limits, true addresses behind nginx, nothing lost by a kill."""

from __future__ import annotations

import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import IncompleteRead
from pathlib import Path

import pytest

from tests.bench.gateway_soak import soak
from tests.gateway.house import NO_LIMITS, Running, program, resident_bytes, running, waited
from voicectl.gateway.audit import text_mac
from voicectl.gateway.keys import Env
from voicectl.signing.gateway_keys import SANDBOX_MASTER

pytestmark = pytest.mark.slow


@contextmanager
def sandbox(tmp_path: Path, **plan: object) -> Iterator[Running]:
    with running(tmp_path / "g", env=Env.TEST, **plan) as team:
        yield team


def test_of_a_hundred_at_once_exactly_the_limit_come_in(tmp_path: Path) -> None:
    with sandbox(tmp_path) as team:
        key = team.keys.issue(env=Env.TEST, limits=NO_LIMITS._replace(per_minute=10))
        with ThreadPoolExecutor(100) as pool:
            answers = list(pool.map(lambda _: team.speak(key), range(100)))
    assert Counter(each.status for each in answers) == {200: 10, 429: 90}
    refused = next(each for each in answers if each.status == 429)
    assert refused.json["error"]["code"] == "rate_limit_exceeded"
    assert 1 <= int(refused.headers["retry-after"]) <= 61
    assert refused.headers["x-ratelimit-limit-requests"] == "10"


def test_of_a_hundred_at_once_only_so_many_are_under_way(tmp_path: Path) -> None:
    with sandbox(tmp_path) as team:
        key = team.keys.issue(env=Env.TEST, limits=NO_LIMITS._replace(concurrency=3))
        slow = {"X-Voicectl-Fault": "slow"}
        with ThreadPoolExecutor(30) as pool:
            answers = list(
                pool.map(lambda _: team.ask("GET", "/v1/models", key=key, headers=slow), range(30))
            )
        assert Counter(each.status for each in answers) == {200: 3, 429: 27}
        assert team.ask("GET", "/v1/models", key=key).status == 200


def test_characters_are_set_aside_before_anybody_speaks(tmp_path: Path) -> None:
    with sandbox(tmp_path) as team:
        key = team.keys.issue(env=Env.TEST, limits=NO_LIMITS._replace(characters_a_day=100))
        with ThreadPoolExecutor(40) as pool:
            answers = list(pool.map(lambda _: team.speak(key, "ten signs."), range(40)))
    assert Counter(each.status for each in answers) == {200: 10, 429: 30}


@pytest.mark.parametrize(
    ("fault", "status"), [("429", 429), ("500", 500), ("badjson", 200), ("slow", 200)], ids=str
)
def test_keys_of_the_sandbox_may_ask_for_trouble(tmp_path: Path, fault: str, status: int) -> None:
    with sandbox(tmp_path) as team:
        key = team.keys.issue(env=Env.TEST)
        answer = team.ask("POST", "/v1/tts", {"text": "hi"}, key, {"X-Voicectl-Fault": fault})
    assert (answer.status, answer.headers["x-voicectl-env"]) == (status, "test")


def test_an_answer_can_be_cut_or_never_come(tmp_path: Path) -> None:
    with sandbox(tmp_path) as team:
        key = team.keys.issue(env=Env.TEST)
        with pytest.raises(IncompleteRead):
            team.ask("GET", "/v1/models", key=key, headers={"X-Voicectl-Fault": "truncate"})
        with pytest.raises(TimeoutError):
            team.ask("GET", "/v1/models", key=key, headers={"X-Voicectl-Fault": "timeout"}, timeout=0.5)
        waited(lambda: 499 in [row["status"] for row in team.rows("test")], "the row of who did not wait")
        assert team.ask("GET", "/v1/models", key=key).status == 200


def test_the_sandbox_goes_by_another_name_and_takes_no_live_key(tmp_path: Path) -> None:
    with sandbox(tmp_path) as team:
        answer = team.speak(team.keys.issue())
        assert answer.json["error"]["code"] == "wrong_environment"
        assert team.ask("GET", "/healthz", headers={"Host": "localhost"}).status == 421
        assert team.ask("GET", "/healthz", headers={"Host": "sandbox.localhost"}).status == 200


def test_the_text_of_a_complaint_is_found_in_the_sandbox_too(tmp_path: Path) -> None:
    with sandbox(tmp_path) as team:
        row = team.row_of(team.speak(team.keys.issue(env=Env.TEST), "Say what?"), "test")
    assert row["text_mac"] == text_mac(SANDBOX_MASTER)("Say what?") != ""


def test_sound_of_the_sandbox_is_the_same_each_time(tmp_path: Path) -> None:
    with sandbox(tmp_path) as team:
        key = team.keys.issue(env=Env.TEST)
        first, second, longer = team.speak(key, "abc"), team.speak(key, "abc"), team.speak(key, "abc" * 9)
    assert first.body == second.body
    assert len(longer.body) > len(first.body)
    assert team.rows("live") == []


# The edges of a connection ----------------------------------------------------------------------


def told(team: Running, data: bytes, *, seconds: float = 15) -> bytes:
    """Send bytes, and return what comes until the other side hangs up."""
    with socket.create_connection((team.host, team.port), timeout=seconds) as line:
        line.sendall(data)
        heard = b""
        while more := line.recv(65536):
            heard += more
    return heard


def test_a_head_without_end_is_cut_off(tmp_path: Path) -> None:
    with sandbox(tmp_path) as team:
        assert b" 431 " in told(team, b"GET /healthz HTTP/1.1\r\nX-A: " + b"a" * 20_000)


def test_who_sends_nothing_or_slowly_is_let_go(tmp_path: Path) -> None:
    begun = b"POST /v1/tts HTTP/1.1\r\nHost: sandbox.localhost\r\nContent-Length: 10\r\n"
    with sandbox(tmp_path) as team, ThreadPoolExecutor(3) as pool:
        key = (
            f"Authorization: Bearer {team.keys.issue(env=Env.TEST)}\r\nContent-Type: application/json\r\n\r\n"
        )
        sent = [b"", begun, begun + key.encode() + b"{"]
        began = time.monotonic()
        heard = list(pool.map(lambda data: told(team, data), sent))
    assert time.monotonic() - began < 14
    assert [each[9:12] for each in heard] == [b"", b"", b"408"]


# Addresses behind nginx --------------------------------------------------------------------------

NGINX = """
daemon off; pid {home}/nginx.pid; error_log {home}/error.log; worker_processes 1;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {home}/b; proxy_temp_path {home}/p; fastcgi_temp_path {home}/f;
  uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;
  server {{ listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{upstream}; proxy_set_header Host 127.0.0.1;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Real-IP $remote_addr;
    }}
  }}
}}
"""


@contextmanager
def nginx(home: Path, upstream: int) -> Iterator[int]:
    """Run nginx before a gateway, as it is set up everywhere: it adds whom it saw to what it was told."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    home.mkdir()
    (home / "conf").write_text(NGINX.format(home=home, port=port, upstream=upstream))
    process = subprocess.Popen(["/usr/sbin/nginx", "-e", str(home / "error.log"), "-c", str(home / "conf")])
    try:
        until = time.monotonic() + 5
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.wait(5)


@pytest.mark.skipif(not Path("/usr/sbin/nginx").exists(), reason="nginx is not installed")
@pytest.mark.parametrize(
    ("trusted", "said", "allowed", "status"),
    [
        ((), {}, "127.0.0.1/32", 200),
        ((), {"X-Forwarded-For": "10.1.1.1"}, "10.0.0.0/8", 403),
        (("127.0.0.1/32",), {}, "127.0.0.1/32", 200),
        (("127.0.0.1/32",), {"X-Forwarded-For": "10.1.1.1"}, "10.0.0.0/8", 200),
        (("127.0.0.1/32",), {"X-Forwarded-For": "10.1.1.1, 192.0.2.7"}, "10.0.0.0/8", 403),
        (("127.0.0.1/32",), {"X-Forwarded-For": "10.1.1.1, 192.0.2.7"}, "192.0.2.7/32", 200),
        (("127.0.0.1/32", "192.0.2.0/24"), {"X-Forwarded-For": "10.1.1.1, 192.0.2.7"}, "10.0.0.0/8", 200),
        (("127.0.0.1/32",), {"X-Forwarded-For": "10.1.1.1, nonsense"}, "10.0.0.0/8", 403),
        (("127.0.0.1/32",), {"X-Forwarded-For": "::ffff:10.1.1.1"}, "10.0.0.0/8", 200),
        (("127.0.0.1/32",), {"X-Forwarded-For": "[2001:db8::1]:443"}, "2001:db8::/32", 200),
        (("127.0.0.1/32",), {"X-Real-IP": "10.1.1.1"}, "10.0.0.0/8", 403),
        (("127.0.0.1/32",), {"CF-Connecting-IP": "10.1.1.1"}, "10.0.0.0/8", 403),
        (("127.0.0.1/32",), {"True-Client-IP": "10.1.1.1"}, "10.0.0.0/8", 403),
        (("127.0.0.1/32",), {"Forwarded": "for=10.1.1.1"}, "10.0.0.0/8", 403),
    ],
    ids=str,
)
def test_only_what_a_trusted_proxy_has_seen_is_an_address(
    tmp_path: Path, trusted: tuple[str, ...], said: dict[str, str], allowed: str, status: int
) -> None:
    with sandbox(tmp_path, trusted=trusted) as team, nginx(tmp_path / "nginx", team.port) as port:
        key = team.keys.issue(env=Env.TEST, networks=(allowed,))
        answer = Running(port, team.keys).ask("GET", "/v1/models", key=key, headers=said)
    assert answer.status == status
    assert status == 200 or answer.json["error"]["code"] == "ip_not_allowed"
    assert allowed.partition("/")[0] not in str(answer.body)


# The program ------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    return home


def test_it_is_ready_soon_and_small(home: Path) -> None:
    began = time.monotonic()
    with program(home, "--env", "test", "--metrics-port", "0") as team:
        ready = time.monotonic() - began
        key = team.keys.issue(env=Env.TEST)
        time.sleep(0.7)
        assert team.speak(key).status == 200
        assert team.process is not None
        memory = resident_bytes(team.process.pid)
    assert ready < 2
    assert memory < 80 << 20


def test_the_sandbox_never_opens_the_keyring(home: Path) -> None:
    trap = home / "keyring"
    broken = {
        "PYTHON_KEYRING_BACKEND": "nobody.has.This",
        "VOICECTL_NO_KEYRING": "",
        "VOICECTL_GATEWAY_MASTER": "",
    }
    with program(home, "--env", "test", "--metrics-port", "0", environ=broken) as team:
        assert team.process is not None
        loaded = Path(f"/proc/{team.process.pid}/maps").read_text()
    assert "keyring" not in loaded
    assert not trap.exists()


@pytest.mark.parametrize("words", [("--host", "0.0.0.0"), ("--host", "::"), ("--tls-cert", "x.pem")], ids=str)
def test_keys_never_cross_a_network_in_the_clear(home: Path, words: tuple[str, ...]) -> None:
    with pytest.raises(AssertionError, match="error:"), program(home, "--env", "test", *words):
        pass


def test_a_minute_under_load_and_nothing_grows(home: Path) -> None:
    with program(home, "--env", "test", "--metrics-port", "0") as team:
        key = team.keys.issue(env=Env.TEST, limits=NO_LIMITS)
        time.sleep(0.7)
        found = soak(team, key, 60)
    assert not found.grows, found
    assert found.late.memory < 80 << 20
    assert found.failed == 0
    assert found.answered > 500
