"""What every vendor promises, built in or brought by a plugin. Each test names one promise."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

import pytest

from voicectl.core.account import AccountForm
from voicectl.core.audio import AudioFormat
from voicectl.core.call import CallId, CallOrder, Calls
from voicectl.core.errors import (
    BrokenAnswer,
    CredentialError,
    Exit,
    TryLater,
    UsageError,
    VoicectlError,
)
from voicectl.core.request import Reply
from voicectl.core.tts import Tts, Utterance
from voicectl.core.vendor import NotSent, Vendor
from voicectl.testing.plugin import MakeStage
from voicectl.testing.stage import SECRET, TOKEN, Sent, Stage

T = TypeVar("T")

TEXT = "Hello, 世界."
FIELD, VARIABLE = re.compile("[a-z][a-z0-9_]*"), re.compile("[A-Z][A-Z0-9_]*")
SECRETIVE = re.compile("secret|password|token|api_?key|private")
HEAVY = ("httpx", "keyring", "websockets", "asyncio", "rich", "numpy")
WISHES: dict[str, Any] = {
    "voice": "no-such-voice-EXAMPLE",
    "lang": "tlh",
    "engine": "no-such-engine-EXAMPLE",
    "rate": 1000.0,
    "words_per_minute": 100000.0,
    "pitch": 500.0,
    "volume": 1000.0,
    "emotion": "no-such-emotion-EXAMPLE",
    "style": "no-such-style-EXAMPLE",
    "params": {"no_such_parameter_EXAMPLE": "1"},
}
"""Wishes beyond all bounds: taken as they are or refused, but never a crash and never a socket."""
BAD_WISH = (Exit.USAGE, Exit.NOT_FOUND, Exit.BAD_INPUT, Exit.UNAVAILABLE)
BODIES = (b"", b"<html>no</html>", b"{}", b"[]", b"null", b'"no"', b"\xff\xfe", b'{"Code": 5, "error": []}')
ODD = [Reply(status=status, body=body) for status in (200, 400, 404, 500) for body in BODIES]


@pytest.fixture
def stage(make_stage: MakeStage) -> Stage:
    return make_stage()


@pytest.fixture
def tts(card: Vendor, stage: Stage) -> Tts:
    if card.tts is None:
        pytest.skip(f"{card.name} does not speak")
    return made(card.tts, stage)


def made(make: Callable[[Stage], T], stage: Stage) -> T:
    """Hand a capability its keys; whatever it then asks of a cloud is too early."""
    try:
        return make(stage)
    except NotSent as asked:
        pytest.fail(f"{asked.signed.request.url} is asked before anybody wants anything", pytrace=False)


def spoken(tts: Tts, stage: Stage, **wishes: Any) -> list[Sent]:
    """Settle an utterance and have it spoken as far as the wire."""
    utterance = tts.settle(Utterance(text=TEXT, **wishes))
    wanted = next(iter(tts.formats), None)
    with pytest.raises(NotSent), tts.synthesize(replace(utterance, format=wanted)) as stream:
        b"".join(stream.chunks)
    return stage.sent


def test_the_card_says_who_it_is(card: Vendor, vendor: str) -> None:
    assert card.name == vendor
    assert card.title.strip()
    assert any((card.tts, card.call, card.recording, card.token)), "a vendor can do something"


def test_its_account_has_plain_names_and_hides_its_secrets(form: AccountForm, vendor: str) -> None:
    """A field that is no `secret` or `token` of a kind of key is stored and shown in the open."""
    assert form.vendor == vendor
    names = (*form.public_fields, *(name for kind in form.kinds for name in kind.secret_fields))
    assert not [name for name in names if not FIELD.fullmatch(name)], "a field's name is lower_snake_case"
    assert not [name for name in form.public_fields if SECRETIVE.search(name)], "a secret is no public field"
    assert not {*form.public_fields} & {*form.secret_fields}, "a field is public or secret"
    unknown = {field for need in form.needs for field in need.fields} - {*names}
    assert not unknown, "what a service needs is a field of the account"
    rows = [row for kind in form.kinds for row in kind.variables]
    variables = [name for row in rows for name in (row.key_id, row.secret, *row.tokens) if name]
    variables += [name for field in form.fields for name in field.variables]
    assert not [name for name in variables if not VARIABLE.fullmatch(name)], "a variable is UPPER_CASE"


def test_loading_the_card_loads_nothing_heavy(vendor: str) -> None:
    """A card is read at every start; what it can do is imported when it is asked for."""
    code = (
        "import sys; from voicectl.vendors.registry import load; before = set(sys.modules); "
        f"load({vendor!r}); print([name for name in {HEAVY} if name in set(sys.modules) - before])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]", "import it in the function that needs it"


def test_handing_it_its_keys_sends_nothing(card: Vendor, stage: Stage) -> None:
    for make in (card.tts, card.call, card.recording, card.token, card.identity):
        if make is not None:
            made(make, stage)
    assert stage.sent == []


def test_it_says_what_it_answers_with_and_how_much_it_takes(tts: Tts) -> None:
    assert tts.formats
    assert all(isinstance(each, AudioFormat) for each in tts.formats)
    assert tts.text_limit.size > 0


def test_a_settled_text_is_the_text(tts: Tts, stage: Stage) -> None:
    settled = tts.settle(Utterance(text=TEXT))
    assert isinstance(settled, Utterance)
    assert settled.text == TEXT
    assert stage.sent == []


@pytest.mark.parametrize("wish", WISHES)
def test_a_wild_wish_is_refused_in_good_manner_or_passed_on(tts: Tts, stage: Stage, wish: str) -> None:
    refused: VoicectlError | None = None
    try:
        tts.settle(Utterance(text=TEXT, **{wish: WISHES[wish]}))
    except VoicectlError as error:
        refused = error
    except NotSent:
        assert stage.sent, "a vendor with a list of voices may ask for it first"
    assert refused is None or (str(refused) and refused.exit in BAD_WISH)


def test_what_is_sent_is_signed_and_shows_no_secret(card: Vendor, tts: Tts, stage: Stage) -> None:
    if card.name == "local":
        pytest.skip("local sends nothing")
    for each in spoken(tts, stage):
        request = each.signed.request
        assert request.scheme == "https", "what bears keys travels over TLS"
        everything = [request.url, *(value for _, value in request.headers), request.body.decode("latin-1")]
        assert not any(SECRET in text for text in everything), "a secret key signs, it never travels"
        assert TOKEN not in request.url, "an address is logged everywhere"
        assert SECRET not in repr(each)
        assert TOKEN not in repr(each)
        assert each.signed.trace.scheme


def test_the_text_travels_whole(card: Vendor, tts: Tts, stage: Stage) -> None:
    if card.name == "local":
        pytest.skip("local sends nothing")
    first = spoken(tts, stage)[0].signed.request
    again = spoken(tts, stage)[-1].signed.request
    assert first.url.partition("?")[0] == again.url.partition("?")[0]


def test_its_judge_takes_whatever_comes(card: Vendor, stage: Stage) -> None:
    """A judge returns an error or None; it never fails itself, and its words can be printed."""
    for make in (card.tts, card.call, card.recording, card.token):
        if make is not None:
            _try_everything(made(make, stage))
    for judge in stage.judges:
        for reply in ODD:
            error = judge(reply)
            assert error is None or str(error)


def test_its_judge_tells_a_bad_key_from_a_bad_moment(stage: Stage, card: Vendor) -> None:
    """None leaves the status to speak for itself, which comes to the same.

    What places calls may find an answer without words broken: nobody knows then what has rung.
    """
    for make in (card.tts, card.call):
        if make is not None:
            _try_everything(made(make, stage))
    for judge in stage.judges:
        for status, kind in ((401, CredentialError), (429, TryLater), (503, TryLater)):
            error = judge(Reply(status=status, body=b"{}"))
            assert error is None or isinstance(error, (kind, BrokenAnswer)), (status, error)


def test_a_call_is_one_request_that_may_not_be_sent_twice(card: Vendor, stage: Stage) -> None:
    if card.call is None:
        pytest.skip(f"{card.name} places no calls")
    calls = card.call(stage)
    with pytest.raises(NotSent):
        calls.create(an_order(calls))
    assert [each.is_repeatable for each in stage.sent] == [False]


def an_order(calls: Calls) -> CallOrder:
    """Return an order that this vendor takes: by template or with a text, with a caller or without."""
    bare = CallOrder(to="+8613800138000", reference="r", key="k" * 32)
    for caller in ("+8657112345678", ""):
        for way in (replace(bare, template="TTS_1"), replace(bare, text="hello")):
            try:
                return calls.settle(replace(way, caller=caller))
            except UsageError:
                continue
    raise AssertionError("it takes neither a template nor a text")


def _try_everything(capability: Any) -> None:
    """Let a capability come to the wire in each way it has, so that it shows its judges."""
    call = CallId(vendor="x", product="x", day=date(2026, 1, 2), vendor_id="1")
    for deed in (
        lambda: list(capability.voices()),
        lambda: capability.synthesize(capability.settle(Utterance(text=TEXT))).__enter__(),
        lambda: capability.create(an_order(capability)),
        lambda: capability.status(call),
        lambda: list(capability.of_call(call, {})),
    ):
        try:
            deed()
        except (AttributeError, NotSent, VoicectlError):
            continue
