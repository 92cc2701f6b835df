"""Stars for secrets: every spelling and every long part is found, and nothing else is lost."""

from __future__ import annotations

import html
import json
import random
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.cli.seeking import sung
from tests.cloud.hostile import spellings
from voicectl.core.hiding import PART, Hiding

SECRETS = {
    "of signs": 'cAnArYs3cr/t+EXAMPLE="q&<z>%2F\\1',
    "not of ASCII": "b34r/r+EXAMPLE=é密-long",
    "a token": "0123456789abcdef" * 64,
    "made of escapes": "%41%42%43-and-then-\\u0041\\u0042-some-&amp;&lt;-more",
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_no_spelling_is_left_and_what_is_around_stays(secret: str) -> None:
    hiding = Hiding([secret])
    for spelled in spellings(secret):
        hidden = hiding.hidden_in(f"before {spelled} after")
        assert sung({"it": secret}, hidden) == []
        assert "***" in hidden
        assert (hidden[:7], hidden[-6:]) == ("before ", " after")


def test_every_part_that_is_long_enough_is_found_and_no_shorter_one() -> None:
    secret = "abcdefghijklmnopqrstuvwxyz0123456789"
    hiding = Hiding([secret])
    for length in (PART, PART + 1, 20):
        for start in range(len(secret) - length + 1):
            assert hiding.hidden_in(f"token {secret[start : start + length]}...") == "token ***..."
    short = secret[: PART - 1]
    assert hiding.hidden_in(f"token {short}...") == f"token {short}..."


@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
@pytest.mark.parametrize("name", ["", "x", "AC", "AC0"])
def test_of_a_name_and_a_password_in_base64_the_name_stays(
    encode: Callable[[bytes], bytes], name: str
) -> None:
    packed = encode(f"{name}:pass>word?0123456789".encode()).decode()
    assert sung({"it": "pass>word?0123456789"}, Hiding(["pass>word?0123456789"]).hidden_in(packed)) == []


@pytest.mark.parametrize(
    ("secret", "text", "shown"),
    [
        ("", "a text", "a text"),
        ("a", "a banana", "a banana"),
        ("EMPTY", "EMPTY is no key, EMPTYING is a word", "*** is no key, EMPTYING is a word"),
        ("sk-EXAMP", "key sk-EXAMPLE", "key ***LE"),
        ("0123456789abcdef", "id 01234567-89ab-cdef", "id 01234567-89ab-cdef"),
    ],
)
def test_short_secrets_take_no_words_away(secret: str, text: str, shown: str) -> None:
    assert Hiding([secret]).hidden_in(text) == shown


def test_json_stays_json() -> None:
    for secret in SECRETS.values():
        for told in (secret, secret[:20], "\\" + secret, secret + "\\", f'"{secret}"'):
            written = json.dumps({"message": told, "id": "r-1"})
            read = json.loads(Hiding([secret]).hidden_in(written))
            assert read["id"] == "r-1"
            assert sung({"it": secret}, read["message"]) == []


def test_bytes_of_sound_and_broken_texts_stay_as_they_are() -> None:
    hiding = Hiding(SECRETS.values())
    sound = bytes(range(256)) * 64
    assert hiding.hidden_in_bytes(sound) is sound
    for text in ("\ud800 half", "%zz &#99999999; \\u12", "&#x110000;"):
        assert hiding.hidden_in(text) == text


WRITTEN = (
    lambda text: text,
    lambda text: quote(text, safe=""),
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    html.escape,
)


@pytest.mark.parametrize("seed", range(5))
def test_whatever_the_secret_is_made_of_and_what_stands_beside_it(seed: int) -> None:
    chance = random.Random(seed)
    signs = "abcABC0189+/=-_.~%&<>\"'\\:;{}[]é密😀\u202e"
    for _ in range(60):
        secret = "".join(chance.choices(signs, k=chance.randint(PART + 1, 60)))
        beside = "".join(chance.choices(signs, k=chance.randint(0, 20)))
        text = secret
        for _ in range(chance.randint(0, 3)):
            text = chance.choice(WRITTEN)(text)
        hiding = Hiding([secret])
        assert sung({"it": secret}, hiding.hidden_in(beside + text + beside)) == []
        assert json.loads(hiding.hidden_in(json.dumps({"told": beside + text + beside}))).keys() == {"told"}


def test_no_character_is_cut() -> None:
    assert Hiding(["abcdefghijklmnop\\"]).hidden_in("<abcdefghijklmnop\\密>") == "<***>"
    assert Hiding(["密密密密密密"]).hidden_in("<密密密密密密>") == "<***>"
