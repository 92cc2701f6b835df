"""Promises about the text of a key, its checksum and its record."""

from __future__ import annotations

from random import Random

import pytest

from tests.gateway.doors import Gate
from voicectl.gateway import keys
from voicectl.gateway.keys import Env, Words

PUBLISHED = "ak_test_K7abcdef0123456789ABCDEFGHIJKLMNOPQRSTUV0bsl45"
PUBLISHED_DIGEST = "1697cf367f3ca503d973214ce9e4c0f1e5cc9c75e90ba7c7418ba62b01b6e1a7"


def test_the_published_key_reads_and_hashes_as_published() -> None:
    assert keys.read(PUBLISHED) == Words(Env.TEST, "K7abcdef")
    assert keys.digest(PUBLISHED).hex() == PUBLISHED_DIGEST
    assert keys.checksum(PUBLISHED[:-6]) == "0bsl45"


def test_a_new_key_has_54_signs_and_reads_back() -> None:
    chance = Random(3)
    text = keys.new_text(Env.LIVE, "K7abcdef", chance.randrange)
    assert len(text) == 54
    assert keys.read(text) == Words(Env.LIVE, "K7abcdef")
    assert text != keys.new_text(Env.LIVE, "K7abcdef", chance.randrange)


@pytest.mark.parametrize("place", range(len(PUBLISHED)))
def test_one_wrong_sign_anywhere_is_seen_without_a_lookup(place: int) -> None:
    other = "a" if PUBLISHED[place] != "a" else "b"
    assert keys.read(PUBLISHED[:place] + other + PUBLISHED[place + 1 :]) is None


@pytest.mark.parametrize(
    "text", ["", "ak_test_", PUBLISHED + "0", PUBLISHED[:-1], PUBLISHED + "\n", "ак" + PUBLISHED[2:]]
)
def test_what_is_no_key_is_none(text: str) -> None:
    assert keys.read(text) is None


def test_two_neighbours_that_were_swapped_are_seen() -> None:
    swaps = [PUBLISHED[:i] + PUBLISHED[i + 1] + PUBLISHED[i] + PUBLISHED[i + 2 :] for i in range(8, 52)]
    assert not any(keys.read(text) for text in swaps if text != PUBLISHED)


def test_numbers_are_filled_up_with_zeros_and_lead_with_the_greatest_digit() -> None:
    assert keys.base62(0, 6) == "000000"
    assert keys.base62(61, 2) == "0z"
    assert keys.base62(62**6 - 1, 6) == "zzzzzz"


def test_no_record_can_show_the_text_of_its_key() -> None:
    made = Gate().key()
    for value in (made, made.key, made.key.generations):
        assert made.text not in repr(value)
        assert made.text[17:] not in repr(value)
        assert keys.digest(made.text).hex() not in repr(value)


def test_a_key_is_old_when_its_newest_text_is() -> None:
    made = Gate().key()
    assert not keys.is_old(made.key, made.key.created + 90 * 86400)
    assert keys.is_old(made.key, made.key.created + 90 * 86400 + 1)
