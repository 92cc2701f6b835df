"""Conversations: the handshake is a request like any other, and every broken one ends in our own error."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import pytest
from websockets.http11 import Request as Handshake
from websockets.http11 import Response
from websockets.sync.server import ServerConnection

from tests.cloud.server import Answer, serving
from tests.cloud.websocket import (
    break_the_rules,
    cut,
    fall_silent,
    refusal,
    say_too_much,
    talking,
)
from tests.transport.authority import Authority
from tests.transport.faults import refused_port
from tests.transport.parts import FAST, KEYS, Drawer, StillClock, client
from tests.transport.proxy_servers import proxy_to
from voicectl.core.conversation import Conversation
from voicectl.core.credentials import Credentials, Secret
from voicectl.core.errors import (
    BrokenAnswer,
    ConfigError,
    CredentialError,
    TokenRejected,
    TryLater,
    Unreachable,
    VoicectlError,
)
from voicectl.core.request import Reply, Request
from voicectl.core.vendor import NotSent
from voicectl.transport import websocket
from voicectl.transport.http import Http, Limits
from voicectl.transport.record import Exchange

pytestmark = pytest.mark.slow


def ask(host: str, target: str = "/ws/v1") -> Request:
    path, _, query = target.partition("?")
    return Request(method="GET", scheme="http", host=host, path=path, query=query)


def echo(connection: ServerConnection) -> None:
    for message in connection:
        connection.send(message)


def once(talk: Conversation, message: str | bytes = "hello") -> str | bytes | None:
    talk.send(message)
    return talk.receive()


def test_messages_go_to_and_fro_as_they_are() -> None:
    with talking(echo) as server, client().converse(ask(server.host)) as talk:
        assert once(talk, "grüß dich 你好") == "grüß dich 你好"
        assert once(talk, bytes(range(256)) * 4000) == bytes(range(256)) * 4000
        assert once(talk, "") == ""


def test_the_handshake_is_signed_and_its_target_travels_byte_for_byte() -> None:
    with talking(echo) as server, client().converse(ask(server.host, "/a//./b%2F?Token=x+y%20z")):
        pass
    heard = server.handshakes[0]
    assert heard.path == "/a//./b%2F?Token=x+y%20z"
    assert heard.headers["X-Stamp"] == "12:00:00 nonce-1 AKIDEXAMPLE"
    assert heard.headers["User-Agent"].startswith("voicectl/")
    assert "Sec-WebSocket-Extensions" not in heard.headers
    sent = {name.lower() for name, _ in heard.headers.raw_items()}
    opening = {"connection", "upgrade", "sec-websocket-version", "sec-websocket-key"}
    assert sent == {"host", "x-stamp", "accept-encoding", "user-agent"} | opening


def test_a_dry_run_sends_nothing() -> None:
    with talking(echo) as server:
        with pytest.raises(NotSent) as caught, client(dry_run=True).converse(ask(server.host)):
            pass
        assert server.handshakes == []
    assert caught.value.signed.request.header("X-Stamp")


def judge(reply: Reply) -> VoicectlError | None:
    if reply.status == 403 and b"token" in reply.body:
        return TokenRejected("the token is old")
    return None


def test_a_refused_handshake_is_judged_by_its_body_and_a_new_token_cures_it() -> None:
    def gate(request: Handshake) -> Response | None:
        is_new = request.headers["X-Stamp"].endswith("token")
        return None if is_new else refusal(403, {"error": "the token is invalid"})

    source = Drawer([KEYS])
    with talking(echo, gate=gate) as server, client(judge, source=source).converse(ask(server.host)) as talk:
        assert once(talk) == "hello"
    assert (source.renewed, len(server.handshakes)) == (1, 2)


@pytest.mark.parametrize(
    ("status", "kind", "tries"),
    [(401, CredentialError, 1), (403, CredentialError, 1), (429, TryLater, 3), (503, TryLater, 3)],
)
def test_a_refusal_is_taken_as_for_any_request(status: int, kind: type[VoicectlError], tries: int) -> None:
    with (
        talking(echo, gate=lambda request: refusal(status)) as server,
        pytest.raises(kind),
        client().converse(ask(server.host)),
    ):
        pass
    assert len(server.handshakes) == tries


def test_a_retry_after_is_waited_for() -> None:
    answers = [refusal(429, Retry_After="7"), None]
    clock = StillClock()
    with (
        talking(echo, gate=lambda request: answers.pop(0)) as server,
        client(clock=clock).converse(ask(server.host)) as talk,
    ):
        assert once(talk) == "hello"
    assert clock.slept == [7.0]


def test_first_words_that_go_wrong_are_tried_again_on_a_new_connection() -> None:
    refused: list[str] = []

    def begin(talk: Conversation) -> None:
        if once(talk, "start") == "start" and len(refused) < 2:
            refused.append("busy")
            raise TryLater("too many", vendor_code="40000005")

    log: list[Exchange] = []
    with talking(echo) as server, client(log=log.append).converse(ask(server.host), begin=begin) as talk:
        assert once(talk) == "hello"
    assert server.connections == 3
    assert [each.code for each in log] == ["", "40000005", "", "40000005", ""]


def test_a_token_refused_at_the_first_words_is_renewed_once() -> None:
    def begin(talk: Conversation) -> None:
        raise TokenRejected("the token EXAMPLE-renewed is invalid")

    source = Drawer([Credentials(secret=Secret("EXAMPLE-first"))])
    with (
        talking(echo) as server,
        pytest.raises(TokenRejected),
        client(source=source).converse(ask(server.host), begin=begin),
    ):
        pass
    assert (source.renewed, server.connections) == (1, 2)


def test_a_good_answer_that_opens_nothing_is_broken() -> None:
    with (
        serving(lambda request: Answer(200, (("Content-Type", "text/plain"),), b"hi")) as server,
        pytest.raises(BrokenAnswer, match="opened no WebSocket"),
        client().converse(ask(server.host)),
    ):
        pass


def test_another_handshakes_answer_is_broken() -> None:
    lines = (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", "AAAA"))
    with (
        serving(lambda request: Answer(101, lines)) as server,
        pytest.raises(BrokenAnswer, match="no WebSocket"),
        client(retries=0).converse(ask(server.host)),
    ):
        pass


FAULTS = {
    "cut": (cut, BrokenAnswer, "broke off after 0 bytes"),
    "silence": (fall_silent, TryLater, "said nothing for 0.4 s"),
    "oversize": (say_too_much, BrokenAnswer, "more than 16777216 bytes"),
    "no frame": (break_the_rules, BrokenAnswer, "does not keep to the protocol"),
    "no UTF-8": (lambda c: c.send(b"\xff\xfe", text=True), BrokenAnswer, "no UTF-8"),
    "ended with a reason": (lambda c: c.close(1011, "engine"), BrokenAnswer, "1011 engine"),
    "ended for later": (lambda c: c.close(1013, "busy"), TryLater, "1013 busy"),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.slow
def test_a_broken_conversation_says_how(fault: str) -> None:
    talk_wrongly, kind, words = FAULTS[fault]
    with (
        talking(talk_wrongly) as server,
        pytest.raises(kind, match=words),
        client().converse(ask(server.host)) as talk,
    ):
        talk.receive()


def test_a_good_end_is_no_message_however_often_it_is_asked() -> None:
    def bye(connection: ServerConnection) -> None:
        connection.send("last")

    with talking(bye) as server, client().converse(ask(server.host)) as talk:
        assert talk.receive() == "last"
        assert (talk.receive(), talk.receive()) == (None, None)
        with pytest.raises(BrokenAnswer):
            talk.send("too late")


def test_after_a_silence_it_may_be_asked_again() -> None:
    def slow(connection: ServerConnection) -> None:
        connection.recv()
        time.sleep(0.2)
        connection.send("here")

    with talking(slow) as server, client().converse(ask(server.host)) as talk:
        talk.send("?")
        with pytest.raises(TryLater):
            talk.receive(within_seconds=0.05)
        assert talk.receive() == "here"


def test_what_comes_with_the_handshake_and_in_pieces_is_put_together() -> None:
    def speak_first(connection: ServerConnection) -> None:
        connection.send("at once")
        connection.send(iter(["in ", "three ", "parts"]))
        connection.ping().wait(1)
        connection.send(b"after a ping")

    with talking(speak_first) as server, client().converse(ask(server.host)) as talk:
        assert [talk.receive() for _ in range(3)] == ["at once", "in three parts", b"after a ping"]


def test_more_than_the_limit_of_bytes_is_not_heard() -> None:
    def chatter(connection: ServerConnection) -> None:
        while True:
            connection.send(bytes(1000))

    with talking(chatter) as server, client(max_bytes=5000).converse(ask(server.host)) as talk:
        with pytest.raises(BrokenAnswer, match="limit of 5000 bytes"):
            list(iter(talk.receive, None))
        talk.close()


@dataclass
class MuteLine:
    """A line on which nothing comes, and time flies, until it is cut."""

    silence_seconds: float = 30.0
    written: list[bytes] = field(default_factory=list)
    reads: int = 0

    def read(self, seconds: float) -> bytes | None:
        self.reads += 1
        return None if self.reads < 4 else b""

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def close(self) -> None:
        pass


@pytest.mark.parametrize(("pause", "pings"), [(0.0, 3), (60.0, 0)])
def test_who_is_silent_is_asked_whether_he_is_there(pause: float, pings: int) -> None:
    line = MuteLine()
    frames = websocket.Frames(line, "nls.example", 1000, ping_seconds=pause)
    with pytest.raises(BrokenAnswer):
        frames.receive()
    assert [data[:1] for data in line.written if data[:1] == b"\x89"] == [b"\x89"] * pings


def test_it_may_be_closed_from_another_thread() -> None:
    with talking(fall_silent) as server:
        http = Http({}, limits=Limits(timeout=5, connect=1))
        with client(sender=http).converse(ask(server.host)) as talk:
            threading.Timer(0.1, talk.close).start()
            began = time.monotonic()
            with pytest.raises(BrokenAnswer):
                talk.receive()
    assert time.monotonic() - began < 2


def test_a_port_where_nobody_listens_is_unreachable() -> None:
    with pytest.raises(Unreachable), client(retries=0).converse(ask(f"127.0.0.1:{refused_port()}")):
        pass


@pytest.mark.parametrize("kind", ["http", "socks"])
@pytest.mark.parametrize("user", ["", "name:EXAMPLE"])
def test_it_goes_through_a_proxy(kind: str, user: str) -> None:
    with talking(echo) as server, proxy_to(server.port, kind, user=user) as proxy:
        scheme = {"http": "http", "socks": "socks5h"}[kind]
        way = {"ALL_PROXY": f"{scheme}://{user}{'@' if user else ''}{proxy.host}"}
        sender = Http(way, limits=FAST)
        with client(sender=sender, allow_http=True).converse(ask("nls.example")) as talk:
            assert once(talk) == "hello"
    assert "nls.example" in proxy.told[0]


@pytest.mark.parametrize("kind", ["http", "socks"])
def test_encrypted_it_shows_a_proxy_only_the_name(
    kind: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    authority = Authority(tmp_path_factory.mktemp("authority"))
    tls = authority.server_context("nls.test")
    with talking(echo, tls=tls) as server, proxy_to(server.port, kind, user="me:EXAMPLE") as proxy:
        way = {"HTTPS_PROXY": f"{'socks5h' if kind == 'socks' else kind}://me:EXAMPLE@{proxy.host}"}
        sender = Http(way, ca_bundle=str(authority.bundle), limits=FAST)
        request = Request(method="GET", scheme="https", host="nls.test", path="/ws/v1", query="token=x")
        with client(sender=sender).converse(request) as talk:
            assert once(talk) == "hello"
    assert server.handshakes[0].path == "/ws/v1?token=x"
    assert proxy.told == ["CONNECT nls.test:443 HTTP/1.1" if kind == "http" else "nls.test:443"]


def test_an_unusable_proxy_is_named() -> None:
    sender = Http({"HTTP_PROXY": f"http://127.0.0.1:{refused_port()}"}, limits=FAST)
    with (
        pytest.raises(ConfigError, match="HTTP_PROXY"),
        client(sender=sender, allow_http=True).converse(ask("nls.example")),
    ):
        pass


def test_encrypted_it_trusts_only_what_it_was_told_to(tmp_path_factory: pytest.TempPathFactory) -> None:
    authority = Authority(tmp_path_factory.mktemp("authority"))
    with talking(echo, tls=authority.server_context("localhost")) as server:
        request = Request(method="GET", scheme="https", host=f"localhost:{server.port}", path="/")
        sender = Http({}, ca_bundle=str(authority.bundle), limits=FAST)
        with client(sender=sender).converse(request) as talk:
            assert once(talk, b"x" * 100_000) == b"x" * 100_000
        with pytest.raises(Unreachable, match="certificate"), client(retries=0).converse(request):
            pass


def test_both_ends_may_say_much_at_once() -> None:
    part, count = bytes(1 << 18), 40

    def talkative(connection: ServerConnection) -> None:
        for _ in range(2 * count):
            connection.send(part)
        for _ in range(count):
            connection.recv()
        connection.send("all heard")

    sender = Http({}, limits=Limits(timeout=3, connect=1))
    with talking(talkative) as server, client(sender=sender).converse(ask(server.host)) as talk:
        worker = threading.Thread(target=lambda: [talk.send(part) for _ in range(count)])
        worker.start()
        heard = [talk.receive() for _ in range(2 * count + 1)]
        worker.join()
    assert (len(heard), heard[-1]) == (2 * count + 1, "all heard")


def test_what_the_first_words_raise_tells_the_vendor_and_no_secret() -> None:
    def begin(talk: Conversation) -> None:
        raise CredentialError("no: {reason}", reason=f"your {KEYS.secret.reveal()} is bad")

    told = client(vendor="aliyun")
    with (
        talking(echo) as server,
        pytest.raises(CredentialError) as caught,
        told.converse(ask(server.host), begin=begin),
    ):
        pass
    assert "EXAMPLE-secret" not in str(caught.value)
    assert caught.value.facts["vendor"] == "aliyun"
    assert "the key came from: drawer" in caught.value.hint
