"""How calls of the sandbox move, by a clock that only the test moves."""

from __future__ import annotations

import asyncio
import wave
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest

from voicectl.core.call import CallState
from voicectl.core.request import Request
from voicectl.gateway.sandbox import accounts
from voicectl.gateway.sandbox.acts import Asked
from voicectl.gateway.sandbox.calls import RINGS, PhoneCall, Telephone, plain
from voicectl.gateway.sandbox.calls_aliyun import Dyvms
from voicectl.gateway.sandbox.cloud import Cloud, Refused
from voicectl.gateway.sandbox.recordings import Archive
from voicectl.gateway.sandbox.sound import Studio, tone

pytestmark = pytest.mark.slow

BEGIN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass
class Hall:
    """A telephone, and the time."""

    now: datetime = BEGIN

    def __post_init__(self) -> None:
        self.cloud = Cloud(keys=accounts.keys(), real_now=lambda: self.now)
        self.telephone = Telephone(self.cloud)

    def ring(self, to: str = "13800138000", **more: Any) -> PhoneCall:
        order = {"vendor": "aliyun", "name": "1", "starts_at": self.now, "placed_at": self.now, **more}
        return self.telephone.place(PhoneCall(to=to, heard="Hello there.", **order))

    def states(self, call: PhoneCall, *seconds: float) -> list[str]:
        found = []
        for each in seconds:
            self.now = BEGIN + timedelta(seconds=each)
            found.append(str(self.telephone.standing(call).state))
        return found


@pytest.fixture
def hall() -> Hall:
    return Hall()


def test_a_call_is_queued_rings_is_answered_and_ends(hall: Hall) -> None:
    seen = hall.states(hall.ring(), 0, 0.4, 1.4, 60)
    assert seen == ["queued", "ringing", "answered", "completed"]


@pytest.mark.parametrize("ends", [each for each in RINGS if each not in ("completed", "hung_up_early")])
def test_a_call_that_nobody_takes_ends_without_a_talk(hall: Hall, ends: str) -> None:
    hall.telephone.decide({"to": "+86 13800138000", "ends": ends})
    call = hall.ring()
    assert hall.states(call, 0, 60) == ["queued", ends]
    assert hall.telephone.standing(call).seconds == 0


def test_a_talk_that_is_broken_off_is_short(hall: Hall) -> None:
    hall.telephone.decide({"to": "*", "ends": "hung_up_early"})
    call = hall.ring()
    hall.states(call, 60)
    stands = hall.telephone.standing(call)
    assert (stands.state, stands.reason, stands.seconds) == (CallState.COMPLETED, "hung_up_early", 1)


def test_what_is_decided_later_does_not_change_an_end(hall: Hall) -> None:
    call = hall.ring()
    hall.states(call, 60)
    hall.telephone.decide({"to": "13800138000", "ends": "busy"})
    assert hall.telephone.standing(call).state is CallState.COMPLETED


@pytest.mark.parametrize("written", ["+86 138 0013 8000", "8613800138000", "138-0013-8000"])
def test_a_number_is_one_however_it_is_written(written: str) -> None:
    assert plain(written) == "13800138000"


def test_a_call_can_be_taken_back_until_it_is_answered(hall: Hall) -> None:
    early, late = hall.ring(), hall.ring(name="2")
    assert hall.telephone.stop(early)
    hall.now += timedelta(seconds=2)
    assert not hall.telephone.stop(late)
    assert hall.telephone.stop(late, hang_up=True)
    hall.now += timedelta(seconds=60)
    states = [hall.telephone.standing(call).state for call in (early, late)]
    assert states == [CallState.CANCELED, CallState.COMPLETED]


def test_a_recording_is_there_from_the_end_of_its_call_on_and_as_long(hall: Hall) -> None:
    archive, talk = Archive(hall.telephone, Studio(tone)), hall.ring()
    hall.telephone.decide({"to": "13800138001", "ends": "busy"})
    nobody = hall.ring("13800138001", name="2")
    assert hall.states(talk, 1.4) == ["answered"]
    assert asyncio.run(archive.of(talk)) is None
    assert hall.states(talk, 60) == ["completed"]
    assert asyncio.run(archive.of(nobody)) is None
    kept = asyncio.run(archive.of(talk))
    assert kept is not None
    with wave.open(BytesIO(kept.sound)) as sound:
        assert sound.getnframes() == sound.getframerate() * hall.telephone.standing(talk).seconds


@pytest.mark.parametrize(("form", "start"), [("wav", b"RIFF"), ("mp3", b"\xff")])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_recording_comes_in_the_form_that_is_wanted(
    hall: Hall, form: str, start: bytes, channels: int
) -> None:
    archive = Archive(hall.telephone, Studio(tone))
    data = archive.shaped(asyncio.run(archive.sample()), form, channels)
    assert data.startswith(start)
    if form == "wav":
        with wave.open(BytesIO(data)) as sound:
            assert (sound.getnchannels(), sound.getnframes()) == (channels, 3 * sound.getframerate())


def test_aliyun_takes_one_call_a_minute_five_an_hour_twenty_a_day(hall: Hall) -> None:
    fields = {"CalledNumber": "13800138000", "TtsCode": "TTS_10000001"}
    asked = Asked(
        "SingleCallByTts", fields, accounts.keys()["aliyun"], Request(method="POST", host="127.0.0.1")
    )
    run, taken = Dyvms(Archive(hall.telephone, Studio(tone))).acts()["SingleCallByTts"].run, []
    for _ in range(24 * 60 * 2):
        with suppress(Refused):
            asyncio.run(run(asked))
            taken.append(hall.now)
        hall.now += timedelta(seconds=30)
    for length, most in ((60, 1), (3600, 5), (86400, 20)):
        gaps = [(later - sooner).total_seconds() for sooner, later in zip(taken, taken[most:], strict=False)]
        assert all(gap >= length for gap in gaps)
    assert len(taken) == 20


def test_a_sandbox_that_forgets_lets_a_number_be_called_again(hall: Hall) -> None:
    hall.ring()
    assert hall.telephone.count("aliyun", "13800138000", timedelta(minutes=1)) == 1
    hall.cloud.forget()
    assert hall.telephone.count("aliyun", "13800138000", timedelta(minutes=1)) == 0
