"""DashScope's own kit against our judge of it: what the vendor's kit says is what the judge takes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cloud.dashscope import KEY, PATH, DashScope, dashscope_talking
from tests.cloud.sounds import pcm, seconds_of

pytestmark = pytest.mark.slow
TEXT = "你好，世界。Hello!"


@pytest.fixture
def kit() -> Iterator[tuple[DashScope, object]]:
    import dashscope
    from dashscope.audio.tts_v2 import AudioFormat, SpeechSynthesizer

    with dashscope_talking() as (judge, server):
        dashscope.api_key = KEY
        url = server.url.replace("http", "ws", 1) + PATH
        made = SpeechSynthesizer(
            model="cosyvoice-v2",
            voice="longxiaochun_v2",
            format=AudioFormat.PCM_16000HZ_MONO_16BIT,
            instruction="softly",
            language_hints=["zh"],
            url=url,
        )
        yield judge, made


def test_the_kit_is_understood_and_understands(kit: tuple[DashScope, object]) -> None:
    judge, made = kit
    assert made.call(TEXT) == pcm(seconds_of(TEXT), 16000)  # type: ignore[attr-defined]
    [spoken] = judge.spoken
    assert (spoken["text"], spoken["instruction"], spoken["language_hints"]) == (TEXT, "softly", ["zh"])
    assert made.get_response()["payload"]["usage"]["characters"] == 16  # type: ignore[attr-defined]


def test_the_kit_hears_of_a_failure(kit: tuple[DashScope, object]) -> None:
    from dashscope.common.error import RequestFailure

    judge, made = kit
    judge.fails = [("InvalidParameter", "no")]
    with pytest.raises(RequestFailure) as caught:
        made.call(TEXT)  # type: ignore[attr-defined]
    assert caught.value.name == "InvalidParameter"
