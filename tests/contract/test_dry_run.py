"""The contract's dry run, held against the real program."""

from __future__ import annotations

import json

import pytest

from tests.conftest import Program

KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret-EXAMPLE",
    "AWS_SESSION_TOKEN": "token-EXAMPLE",
    "AWS_REGION": "eu-west-1",
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAIEXAMPLE",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret-EXAMPLE",
    "ALIYUN_NLS_APPKEY": "app",
    "TWILIO_ACCOUNT_SID": "AC" + "5" * 32,
    "TWILIO_AUTH_TOKEN": "token-EXAMPLE",
    "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
}
DEEDS = {
    "tts": ("say", "hi", "--vendor", "aws", "-v", "Joanna", "-o", "a.mp3"),
    "tts without a key": ("say", "hi", "--vendor", "openai", "-o", "a.wav"),
    "call": ("call", "create", "--vendor", "aliyun", "--to", "13800138000", "--template", "TTS_1"),
    "recording download": ("recording", "download", "--vendor", "twilio", "RE" + "5" * 32),
    "token refresh": ("token", "refresh", "--vendor", "aliyun"),
    "api": ("api", "aws", "polly", "PutLexicon", "Name=x", "Content=y"),
}


@pytest.mark.parametrize("name", DEEDS)
def test_a_dry_run_shows_whole_requests_without_secrets_and_sends_nothing(
    name: str, voicectl: Program
) -> None:
    done = voicectl(*DEEDS[name], "--dry-run", env=KEYS)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert list(shown) == ["requests"]
    for request in shown["requests"]:
        assert list(request) == ["method", "url", "headers", "body"]
        assert request["headers"]["Host"] in request["url"]
    assert "secret-EXAMPLE" not in done.stdout
    assert "token-EXAMPLE" not in done.stdout
    assert not list(voicectl.home.rglob("*.json"))


def test_a_token_that_is_not_in_the_cache_is_a_request_of_its_own_and_the_first(voicectl: Program) -> None:
    words = ("say", "hi", "--vendor", "aliyun", "-o", "a.wav", "--dry-run", "--query", "requests[].url")
    token, speech = json.loads(voicectl(*words, env=KEYS).stdout)
    assert "Action=CreateToken" in token
    assert speech.endswith("/stream/v1/tts")
    known = json.loads(voicectl(*words, env={**KEYS, "ALIYUN_NLS_TOKEN": "tEXAMPLE"}).stdout)
    assert known == [speech]


def test_a_session_that_is_missing_is_not_made_for_a_dry_run(voicectl: Program) -> None:
    folder = voicectl.home / ".aws"
    folder.mkdir()
    role = "[profile ops]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = own\nregion = r\n"
    keys = "[profile own]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = secret-EXAMPLE\n"
    (folder / "config").write_text(role + keys)
    done = voicectl(*DEEDS["tts"], "--dry-run", env={"AWS_PROFILE": "ops"})
    assert (done.returncode, "token refresh" in done.stderr) == (77, True), done.stderr
