"""Which proxy a request takes: read off the environment, in every form that people write."""

from __future__ import annotations

import pytest

from voicectl.core.errors import ConfigError
from voicectl.transport.proxies import proxy_for, split_host

PROXY = "http://proxy.example:3128"


def chosen(host: str, scheme: str = "https", **environment: str) -> str | None:
    proxy = proxy_for(scheme, host, environment)
    return proxy.url if proxy else None


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("http://proxy.example:3128", "http://proxy.example:3128"),
        ("http://proxy.example:3128/", "http://proxy.example:3128"),
        ("proxy.example:3128", "http://proxy.example:3128"),
        ("10.1.2.3:8080", "http://10.1.2.3:8080"),
        ("[fd00::1]:8080", "http://[fd00::1]:8080"),
        ("user:p%40ss@proxy.example:3128", "http://user:p%40ss@proxy.example:3128"),
        ("https://proxy.example", "https://proxy.example"),
        ("HTTP://proxy.example:1", "http://proxy.example:1"),
        ("socks5://proxy.example:1080", "socks5://proxy.example:1080"),
        ("socks5h://proxy.example", "socks5h://proxy.example"),
        ("socks://proxy.example:1080", "socks5h://proxy.example:1080"),
        ("  http://proxy.example:3128 ", "http://proxy.example:3128"),
    ],
)
def test_a_value_is_read_in_its_usual_forms(value: str, url: str) -> None:
    assert chosen("polly.example", HTTPS_PROXY=value) == url


@pytest.mark.parametrize(
    "value",
    [
        "ftp://proxy.example",
        "socks4://proxy.example:1080",
        "http://",
        "http://:3128",
        "http://proxy.example:port",
        "http://proxy.example:0",
        "http://proxy.example:99999",
        "http://proxy.example:3128/path",
        "http://proxy example:3128",
        "http://proxy\x1b.example:3128",
        "http://[fd00::1:3128",
        "user:EXAMPLE-secret@:x:y",
    ],
)
def test_an_unusable_value_names_its_variable_and_keeps_its_password(value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        chosen("polly.example", https_proxy=value)
    assert "https_proxy" in str(caught.value)
    assert "https_proxy" in caught.value.hint
    assert "EXAMPLE" not in str(caught.value)


@pytest.mark.parametrize(
    ("scheme", "environment", "variable"),
    [
        ("https", {"HTTPS_PROXY": PROXY, "https_proxy": PROXY}, "https_proxy"),
        ("https", {"HTTPS_PROXY": PROXY, "ALL_PROXY": PROXY}, "HTTPS_PROXY"),
        ("https", {"HTTP_PROXY": PROXY, "ALL_PROXY": PROXY}, "ALL_PROXY"),
        ("https", {"HTTPS_PROXY": "", "all_proxy": PROXY}, "all_proxy"),
        ("http", {"HTTP_PROXY": PROXY}, "HTTP_PROXY"),
        ("http", {"HTTP_PROXY": PROXY, "REQUEST_METHOD": "GET"}, None),
        ("http", {"HTTPS_PROXY": PROXY}, None),
        ("https", {}, None),
    ],
)
def test_the_nearest_variable_wins(scheme: str, environment: dict[str, str], variable: str | None) -> None:
    proxy = proxy_for(scheme, "polly.example", environment)
    assert (proxy.variable if proxy else None) == variable


@pytest.mark.parametrize(
    ("no_proxy", "host", "direct"),
    [
        ("example.com", "example.com", True),
        ("example.com", "a.example.com", True),
        ("example.com", "notexample.com", False),
        (".example.com", "a.example.com", True),
        (".example.com", "example.com", True),
        ("*.example.com", "a.b.example.com", True),
        ("EXAMPLE.com", "Example.COM", True),
        ("example.com.", "example.com", True),
        ("a.example, example.com", "example.com", True),
        ("a.example example.com", "example.com", True),
        ("*", "anything.example", True),
        ("example.com:8443", "example.com:8443", True),
        ("example.com:8443", "example.com", False),
        ("example.com:443", "example.com", True),
        ("10.0.0.0/8", "10.200.3.4", True),
        ("10.0.0.0/8", "11.0.0.1", False),
        ("10.0.0.1", "10.0.0.1:9000", True),
        ("10.0.0.1", "10.0.0.10", False),
        ("fd00::/8", "[fd12::1]:443", True),
        ("[fd12::1]", "[fd12::1]", True),
        ("[fd12::1]:9000", "[fd12::1]:9000", True),
        ("fd12:0::1", "[fd12::1]", True),
        ("10.0.0.0/8", "[::ffff:10.0.0.1]", True),
        ("10.0.0.0/99,bad:port,,", "example.com", False),
        ("", "example.com", False),
    ],
)
def test_no_proxy_is_read_in_its_usual_forms(no_proxy: str, host: str, direct: bool) -> None:
    assert (chosen(host, HTTPS_PROXY=PROXY, NO_PROXY=no_proxy) is None) is direct


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8080",
        "tts.localhost",
        "127.0.0.1:5000",
        "127.9.9.9",
        "[::1]:80",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
        "169.254.170.2",
        "100.100.100.200",
        "[fd00:ec2::254]",
        "metadata.google.internal",
        "metadata.tencentyun.com",
    ],
)
def test_this_machine_and_its_metadata_never_go_through_a_proxy(host: str) -> None:
    assert chosen(host, "http", HTTP_PROXY=PROXY, ALL_PROXY=PROXY) is None


@pytest.mark.parametrize(
    ("host", "parts"),
    [
        ("a.example", ("a.example", None)),
        ("a.example:80", ("a.example", 80)),
        ("a.example:", ("a.example", None)),
        ("[::1]:80", ("::1", 80)),
        ("[::1]", ("::1", None)),
        ("::1", ("::1", None)),
    ],
)
def test_a_host_is_split_from_its_port(host: str, parts: tuple[str, int | None]) -> None:
    assert split_host(host) == parts
