"""One table over every card: what a vendor says that it takes can be looked up, and is written one way."""

from __future__ import annotations

from dataclasses import fields

import pytest

from voicectl.core.audio import Container
from voicectl.core.service import Service
from voicectl.core.tts import Utterance
from voicectl.core.wishes import OPTIONS
from voicectl.vendors.registry import BUILT_IN, load


def services() -> list[tuple[str, Service]]:
    cards = [load(name) for name in BUILT_IN]
    return [(card.name, service) for card in cards if card.services for service in card.services()]


ALL = services()
IDS = [f"{vendor} {service.name}" for vendor, service in ALL]
SPEECH = [(vendor, service) for vendor, service in ALL if service.formats and service.wishes]


def test_every_vendor_that_speaks_has_a_table() -> None:
    speakers = {name for name in BUILT_IN if load(name).tts is not None}
    assert {vendor for vendor, _ in SPEECH} == speakers


@pytest.mark.parametrize(("vendor", "service"), SPEECH, ids=[f"{name} {each.name}" for name, each in SPEECH])
def test_a_wish_is_a_field_of_what_is_asked_and_has_bounds_or_words(vendor: str, service: Service) -> None:
    known = {each.name for each in fields(Utterance)}
    names = [wish.name for wish in service.wishes]
    assert (set(names) - known, len(names) - len(set(names))) == (set(), 0)
    for wish in service.wishes:
        assert (wish.low is None) == (wish.high is None), wish
        assert wish.low is None or wish.high is None or wish.low < wish.high, wish
        assert len(set(wish.values)) == len(wish.values), wish


@pytest.mark.parametrize(("vendor", "service"), ALL, ids=IDS)
def test_formats_and_limits_are_written_one_way(vendor: str, service: Service) -> None:
    for each in service.formats:
        container, _, rate = each.partition("@")
        assert Container(container)
        assert not rate or rate.isdecimal(), each
    assert service.verified, "how this is known"


def test_every_option_of_speech_is_taken_by_somebody() -> None:
    taken = {wish.name for _, service in SPEECH for wish in service.wishes}
    assert set(OPTIONS) - taken == set()
