"""Twilio's calls: the form that leaves is the SDK's, every state and SIP code is read, ends are ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client
from twilio.twiml.voice_response import VoiceResponse

from tests.cloud.server import Answer, serving
from tests.cloud.twilio import ACCOUNT, KEY_PAIR, KEYS, REQUEST_ID, ROOT, TOKEN, Twilio
from tests.fakes import world
from tests.vendors.phones import NUMBER_E164, Phone, StillClock, of_twilio
from voicectl.core.call import CallId, CallSearch, CallState
from voicectl.core.credentials import Credentials, Secret
from voicectl.core.errors import (
    BadInput,
    BrokenAnswer,
    ConfigError,
    NotFound,
    Unsupported,
    UsageError,
    VendorRefused,
)
from voicectl.core.options import Options
from voicectl.core.profile import Profile
from voicectl.core.vendor import NotSent
from voicectl.runtime import Runtime
from voicectl.vendors.twilio import twiml
from voicectl.vendors.twilio.places import account_of, usual_url

LONG = timedelta(days=1)


def form_of(phone: Phone) -> list[tuple[str, str]]:
    form: list[tuple[str, str]] = phone.rang[0]["form"]
    return form


def id_of(sid: str, product: str = "voice-us1") -> CallId:
    return CallId(vendor="twilio", product=product, day=datetime.now(UTC).date(), vendor_id=sid)


class Caught(HttpClient):
    """Keeps what the SDK would send."""

    def __init__(self) -> None:
        self.sent: dict[str, Any] = {}

    def request(self, method: str, url: str, **more: Any) -> Response:
        self.sent = {"method": method, "url": url, **more}
        return Response(201, '{"sid": "CA1"}')


def test_the_request_is_the_one_that_the_sdk_makes() -> None:
    caught = Caught()
    Client(ACCOUNT, TOKEN, http_client=caught).calls.create(
        to=NUMBER_E164, from_="+15005550006", timeout=30, status_callback_event=["ringing", "answered"],
        status_callback="https://hooks.example.com/r?a=1&b=2", twiml="<Response/>",
    )  # fmt: skip
    phone = of_twilio()
    params = {
        "Timeout": "30",
        "StatusCallbackEvent": "ringing answered",
        "StatusCallback": "https://hooks.example.com/r?a=1&b=2",
    }
    with serving(phone.judge) as server:
        phone.place(server.url, phone.ordered(params=params))
    sent, ours = caught.sent, form_of(phone)
    expected = {name: value for name, value in sent["data"].items() if name != "Twiml"}
    assert f"{sent['method']} {sent['url']}" == f"POST https://api.twilio.com{server.requests[0].path}"
    assert {name: str(expected[name]) for name in ("To", "From", "Timeout", "StatusCallback")} == {
        name: value for name, value in ours if name in ("To", "From", "Timeout", "StatusCallback")
    }
    assert [value for name, value in ours if name == "StatusCallbackEvent"] == expected["StatusCallbackEvent"]


@pytest.mark.parametrize(
    "text",
    ['Press "1" <now> & wait 你好', "]]> &amp; <Hangup/>", "a\tb\nc", "😀", "</Say><Dial>+1900</Dial><Say>"],
)
def test_text_is_spoken_and_never_read_as_markup(text: str) -> None:
    root = ElementTree.fromstring(twiml.say(text, voice='Polly."Amy"&', language="en-GB", loop=2))
    assert [each.tag for each in root.iter()] == ["Response", "Say"]
    assert root[0].text == text
    assert root[0].attrib == {"language": "en-GB", "loop": "2", "voice": 'Polly."Amy"&'}


def test_the_markup_is_the_sdks() -> None:
    response = VoiceResponse()
    response.say("a < b & c 你好", language="en-GB", loop=2, voice="Polly.Amy")
    assert twiml.say("a < b & c 你好", voice="Polly.Amy", language="en-GB", loop=2) == str(response)
    response = VoiceResponse()
    response.play("https://h.example/a.wav?x=1&y=2", loop=3)
    assert twiml.play("https://h.example/a.wav?x=1&y=2", loop=3) == str(response)


@pytest.mark.parametrize("sign", ["\0", "\x0b", "\x1b", "\ud800", "\ufffe"])
def test_a_sign_that_no_xml_holds_is_refused(sign: str) -> None:
    with pytest.raises(BadInput):
        twiml.say(f"a{sign}b")


def test_the_length_counts_after_escaping() -> None:
    shell = len(twiml.say(""))
    twiml.say("a" * (4000 - shell))
    for text in ("a" * (4001 - shell), "&" * ((4000 - shell) // 5 + 1)):
        with pytest.raises(BadInput):
            twiml.say(text)


def test_voice_language_and_repeats_reach_the_markup() -> None:
    phone = of_twilio()
    order = phone.ordered(voice="Polly.Zhiyu", play_times=2, params={"Language": "cmn-CN"})
    with serving(phone.judge) as server:
        phone.place(server.url, order)
    said = ElementTree.fromstring(dict(form_of(phone))["Twiml"])[0]
    assert said.attrib == {"language": "cmn-CN", "loop": "2", "voice": "Polly.Zhiyu"}
    assert "Language" not in dict(form_of(phone))


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"text": "", "template": "TTS_1"}, Unsupported),
        ({"variables": {"a": "b"}}, Unsupported),
        ({"volume": 50}, Unsupported),
        ({"schedule": datetime(2026, 1, 2, tzinfo=UTC)}, Unsupported),
        ({"operation": "SingleCallByTts"}, Unsupported),
        ({"caller": ""}, UsageError),
        ({"text": ""}, UsageError),
        ({"params": {"Url": "https://h.example/x"}}, UsageError),
        ({"text": "", "voice_file": "/tmp/a.wav"}, Unsupported),
    ],
)
def test_what_twilio_has_not_is_refused_before_anything_is_sent(changes: Any, kind: type[UsageError]) -> None:
    phone = of_twilio()
    with serving(phone.judge) as server, pytest.raises(kind) as caught:
        phone.place(server.url, phone.ordered(**changes))
    assert (server.requests, caught.value.exit, bool(caught.value.hint)) == ([], 2, True)


@pytest.mark.parametrize("name", ["Url", "ApplicationSid", "Twiml"])
def test_a_raw_source_of_speech_is_taken(name: str) -> None:
    values = {"Url": "https://h.example/x", "ApplicationSid": "AP" + "d" * 32, "Twiml": "<Response/>"}
    phone = of_twilio()
    with serving(phone.judge) as server:
        phone.place(server.url, phone.ordered(text="", params={name: values[name]}))
    assert dict(form_of(phone))[name] == values[name]


STATES = [
    ("queued", CallState.QUEUED, ""),
    ("initiated", CallState.QUEUED, ""),
    ("ringing", CallState.RINGING, ""),
    ("in-progress", CallState.ANSWERED, ""),
    ("completed", CallState.COMPLETED, ""),
    ("busy", CallState.BUSY, ""),
    ("no-answer", CallState.NO_ANSWER, ""),
    ("failed", CallState.FAILED, ""),
    ("canceled", CallState.CANCELED, ""),
    ("something-new", CallState.UNKNOWN, "unknown_state"),
]


@pytest.mark.parametrize(("word", "state", "reason"), STATES)
def test_each_state_is_read(word: str, state: CallState, reason: str) -> None:
    phone = of_twilio()
    with serving(phone.judge) as server:
        calls = phone.calls(server.url)
        placed = calls.create(calls.settle(phone.order))
        record = phone.service.calls[placed.id.vendor_id]
        record |= {"status": word, "duration": "17", "end_time": "Fri, 02 Jan 2026 03:04:05 +0000"}
        call = calls.status(placed.id)
    assert (call.state, call.vendor_state, call.reason) == (state, word, reason)
    assert (call.id, call.duration_seconds, call.answered_at) == (placed.id, 17, None)
    assert call.ended_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert call.request_id == REQUEST_ID


def test_a_call_that_nobody_knows_is_not_found() -> None:
    phone = of_twilio()
    with serving(phone.judge) as server, pytest.raises(NotFound) as caught:
        phone.calls(server.url).status(id_of("CA" + "9" * 32))
    assert (caught.value.exit, caught.value.facts["vendor_code"]) == (5, "20404")


@pytest.mark.parametrize(
    ("before", "hang_up", "after"),
    [
        ("queued", False, "canceled"),
        ("ringing", False, "canceled"),
        ("queued", True, "canceled"),
        ("in-progress", True, "completed"),
    ],
)
def test_a_call_is_taken_back_or_ended(before: str, hang_up: bool, after: str) -> None:
    phone = of_twilio()
    with serving(phone.judge) as server:
        calls = phone.calls(server.url)
        placed = calls.create(calls.settle(phone.order))
        phone.service.calls[placed.id.vendor_id]["status"] = before
        calls.cancel(placed.id, hang_up=hang_up)
        assert calls.status(placed.id).vendor_state == after


@pytest.mark.parametrize("state", ["in-progress", "completed"])
def test_a_call_that_cannot_be_taken_back_is_said_to_go_on(state: str) -> None:
    phone = of_twilio()
    with serving(phone.judge) as server:
        calls = phone.calls(server.url)
        placed = calls.create(calls.settle(phone.order))
        phone.service.calls[placed.id.vendor_id]["status"] = state
        with pytest.raises(VendorRefused):
            calls.cancel(placed.id)
        assert calls.status(placed.id).vendor_state == state


def test_the_search_reads_every_page_and_stays_at_its_place() -> None:
    phone = of_twilio()
    phone.service.page = 2
    with serving(phone.judge) as server:
        calls = phone.calls(server.url)
        for _ in range(5):
            calls.create(calls.settle(phone.order))
        calls.create(calls.settle(phone.ordered(to="+8613900139000")))
        now = datetime.now(UTC)
        own = CallSearch(to=NUMBER_E164, since=now - LONG, until=now + LONG)
        assert len(list(calls.search(own))) == 5
        assert len(list(calls.search(replace(own, to="")))) == 6
        assert list(calls.search(replace(own, since=now + LONG / 2))) == []


@pytest.mark.parametrize("uri", ["https://evil.example/2010-04-01/x", "//evil.example/x", "x"])
def test_a_next_page_elsewhere_is_not_asked_for(uri: str) -> None:
    page = Answer(
        200, (("Content-Type", "application/json"),), f'{{"calls": [], "next_page_uri": "{uri}"}}'.encode()
    )
    phone, now = of_twilio(), datetime.now(UTC)
    with serving(lambda request: page) as server, pytest.raises(BrokenAnswer):
        list(phone.calls(server.url).search(CallSearch(since=now, until=now)))
    assert len(server.requests) == 1


def test_pages_in_a_circle_come_to_an_end() -> None:
    body = f'{{"calls": [], "next_page_uri": "{ROOT}/Calls.json?Page=1"}}'.encode()
    phone, now = of_twilio(), datetime.now(UTC)
    page = Answer(200, (("Content-Type", "application/json"),), body)
    with serving(lambda request: page) as server, pytest.raises(BrokenAnswer):
        list(phone.calls(server.url).search(CallSearch(since=now, until=now)))


def test_an_api_key_calls_for_its_account() -> None:
    phone = of_twilio(KEY_PAIR)
    with serving(phone.judge) as server:
        phone.place(server.url)
    assert (len(phone.rang), server.requests[0].path) == (1, f"{ROOT}/Calls.json")


@pytest.mark.parametrize(
    "environ",
    [
        {"TWILIO_API_KEY": KEY_PAIR["TWILIO_API_KEY"], "TWILIO_API_SECRET": "EXAMPLE"},
        {**KEY_PAIR, "TWILIO_ACCOUNT_SID": "SK" + "a" * 32},
        {**KEY_PAIR, "TWILIO_ACCOUNT_SID": "AC/../x"},
        {**KEYS, "TWILIO_API_KEY": KEY_PAIR["TWILIO_API_KEY"]},
    ],
)
def test_without_an_account_or_half_a_key_nobody_is_called(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigError) as caught:
        of_twilio(environ).place("http://127.0.0.1:9")
    assert caught.value.exit == 78


class Other:
    """An access whose key is of one account and whose profile names another."""

    profile = Profile(name="x", vendor="twilio", settings={"account_sid": "AC" + "b" * 32})
    clock = StillClock()

    def keys(self) -> Other:
        return self

    def credentials(self, now: datetime) -> Credentials:
        return Credentials(key_id=ACCOUNT, secret=Secret(TOKEN))


def test_an_auth_token_does_not_call_for_another_account() -> None:
    with pytest.raises(ConfigError, match="account_sid says"):
        account_of(Other())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("region", "edge", "url"),
    [
        ("us1", "", "https://api.twilio.com"),
        ("us1", "ashburn", "https://api.ashburn.us1.twilio.com"),
        ("ie1", "", "https://api.dublin.ie1.twilio.com"),
        ("au1", "", "https://api.sydney.au1.twilio.com"),
        ("jp1", "", "https://api.tokyo.jp1.twilio.com"),
        ("br1", "sao", "https://api.sao.br1.twilio.com"),
    ],
)
def test_a_region_goes_with_its_edge(region: str, edge: str, url: str) -> None:
    assert usual_url(region, edge) == url


@pytest.mark.parametrize(("region", "edge"), [("br1", ""), ("a.b/", "x"), ("ie1", "x.evil.example/")])
def test_a_region_without_an_edge_is_refused(region: str, edge: str) -> None:
    with pytest.raises(UsageError):
        usual_url(region, edge)


def unsent(environ: dict[str, str], product: str) -> str:
    """Return the host that a call of this product is looked up at."""
    told = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, **environ}
    runtime = Runtime(world({**told, "VOICECTL_VENDOR": "twilio"}), Options(dry_run=True))
    _, card, access = runtime.chosen()
    assert card.call is not None
    with pytest.raises(NotSent) as caught:
        card.call(access).status(id_of("CA" + "1" * 32, product))
    return caught.value.signed.request.host


@pytest.mark.parametrize(
    ("environ", "product", "host"),
    [
        ({}, "voice-us1", "api.twilio.com"),
        ({"TWILIO_REGION": "ie1"}, "voice-us1", "api.twilio.com"),
        ({"TWILIO_REGION": "ie1"}, "voice-ie1", "api.dublin.ie1.twilio.com"),
        ({"TWILIO_REGION": "ie1", "TWILIO_EDGE": "london"}, "voice-ie1", "api.london.ie1.twilio.com"),
        ({}, "voice-au1", "api.sydney.au1.twilio.com"),
        ({"TWILIO_REGION": "ie1"}, "voice", "api.dublin.ie1.twilio.com"),
        ({"TWILIO_EDGE": "ashburn"}, "voice", "api.ashburn.us1.twilio.com"),
    ],
)
def test_a_call_is_looked_up_in_its_own_region(environ: dict[str, str], product: str, host: str) -> None:
    assert unsent(environ, product) == host


def test_the_day_in_the_id_is_that_of_utc() -> None:
    phone = of_twilio()
    phone.service.now = lambda: datetime(2026, 1, 2, 23, 30, tzinfo=UTC)
    with serving(phone.judge) as server:
        call = phone.place(server.url, clock=StillClock())
    assert str(call.id) == f"twilio.voice-us1.20260102.{call.id.vendor_id}"


def test_the_judge_takes_no_wrong_key() -> None:
    phone = of_twilio({"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": "other-EXAMPLE"})
    with serving(phone.judge) as server, pytest.raises(Exception, match="Authenticate"):
        phone.place(server.url)
    assert isinstance(phone.service, Twilio)
    assert phone.rang == []
