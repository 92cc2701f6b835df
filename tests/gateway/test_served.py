"""Whom a model's name means, which hosts are answered to, and where keys may be shown."""

from __future__ import annotations

import pytest

from voicectl.core.errors import UsageError
from voicectl.core.speaker import Speaker
from voicectl.gateway.feelings import Wanted
from voicectl.gateway.keys import Env
from voicectl.gateway.posture import check_binding, host_refusal, hosts
from voicectl.gateway.served import House, Served
from voicectl.gateway.tone_voice import ToneTts


def served(name: str, vendor: str) -> Served:
    tts = ToneTts()
    return Served(name, vendor, tts, lambda utterance: Speaker(tts))


HOUSE = House((served("work", "aws"), served("lab", "openai")))


@pytest.mark.parametrize(
    ("model", "profiles", "expected"),
    [
        ("", ("*",), ("work", "")),
        ("tts-1", ("*",), ("work", "")),
        ("neural", ("*",), ("work", "neural")),
        ("lab", ("*",), ("lab", "")),
        ("lab/tts-1", ("*",), ("lab", "tts-1")),
        ("lab/maker/model", ("*",), ("lab", "maker/model")),
        ("maker/model", ("*",), ("work", "maker/model")),
        ("tts-1", ("lab",), ("lab", "tts-1")),
        ("work", ("lab",), ("work", "")),
        ("neural", (), ("", "neural")),
    ],
)
def test_a_models_name_means_a_profile_or_a_model(
    model: str, profiles: tuple[str, ...], expected: tuple[str, str]
) -> None:
    named = HOUSE.named(Wanted(text="hi", model=model), profiles)
    assert (named.profile, named.model) == expected


def test_the_usual_voice_is_the_vendors_own() -> None:
    assert HOUSE.named(Wanted(text="hi", voice="default"), ("*",)).voice == ""
    assert HOUSE.named(Wanted(text="hi", voice="Joanna"), ("*",)).voice == "Joanna"


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        (b"localhost", True),
        (b"LOCALHOST:8787", True),
        (b"127.0.0.1:1", True),
        (b"[::1]:8787", True),
        (b"[::1]", True),
        (b"voice.example:443", True),
        (b"sandbox.localhost", False),
        (b"localhost.evil.example", False),
        (b"evil.example", False),
        (b"localhost:x", False),
        (b"user@localhost", False),
        (b"", False),
    ],
)
def test_only_names_that_were_given_are_answered_to(host: bytes, is_ours: bool) -> None:
    refusal = host_refusal([(b"host", host)], hosts(Env.LIVE, ["Voice.Example"]))
    assert (refusal is None) == is_ours


def test_no_host_or_two_is_none() -> None:
    allowed = hosts(Env.LIVE, [])
    assert host_refusal([], allowed)
    assert host_refusal([(b"host", b"localhost")] * 2, allowed)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "voice.example"])
def test_keys_cross_a_network_only_under_tls(host: str) -> None:
    with pytest.raises(UsageError):
        check_binding(host, has_tls=False, behind_proxy=False)
    check_binding(host, has_tls=True, behind_proxy=False)
    check_binding(host, has_tls=False, behind_proxy=True)
    check_binding("127.0.0.1", has_tls=False, behind_proxy=False)
