"""Encoders of other languages, as the search writes them, against what those languages write."""

from __future__ import annotations

import pytest

from voicectl.core.request import percent_encode
from voicectl.explain.mistakes.encodings import WRITERS

TEXT = "é 您~/*🎉+"


@pytest.mark.parametrize(
    ("writer", "written"),
    [
        ("JavaScript's escape", "%E9%20%u60A8%7E/*%uD83C%uDF89+"),
        ("JavaScript's encodeURI", "%C3%A9%20%E6%82%A8~/*%F0%9F%8E%89+"),
        ("Java's URLEncoder", "%C3%A9+%E6%82%A8%7E%2F*%F0%9F%8E%89%2B"),
        ("OkHttp's query encoder", "%C3%A9%20%E6%82%A8%7E%2F*%F0%9F%8E%89%2B"),
        ("Python 2's quote", "%C3%A9%20%E6%82%A8%7E/%2A%F0%9F%8E%89%2B"),
    ],
)
def test_each_encoder_writes_as_its_language_does(writer: str, written: str) -> None:
    assert dict(WRITERS)[writer](percent_encode(TEXT)) == written
