"""A request that must not be repeated: sent once, and an answer that tells nothing is an unknown outcome."""

from __future__ import annotations

import pytest

from tests.cloud.line_faults import AFTER_RINGING
from tests.cloud.server import Answer, serving
from tests.transport.parts import client
from voicectl.core.errors import (
    BrokenAnswer,
    CredentialError,
    OutcomeUnknown,
    TryLater,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.request import Reply, Request

GOOD = Answer(201, (("Content-Type", "application/json"),), b'{"sid": "CA1"}')
VENDORS_OWN = {
    "half the JSON",
    "page of another kind",
    "empty",
    "empty object",
    "a list",
    "null",
    "no content",
}
"""Good answers as far as HTTP goes: what they lack only a vendor can tell."""
FAULTS = [name for name in AFTER_RINGING if name not in {*VENDORS_OWN, "hang"}]


def send(answer: object, judge: object = lambda reply: None) -> tuple[int, VoicectlError | None]:
    """Send once; return how often it arrived, and what came of it."""
    with serving(lambda request: answer) as server:  # type: ignore[arg-type, return-value]
        request = Request(method="POST", host=server.host, scheme="http", path="/")
        try:
            client(judge=judge, retries=3).send(request, repeatable=False)  # type: ignore[arg-type]
        except VoicectlError as error:
            return len(server.requests), error
    return len(server.requests), None


@pytest.mark.parametrize("fault", FAULTS, ids=[each.replace(" ", "-") for each in FAULTS])
def test_an_answer_that_is_no_use_is_an_unknown_outcome(fault: str) -> None:
    count, error = send(AFTER_RINGING[fault](GOOD))
    assert (count, type(error)) == (1, OutcomeUnknown)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599, 408])
@pytest.mark.parametrize("kind", [VendorRefused, CredentialError, TryLater], ids=lambda kind: kind.__name__)
def test_a_server_in_trouble_is_not_believed(status: int, kind: type[VoicectlError]) -> None:
    def judge(reply: Reply) -> VoicectlError:
        return kind("no", vendor_code="X")

    count, error = send(Answer(status, (), b"{}"), judge)
    assert (count, type(error)) == (1, OutcomeUnknown)
    assert error is not None
    assert error.facts["vendor_code"] == "X"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, VendorRefused),
        (401, CredentialError),
        (403, CredentialError),
        (429, TryLater),
        (307, BrokenAnswer),
    ],
)
def test_a_clear_no_stays_one(status: int, kind: type[VoicectlError]) -> None:
    count, error = send(Answer(status, (("Location", "/x"),), b"no"))
    assert (count, type(error)) == (1, kind)
