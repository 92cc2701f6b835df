"""Promises about base URLs: what is taken for one, and what becomes of its path."""

from __future__ import annotations

import pytest

from voicectl.core.endpoint import Endpoint
from voicectl.core.errors import UsageError


@pytest.mark.parametrize(
    "url",
    [
        "example.com",
        "ftp://example.com",
        "https://",
        "https://[::1",
        "https://h:port",
        "https://h:99999",
        "https://h:",
        "https://h/?x=1",
        "https://h/#x",
        "https://user:word@h",
        "https://two words",
        "https://h/\nx",
        "https://bücher.example",
    ],
)
def test_what_is_no_base_url_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(UsageError, match="is no endpoint") as refused:
        Endpoint.of(url)
    assert "word@" not in str(refused.value)


@pytest.mark.parametrize(
    ("base", "path", "target"),
    [
        ("https://h", "/v1/speech", "/v1/speech"),
        ("https://h/v1", "/v1/speech", "/v1/speech"),
        ("https://h/a/v1/", "/v1/speech", "/a/v1/speech"),
        ("https://h/v1", "/v3/speech", "/v1/v3/speech"),
        ("https://h/api", "/api/v3/tts", "/api/api/v3/tts"),
        ("https://h/bucket", "/bucket/key", "/bucket/bucket/key"),
    ],
)
def test_a_path_goes_before_the_services_own_and_no_version_is_doubled(
    base: str, path: str, target: str
) -> None:
    assert Endpoint.of(base).request("GET", path).target == target


def test_a_websockets_url_is_taken_as_that_of_its_handshake() -> None:
    assert Endpoint.of("wss://h:1/x") == Endpoint.of("https://h:1/x")
