"""Speech by the thousand, by the real program: rows in, files out, each once, whatever happens in between."""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
import wave
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.cloud.server import Answer, RawRequest, Server, serving
from tests.cloud.speller import KEYS, WORDS, Speller, heard
from tests.conftest import Program
from tests.kept.test_pace_redis import redis
from voicectl.cli.help_words import RESULTS

KILLS, JOBS = 10, 4
STALL_SECONDS = 0.4
"""So long may a busy machine, or the first request, hold up a run of a few seconds."""
FRESH = {**KEYS, "VOICECTL_NO_CACHE": "1"}
WEIGHING = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, file=sys.stderr)
sys.exit(code)
"""


@dataclass
class Limited:
    """A service that takes its time, and refuses more than `rate` requests within a second.

    `window` is a little less: what a busy machine delays comes closer to what it does not. With
    `refuses_first` each text is refused once.
    """

    rate: int = 0
    seconds: float = 0.0
    window: float = 0.95
    refuses_first: bool = False
    times: list[float] = field(default_factory=list)
    seen: set[bytes] = field(default_factory=set)
    refused: int = 0
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: RawRequest) -> Answer:
        now = time.monotonic()
        with self._counting:
            is_over = (
                bool(self.rate)
                and sum(now - each < self.window for each in self.times[-self.rate :]) >= self.rate
            )
            is_over |= self.refuses_first and request.body not in self.seen
            self.seen.add(request.body)
            self.refused += is_over
            self.times.append(now)
        if is_over:
            return Answer(429, (("x-amzn-ErrorType", "ThrottlingException"),), b'{"message":"Rate exceeded"}')
        time.sleep(self.seconds)
        return Answer(200, (("Content-Type", "audio/pcm"),), bytes(range(1, 251)) * 4)


def batch(program: Program, server: Server, *more: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return program(*words_for(server, *more), **{"env": FRESH, **options})


def words_for(server: Server, *more: str) -> Sequence[str]:
    file = () if any(each.endswith(("l", "v", "-")) for each in more[:1]) else ("m.jsonl",)
    return ("tts", "batch", *file, *more, *WORDS, "--endpoint-url", server.url, "--out-dir", "out")


def manifest(program: Program, texts: dict[str, str], name: str = "m.jsonl") -> Path:
    path = program.home / name
    lines = [json.dumps({"id": key, "text": text}, ensure_ascii=False) for key, text in texts.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def numbered(count: int, name: str = "r") -> dict[str, str]:
    return {f"{name}{number}": f"Row {number}, 第{number}句话。" for number in range(count)}


def results(done: subprocess.CompletedProcess[str]) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Return the lines by id, and the summary."""
    *lines, last = [json.loads(line) for line in done.stdout.splitlines()]
    found = {line["id"]: line for line in lines}
    assert len(found) == len(lines), "a row was told twice"
    return found, last["summary"]


def said_in(program: Program) -> dict[str, str]:
    """Return what each file of the output says, by its name."""
    found = {}
    for path in (program.home / "out").rglob("*.wav"):
        with wave.open(str(path)) as file:
            found[path.stem] = heard(file.readframes(file.getnframes()))
    return found


def noted(program: Program) -> set[str]:
    """Return the rows that are noted as done."""
    lines = [each.read_text().splitlines() for each in (program.home / "out" / ".voicectl").iterdir()]
    return {json.loads(line)[0] for each in lines for line in each if line.endswith("]")}


def started(program: Program, words: Sequence[str], **more: Any) -> subprocess.Popen[str]:
    usual = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": program.environment(FRESH)}
    return subprocess.Popen(program.command(*words), cwd=program.home, text=True, **{**usual, **more})


def test_each_row_becomes_a_file_and_a_line(voicectl: Program) -> None:
    with (voicectl.home / "m.csv").open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("id", "text", "lang", "chapter"))
        rows.writerow(("甲", "你好，“世界”\n第二行", "zh-CN", "1"))
        rows.writerow(("b", 'two, "quoted"', "en-US", "2"))
    speller = Speller()
    with serving(speller.judge()) as server:
        done = batch(voicectl, server, "m.csv", "--name", "{chapter}/{id}")
    lines, summary = results(done)
    assert (done.returncode, done.stderr) == (0, ""), "silent in a pipe"
    assert said_in(voicectl) == {"甲": "你好，“世界”\n第二行", "b": 'two, "quoted"'}
    assert (voicectl.home / lines["甲"]["path"]).is_file()
    assert tuple(lines["b"]) == RESULTS["tts batch, a line a row"]
    assert tuple(summary)[1:] == RESULTS["tts batch, the last line"][1:]
    assert lines["b"]["status"] == "ok"
    assert lines["b"]["error"] is None
    billed = sum(map(len, speller.billed))
    assert (summary["ok"], summary["failed"], summary["billed_characters"]) == (2, 0, billed)
    assert summary["p50_ms"] <= summary["p95_ms"]
    assert summary["success_rate"] == 1


def test_bad_rows_are_named_the_others_go_on_and_what_failed_can_be_fed_back(voicectl: Program) -> None:
    lines = [
        '{"id": "a", "text": "one"}',
        "{bad",
        '{"id": "../up", "text": "x"}',
        '{"id": "a", "text": "twin"}',
    ]
    lines += ['{"text": "by place", "rate": "quick"}', '{"id": "z", "text": "last"}']
    (voicectl.home / "m.jsonl").write_text("\n".join(lines))
    with serving(Speller().judge()) as server:
        done = batch(voicectl, server)
        assert done.returncode == 4
        told = [json.loads(line) for line in done.stdout.splitlines()]
        messages = {
            each["error"]["message"].split(":")[0].split(",")[0] for each in told[:-1] if each["error"]
        }
        assert messages == {"line 2", "line 3", "line 4", "line 5"}
        assert told[-1]["summary"]["errors_by_code"] == {"bad_input": 4}
        assert not (voicectl.home.parent / "up.wav").exists()
        failed = voicectl.home / "out" / "failed.jsonl"
        assert sorted(failed.read_text().splitlines()[:3]) == sorted(lines[1:4])
        mended = json.loads(failed.read_text().splitlines()[3])
        assert mended["id"] == "5"
        failed.write_text(json.dumps({**mended, "rate": "1.2"}))
        again = batch(voicectl, server, "out/failed.jsonl")
        assert again.returncode == 0, again.stdout
    assert said_in(voicectl) == {"a": "one", "z": "last", "5": "by place"}


def test_resumed_only_what_is_missing_or_changed_is_asked_for(voicectl: Program) -> None:
    texts = numbered(12)
    manifest(voicectl, texts)
    speller = Speller()
    with serving(speller.judge()) as server:
        batch(voicectl, server)
        (voicectl.home / "out" / "r3.wav").unlink()
        manifest(voicectl, {**texts, "r5": "changed", "new": "one more"})
        speller.billed.clear()
        done = batch(voicectl, server, "--resume")
    assert set(speller.billed) == {texts["r3"], "changed", "one more"}
    lines, summary = results(done)
    assert Counter(line["status"] for line in lines.values()) == {"ok": 3, "skipped": 10}
    assert (summary["ok"], summary["skipped"]) == (3, 10)
    assert said_in(voicectl) == {**texts, "r5": "changed", "new": "one more"}


@pytest.mark.skipif(os.name == "nt", reason="nothing is killed like that on Windows")
def test_killed_again_and_again_each_row_comes_once_and_is_paid_for_once_but_for_those_under_way(
    voicectl: Program,
) -> None:
    texts = numbered(150)
    manifest(voicectl, texts)
    speller, chance = Speller(seconds=0.03), random.Random(11)
    again: Counter[str] = Counter()
    with serving(speller.judge()) as server:
        for number in range(KILLS):
            goal = len(speller.times) + chance.randint(1, 9)
            running = started(voicectl, words_for(server, "--resume", "--jobs", str(JOBS)))
            while len(speller.times) < goal and running.poll() is None:
                time.sleep(0.002)
            time.sleep(chance.random() * 0.05)
            running.send_signal(signal.SIGKILL)
            running.communicate()
            assert running.returncode == -signal.SIGKILL, f"it was done before kill {number}"
            under_way = {texts[name] for name in texts.keys() - noted(voicectl)} & speller.billed.keys()
            assert len(under_way - again.keys()) <= JOBS
            again.update(under_way)
            whole = {name: text for name, text in texts.items() if name in said_in(voicectl)}
            assert said_in(voicectl) == whole, "a file is whole or not there"
        done = batch(voicectl, server, "--resume", "--jobs", "4")
    lines, _ = results(done)
    assert done.returncode == 0
    assert lines.keys() == texts.keys()
    assert said_in(voicectl) == texts
    for text in texts.values():
        assert 1 <= speller.billed[text] <= 1 + again[text]
    assert not list((voicectl.home / "out").glob(".*.part"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_told_to_stop_it_ends_what_is_under_way_sums_up_and_can_go_on(voicectl: Program, number: int) -> None:
    texts = numbered(100)
    manifest(voicectl, texts)
    speller = Speller(seconds=0.05)
    with serving(speller.judge()) as server:
        running = started(voicectl, words_for(server, "--jobs", "3"))
        while len(speller.times) < 6:
            time.sleep(0.01)
        running.send_signal(number)
        out, err = running.communicate(timeout=20)
        done = subprocess.CompletedProcess([], running.returncode, out, err)
        assert done.returncode == 128 + number
        assert "stopping" in err
        lines, summary = results(done)
        assert summary["ok"] == len(lines) == speller.billed.total(), "what was paid for is kept"
        rest = batch(voicectl, server, "--resume")
        assert rest.returncode == 0
    assert set(speller.billed.values()) == {1}
    assert said_in(voicectl) == texts


def test_the_limit_is_kept_used_up_and_costs_little_memory(voicectl: Program) -> None:
    count, rate, delay = 200, 80, 0.1
    manifest(voicectl, numbered(count))
    service = Limited(rate=rate, seconds=delay)
    with serving(service) as server:
        words = words_for(server, "--rate-limit", f"{rate}/s", "--jobs", "20")
        weighed = [sys.executable, "-c", WEIGHING, *voicectl.command(*words)]
        environ = voicectl.environment(FRESH)
        done = subprocess.run(
            weighed, env=environ, cwd=voicectl.home, capture_output=True, text=True, check=False
        )
        assert server.connections <= 20
    assert done.returncode == 0, done.stderr
    assert service.refused == 0
    assert len(service.times) == count
    ideal = (count - 1) / rate
    # The first row goes alone, for what it loads would make others late; and a stall is not made up at once.
    took = service.times[-1] - service.times[0] - STALL_SECONDS
    assert took <= ideal * 1.05
    assert took + STALL_SECONDS >= ideal * 0.99
    assert float(done.stderr.split()[-1]) < 80, "megabytes"
    _, summary = results(done)
    assert 100 <= summary["p50_ms"] < 200, "waiting for our own limit is no time of the vendor's"


def test_two_processes_of_one_account_keep_the_limit_together(voicectl: Program) -> None:
    rate = 60
    for name in ("one", "two"):
        manifest(voicectl, numbered(60, name), f"{name}.jsonl")
    service = Limited(rate=rate, seconds=0.02)
    with serving(service) as server:
        more = ("--rate-limit", f"{rate * 60}/m", "--jobs", "8")
        running = [started(voicectl, words_for(server, f"{name}.jsonl", *more)) for name in ("one", "two")]
        told = [each.communicate(timeout=60) for each in running]
    assert [each.returncode for each in running] == [0, 0], told
    assert (len(service.times), service.refused) == (120, 0)
    assert service.times[-1] - service.times[0] <= 119 / rate * 1.1


@pytest.mark.skipif(not shutil.which("redis-server"), reason="redis-server is not installed")
def test_three_machines_that_share_a_redis_keep_the_limit_together(voicectl: Program) -> None:
    rate, names = 60, ("one", "two", "three")
    service = Limited(rate=rate, seconds=0.02)
    running = []
    with serving(service) as server, redis(voicectl.home) as (url, _):
        for name in names:
            home = voicectl.home / name
            home.mkdir()
            machine = Program(home)
            manifest(machine, numbered(40, name))
            more = ("--rate-limit", str(rate), "--rate-limit-store", url, "--jobs", "6")
            running.append(started(machine, words_for(server, *more)))
        told = [each.communicate(timeout=60) for each in running]
    assert [each.returncode for each in running] == [0, 0, 0], told
    assert (len(service.times), service.refused) == (120, 0)
    assert service.times[-1] - service.times[0] <= 119 / rate * 1.15


def test_what_is_sent_again_waits_for_its_turn(voicectl: Program) -> None:
    manifest(voicectl, numbered(30))
    service = Limited(refuses_first=True)
    with serving(service) as server:
        done = batch(voicectl, server, "--rate-limit", "20", "--jobs", "8")
    assert done.returncode == 0, done.stdout
    assert (len(service.times), service.refused) == (60, 30)
    gaps = [last - first for first, last in pairwise(service.times)]
    # A busy machine makes one or the other late; out of turn, most would come too near to another.
    assert sum(gap < 0.02 for gap in gaps) <= 4, "a request every 50 ms"


def test_connections_are_used_again(voicectl: Program) -> None:
    manifest(voicectl, numbered(40))
    with serving(Limited(seconds=0.03)) as server:
        assert batch(voicectl, server, "--jobs", "3").returncode == 0
        assert server.connections <= 3


def test_parts_on_their_own_make_the_whole(voicectl: Program) -> None:
    texts = numbered(30)
    manifest(voicectl, texts)
    speller = Speller()
    with serving(speller.judge()) as server:
        found = [results(batch(voicectl, server, "--shard", f"{number}/3"))[0] for number in (1, 2, 3)]
    assert sorted(name for lines in found for name in lines) == sorted(texts)
    assert set(speller.billed.values()) == {1}
    assert said_in(voicectl) == texts


def test_a_wrong_key_ends_the_batch_and_says_so(voicectl: Program) -> None:
    manifest(voicectl, numbered(200))
    with serving(Speller().judge()) as server:
        done = batch(voicectl, server, env={**FRESH, "AWS_SECRET_ACCESS_KEY": "wrongEXAMPLE"})
        assert len(server.requests) < 40
    assert done.returncode == 77
    assert results(done)[1]["ok"] == 0


def test_markup_is_markup_only_where_the_row_says_so(voicectl: Program) -> None:
    lines = [
        '{"id": "a", "text": "<speak>hi</speak>"}',
        '{"id": "b", "text": "<speak>hi</speak>", "ssml": true}',
    ]
    (voicectl.home / "m.jsonl").write_text("\n".join(lines))
    with serving(Speller().judge()) as server:
        assert batch(voicectl, server).returncode == 0
    assert said_in(voicectl) == {"a": "<speak>hi</speak>", "b": "hi"}
    assert voicectl("tts", "batch", "m.jsonl", "--out-dir", "out", "--ssml").returncode == 2


def test_a_dry_run_shows_the_requests_and_sends_none(voicectl: Program) -> None:
    manifest(voicectl, numbered(3))
    with serving(Speller().judge()) as server:
        done = batch(voicectl, server, "-n", "--rate-limit", "5")
        assert server.requests == []
    assert done.returncode == 0
    bodies = [each["body"] for each in json.loads(done.stdout)["requests"]]
    assert ["第0句话" in str(bodies[0]), len(bodies)] == [True, 3]
    assert not (voicectl.home / "out").exists()


def test_files_that_are_there_are_left_alone_where_that_is_asked_for(voicectl: Program) -> None:
    manifest(voicectl, numbered(2))
    (voicectl.home / "out").mkdir()
    (voicectl.home / "out" / "r1.wav").write_bytes(b"mine")
    with serving(Speller().judge()) as server:
        skipped = results(batch(voicectl, server, "--if-exists", "skip"))[0]
        refused = batch(voicectl, server, "--if-exists", "error")
    assert {name: line["status"] for name, line in skipped.items()} == {"r0": "ok", "r1": "skipped"}
    assert refused.returncode == 4
    assert (voicectl.home / "out" / "r1.wav").read_bytes() == b"mine"


def test_rows_come_from_a_pipe_one_by_one(voicectl: Program) -> None:
    with serving(Speller().judge()) as server:
        running = started(voicectl, words_for(server, "-"), stdin=subprocess.PIPE)
        assert running.stdin
        assert running.stdout
        running.stdin.write('{"id": "a", "text": "first"}\n')
        running.stdin.flush()
        assert json.loads(running.stdout.readline())["id"] == "a", "before the pipe is closed"
        running.stdin.write('{"id": "b", "text": "second"}\n')
        running.communicate(timeout=30)
    assert running.returncode == 0
    assert said_in(voicectl) == {"a": "first", "b": "second"}


def test_figures_that_cannot_be_kept_are_known_before_anything_is_sent(voicectl: Program) -> None:
    manifest(voicectl, numbered(3))
    with serving(Speller().judge()) as server:
        done = batch(voicectl, server, "--metrics-file", "no/such/m.prom")
        assert (done.returncode, server.requests) == (73, []), done.stderr


def test_metrics_are_written_whole(voicectl: Program) -> None:
    manifest(voicectl, {**numbered(3), "bad": " "})
    with serving(Speller().judge()) as server:
        assert batch(voicectl, server, "--metrics-file", "m.prom").returncode == 4
    text = (voicectl.home / "m.prom").read_text()
    assert 'voicectl_items_total{command="tts batch",vendor="aws",status="ok"} 3\n' in text
    assert 'voicectl_errors_total{command="tts batch",vendor="aws",code="bad_input"} 1\n' in text


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--rate-limit", "fast"), 2, "--rate-limit 50/s"),
        (("--rate-limit", "0"), 2, "--rate-limit 50/s"),
        (("--shard", "4/3"), 2, "--shard 1/16"),
        (("--name", "../{id}"), 2, "leads out"),
        (("--name", "{no-such}"), 2, "no field"),
        (("--rate-limit-store", "redis://h"), 2, "--rate-limit 50/s"),
        (
            ("--rate-limit", "5", "--rate-limit-store", "redis://:secretEXAMPLE@127.0.0.1:1"),
            69,
            "127.0.0.1:1",
        ),
        (("--format", "mp5"), 2, "mp5"),
        (("--rate", "quick"), 2, "--rate"),
    ],
)
def test_what_makes_no_sense_is_told_before_anything_is_sent(
    voicectl: Program, words: tuple[str, ...], code: int, says: str
) -> None:
    manifest(voicectl, numbered(3))
    with serving(Speller().judge()) as server:
        done = batch(voicectl, server, *words)
        assert server.requests == []
    assert done.returncode == code
    assert says in done.stderr
    assert "secretEXAMPLE" not in done.stderr + done.stdout


def test_without_the_extra_the_line_that_installs_it_is_shown(voicectl: Program) -> None:
    manifest(voicectl, numbered(3))
    (voicectl.home / "limits.py").write_text("raise ImportError")
    with serving(Speller().judge()) as server:
        more = ("--rate-limit", "5", "--rate-limit-store", "redis://127.0.0.1")
        done = batch(voicectl, server, *more, env={**FRESH, "PYTHONPATH": str(voicectl.home)})
    assert done.returncode == 69
    assert "pip install 'voicectl[redis]'" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals on Windows")
def test_a_person_sees_how_far_it_has_come(voicectl: Program) -> None:
    import pty

    manifest(voicectl, numbered(60))
    ours, theirs = pty.openpty()
    with serving(Limited(seconds=0.05)) as server:
        words = words_for(server, "--jobs", "2")
        environ = voicectl.environment({**FRESH, "TERM": "xterm", "COLUMNS": "80"})
        running = started(voicectl, words, stderr=theirs, stdout=subprocess.DEVNULL, env=environ)
        os.close(theirs)
        shown = b""
        while running.poll() is None or not shown:
            try:
                shown += os.read(ours, 4096)
            except OSError:
                break
        running.wait()
    os.close(ours)
    assert b" of 60 (" in shown
    assert b"/s, " in shown
    assert b" left" in shown
