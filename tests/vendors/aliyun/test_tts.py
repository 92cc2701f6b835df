"""What is asked of NLS, and what is refused before anything is asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from tests.transport.parts import Drawer, StillClock
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.credentials import Credentials, Secret
from voicectl.core.endpoint import Endpoint
from voicectl.core.errors import BadInput, ConfigError, Unsupported, UsageError, VoicectlError
from voicectl.core.profile import Profile
from voicectl.core.tts import Utterance
from voicectl.vendors.aliyun import places
from voicectl.vendors.aliyun.nls import nls_rate, plain
from voicectl.vendors.aliyun.nls_rest import request_of
from voicectl.vendors.aliyun.nls_socket import FLOWING_REGION
from voicectl.vendors.aliyun.services import services
from voicectl.vendors.aliyun.tts import AliyunTts

KEY = Credentials(secret=Secret("EXAMPLE-dashscope"))
WAV = AudioFormat(Container.WAV, 16000)
GATEWAY = Endpoint.of("https://gateway.example/proxy")


@dataclass
class Account:
    """An account that may look, and has no way out."""

    region: str = ""
    appkey: str = "appkey-EXAMPLE"
    endpoints: dict[str, str] = field(default_factory=dict)
    clock: StillClock = field(default_factory=StillClock)
    key: Credentials | None = None

    @property
    def profile(self) -> Profile:
        settings = {"nls_appkey": self.appkey} if self.appkey else {}
        return Profile(name="x", vendor="aliyun", region=self.region, settings=settings)

    def keys(self, secret: str = "", *, host: str = "", needed: bool = True) -> Drawer:
        return Drawer([self.key])

    def endpoint(self, service: str, usual: str) -> Endpoint:
        custom = self.endpoints.get(service, "")
        return Endpoint.of(custom or usual, is_custom=bool(custom))


def speech(account: Account | None = None) -> AliyunTts:
    return AliyunTts(account or Account())  # type: ignore[arg-type]


def asked(**wishes: Any) -> dict[str, Any]:
    request = request_of(GATEWAY, "appkey-EXAMPLE", Utterance(**{"text": "你好", **wishes}), WAV)
    assert (request.method, request.url) == ("POST", "https://gateway.example/proxy/stream/v1/tts")
    assert request.headers == (("Content-Type", "application/json"),)
    found: dict[str, Any] = json.loads(request.body)
    return found


def test_what_is_left_to_the_vendor_is_not_sent() -> None:
    assert asked() == {
        "appkey": "appkey-EXAMPLE",
        "text": "你好",
        "format": "wav",
        "sample_rate": 16000,
        "voice": "xiaoyun",
    }


@pytest.mark.parametrize(
    ("factor", "number"), [(0.5, -500), (0.8, -125), (1, 0), (1.25, 200), (2, 500), (1.5, 333)]
)
def test_a_factor_is_written_by_the_formula_of_its_side(factor: float, number: int) -> None:
    assert nls_rate(factor) == number
    assert asked(rate=factor)["speech_rate"] == number


def test_volume_pitch_and_raw_parameters() -> None:
    sent = asked(volume=1.5, pitch=-12, params={"enable_subtitle": "true", "device": "x1", "method": "2"})
    assert (sent["volume"], sent["pitch_rate"]) == (75, -500)
    assert (sent["enable_subtitle"], sent["device"], sent["method"]) == (True, "x1", 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 < 2 & 3 > 2", "1 < 2 & 3 > 2"),
        ("say <speak>x</speak>", "say ＜speak>x＜/speak>"),
        ("<SPEAK>x", "＜SPEAK>x"),
    ],
)
def test_plain_text_is_never_taken_for_markup(text: str, said: str) -> None:
    assert plain(text) == said
    assert len(said) == len(text)
    assert asked(text=text)["text"] == said
    assert asked(text=text, ssml=True)["text"] == text


@pytest.mark.parametrize(
    ("wishes", "kind", "words"),
    [
        ({"rate": 0.4}, Unsupported, "0.5 to 2"),
        ({"rate": 2.1}, Unsupported, "0.5 to 2"),
        ({"pitch": 13}, Unsupported, "-12 to 12"),
        ({"volume": 2.5}, Unsupported, "0 to 2"),
        ({"engine": "neural"}, Unsupported, "nls-rest"),
        ({"lang": "fr"}, Unsupported, "zh, en"),
        ({"emotion": "happy"}, Unsupported, "--emotion"),
        ({"style": "softly"}, Unsupported, "--style"),
        ({"params": {"token": "EXAMPLE"}}, UsageError, "'token'"),
        ({"params": {"format": "mp3"}}, UsageError, "'format'"),
        ({"ssml": True}, BadInput, "<speak>"),
    ],
    ids=str,
)
def test_what_it_does_not_have_is_refused_with_what_it_has(
    wishes: dict[str, Any], kind: type[VoicectlError], words: str
) -> None:
    with pytest.raises(kind) as caught:
        speech().settle(Utterance(text="x", **wishes))
    assert words in str(caught.value)


def test_the_usual_voice_is_filled_in_and_another_brings_its_own_language() -> None:
    assert speech().settle(Utterance(text="x", lang="zh-CN")).voice == "xiaoyun"
    assert speech().settle(Utterance(text="x", voice="tomoka", lang="ja")).voice == "tomoka"


def test_a_missing_appkey_is_said_with_both_ways_to_give_one() -> None:
    with pytest.raises(ConfigError) as caught:
        speech(Account(appkey="")).settle(Utterance(text="x"))
    assert "ALIYUN_NLS_APPKEY" in caught.value.hint
    assert "nls_appkey" in caught.value.hint


def test_text_over_300_characters_is_refused_for_the_gateway_would_cut_it() -> None:
    with pytest.raises(BadInput, match="301"), speech().synthesize(Utterance(text="好" * 301)):
        pass


@pytest.mark.parametrize(
    ("region", "gateway", "meta", "version"),
    [
        ("", "nls-gateway-cn-shanghai", "nls-meta.cn-shanghai", "2019-02-28"),
        ("cn-beijing", "nls-gateway-cn-beijing", "nls-meta.cn-shanghai", "2019-02-28"),
        ("cn-shenzhen", "nls-gateway-cn-shenzhen", "nls-meta.cn-shanghai", "2019-02-28"),
        ("ap-southeast-1", "nls-gateway-ap-southeast-1", "nlsmeta.ap-southeast-1", "2019-07-17"),
    ],
)
def test_each_region_has_its_gateway_and_its_token_service(
    region: str, gateway: str, meta: str, version: str
) -> None:
    account: Any = Account(region=region)
    service, endpoint = places.token_service(account)
    assert places.gateway(account).request("GET", "/").url == f"https://{gateway}.aliyuncs.com/"
    assert (endpoint.host, service.version) == (f"{meta}.aliyuncs.com", version)


@pytest.mark.parametrize(
    ("place", "region"), [(places.gateway, "cn-hangzhou"), (places.token_service, "eu-central-1")]
)
def test_a_region_without_nls_is_refused_with_those_that_have_it(
    place: Callable[[Any], object], region: str
) -> None:
    with pytest.raises(Unsupported, match="cn-beijing") as caught:
        place(Account(region=region))
    assert caught.value.hint == "--region cn-shanghai"
    custom = {"nls_gateway": "https://own.example", "nls_meta": "https://own.example"}
    place(Account(region=region, endpoints=custom))


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("", "dashscope.aliyuncs.com"),
        ("cn-shanghai", "dashscope.aliyuncs.com"),
        ("ap-southeast-1", "dashscope-intl.aliyuncs.com"),
    ],
)
def test_cosyvoice_is_at_one_place_for_the_mainland_and_at_one_for_singapore(region: str, host: str) -> None:
    account: Any = Account(region=region)
    assert places.dashscope(account).host == host


def test_a_region_without_cosyvoice_is_refused_with_those_that_have_it() -> None:
    with pytest.raises(Unsupported, match="cn-beijing, ap-southeast-1"):
        speech(Account(region="eu-central-1", key=KEY)).settle(Utterance(text="x", engine="cosyvoice"))


@pytest.mark.parametrize(
    ("has_appkey", "key", "wishes", "engine", "voice", "is_told"),
    [
        (True, None, {}, "nls-rest", "xiaoyun", False),
        (True, KEY, {"rate": 1.5}, "nls-rest", "xiaoyun", False),
        (True, None, {"marked": True}, "nls-ws", "xiaoyun", True),
        (True, KEY, {"live": True, "text": ""}, "nls-flowing", "xiaoyun", True),
        (True, KEY, {"style": "softly"}, "cosyvoice-v2", "longxiaochun_v2", True),
        (False, KEY, {}, "cosyvoice-v2", "longxiaochun_v2", True),
        (False, KEY, {"engine": "cosyvoice-v1"}, "cosyvoice-v1", "longxiaochun", False),
        (True, KEY, {"engine": "cosyvoice-v9", "voice": "mine"}, "cosyvoice-v9", "mine", False),
    ],
    ids=str,
)
def test_the_engine_is_chosen_by_what_the_account_has_and_what_is_asked_for(
    has_appkey: bool, key: Credentials | None, wishes: dict[str, Any], engine: str, voice: str, is_told: bool
) -> None:
    account = Account(appkey="appkey-EXAMPLE" if has_appkey else "", key=key)
    settled = speech(account).settle(Utterance(**{"text": "x", **wishes}))
    assert (settled.engine, settled.voice, bool(settled.notes)) == (engine, voice, is_told)


@pytest.mark.parametrize(
    ("engine", "size", "first"),
    [
        ("nls-rest", 300, "wav"),
        ("nls-ws", 300, "pcm"),
        ("nls-flowing", 100_000, "pcm"),
        ("nls-async", 100_000, "wav"),
        ("cosyvoice-v2", 20_000, "pcm"),
    ],
)
def test_each_engine_has_its_own_limit_and_formats(engine: str, size: int, first: str) -> None:
    tts, settled = speech(), Utterance(text="x", engine=engine)
    assert (tts.limit_for(settled).size, tts.formats_for(settled)[0].container) == (size, first)


def test_a_han_sign_counts_twice_at_cosyvoice() -> None:
    limit = speech().limit_for(Utterance(text="", engine="cosyvoice-v2"))
    assert limit.measure("好a。") == 4


def test_flowing_is_at_the_gateway_that_has_it_unless_a_region_is_named() -> None:
    account: Any = Account()
    assert "cn-beijing" in places.gateway(account, FLOWING_REGION).host
    account = Account(region="cn-shanghai")
    assert "cn-shanghai" in places.gateway(account, FLOWING_REGION).host


def test_each_interface_is_shown_with_the_name_by_which_it_is_chosen() -> None:
    tts = speech(Account(key=KEY))
    for service in services():
        for engine in service.engines:
            settled = tts.settle(Utterance(text="x", engine=engine, voice="some"))
            formats = {each.container.value for each in tts.formats_for(settled)}
            assert set(service.formats) == formats


def test_the_voices_cannot_be_listed() -> None:
    assert list(speech(SimpleNamespace()).voices()) == []  # type: ignore[arg-type]
