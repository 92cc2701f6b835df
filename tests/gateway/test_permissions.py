"""Promises about tags and lists of names."""

from __future__ import annotations

import pytest

from voicectl.core.errors import BugError, UsageError
from voicectl.gateway.permissions import TAGS, check_route, chosen, expanded


def test_the_list_of_tags_is_closed() -> None:
    assert " ".join(TAGS) == (
        "tts.basic tts.emotion tts.clone call.create call.read recording.read token.inspect"
    )
    with pytest.raises(UsageError, match=r"'tts.emotions'") as caught:
        expanded(["tts.emotions"])
    assert caught.value.hint == "--tags tts.emotion"


@pytest.mark.parametrize("word", ["*", "tts", "tts.", "x.*", ".*", "TTS.BASIC", "tts.basic.*"])
def test_what_is_no_tag_is_refused_at_issue(word: str) -> None:
    with pytest.raises(UsageError):
        expanded([word])


def test_a_group_of_tags_means_what_it_means_today() -> None:
    assert expanded(["tts.*", "call.read"]) == {"tts.basic", "tts.emotion", "tts.clone", "call.read"}


def test_no_tag_brings_another() -> None:
    assert expanded(["tts.emotion"]) == {"tts.emotion"}


def test_a_route_without_a_tag_does_not_start() -> None:
    assert check_route("tts.basic") == "tts.basic"
    for tag in ("", "tts.*", "tts.admin"):
        with pytest.raises(BugError):
            check_route(tag)


@pytest.mark.parametrize(
    ("names", "name", "expected"),
    [
        ((), "a", None),
        ((), "", None),
        (("*",), "a", "a"),
        (("*",), "", ""),
        (("a", "b"), "b", "b"),
        (("a", "b"), "c", None),
        (("a", "b"), "*", None),
        (("b", "a"), "", "b"),
        (("a",), "A", None),
    ],
)
def test_an_empty_list_allows_nothing(names: tuple[str, ...], name: str, expected: str | None) -> None:
    assert chosen(names, name) == expected
