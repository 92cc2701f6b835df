"""Numbers as people write them, as vendors want them, and as others may see them."""

from __future__ import annotations

import pytest

from voicectl.actions.numbers import hidden_in, is_among, last_four, masked, number
from voicectl.core.call import NumberForm
from voicectl.core.errors import BadInput

MAINLAND, E164, NAMED = NumberForm.MAINLAND, NumberForm.E164, NumberForm.E164_OR_NAME


@pytest.mark.parametrize(
    ("given", "home", "abroad"),
    [
        ("13800138000", "13800138000", "+8613800138000"),
        ("+86 138-0013-8000", "13800138000", "+8613800138000"),
        ("0086 13800138000", "13800138000", "+8613800138000"),
        ("8613800138000", "13800138000", "+8613800138000"),
        ("１３８００１３８０００", "13800138000", "+8613800138000"),
        ("19912345678", "19912345678", "+8619912345678"),
        ("0571-88880000", "057188880000", "+8657188880000"),
        ("(010) 1234 5678", "01012345678", "+861012345678"),
        ("+8657188880000", "057188880000", "+8657188880000"),
        ("400-123-4567", "4001234567", "+864001234567"),
        ("800 810 1234", "8008101234", "+868008101234"),
    ],
)
def test_a_number_of_mainland_china_is_written_as_the_vendor_wants_it(
    given: str, home: str, abroad: str
) -> None:
    assert number(given, MAINLAND).written == home
    assert number(given, E164).written == abroad
    assert number(given, MAINLAND).full == number(given, E164).full == abroad


@pytest.mark.parametrize("short", ["95588", "955881", "10086", "12345", "96110"])
def test_short_numbers_exist_at_home_only(short: str) -> None:
    assert number(short, MAINLAND).written == short
    with pytest.raises(BadInput, match="short number"):
        number(short, E164)


@pytest.mark.parametrize("given", ["+14155552671", "+442071838750", "+8613800138000", "+15005550006"])
def test_numbers_of_the_world_are_e164(given: str) -> None:
    assert number(given, NAMED).written == number(given, E164).written == given


@pytest.mark.parametrize("name", ["sip:alice@example.com", "client:bob"])
def test_names_pass_where_the_vendor_takes_them(name: str) -> None:
    assert number(name, NAMED).written == name
    with pytest.raises(BadInput):
        number(name, E164)


@pytest.mark.parametrize(
    ("given", "form", "reason"),
    [
        ("1380013800", MAINLAND, "has 11 digits"),
        ("138001380001", E164, "has 11 digits"),
        ("23800138000", MAINLAND, "no number begins like this"),
        ("+14155552671", MAINLAND, "not of mainland China"),
        ("0044 2071838750", MAINLAND, "not of mainland China"),
        ("57188880000", MAINLAND, "area code with a 0"),
        ("1069012345", MAINLAND, "area code with a 0"),
        ("110", MAINLAND, "emergency"),
        ("+86120", MAINLAND, "emergency"),
        ("119", E164, "emergency"),
        ("", MAINLAND, "empty"),
        ("+", MAINLAND, "no digit"),
        ("1380013800a", MAINLAND, "no digit"),
        ("13800138000 ext 5", MAINLAND, "no digit"),
        ("13800138000;ext=5", MAINLAND, "no digit"),
        ("++8613800138000", MAINLAND, "no digit"),
        ("+99912345678", E164, "no such country code"),
        ("+1415555", E164, "too short"),
        ("+14155552671000000", E164, "too long"),
        ("13800138000", NAMED, "without \\+ and country code"),
        ("sip:", NAMED, "no SIP address"),
        ("sip:a b@c", NAMED, "no SIP address"),
    ],
)
def test_a_wrong_number_is_refused_with_its_reason_and_stays_hidden(
    given: str, form: NumberForm, reason: str
) -> None:
    with pytest.raises(BadInput, match=reason) as caught:
        number(given, form)
    assert caught.value.exit == 65
    assert len(given) < 7 or given not in str(caught.value)


def test_of_a_number_the_last_four_digits_are_shown() -> None:
    assert masked("+8613800138000") == masked(masked("+8613800138000")) == "***8000"
    assert (last_four("110"), last_four("1"), masked("sip:alice@example.com")) == ("10", "", "***")


def test_a_number_is_hidden_in_what_others_say_in_each_of_its_forms() -> None:
    called = number("13800138000", MAINLAND)
    for form in ("13800138000", "+8613800138000", "8613800138000"):
        told = hidden_in(f"callee {form} is bad, id 4C467B38", called)
        assert "138001" not in told
        assert told.endswith("***8000 is bad, id 4C467B38")


@pytest.mark.parametrize(
    ("patterns", "is_in"),
    [
        (("13800138000",), True),
        (("+8613800138000",), True),
        (("138-0013-8000",), True),
        (("138*",), True),
        (("+86138*",), True),
        (("+86*",), True),
        (("139*", "+1*"), False),
        (("1380013800",), False),
        ((), False),
    ],
)
def test_a_list_of_numbers_and_beginnings(patterns: tuple[str, ...], is_in: bool) -> None:
    assert is_among(number("13800138000", MAINLAND), patterns) is is_in
