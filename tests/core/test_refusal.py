"""What a server says when it says no, in every form that was seen, and what that means here."""

from __future__ import annotations

import json
from typing import Any

import pytest

from voicectl.core.errors import (
    BrokenAnswer,
    CredentialError,
    NotFound,
    TryLater,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.refusal import Refusal, error_in, object_in, promised_object, refusal_of
from voicectl.core.request import Reply


def body(value: object) -> bytes:
    return json.dumps(value).encode()


FORMS: list[tuple[bytes, Refusal | None]] = [
    (b"", None),
    (b"<html>\x1b[31m no</html>", Refusal("<html>[31m no</html>")),
    (b"x" * 300, Refusal("x" * 200)),
    (body({"error": {"message": "m", "type": "t", "code": "c"}}), Refusal("m", "c", "t")),
    (body({"error": {"message": "m", "type": "t", "code": None}}), Refusal("m", "", "t")),
    (body({"error": "m", "details": "more"}), Refusal("m more")),
    (body({"detail": [{"loc": ["body", "input"], "msg": "m"}, {"msg": "n"}]}), Refusal("body.input: m; n")),
    (body({"detail": {"error": "e", "message": "m", "type": "t"}}), Refusal("m", "", "t")),
    (body({"detail": "Not Found"}), Refusal("Not Found")),
    (body({"message": "m", "code": "c", "type": "t"}), Refusal("m", "c", "t")),
    (body({"errorCode": "411"}), Refusal("", "411")),
    (body({"error": None, "voices": []}), None),
    (body({"status": "success", "message": "fine"}), None),
    (body([1]), Refusal("[1]")),
]


@pytest.mark.parametrize(("raw", "refusal"), FORMS)
def test_every_form_is_read(raw: bytes, refusal: Refusal | None) -> None:
    assert refusal_of(raw) == refusal


def openai(message: str = "m", code: str = "", kind: str = "") -> dict[str, Any]:
    return {"error": {"message": message, "code": code, "type": kind}}


@pytest.mark.parametrize(
    ("status", "value", "kind"),
    [
        (401, openai(code="invalid_api_key"), CredentialError),
        (401, {"error": "no"}, CredentialError),
        (403, {"error": "API Key disabled"}, CredentialError),
        (404, {"detail": "Not Found"}, NotFound),
        (404, openai(code="model_not_found"), VendorRefused),
        (429, openai(code="rate_limit_exceeded"), TryLater),
        (429, openai(code="insufficient_quota"), VendorRefused),
        (409, openai(), TryLater),
        (500, openai(kind="server_error"), TryLater),
        (400, openai(kind="invalid_request_error"), VendorRefused),
        (400, openai(code="400"), VendorRefused),
        (422, {"detail": [{"msg": "m"}]}, VendorRefused),
        (200, openai(code="invalid_api_key"), CredentialError),
        (200, openai(code="rate_limit_exceeded"), TryLater),
        (200, openai(kind="server_error"), TryLater),
        (200, openai(code="401"), CredentialError),
        (200, openai(code="voice_not_found"), VendorRefused),
    ],
)
def test_the_code_decides_before_the_status(status: int, value: object, kind: type[VoicectlError]) -> None:
    assert type(error_in(Reply(status=status, body=body(value)), "h")) is kind


@pytest.mark.parametrize("raw", [b"ID3 sound", b"", b'{"voices": []}', b"text"])
def test_a_good_status_is_doubted_for_json_only(raw: bytes) -> None:
    assert error_in(Reply(status=200, body=raw), "h") is None


@pytest.mark.parametrize("status", [413, 400])
def test_a_text_that_is_too_long_is_told_what_to_do(status: int) -> None:
    error = error_in(Reply(status=status, body=body(openai("maximum length is 4096"))), "h")
    assert error is not None
    assert error.hint == "say it in parts"


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"<x>", b"\xff\xfe"])
def test_promised_json_that_is_none_is_a_broken_answer(raw: bytes) -> None:
    with pytest.raises(BrokenAnswer):
        promised_object(Reply(status=200, body=raw))


def test_a_byte_order_mark_before_json_is_passed_over() -> None:
    assert object_in(b'\xef\xbb\xbf {"a": 1}') == {"a": 1}
