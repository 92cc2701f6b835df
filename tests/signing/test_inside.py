"""A token shown inside a request: where an empty one stood, and nowhere when it is masked."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials, Secret
from voicectl.core.request import Request
from voicectl.core.signature import Signed
from voicectl.signing.inside import Inside
from voicectl.signing.masking import mask, mask_request

TOKEN = 'EXAMPLE "token"+/1'
KEYS = Credentials(secret=Secret(TOKEN))
BODY = {"header": {"token": "", "appkey": "a"}, "payload": {"text": 'say "token": ""'}}


def signed(query: str = "", body: object = None) -> Signed:
    wire = json.dumps(body).encode() if body else b""
    request = Request(method="POST", host="nls.example", query=query, body=wire)
    return Inside().sign(request, KEYS, Moment(datetime(2026, 1, 2, tzinfo=UTC), "n"))


def test_it_goes_into_the_query_and_into_the_body_as_they_are_written() -> None:
    request = signed("appkey=a&token=&task_id=t", BODY).request
    assert dict(request.pairs()) == {"appkey": "a", "token": TOKEN, "task_id": "t"}
    assert json.loads(request.body) == {**BODY, "header": {"token": TOKEN, "appkey": "a"}}


def test_a_request_without_a_place_for_it_stays_as_it_is() -> None:
    assert signed("appkey=a", {"payload": 1}).request.body == b'{"payload": 1}'


def test_masked_it_is_nowhere_and_the_rest_is_as_it_was() -> None:
    made = signed("token=&x=1", BODY)
    for shown in (mask_request(made.request, made.sensitive), mask(made, KEYS).request):
        assert shown.query == "token=***&x=1"
        told = json.loads(shown.body)
        assert told["header"] == {"token": "***", "appkey": "a"}
        assert "EXAMPLE" not in shown.body.decode()
