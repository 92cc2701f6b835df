"""Phone numbers: read, checked, written as a vendor wants them, masked. Whom to call: `call_guards.py`."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from voicectl.core.call import NumberForm
from voicectl.core.errors import BadInput

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

MAINLAND = 86
REGION = "CN"
NAMES = ("sip:", "client:")
LONGEST_NAME = 256
SHOWN_DIGITS, MASK = 4, "***"
BETWEEN_DIGITS = str.maketrans("", "", " \t\u00a0\u3000-\u2010\u2011\u2012\u2013\u2212./()")

MOBILE = re.compile(r"1[3-9][0-9]{9}")
LIKE_MOBILE = re.compile(r"1[3-9][0-9]{6,}")
SERVICE = re.compile(r"(?:400|800)[0-9]{7}|9[56][0-9]{3,6}")
"""400 and 800 numbers, and the short ones of companies: 95…, 96…."""


class Number(NamedTuple):
    """A number as the vendor wants it, and `full`: in E.164 where it has such a form."""

    written: str
    full: str


def number(text: str, form: NumberForm) -> Number:
    """Read a number; BadInput with the reason, and without the number, for one that is none.

    One without `+` is taken as mainland China's, unless the form is the one that may also be a name.
    """
    word = unicodedata.normalize("NFKC", text).strip()
    if form is NumberForm.E164_OR_NAME and word.lower().startswith(NAMES):
        return _name(word)
    digits = _digits(word)
    is_international = digits.startswith("+")
    if not is_international and form is NumberForm.E164_OR_NAME:
        raise _wrong(word, "without + and country code it could be in any country", "--to +8613800138000")
    own = _mainland(digits)
    if own is None:
        return _abroad(word, digits, form)
    written = _checked_mainland(word, own, is_international=own != digits)
    if form is NumberForm.MAINLAND:
        return Number(written, _full(written))
    if _full(written) == written:
        raise _wrong(word, "a short number cannot be called from outside, and this vendor calls from there")
    return Number(_full(written), _full(written))


def masked(text: str) -> str:
    """Return a number with all but its last four digits hidden; one that is masked stays as it is."""
    return text if text.startswith(MASK) else f"{MASK}{last_four(text)}"


def last_four(text: str) -> str:
    """Return the last four digits; fewer where that would be the whole number."""
    digits = "".join(sign for sign in text if sign.isdigit())
    return digits[-min(SHOWN_DIGITS, max(0, len(digits) - 1)) :] if len(digits) > 1 else ""


def hidden_in(text: str, called: Number) -> str:
    """Return text of others in which this number, in any of its forms, shows its last four digits only."""
    for form in (called.full, called.written, called.full.removeprefix(f"+{MAINLAND}")):
        text = text.replace(form, masked(form)) if form else text
    return text


def is_among(called: Number, patterns: tuple[str, ...]) -> bool:
    """Say whether a number fits one of the patterns: a number, or the begin of one with a `*`."""
    return any(_fits(called, pattern) for pattern in patterns)


def _fits(called: Number, pattern: str) -> bool:
    word = pattern.translate(BETWEEN_DIGITS)
    own = called.full if word.startswith("+") else called.written
    if word.endswith("*"):
        return own.startswith(word[:-1])
    return word in (called.written, called.full)


def _name(word: str) -> Number:
    if len(word) > LONGEST_NAME or not word.isprintable() or " " in word or word.lower() in NAMES:
        raise BadInput("this is no SIP address and no client's name", hint="--to sip:alice@example.com")
    return Number(word, word)


def _digits(word: str) -> str:
    bare = word.translate(BETWEEN_DIGITS)
    if not re.fullmatch(r"\+?[0-9]+", bare, re.ASCII):
        why = "it is empty" if not bare else "it holds something that is no digit"
        raise _wrong(word, why)
    return bare


def _mainland(digits: str) -> str | None:
    """Return what is dialled within mainland China; None for a number of another country."""
    if digits.startswith(("+86", "0086")):
        return digits[3:] if digits[0] == "+" else digits[4:]
    if digits.startswith(("+", "00")):
        return None
    # Eleven digits after 86 can only be a mobile number with its country code.
    if digits.startswith("86") and MOBILE.fullmatch(digits[2:]):
        return digits[2:]
    return digits


def _checked_mainland(word: str, own: str, *, is_international: bool) -> str:
    if MOBILE.fullmatch(own) or SERVICE.fullmatch(own):
        return own
    if LIKE_MOBILE.fullmatch(own):
        raise _wrong(word, "a mobile number of mainland China has 11 digits")
    import phonenumbers

    found = _parsed(word, own)
    if phonenumbers.is_emergency_number(own, REGION):
        raise _wrong(word, "it is an emergency number, which no program may call")
    if phonenumbers.is_valid_short_number_for_region(found, REGION) and not own.startswith("0"):
        return own
    kind = phonenumbers.number_type(found)
    if kind in (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE):
        # Without the 0 or +86 it may be the start of anything; a wrong guess rings at a stranger's.
        if own.startswith("0") or is_international:
            return f"0{own.removeprefix('0')}"
        raise _wrong(word, "a landline wants its area code with a 0 before it", "--to 0571…")
    raise _wrong(word, _reason(found))


def _abroad(word: str, digits: str, form: NumberForm) -> Number:
    if form is NumberForm.MAINLAND:
        raise _wrong(word, "it is not of mainland China, and this vendor calls nowhere else")
    import phonenumbers

    found = _parsed(word, digits)
    if not phonenumbers.is_valid_number(found):
        raise _wrong(word, _reason(found))
    full = phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)
    return Number(full, full)


def _parsed(word: str, digits: str) -> PhoneNumber:
    import phonenumbers

    try:
        return phonenumbers.parse(digits, REGION)
    except phonenumbers.NumberParseException as error:
        kinds = phonenumbers.NumberParseException
        known = {
            kinds.INVALID_COUNTRY_CODE: "there is no such country code",
            kinds.TOO_LONG: "it is too long",
        }
        raise _wrong(word, known.get(error.error_type, "it is too short")) from None


def _reason(found: PhoneNumber) -> str:
    import phonenumbers

    match phonenumbers.is_possible_number_with_reason(found):
        case phonenumbers.ValidationResult.TOO_SHORT:
            return "it is too short"
        case phonenumbers.ValidationResult.TOO_LONG:
            return "it is too long"
        case phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
            return "its area code is missing"
    return "no number begins like this"


def _full(written: str) -> str:
    """Write a number of mainland China in E.164; short ones have no such form."""
    if MOBILE.fullmatch(written) or written.startswith("0") or re.fullmatch(r"[48]00[0-9]{7}", written):
        return f"+{MAINLAND}{written.removeprefix('0')}"
    return written


def _wrong(word: str, reason: str, hint: str = "--to 13800138000") -> BadInput:
    return BadInput("{number} is no number to call: {reason}", number=masked(word), reason=reason, hint=hint)
