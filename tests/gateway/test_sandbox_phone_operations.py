"""Each operation on calls and recordings that `help vendors` shows is asked of the sandbox by the program."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cloud.server import Answer, RawRequest, serving
from tests.conftest import Program
from tests.gateway.running import Running, running
from tests.gateway.test_sandbox_reports import ORDERS
from voicectl.core.service import Operation
from voicectl.vendors.registry import load

pytestmark = pytest.mark.slow

VENDORS = ("aws", "aliyun", "volcengine", "tencent", "twilio")
ROWS = [
    (vendor, operation)
    for vendor in VENDORS
    for service in load(vendor).services()  # type: ignore[misc]
    for operation in service.operations
    if operation.deed.startswith(("call", "recording"))
]
ASKED = [row for row in ROWS if row[1].deed != "call listen"]
TO = {"twilio": "+14155550123"}
REGIONS = {"aws": "us-east-1", "aliyun": "cn-shanghai", "volcengine": "cn-beijing"}
SHOWN = ("--from", "4001112222")
CLICK = ("--operation", "ClickToDial", "--from", "13900139000", "--param", "CallerShowNumber=4001112222")
ALIYUN = {
    "SingleCallByVoice": ("--voice-file", "hello.wav"),
    "IvrCall": ("--operation", "IvrCall", *SHOWN, "--template", "TTS_10000001"),
    "SmartCall": ("--operation", "SmartCall", *SHOWN, "--voice-file", "hello.wav"),
    "ClickToDial": (*CLICK, "--param", "CalledShowNumber=4001112222"),
    "CallerNumber": (*CLICK, "--param", "CalledShowNumber=4001112222"),
    "CalledShowNumber": (*SHOWN, "--template", "TTS_10000001"),
}
CODE = ("--operation", "SendCodeVoice", "--text", "0123", "--param", "VoiceSdkAppid=1400006666")
PRODUCTS = {
    "QueryRecordFileDownloadUrl": ("dypls", "CallTime=2026-01-02 03:04:05", "PoolKey=FC1"),
    "GetMonoRecording": ("ccc", "InstanceId=x"),
    "GetRecordUrl": ("aiccs", "InstanceId=x"),
    "DownloadRecording": ("outboundbot", "InstanceId=x"),
    "CloudGetRecordUrl": ("cloud", "EnterpriseId=x"),
    "ClinkDescribeRecordFileUrl": ("clink", "EnterpriseId=x"),
    "DescribeContact": ("connect", "InstanceId=x"),
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running(is_limited=False) as found:
        yield found


def asked(voicectl: Program, sandbox: Running, vendor: str, *words: str) -> str:
    done = voicectl("--vendor", vendor, *words, "-O", "json", env=sandbox.environ)
    assert done.returncode == 0, done.stderr
    return done.stdout


def placed(voicectl: Program, sandbox: Running, vendor: str, *order: str) -> str:
    """Place a call; return its id."""
    before = len(sandbox.deeds("call"))
    words = ("call", "create", "--to", TO.get(vendor, "+8613800138000"), *(order or ORDERS[vendor]), "--yes")
    made: str = json.loads(asked(voicectl, sandbox, vendor, *words))["id"]
    assert len(sandbox.deeds("call")) == before + 1
    return made


def report_of(voicectl: Program, sandbox: Running) -> str:
    """Return the file with what Aliyun reports of a recorded call."""
    call = placed(voicectl, sandbox, "aliyun", *ALIYUN["SmartCall"], "--param", "RecordFlag=true")
    has_come, told = threading.Event(), list[bytes]()

    def taken(request: RawRequest) -> Answer:
        told.append(request.body)
        has_come.set()
        return Answer(200, body=b'{"code":0}')

    sandbox.advance(30)
    name = json.loads(asked(voicectl, sandbox, "aliyun", "call", "status", call))["vendor_id"]
    with serving(taken) as receiver:
        sandbox.door("push", {"url": receiver.url, "id": name})
        assert has_come.wait(10)
    (voicectl.home / "report.json").write_bytes(told[0])
    return "report.json"


def ask_for_a_recording(voicectl: Program, sandbox: Running, vendor: str, operation: Operation) -> None:
    to_file = ("-o", "sound.wav")
    if operation.name == "GetObject":
        place = ("--region", REGIONS[vendor], "--bucket", "sandbox-recordings", "--key", "sample.wav")
        asked(voicectl, sandbox, vendor, "recording", "download", *place, *to_file)
    elif operation.name == "VoiceRecordReport":
        receipt = report_of(voicectl, sandbox)
        asked(voicectl, sandbox, vendor, "recording", "download", "--receipt", receipt, *to_file)
    elif operation.name in PRODUCTS:
        product, *params = PRODUCTS[operation.name]
        given = [word for param in params for word in ("--param", param)]
        words = ("sample", "--product", product, *given, "--region", REGIONS[vendor])
        asked(voicectl, sandbox, vendor, "recording", "download", *words, *to_file)
    else:
        more = ("--param", "Record=true") if vendor == "twilio" else ()
        call = placed(voicectl, sandbox, vendor, *ORDERS[vendor], *more)
        sandbox.advance(30)
        if operation.deed == "recording list":
            listed = json.loads(asked(voicectl, sandbox, vendor, "recording", "list", "--call", call))
            assert [each["call_id"] for each in listed] == [call]
            return
        asked(voicectl, sandbox, vendor, "recording", "download", call, *to_file)
    assert Path(voicectl.home / "sound.wav").read_bytes()[:4] == b"RIFF"


def ids(row: tuple[str, Operation]) -> str:
    return f"{row[0]}-{row[1].deed}-{row[1].name}".replace(" ", "_")


@pytest.mark.parametrize(("vendor", "operation"), ASKED, ids=map(ids, ASKED))
def test_the_sandbox_plays_it(voicectl: Program, sandbox: Running, vendor: str, operation: Operation) -> None:
    match operation.deed:
        case "call create --idempotency-key":
            order = (*ORDERS[vendor], "--idempotency-key", "k1")
            call = placed(voicectl, sandbox, vendor, *order)
            again = (*order, "--to", "+8613800138000", "--yes", "--no-ledger")
            assert json.loads(asked(voicectl, sandbox, vendor, "call", "create", *again))["id"] == call
        case deed if deed.startswith("call create"):
            named = CODE if operation.name == "SendCodeVoice" else ALIYUN.get(operation.name, ())
            placed(voicectl, sandbox, vendor, *named)
        case "call status":
            call = placed(voicectl, sandbox, vendor)
            sandbox.advance(30)
            assert (
                json.loads(asked(voicectl, sandbox, vendor, "call", "status", call))["state"] == "completed"
            )
        case "call status --reconcile":
            call = placed(voicectl, sandbox, vendor)
            asked(voicectl, sandbox, vendor, "call", "status", "--reconcile", call)
        case "call cancel":
            later = ("--schedule", "2099-01-01T00:00:00+08:00") if vendor == "volcengine" else ()
            sandbox.door("outcome", {"to": "*", "ends": "no_answer"})
            call = placed(voicectl, sandbox, vendor, *ORDERS[vendor], *later)
            asked(voicectl, sandbox, vendor, "call", "cancel", call, "--yes")
            sandbox.door("outcome", {"to": "*", "ends": "completed"})
        case _:
            ask_for_a_recording(voicectl, sandbox, vendor, operation)


def test_every_row_is_played() -> None:
    assert [row for row in ROWS if not row[1].in_sandbox] == []
    assert {vendor for vendor, operation in ROWS if operation.deed == "call listen"} <= ORDERS.keys()


@pytest.mark.parametrize(("vendor", "code"), [("volcengine", 0), ("twilio", 15)])
def test_an_answer_that_is_lost_rings_once(
    voicectl: Program, sandbox: Running, vendor: str, code: int
) -> None:
    """The key of Volcengine's order makes a second request safe; of Twilio's nobody knows what became."""
    before = len(sandbox.deeds("call"))
    sandbox.door("fault", {"kind": "reset", "vendor": vendor})
    words = ("call", "create", "--to", TO.get(vendor, "+8613800138000"), *ORDERS[vendor], "--yes")
    done = voicectl("--vendor", vendor, *words, env=sandbox.environ)
    assert done.returncode == code, done.stderr
    assert len(sandbox.deeds("call")) == before + 1
