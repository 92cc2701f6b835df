"""`call listen` as a real program: real curl knocks, and Twilio's own SDK signs."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cloud.server import Server, serving
from tests.cloud.twilio import KEY_PAIR, KEYS, TOKEN, signature
from tests.conftest import Program
from tests.transport.faults import refused_port
from tests.vendors.phones import NUMBER, Phone, of_twilio, tencent, volcengine

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl knocks at the door here"),
]
SID = "CA" + "b" * 32
ENDED = {
    "CallStatus": "completed",
    "Digits": "12#",
    "CallDuration": "17",
    "RecordingUrl": "https://api.twilio.com/r",
    "Caller": "你好 & bye",
    "Blank": "",
}


@dataclass
class Listening:
    """A program that listens: where, and what it says."""

    process: subprocess.Popen[str]
    url: str
    place: str
    errors: Path

    def lines(self, timeout: float = 20) -> list[dict[str, Any]]:
        """Return what it printed, once it has ended."""
        out, _ = self.process.communicate(timeout=timeout)
        return [json.loads(line) for line in out.splitlines()]

    @property
    def said(self) -> str:
        return self.errors.read_text()


@contextmanager
def listening(voicectl: Program, vendor: str, *words: str, env: Mapping[str, str]) -> Iterator[Listening]:
    """Run `call listen` at a free port until the block ends."""
    errors = voicectl.home / "errors.txt"
    command = voicectl.command("--vendor", vendor, "call", "listen", "--port", "0", *words)
    with errors.open("w") as file:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=file,
            env=voicectl.environment(env),
            cwd=voicectl.home,
            text=True,
        )
    try:
        end = time.monotonic() + 20
        while "listening at " not in errors.read_text() and time.monotonic() < end:
            assert process.poll() is None, errors.read_text()
            time.sleep(0.02)
        url = errors.read_text().partition("listening at ")[2].split()[0]
        yield Listening(process, url, url.split("/")[2], errors)
    finally:
        process.kill()
        process.communicate()


def curl(*words: str) -> int:
    """Return the status that real curl gets."""
    done = subprocess.run(
        ["curl", "-s", "-m", "20", "-o", "/dev/null", "-w", "%{http_code}", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    return int(done.stdout)


def report(url: str, form: Mapping[str, str], token: str = TOKEN) -> int:
    """Push a report as Twilio does, signed by its SDK."""
    fields = [word for name, value in form.items() for word in ("--data-urlencode", f"{name}={value}")]
    return curl(*fields, "-H", f"X-Twilio-Signature: {signature(url, form, token)}", url)


def program(voicectl: Program, phone: Phone, server: Server) -> dict[str, str]:
    return {**phone.environ, "VOICECTL_ENDPOINT_URL": server.url, "VOICECTL_VENDOR": phone.vendor}


def test_a_signed_report_of_a_placed_call_is_printed_noted_and_shown(voicectl: Program) -> None:
    phone = of_twilio()
    words = ("--to", "+8613800138000", "--from", "+15005550006", "--text", "hello", "--yes")
    with serving(phone.judge) as server:
        env = program(voicectl, phone, server)
        made = voicectl("call", "create", *words, env=env)
        assert made.returncode == 0, made.stderr
        call = json.loads(made.stdout)
        form = {**ENDED, "CallSid": call["vendor_id"]}
        with listening(voicectl, "twilio", "--count", "1", env=env) as listen:
            assert report(listen.url, form, "an attacker's-EXAMPLE") == 403
            assert report(listen.url, form) == 200
            (line,) = listen.lines()
        assert listen.process.returncode == 0
        shown = voicectl("call", "status", call["id"], env=env)
    assert (line["known"], line["id"], line["state"]) == (True, call["id"], "completed")
    found = json.loads(shown.stdout)
    assert (found["state"], found["dtmf"], found["recording_url"]) == (
        "completed",
        "12#",
        "https://api.twilio.com/r",
    )
    assert len(phone.rang) == 1


def test_an_attacker_changes_nothing(voicectl: Program, tmp_path: Path) -> None:
    huge = tmp_path / "huge"
    huge.write_bytes(b"x" * (3 << 20))
    form = {"CallSid": SID, "CallStatus": "completed"}
    with listening(voicectl, "twilio", "--count", "1", env=KEYS) as listen:
        base = f"http://{listen.place}"
        true = signature(listen.url, form)
        statuses = [
            curl("-d", "CallSid=CA1", listen.url),
            curl("-d", "CallSid=CA1", "-H", f"X-Twilio-Signature: {true}", listen.url),
            curl("-d", "x=1", f"{base}/"),
            curl("-d", "x=1", f"{listen.url}x"),
            curl(listen.url),
            curl("-X", "DELETE", listen.url),
            curl("--data-binary", f"@{huge}", listen.url),
            curl("--data-binary", f"@{huge}", "-H", "Transfer-Encoding: chunked", listen.url),
            curl("--data-binary", f"@{huge}", "-H", "Expect: 100-continue", listen.url),
        ]
        assert statuses == [403, 403, 404, 404, 405, 405, 413, 413, 413]
        assert listen.process.poll() is None
        assert report(listen.url, form) == 200
        assert [line["vendor_id"] for line in listen.lines()] == [SID]
    assert TOKEN not in listen.said


def test_behind_a_proxy_the_public_url_is_what_is_signed(voicectl: Program) -> None:
    words = (
        "--public-url",
        "https://hooks.example.com",
        "--path",
        "/reports/0123456789abcdef",
        "--count",
        "1",
    )
    form = {"CallSid": SID, "CallStatus": "busy"}
    env = {**KEY_PAIR, "TWILIO_AUTH_TOKEN": TOKEN}
    port = str(refused_port())
    with listening(voicectl, "twilio", *words, "--port", port, env=env) as listen:
        assert listen.url == "https://hooks.example.com/reports/0123456789abcdef"
        local = f"http://127.0.0.1:{port}/reports/0123456789abcdef"
        told = f"X-Twilio-Signature: {signature(listen.url, form)}"
        assert curl("-d", f"CallSid={SID}&CallStatus=busy", "-H", told, local) == 200
        assert [line["state"] for line in listen.lines()] == ["busy"]


def test_what_a_vendor_repeats_is_printed_once(voicectl: Program) -> None:
    first, second = ({"CallSid": SID, "CallStatus": word} for word in ("ringing", "completed"))
    with listening(voicectl, "twilio", "--count", "2", env=KEYS) as listen:
        assert [report(listen.url, form) for form in (first, first, first, second)] == [200] * 4
        lines = listen.lines()
    assert [(line["state"], line["known"]) for line in lines] == [("ringing", False), ("completed", False)]


UNSIGNED = {
    "aliyun": (
        {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAIEXAMPLE", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "EXAMPLE"},
        [{"call_id": "c-1^1", "status_code": "200000", "duration": "17", "dtmf": "1"}],
        b'{"code":0}',
    ),
    "volcengine": (
        volcengine().environ,
        {"callId": "V1", "singleOpenId": "a" * 32, "callDuration": 17},
        b"{}",
    ),
    "tencent": (
        tencent().environ,
        {"voiceprompt_callback": {"result": "0", "callid": "c-1"}},
        b'{"result":0,"errmsg":"OK"}',
    ),
}


@pytest.mark.parametrize("vendor", UNSIGNED)
def test_vendors_without_a_signature_are_let_in_by_the_path(voicectl: Program, vendor: str) -> None:
    environ, body, answer = UNSIGNED[vendor]
    with listening(voicectl, vendor, "--count", "1", env=environ) as listen:
        assert len(listen.url.rpartition("/")[2]) == 32
        data = ("-H", "Content-Type: application/json", "-d", json.dumps(body))
        assert curl(*data, f"http://{listen.place}/") == 404
        assert curl("-d", "no json", listen.url) == 400
        done = subprocess.run(["curl", "-s", *data, listen.url], capture_output=True, check=False)
        assert done.stdout == answer
        assert [line["state"] for line in listen.lines()] == ["completed"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_cleanly(voicectl: Program, number: signal.Signals, code: int) -> None:
    with listening(voicectl, "twilio", env=KEYS) as listen:
        assert report(listen.url, {"CallSid": SID, "CallStatus": "busy"}) == 200
        time.sleep(0.3)
        listen.process.send_signal(number)
        assert [line["state"] for line in listen.lines()] == ["busy"]
    assert listen.process.returncode == code
    assert "Traceback" not in listen.said


@pytest.mark.parametrize(("words", "code"), [((), 0), (("--count", "2"), 124)])
def test_the_time_may_be_over_before_enough_has_come(
    voicectl: Program, words: tuple[str, ...], code: int
) -> None:
    done = voicectl(
        "--vendor", "twilio", "call", "listen", "--port", "0", "--max-seconds", "0.3", *words, env=KEYS
    )
    assert (done.returncode, done.stdout) == (code, ""), done.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--port", "70000"), 2),
        ((), 2),
        (("--port", "0", "--path", "a b"), 2),
        (("--port", "0", "--public-url", "hooks.example.com"), 2),
        (("--port", "0", "--host", "192.0.2.1"), 69),
    ],
)
def test_a_place_that_cannot_be_listened_at_is_refused(
    voicectl: Program, words: tuple[str, ...], code: int
) -> None:
    done = voicectl("--vendor", "twilio", "call", "listen", "--max-seconds", "0.1", *words, env=KEYS)
    assert done.returncode == code, done.stderr


def test_a_place_that_others_reach_is_said_out_loud(voicectl: Program) -> None:
    words = ("--port", "0", "--host", "0.0.0.0", "--max-seconds", "0.1")
    done = voicectl("--vendor", "twilio", "call", "listen", *words, env=KEYS)
    assert (done.returncode, "other machines" in done.stderr) == (0, True)


def test_a_dry_run_opens_no_socket(voicectl: Program) -> None:
    done = voicectl("--vendor", "twilio", "call", "listen", "--port", "0", "--dry-run", env=KEYS)
    assert (done.returncode, json.loads(done.stdout), done.stderr) == (0, {"requests": []}, "")


def test_the_help_says_what_no_vendor_has(voicectl: Program) -> None:
    told = " ".join(voicectl("call", "listen", "--help").stdout.split())
    assert "over HTTP only" in told
    assert "gRPC" in told
    assert "WebSocket" in told


def test_an_end_that_the_vendor_does_not_explain_is_15_and_no_guess(voicectl: Program) -> None:
    phone = volcengine()
    words = ("--to", NUMBER, "--template", "tpl-EXAMPLE", "--param", "NumberPoolNo=NP000001", "--yes")
    with serving(phone.judge) as server:
        env = program(voicectl, phone, server)
        made = json.loads(voicectl("call", "create", *words, env=env).stdout)
        phone.service.calls[made["vendor_id"]] |= {"State": "3", "ReleaseTime": "2026-01-02 11:05:00"}
        done = voicectl(
            "call", "status", made["id"], "--wait", "--poll", "0.1", "--wait-timeout", "20s", env=env
        )
    found = json.loads(done.stdout)
    assert (done.returncode, found["state"], found["reason"]) == (15, "unknown", "ended_unanswered"), (
        done.stderr
    )


def test_a_key_is_the_vendors_where_the_vendor_has_one(voicectl: Program) -> None:
    phone = volcengine()
    words = ("--to", NUMBER, "--template", "tpl-EXAMPLE", "--param", "NumberPoolNo=NP000001", "--yes")
    with serving(phone.judge) as server:
        env = program(voicectl, phone, server)
        made = [
            json.loads(
                voicectl(
                    "call", "create", *words, "--idempotency-key", "alarm-1", "--no-ledger", env=env
                ).stdout
            )
            for _ in range(2)
        ]
    assert [each["idempotency"] for each in made] == ["vendor", "vendor"]
    assert (made[0]["id"], len(phone.rang)) == (made[1]["id"], 1)
