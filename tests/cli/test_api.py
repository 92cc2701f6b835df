"""`voicectl api` from words to exit code, against judges that check each signature with the vendor's SDK."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cloud.aliyun import AliyunJudge
from tests.cloud.aws import AwsJudge
from tests.cloud.court import Account
from tests.cloud.server import Answer, RawRequest, Server, serving
from tests.conftest import Program

MARK = "CANARY"
ACCOUNT = Account("AKIDEXAMPLE", f"{MARK}secretEXAMPLE0123456789")
JSON = (("Content-Type", "application/json"),)
QUERY = ("api", "aliyun", "dyvms", "QueryCallDetailByCallId", "CallId=1^2")
CALL = ("api", "aliyun", "dyvms", "SingleCallByTts", "CalledNumber=13800138000")
SPEAK = ("api", "aws", "polly", "SynthesizeSpeech", "Text=hi", "VoiceId=Joanna", "OutputFormat=mp3", "--yes")
KEYS = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": ACCOUNT.key_id,
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ACCOUNT.secret,
    "AWS_ACCESS_KEY_ID": ACCOUNT.key_id,
    "AWS_SECRET_ACCESS_KEY": ACCOUNT.secret,
    "AWS_REGION": "us-east-1",
    "VOICECTL_NO_KEYRING": "1",
}


def answer(request: RawRequest) -> Answer:
    if request.path == "/v1/speech":
        return Answer(200, (("Content-Type", "audio/mpeg"),), b"ID3 sound")
    return Answer(200, JSON, b'{"Code": "OK", "CallId": "1^2", "Data": {"state": "200000"}}')


def respond(request: RawRequest) -> Answer:
    """Be both clouds: the path tells them apart."""
    aws = AwsJudge(accounts=(ACCOUNT,), serve=answer, service="polly", region="us-east-1")
    aliyun = AliyunJudge(accounts=(ACCOUNT,), serve=answer)
    found = (aws if request.path.startswith("/v1/") else aliyun)(request)
    assert isinstance(found, Answer)
    return found


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(respond) as running:
        yield running


@pytest.fixture
def keys(server: Server) -> dict[str, str]:
    return {**KEYS, "VOICECTL_ENDPOINT_URL": server.url}


def test_the_answer_is_the_result(voicectl: Program, keys: dict[str, str]) -> None:
    done = voicectl(*QUERY, env=keys)
    assert (done.returncode, json.loads(done.stdout)["CallId"]) == (0, "1^2"), done.stderr
    assert voicectl(*QUERY, "--query", "Data.state", env=keys).stdout.strip() == '"200000"'
    assert voicectl(*QUERY, "-O", "csv", env=keys).stdout.splitlines()[0] == "Code,CallId,Data"


def test_a_deed_wants_a_yes_where_nobody_can_be_asked(
    voicectl: Program, server: Server, keys: dict[str, str]
) -> None:
    refused = voicectl(*CALL, env=keys)
    assert (refused.returncode, server.requests) == (6, [])
    assert "SingleCallByTts of aliyun may cost money" in refused.stderr
    assert "--yes" in refused.stderr
    assert voicectl(*CALL, "--yes", env=keys).returncode == 0
    assert len(server.requests) == 1


@pytest.mark.parametrize(("typed", "code", "sent"), [("y\n", 0, 1), ("n\n", 6, 0), ("\n", 6, 0)], ids=repr)
def test_a_person_is_asked(
    voicectl: Program, server: Server, keys: dict[str, str], typed: str, code: int, sent: int
) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, typed.encode())
    done = subprocess.run(
        voicectl.command(*CALL), stdin=theirs, stdout=subprocess.PIPE, stderr=theirs,
        env=voicectl.environment(keys), timeout=60, check=False,
    )  # fmt: skip
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    os.close(theirs)
    assert (done.returncode, len(server.requests)) == (code, sent), shown
    assert "[y/N]" in shown


def test_a_dry_run_asks_nothing_and_sends_nothing(
    voicectl: Program, server: Server, keys: dict[str, str]
) -> None:
    done = voicectl(*CALL, "--dry-run", env=keys)
    (request,) = json.loads(done.stdout)["requests"]
    assert (done.returncode, server.requests) == (0, [])
    assert "CalledNumber=13800138000" in request["url"]


def test_secrets_come_by_file_or_stdin_and_are_never_shown(
    voicectl: Program, server: Server, keys: dict[str, str]
) -> None:
    (voicectl.home / "code").write_text("0123\n")
    log, debug = str(voicectl.home / "log"), str(voicectl.home / "debug")
    words = (
        *CALL,
        "--yes",
        "TtsParam=@-",
        "OutId=@code",
        "--log-file",
        log,
        "--debug-file",
        debug,
        "--debug",
    )
    done = voicectl(*words, stdin='{"code":"4711"}', env=keys)
    assert done.returncode == 0, done.stderr
    assert "OutId=0123&TtsParam=%7B%22code%22%3A%224711%22%7D" in server.requests[0].target
    shown = (
        done.stdout
        + done.stderr
        + "".join(Path(each).read_text() for each in (log, debug) if Path(each).exists())
    )
    assert MARK not in shown
    assert "4711" not in shown


def test_stdin_can_be_read_once(voicectl: Program, keys: dict[str, str]) -> None:
    done = voicectl(*CALL, "A=@-", "B=@-", stdin="x", env=keys)
    assert (done.returncode, "read twice" in done.stderr) == (2, True)


def test_sound_goes_to_a_file_and_is_refused_without_one_before_it_is_paid_for(
    voicectl: Program, server: Server, keys: dict[str, str]
) -> None:
    refused = voicectl(*SPEAK, env=keys)
    assert (refused.returncode, "-o FILE" in refused.stderr, server.requests) == (2, True, [])
    done = voicectl(*SPEAK, "-o", "hi.mp3", env=keys)
    assert (voicectl.home / "hi.mp3").read_bytes() == b"ID3 sound"
    assert json.loads(done.stdout) == {"path": "hi.mp3", "bytes": 9, "content_type": "audio/mpeg"}
    piped = voicectl(*SPEAK, "-o", "-", env=keys)
    assert (piped.stdout, json.loads(piped.stderr)["path"]) == ("ID3 sound", None)


def test_a_place_that_cannot_be_written_is_told_before_anything_is_sent(
    voicectl: Program, server: Server, keys: dict[str, str]
) -> None:
    done = voicectl(*SPEAK, "-o", "nowhere/hi.mp3", env=keys)
    assert (done.returncode, server.requests) == (73, [])


def test_an_answer_that_is_no_json_is_broken(voicectl: Program) -> None:
    with serving(lambda request: Answer(200, (("Content-Type", "text/plain"),), b"hello")) as server:
        done = voicectl("api", "openai", "GET", "/v1/x", env={"OPENAI_BASE_URL": f"{server.url}/v1"})
    assert (done.returncode, "-o FILE" in done.stderr) == (74, True), done.stderr


def test_a_wrong_key_is_refused_with_the_vendors_code(voicectl: Program, keys: dict[str, str]) -> None:
    wrong = {**keys, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": f"{MARK}otherEXAMPLE"}
    done = voicectl(*QUERY, "-O", "json", env=wrong)
    error = json.loads(done.stderr.splitlines()[-1])["error"]
    assert (done.returncode, error["vendor"], error["vendor_code"]) == (77, "aliyun", "SignatureDoesNotMatch")
    assert MARK not in done.stdout + done.stderr


def test_the_vendor_named_is_the_vendor_asked(
    voicectl: Program, server: Server, keys: dict[str, str]
) -> None:
    done = voicectl(*QUERY, "--vendor", "aws", env=keys)
    assert (done.returncode, server.requests) == (2, [])
    assert voicectl("api", "local", "x", "GetY", env=KEYS).returncode == 2
