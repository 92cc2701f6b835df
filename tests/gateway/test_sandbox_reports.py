"""What the sandbox's vendors report by themselves, and how `call listen` takes it."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode

import pytest
from twilio.request_validator import RequestValidator

from tests.cloud.server import Answer, RawRequest, Server, serving
from tests.conftest import Program
from tests.gateway.running import Running, running
from voicectl.gateway.sandbox.accounts import TWILIO

pytestmark = pytest.mark.slow

ORDERS = {
    "aliyun": ("--template", "TTS_10000001"),
    "volcengine": ("--template", "tpl-plain", "--param", "NumberPoolNo=NP000001"),
    "tencent": ("--template", "4357", "--param", "VoiceSdkAppid=1400006666"),
    "twilio": ("--from", "+15005550006", "--text", "Hello"),
}


@pytest.fixture
def sandbox() -> Iterator[Running]:
    with running() as found:
        yield found


@pytest.fixture
def receiver() -> Iterator[Server]:
    def taken(request: RawRequest) -> Answer:
        return Answer(204)

    with serving(taken) as server:
        yield server


def until(is_so: Callable[[], object], seconds: float = 10) -> None:
    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends, "it did not come"
        time.sleep(0.02)


def by_basic(sandbox: Running, **fields: object) -> None:
    """Place a call at Twilio's interface."""
    from base64 import b64encode
    from urllib.request import Request, urlopen

    order = {"To": "+14155550123", "From": "+15005550006", "Twiml": "<Response><Say>Hi</Say></Response>"}
    url = f"{sandbox.url}/2010-04-01/Accounts/{TWILIO[0]}/Calls.json"
    key = b64encode(":".join(TWILIO).encode()).decode()
    body = urlencode({**order, **fields}, doseq=True).encode()
    with urlopen(Request(url, body, {"Authorization": f"Basic {key}"})) as reply:
        assert reply.status == 201


def test_twilio_reports_each_step_signed_as_its_own_kit_expects(sandbox: Running, receiver: Server) -> None:
    url, events = f"{receiver.url}/status?id=1", ["initiated", "ringing", "answered", "completed"]
    by_basic(sandbox, StatusCallback=url, StatusCallbackEvent=events, Record="true")
    sandbox.advance(60)
    until(lambda: len(receiver.requests) == 4)
    told = [dict(parse_qsl(each.body.decode(), keep_blank_values=True)) for each in receiver.requests]
    assert [each["CallStatus"] for each in told] == ["initiated", "ringing", "in-progress", "completed"]
    assert [each["SequenceNumber"] for each in told] == ["0", "1", "2", "3"]
    assert told[-1]["RecordingSid"].startswith("RE")
    kit = RequestValidator(TWILIO[1])
    for each, fields in zip(receiver.requests, told, strict=True):
        assert kit.validate(url, fields, each.header("x-twilio-signature"))


def test_only_the_end_is_reported_unless_more_was_wanted(sandbox: Running, receiver: Server) -> None:
    by_basic(sandbox, StatusCallback=receiver.url)
    sandbox.door("outcome", {"to": "+14155550123", "ends": "rejected"})
    sandbox.advance(60)
    until(lambda: sandbox.deeds("report"))
    (only,) = receiver.requests
    fields = parse_qs(only.body.decode())
    assert (fields["CallStatus"], fields["SipResponseCode"]) == (["busy"], ["603"])


def test_a_report_to_another_machine_is_not_sent(sandbox: Running) -> None:
    by_basic(sandbox, StatusCallback="http://example.com/status")
    sandbox.advance(60)
    until(lambda: sandbox.deeds("report"))
    assert sandbox.deeds("report")[0]["answer"] == "not sent: not this machine"


@pytest.mark.parametrize("vendor", ORDERS)
def test_a_pushed_report_is_taken_by_call_listen(sandbox: Running, voicectl: Program, vendor: str) -> None:
    keys: Mapping[str, str] = sandbox.environ
    to = "+14155550123" if vendor == "twilio" else "+8613800138000"
    placed = voicectl(
        "call", "create", "--vendor", vendor, "--to", to, *ORDERS[vendor], "--yes", "-O", "json", env=keys
    )
    assert placed.returncode == 0, placed.stderr
    sandbox.advance(30)
    listening = subprocess.Popen(
        voicectl.command("call", "listen", "--vendor", vendor, "--port", "0", "--count", "1", "-O", "jsonl"),
        env=voicectl.environment(keys),
        cwd=voicectl.home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert listening.stderr is not None
    said = listening.stderr.readline()
    url = next(word for word in said.split() if word.startswith("http://")).rstrip(";,.")
    assert sandbox.door("push", {"url": url, "vendor": vendor}) == {"reports": 1}
    out, err = listening.communicate(timeout=20)
    told: dict[str, Any] = json.loads(out.splitlines()[0])
    assert listening.returncode == 0, err
    assert (told["vendor_id"], told["state"]) == (json.loads(placed.stdout)["vendor_id"], "completed")
