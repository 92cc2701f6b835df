"""Promises about tables of interfaces: what they take, and that a refusal knows which wish it refuses."""

from __future__ import annotations

import pytest

from voicectl.core.errors import Unsupported
from voicectl.core.service import Service, Wish
from voicectl.core.tts import Utterance
from voicectl.core.wishes import refuse_beyond

SERVICE = Service(
    name="speech",
    title="",
    engines=("small", "large"),
    wishes=(Wish("rate", "speed", 0.5, 2), Wish("emotion", "mood", values=("happy",)), Wish("voice", "id")),
    formats=("mp3", "wav@16000"),
)


@pytest.mark.parametrize(
    ("utterance", "wish", "wanted"),
    [
        (Utterance(text="a", words_per_minute=180), "words_per_minute", None),
        (Utterance(text="a", ssml=True), "ssml", None),
        (Utterance(text="a", rate=3), "rate", 3),
        (Utterance(text="a", emotion="sad"), "emotion", "sad"),
    ],
)
def test_a_refusal_knows_which_wish_it_refuses(utterance: Utterance, wish: str, wanted: object) -> None:
    with pytest.raises(Unsupported) as caught:
        refuse_beyond(SERVICE, utterance, "acme")
    assert (caught.value.facts["wish"], caught.value.facts.get("wanted")) == (wish, wanted)
    assert not SERVICE.takes(wish, wanted)


@pytest.mark.parametrize(
    ("wish", "wanted"),
    [
        ("rate", 0.5),
        ("rate", 2),
        ("rate", None),
        ("emotion", "happy"),
        ("voice", "any"),
        ("engine", "large"),
        ("format", "wav"),
        ("format", "mp3"),
    ],
)
def test_an_interface_takes_what_its_table_holds(wish: str, wanted: object) -> None:
    assert SERVICE.takes(wish, wanted)


@pytest.mark.parametrize(("wish", "wanted"), [("format", "ogg"), ("engine", "huge"), ("rate", 2.1)])
def test_an_interface_does_not_take_what_its_table_lacks(wish: str, wanted: object) -> None:
    assert not SERVICE.takes(wish, wanted)
