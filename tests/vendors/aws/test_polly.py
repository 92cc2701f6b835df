"""`voicectl` with Polly as a shell meets it, against a service that botocore guards."""

from __future__ import annotations

import json
import subprocess
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cloud.aws import AwsJudge
from tests.cloud.court import Account, system_now
from tests.cloud.polly import LASTING, REQUEST_ID, TEMPORARY, Polly, keys_in_environment, polly
from tests.cloud.server import Server, serving
from tests.cloud.sounds import mp3, pcm, seconds_of
from tests.conftest import Program

TEXT = "你好，世界！Hello from voicectl, 3 < 4 & so on. 😀👍🏽"


@dataclass
class Shell:
    """A shell with one account's keys in its environment, before a Polly on loopback."""

    program: Program
    judge: AwsJudge
    server: Server
    account: Account = LASTING

    def __call__(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        place = ("--vendor", "aws", "--endpoint-url", self.server.url)
        environ = {"AWS_REGION": "us-east-1", **keys_in_environment(self.account), **env}
        return self.program(*place, *words, env=environ)

    def said(self, *words: str) -> dict[str, Any]:
        """Say something that works, and return what was sent."""
        done = self("say", *words)
        assert done.returncode == 0, done.stderr
        return self.spoken[-1]

    @property
    def spoken(self) -> list[dict[str, Any]]:
        service = self.judge.serve
        assert isinstance(service, Polly)
        return service.spoken

    @property
    def home(self) -> Path:
        return self.program.home

    @property
    def files(self) -> list[str]:
        """What a user sees in the folder."""
        return [path.name for path in self.home.iterdir() if not path.name.startswith(".")]


@contextmanager
def shell_of(program: Program, judge: AwsJudge) -> Iterator[Shell]:
    with serving(judge) as server:
        yield Shell(program, judge, server)


@pytest.fixture
def shell(voicectl: Program) -> Iterator[Shell]:
    with shell_of(voicectl, polly()) as made:
        yield made


def error_of(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    error: dict[str, Any] = json.loads(done.stderr.splitlines()[-1])["error"]
    return error


def test_chinese_english_and_emoji_become_a_wav_and_a_result(shell: Shell) -> None:
    done = shell("say", TEXT, "-o", "a.wav")
    result = json.loads(done.stdout)
    expected = {
        "vendor": "aws",
        "voice": "Zhiyu",
        "format": "wav",
        "sample_rate": 16000,
        "characters": len(TEXT),
        "billed_characters": len(TEXT),
        "request_ids": [REQUEST_ID],
        "chunks": 1,
    }
    assert expected.items() <= result.items()
    with wave.open(str(shell.home / "a.wav")) as sound:
        assert sound.readframes(10**6) == pcm(seconds_of(TEXT), 16000)
    assert shell.spoken == [
        {"OutputFormat": "pcm", "SampleRate": "16000", "Text": TEXT, "TextType": "text", "VoiceId": "Zhiyu"}
    ]


def test_a_temporary_key_travels_with_its_token(shell: Shell) -> None:
    shell.account = TEMPORARY
    assert shell("say", "hi", "-o", "a.wav").returncode == 0
    assert shell.judge.refusals == []


def test_an_mp3_is_polly_s_own(shell: Shell) -> None:
    body = shell.said("hi", "-o", "a.mp3")
    assert (body["OutputFormat"], "SampleRate" in body) == ("mp3", False)
    assert (shell.home / "a.mp3").read_bytes() == mp3(0.2, 22050)


def test_only_ssml_makes_markup(shell: Shell) -> None:
    markup = "<speak>Hello <break time='1s'/> you</speak>"
    assert shell.said(markup, "-o", "a.wav")["TextType"] == "text"
    assert shell.said(markup, "--ssml", "-o", "a.wav")["TextType"] == "ssml"
    broken = shell("say", "--ssml", "<speak>3 < 4</speak>", "-o", "b.wav")
    assert (broken.returncode, "line 1, column" in broken.stderr) == (65, True)


def test_lexicons_and_language_are_named_in_polly_s_words(shell: Shell) -> None:
    body = shell.said(
        "hi", "--voice", "Aditi", "--lang", "hi", "--param", "LexiconNames=names, places", "-o", "a.wav"
    )
    assert (body["LexiconNames"], body["LanguageCode"]) == (["names", "places"], "hi-IN")
    missing = shell("say", "hi", "--param", "LexiconNames=other", "-o", "b.wav", "-O", "json")
    assert (missing.returncode, error_of(missing)["vendor_code"]) == (5, "LexiconNotFoundException")


def test_a_voice_without_the_standard_engine_gets_the_cheapest_that_it_has(shell: Shell) -> None:
    done = shell("say", "hi", "--voice", "Ruth", "-o", "a.mp3")
    assert (shell.spoken[-1]["Engine"], "neural was taken" in done.stderr) == ("neural", True), done.stderr
    assert shell.said("hi", "--voice", "Danielle", "-o", "a.mp3")["Engine"] == "long-form"
    refused = shell("say", "hi", "--voice", "Ruth", "--engine", "standard", "-o", "b.mp3")
    assert (refused.returncode, "engine: standard" in refused.stderr) == (76, True)
    assert not (shell.home / "b.mp3").exists()


def test_a_log_that_cannot_be_kept_is_known_before_anything_is_sent(shell: Shell) -> None:
    done = shell("say", "hi", "-o", "x.mp3", "--log-file", "missing/log", "--debug-file", "missing/debug")
    assert done.returncode == 73, done.stderr
    assert "Traceback" not in done.stderr
    assert shell.spoken == []


def test_a_usual_voice_costs_one_request(shell: Shell) -> None:
    shell.said("hi", "-o", "a.mp3")
    assert [request.path for request in shell.server.requests] == ["/v1/speech"]


def test_voices_come_from_all_pages(shell: Shell) -> None:
    listed = json.loads(shell("tts", "voices").stdout)
    assert (len(listed), len({voice["id"] for voice in listed})) == (121, 121)
    zhiyu = next(voice for voice in listed if voice["id"] == "Zhiyu")
    assert zhiyu == {
        "id": "Zhiyu",
        "name": "Zhiyu",
        "lang": "cmn-CN",
        "gender": "female",
        "engines": ["neural", "standard"],
        "vendor": "aws",
    }
    assert len(shell.server.requests) == 3


@pytest.mark.parametrize(
    ("account", "code", "said"),
    [
        (replace(LASTING, secret="EXAMPLE/wrong"), "InvalidSignatureException", "another signature"),
        (
            replace(LASTING, key_id="AKIAEXAMPLE999999"),
            "UnrecognizedClientException",
            "the key came from: environment, without a session token",
        ),
        (
            replace(TEMPORARY, token="EXAMPLE/other"),
            "UnrecognizedClientException",
            "the key came from: environment, with its session token",
        ),
    ],
    ids=["wrong secret", "unknown key", "wrong token"],
)
def test_wrong_keys_are_77_with_the_vendors_code_and_request_id(
    shell: Shell, account: Account, code: str, said: str
) -> None:
    shell.account = account
    done = shell("say", "hi", "-o", "a.wav", "-O", "json")
    error = error_of(done)
    assert (done.returncode, error["exit_code"], error["vendor"]) == (77, 77, "aws")
    assert (error["vendor_code"], error["request_id"]) == (code, "9d2b7a0e-EXAMPLE")
    assert said in error["message"] + error["hint"]
    assert account.secret not in done.stderr
    assert not account.token or account.token not in done.stderr
    assert shell.files == []


def test_an_expired_token_is_77(voicectl: Program) -> None:
    expired = replace(TEMPORARY, token_expires=datetime.now(UTC) - timedelta(minutes=1))
    judge = polly()
    judge.accounts = [expired]
    with shell_of(voicectl, judge) as shell:
        shell.account = expired
        done = shell("say", "hi", "-o", "a.wav")
    assert (done.returncode, "ExpiredTokenException" in done.stderr) == (77, True)


def test_a_wrong_clock_is_corrected_once_by_the_servers(voicectl: Program) -> None:
    judge = polly(now=lambda: system_now() - timedelta(hours=3))
    with shell_of(voicectl, judge) as shell:
        assert shell("say", "hi", "-o", "a.wav").returncode == 0
    assert judge.refusals == ["skewed"]


def test_a_long_text_goes_in_pieces_that_the_limit_holds(shell: Shell) -> None:
    done = shell("say", "One two three. " * 250, "-o", "a.wav")
    assert (done.returncode, json.loads(done.stdout)["chunks"]) == (0, 2), done.stderr
    assert sorted(len(body["Text"]) <= 3000 for body in shell.spoken) == [True, True]


def test_no_region_is_invented(shell: Shell) -> None:
    done = shell("say", "hi", "-o", "a.wav", AWS_REGION="")
    assert (done.returncode, "--region" in done.stderr, "AWS_REGION" in done.stderr) == (78, True, True)


def test_a_path_in_the_endpoint_stands_before_the_services_own(voicectl: Program) -> None:
    judge = polly()
    judge.serve = lambda request: Polly()(replace(request, line=request.line.replace(b" /proxy/v1", b" /v1")))
    with shell_of(voicectl, judge) as shell:
        place = ("--endpoint-url", shell.server.url + "/proxy/")
        done = shell("say", "hi", "-o", "a.wav", *place)
    assert done.returncode == 0, done.stderr
    assert [request.path for request in shell.server.requests] == ["/proxy/v1/speech"]


def test_a_profile_may_have_an_endpoint_for_polly_alone(shell: Shell) -> None:
    add = (
        "profile",
        "add",
        "x",
        "--vendor",
        "aws",
        "--region",
        "us-east-1",
        "--store",
        "file",
        "--secret-stdin",
    )
    fields = ("--set", f"access_key_id={LASTING.key_id}", "--set", f"endpoint.polly={shell.server.url}")
    assert shell.program(*add, *fields, stdin=LASTING.secret).returncode == 0
    done = shell.program("say", "hi", "-o", "a.wav", "--profile", "x")
    assert done.returncode == 0, done.stderr


def test_a_dry_run_shows_the_request_and_hides_the_token(shell: Shell) -> None:
    shell.account = TEMPORARY
    done = shell("say", "你好", "-o", "a.wav", "--dry-run")
    [request] = json.loads(done.stdout)["requests"]
    assert (request["method"], request["url"]) == ("POST", f"{shell.server.url}/v1/speech")
    assert request["headers"]["X-Amz-Security-Token"] == "***"
    assert json.loads(request["body"])["Text"] == "你好"
    assert (done.returncode, shell.server.connections) == (0, 0)
