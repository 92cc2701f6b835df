"""`sign explain`, `verify` and `curl` through the real process: what a person gives, and what comes back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Program

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent / "vectors" / "mistakes.json").read_text(encoding="utf-8")
)["cases"]
TOKEN = "EXAMPLEtoken/with+signs=="
KEYS = {"VOICECTL_ACCESS_KEY_ID": "AKIDEXAMPLE", "VOICECTL_ACCESS_KEY_SECRET": "secretEXAMPLE"}
HOSTS = {
    "aws-sigv4": ("polly.eu-west-1.amazonaws.com", "eu-west-1", "polly"),
    "aws-sigv4-query": ("polly.eu-west-1.amazonaws.com", "eu-west-1", "polly"),
    "aws-sigv4-s3": ("calls.s3.eu-west-1.amazonaws.com", "eu-west-1", "s3"),
    "aliyun-rpc-v1": ("dyvmsapi.aliyuncs.com", "", ""),
    "aliyun-acs3": ("dyvmsapi.aliyuncs.com", "", ""),
    "aliyun-oss-v1": ("calls.oss-cn-shanghai.aliyuncs.com", "cn-shanghai", ""),
    "aliyun-oss-v4": ("calls.oss-cn-shanghai.aliyuncs.com", "cn-shanghai", ""),
    "volcengine-v4": ("cloud-vms.volcengineapi.com", "cn-north-1", "vms"),
    "volcengine-v4-query": ("cloud-vms.volcengineapi.com", "cn-north-1", "vms"),
    "tos4": ("calls.tos-cn-beijing.volces.com", "cn-beijing", ""),
    "tencent-tc3": ("tts.tencentcloudapi.com", "", "tts"),
}
FIELDS = [
    "verdict",
    "scheme",
    "causes",
    "proved",
    "checks",
    "given_signature",
    "correct_signature",
    "first_difference",
    "tried",
]


def case_of(kind: str, number: int = 0) -> dict[str, Any]:
    return [case for case in CASES if case["class"] == kind][number]


def keys_of(case: dict[str, Any]) -> dict[str, str]:
    keys = case["credentials"]
    return {
        "VOICECTL_ACCESS_KEY_ID": keys["access_key_id"],
        "VOICECTL_ACCESS_KEY_SECRET": keys["access_key_secret"],
        "VOICECTL_SECURITY_TOKEN": keys["security_token"] or "",
    }


def words_of(case: dict[str, Any], voicectl: Program) -> list[str]:
    words = ["--region", case["context"]["region"], "--service", case["context"]["service"]]
    if case["server_answer"]:
        (voicectl.home / "answer.txt").write_bytes(case["server_answer"].encode())
        words += ["--against", "answer.txt"]
    return words


@pytest.mark.parametrize(
    ("kind", "verdict", "code"),
    [
        ("offline", "explained", 3),
        ("pair", "explained", 3),
        ("visible", "explained", 3),
        ("answer", "explained", 3),
        ("control", "correct", 0),
        ("unknown", "unknown", 3),
    ],
)
def test_each_kind_of_case_is_answered(kind: str, verdict: str, code: int, voicectl: Program) -> None:
    case = case_of(kind)
    done = voicectl(
        "sign", "explain", *words_of(case, voicectl), stdin=case["raw_request"], env=keys_of(case)
    )
    found = json.loads(done.stdout)
    assert (done.returncode, found["verdict"]) == (code, verdict), done.stderr
    assert list(found) == FIELDS
    if verdict == "explained":
        assert set(case["expected"]) <= {cause["id"] for cause in found["causes"]}
    assert bool(found["checks"]) is (verdict == "unknown")
    if case["credentials"]["security_token"]:
        assert case["credentials"]["security_token"] not in done.stdout + done.stderr


@pytest.mark.parametrize("width", ["80", "200"])
@pytest.mark.parametrize("kind", ["offline", "pair", "visible", "answer", "control", "unknown"])
def test_the_report_for_people_fits_the_terminal(kind: str, width: str, voicectl: Program) -> None:
    case = case_of(kind, 1)
    done = voicectl(
        "sign", "explain", "-O", "text", *words_of(case, voicectl),
        stdin=case["raw_request"], env={**keys_of(case), "COLUMNS": width},
    )  # fmt: skip
    assert done.stdout
    lines = done.stdout.splitlines()
    assert all(len(line) <= int(width) for line in lines if " │ " in line)
    assert lines[0].endswith((".", ")"))


def test_without_a_secret_the_servers_echo_still_tells(voicectl: Program) -> None:
    case = next(case for case in CASES if case["expected"] == ["proxy-rewrote-host"])
    done = voicectl("sign", "explain", *words_of(case, voicectl), stdin=case["raw_request"])
    assert [cause["id"] for cause in json.loads(done.stdout)["causes"]] == ["proxy-rewrote-host"]
    assert "no secret to compare with" in done.stderr


@pytest.mark.parametrize("scheme", HOSTS)
def test_a_curl_command_of_ours_is_explained_as_correct(scheme: str, voicectl: Program) -> None:
    env = {**KEYS, "VOICECTL_SECURITY_TOKEN": TOKEN}
    host, region, service = HOSTS[scheme]
    path = "/" if scheme in {"aliyun-rpc-v1", "aliyun-acs3", "tencent-tc3"} else "/a%20b/c"
    request = ("--region", region, "--service", service, "--url", f"https://{host}{path}?x=1&y=")
    made = voicectl("sign", "curl", "--scheme", scheme, *request, "--with-token", env=env)
    assert made.returncode == 0, made.stderr
    names = (
        "AWS_SESSION_TOKEN",
        "ALIBABA_CLOUD_SECURITY_TOKEN",
        "VOLCENGINE_SESSION_TOKEN",
        "TENCENTCLOUD_TOKEN",
    )
    shell = {**env, **dict.fromkeys(names, TOKEN)}
    done = voicectl("sign", "explain", "--scheme", scheme, "-O", "json", stdin=made.stdout, env=shell)
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (0, "correct"), done.stdout


def test_a_command_of_ours_with_a_body_that_is_no_text_is_correct_too(voicectl: Program) -> None:
    words = ("--scheme", "aws-sigv4", "--region", "r", "--service", "s", "--url", "https://h.example/a")
    made = voicectl("sign", "curl", *words, "--data", "@-", stdin=b"\x00\xff\n", env=KEYS)
    assert "base64 -d" in made.stdout
    done = voicectl("sign", "verify", "-", stdin=made.stdout, env=KEYS)
    assert json.loads(done.stdout)["valid"], done.stdout


def test_a_har_and_flags_are_read_as_well(voicectl: Program) -> None:
    made = voicectl(
        "sign",
        "debug",
        "--scheme",
        "aws-sigv4",
        "--region",
        "r",
        "--service",
        "s",
        "--url",
        "https://h.example/a",
        env=KEYS,
    )
    request = json.loads(made.stdout)["request"]
    headers = [{"name": name, "value": value} for name, value in request["headers"].items()]
    entry = {
        "request": {"method": "GET", "url": request["url"], "headers": headers},
        "response": {"status": 200},
    }
    (voicectl.home / "x.har").write_text(json.dumps({"log": {"entries": [entry]}}))
    lines = [word for name, value in request["headers"].items() for word in ("-H", f"{name}: {value}")]
    for words in (["x.har"], ["--url", request["url"], *lines]):
        done = voicectl("sign", "explain", *words, env=KEYS)
        assert json.loads(done.stdout)["verdict"] == "correct"


@pytest.mark.parametrize(("kind", "valid"), [("control", True), ("offline", False), ("visible", False)])
def test_verify_says_yes_or_no(kind: str, valid: bool, voicectl: Program) -> None:
    case = case_of(kind)
    done = voicectl(
        "sign", "verify", "--region", case["context"]["region"], "--service", case["context"]["service"],
        stdin=case["raw_request"], env=keys_of(case),
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert list(found) == ["valid", "scheme", "reason"]
    assert (found["valid"], done.returncode, bool(found["reason"])) == (valid, 0 if valid else 3, not valid)


def test_verify_wants_a_secret(voicectl: Program) -> None:
    done = voicectl("sign", "verify", stdin=case_of("control")["raw_request"])
    assert (done.returncode, done.stdout) == (77, "")


@pytest.mark.parametrize(
    ("text", "named"),
    [("", "nothing"), ("hello", "raw request"), ("GET / HTTP/1.1\r\nHost: h\r\n\r\n", "--scheme")],
)
def test_what_is_no_signed_request_is_refused(text: str, named: str, voicectl: Program) -> None:
    done = voicectl("sign", "explain", stdin=text, env=KEYS)
    assert (done.returncode, done.stdout) == (65, "")
    assert named in done.stderr


@pytest.mark.slow
def test_ctrl_c_reports_what_was_ruled_out(voicectl: Program) -> None:
    case = case_of("unknown")
    running = subprocess.Popen(
        voicectl.command("sign", "explain", "-"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=voicectl.environment(keys_of(case)), cwd=voicectl.home,
    )  # fmt: skip
    assert running.stdin
    running.stdin.write(case["raw_request"].encode())
    running.stdin.close()
    running.stdin = None
    time.sleep(0.6)
    os.kill(running.pid, signal.SIGINT)
    out, _ = running.communicate(timeout=30)
    assert running.returncode == 130
    assert json.loads(out)["tried"] > 0
