"""A URL out of an answer is followed only to where nobody inside the house can be hurt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import quote

import pytest

from tests.cloud.server import Answer, RawRequest, serving
from tests.transport.authority import Authority
from tests.transport.faults import SOUND, sound
from tests.transport.parts import FAST, StillClock
from voicectl.core.errors import BrokenAnswer, CredentialError, Guarded, TryLater
from voicectl.core.request import ReplyStream, Request
from voicectl.transport.fetch import Fetcher, is_inside
from voicectl.transport.http import Http

PUBLIC = "93.184.215.14"


@dataclass
class Street:
    """Leads every public address to loopback, and tells which were asked for."""

    http: Http
    proxied: bool = False
    told: list[str] = field(default_factory=list)

    def open(self, request: Request, *, address: str = "") -> AbstractContextManager[ReplyStream]:
        self.told.append(address)
        return self.http.open(request, address="127.0.0.1")

    def is_proxied(self, scheme: str, host: str) -> bool:
        return self.proxied


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def street(authority: Authority) -> Iterator[Street]:
    http = Http({}, ca_bundle=str(authority.bundle), limits=FAST)
    yield Street(http)
    http.close()


def fetcher(street: Street, address: str = PUBLIC, **more: object) -> Fetcher:
    return Fetcher(
        http=street,
        clock=StillClock(),
        chance=lambda: 1.0,
        resolve=lambda name, port: [address],
        **more,  # type: ignore[arg-type]
    )


def fetched(fetcher: Fetcher, url: str) -> bytes:
    with fetcher.open(url) as stream:
        return b"".join(stream.chunks)


def redirects(count: int) -> Callable[[RawRequest], Answer]:
    def respond(request: RawRequest) -> Answer:
        made = int(request.path.removeprefix("/"))
        return Answer(302, (("Location", f"/{made + 1}"),)) if made < count else sound(request)

    return respond


def test_the_address_that_was_looked_at_is_the_one_connected_to(authority: Authority, street: Street) -> None:
    with serving(sound, tls=authority.server_context("voice.test")) as server:
        url = f"https://voice.test:{server.port}/a%2Fb?Signature=x%2By&n=声#part"
        assert fetched(fetcher(street), url) == SOUND
    assert street.told == [PUBLIC]
    assert server.requests[0].target == "/a%2Fb?Signature=x%2By&n=%E5%A3%B0"
    assert server.requests[0].header("Authorization") is None


@pytest.mark.parametrize(("count", "allowed"), [(3, True), (4, False)])
def test_three_redirects_are_followed_and_no_more(
    authority: Authority, street: Street, count: int, allowed: bool
) -> None:
    with serving(redirects(count), tls=authority.server_context("voice.test")) as server:
        url = f"https://voice.test:{server.port}/0"
        if allowed:
            assert fetched(fetcher(street), url) == SOUND
        else:
            with pytest.raises(BrokenAnswer, match="more than 3 times"):
                fetched(fetcher(street, retries=0), url)


@pytest.mark.parametrize(
    "location", ["http://voice.test/", "file:///etc/passwd", "https://10.0.0.1/", "ftp://x/"]
)
def test_a_redirect_is_held_to_the_same_rules(authority: Authority, street: Street, location: str) -> None:
    def respond(request: RawRequest) -> Answer:
        return Answer(302, (("Location", location),))

    with serving(respond, tls=authority.server_context("voice.test")) as server:
        resolve = {"voice.test": PUBLIC, "10.0.0.1": "10.0.0.1"}
        careful = Fetcher(
            http=street, clock=StillClock(), chance=lambda: 1.0, resolve=lambda name, port: [resolve[name]]
        )
        with pytest.raises(Guarded):
            fetched(careful, f"https://voice.test:{server.port}/")
    assert len(server.requests) == 1


def test_the_own_host_may_be_near_and_plain(street: Street) -> None:
    with serving(sound) as server:
        own = fetcher(street, own_host=server.host)
        assert fetched(own, f"{server.url}/audio.wav") == SOUND
        with pytest.raises(Guarded):
            fetched(own, f"{server.url.replace('127.0.0.1', 'localhost')}/audio.wav")


def test_the_own_host_is_plain_only_where_it_is_near(street: Street) -> None:
    with serving(sound) as server:
        place = f"voice.test:{server.port}"
        with pytest.raises(Guarded, match="without https"):
            fetched(fetcher(street, own_host=place), f"http://{place}/audio.wav")
        assert server.requests == []
        assert fetched(fetcher(street, own_host=place, allow_http=True), f"http://{place}/a") == SOUND


@pytest.mark.parametrize(
    "name",
    ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]",
     "localhost", "169.254.169.254", "100.100.100.200", "10.0.0.5", "0.0.0.0", "metadata.google.internal"],
)  # fmt: skip
@pytest.mark.parametrize("proxied", [False, True], ids=["direct", "proxied"])
def test_no_form_of_an_inner_address_is_visited(street: Street, name: str, proxied: bool) -> None:
    street.proxied = proxied
    if name == "metadata.google.internal" and not proxied:
        careful = fetcher(street, "169.254.169.254")
    else:
        careful = Fetcher(http=street, clock=StillClock(), chance=lambda: 1.0)
    with pytest.raises(Guarded):
        fetched(careful, f"https://{name}/")
    assert street.told == []


def test_inner_addresses_are_visited_where_that_is_meant(authority: Authority, street: Street) -> None:
    with serving(sound, tls=authority.server_context("voice.test")) as server:
        url = f"https://voice.test:{server.port}/"
        assert fetched(fetcher(street, "10.0.0.1", allow_private=True), url) == SOUND


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("93.184.215.14", False),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", False),
        ("::ffff:93.184.215.14", False),
        ("64:ff9b::5db8:d70e", False),
        ("64:ff9b::7f00:1", True),
        ("2002:7f00:1::", True),
        ("::7f00:1", True),
        ("::ffff:10.0.0.1", True),
        ("192.168.1.1", True),
        ("172.16.0.1", True),
        ("100.64.0.1", True),
        ("fe80::1", True),
        ("fd00:ec2::254", True),
        ("224.0.0.1", True),
        ("255.255.255.255", True),
        ("::", True),
    ],
)
def test_an_address_is_inside_whatever_it_is_wrapped_in(address: str, inside: bool) -> None:
    assert is_inside(ip_address(address)) is inside


def test_faults_are_named_and_tried_again(authority: Authority, street: Street) -> None:
    answers = iter([Answer(503), Answer(403), Answer(429, (("Retry-After", "60"),))])
    with serving(lambda request: next(answers), tls=authority.server_context("voice.test")) as server:
        url = f"https://voice.test:{server.port}/"
        with pytest.raises(CredentialError):
            fetched(fetcher(street), url)
        with pytest.raises(TryLater):
            fetched(fetcher(street), url)
    assert len(server.requests) == 3


@pytest.mark.parametrize("url", ["https://voice.test:port/", "https://[::1/"])
def test_what_is_no_address_is_a_broken_answer(street: Street, url: str) -> None:
    with pytest.raises(BrokenAnswer):
        fetched(fetcher(street), url)


def test_what_is_a_key_in_a_url_is_hidden_in_what_is_said_of_it(authority: Authority, street: Street) -> None:
    key, more = "EXAMPLE-signature+0001", "EXAMPLE-token/0002=="

    def respond(request: RawRequest) -> Answer:
        return Answer(302, (("Location", f"https://{key}.test/?X-Amz-Security-Token={quote(more)}"),))

    with serving(respond, tls=authority.server_context("voice.test")) as server:
        fetching = fetcher(street, "10.0.0.1", own_host=f"voice.test:{server.port}", retries=0)
        url = f"https://voice.test:{server.port}/a?Signature={quote(key)}&n=plain-and-long-enough"
        with pytest.raises(Guarded) as caught:
            fetched(fetching, url)
    assert str(caught.value) == "the answer points to ***.test, which is inside this network"
    told = f"{key} {more} plain-and-long-enough"
    assert fetching.secrets.hidden_in(told) == "*** *** plain-and-long-enough"
