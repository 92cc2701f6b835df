"""NLS for long texts, by the real client, against a judge that keeps texts waiting."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cloud.nls_account import KEYS
from tests.cloud.nls_long import NlsLong
from tests.cloud.server import Server, serving
from tests.cloud.sounds import seconds_of, wav
from tests.conftest import Program
from tests.vendors.aliyun.accounts import Customer, hear
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import (
    BadInput,
    BrokenAnswer,
    Guarded,
    TokenRejected,
    TryLater,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.tts import Mark, Utterance

TEXT = "很长的故事。" * 100
WAV = AudioFormat(Container.WAV, 16000)


@pytest.fixture
def judge() -> NlsLong:
    return NlsLong()


@pytest.fixture
def server(judge: NlsLong) -> Iterator[Server]:
    with serving(judge) as server:
        yield server


def wish(**wishes: Any) -> Utterance:
    return Utterance(**{"text": TEXT, "engine": "nls-async", "format": WAV, **wishes})


def test_a_text_is_handed_in_asked_after_and_fetched_without_a_key(judge: NlsLong, server: Server) -> None:
    customer = Customer(server.url)
    heard = hear(customer.tts, wish(rate=2, marked=True))
    assert heard.sound == wav(seconds_of(TEXT))
    [spoken] = judge.spoken
    assert (spoken["text"], spoken["speech_rate"]) == (TEXT, 500)
    assert heard.stream.request_id == "R-long"
    assert list(heard.stream.marks) == [Mark(0, 12000, TEXT, is_sentence=True)]
    assert customer.clock.slept == [1.0, 2.0, 4.0]
    [token] = judge.nls.created
    assert token not in str(judge.headers_of_fetch)


def test_the_pauses_between_looks_grow_to_ten_seconds(judge: NlsLong, server: Server) -> None:
    judge.looks = 5
    customer = Customer(server.url)
    hear(customer.tts, wish())
    assert customer.clock.slept == [1.0, 2.0, 4.0, 10.0, 10.0, 10.0]


@pytest.mark.slow
def test_what_never_comes_is_given_up_after_three_hours(judge: NlsLong, server: Server) -> None:
    judge.looks = 10**6
    customer = Customer(server.url)
    with pytest.raises(TryLater, match="3 hours") as caught:
        hear(customer.tts, wish(text="x"))
    assert sum(customer.clock.slept) == pytest.approx(3 * 3600, abs=10)
    assert caught.value.facts["request_id"] == "R-long"


def test_a_dead_token_is_renewed_once_in_the_body_and_in_the_query(judge: NlsLong, server: Server) -> None:
    tts = Customer(server.url).tts
    hear(tts, wish())
    judge.nls.forget_tokens()
    hear(tts, wish())
    assert (len(judge.nls.created), len(judge.spoken)) == (2, 2)
    judge.nls.knows_no_token = True
    with pytest.raises(TokenRejected):
        hear(tts, wish())
    assert len(judge.nls.created) == 3


FAULTS: dict[str, tuple[dict[str, Any], type[VoicectlError]]] = {
    "busy": ({"fails": [(40000005, "TOO_MANY_REQUESTS")] * 9}, TryLater),
    "in arrears": ({"fails": [(40000010, "FREE_TRIAL_EXPIRED")]}, VendorRefused),
    "no JSON": ({"broken": b"hello"}, BrokenAnswer),
    "no task": ({"broken": b'{"error_code": 20000000, "data": {}}'}, BrokenAnswer),
    "a place inside": ({"address": "https://127.0.0.1:1/result"}, Guarded),
    "a place without https": ({"address": "http://oss.example/result"}, Guarded),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told(judge: NlsLong, server: Server, fault: str) -> None:
    settings, kind = FAULTS[fault]
    for name, value in settings.items():
        setattr(judge, name, value)
    with pytest.raises(kind):
        hear(Customer(server.url).tts, wish())


def test_a_text_of_more_than_100000_characters_is_refused(server: Server) -> None:
    with pytest.raises(BadInput, match="100001"):
        hear(Customer(server.url).tts, wish(text="x" * 100_001))


def test_the_program_shows_no_token_in_a_dry_run_and_writes_the_file(
    voicectl: Program, judge: NlsLong, server: Server
) -> None:
    judge.looks = 0
    env = {**KEYS, "VOICECTL_ENDPOINT_URL": server.url}
    words = ("say", TEXT, "-o", "a.wav", "--engine", "nls-async")
    assert voicectl("token", "refresh", env=env).returncode == 0
    shown = voicectl(*words, "--dry-run", env=env)
    [token] = judge.nls.created
    assert (shown.returncode, token in shown.stdout, judge.spoken) == (0, False, [])
    body = json.loads(shown.stdout)["requests"][-1]["body"]
    assert '"token": "***"' in (body if isinstance(body, str) else json.dumps(body))
    done = voicectl(*words, env=env)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["duration_seconds"] == pytest.approx(seconds_of(TEXT), abs=0.01)
