"""Twilio's codes, row by row, each as the answer to a call that was not placed."""

from __future__ import annotations

import json

import pytest

from tests.cloud.server import serving
from tests.cloud.twilio import REQUEST_ID, No
from tests.vendors.phones import of_twilio
from voicectl.core.errors import OutcomeUnknown, VendorRefused, VoicectlError
from voicectl.core.request import Reply
from voicectl.vendors.twilio.errors import CODES, judge

EXITS = {
    77: (20003, 20005, 20006, 20008, 20403, 10001, 10002),
    75: (20429, 22005, 10004),
    65: (21211, 21217, 21212, 21201, 21213, 21206, 21208, 13223, 13226, 32018),
    76: (
        *(21202, 21203, 21215, 13227, 32205, 21204, 21205, 21209, 21210, 32204, 21214, 21216, 13225, 32203),
        *(21218, 21219, 14111, 32100, 573005, 21220, 21234, 21263, 20001, 99999),
    ),
    5: (20404,),
}
ROWS = [(code, exit_code) for exit_code, codes in EXITS.items() for code in codes]
STATUSES = {20003: 401, 20008: 403, 20403: 403, 20404: 404, 20429: 429}


@pytest.mark.parametrize(("code", "exit_code"), ROWS)
def test_a_refused_call_has_its_exit_code(code: int, exit_code: int) -> None:
    phone = of_twilio()
    phone.service.refuses = No(code, STATUSES.get(code, 400))
    with serving(phone.judge) as server, pytest.raises(VoicectlError) as caught:
        phone.place(server.url)
    facts = caught.value.facts
    assert (caught.value.exit, facts["vendor_code"], facts["request_id"]) == (
        exit_code,
        str(code),
        REQUEST_ID,
    )
    assert (phone.rang, len(server.requests)) == ([], 1)


def test_every_row_of_the_table_is_tested() -> None:
    assert {20500, 20503} | {code for code, _ in ROWS} - {99999} == CODES.keys()


@pytest.mark.parametrize(("code", "status"), [(20500, 500), (20503, 503), (21211, 500), (20429, 502)])
def test_a_server_in_trouble_may_have_called(code: int, status: int) -> None:
    phone = of_twilio()
    phone.service.refuses = No(code, status)
    with serving(phone.judge) as server, pytest.raises(OutcomeUnknown):
        phone.place(server.url)


def reply(body: object, status: int = 400) -> Reply:
    return Reply(status=status, body=json.dumps(body).encode())


@pytest.mark.parametrize(
    "body",
    [
        {"code": 21211, "message": "in a test", "status": 400},
        {"code": "21211", "message": "in a test"},
        {"type": "about:blank", "title": "Bad", "status": 400, "code": 21211, "detail": "in a test"},
    ],
    ids=["usual", "code as text", "RFC 9457"],
)
def test_each_form_of_an_error_is_read(body: object) -> None:
    error = judge(reply(body))
    assert error is not None
    assert (error.exit, str(error)) == (65, "twilio refuses: in a test")


@pytest.mark.parametrize("body", [{}, [], {"sid": "CA1", "code": 5}, {"code": None}, {"code": True}, "x"])
def test_without_a_code_nothing_is_judged(body: object) -> None:
    assert judge(reply(body, 200)) is None


@pytest.mark.parametrize(
    ("status", "exit_code"), [(401, 77), (403, 77), (404, 5), (429, 75), (500, 75), (400, 76)]
)
def test_an_unknown_code_goes_by_its_status(status: int, exit_code: int) -> None:
    error = judge(reply({"code": 99999, "message": "new"}, status))
    assert error is not None
    assert error.exit == exit_code


def test_a_message_is_a_fact_and_no_template() -> None:
    error = judge(reply({"code": 21210, "message": "From {0} {x} is not verified"}))
    assert isinstance(error, VendorRefused)
    assert "{0} {x}" in str(error)
