"""Twilio's reports: read once the signature is right, and what each says of a call."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from tests.cloud.twilio import KEY_PAIR, KEYS, TOKEN, signature
from tests.vendors.phones import StillClock, of_twilio
from voicectl.core.call import Call, CallState
from voicectl.core.errors import BadInput, CredentialError
from voicectl.core.request import Request

SID, URL = "CA" + "b" * 32, "https://hooks.example.com/r"
TIME, MOMENT = "Fri, 02 Jan 2026 03:04:05 +0000", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def reported(form: dict[str, str], environ: dict[str, str] = KEYS, token: str = TOKEN) -> Call:
    headers = (
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("X-Twilio-Signature", signature(URL, form, token)),
    )
    body = urlencode(form).encode()
    request = Request(
        method="POST", scheme="https", host="hooks.example.com", path="/r", headers=headers, body=body
    )
    (call,) = of_twilio(environ).calls("http://127.0.0.1:9", clock=StillClock()).pushed(request)
    return call


@pytest.mark.parametrize(
    ("word", "state", "is_over"),
    [
        ("queued", CallState.QUEUED, False),
        ("initiated", CallState.QUEUED, False),
        ("ringing", CallState.RINGING, False),
        ("in-progress", CallState.ANSWERED, False),
        ("completed", CallState.COMPLETED, True),
        ("busy", CallState.BUSY, True),
        ("no-answer", CallState.NO_ANSWER, True),
        ("failed", CallState.FAILED, True),
        ("canceled", CallState.CANCELED, True),
        ("something-new", CallState.UNKNOWN, False),
    ],
)
def test_each_state_is_read(word: str, state: CallState, is_over: bool) -> None:
    call = reported({"CallSid": SID, "CallStatus": word, "To": "+8613800138000", "Timestamp": TIME})
    assert (call.state, call.vendor_state, call.to) == (state, word, "+8613800138000")
    assert (call.ended_at == MOMENT, call.answered_at == MOMENT) == (is_over, word == "in-progress")
    assert str(call.id) == f"twilio.voice-us1.20260102.{SID}"


@pytest.mark.parametrize("word", ["failed", "busy", "no-answer"])
@pytest.mark.parametrize(("code", "is_declined"), [("603", True), ("607", True), ("486", False), ("", False)])
def test_a_declined_call_is_known_by_its_sip_code(word: str, code: str, is_declined: bool) -> None:
    call = reported({"CallSid": SID, "CallStatus": word, "SipResponseCode": code})
    assert ((call.state is CallState.REJECTED), call.vendor_state) == (is_declined, word)
    assert call.vendor_code == code


def test_a_completed_call_stays_completed_whatever_its_sip_code() -> None:
    assert (
        reported({"CallSid": SID, "CallStatus": "completed", "SipResponseCode": "603"}).state == "completed"
    )


def test_keys_pressed_recording_and_duration_are_read() -> None:
    form = {"CallSid": SID, "CallStatus": "completed", "Digits": "12#", "CallDuration": "17"}
    call = reported({**form, "RecordingUrl": "https://api.twilio.com/r", "NewField": ""})
    assert (call.dtmf, call.duration_seconds) == ("12#", 17)
    assert call.recording_url == "https://api.twilio.com/r"


@pytest.mark.parametrize(
    ("status", "url"),
    [("completed", "https://api.twilio.com/r"), ("in-progress", ""), ("absent", ""), ("failed", "")],
)
def test_a_report_of_a_recording_says_nothing_of_the_state(status: str, url: str) -> None:
    form = {"CallSid": SID, "RecordingStatus": status, "RecordingUrl": "https://api.twilio.com/r"}
    call = reported(form)
    assert (call.state, call.reason, call.recording_url) == (CallState.UNKNOWN, "no_state_told", url)


def test_reports_are_checked_by_the_auth_token_also_where_an_api_key_calls() -> None:
    form = {"CallSid": SID, "CallStatus": "busy"}
    assert reported(form, {**KEY_PAIR, "TWILIO_AUTH_TOKEN": TOKEN}).state == "busy"
    with pytest.raises(CredentialError):
        reported(form, {**KEY_PAIR, "TWILIO_AUTH_TOKEN": TOKEN}, token=KEY_PAIR["TWILIO_API_SECRET"])


def test_without_the_auth_token_no_report_is_taken() -> None:
    with pytest.raises(CredentialError, match="auth token") as caught:
        reported({"CallSid": SID, "CallStatus": "busy"}, KEY_PAIR)
    assert "TWILIO_AUTH_TOKEN" in caught.value.hint


def test_a_wrong_signature_is_refused() -> None:
    with pytest.raises(CredentialError):
        reported({"CallSid": SID, "CallStatus": "busy"}, token="other-EXAMPLE")


def test_a_signed_report_of_no_call_is_bad_input() -> None:
    with pytest.raises(BadInput):
        reported({"MessageSid": "SM1"})
