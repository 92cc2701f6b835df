"""No secret is seen anywhere, whatever a server says: every vendor, every command, every form of answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import NamedTuple

import pytest

from tests.cli.many import Ran, run_many
from tests.cli.seeking import sung, sung_in_files
from tests.cloud.hostile import EVERYWHERE, FORMS, Hostile
from tests.cloud.server import Answer, serving
from tests.conftest import Program

SECRET = 'cAnArYs3cr/t+EXAMPLE="q&<z>%2F\\1'
TOKEN = 't0k/n+EXAMPLE=="cAnArY&<u>%41\\2' + "0123456789abcdef" * 4
BEARER = 'b34r/r+EXAMPLE="cAnArY\\3-long-enough-é密'
PLAIN = "0123456789aBcDeFEXAMPLEcAnArY456"
ALL = {"secret": SECRET, "token": TOKEN, "bearer": BEARER, "plain": PLAIN}
CALL = "CA" + "1" * 32
KEPT = ("secrets", "x.wav", "x.mp3")
"""Where a secret may be: its own place, and the bytes that a server sent for sound."""
LOUD = ("--debug", "--verbose", "--log-file", "log", "-O", "json")
QUIET = ("--debug-file", "debug", "--verbose")
CALLING = ("--to", "+86138001{number}", "--yes")
START = "https://start.example"
SSO = f"""[profile sso]
sso_start_url = {START}
sso_region = us-east-1
sso_account_id = 1
sso_role_name = r
"""
DAY = ("--date", "2026-01-02")
STATUS = (CALL, "--product", "voice", *DAY)


class Held(NamedTuple):
    """One vendor's account: its variables, what is done with it, and in which forms it is refused."""

    environ: Mapping[str, str]
    commands: tuple[tuple[str, ...], ...]
    forms: tuple[str, ...]
    stored: tuple[str, ...] = ()


EMOTIVOICE = {
    "openai": f"api_key={BEARER}\n",
    "v1tts": f"api_key={BEARER}\n",
    "youdao": f"access_key_secret={BEARER}\n",
}
"""The forms of its interface, each with what is stored for its key."""
HELD = {
    "aws": Held(
        {
            "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_SESSION_TOKEN": TOKEN,
            "AWS_REGION": "us-east-1",
        },
        (
            ("say", "hi", "--voice", "Joanna", "-o", "x.mp3"),
            ("say", "hi", "--voice", "Joanna", "-o", "x.mp3", "--param", "task_bucket=bucket"),
            ("tts", "voices"),
            ("recording", "download", "--bucket", "b", "--key", "k.wav", "-o", "x.wav"),
            (
                "recording",
                "download",
                "1",
                "--product",
                "connect",
                "--date",
                "2026-01-02",
                "--param",
                "InstanceId=i",
                "-o",
                "x.wav",
            ),
            ("profile", "test"),
            ("api", "aws", "sts", "GetCallerIdentity", "--yes"),
        ),
        ("s3", "s3-key", "s3-gone", "sts", "polly", "polly-token"),
    ),
    "aliyun": Held(
        {
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "STS.EXAMPLE",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET,
            "ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN,
            "ALIYUN_NLS_APPKEY": "appkey",
        },
        (
            ("token", "refresh"),
            ("call", "create", "--template", "TTS_1", "--var", "code=1", *CALLING),
            ("call", "status", *STATUS),
            ("call", "cancel", *STATUS, "--yes"),
            (
                "recording",
                "download",
                "1",
                "--product",
                "ccc",
                *DAY,
                "--param",
                "InstanceId=i",
                "-o",
                "x.wav",
            ),
            ("recording", "download", "--bucket", "b", "--key", "k.wav", "-o", "x.wav", "--region", "cn-x"),
            ("profile", "test"),
            ("api", "aliyun", "dyvms", "QueryCallDetailByCallId", "CallId=1"),
        ),
        ("s3", "s3-gone", "sts", "rpc", "rpc-refused", "mismatch"),
    ),
    "aliyun nls": Held(
        {"ALIYUN_NLS_TOKEN": PLAIN, "ALIYUN_NLS_APPKEY": "appkey"},
        (
            *(("say", "hi", "-o", "x.wav", "--engine", f"nls-{name}") for name in ("rest", "ws", "async")),
            ("say", "-o", "x.wav", "--live", "--engine", "nls-flowing"),
        ),
        ("nls", "rpc", "task", "late-task", "closed"),
    ),
    "aliyun dashscope": Held(
        {"DASHSCOPE_API_KEY": BEARER},
        (("say", "hi", "-o", "x.wav", "--engine", "cosyvoice-v2"),),
        ("openai", "task", "late-task", "closed"),
    ),
    "volcengine": Held(
        {
            "VOLCENGINE_ACCESS_KEY": "AKLTEXAMPLE",
            "VOLCENGINE_SECRET_KEY": SECRET,
            "VOLCENGINE_SESSION_TOKEN": TOKEN,
        },
        (
            ("call", "create", "--text", "hi", "--param", "NumberPoolNo=NP1", *CALLING),
            ("call", "status", "1", "--product", "vms", *DAY),
            ("call", "cancel", "1", "--product", "vms", *DAY, "--yes"),
            ("recording", "download", "1", "--product", "vms", *DAY, "-o", "x.wav"),
            ("recording", "download", "--bucket", "b", "--key", "k.wav", "-o", "x.wav", "--region", "cn-x"),
            ("profile", "test"),
            ("api", "volcengine", "vms", "QuerySingleInfo", "SingleOpenId=1"),
        ),
        ("s3", "s3-gone", "volc", "volc-refused"),
    ),
    "volcengine speech": Held(
        {"VOLC_SPEECH_APP_ID": "1", "VOLC_SPEECH_ACCESS_TOKEN": BEARER},
        (
            ("say", "hi", "-o", "x.mp3"),
            ("say", "hi", "-o", "x.mp3", "--engine", "volcano_tts"),
            ("say", "hi", "-o", "x.mp3", "--engine", "volcano_tts", "--param", "operation=submit"),
            ("say", "-o", "x.mp3", "--live"),
        ),
        ("speech", "speech-403", "late", "frame", "closed"),
    ),
    "tencent": Held(
        {
            "TENCENTCLOUD_SECRET_ID": "AKIDEXAMPLE",
            "TENCENTCLOUD_SECRET_KEY": SECRET,
            "TENCENTCLOUD_TOKEN": TOKEN,
        },
        (
            ("say", "hi", "-o", "x.wav"),
            (
                "call",
                "create",
                "--template",
                "1",
                "--var",
                "1=2",
                "--param",
                "VoiceSdkAppid=1400006666",
                *CALLING,
            ),
            ("profile", "test"),
            ("api", "tencent", "tts", "DescribeTtsTaskStatus", "TaskId=1"),
        ),
        ("tencent", "tencent-refused"),
    ),
    "twilio": Held(
        {"TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": PLAIN},
        (
            ("call", "create", "--text", "hi", "--from", "+14155550100", *CALLING),
            ("call", "batch", "rows.csv", "--text", "hi", "--from", "+14155550100", "--yes"),
            ("call", "status", *STATUS),
            ("call", "cancel", *STATUS, "--yes"),
            ("recording", "list", "--since", "1h"),
            ("recording", "download", *STATUS, "-o", "x.wav"),
            ("profile", "test"),
            ("api", "twilio", "GET", "/Calls.json"),
        ),
        ("twilio", "twilio-refused"),
    ),
    "openai": Held(
        {"OPENAI_API_KEY": BEARER},
        (
            ("say", "hi", "-o", "x.wav"),
            ("say", "hi", "-o", "x.mp3", "--param", "stream_format=sse"),
            ("tts", "batch", "texts.txt", "--out-dir", "out", "--metrics-file", "metrics"),
            ("tts", "voices"),
            ("profile", "test"),
            ("doctor", "--network"),
        ),
        ("openai", "openai-refused", "fastapi", "events"),
    ),
    "emotivoice": Held(
        {},
        (
            *(("say", "hi", "-o", "x.wav", "-p", name) for name in ("openai", "v1tts")),
            ("say", "hi", "-o", "x.mp3", "-p", "youdao"),
            *(("tts", "voices", "-p", name) for name in EMOTIVOICE),
            *(("profile", "test", "-p", name) for name in ("openai", "v1tts")),
        ),
        ("openai", "openai-refused", "fastapi", "youdao"),
        stored=(BEARER,),
    ),
}


def lines_of(held: Held, url: str) -> list[tuple[str, ...]]:
    told = ((LOUD, (*held.forms, *EVERYWHERE)), (QUIET, (*held.forms, "text")))
    lines = [
        (*words, "--endpoint-url", f"{url}/~{form}", "--retries", "0", "--timeout", "5", *mode)
        for words in held.commands
        for mode, forms in told
        for form in forms
    ]
    # No number may be called that often.
    return [tuple(word.format(number=80000 + n) for word in line) for n, line in enumerate(lines)]


def leaks_in(secrets: Mapping[str, str], done: list[Ran]) -> list[str]:
    return [f"{' '.join(ran.words)}: {found}" for ran in done for found in sung(secrets, ran.shown)]


@pytest.mark.parametrize("account", HELD)
def test_no_answer_makes_a_secret_seen(account: str, voicectl: Program) -> None:
    held, vendor = HELD[account], account.partition(" ")[0]
    if vendor == "emotivoice":
        store_keys(voicectl)
    (voicectl.home / "rows.csv").write_text("id,to\n1,+8613800138000\n")
    (voicectl.home / "texts.txt").write_text("hello\n")
    secrets = {name: text for name, text in ALL.items() if text in (*held.environ.values(), *held.stored)}
    with serving(lambda _: Answer(200)) as other, serving(Hostile(secrets, other.url)) as server:
        environ = {**held.environ, "VOICECTL_VENDOR": vendor, "VOICECTL_NO_KEYRING": "1"}
        done = run_many(voicectl, lines_of(held, server.url), environ)
    assert len(server.requests) > len(done) / 2
    assert other.requests == []
    assert any(f"sends elsewhere (HTTP 302), to '{other.url}'" in ran.shown for ran in done)
    assert [ran for ran in done if ran.code in (2, 70, 78)] == []
    assert leaks_in(secrets, done) == []
    assert sung_in_files(secrets, voicectl.home, but=KEPT) == []


@pytest.mark.parametrize("account", HELD)
def test_no_dry_run_shows_a_secret(account: str, voicectl: Program) -> None:
    held, vendor = HELD[account], account.partition(" ")[0]
    if vendor == "emotivoice":
        store_keys(voicectl)
    (voicectl.home / "rows.csv").write_text("id,to\n1,+8613800138000\n")
    (voicectl.home / "texts.txt").write_text("hello\n")
    with serving(lambda _: Answer(200)) as server:
        lines = [
            (*line[: -len(LOUD)], "--dry-run", *LOUD)
            for line in lines_of(held, server.url)
            if "/~text" in " ".join(line) and line[-len(LOUD) :] == LOUD
        ]
        done = run_many(
            voicectl, lines, {**held.environ, "VOICECTL_VENDOR": vendor, "VOICECTL_NO_KEYRING": "1"}
        )
    assert any('"requests"' in ran.shown for ran in done)
    assert leaks_in(ALL, done) == []
    assert sung_in_files(ALL, voicectl.home, but=KEPT) == []


def store_keys(program: Program) -> None:
    add = ("profile", "add", "--vendor", "emotivoice", "--store", "file", "--secret-stdin")
    for name, secret in EMOTIVOICE.items():
        more = ("--set", "access_key_id=AK") if name == "youdao" else ()
        place = ("--set", f"api={name}", "--set", "base_url=http://127.0.0.1")
        done = program(*add, *place, *more, name, stdin=secret)
        assert done.returncode == 0, done.stderr


GIVERS = {
    "an agent": ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "{place}"}, "AWS_CONTAINER_AUTHORIZATION_TOKEN"),
    "single sign-on": ({"AWS_PROFILE": "sso"}, ""),
    "a web identity": ({"AWS_ROLE_ARN": "arn:aws:iam::1:role/r"}, "AWS_WEB_IDENTITY_TOKEN_FILE"),
}


@pytest.mark.parametrize("giver", GIVERS)
def test_nor_does_who_gives_out_keys(giver: str, voicectl: Program) -> None:
    """See that what is shown to get keys stays unseen: an agent's token, that of SSO, a web identity."""
    name = hashlib.sha1(START.encode()).hexdigest()
    kept = voicectl.home / ".aws" / "sso" / "cache" / f"{name}.json"
    kept.parent.mkdir(parents=True)
    kept.write_text(json.dumps({"accessToken": BEARER, "expiresAt": "2099-01-01T00:00:00Z"}))
    (voicectl.home / ".aws" / "config").write_text(SSO)
    (voicectl.home / "web-identity").write_text(BEARER)
    more, variable = GIVERS[giver]
    secrets = {"shown": BEARER}
    for form in ("code", "no-http", "sts"):
        with serving(Hostile(secrets)) as server:
            place = f"{server.url}/~{form}"
            environ = {"VOICECTL_VENDOR": "aws", "AWS_REGION": "us-east-1", "VOICECTL_ENDPOINT_URL": place}
            environ |= {key: text.format(place=place) for key, text in more.items()}
            environ |= {variable: "web-identity" if variable.endswith("FILE") else BEARER} if variable else {}
            lines = [("profile", "test", "--retries", "0", "--timeout", "5", *mode) for mode in (LOUD, QUIET)]
            done = run_many(voicectl, lines, environ)
        assert {ran.code for ran in done} <= {69, 74, 75, 77}, done
        assert len(server.requests) >= len(done)
        assert leaks_in(secrets, done) == []
    assert sung_in_files(secrets, voicectl.home, but=("web-identity", "cache")) == []


def test_every_form_of_answer_is_used() -> None:
    used = {form for held in HELD.values() for form in held.forms}
    assert used | {"code"} | set(EVERYWHERE) == set(FORMS)
