"""`voicectl call` as a shell meets it, against phones that note each time that they ring."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.cloud.call_faults import SPOILS
from tests.cloud.dyvms import KEY, Dyvms
from tests.cloud.line_faults import Spoiling
from tests.cloud.server import Server, serving
from tests.conftest import Program
from tests.transport.faults import refused_port

NUMBER = "13800138000"
KEYS = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY.key_id,
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY.secret,
    "VOICECTL_VENDOR": "aliyun",
}
FIELDS = (
    "id vendor vendor_id state vendor_state vendor_code reason to idempotency created_at answered_at "
    "ended_at duration_seconds dtmf recording_url request_id"
)
SPEAK = ("--template", "TTS_1", "--var", "code=0123")
CREATE = ("call", "create", *SPEAK, "--to")


@dataclass
class Caller:
    """The program with an account at a Dyvmsapi of its own."""

    program: Program
    dyvms: Dyvms
    server: Server

    def __call__(self, *words: str, **more: Any) -> subprocess.CompletedProcess[str]:
        return self.program(*words, **more)

    def call(self, number: str = NUMBER, *words: str, **more: Any) -> subprocess.CompletedProcess[str]:
        return self(*CREATE, number, "--yes", *words, **more)

    @property
    def rang(self) -> list[str]:
        return [ring.number for ring in self.dyvms.rang]

    @property
    def state(self) -> Path:
        return self.program.home / ".local/state/voicectl"


@pytest.fixture
def caller(voicectl: Program) -> Iterator[Caller]:
    dyvms = Dyvms()
    with serving(dyvms) as server:
        environ = {**voicectl.environ, **KEYS, "VOICECTL_ENDPOINT_URL": server.url}
        yield Caller(replace(voicectl, environ=environ), dyvms, server)


def shown(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def failure(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    error: dict[str, Any] = json.loads(done.stderr.splitlines()[-1])["error"]
    assert error["exit_code"] == done.returncode
    return error


def test_a_call_is_placed_and_found_again_on_another_machine(caller: Caller, tmp_path: Path) -> None:
    call = shown(caller.call("+86 138-0013-8000"))
    assert list(call) == FIELDS.split()
    assert (call["state"], call["to"], call["idempotency"]) == ("queued", NUMBER, "none")
    assert caller.rang == [NUMBER]
    elsewhere = replace(caller.program, home=tmp_path)
    found = shown(elsewhere("call", "status", call["id"], env={"VOICECTL_VENDOR": "twilio"}))
    assert list(found) == FIELDS.split()
    assert (found["state"], found["duration_seconds"], found["id"]) == ("completed", 12.0, call["id"])
    raw = ("call", "status", call["vendor_id"], "--product", "voice")
    assert shown(elsewhere(*raw))["id"] == call["id"]
    assert elsewhere(*raw, "--date", "2026-01-02").returncode == 5
    assert elsewhere(*raw, "--date", "tomorrow").returncode == 2


@pytest.mark.parametrize(
    ("state", "code"),
    [("200000", 0), ("200003", 10), ("200002", 11), ("200111", 12), ("200004", 13), ("487", 14)],
)
def test_waiting_ends_with_the_code_of_the_end(caller: Caller, state: str, code: int) -> None:
    caller.dyvms.course = (None, "200101", "200201", state)
    done = caller.call(NUMBER, "--wait", "--poll", "0.1")
    assert (done.returncode, json.loads(done.stdout)["vendor_state"]) == (code, state), done.stderr
    assert (done.stderr, len(caller.rang)) == ("", 1)


def test_a_wait_that_gets_too_long_ends_with_124(caller: Caller) -> None:
    caller.dyvms.course = ("200201",)
    done = caller.call(NUMBER, "--wait", "--poll", "0.1", "--wait-timeout", "1s")
    assert (done.returncode, json.loads(done.stdout)["state"]) == (124, "ringing")
    assert "voicectl call status aliyun.voice." in done.stderr


def test_too_short_a_call_counts_as_no_answer_where_that_is_asked(caller: Caller) -> None:
    caller.dyvms.course = ("200001",)
    caller.dyvms.detail = {"duration": 1}
    done = caller.call(NUMBER, "--wait", "--poll", "0.1", "--min-seconds", "5")
    call = json.loads(done.stdout)
    assert (done.returncode, call["state"], call["reason"]) == (10, "completed", "hung_up_early")
    assert caller("call", "status", call["id"], "--wait").returncode == 0


def test_without_consent_nobody_is_called(caller: Caller) -> None:
    done = caller(*CREATE, NUMBER)
    assert (done.returncode, caller.rang, caller.server.requests) == (6, [], [])
    assert "--yes" in done.stderr
    assert NUMBER not in done.stderr


def test_a_dry_run_shows_the_request_and_leaves_nothing(caller: Caller) -> None:
    done = caller("--dry-run", *CREATE, NUMBER, "--idempotency-key", "k")
    [request] = shown(done)["requests"]
    assert (request["method"], request["headers"]["x-acs-action"]) == ("POST", "SingleCallByTts")
    assert (caller.server.connections, caller.state.exists()) == (0, False)
    assert KEY.secret not in done.stdout


def test_text_names_what_this_vendor_takes_in_its_place(caller: Caller) -> None:
    done = caller("call", "create", "--to", NUMBER, "--text", "hello", "--yes")
    assert (done.returncode, "--template" in done.stderr) == (2, True)


def test_a_wrong_number_is_bad_data_and_stays_hidden(caller: Caller) -> None:
    done = caller.call("1380013800", "-O", "json")
    error = failure(done)
    assert (error["exit_code"], error["kind"]) == (65, "bad_input")
    assert "1380013800" not in error["message"]


def test_codes_come_from_a_file_or_stdin_and_keep_their_zeros(caller: Caller) -> None:
    words = ("call", "create", "--template", "TTS_1", "--to", NUMBER, "--yes", "--var-file", "-")
    shown(caller(*words, stdin="code=0123\r\n# a remark\n\nname=李 = x\n"))
    [ring] = caller.dyvms.rang
    assert json.loads(ring.parameters["TtsParam"]) == {"code": "0123", "name": "李 = x"}
    done = caller(*words, stdin="0123\n")
    assert (done.returncode, "0123'" in done.stderr) == (2, False)


def test_the_same_key_rings_once_and_shows_that_call(caller: Caller) -> None:
    first = shown(caller.call(NUMBER, "--idempotency-key", "alarm"))
    done = caller.call(NUMBER, "--idempotency-key", "alarm")
    again = shown(done)
    assert (again["id"], again["to"], again["idempotency"]) == (first["id"], NUMBER, "local")
    assert "nothing was sent" in done.stderr
    assert caller.rang == [NUMBER]


def test_of_two_runs_at_once_with_one_key_one_rings(caller: Caller) -> None:
    command = caller.program.command(*CREATE, NUMBER, "--yes", "--idempotency-key", "alarm")
    environ = caller.program.environment()
    runs = [
        subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(6)
    ]
    ids = {json.loads(run.communicate()[0])["id"] for run in runs}
    assert ([run.returncode for run in runs], len(ids), caller.rang) == ([0] * 6, 1, [NUMBER])


@pytest.mark.parametrize("spoil", ["closed", "502", "web page", "cut", "302", "isp.SYSTEM_ERROR"])
def test_an_answer_that_is_lost_is_15_now_and_15_again(caller: Caller, spoil: str) -> None:
    line = Spoiling(caller.dyvms, SPOILS[spoil], lambda request: True)
    with serving(line) as server:
        words = (NUMBER, "--idempotency-key", "alarm", "--timeout", "1", "-O", "json")
        env = {"VOICECTL_ENDPOINT_URL": server.url}
        done = caller.call(*words, env=env)
        error = failure(done)
        assert (error["exit_code"], error["kind"], done.stdout) == (15, "outcome_unknown", "")
        time.sleep(1)
        again = failure(caller.call(*words, env=env))
        assert again["exit_code"] == 15
        assert again["hint"].startswith("voicectl call status --reconcile vc")
        assert (len(caller.rang), len(server.requests)) == (1, 1)
        handle = again["hint"].split()[-1]
    done = caller("call", "status", "--reconcile", handle)
    assert (done.returncode, "call listen" in done.stderr) == (15, True)
    assert shown(caller("call", "status", handle))["state"] == "unknown"
    [row] = shown(caller("call", "list"))
    assert (row["state"], row["to"]) == ("unknown", "***8000")
    assert caller("call", "list", handle, "--forget").returncode == 6
    assert caller("call", "list", handle, "--forget", "--yes", "--dry-run").returncode == 0
    assert len(shown(caller("call", "list"))) == 1
    assert caller("call", "list", handle, "--forget", "--yes").returncode == 0
    assert caller.call(NUMBER, "--idempotency-key", "alarm").returncode == 0


def test_a_refused_connection_may_be_tried_again(caller: Caller) -> None:
    env = {"VOICECTL_ENDPOINT_URL": f"http://127.0.0.1:{refused_port()}"}
    words = (NUMBER, "--idempotency-key", "alarm", "--retries", "1")
    assert caller.call(*words, env=env).returncode == 69
    assert caller.call(*words).returncode == 0
    assert caller.rang == [NUMBER]


def test_the_vendors_own_caps_are_kept_here(caller: Caller) -> None:
    shown(caller.call())
    error = failure(caller.call(NUMBER, "-O", "json"))
    assert (error["exit_code"], error["kind"], caller.rang) == (6, "guarded", [NUMBER])
    assert "the next call is allowed at 20" in error["message"]


def test_a_profile_tells_whom_and_how_often(caller: Caller) -> None:
    made = caller("profile", "add", "work", "--vendor", "aliyun", "--store", "file", "--yes",
                  "--set", f"access_key_id={KEY.key_id}", "--set", "call.allow=139*,+86138*",
                  "--set", "call.per_number_minute=2", "--set", "call.per_run=2", "--secret-stdin",
                  stdin=KEY.secret)  # fmt: skip
    assert made.returncode == 0, made.stderr
    own = {"VOICECTL_PROFILE": "work"}
    assert [caller.call(env=own).returncode for _ in range(3)] == [0, 0, 6]
    assert caller.call("13700137000", env=own).returncode == 6
    many = [word for each in "012" for word in ("--to", f"1390013900{each}")]
    done = caller("call", "create", *SPEAK, "--yes", *many, env=own)
    assert (done.returncode, "one run" in done.stderr) == (6, True)
    bad = caller("profile", "set", "work", "--set", "call.per_run=many")
    assert bad.returncode == 2
    assert caller.rang == [NUMBER, NUMBER]


def test_it_calls_one_after_the_other_until_one_answers(caller: Caller) -> None:
    class Later(Dyvms):
        def _record(self, ring: Any, state: str) -> dict[str, object]:
            return Dyvms._record(self, ring, "200000" if len(self.rang) == 2 else "200003")

    dyvms = Later()
    numbers = [word for each in "012" for word in ("--to", f"1390013900{each}")]
    with serving(dyvms) as server:
        words = ("call", "create", *SPEAK, *numbers, "--until-answered", "--poll", "0.1", "--yes")
        done = caller(*words, env={"VOICECTL_ENDPOINT_URL": server.url})
    assert [call["state"] for call in shown(done)] == ["no_answer", "completed"]
    assert [ring.number for ring in dyvms.rang] == ["13900139000", "13900139001"]


def test_calling_until_one_answers_stops_where_one_may_be_ringing(caller: Caller) -> None:
    line = Spoiling(caller.dyvms, SPOILS["502"], lambda request: True)
    numbers = [word for each in "012" for word in ("--to", f"1390013900{each}")]
    with serving(line) as server:
        words = ("call", "create", *SPEAK, *numbers, "--until-answered", "--poll", "0.1", "--yes")
        done = caller(*words, env={"VOICECTL_ENDPOINT_URL": server.url})
    assert (done.returncode, caller.rang) == (15, ["13900139000"])


def test_of_several_states_some_fail(caller: Caller) -> None:
    call = shown(caller.call())
    done = caller("call", "status", call["id"], "aliyun.voice.20260101.none", "nonsense")
    found = json.loads(done.stdout)
    assert (done.returncode, found[0]["state"]) == (4, "completed")
    assert [row["error"]["exit_code"] for row in found[1:]] == [5, 65]


def test_one_that_nobody_knows_is_not_found(caller: Caller) -> None:
    assert caller("call", "status", "aliyun.voice.20260101.none").returncode == 5
    assert caller("call", "status", "aliyun.voice.20260101.none", "--vendor", "twilio").returncode == 2
    assert caller("call", "list", "vcnone").returncode == 5


def test_a_call_is_taken_back(caller: Caller) -> None:
    call = shown(caller.call())
    caller.dyvms.course = ("487",)
    assert shown(caller("call", "cancel", call["id"]))["state"] == "canceled"
    assert caller.dyvms.canceled == [call["vendor_id"]]


def test_a_home_that_is_none_wants_to_be_told(caller: Caller) -> None:
    lost = {"HOME": "", "XDG_STATE_HOME": ""}
    done = caller.call(env=lost)
    assert (done.returncode, "--no-ledger" in done.stderr, caller.rang) == (78, True, [])
    assert caller.call(NUMBER, "--no-ledger", env=lost).returncode == 0
    assert caller.call(NUMBER, "--no-ledger", "--idempotency-key", "k", env=lost).returncode == 2
    assert caller.rang == [NUMBER]


def test_neither_logs_nor_debug_lines_show_a_number_or_a_code(caller: Caller) -> None:
    words = ("--log-file", "log", "--debug-file", "debug", "--verbose")
    caller.call("13900139000", *words)
    caller.dyvms.refuses = "isv.MOBILE_NUMBER_ILLEGAL"
    refused = caller.call("13900139001", *words)
    caller.dyvms.refuses = ""
    lost = Spoiling(caller.dyvms, SPOILS["half the JSON"], lambda request: True)
    with serving(lost) as server:
        doubt = caller.call("13900139002", *words, env={"VOICECTL_ENDPOINT_URL": server.url})
    bad = caller.call("139001390031", *words)
    assert [done.returncode for done in (refused, doubt, bad)] == [76, 15, 65]
    written = [(caller.program.home / name).read_text() for name in ("log", "debug")]
    kept = [path.read_bytes().decode("latin-1") for path in caller.state.rglob("*") if path.is_file()]
    for text in (*written, *kept, refused.stderr, doubt.stderr, bad.stderr):
        assert "3900139" not in text
        assert "0123" not in text.replace("0123456789", "")
    lines = [json.loads(line) for line in written[0].splitlines()]
    assert [line["action"] for line in lines] == ["SingleCallByTts"] * 3


def test_ctrl_c_leaves_the_call_alone_and_tells_how_to_follow_it(caller: Caller) -> None:
    caller.dyvms.course = ("200201",)
    run = subprocess.Popen(
        caller.program.command(*CREATE, NUMBER, "--yes", "--wait", "--poll", "0.1"),
        env=caller.program.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    while len(caller.dyvms.asked) < 3:
        time.sleep(0.02)
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=20)
    assert (run.returncode, caller.dyvms.canceled) == (130, [])
    words = said.decode().split("voicectl ", 1)[1].split()
    caller.dyvms.course = ("200000",)
    assert caller(*words).returncode == 0


def test_a_kill_while_the_phone_rings_is_15_afterwards(caller: Caller) -> None:
    line = Spoiling(caller.dyvms, SPOILS["hang"], lambda request: True)
    with serving(line) as server:
        env = {"VOICECTL_ENDPOINT_URL": server.url}
        run = subprocess.Popen(
            caller.program.command(*CREATE, NUMBER, "--yes", "--idempotency-key", "alarm"),
            env=caller.program.environment(env), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        while not caller.rang:
            time.sleep(0.01)
        run.kill()
        run.communicate()
        done = caller.call(NUMBER, "--idempotency-key", "alarm", "--timeout", "1", env=env)
    assert (run.returncode, done.returncode, caller.rang) == (-signal.SIGKILL, 15, [NUMBER])


def seen_on_a_terminal(
    program: Program, *words: str, typed: bytes = b"", term: str = "xterm-256color"
) -> tuple[int, str]:
    """Run the program on a terminal; return its exit code and all that the terminal shows."""
    child, terminal = pty.fork()
    if child == 0:
        environ = {**program.environment(), "TERM": term, "COLUMNS": "100"}
        os.execve(program.command()[0], program.command(*words), environ)
    seen = b""
    if typed:
        while b"[y/N]" not in seen:
            seen += os.read(terminal, 1024)
        os.write(terminal, typed)
    try:
        while more := os.read(terminal, 4096):
            seen += more
    except OSError:
        pass
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), seen.decode()


def test_a_person_is_asked_and_sees_how_it_goes(caller: Caller) -> None:
    caller.dyvms.course = (None, "200201", "200201", "200102", "200000")
    code, seen = seen_on_a_terminal(caller.program, *CREATE, NUMBER, "--wait", "--poll", "0.2", typed=b"y\n")
    assert (code, len(caller.rang)) == (0, 1), seen
    order = [seen.index(word) for word in ("***8000", "ringing, ", "answered, ", "completed")]
    assert order == sorted(order)
    code, seen = seen_on_a_terminal(caller.program, *CREATE, "13800138001", typed=b"n\n")
    assert (code, len(caller.rang)) == (6, 1)


def test_a_terminal_that_cannot_go_back_gets_a_line_a_change(caller: Caller) -> None:
    caller.dyvms.course = ("200201",) * 8 + ("200000",)
    words = (*CREATE, NUMBER, "-y", "--wait", "--poll", "0.3")
    code, seen = seen_on_a_terminal(caller.program, *words, term="dumb")
    assert (code, seen.count("ringing"), "\x1b" in seen) == (0, 1, False), seen


def test_what_is_seen_of_calls_loads_no_number_library(caller: Caller) -> None:
    script = (
        "import sys\nfrom voicectl.cli.app import run\ncode = run(['call', 'list'])\n"
        "print({'phonenumbers', 'httpx', 'rich'} & sys.modules.keys(), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [caller.program.command()[0], "-c", script],
        env=caller.program.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("[]\n", "set()\n")
