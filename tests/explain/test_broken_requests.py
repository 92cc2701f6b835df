"""Requests that were damaged at random: an explanation or a clear error, never a crash, a hang or a leak."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from voicectl.core.credentials import Credentials, Secret
from voicectl.core.errors import VoicectlError
from voicectl.explain.answer import read_answer
from voicectl.explain.engine import explain
from voicectl.explain.reading import read_captured

CASES = json.loads(Path(__file__).parent.parent.joinpath("vectors/mistakes.json").read_text("utf-8"))["cases"]
PIECES = (
    *"%&=?/;,: \t\"'\\é一AZ09\0\r\n",
    "%ZZ",
    "%E4%B8",
    "&&",
    "//",
    "../",
    "X-Amz-Signature=1",
    "Authorization: ",
    "Credential=",
    "SignedHeaders=",
    "Signature=",
    "\r\nHost: x\r\n",
)
SCHEMES = (
    "",
    "",
    "",
    "aws-sigv4",
    "aliyun-rpc-v1",
    "aliyun-oss-v1",
    "tencent-tc3",
    "bearer",
    "youdao-v3",
    "tos4",
)


def damaged(text: str, chance: random.Random) -> str:
    for _ in range(chance.choice((1, 1, 2, 4, 10))):
        at = chance.randrange(len(text))
        if chance.random() < 0.5:
            text = text[:at] + chance.choice(PIECES) + text[at:]
        else:
            text = text[:at] + text[at + chance.randrange(1, 30) :] or "x"
    return text


def explained(case: Any, chance: random.Random) -> str:
    given = case["credentials"]
    token = given["security_token"]
    key = Credentials(
        key_id=given["access_key_id"],
        secret=Secret(given["access_key_secret"]),
        security_token=Secret(token) if token else None,
    )
    answer = case["server_answer"]
    explanation = explain(
        read_captured(damaged(case["raw_request"], chance).encode("utf-8", "surrogateescape")),
        chance.choice((key, key, None)),
        scheme=chance.choice(SCHEMES),
        region=chance.choice(("", case["context"]["region"])),
        service=chance.choice(("", case["context"]["service"])),
        answer=read_answer(damaged(answer, chance).encode()) if answer else None,
        watch=lambda tried: tried < 1000,
    )
    return json.dumps(explanation.as_json(), ensure_ascii=False) + repr(explanation)


@pytest.mark.slow
@pytest.mark.parametrize("rounds", [150, pytest.param(3000, marks=pytest.mark.slow)])
def test_damage_makes_no_crash_and_shows_no_secret(rounds: int) -> None:
    chance = random.Random(rounds)
    read = 0
    for _ in range(rounds):
        case = chance.choice(CASES)
        try:
            shown = explained(case, chance)
        except VoicectlError:
            continue
        read += 1
        assert case["credentials"]["access_key_secret"] not in shown
    assert read > rounds / 4
