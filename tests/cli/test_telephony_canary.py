"""No secret, number or code leaves its place: calls, recordings, raw calls, links that are keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.cli.many import run_many
from tests.cli.seeking import sung_in_files
from tests.cli.test_hostile_canary import LOUD, QUIET, leaks_in
from tests.cli.test_speech_canary import BEARER, SECRET, TOKEN, broken, leaks, repeating, run_all
from tests.cloud.hostile import EVERYWHERE, Hostile
from tests.cloud.server import Answer, RawRequest, serving
from tests.conftest import Program

ROWS = {"rows.csv", "rows.failed.jsonl"}
NUMBER, CODE = "13800138000", "998877665544"
PAIRS = {
    "aliyun": {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAIEXAMPLE", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET},
    "volcengine": {
        "VOLCENGINE_ACCESS_KEY": "AKLTEXAMPLE",
        "VOLCENGINE_SECRET_KEY": SECRET,
        "VOLCENGINE_SESSION_TOKEN": TOKEN,
    },
    "tencent": {"TENCENTCLOUD_SECRET_ID": "AKIDEXAMPLE", "TENCENTCLOUD_SECRET_KEY": SECRET},
    "twilio": {"TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": SECRET},
}
WHAT = {
    "aliyun": ("--template", "TTS_1", "--var", f"code={CODE}"),
    "volcengine": ("--text", f"code {CODE}", "--param", "NumberPoolNo=NP1"),
    "tencent": ("--template", "1", "--var", f"1={CODE}", "--param", "VoiceSdkAppid=1400006666"),
    "twilio": ("--text", f"code {CODE}", "--from", "+14155550100"),
}
LOOKED_UP = {
    "aliyun": ("dyvms", "QueryCallDetailByCallId", "CallId=1"),
    "volcengine": ("vms", "QuerySingleInfo", "SingleOpenId=1"),
    "tencent": ("tts", "DescribeTtsTaskStatus", "TaskId=1"),
    "twilio": ("GET", "/Calls.json"),
}


def seen_in_files(program: Program, text: str) -> list[str]:
    """Return which files hold a text, but for the caller's own rows and those that are to be fed back."""
    files = (path for path in program.home.rglob("*") if path.is_file() and path.name not in ROWS)
    return [path.name for path in files if text.encode() in path.read_bytes()]


@pytest.mark.parametrize("serve", [repeating, broken])
@pytest.mark.parametrize("vendor", PAIRS)
def test_calling_shows_no_key_and_keeps_no_number_and_no_code(
    vendor: str, serve: Callable[[RawRequest], Answer], voicectl: Program
) -> None:
    Path(voicectl.home, "rows.csv").write_text(f"id,to\n1,{NUMBER}\n")
    with serving(serve) as server:
        environ = {**PAIRS[vendor], "VOICECTL_VENDOR": vendor, "VOICECTL_ENDPOINT_URL": server.url}
        once = ("--to", f"+86{NUMBER}", "--yes", *WHAT[vendor])
        placed = run_all(voicectl, environ, ("call", "create", *once))
        looked = run_all(
            voicectl,
            environ,
            ("call", "create", "--dry-run", *once),
            ("call", "list"),
            ("call", "status", "CA" + "1" * 32, "--product", "voice", "--date", "2026-01-02"),
            ("call", "cancel", "CA" + "1" * 32, "--product", "voice", "--date", "2026-01-02", "--yes"),
            ("recording", "list", "--since", "1h"),
            ("api", vendor, *LOOKED_UP[vendor]),
        )
        batch = run_all(voicectl, environ, ("call", "batch", "rows.csv", "--yes", *WHAT[vendor]))
    assert len(server.requests) >= 3
    assert leaks(voicectl, placed + looked + batch) == []
    assert NUMBER not in placed
    assert seen_in_files(voicectl, NUMBER) == []
    assert seen_in_files(voicectl, CODE) == []


@pytest.mark.parametrize("form", EVERYWHERE)
def test_a_link_that_is_a_key_is_shown_nowhere(form: str, voicectl: Program) -> None:
    secrets = {"the link": BEARER, "its token": TOKEN}
    with serving(lambda _: Answer(200)) as other, serving(Hostile(secrets, other.url)) as server:
        link = (
            f"{server.url}/~{form}/a.wav?Signature={BEARER}&security-token={quote(TOKEN)}&Expires=4102444800"
        )
        asking = ("recording", "download", "--url", link, "-o", "x.wav", "--retries", "0")
        lines = [(*asking, *mode) for mode in (LOUD, QUIET, ("--dry-run",))]
        done = run_many(voicectl, lines, {**PAIRS["aliyun"], "VOICECTL_VENDOR": "aliyun"})
    assert len(server.requests) >= 2
    assert other.requests == []
    assert {ran.code for ran in done} <= {0, 5, 6, 74, 75, 76, 77}, done
    assert leaks_in(secrets, done) == []
    assert sung_in_files(secrets, voicectl.home, but=("x.wav",)) == []
