"""`sign debug` through the real process: every vector, every step, and no token anywhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Program

VECTORS = Path(__file__).parent.parent / "vectors"
TOKEN = "EXAMPLEtoken/with+signs=="
KEYS = {"VOICECTL_ACCESS_KEY_ID": "AKIDEXAMPLE", "VOICECTL_ACCESS_KEY_SECRET": "secretEXAMPLE"}
REQUEST = ("--region", "us-east-1", "--service", "polly", "--at", "2026-03-04T05:06:07Z")
FIELDS = [
    "name",
    "scheme",
    "at",
    "nonce",
    "scope",
    "canonical_request",
    "string_to_sign",
    "signature",
    "signed_headers",
    "masked",
    "request",
]


def cases(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((VECTORS / name).read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", ["aws.json", "aliyun.json", "volcengine.json", "tencent.json"])
def test_every_vector_comes_out_at_every_step(name: str, voicectl: Program) -> None:
    done = voicectl("sign", "debug", "--from", str(VECTORS / name), "-O", "jsonl")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["name"] for row in rows] == [case["name"] for case in cases(name)]
    for row, case in zip(rows, cases(name), strict=True):
        expected = case["expect"]
        assert list(row) == FIELDS
        for step in ("canonical_request", "string_to_sign", "signature"):
            assert row[step] == (expected[step] or ""), (case["name"], step)
        sent = {header.lower(): value for header, value in row["request"]["headers"].items()}
        for header, value in (expected.get("headers") or {}).items():
            assert sent[header.lower()] == value, (case["name"], header)


def test_a_single_case_is_an_object_and_a_list_is_an_array(voicectl: Program) -> None:
    one, many = cases("aws.json")[0], cases("tencent.json")[:2]
    assert isinstance(
        json.loads(voicectl("sign", "debug", "--from", "-", stdin=json.dumps(one)).stdout), dict
    )
    assert len(json.loads(voicectl("sign", "debug", "--from", "-", stdin=json.dumps(many)).stdout)) == 2


def test_a_bad_case_is_named_in_its_place_and_the_rest_go_on(voicectl: Program) -> None:
    good = cases("aws.json")[0]
    broken = {**good, "name": "broken", "request": {"method": "GET"}}
    unknown = {**good, "name": "unknown", "signer": "sigv9"}
    done = voicectl(
        "sign", "debug", "--from", "-", "-O", "json", stdin=json.dumps([good, broken, unknown, good])
    )
    first, second, third, fourth = json.loads(done.stdout)
    assert done.returncode == 4
    assert first["signature"] == fourth["signature"] == good["expect"]["signature"]
    assert (second["name"], second["error"]["exit_code"]) == ("broken", 65)
    assert "request.host" in second["error"]["message"]
    assert (third["name"], third["error"]["kind"]) == ("unknown", "usage")


@pytest.mark.parametrize(("text", "place"), [("{", "line 1"), ("", "line 1"), ("\xff\xfe{", ""), ("[1]", "")])
def test_a_file_that_holds_no_cases_is_refused(text: str, place: str, voicectl: Program) -> None:
    done = voicectl("sign", "debug", "--from", "-", stdin=text)
    assert done.returncode in {4, 65}
    assert place in done.stderr


def test_flags_describe_a_request_and_json_shows_it_as_it_would_travel(voicectl: Program) -> None:
    done = voicectl(
        "sign",
        "--debug",
        "--scheme",
        "aws-sigv4",
        *REQUEST,
        "--url",
        "https://h.example/a%2Fb/./c?x=1&x",
        "-X",
        "put",
        "-H",
        "X-Two: a",
        "-H",
        "x-two:  b ",
        "--data",
        "你好",
        env=KEYS,
    )
    shown = json.loads(done.stdout)
    assert shown["request"]["url"] == "https://h.example/a%2Fb/./c?x=1&x"
    assert shown["request"]["body"] == "你好"
    assert shown["request"]["headers"]["X-Two"] == ["a", " b "]
    assert shown["canonical_request"].split("\n")[:3] == ["PUT", "/a%252Fb/c", "x=&x=1"]
    assert "x-two:a,b" in shown["canonical_request"]
    assert shown["masked"] == []


def test_the_profiles_own_scheme_is_used_where_none_is_named(voicectl: Program) -> None:
    env = {"TENCENTCLOUD_SECRET_ID": "AKIDx", "TENCENTCLOUD_SECRET_KEY": "k"}
    done = voicectl(
        "sign", "debug", "--vendor", "tencent", "--service", "tts", "--url", "https://x.example/", env=env
    )
    assert json.loads(done.stdout)["scheme"] == "tencent-tc3"


@pytest.mark.parametrize("view", ["text", "json"])
@pytest.mark.parametrize(
    "scheme",
    [
        "aws-sigv4",
        "aws-sigv4-query",
        "aws-sigv4-s3",
        "aliyun-rpc-v1",
        "aliyun-acs3",
        "aliyun-oss-v1",
        "aliyun-oss-v4",
        "volcengine-v4",
        "volcengine-v4-query",
        "tos4",
        "tencent-tc3",
    ],
)
def test_a_session_token_is_shown_nowhere(scheme: str, view: str, voicectl: Program) -> None:
    from urllib.parse import quote

    done = voicectl(
        "sign",
        "debug",
        "--scheme",
        scheme,
        *REQUEST,
        "--url",
        "https://b.h.example/k?a=b",
        "-O",
        view,
        env={**KEYS, "VOICECTL_SECURITY_TOKEN": TOKEN},
    )
    assert done.returncode == 0, done.stderr
    for spelling in (TOKEN, quote(TOKEN, safe=""), quote(quote(TOKEN, safe=""), safe=""), "secretEXAMPLE"):
        assert spelling not in done.stdout + done.stderr
    if view == "json":
        assert json.loads(done.stdout)["masked"]


@pytest.mark.parametrize("scheme", ["bearer", "basic"])
def test_a_bearer_key_is_masked_and_has_no_steps(scheme: str, voicectl: Program) -> None:
    done = voicectl("sign", "debug", "--scheme", scheme, *REQUEST, "--url", "https://h.example/", env=KEYS)
    shown = json.loads(done.stdout)
    assert [shown[step] for step in ("canonical_request", "string_to_sign", "signature")] == ["", "", ""]
    assert shown["masked"] == ["Authorization"]
    assert "secretEXAMPLE" not in done.stdout


def test_an_expected_signature_that_does_not_come_out_exits_3(voicectl: Program) -> None:
    case = json.dumps(cases("aws.json")[0])
    right = cases("aws.json")[0]["expect"]["signature"]
    assert voicectl("sign", "debug", "--from", "-", "--expect", right, stdin=case).returncode == 0
    wrong = voicectl("sign", "debug", "--from", "-", "--expect", right[:5] + "x" + right[6:], stdin=case)
    assert wrong.returncode == 3
    assert "character 6" in wrong.stderr


def test_the_text_view_shows_what_cannot_be_seen(voicectl: Program) -> None:
    done = voicectl(
        "sign",
        "debug",
        "--scheme",
        "aws-sigv4",
        *REQUEST,
        "--url",
        "https://h.example/",
        "-O",
        "text",
        "-H",
        "X-Odd: a\u00a0b\u202e",
        "--data",
        "你",
        env=KEYS,
    )
    lines = done.stdout.splitlines()
    assert any(line.endswith(r"x-odd:a\u00a0b\u202e") for line in lines)
    assert any(line.endswith("│ (empty)") for line in lines)
    assert any("3 bytes, SHA-256" in line for line in lines)
    assert any("AWS4 + secret → 20260304 → us-east-1 → polly → aws4_request" in line for line in lines)
    assert len(lines) <= 40


@pytest.mark.parametrize(
    ("words", "code", "named"),
    [
        (["--url", "https://h.example/"], 78, "no vendor"),
        ([], 2, "--url"),
        (["--scheme", "sigv9", "--url", "https://h/"], 2, "sigv9"),
        (["--scheme", "aws-sigv4", "--url", "h/"], 65, "https://"),
        (["--scheme", "aws-sigv4", "--url", "https://h/", "--at", "noon"], 2, "--at"),
        (["--scheme", "aws-sigv4", "--url", "https://h/", "--option", "x"], 2, "--option"),
        (["--scheme", "aws-sigv4", "--url", "https://h/", "--option", "x=1"], 2, "expires"),
        (["--scheme", "aws-sigv4", "--url", "https://h/", "--data", "@missing"], 66, "missing"),
        (["--scheme", "aws-sigv4", "--url", "https://h/", "-H", "no colon"], 65, "no colon"),
        (["--from", "missing.json"], 66, "missing.json"),
    ],
)
def test_what_is_missing_or_wrong_is_named(
    words: list[str], code: int, named: str, voicectl: Program
) -> None:
    done = voicectl("sign", "debug", *words, env=KEYS if "--scheme" in words else None)
    assert (done.returncode, done.stdout) == (code, "")
    assert named in done.stderr


def test_without_any_key_the_ways_to_give_one_are_named(voicectl: Program) -> None:
    done = voicectl("sign", "debug", "--scheme", "aws-sigv4", "--url", "https://h.example/")
    assert done.returncode == 77
    assert "AWS_ACCESS_KEY_ID" in done.stderr
    assert "profile add" in done.stderr


def test_a_curl_command_holds_no_token_and_names_the_vendors_variable(voicectl: Program) -> None:
    env = {
        "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secretEXAMPLE",
        "AWS_SESSION_TOKEN": TOKEN,
    }
    words = (
        "sign",
        "curl",
        "--scheme",
        "aws-sigv4",
        *REQUEST,
        "--url",
        "https://h.example/x",
        "--data",
        "it's",
    )
    command = voicectl(*words, env=env).stdout
    assert '"X-Amz-Security-Token: $AWS_SESSION_TOKEN"' in command
    assert TOKEN not in command
    assert json.loads(voicectl(*words, "-O", "json", env=env).stdout) == {"command": command.rstrip("\n")}


def test_a_url_with_a_token_inside_is_printed_only_when_asked_for(voicectl: Program) -> None:
    env = {**KEYS, "VOICECTL_SECURITY_TOKEN": TOKEN}
    words = ("sign", "curl", "--scheme", "aws-sigv4-query", *REQUEST, "--url", "https://h.example/x")
    refused = voicectl(*words, env=env)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "--with-token" in refused.stderr
    assert "X-Amz-Security-Token=EXAMPLEtoken" in voicectl(*words, "--with-token", env=env).stdout


def test_a_scope_with_nothing_in_it_is_said_aloud(voicectl: Program) -> None:
    words = ("sign", "debug", "--scheme", "aws-sigv4", "--url", "https://polly.eu-west-1.amazonaws.com/")
    done = voicectl(*words, "--service", "polly", env=KEYS)
    assert done.returncode == 0
    assert "has no region" in done.stderr
    assert "has no service" not in done.stderr
