"""Where the program listens and how it says so: JSON for scripts, Unix sockets, TLS, dates, shared sound."""

from __future__ import annotations

import http.client
import json
import os
import select
import socket
import ssl
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from tests.conftest import Program
from tests.gateway.house import (
    END_SECONDS,
    MASTER,
    NO_LIMITS,
    START_SECONDS,
    Keys,
    Running,
    program,
    running,
    waited,
)
from tests.transport.authority import Authority
from voicectl.core.errors import Unavailable, UsageError
from voicectl.gateway.keys import Env, Limits, Status, new_text
from voicectl.gateway.listeners import listens
from voicectl.gateway.posture import check_binding, check_store
from voicectl.gateway.sayings import MOST_WAITING, Sayings
from voicectl.gateway.team import READER_SECONDS

pytestmark = pytest.mark.slow

ENVIRON = {"VOICECTL_NO_KEYRING": "1", "VOICECTL_GATEWAY_MASTER": MASTER}
NO_METRICS = ("--metrics-port", "0")


@contextmanager
def serving(home: Path, *words: str) -> Iterator[tuple[dict[str, Any], subprocess.Popen[str]]]:
    """Yield what the program says of itself in one line of JSON, and the program."""
    process = subprocess.Popen(
        [sys.executable, "-m", "voicectl", "gateway", "serve", *words, "-O", "json"],
        env={**Program(home).environment(), **ENVIRON},
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        can_be_read, _, _ = select.select([process.stdout], [], [], START_SECONDS)
        line = process.stdout.readline() if can_be_read else ""
        assert line, process.communicate(timeout=5)[1]
        yield json.loads(line), process
    finally:
        process.terminate()
        rest, _ = process.communicate(timeout=END_SECONDS)
    assert rest == "", "nothing else is written to stdout"


def keys(home: Path) -> Keys:
    return Keys(home / ".local/state/voicectl/gateway")


class AtSocket(http.client.HTTPConnection):
    """A connection to a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("sandbox.localhost", timeout=10)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(10)
        self.sock.connect(self._path)


def asked(path: str, key: str, **headers: str) -> int:
    line = AtSocket(path)
    line.request("GET", "/v1/models", headers={"Authorization": f"Bearer {key}", **headers})
    reply = line.getresponse()
    reply.read()
    line.close()
    return reply.status


# What is said -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_script_can_wait_for_one_line_of_json(tmp_path: Path) -> None:
    with serving(tmp_path, "--env", "test", "--port", "0", *NO_METRICS) as (told, process):
        socket.create_connection((told["host"], told["port"]), 5).close()
    assert told == {
        "url": f"http://sandbox.localhost:{told['port']}",
        "socket": None,
        "host": "127.0.0.1",
        "port": told["port"],
        "metrics_url": None,
        "environment": "test",
        "profiles": ["sandbox"],
        "pid": process.pid,
    }


@pytest.mark.slow
def test_the_sandbox_of_vendors_tells_its_variables(tmp_path: Path) -> None:
    words = ("--sandbox", "--port", "0", "--fake-audio", "tone")
    with serving(tmp_path, *words) as (told, process):
        socket.create_connection((told["host"], told["port"]), 5).close()
    assert (told["environment"], told["pid"], told["env_file"]) == ("sandbox", process.pid, None)
    assert told["url"] == f"http://127.0.0.1:{told['port']}"
    assert told["variables"]["OPENAI_BASE_URL"].startswith(told["url"])


@pytest.mark.slow
def test_metrics_say_where_they_are(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    with serving(tmp_path, "--env", "test", "--port", "0", "--metrics-port", str(port)) as (told, _):
        assert told["metrics_url"] == f"http://127.0.0.1:{port}/metrics"


# Unix sockets -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_socket_is_ours_alone_and_goes_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "g.sock"
    with serving(tmp_path, "--env", "test", "--host", f"unix:{path}", *NO_METRICS) as (told, _):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert (told["url"], told["socket"], told["port"]) == (None, str(path), None)
        anywhere = keys(tmp_path).issue(env=Env.TEST)
        somewhere = keys(tmp_path).issue(env=Env.TEST, networks=("127.0.0.0/8", "0.0.0.0/0"))
        time.sleep(0.7)
        assert asked(str(path), anywhere) == 200
        assert asked(str(path), somewhere) == 403, "nobody knows where it comes from"
        told_by_client = {"X-Forwarded-For": "127.0.0.1"}
        assert asked(str(path), somewhere, **told_by_client) == 403
    assert not path.exists()


@pytest.mark.slow
def test_behind_a_trusted_proxy_a_socket_knows_addresses(tmp_path: Path) -> None:
    path = tmp_path / "g.sock"
    words = ("--host", f"unix://{path}", "--trusted-proxy", "unix", "--socket-mode", "660")
    with serving(tmp_path, "--env", "test", *words, *NO_METRICS):
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        key = keys(tmp_path).issue(env=Env.TEST, networks=("10.0.0.0/8",))
        time.sleep(0.7)
        said = [{}, {"X-Forwarded-For": "10.1.1.1"}, {"X-Forwarded-For": "10.1.1.1, 192.0.2.7"}]
        assert [asked(str(path), key, **each) for each in said] == [403, 200, 403]


NGINX = """
daemon off; pid {home}/nginx.pid; error_log {home}/error.log; worker_processes 1; user {user};
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {home}/b; proxy_temp_path {home}/p; fastcgi_temp_path {home}/f;
  uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;
  server {{ listen unix:{home}/front.sock;
    set_real_ip_from unix:; real_ip_header X-Test-Address;
    location / {{
      proxy_pass http://unix:{socket}:; proxy_set_header Host sandbox.localhost;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }}
  }}
}}
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/usr/sbin/nginx").exists(), reason="nginx is not installed")
def test_nginx_tells_a_socket_whom_it_saw(tmp_path: Path) -> None:
    import pwd

    path, home = tmp_path / "g.sock", tmp_path / "nginx"
    home.mkdir()
    user = pwd.getpwuid(os.getuid()).pw_name
    (home / "conf").write_text(NGINX.format(home=home, socket=path, user=user))
    words = ("--env", "test", "--host", f"unix:{path}", "--trusted-proxy", "unix", *NO_METRICS)
    with serving(tmp_path, *words):
        key = keys(tmp_path).issue(env=Env.TEST, networks=("10.0.0.0/8",))
        time.sleep(0.7)
        nginx = subprocess.Popen(["/usr/sbin/nginx", "-e", str(home / "error.log"), "-c", str(home / "conf")])
        try:
            until = time.monotonic() + 5
            while not (home / "front.sock").exists() and time.monotonic() < until:
                time.sleep(0.02)
            seen = [
                {"X-Test-Address": "10.1.1.1"},
                {"X-Test-Address": "192.0.2.7"},
                {"X-Test-Address": "192.0.2.7", "X-Forwarded-For": "10.1.1.1"},
            ]
            statuses = [asked(str(home / "front.sock"), key, **each) for each in seen]
        finally:
            nginx.terminate()
            nginx.wait(5)
    assert statuses == [200, 403, 403]


def test_a_dead_socket_is_replaced_and_a_living_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "g.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(path))
    with listens(f"unix:{path}", 0) as bound:
        with pytest.raises(Unavailable, match="another server listens"), listens(f"unix:{path}", 0):
            pass
        assert path.exists()
        bound.close()
    assert not path.exists()


def test_what_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_text("mine")
    with pytest.raises(Unavailable, match="something else"), listens(f"unix:{path}", 0):
        pass
    assert path.read_text() == "mine"


def test_a_socket_that_somebody_else_has_put_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "g.sock"
    with listens(f"unix:{path}", 0) as bound:
        path.unlink()
        path.write_text("the next one's")
        bound.close()
    assert path.exists()


@pytest.mark.parametrize("where", ["missing/g.sock", "x" * 200])
def test_a_path_that_cannot_be_used_is_said(tmp_path: Path, where: str) -> None:
    with pytest.raises(Unavailable, match="cannot listen at"), listens(f"unix:{tmp_path / where}", 0):
        pass


# TLS ----------------------------------------------------------------------------------------------


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Return an authority's bundle, and a certificate and its key that it vouches for."""
    authority = Authority(tmp_path)
    authority.server_context("sandbox.localhost")
    both = (tmp_path / "sandbox.localhost1.pem").read_text()
    middle = both.index("-----BEGIN PRIVATE KEY")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    certificate.write_text(both[:middle])
    key.write_text(both[middle:])
    key.chmod(0o600)
    return authority.bundle, certificate, key


@pytest.mark.slow
def test_a_real_handshake_on_an_open_address(tmp_path: Path, pair: tuple[Path, Path, Path]) -> None:
    bundle, certificate, key = pair
    words = ("--host", "0.0.0.0", "--port", "0", "--tls-cert", str(certificate), "--tls-key", str(key))
    with serving(tmp_path, "--env", "test", *words, *NO_METRICS) as (told, _):
        assert told["url"] == f"https://sandbox.localhost:{told['port']}"
        trusting = ssl.create_default_context(cafile=str(bundle))
        line = http.client.HTTPSConnection("127.0.0.1", told["port"], timeout=10, context=trusting)
        line.sock = trusting.wrap_socket(
            socket.create_connection(("127.0.0.1", told["port"])), server_hostname="sandbox.localhost"
        )
        assert line.sock.version() in ("TLSv1.2", "TLSv1.3")
        line.request("GET", "/healthz", headers={"Host": "sandbox.localhost"})
        assert line.getresponse().status == 200
        line.close()
        stranger, there = ssl.create_default_context(), socket.create_connection(("127.0.0.1", told["port"]))
        with pytest.raises(ssl.SSLCertVerificationError):
            stranger.wrap_socket(there, server_hostname="sandbox.localhost")
        with socket.create_connection(("127.0.0.1", told["port"]), 5) as plain:
            plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: sandbox.localhost\r\n\r\n")
            assert b"200" not in plain.recv(1000), "nothing is answered in the clear"


@pytest.mark.slow
def test_a_renewed_certificate_is_shown_without_a_restart(
    tmp_path: Path, pair: tuple[Path, Path, Path]
) -> None:
    _, certificate, key = pair
    words = ("--port", "0", "--tls-cert", str(certificate), "--tls-key", str(key))
    with serving(tmp_path, "--env", "test", *words, *NO_METRICS) as (told, _):
        place = ("127.0.0.1", told["port"])
        before = ssl.get_server_certificate(place)
        (tmp_path / "new").mkdir()
        Authority(tmp_path / "new").server_context("sandbox.localhost")
        both = (tmp_path / "new" / "sandbox.localhost1.pem").read_text()
        middle = both.index("-----BEGIN PRIVATE KEY")
        certificate.write_text(both[:middle])
        time.sleep(1.3)
        assert ssl.get_server_certificate(place) == before, "one whose key is not there is not shown"
        key.write_text(both[middle:])
        waited(lambda: ssl.get_server_certificate(place) != before, "the new certificate to be shown")
        assert ssl.get_server_certificate(place).strip() == both[:middle].strip()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "words", "exit_code"),
    [
        ("open", "can be read by other users", 78),
        ("other", "is not the key of", 78),
        ("missing", "cannot be read", 66),
        ("nonsense", "are no certificate and key", 78),
        ("locked", "is locked by a password", 78),
        ("half", "TLS takes a certificate and its key", 2),
        ("taken", "cannot be read", 66),
    ],
)
def test_a_bad_pair_is_named_before_anything_listens(
    tmp_path: Path, pair: tuple[Path, Path, Path], fault: str, words: str, exit_code: int
) -> None:
    _, certificate, key = pair
    match fault:
        case "open":
            key.chmod(0o640)
        case "other":
            fresh = Authority(tmp_path / "x" if (tmp_path / "x").mkdir() is None else tmp_path)
            fresh.server_context("other")
            both = (tmp_path / "x" / "other1.pem").read_text()
            key.write_text(both[both.index("-----BEGIN PRIVATE KEY") :])
        case "missing":
            key.unlink()
        case "nonsense":
            certificate.write_text("hello")
        case "locked":
            key.write_bytes(locked(key.read_bytes()))
        case "taken":
            certificate.unlink()
    given = ["--tls-cert", str(certificate), *([] if fault == "half" else ["--tls-key", str(key)])]
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        # The port is taken: who came as far as listening would say that.
        at = ("--port", str(busy.getsockname()[1]))
        done = Program(tmp_path, ENVIRON)("gateway", "serve", "--env", "test", *at, *NO_METRICS, *given)
    assert (done.returncode, done.stdout) == (exit_code, "")
    assert words in done.stderr


def locked(key: bytes) -> bytes:
    from cryptography.hazmat.primitives import serialization

    return serialization.load_pem_private_key(key, None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"EXAMPLE"),
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "unix:/run/g.sock"])
def test_what_is_this_machine_needs_no_tls(host: str) -> None:
    check_binding(host, has_tls=False, behind_proxy=False)


# Redis elsewhere ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "is_fine"),
    [
        ("redis://127.0.0.1:6379/0", True),
        ("redis://localhost/0", True),
        ("redis://[::1]:6379/0", True),
        ("unix:///run/redis.sock", True),
        ("rediss://gateway:EXAMPLE@redis.example:6379/0", True),
        ("rediss://redis.example:6379/0", False),
        ("rediss://:EXAMPLE@redis.example:6379/0", False),
        ("redis://gateway:EXAMPLE@redis.example:6379/0", False),
        ("redis://10.0.0.7", False),
        ("redis://", False),
        ("http://127.0.0.1", False),
        ("redis://[::1", False),
    ],
)
def test_counts_cross_a_network_only_under_tls_and_a_name(url: str, is_fine: bool) -> None:
    if is_fine:
        check_store(url)
        return
    with pytest.raises(UsageError) as caught:
        check_store(url)
    assert "EXAMPLE" not in f"{caught.value} {caught.value.hint}"


# Options ------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--profile-limit", "nobody=60"), "'nobody' is not served here; there is sandbox"),
        (("--profile-limit", "sandbox"), "wants NAME=RPM"),
        (("--profile-limit", "sandbox=0"), "wants NAME=RPM"),
        (("--profile-limit", "sandbox=60,"), "wants NAME=RPM"),
        (("--socket-mode", "644x"), "--socket-mode can be"),
        (("--socket-mode", "066"), "--socket-mode can be"),
        (("--rule-webhook", "https://hooks.example"), "--rule-webhook wants rules"),
        (("--redis-keys",), "--redis-keys wants to know where"),
        (("--redis", "redis://10.0.0.7"), "10.0.0.7 is another machine"),
    ],
    ids=lambda given: given[-1] if isinstance(given, tuple) else "",
)
def test_an_option_that_cannot_be_meant_is_named(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    done = Program(tmp_path, ENVIRON)("gateway", "serve", "--env", "test", "--port", "0", *NO_METRICS, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr


@pytest.mark.slow
def test_where_to_count_may_be_said_where_nobody_lists_it(tmp_path: Path) -> None:
    given = {**ENVIRON, "VOICECTL_GATEWAY_REDIS": "redis://gateway:EXAMPLE@10.0.0.7"}
    done = Program(tmp_path, given)("gateway", "serve", "--env", "test", "--port", "0", *NO_METRICS)
    assert (done.returncode, done.stdout) == (2, "")
    assert "10.0.0.7 is another machine" in done.stderr
    assert "EXAMPLE" not in done.stderr


@pytest.mark.slow
def test_the_limit_of_a_profile_is_an_option(tmp_path: Path) -> None:
    with program(tmp_path, "--env", "test", *NO_METRICS, "--profile-limit", "sandbox=2,*") as team:
        key = team.keys.issue(env=Env.TEST)
        time.sleep(0.7)
        assert [team.speak(key).status for _ in range(3)] == [200, 200, 429]


# Every answer -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("listening") / "g", env=Env.TEST) as gateway:
        yield gateway


def test_every_answer_says_when_it_was_given_and_where(team: Running) -> None:
    key = team.keys.issue(env=Env.TEST)
    answers = [team.ask("GET", "/healthz"), team.speak(key), team.speak("nobody"), team.ask("GET", "/x")]
    for answer in answers:
        assert abs(parsedate_to_datetime(answer.headers["date"]).timestamp() - time.time()) < 3
        assert answer.headers["x-voicectl-env"] == "test"


@pytest.mark.parametrize(
    ("sent", "status"),
    [(b"GET /healthz HTTP/1.1\r\nX-A: " + b"a" * 20_000, b"431"), (b"nonsense\r\n\r\n", b"400")],
    ids=["431", "400"],
)
def test_so_do_answers_to_what_is_no_request(team: Running, sent: bytes, status: bytes) -> None:
    with socket.create_connection((team.host, team.port), timeout=10) as line:
        line.sendall(sent)
        head = line.recv(65536).lower()
    assert head.split(b" ")[1] == status
    assert b"\r\ndate: " in head
    assert b"\r\nx-voicectl-env: test\r\n" in head


def test_no_header_tells_a_key_that_was_good_from_one_that_never_was(team: Running) -> None:
    unknown = new_text(Env.TEST, "abcdefgh", lambda most: most - 1)
    revoked = team.keys.issue(env=Env.TEST, limits=Limits())
    expired = team.keys.issue(env=Env.TEST, limits=Limits(), lives_seconds=0.3)
    assert "ratelimit" in team.speak(revoked).headers
    team.keys.switch(revoked, Status.REVOKED)
    time.sleep(0.5)
    answers = [team.speak(key) for key in (unknown, revoked, expired)]
    for _ in range(20):
        team.speak(unknown)
    answers_to_many = [team.speak(key) for key in (unknown, revoked, expired)]
    for found, status in ((answers, 401), (answers_to_many, 429)):
        told = [{**each.headers, "date": "", "x-request-id": "", "retry-after": ""} for each in found]
        assert [each.status for each in found] == [status] * 3
        assert told[0] == told[1] == told[2]


@pytest.mark.slow
def test_a_client_that_reads_nothing_holds_its_place_for_a_while_only(team: Running) -> None:
    key = team.keys.issue(env=Env.TEST, limits=NO_LIMITS._replace(concurrency=1))
    gateway = team.gateway
    assert gateway is not None
    gateway.team.reader_seconds = 2
    body = json.dumps({"input": "words " * 680, "response_format": "wav"}).encode()
    head = (
        "POST /v1/audio/speech HTTP/1.1\r\nHost: sandbox.localhost\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {key}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((team.host, team.port), 10) as line:
        line.sendall(head.encode() + body)
        waited(lambda: gateway.team.inflight, "the request to be heard")
        assert team.speak(key).status == 429
        waited(lambda: not gateway.team.inflight, "the place to be free", 20)
        assert team.speak(key).status == 200
        waited(lambda: not gateway.crew.busy, "the threads to be free", 3)
    gateway.team.reader_seconds = READER_SECONDS


# An operator who does not listen ------------------------------------------------------------------


@pytest.mark.slow
def test_a_gateway_whose_operator_has_gone_still_sees_revocations(tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text("rule = []")
    with program(tmp_path, "--env", "test", *NO_METRICS, "--rules", str(rules)) as team:
        key = team.keys.issue(env=Env.TEST)
        assert team.process is not None
        assert team.process.stderr is not None
        os.close(team.process.stderr.fileno())
        team.process.stderr = None
        rules.write_text("nonsense")
        time.sleep(1.2)
        assert team.speak(key).status == 200
        team.keys.switch(key, Status.REVOKED)
        begun = time.monotonic()
        waited(lambda: team.speak(key).status == 401, "the key to be refused", 3)
        assert time.monotonic() - begun < 1.5


def test_what_cannot_be_said_in_time_is_counted_and_nobody_waits() -> None:
    may_go, said = Event(), list[str]()

    def slowly(words: str) -> None:
        may_go.wait(10)
        said.append(words)

    sayings = Sayings(slowly)
    begun = time.monotonic()
    for number in range(MOST_WAITING + 50):
        sayings(str(number))
    assert time.monotonic() - begun < 1
    may_go.set()
    sayings.close()
    waited(lambda: len(said) > MOST_WAITING, "all to be said")
    assert said[0] == "0"
    assert said[1].endswith("more things could not be said in time")


def test_one_thing_that_cannot_be_said_does_not_silence_the_next() -> None:
    said: list[str] = []

    def say(words: str) -> None:
        if words == "lost":
            raise BrokenPipeError
        said.append(words)

    sayings = Sayings(say)
    for words in ("lost", "heard"):
        sayings(words)
    sayings.close()
    assert said == ["heard"]


# Sound that gateways share ------------------------------------------------------------------------


def test_sound_lies_where_each_gateway_finds_it_for_its_key_alone(tmp_path: Path) -> None:
    shared = {"env": Env.TEST, "audio_directory": str(tmp_path / "sound")}
    with running(tmp_path / "a", **shared) as one, running(tmp_path / "b", **shared) as other:
        key = one.keys.issue(env=Env.TEST)
        told = one.say(key, format="pcm").json
        there = one.ask("GET", told["audio_url"], key=key)
        copied(one, other)
        stranger = other.keys.issue(env=Env.TEST)
        here = other.ask("GET", told["audio_url"], key=key)
        assert (here.status, here.body) == (200, there.body)
        assert (
            here.headers["content-type"] == there.headers["content-type"] == "audio/pcm;rate=24000;channels=1"
        )
        assert other.ask("GET", told["audio_url"], key=stranger).status == 404
        assert other.ask("GET", "/audio/..%2f..%2fa%2fkeys.sqlite", key=key).status == 404
    assert stat.S_IMODE((tmp_path / "sound").stat().st_mode) == 0o700


def copied(one: Running, other: Running) -> None:
    """Give one gateway's keys to another, as a shared store of keys does."""
    from voicectl.gateway.key_file import Deed

    with one.keys.file() as from_file, other.keys.file() as to_file:
        for key in list(from_file.keys()):
            to_file.add(key, Deed(0, "tests", "copy", key.id))
            until = time.monotonic() + 3
            while not other.keys.knows(key.id):
                assert time.monotonic() < until
                time.sleep(0.01)


@pytest.mark.slow
def test_a_shared_directory_that_others_can_look_into_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sound").mkdir(mode=0o755)
    given = ("--env", "test", "--port", "0", *NO_METRICS, "--audio-dir", str(tmp_path / "sound"))
    done = Program(tmp_path, ENVIRON)("gateway", "serve", *given)
    assert (done.returncode, done.stdout) == (78, "")
    assert "can be read by other users" in done.stderr
