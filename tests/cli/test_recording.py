"""`voicectl recording` as a shell sees it: files, results and exit codes, also after a kill -9."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest

from tests.audio.tones import chunk, fmt, riff, tone
from tests.cloud.aliyun import AliyunJudge
from tests.cloud.server import serving
from tests.cloud.store import STEP, Store, cut_after, says, with_crc64
from tests.conftest import Program
from tests.vendors.recordings import ACCOUNT, Cloud, variables
from tests.vendors.test_recordings import ALIYUN, NOT_YET, Told

SOUND = Random(5).randbytes(400_000)
WAV = riff(fmt(), chunk(b"data", tone(0.5)))
KILLS = 6


def download(voicectl: Program, *words: str, **more: object) -> subprocess.CompletedProcess[str]:
    return voicectl("recording", "download", *words, **more)  # type: ignore[arg-type]


def test_the_result_is_the_contracts_object(voicectl: Program) -> None:
    with serving(Store(SOUND, headers=with_crc64(SOUND))) as server:
        done = download(voicectl, "--url", f"{server.url}/a.wav", "-o", "one.wav")
    assert json.loads(done.stdout) == {
        "id": "a",
        "call_id": None,
        "path": "one.wav",
        "bytes": len(SOUND),
        "sha256": sha256(SOUND).hexdigest(),
        "resumed_from": 0,
        "duration_seconds": None,
        "checked_by": "crc64",
    }
    assert (voicectl.home / "one.wav").read_bytes() == SOUND
    assert (done.returncode, done.stderr) == (0, "")


def test_stdout_gets_the_whole_or_nothing(voicectl: Program) -> None:
    store = Store(SOUND)
    with serving(store) as server:
        words = voicectl.command("recording", "download", "--url", f"{server.url}/a.wav", "-o", "-")
        good = subprocess.run(words, env=voicectl.environment(), capture_output=True, check=False)
        store.always = cut_after(1000)
        bad = subprocess.run(words, env=voicectl.environment(), capture_output=True, check=False)
    assert good.stdout == SOUND
    assert json.loads(good.stderr)["path"] is None
    assert (bad.returncode, bad.stdout) == (74, b"")


def test_a_dry_run_shows_no_part_of_the_query_and_sends_nothing(voicectl: Program) -> None:
    with serving(Store(SOUND)) as server:
        done = download(voicectl, "-n", "--url", f"{server.url}/a.wav?Signature=EXAMPLE&t=1", "-o", "x.wav")
        assert server.connections == 0
    (request,) = json.loads(done.stdout)["requests"]
    assert request["url"] == f"{server.url}/a.wav?Signature=***&t=***"
    assert list(voicectl.home.glob("*.wav")) == []


GUARDED = {
    "http": ["http://example.com/a.wav"],
    "private": ["https://10.1.2.3/a.wav"],
    "metadata": ["http://169.254.169.254/latest"],
    "metadata by https": ["https://169.254.169.254/latest"],
}


@pytest.mark.parametrize("name", GUARDED)
def test_a_url_that_leads_inside_is_refused(voicectl: Program, name: str) -> None:
    done = download(voicectl, "--url", *GUARDED[name], "-o", "a.wav")
    assert done.returncode == 6, done.stderr


def test_the_query_is_in_no_line_of_any_output(voicectl: Program) -> None:
    with serving(Store(SOUND, always=says(403))) as server:
        words = ("--url", f"{server.url}/a.wav?Signature=EXAMPLEKEY", "-o", "a.wav")
        done = download(voicectl, "--debug", "--verbose", "--log-file", "log", *words)
    told = done.stdout + done.stderr
    told += (voicectl.home / "log").read_text() if (voicectl.home / "log").exists() else ""
    assert done.returncode == 77
    assert "EXAMPLEKEY" not in told


@pytest.mark.parametrize("how", ["error", "skip"])
def test_a_file_that_is_there_is_left_alone_if_told(voicectl: Program, how: str) -> None:
    (voicectl.home / "a.wav").write_bytes(b"old")
    with serving(Store(SOUND)) as server:
        done = download(voicectl, "--url", f"{server.url}/a.wav", "-o", "a.wav", "--if-exists", how)
        assert server.requests == []
    assert done.returncode == (73 if how == "error" else 0)
    assert (voicectl.home / "a.wav").read_bytes() == b"old"


def test_several_come_into_a_folder_and_one_failure_is_exit_4(voicectl: Program) -> None:
    store = Store(SOUND)
    with serving(store) as server:
        store.faults = [None, says(404)]
        urls = [f"--url={server.url}/{name}.wav" for name in ("a", "../b")]
        done = download(voicectl, *urls, "--out-dir", "new/folder")
    rows = json.loads(done.stdout)
    assert done.returncode == 4
    assert rows[0]["path"] == "new/folder/a.wav"
    assert rows[1]["error"]["exit_code"] == 5


USAGE = {
    "nothing": [],
    "no URL": ["--url", "example.com/a.wav"],
    "no port": ["--url", "https://h:port/a.wav"],
    "half an address": ["--url", "https://[::1"],
    "two ways": ["--url", "https://example.com/a", "--receipt", "x"],
    "half an object": ["--bucket", "b"],
    "a format for a file": ["--url", "https://example.com/a", "-o", "json"],
    "two places": ["--url", "https://example.com/a", "-o", "a", "--out-dir", "b"],
}


def test_a_time_before_all_times_is_no_time(voicectl: Program) -> None:
    env = {"TWILIO_ACCOUNT_SID": "AC" + "5" * 32, "TWILIO_AUTH_TOKEN": "token-EXAMPLE", "TZ": "Asia/Shanghai"}
    done = voicectl("--vendor", "twilio", "recording", "list", "--since", "0001-01-01", env=env)
    assert (done.returncode, "0001-01-01" in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize("name", USAGE)
def test_words_that_do_not_fit_are_exit_2(voicectl: Program, name: str) -> None:
    assert download(voicectl, *USAGE[name]).returncode == 2


@pytest.mark.parametrize("variable", ["VOICECTL_ENDPOINT_URL", "VOICECTL_REGION"])
def test_a_clouds_word_without_a_vendor_is_refused_with_what_is_true(
    voicectl: Program, variable: str
) -> None:
    done = download(
        voicectl, "--url", "https://h.example/a.wav", "-o", "a.wav", env={variable: "https://h.example"}
    )
    assert done.returncode == 2
    assert f"{variable} means a cloud vendor, but none was chosen" in done.stderr


def test_a_recording_of_a_call_is_found_by_its_id_on_any_machine(voicectl: Program) -> None:
    told = Told([ALIYUN["ccc"][3]])
    with serving(Cloud(AliyunJudge(accounts=(ACCOUNT,), serve=told))) as server:
        around = {**variables("aliyun"), "VOICECTL_ENDPOINT_URL": server.url, "VOICECTL_NO_KEYRING": "1"}
        words = ("aliyun.ccc.20260102.c-1", "--param", "InstanceId=i-1", "--region", "cn-shanghai")
        done = download(voicectl, *words, env=around)
        listed = voicectl("recording", "list", "--call", *words, env=around)
    result = json.loads(done.stdout)
    assert result["call_id"] == result["id"] == "aliyun.ccc.20260102.c-1"
    assert result["path"] == "aliyun.ccc.20260102.c-1.wav"
    assert json.loads(listed.stdout)[0]["duration_seconds"] == 1.5


def test_what_is_not_there_yet_is_exit_5_and_waiting_for_it_124(voicectl: Program) -> None:
    with serving(AliyunJudge(accounts=(ACCOUNT,), serve=Told([NOT_YET["no address"]]))) as server:
        around = {**variables("aliyun"), "VOICECTL_ENDPOINT_URL": server.url, "VOICECTL_NO_KEYRING": "1"}
        words = ("aliyun.ccc.20260102.c-1", "--param", "InstanceId=i-1")
        now = download(voicectl, *words, env=around)
        later = download(voicectl, *words, "--wait", "--poll", "0.1", "--wait-timeout", "1s", env=around)
    assert now.returncode == 5
    assert "30 seconds" in now.stderr
    assert later.returncode == 124


def test_an_id_without_a_recording_keeps_no_other_from_coming(voicectl: Program) -> None:
    told = Told([NOT_YET["no address"], ALIYUN["ccc"][3]])
    ids = ["aliyun.ccc.20260102.c-1", "aliyun.ccc.20260102.c-2"]
    with serving(Cloud(AliyunJudge(accounts=(ACCOUNT,), serve=told))) as server:
        around = {**variables("aliyun"), "VOICECTL_ENDPOINT_URL": server.url, "VOICECTL_NO_KEYRING": "1"}
        words = (*ids, "--param", "InstanceId=i-1", "--region", "cn-shanghai", "-O", "jsonl")
        done = download(voicectl, *words, env=around)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, [row["id"] for row in rows]) == (4, ids), done.stderr
    assert (rows[0]["error"]["exit_code"], rows[1]["checked_by"]) == (5, "length")


def test_a_report_from_stdin_is_brought(voicectl: Program) -> None:
    with serving(Cloud(Told([{}]))) as server:
        around = {**variables("aliyun"), "VOICECTL_ENDPOINT_URL": server.url, "VOICECTL_VENDOR": "aliyun"}
        report = json.dumps([{"call_id": "1^2", "record_file": f"{server.url}/media/x.wav"}])
        done = download(voicectl, "--receipt", "-", stdin=report, env=around)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["checked_by"] == "length"


def test_a_copy_from_a_mounted_folder_is_checked(voicectl: Program) -> None:
    mounted = voicectl.home / "nas" / "2026"
    mounted.mkdir(parents=True)
    sound = WAV
    (mounted / "call-117.wav").write_bytes(sound)
    (mounted / "call-117.wav.sha256").write_text(f"{sha256(sound).hexdigest()}  call-117.wav\n")
    done = download(voicectl, "117", "--path", "nas", "--out-dir", "here")
    result = json.loads(done.stdout)
    assert (result["path"], result["checked_by"]) == ("here/call-117.wav", "sha256")
    assert result["sha256"] == sha256(sound).hexdigest()
    assert (voicectl.home / "here/call-117.wav").read_bytes() == sound


FAULTY = {"absent": (66, None), "no such id": (5, b""), "empty": (74, b""), "cut": (74, WAV[:-100])}


@pytest.mark.parametrize("name", FAULTY)
def test_a_faulty_copy_leaves_nothing(voicectl: Program, name: str) -> None:
    code, content = FAULTY[name]
    if content is not None:
        (voicectl.home / "nas").mkdir()
        (voicectl.home / "nas" / "one.wav").write_bytes(content)
    word = "two" if name == "no such id" else "one"
    done = download(voicectl, word, "--path", "nas", "-o", "out.wav")
    assert done.returncode == code, done.stderr
    assert not (voicectl.home / "out.wav").exists()


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_a_killed_run_is_gone_on_with_and_nothing_is_sent_twice(voicectl: Program, jobs: str) -> None:
    """Here a few MB and kills; 200 MB and 30 kills are in `tests/bench/recordings.py`."""
    body = Random(6).randbytes(12_000_000 if jobs == "1" else 66_000_000)
    store = Store(body, headers=with_crc64(body), pause=0.01 if jobs == "1" else 0.002)
    out, chance = voicectl.home / "long.wav", Random(7)
    out.write_bytes(b"the old one")
    with serving(store) as server:
        words = voicectl.command(
            "recording", "download", "--url", f"{server.url}/long.wav", "-o", "long.wav", "--jobs", jobs
        )
        for _ in range(KILLS):
            with subprocess.Popen(words, env=voicectl.environment(), cwd=voicectl.home) as run:
                had = store.sent
                while store.sent < had + STEP * 4 and run.poll() is None:
                    time.sleep(0.005)
                time.sleep(chance.random() * 0.2)
                os.kill(run.pid, signal.SIGKILL)
            assert out.read_bytes() == b"the old one"
        store.pause = 0
        done = subprocess.run(
            words, env=voicectl.environment(), cwd=voicectl.home, capture_output=True, check=True
        )
    result = json.loads(done.stdout)
    assert result["sha256"] == sha256(body).hexdigest() == sha256(out.read_bytes()).hexdigest()
    assert result["resumed_from"] > 0
    assert result["checked_by"] == "crc64"
    assert store.sent <= len(body) * 1.05 + KILLS * 3 * STEP
    assert [each.name for each in Path(voicectl.home).iterdir() if each.name.startswith(".long")] == []
