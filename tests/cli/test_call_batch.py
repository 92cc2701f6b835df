"""`voicectl call batch` as a shell meets it, against phones that note each time that they ring."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cloud.call_faults import SPOILS, Roulette
from tests.cloud.court import pairs_of
from tests.cloud.dyvms import KEY, Dyvms, reply
from tests.cloud.line_faults import Spoiling
from tests.cloud.server import Answer, Bytes, RawRequest, Respond, serving
from tests.conftest import Program
from tests.vendors.phones import volcengine

KEYS = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY.key_id,
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY.secret,
    "VOICECTL_VENDOR": "aliyun",
}
BATCH = ("call", "batch")
SPEAK = ("--template", "TTS_1", "--yes", "--timeout", "1")
SIGNS = ("\ufeff", "姓名")


def numbers(count: int) -> list[str]:
    return [f"139{index:08d}" for index in range(count)]


class Office:
    """The program with an account at a Dyvmsapi of its own."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.dyvms = Dyvms()
        self.respond: Respond = self.dyvms
        self.requests: list[RawRequest] = []

    def answer(self, request: RawRequest) -> Answer | Bytes:
        self.requests.append(request)
        return self.respond(request)

    def write(self, name: str, rows: Sequence[Mapping[str, object]]) -> str:
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        (self.program.home / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        return name

    def __call__(self, *words: str, **more: Any) -> subprocess.CompletedProcess[str]:
        return self.program(*BATCH, *words, **more)

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.program.command(*BATCH, *words),
            env=self.program.environment(),
            cwd=self.program.home,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
        )

    @property
    def rang(self) -> Counter[str]:
        return Counter(ring.number for ring in self.dyvms.rang)


@pytest.fixture
def office(voicectl: Program) -> Iterator[Office]:
    office = Office(voicectl)
    with serving(office.answer) as server:
        environ = {**voicectl.environ, **KEYS, "VOICECTL_ENDPOINT_URL": server.url}
        office.program = replace(voicectl, environ=environ)
        yield office


def number_of(request: RawRequest) -> str:
    return dict(pairs_of(request.query)).get("CalledNumber", "")


def lines_of(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def told(done: subprocess.CompletedProcess[str]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    *rows, last = lines_of(done)
    summary: dict[str, Any] = last["summary"]
    return rows, summary


def test_each_row_is_called_with_its_own_words(office: Office) -> None:
    file = office.write(
        "rows.jsonl",
        [
            {"id": "a", "to": "13800138000", "var": {"code": "0123", "Name": "Li"}},
            {"id": "b", "to": "+86 138-0013-8001", "var.code": 7, "template": "TTS_2"},
        ],
    )
    done = office(file, *SPEAK, "--var", "code=9", "--jobs", "1")
    assert done.returncode == 0, done.stderr
    rows, summary = told(done)
    assert [(row["id"], row["line"], row["status"], row["state"]) for row in rows] == [
        ("a", 1, "ok", "queued"),
        ("b", 2, "ok", "queued"),
    ]
    assert rows[0]["call_id"].startswith("aliyun.voice.")
    assert (summary["ok"], summary["failed"], summary["states"]) == (2, 0, {"queued": 2})
    said = [dict(pairs_of(request.query)) for request in office.requests]
    assert [(each["TtsCode"], json.loads(each["TtsParam"])) for each in said] == [
        ("TTS_1", {"code": "0123", "Name": "Li"}),
        ("TTS_2", {"code": "7"}),
    ]


def test_bad_rows_are_named_before_anybody_is_called_and_the_others_are(office: Office) -> None:
    text = 'to,var.code\n13800138000,1\n1380013800,2\n110,3\n,4\n13800138001,5,6\n"13800138002",7\n'
    (office.program.home / "rows.csv").write_text(text)
    done = office("rows.csv", *SPEAK)
    rows, summary = told(done)
    assert done.returncode == 4
    assert {row["line"] for row in rows if row["status"] == "failed"} == {3, 4, 5, 6}
    assert sorted(office.rang) == ["13800138000", "13800138002"]
    assert (summary["ok"], summary["failed"]) == (2, 4)
    assert all(f"line {line}: " in done.stderr for line in (3, 4, 5, 6))
    failed = (office.program.home / "rows.failed.jsonl").read_text().splitlines()
    assert [json.loads(line).get("var.code") for line in failed] == ["2", "3", "4", "5"]


def test_without_consent_nobody_is_called(office: Office) -> None:
    file = office.write("rows.jsonl", [{"to": number} for number in [*numbers(3), "12"]])
    done = office(file, "--template", "TTS_1")
    assert (done.returncode, office.requests) == (6, [])
    assert "3 calls" in done.stderr
    assert "1 bad rows" in done.stderr


def test_a_batch_begun_before_is_refused_and_resumed_only_when_asked(office: Office) -> None:
    rows = [{"to": number, "var.n": "1"} for number in numbers(4)]
    office.write("rows.jsonl", rows[:3])
    assert office("rows.jsonl", *SPEAK).returncode == 0
    again = office("rows.jsonl", *SPEAK)
    assert (again.returncode, office.rang.total()) == (6, 3)
    assert "--resume" in again.stderr
    office.write("rows.jsonl", [rows[3], *reversed(rows[:3])])
    found, summary = told(office("rows.jsonl", *SPEAK, "--resume"))
    assert (summary["ok"], summary["skipped"]) == (1, 3)
    assert office.rang == Counter(numbers(4))
    assert all(row["call_id"].startswith("aliyun.voice.") for row in found)
    named = office("rows.jsonl", *SPEAK, "--batch", "monday")
    assert told(named)[1]["errors_by_code"] == {"guarded": 4}, "only Aliyun's own limit by the minute is left"


def test_the_same_row_twice_in_a_file_rings_once(office: Office) -> None:
    file = office.write("rows.jsonl", [{"to": "13800138000", "var.n": "1"}] * 5)
    done = office(file, *SPEAK, "--jobs", "5", "--on-limit", "refuse")
    rows, summary = told(done)
    assert (done.returncode, office.rang.total()) == (0, 1)
    assert (summary["ok"], summary["skipped"]) == (1, 4)
    assert len({row["call_id"] for row in rows}) == 1


def test_what_nobody_knows_is_listed_and_never_called_again(office: Office) -> None:
    file = office.write("rows.jsonl", [{"id": number[-2:], "to": number} for number in numbers(6)])
    lost = {"13900000002", "13900000004"}

    office.respond = Spoiling(office.dyvms, SPOILS["web page"], lambda request: number_of(request) in lost)
    for resume in ((), ("--resume",), ("--resume",)):
        done = office(file, *SPEAK, *resume)
        rows, summary = told(done)
        unknown = [row for row in rows if row["status"] == "unknown"]
        assert (done.returncode, summary["unknown"]) == (15, 2)
        assert {row["id"] for row in unknown} == {"02", "04"}
        assert all("call status --reconcile vc" in row["error"]["hint"] for row in unknown)
        assert not (office.program.home / "rows.failed.jsonl").exists()
        handle = unknown[0]["call_id"]
        office.respond = office.dyvms
    assert office.rang == Counter(numbers(6))
    assert office.program("call", "list", handle, "--forget", "--yes").returncode == 0
    assert office(file, *SPEAK, "--resume").returncode == 15
    assert office.rang.total() == 7


def test_rows_that_rang_nobody_can_be_fed_back_once(office: Office) -> None:
    file = office.write("rows.jsonl", [{"to": number, "var.n": number[-1]} for number in numbers(5)])
    office.respond = lambda request: (
        reply("isv.TEMPLATE_ILLEGAL") if number_of(request)[-1] in "13" else office.dyvms(request)
    )
    done = office(file, *SPEAK)
    _, summary = told(done)
    assert (done.returncode, summary["failed"], summary["errors_by_code"]) == (
        4,
        2,
        {"isv.TEMPLATE_ILLEGAL": 2},
    )
    office.respond = office.dyvms
    again = office("rows.failed.jsonl", *SPEAK)
    assert (again.returncode, told(again)[1]["ok"]) == (0, 2)
    assert office.rang == Counter(numbers(5))
    for words in (("rows.failed.jsonl",), ("rows.failed.jsonl", "--resume"), (file, "--resume")):
        office(*words, *SPEAK)
    assert office.rang == Counter(numbers(5))


def test_a_table_from_excel_keeps_its_chinese_variables(office: Office) -> None:
    table = "\ufeffTo;var.姓名;var.Code\r\n13800138000;李雷;0012\r\n１３８００１３８００１;韩梅梅;\r\n"
    (office.program.home / "名单.csv").write_bytes(table.encode())
    done = office("名单.csv", *SPEAK, "--jobs", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    said = [dict(pairs_of(request.query)) for request in office.requests]
    assert [(each["CalledNumber"], json.loads(each["TtsParam"])) for each in said] == [
        ("13800138000", {"姓名": "李雷", "Code": "0012"}),
        ("13800138001", {"姓名": "韩梅梅"}),
    ]


def test_rows_may_come_on_stdin_and_are_known_again(office: Office) -> None:
    rows = "to\tvar.n\n13800138000\t1\n13800138001\t2\n"
    done = office("-", *SPEAK, stdin=rows)
    assert (done.returncode, office.rang.total()) == (0, 2)
    assert office("-", *SPEAK, stdin=rows).returncode == 6
    assert office("-", *SPEAK, "--resume", stdin=rows).returncode == 0
    assert office("-", *SPEAK, stdin="").returncode == 65
    assert office("no such file", *SPEAK).returncode == 66
    assert office.rang.total() == 2


def test_a_dry_run_shows_each_request_and_notes_nothing(office: Office) -> None:
    file = office.write("rows.jsonl", [{"to": number} for number in [*numbers(2), "12"]])
    done = office(file, "--template", "TTS_1", "--dry-run")
    assert (done.returncode, len(json.loads(done.stdout)["requests"])) == (4, 2)
    assert (office.requests, "line 3: " in done.stderr) == ([], True)
    assert not (office.program.home / ".local/state/voicectl").exists()


def test_waiting_counts_how_the_calls_ended(office: Office) -> None:
    office.dyvms.course = ("200101", "200003")
    file = office.write("rows.jsonl", [{"to": number} for number in numbers(3)])
    done = office(file, *SPEAK, "--wait", "--poll", "0.1")
    rows, summary = told(done)
    assert (done.returncode, summary["failed"], summary["states"]) == (4, 3, {"no_answer": 3})
    assert all(row["vendor_state"] == "200003" and row["error"] is None for row in rows)
    assert not (office.program.home / "rows.failed.jsonl").exists(), "their phones have rung"
    again = office(file, *SPEAK, "--wait", "--poll", "0.1", "--resume")
    assert (again.returncode, told(again)[1]["states"]) == (4, {"no_answer": 3})
    assert office.rang == Counter(numbers(3))


def test_a_profile_limits_whom_and_how_many_a_batch_calls(office: Office) -> None:
    config = office.program.home / ".config/voicectl/profiles.toml"
    config.parent.mkdir(parents=True, mode=0o700)
    lines = ["[profile.x]", 'vendor = "aliyun"', '"call.allow" = "139*"', '"call.per_run" = "2"']
    config.write_text("\n".join(lines) + "\n")
    config.chmod(0o600)
    keys = {"VOICECTL_VENDOR": "", "VOICECTL_PROFILE": "x", "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY.key_id}
    file = office.write("rows.jsonl", [{"to": number} for number in [*numbers(3), "13800138000"]])
    done = office(file, *SPEAK, env=keys)
    assert (done.returncode, office.requests) == (6, []), done.stderr
    assert "not among the numbers" in done.stderr
    file = office.write("few.jsonl", [{"to": number} for number in [*numbers(2), "13800138000"]])
    _, summary = told(office(file, *SPEAK, env=keys))
    assert (summary["ok"], summary["errors_by_code"]) == (2, {"guarded": 1})


def test_a_vendor_that_is_busy_is_asked_again_and_nobody_rings_twice(office: Office) -> None:
    seen: Counter[str] = Counter()

    def busy(request: RawRequest) -> Answer | Bytes:
        seen[number_of(request)] += 1
        return reply("Throttling.User") if seen[number_of(request)] == 1 else office.dyvms(request)

    office.respond = busy
    file = office.write("rows.jsonl", [{"to": number} for number in numbers(3)])
    done = office(file, *SPEAK)
    assert (done.returncode, office.rang) == (0, Counter(numbers(3))), done.stderr


def test_two_batches_of_one_account_keep_the_rate_together(office: Office) -> None:
    at: list[float] = []
    office.respond = lambda request: (at.append(time.monotonic()), office.dyvms(request))[1]
    halves = [numbers(24)[:12], numbers(24)[12:]]
    files = [
        office.write(f"{index}.jsonl", [{"to": number} for number in half])
        for index, half in enumerate(halves)
    ]
    runs = [office.start(file, *SPEAK, "--rate-limit", "480/m", "--jobs", "3") for file in files]
    assert [run.wait(30) for run in runs] == [0, 0]
    assert office.rang == Counter(numbers(24))
    assert max(at) - min(at) > 0.95 * 23 / 8, "8 a second, all together"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_lets_calls_under_way_come_in_and_begins_no_other(
    office: Office, number: signal.Signals, code: int
) -> None:
    def slow(request: RawRequest) -> Answer | Bytes:
        answer = office.dyvms(request)
        time.sleep(0.4)
        return answer

    office.respond = slow
    file = office.write("rows.jsonl", [{"to": each} for each in numbers(40)])
    run = office.start(file, *SPEAK, "--timeout", "5", "--jobs", "2")
    while len(office.dyvms.rang) < 3:
        time.sleep(0.01)
    run.send_signal(number)
    out, err = run.communicate(timeout=20)
    rows = [json.loads(line) for line in out.splitlines()]
    assert (run.returncode, {row.get("status") for row in rows[:-1]}) == (code, {"ok"})
    assert 3 <= rows[-1]["summary"]["ok"] == office.rang.total() < 10
    assert b"--resume --batch 'rows.jsonl'" in err
    office.respond = office.dyvms
    done = office(file, *SPEAK, "--resume")
    assert (done.returncode, office.rang) == (0, Counter(numbers(40)))


def test_faults_and_kills_at_any_moment_ring_nobody_twice(office: Office) -> None:
    """300 rows: what was lost is told so by every run that knows of it, and called by none."""
    chance = random.Random(2)
    line = Roulette(office.dyvms, chance, share=0.15)
    office.respond = line
    file = office.write("rows.jsonl", [{"id": f"row {number}", "to": number} for number in numbers(300)])
    words = (file, *SPEAK, "--jobs", "8", "--resume", "--retries", "0", "--timeout", "0.5")
    kills = 0
    for _ in range(6):
        run = office.start(*words)
        before = office.rang.total()
        while run.poll() is None and office.rang.total() < before + chance.randrange(5, 60):
            time.sleep(0.005)
        kills += run.poll() is None
        run.kill()
        run.communicate()
    assert kills > 2
    done = office(*words)
    assert max(office.rang.values()) == 1
    rows, summary = told(done)
    assert (done.returncode, len(rows), len({row["id"] for row in rows})) == (15, 300, 300)
    for row in rows:
        rang = office.rang[row["to"]]
        match row["status"]:
            case "ok" | "skipped":
                assert rang == 1, row
            case "failed":
                assert rang == 0, row
            case _:
                assert (row["status"], "--reconcile vc" in row["error"]["hint"]) == ("unknown", True)
    failed = office.program.home / "rows.failed.jsonl"
    fed_back = failed.read_text().splitlines() if failed.exists() else []
    assert not {json.loads(each)["to"] for each in fed_back} & set(office.rang)
    office.respond = office.dyvms
    rows, summary = told(office(*words))
    assert (summary["failed"], max(office.rang.values())) == (0, 1)
    assert summary["unknown"] == 300 - summary["ok"] - summary["skipped"] > 0


def test_two_runs_of_one_batch_at_once_share_the_work(office: Office) -> None:
    file = office.write("rows.jsonl", [{"to": number} for number in numbers(40)])
    runs = [office.start(file, *SPEAK, "--resume", "--timeout", "10") for _ in range(2)]
    out = [run.communicate(timeout=60)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert office.rang == Counter(numbers(40))
    counts = [json.loads(each.splitlines()[-1])["summary"] for each in out]
    assert sum(count["ok"] for count in counts) == 40
    assert all(count["ok"] + count["skipped"] == 40 for count in counts)


def test_when_nobody_reads_no_more_calls_are_placed(office: Office) -> None:
    def slow(request: RawRequest) -> Answer | Bytes:
        time.sleep(0.1)
        return office.dyvms(request)

    office.respond = slow
    file = office.write("rows.jsonl", [{"to": number} for number in numbers(200)])
    run = office.start(file, *SPEAK, "--jobs", "2")
    assert run.stdout is not None
    run.stdout.readline()
    run.stdout.close()
    assert run.wait(20) == 141
    assert office.rang.total() < 20
    office.respond = office.dyvms
    _, summary = told(office(file, *SPEAK, "--resume"))
    assert (summary["unknown"], office.rang) == (0, Counter(numbers(200)))


def test_the_vendors_key_is_that_of_the_row_on_every_machine(voicectl: Program, tmp_path: Path) -> None:
    phone = volcengine()
    rows = "".join(f"{index},{number}\n" for index, number in enumerate(numbers(6)))
    lost = Spoiling(phone.judge, SPOILS["502"], lambda request: request.body.count(b"13900000003") > 0)
    words = ("--template", "tpl-EXAMPLE", "--param", "NumberPoolNo=NP000001", "--yes", "--timeout", "1")
    done = {}
    with serving(lost) as here, serving(phone.judge) as there:
        for name, server in ("one", here), ("two", there):
            machine = replace(voicectl, home=tmp_path / name)
            machine.home.mkdir()
            (machine.home / "rows.csv").write_text("id,to\n" + rows)
            env = {**phone.environ, "VOICECTL_ENDPOINT_URL": server.url, "VOICECTL_VENDOR": phone.vendor}
            done[name] = machine(*BATCH, "rows.csv", *words, env=env)
            again = machine(*BATCH, "rows.csv", *words, "--resume", env=env)
            assert again.returncode == done[name].returncode, again.stderr
    assert [each.returncode for each in done.values()] == [15, 0], done["two"].stderr
    assert len(phone.rang) == 6
    assert {row["idempotency"] for row in told(done["two"])[0]} == {"vendor"}


def test_an_encoding_is_said_or_known_by_its_mark(office: Office) -> None:
    table = "to,var.姓名\n13800138000,李雷\n"
    (office.program.home / "a.csv").write_bytes(table.encode("gb18030"))
    (office.program.home / "b.csv").write_bytes(table.replace("8000,", "8001,").encode("utf-16"))
    assert office("a.csv", *SPEAK, "--encoding", "klingon").returncode == 2
    assert office("a.csv", *SPEAK).returncode == 65, "its header is no UTF-8"
    assert office("a.csv", *SPEAK, "--encoding", "gb18030").returncode == 0
    assert office("b.csv", *SPEAK).returncode == 0
    said = [json.loads(dict(pairs_of(request.query))["TtsParam"]) for request in office.requests]
    assert said == [{"姓名": "李雷"}] * 2


def test_a_home_that_is_none_wants_to_be_told(office: Office) -> None:
    file = office.write("rows.jsonl", [{"to": number} for number in numbers(2)])
    env = {"VOICECTL_STATE_DIR": "/proc/none"}
    refused = office(file, *SPEAK, env=env)
    assert (refused.returncode, office.requests) == (78, []), refused.stderr
    assert office(file, *SPEAK, "--no-ledger", "--resume", env=env).returncode == 2
    done = office(file, *SPEAK, "--no-ledger", env=env)
    assert (done.returncode, office.rang) == (0, Counter(numbers(2))), done.stderr
