"""Through proxies and TLS: the request arrives whole, and strangers learn nothing of it."""

from __future__ import annotations

import socket
import threading
import time
import traceback
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.cli.seeking import sung
from tests.cloud.server import Answer, Bytes, RawRequest, serving
from tests.transport.authority import Authority
from tests.transport.faults import refused_port
from tests.transport.parts import FAST
from tests.transport.proxy_servers import proxy_to
from voicectl.core.errors import ConfigError, Unreachable
from voicectl.core.request import Reply, Request
from voicectl.transport.http import Http
from voicectl.transport.replies import whole

TARGET = "/a//./b%2F?Token=EXAMPLE+x%20y"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def good(request: RawRequest) -> Answer:
    return Answer(200, (("Content-Type", "application/json"),), b"{}")


def fetch(scheme: str, host: str, environment: dict[str, str], bundle: Path | str = "") -> Reply:
    path, _, query = TARGET.partition("?")
    http = Http(environment, ca_bundle=str(bundle), limits=FAST)
    try:
        with http.open(Request(method="GET", scheme=scheme, host=host, path=path, query=query)) as stream:
            return whole(stream)
    finally:
        http.close()


def test_an_own_authority_is_accepted_with_its_bundle(authority: Authority) -> None:
    with serving(good, tls=authority.server_context("localhost")) as server:
        assert fetch("https", f"localhost:{server.port}", {}, authority.bundle).status == 200
        by_variable = {"SSL_CERT_FILE": str(authority.bundle)}
        assert fetch("https", f"localhost:{server.port}", by_variable).status == 200


def test_an_unknown_authority_is_refused_and_the_way_out_named(authority: Authority) -> None:
    with serving(good, tls=authority.server_context("localhost")) as server:
        with pytest.raises(Unreachable) as caught:
            fetch("https", f"localhost:{server.port}", {})
        assert server.requests == []
    assert "local issuer certificate" in str(caught.value)
    assert "--ca-bundle" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "days", "hint"), [("localhost", -1, "clock"), ("other.example", 1, "is for another")]
)
def test_a_certificate_for_another_time_or_host_is_refused(
    authority: Authority, name: str, days: int, hint: str
) -> None:
    tls = authority.server_context(name, days=days)
    with serving(good, tls=tls) as server, pytest.raises(Unreachable) as caught:
        fetch("https", f"localhost:{server.port}", {}, authority.bundle)
    assert hint in caught.value.hint


def test_plain_http_where_tls_was_expected_is_unreachable() -> None:
    def speak_plainly(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=speak_plainly, args=(listener,), daemon=True).start()
        with pytest.raises(Unreachable, match="no TLS"):
            fetch("https", f"127.0.0.1:{listener.getsockname()[1]}", {})


@pytest.mark.parametrize("content", [None, "no certificate at all"], ids=["missing", "garbage"])
def test_a_bundle_that_is_none_is_a_fault_of_the_configuration(tmp_path: Path, content: str | None) -> None:
    bundle = tmp_path / "ca.pem"
    if content:
        bundle.write_text(content)
    with pytest.raises(ConfigError, match=r"ca\.pem"):
        fetch("https", "localhost:1", {}, bundle)


FORMS = {
    "http": ("http", "HTTPS_PROXY", "http://{host}"),
    "bare": ("http", "https_proxy", "{host}"),
    "all": ("http", "ALL_PROXY", "http://{host}/"),
    "with user": ("http", "HTTPS_PROXY", "http://me:p%40ss@{host}"),
    "socks5": ("socks", "HTTPS_PROXY", "socks5://{host}"),
    "socks5h": ("socks", "ALL_PROXY", "socks5h://{host}"),
    "socks": ("socks", "all_proxy", "socks://{host}"),
    "socks with user": ("socks", "ALL_PROXY", "socks5h://me:p%40ss@{host}"),
}


@pytest.mark.parametrize("form", FORMS)
def test_https_goes_through_each_form_of_proxy_and_shows_it_only_the_name(
    authority: Authority, form: str
) -> None:
    kind, variable, value = FORMS[form]
    user = "me:p@ss" if "user" in form else ""
    tls = authority.server_context("voice.test")
    with serving(good, tls=tls) as server, proxy_to(server.port, kind, user=user) as proxy:
        environment = {variable: value.format(host=proxy.host)}
        assert fetch("https", "voice.test", environment, authority.bundle).status == 200
    assert server.requests[0].target == TARGET
    assert proxy.told == ["CONNECT voice.test:443 HTTP/1.1" if kind == "http" else "voice.test:443"]


@pytest.mark.parametrize(("kind", "scheme"), [("http", "http"), ("socks", "socks5h")])
def test_plain_http_goes_through_a_proxy_with_its_target_whole(kind: str, scheme: str) -> None:
    with serving(good) as server, proxy_to(server.port, kind) as proxy:
        assert fetch("http", "voice.test:8080", {"http_proxy": f"{scheme}://{proxy.host}"}).status == 200
    seen = server.requests[0].target
    assert seen == (f"http://voice.test:8080{TARGET}" if kind == "http" else TARGET)
    assert server.requests[0].header("Host") == "voice.test:8080"


@pytest.mark.parametrize("kind", ["http", "socks"])
def test_a_proxy_that_refuses_the_user_is_a_fault_of_the_configuration(kind: str) -> None:
    with proxy_to(1, kind, user="me:secret") as proxy:
        scheme = {"http": "http", "socks": "socks5"}[kind]
        with pytest.raises(ConfigError, match="HTTPS_PROXY"):
            fetch("https", "voice.test", {"HTTPS_PROXY": f"{scheme}://{proxy.host}"})


@pytest.mark.parametrize("scheme", ["http", "socks5h"])
def test_a_proxy_that_is_not_there_is_named_by_its_variable(scheme: str) -> None:
    with pytest.raises(ConfigError, match="ALL_PROXY"):
        fetch("https", "voice.test", {"ALL_PROXY": f"{scheme}://127.0.0.1:{refused_port()}"})


@pytest.mark.parametrize(("kind", "scheme"), [("http", "http"), ("socks", "socks5h")])
@pytest.mark.slow
def test_a_proxy_that_says_nothing_is_not_waited_for_long(kind: str, scheme: str) -> None:
    started = time.monotonic()
    with proxy_to(1, kind, mute=True) as proxy, pytest.raises(Unreachable, match="does not answer"):
        fetch("https", "voice.test", {"ALL_PROXY": f"{scheme}://{proxy.host}"})
    assert time.monotonic() - started < 2


def test_a_proxy_that_repeats_its_password_is_quoted_without() -> None:
    def respond(request: RawRequest) -> Bytes:
        line = b"HTTP/1.1 407 " + (request.header("Proxy-Authorization") or "").encode()
        return Bytes((line + b" me:" + quote("p@ss/EXAMPLE+1").encode() + b"\r\n\r\n",))

    with serving(respond) as proxy:
        environment = {"HTTPS_PROXY": f"http://me:{quote('p@ss/EXAMPLE+1', safe='')}@{proxy.host}"}
        with pytest.raises(ConfigError) as caught:
            fetch("https", "voice.test", environment)
    assert str(caught.value) == "the proxy in HTTPS_PROXY refuses: 407 Basic bWU6***E= me:***"
    assert sung({"it": "p@ss/EXAMPLE+1"}, "".join(traceback.format_exception(caught.value))) == []
