"""Reports are taken from Twilio alone: its own SDK signs here, and every change is refused."""

from __future__ import annotations

import hashlib
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from voicectl.core.credentials import Credentials, Secret
from voicectl.core.errors import BadInput, CredentialError
from voicectl.core.request import Request
from voicectl.signing import webhook

TOKEN = "0123456789abcdef0123456789abcdef"
KEYS = Credentials(key_id="AC" + "a" * 32, secret=Secret(TOKEN))
FORM = {
    "CallSid": "CA" + "b" * 32,
    "CallStatus": "completed",
    "CallerName": "",
    "SpeechResult": "你好 & bye+1",
}
URL_ENCODED = ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")


def report(url: str, body: bytes, *headers: tuple[str, str], method: str = "POST") -> Request:
    """Return a request as it comes in at this URL."""
    scheme, _, rest = url.partition("://")
    host, _, target = rest.partition("/")
    path, _, query = target.partition("?")
    return Request(
        method=method, scheme=scheme, host=host, path=f"/{path}", query=query, headers=headers, body=body
    )


def signed_report(url: str, form: dict[str, str], *, signed_url: str = "", token: str = TOKEN) -> Request:
    told = RequestValidator(token).compute_signature(signed_url or url, form)
    return report(url, urlencode(form).encode(), URL_ENCODED, ("X-Twilio-Signature", told))


@pytest.mark.parametrize(
    ("url", "form", "token", "expected"),
    [
        (
            "https://mycompany.com/myapp.php?foo=1&bar=2",
            {
                "CallSid": "CA1234567890ABCDE",
                "Caller": "+14158675309",
                "Digits": "1234",
                "From": "+14158675309",
                "To": "+18005551212",
            },
            "12345",
            "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
        ),
        (
            "https://hooks.example.com/voice/status?id=42",
            {
                "AccountSid": "AC" + "a" * 32,
                "ApiVersion": "2010-04-01",
                "CallDuration": "17",
                "CallSid": "CA" + "b" * 32,
                "CallStatus": "completed",
                "CallerName": "",
                "Direction": "outbound-api",
                "From": "+15005550006",
                "SequenceNumber": "3",
                "SpeechResult": "你好 & bye",
                "To": "+8613800138000",
            },
            TOKEN,
            "EAvqBslffDqrz/1A4R6mQEKqPo0=",
        ),
        ("https://hooks.example.com:8443/voice/twiml", {}, TOKEN, "D+ctXqm4S4SeEjlculisXRPUdyM="),
        ("https://hooks.example.com/voice/twiml", {}, TOKEN, "vKVxRcNbAx15KZzzBGCubdphTuo="),
    ],
    ids=["vendors", "blank-and-chinese", "with-port", "without-port"],
)
def test_known_signatures_come_out(url: str, form: dict[str, str], token: str, expected: str) -> None:
    keys = Credentials(secret=Secret(token))
    assert webhook.signature(url, tuple(form.items()), keys) == expected
    assert RequestValidator(token).compute_signature(url, form) == expected


def test_repeated_names_count_each_value_once_in_order() -> None:
    fields = (("A", "2"), ("A", "1"), ("A", "2"), ("B", "x"))
    assert webhook.signature("https://hooks.example.com/m", fields, KEYS) == "rZNu78URBTF0iSyRu9wV1I9zOc4="
    many = [str(number) for number in range(20)]
    orders = (many, many[::-1], sorted(many) * 2)
    told = {
        webhook.signature("https://h.example/", tuple(("A", each) for each in order), KEYS)
        for order in orders
    }
    joined = "https://h.example/" + "".join(f"A{each}" for each in sorted(many))
    assert told == {RequestValidator(TOKEN).compute_signature(joined, {})}


@pytest.mark.parametrize(
    ("url", "signed_url"),
    [
        ("https://hooks.example.com/r?id=4+2&x=%20", ""),
        ("https://hooks.example.com:8443/r", ""),
        ("https://hooks.example.com:8443/r", "https://hooks.example.com/r"),
        ("https://hooks.example.com/r", "https://hooks.example.com:443/r"),
        ("http://hooks.example.com/r", "https://hooks.example.com/r"),
        ("http://hooks.example.com/r", "https://hooks.example.com:443/r"),
        ("http://127.0.0.1:8080/r", "http://127.0.0.1/r"),
        ("http://[::1]:8080/r", "http://[::1]:8080/r"),
    ],
)
def test_a_true_report_is_taken_however_its_port_is_written(url: str, signed_url: str) -> None:
    webhook.check(signed_report(url, FORM, signed_url=signed_url), KEYS)


CHANGES = {
    "another state": {**FORM, "CallStatus": "busy"},
    "one field more": {**FORM, "Digits": "1"},
    "one field less": {name: value for name, value in FORM.items() if name != "CallerName"},
    "names run together": {**FORM, "CallStatusc": "ompleted"},
}


@pytest.mark.parametrize("form", CHANGES.values(), ids=list(CHANGES))
def test_a_changed_form_is_refused(form: dict[str, str]) -> None:
    url = "https://hooks.example.com/r"
    told = RequestValidator(TOKEN).compute_signature(url, FORM)
    request = report(url, urlencode(form).encode(), URL_ENCODED, ("X-Twilio-Signature", told))
    with pytest.raises(CredentialError):
        webhook.check(request, KEYS)


@pytest.mark.parametrize(
    "request_",
    [
        report("https://h.example/r", urlencode(FORM).encode(), URL_ENCODED),
        signed_report("https://h.example/r", FORM, signed_url="https://h.example/other"),
        signed_report("https://h.example/r", FORM, signed_url="https://other.example/r"),
        signed_report("https://h.example/r", FORM, token="an API secret-EXAMPLE"),
        signed_report("https://h.example/r?id=1", FORM, signed_url="https://h.example/r"),
        report("https://h.example/r", b"", URL_ENCODED, ("X-Twilio-Signature", "ü")),
        report("https://h.example/r", b"", URL_ENCODED, ("X-Twilio-Signature", "")),
    ],
    ids=["unsigned", "another path", "another host", "another key", "another query", "no base64", "empty"],
)
def test_a_false_report_is_refused(request_: Request) -> None:
    with pytest.raises(CredentialError) as caught:
        webhook.check(request_, KEYS)
    assert TOKEN not in f"{caught.value}{caught.value.hint}{caught.value.facts}"


def json_report(body: bytes, told_hash: str) -> Request:
    url = f"https://hooks.example.com/v1/events?bodySHA256={told_hash}"
    told = RequestValidator(TOKEN).compute_signature(url, {})
    return report(url, body, ("Content-Type", "application/json"), ("X-Twilio-Signature", told))


def test_json_is_taken_by_the_hash_in_its_url() -> None:
    body = f'{{"CallSid":"CA{"b" * 32}","status":"completed"}}'.encode()
    request = json_report(body, hashlib.sha256(body).hexdigest())
    webhook.check(request, KEYS)
    assert request.header("X-Twilio-Signature") == "8dTTyZwwmAvpmIZRgNZimPkUOP8="
    assert webhook.fields_of(request)["status"] == "completed"


def test_json_of_another_hash_is_refused() -> None:
    with pytest.raises(CredentialError):
        webhook.check(json_report(b'{"CallSid":"CA1"}', hashlib.sha256(b"{}").hexdigest()), KEYS)


def test_json_without_a_hash_is_refused() -> None:
    url = "https://hooks.example.com/r"
    told = RequestValidator(TOKEN).compute_signature(url, {})
    headers = (("Content-Type", "application/json"), ("X-Twilio-Signature", told))
    with pytest.raises(CredentialError):
        webhook.check(report(url, b'{"CallSid":"CA1"}', *headers), KEYS)


def test_a_shared_keys_signature_is_not_taken_for_the_tokens() -> None:
    request = signed_report("https://h.example/r", FORM).with_header(
        "X-Twilio-Webhooks-Signature-Settings", "key=k,algorithm=HMAC_SHA256"
    )
    with pytest.raises(CredentialError, match="shared key"):
        webhook.check(request, KEYS)


@pytest.mark.parametrize("body", [b"\xff\xfe=1", b"&".join(b"a%d=1" % number for number in range(1200))])
def test_what_is_no_form_is_bad_input(body: bytes) -> None:
    request = report("https://h.example/r", body, URL_ENCODED, ("X-Twilio-Signature", "x"))
    with pytest.raises(BadInput):
        webhook.check(request, KEYS)


def test_a_get_is_signed_by_its_url() -> None:
    url = "https://hooks.example.com/r?CallSid=CA1&CallStatus=busy"
    told = RequestValidator(TOKEN).compute_signature(url, {})
    request = report(url, b"", ("X-Twilio-Signature", told), method="GET")
    webhook.check(request, KEYS)
    assert webhook.fields_of(request) == {"CallSid": "CA1", "CallStatus": "busy"}
