"""NLS and CosyVoice over WebSockets, by the real client, against judges that know the protocols."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.cloud import dashscope
from tests.cloud.dashscope import DashScope, dashscope_talking
from tests.cloud.nls_talk import NlsTalk, nls_talking
from tests.cloud.sounds import pcm, seconds_of
from tests.cloud.websocket import refusal
from tests.vendors.aliyun.accounts import PCM, Customer, hear
from voicectl.core.errors import (
    BadInput,
    BrokenAnswer,
    CredentialError,
    TokenRejected,
    TryLater,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.tts import Mark, Utterance
from voicectl.vendors.aliyun.cosyvoice import CosyTask

pytestmark = pytest.mark.slow

TEXT = "你好，世界。Hello!"
ENGINES = ("nls-ws", "nls-flowing", "cosyvoice-v2")


class Place:
    """Both clouds, and an account at each."""

    def __init__(self, nls: NlsTalk, nls_url: str, cosy: DashScope, cosy_url: str) -> None:
        self.nls, self.cosy = nls, cosy
        self._urls = {"nls": nls_url, "cosyvoice": cosy_url}

    def customer(self, engine: str, **more: Any) -> Customer:
        url = self._urls[engine.partition("-")[0]]
        return Customer(url, **{"dashscope_key": dashscope.KEY, **more})

    def judge(self, engine: str) -> NlsTalk | DashScope:
        return self.cosy if engine.startswith("cosy") else self.nls


@pytest.fixture
def place() -> Iterator[Place]:
    with nls_talking() as (nls, nls_server), dashscope_talking() as (cosy, cosy_server):
        yield Place(nls, nls_server.url, cosy, cosy_server.url)


def wish(engine: str, **wishes: Any) -> Utterance:
    return Utterance(**{"text": TEXT, "engine": engine, "format": PCM, **wishes})


def tone(text: str = TEXT) -> bytes:
    return pcm(seconds_of(text), 16000)


@pytest.mark.parametrize("engine", ENGINES)
def test_each_engine_speaks_the_whole_text(place: Place, engine: str) -> None:
    heard = hear(place.customer(engine).tts, wish(engine))
    [spoken] = place.judge(engine).spoken
    assert spoken["text"] == TEXT
    assert len(heard.sound) == len(tone())
    assert heard.stream.request_id == place.judge(engine).tasks[0]


@pytest.mark.parametrize("engine", ENGINES)
def test_wishes_are_written_in_the_words_of_the_interface(place: Place, engine: str) -> None:
    hear(place.customer(engine).tts, wish(engine, rate=1.25, pitch=12, volume=0.5, params={"seed": "7"}))
    [spoken] = place.judge(engine).spoken
    names = (
        ("volume", "rate", "pitch") if engine.startswith("cosy") else ("volume", "speech_rate", "pitch_rate")
    )
    values = (25, 1.25, 2.0) if engine.startswith("cosy") else (25, 200, 500)
    assert tuple(spoken[name] for name in names) == values
    assert spoken["seed"] == 7


def test_style_language_and_markup_are_cosyvoices_own(place: Place) -> None:
    customer = place.customer("cosyvoice-v2")
    wishes = {"style": "用温柔的语气", "lang": "zh-CN", "ssml": True, "text": "<speak>好。</speak>"}
    hear(customer.tts, wish("cosyvoice-v2", **wishes))
    [spoken] = place.cosy.spoken
    assert (spoken["instruction"], spoken["language_hints"]) == ("用温柔的语气", ["zh"])
    assert spoken["enable_ssml"] is True


@pytest.mark.parametrize("engine", ENGINES)
def test_marks_are_told_when_they_are_wanted_and_complete_at_the_end(place: Place, engine: str) -> None:
    heard = hear(place.customer(engine).tts, wish(engine, marked=True, text="你好。"))
    assert list(heard.stream.marks) == [Mark(0, 20, "你"), Mark(20, 40, "好"), Mark(40, 60, "。")]
    assert list(hear(place.customer(engine).tts, wish(engine)).stream.marks) == []


@pytest.mark.parametrize("counts_anew", [False, True])
def test_marks_go_on_over_sentences_however_they_are_counted(place: Place, counts_anew: bool) -> None:
    place.cosy.counts_anew = counts_anew
    tts = place.customer("cosyvoice-v2").tts
    settled = replace(tts.settle(wish("cosyvoice-v2", text="", live=True, marked=True)), format=PCM)
    with tts.synthesize_live(settled, iter(("你。", "好。"))) as stream:
        b"".join(stream.chunks)
    assert [(mark.begin_ms, mark.text) for mark in stream.marks] == [
        (0, "你"),
        (20, "。"),
        (40, "好"),
        (60, "。"),
    ]


def test_a_long_text_goes_by_its_own_interface_and_marks_sentences(place: Place) -> None:
    params = {"namespace": "SpeechLongSynthesizer"}
    text = "长" * 400
    tts = place.customer("nls-ws").tts
    assert tts.limit_for(wish("nls-ws", params=params)).size == 100_000
    heard = hear(tts, wish("nls-ws", text=text, params=params, marked=True))
    assert (place.nls.spoken[0]["text"], place.nls.spoken[0]["namespace"]) == (text, "SpeechLongSynthesizer")
    assert heard.stream.marks[0] == Mark(0, 8000, text, is_sentence=True)
    with pytest.raises(BadInput, match="400"):
        hear(tts, wish("nls-ws", text=text))


@pytest.mark.parametrize(("engine", "billed"), [("nls-ws", None), ("nls-flowing", 12), ("cosyvoice-v2", 16)])
def test_billed_characters_are_those_that_the_vendor_counts(
    place: Place, engine: str, billed: int | None
) -> None:
    assert hear(place.customer(engine).tts, wish(engine)).stream.billed == billed


FAULTS: dict[str, tuple[type[VoicectlError], str]] = {
    "cut": (BrokenAnswer, "broke off"),
    "no end": (BrokenAnswer, "ended before the speech did"),
    "error frame": (TryLater, "engine down"),
    "oversize": (BrokenAnswer, "more than"),
    "silence": (TryLater, "said nothing for 0.3 s"),
    "text for sound": (BrokenAnswer, "text came where sound was promised"),
    "later": (TryLater, "1013 busy"),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.slow
def test_a_fault_in_the_sound_is_never_taken_for_its_end(place: Place, engine: str, fault: str) -> None:
    place.judge(engine).fault = fault
    kind, words = FAULTS[fault]
    with pytest.raises(kind, match=words):
        hear(place.customer(engine, timeout=0.3).tts, wish(engine))
    assert len(place.judge(engine).tasks) == 1


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("status", "kind"), [(401, CredentialError), (403, CredentialError), (429, TryLater), (503, TryLater)]
)
def test_a_refused_handshake_is_told_as_for_any_request(
    place: Place, engine: str, status: int, kind: type[VoicectlError]
) -> None:
    place.judge(engine).refuses = refusal(status)
    customer = place.customer(engine, retries=1)
    with pytest.raises(kind):
        hear(customer.tts, wish(engine))
    assert len(customer.clock.slept) == (1 if kind is TryLater else 0)


@pytest.mark.parametrize("engine", ["nls-ws", "nls-flowing"])
def test_a_dead_token_is_renewed_once_at_the_handshake(place: Place, engine: str) -> None:
    tts = place.customer(engine).tts
    hear(tts, wish(engine))
    place.nls.nls.forget_tokens()
    hear(tts, wish(engine))
    assert (len(place.nls.nls.created), len(place.nls.spoken)) == (2, 2)


@pytest.mark.parametrize("engine", ["nls-ws", "nls-flowing"])
def test_a_token_refused_inside_the_conversation_is_renewed_once(place: Place, engine: str) -> None:
    dead = (40000001, "Gateway:ACCESS_DENIED:The token 'x' has expired!")
    place.nls.fails = [dead]
    hear(place.customer(engine).tts, wish(engine))
    assert (len(place.nls.nls.created), len(place.nls.spoken)) == (2, 1)
    place.nls.fails = [dead, dead, dead]
    with pytest.raises(TokenRejected) as caught:
        hear(place.customer(engine).tts, wish(engine))
    assert (len(place.nls.fails), caught.value.facts["vendor_code"]) == (1, "40000001")
    ready = "EXAMPLE-ready-token-0001"
    place.nls.nls.tokens[ready] = place.nls.nls.now() + place.nls.nls.token_life
    with pytest.raises(TokenRejected) as caught:
        hear(place.customer(engine, ready_token=ready).tts, wish(engine))
    assert "ALIYUN_NLS_TOKEN" in caught.value.hint


@pytest.mark.parametrize("engine", ENGINES)
def test_who_is_too_many_waits_and_tries_again(place: Place, engine: str) -> None:
    busy: Any = ("Throttling.RateQuota", "slow down") if engine.startswith("cosy") else (40000005, "busy")
    place.judge(engine).fails = [busy, busy]
    customer = place.customer(engine)
    hear(customer.tts, wish(engine))
    assert (customer.clock.slept, len(place.judge(engine).spoken)) == ([0.5, 1.0], 1)
    assert len(set(place.judge(engine).tasks)) == 3


@pytest.mark.parametrize(
    ("engine", "voice", "code"),
    [("nls-ws", "nobody", "41020001"), ("cosyvoice-v2", "nobody", "InvalidParameter")],
)
def test_what_the_service_finds_wrong_is_told_and_not_tried_again(
    place: Place, engine: str, voice: str, code: str
) -> None:
    with pytest.raises(VendorRefused) as caught:
        hear(place.customer(engine).tts, wish(engine, voice=voice))
    assert (caught.value.facts["vendor_code"], caught.value.facts["vendor"]) == (code, "aliyun")


def test_flowing_waits_until_it_may_speak(place: Place) -> None:
    place.nls.slow_start = 0.1
    hear(place.customer("nls-flowing").tts, wish("nls-flowing"))
    assert place.nls.spoken[0]["text"] == TEXT


@pytest.mark.parametrize("engine", ["nls-flowing", "cosyvoice-v2"])
def test_the_first_sound_comes_before_the_text_has_ended(place: Place, engine: str) -> None:
    heard_at: list[float] = []

    def texts() -> Iterator[str]:
        yield "第一句。"
        until = time.monotonic() + 2
        while not heard_at and time.monotonic() < until:
            time.sleep(0.01)
        yield "第二句，"
        yield "没有句号"

    tts = place.customer(engine, timeout=0.3).tts
    settled = replace(tts.settle(wish(engine, text="", live=True)), format=PCM)
    with tts.synthesize_live(settled, texts()) as stream:
        sound = b""
        for chunk in stream.chunks:
            heard_at.append(time.monotonic())
            sound += chunk
    judge = place.judge(engine)
    assert judge.spoken[0]["text"] == "第一句。第二句，没有句号"
    assert heard_at[0] < judge.heard_at[1]
    assert len(sound) == len(tone("第一句。")) + len(tone("第二句，没有句号"))


@pytest.mark.parametrize("engine", ["nls-flowing", "cosyvoice-v2"])
@pytest.mark.slow
def test_a_pause_in_the_text_is_no_silence_of_the_server(place: Place, engine: str) -> None:
    def texts() -> Iterator[str]:
        yield "慢。"
        time.sleep(0.5)
        yield "慢。"

    tts = place.customer(engine, timeout=0.2).tts
    settled = replace(tts.settle(wish(engine, text="", live=True)), format=PCM)
    with tts.synthesize_live(settled, texts()) as stream:
        assert b"".join(stream.chunks)
    assert place.judge(engine).spoken[0]["text"] == "慢。慢。"


@pytest.mark.parametrize("engine", ["nls-flowing", "cosyvoice-v2"])
@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - {"silence"}))
def test_a_fault_ends_the_speech_though_more_text_may_come(place: Place, engine: str, fault: str) -> None:
    place.judge(engine).fault = fault
    more = threading.Event()

    def texts() -> Iterator[str]:
        yield "第一句。"
        more.wait(5)
        yield "第二句。"

    tts = place.customer(engine, timeout=0.3).tts
    settled = replace(tts.settle(wish(engine, text="", live=True)), format=PCM)
    kind, words = FAULTS[fault]
    began = time.monotonic()
    with pytest.raises(kind, match=words), tts.synthesize_live(settled, texts()) as stream:
        b"".join(stream.chunks)
    more.set()
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("engine", ["nls-flowing", "cosyvoice-v2"])
def test_what_stops_the_text_is_what_is_told(place: Place, engine: str) -> None:
    def texts() -> Iterator[str]:
        yield "好。"
        raise BadInput("byte 7 is no UTF-8")

    tts = place.customer(engine).tts
    settled = replace(tts.settle(wish(engine, text="", live=True)), format=PCM)
    with pytest.raises(BadInput, match="byte 7"), tts.synthesize_live(settled, texts()) as stream:
        b"".join(stream.chunks)
    assert place.judge(engine).spoken == []


@pytest.mark.parametrize(
    ("engine", "sign", "most"), [("nls-flowing", "a", 100_000), ("cosyvoice-v2", "好", 100_000)]
)
def test_text_without_end_is_stopped_at_the_limit(place: Place, engine: str, sign: str, most: int) -> None:
    tts = place.customer(engine).tts
    settled = replace(tts.settle(wish(engine, text="", live=True)), format=PCM)
    texts = iter([sign * 100_000, sign])
    with pytest.raises(BadInput, match="at most"), tts.synthesize_live(settled, texts) as stream:
        b"".join(stream.chunks)


def test_markup_is_never_cut_between_messages(place: Place) -> None:
    markup = f"<speak>{'<break/>' * 3000}{'a' * 12_000}</speak>"
    tts = place.customer("nls-flowing").tts
    with pytest.raises(BadInput, match="10000"):
        hear(tts, wish("nls-flowing", text=markup, ssml=True))
    task = CosyTask("0" * 32, wish("cosyvoice-v2", text=markup, ssml=True), PCM)
    assert [json.loads(message)["payload"]["input"]["text"] for message in task.texts(markup)] == [markup]


def test_a_parameter_may_be_an_object(place: Place) -> None:
    customer = place.customer("cosyvoice-v2")
    hear(customer.tts, wish("cosyvoice-v2", params={"hot_fix": '{"replace": [{"a": "b"}]}'}))
    assert place.cosy.spoken[0]["hot_fix"] == {"replace": [{"a": "b"}]}


def test_the_workspace_goes_into_a_header(place: Place) -> None:
    with dashscope_talking() as (judge, server):
        customer = Customer(server.url, dashscope_key=dashscope.KEY)
        hear(customer.tts, wish("cosyvoice-v2", params={"workspace": "ws-1"}))
        assert server.handshakes[0].headers["X-DashScope-WorkSpace"] == "ws-1"
        assert "workspace" not in judge.spoken[0]
