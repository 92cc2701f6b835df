"""Each vendor is asked for a recording as its pages say, by requests that its own SDK accepts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cloud.aliyun import AliyunJudge
from tests.cloud.aws import AwsJudge
from tests.cloud.court import pairs_of
from tests.cloud.server import Answer, RawRequest, serving
from tests.cloud.store import Store, cut_after, redirects, says
from tests.cloud.twilio import ACCOUNT as TWILIO_ACCOUNT
from tests.cloud.twilio import ROOT, TOKEN, Twilio
from tests.cloud.volcengine import VolcengineJudge
from tests.vendors.recordings import ACCOUNT, SOUND, Cloud, keeper, variables
from voicectl.actions.recording import Patience, listed, when_ready
from voicectl.core.errors import (
    BadInput,
    CredentialError,
    NotFound,
    Unsupported,
    UsageError,
    VoicectlError,
    WaitedTooLong,
)
from voicectl.core.recording import Recording, read_recording_id, recording_id

JSON = ("Content-Type", "application/json")


@dataclass
class Told:
    """An interface that answers each question with the next of these, and the last one for ever.

    `URL` in an answer is where the recording is on this server.
    """

    answers: list[dict[str, Any]]
    asked: list[dict[str, str]] = field(default_factory=list)
    requests: list[RawRequest] = field(default_factory=list)

    def __call__(self, request: RawRequest) -> Answer:
        self.requests.append(request)
        self.asked.append(dict(pairs_of(request.query) + pairs_of(request.body.decode())))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        text = json.dumps(answer).replace(
            "URL", f"http://{request.header('host')}/media/one.wav?Expires=9999999999"
        )
        return Answer(400 if answer.get("Code") not in (None, "OK") else 200, (JSON,), text.encode())


ALIYUN = {
    "dypls": (
        "QueryRecordFileDownloadUrl",
        "CallId",
        {"CallTime": "2026-01-02 03:04:05", "PoolKey": "FC1"},
        {"Code": "OK", "DownloadUrl": "URL"},
    ),
    "ccc": (
        "GetMonoRecording",
        "ContactId",
        {"InstanceId": "i-1"},
        {"Code": "OK", "Data": {"FileUrl": "URL", "FileName": "a.wav", "Duration": 1500}},
    ),
    "aiccs": ("GetRecordUrl", "Acid", {"InstanceId": "i-1"}, {"Code": "OK", "Data": {"OssLink": "URL"}}),
    "outboundbot": (
        "DownloadRecording",
        "TaskId",
        {"InstanceId": "i-1"},
        {"Code": "OK", "DownloadParams": {"SignatureUrl": "URL", "FileName": "a.wav"}},
    ),
    "cloud": (
        "CloudGetRecordUrl",
        "RecordFile",
        {"EnterpriseId": "7"},
        {"Code": "OK", "Data": {"Url": "URL"}},
    ),
    "clink": (
        "ClinkDescribeRecordFileUrl",
        "MainUniqueId",
        {"EnterpriseId": "7"},
        {"Code": "OK", "RecordFileUrl": "URL"},
    ),
}


def aliyun(told: Told) -> AliyunJudge:
    return AliyunJudge(accounts=(ACCOUNT,), serve=told)


@pytest.mark.parametrize("product", ALIYUN)
def test_aliyuns_products_are_asked_by_their_own_actions(product: str, tmp_path: Path) -> None:
    action, name, params, answer = ALIYUN[product]
    told = Told([answer])
    judge = aliyun(told)
    with keeper("aliyun", Cloud(judge), tmp_path, variables("aliyun"), region="cn-shanghai") as at:
        found = at.of("call^1", product, **params)
        got = at.brought(at.recordings, found[0])
    assert judge.refusals == []
    assert {request.header("x-acs-action") for request in told.requests} == {action}
    assert told.asked[0] == {name: "call^1", **params}
    assert got.fetched is not None
    assert Path(got.path).read_bytes() == SOUND
    assert got.path == str(tmp_path / f"aliyun.{product}.20260102.call_5E1.wav")


@pytest.mark.parametrize("product", ALIYUN)
def test_aliyuns_products_say_what_they_cannot_do_without(product: str, tmp_path: Path) -> None:
    with (
        keeper("aliyun", Told([{}]), tmp_path, variables("aliyun"), region="cn-shanghai") as at,
        pytest.raises(UsageError, match="wants"),
    ):
        at.of("call-1", product)


def test_a_channel_a_side_is_another_action(tmp_path: Path) -> None:
    told = Told([ALIYUN["ccc"][3]])
    with keeper("aliyun", Cloud(aliyun(told)), tmp_path, variables("aliyun"), region="cn-shanghai") as at:
        found = at.of("c-1", "ccc", InstanceId="i-1", channels="2")
    assert told.requests[0].header("x-acs-action") == "GetMultiChannelRecording"
    assert found[0].duration_seconds == 1.5


def test_recordings_of_dyvmsapi_come_by_report_only(tmp_path: Path) -> None:
    with (
        keeper("aliyun", Told([{}]), tmp_path, variables("aliyun")) as at,
        pytest.raises(Unsupported) as refused,
    ):
        at.of("c-1", "voice")
    assert "--receipt" in refused.value.hint


def test_aliyuns_report_brings_the_recording(tmp_path: Path) -> None:
    with keeper("aliyun", Cloud(Told([{}])), tmp_path, variables("aliyun")) as at:
        report = [{"call_id": "116^1", "record_file": f"{at.server.url}/media/x.wav?Expires=9999999999"}]
        (found,) = at.recordings.received(json.dumps(report).encode())
        got = at.brought(at.recordings, found)
    assert Path(got.path).read_bytes() == SOUND


@pytest.mark.parametrize("body", [b"[]", b"{", b'[{"call_id": "1"}]', b"null"])
def test_a_report_without_a_recording_is_refused(body: bytes, tmp_path: Path) -> None:
    with keeper("aliyun", Told([{}]), tmp_path, variables("aliyun")) as at, pytest.raises(BadInput):
        list(at.recordings.received(body))


NOT_YET = {
    "no address": {"Code": "OK"},
    "not found": {"Code": "NotFound.Recording", "Message": "m"},
    "does not exist": {"Code": "isv.RECORD_NOT_EXIST", "Message": "m"},
}


@pytest.mark.parametrize("name", NOT_YET)
def test_what_is_not_there_yet_is_waited_for_if_that_is_wanted(name: str, tmp_path: Path) -> None:
    told = Told([NOT_YET[name], NOT_YET[name], ALIYUN["ccc"][3]])
    with keeper("aliyun", Cloud(aliyun(told)), tmp_path, variables("aliyun"), region="cn-shanghai") as at:

        def look() -> list[Recording]:
            return at.of("c-1", "ccc", InstanceId="i-1")

        with pytest.raises(NotFound) as absent:
            look()
        found = when_ready(look, at.runtime.clock, Patience(0.01, 5))
    assert absent.value.hint == "try again in 30 seconds, or add --wait"
    assert len(found) == 1


def test_waiting_ends(tmp_path: Path) -> None:
    told = Told([NOT_YET["no address"]])
    with (
        keeper("aliyun", aliyun(told), tmp_path, variables("aliyun"), region="cn-shanghai") as at,
        pytest.raises(WaitedTooLong),
    ):
        when_ready(lambda: at.of("c-1", "ccc", InstanceId="i-1"), at.runtime.clock, Patience(0.01, 0.05))


def test_a_missing_right_names_the_action(tmp_path: Path) -> None:
    told = Told([{"Code": "NoPermission", "Message": "m"}])
    with (
        keeper("aliyun", aliyun(told), tmp_path, variables("aliyun"), region="cn-shanghai") as at,
        pytest.raises(CredentialError) as refused,
    ):
        at.of("c-1", "ccc", InstanceId="i-1")
    assert "ccc:GetMonoRecording" in refused.value.hint


def volcengine(told: Callable[[RawRequest], Answer]) -> VolcengineJudge:
    return VolcengineJudge(accounts=(ACCOUNT,), serve=told, service="vms")


URLS = {"AudioRecordFileUrl": "URL", "AudioRecordLeftFileUrl": "URL", "AudioRecordRightFileUrl": ""}
META = {"ResponseMetadata": {"RequestId": "r-1"}}


@pytest.mark.parametrize("result", [URLS, [URLS]], ids=["table", "list"])
def test_volcengine_finds_a_call_by_its_key_and_then_the_recording(result: object, tmp_path: Path) -> None:
    told = Told([{**META, "Result": {"CallUuid": "V-1"}}, {**META, "Result": result}])
    judge = volcengine(told)
    with keeper("volcengine", Cloud(judge), tmp_path, variables("volcengine")) as at:
        recordings = at.recordings
        found = list(recordings.of_call(read_recording_id("volcengine.vms.20260102.key-1")[0], {}))
        got = at.brought(recordings, found[0])
    assert judge.refusals == []
    assert [each["Action"] for each in told.asked] == ["SingleInfo", "QueryAudioRecordFileUrl"]
    assert told.asked[0]["SingleOpenId"] == "key-1"
    assert told.asked[1]["CallId"] == "V-1"
    assert [each.name for each in found] == ["", "left"]
    assert got.fetched is not None


def test_volcengines_own_call_id_is_asked_for_straight(tmp_path: Path) -> None:
    told = Told([{**META, "Result": URLS}])
    with keeper("volcengine", Cloud(volcengine(told)), tmp_path, variables("volcengine")) as at:
        at.of("V-9", "call")
    assert [each["CallId"] for each in told.asked] == ["V-9"]


def test_a_url_of_volcengine_that_ended_is_looked_up_anew(tmp_path: Path) -> None:
    told = Told([{**META, "Result": URLS}])
    media = Store(SOUND)
    media.faults = [cut_after(100_000), says(403)]
    with keeper("volcengine", Cloud(volcengine(told), media), tmp_path, variables("volcengine")) as at:
        recordings = at.recordings
        (found,) = at.of("V-9", "call")
        with pytest.raises(VoicectlError):
            at.brought(recordings, found)
        media.faults = [None]
        got = at.brought(recordings, found)
    assert got.fetched is not None
    assert got.fetched.resumed_from == 100_000
    assert all(request.header("authorization") is None for request in media.requests)


@pytest.mark.parametrize("result", [[], {}, {"AudioRecordFileUrl": ""}, None])
def test_volcengine_without_a_record_has_none_yet(result: object, tmp_path: Path) -> None:
    judge = volcengine(Told([{**META, "Result": result}]))
    with (
        keeper("volcengine", judge, tmp_path, variables("volcengine")) as at,
        pytest.raises(NotFound) as absent,
    ):
        at.of("V-9", "call")
    assert "ready_in" in absent.value.facts


def test_tencent_says_what_it_has_not(tmp_path: Path) -> None:
    with keeper("tencent", Told([{}]), tmp_path, variables("tencent")) as at, pytest.raises(Unsupported):
        at.of("1", "vms")


def test_connect_names_the_object_that_holds_the_recording(tmp_path: Path) -> None:
    entry = {"MediaStreamType": "AUDIO", "Location": "recs/a/b.wav", "Status": "AVAILABLE"}
    told = Told([{"Contact": {"Recordings": [{**entry, "MediaStreamType": "VIDEO"}, entry]}}])
    judge = AwsJudge(accounts=(ACCOUNT,), serve=told, service="connect")
    with keeper("aws", judge, tmp_path, variables("aws"), region="us-east-1") as at:
        (found,) = at.of("contact-1", "connect", InstanceId="i-1")
    assert judge.refusals == []
    assert told.requests[0].path == "/contacts/i-1/contact-1"
    assert dict(found.params) == {"bucket": "recs", "key": "a/b.wav"}


PLACES = {
    "recs/a/b.wav": ("recs", "a/b.wav"),
    "s3://recs/a/b.wav": ("recs", "a/b.wav"),
    "https://recs.s3.us-east-1.amazonaws.com/a/b%20c.wav": ("recs", "a/b c.wav"),
    "https://s3.us-east-1.amazonaws.com/recs/a/b.wav": ("recs", "a/b.wav"),
}


@pytest.mark.parametrize("place", PLACES)
def test_the_place_of_a_recording_is_read_in_each_form(place: str, tmp_path: Path) -> None:
    told = Told([{"Contact": {"Recordings": [{"Location": place}]}}])
    judge = AwsJudge(accounts=(ACCOUNT,), serve=told, service="connect")
    with keeper("aws", judge, tmp_path, variables("aws"), region="us-east-1") as at:
        (found,) = at.of("contact-1", "connect", InstanceId="i-1")
    assert (found.params["bucket"], found.params["key"]) == PLACES[place]


CA, RE = "CA" + "b" * 32, "RE" + "d" * 32
TWILIO = {"TWILIO_ACCOUNT_SID": TWILIO_ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN}
RESOURCE = {
    "sid": RE,
    "call_sid": CA,
    "status": "completed",
    "duration": "12",
    "date_created": "Fri, 02 Jan 2026 03:04:05 +0000",
    "encryption_details": None,
}


@dataclass
class Recorder:
    """Twilio's recordings behind its check of keys."""

    items: list[dict[str, Any]]
    media: Store = field(default_factory=lambda: Store(SOUND))
    gate: Twilio = field(default_factory=Twilio)
    asked: list[RawRequest] = field(default_factory=list)

    def __call__(self, request: RawRequest) -> Any:
        self.asked.append(request)
        self.gate._check_key(request)
        if request.path.startswith(f"{ROOT}/Recordings/RE") and not request.path.endswith(".json"):
            return self.media(request)
        if request.path == f"{ROOT}/Recordings/{RE}.json":
            return Answer(200, (JSON,), json.dumps(self.items[0]).encode())
        body = {"recordings": self.items, "next_page_uri": None}
        return Answer(200, (JSON,), json.dumps(body).encode())


def twilio_at(recorder: Recorder, folder: Path, *, allow_private: bool = False) -> Any:
    return keeper("twilio", recorder, folder, TWILIO, allow_private=allow_private)


def test_twilios_recordings_are_listed_by_call_and_brought_with_the_key(tmp_path: Path) -> None:
    recorder = Recorder([RESOURCE])
    with twilio_at(recorder, tmp_path) as at:
        (found,) = at.of(CA, "voice")
        got = at.brought(at.recordings, found)
    assert recorder.asked[0].path == f"{ROOT}/Calls/{CA}/Recordings.json"
    assert recorder.asked[1].path == f"{ROOT}/Recordings/{RE}.wav"
    assert (found.name, found.duration_seconds) == (RE, 12)
    assert Path(got.path).name == f"twilio.voice.20260102.{CA}.{RE}.wav"
    assert read_recording_id(str(recording_id(found))) == (found.call, RE)


def test_form_and_channels_are_asked_for(tmp_path: Path) -> None:
    recorder = Recorder([RESOURCE])
    with twilio_at(recorder, tmp_path) as at:
        (found,) = at.of(RE, "voice", format="mp3", channels="2")
        at.brought(at.recordings, found)
    assert recorder.asked[-1].target == f"{ROOT}/Recordings/{RE}.mp3?RequestedChannels=2"


def test_twilios_recordings_are_listed_since_a_moment(tmp_path: Path) -> None:
    recorder = Recorder([RESOURCE, {**RESOURCE, "status": "processing"}])
    with twilio_at(recorder, tmp_path) as at:
        found = list(at.recordings.since(datetime(2026, 1, 1, tzinfo=UTC), {}))
    assert [(each.name, listed(each)["created_at"]) for each in found] == [(RE, "2026-01-02T03:04:05Z")]
    assert "DateCreated%3E=2026-01-01T00%3A00%3A00Z" in recorder.asked[0].query


@pytest.mark.parametrize("status", ["in-progress", "paused", "stopped", "processing"])
def test_an_unfinished_recording_may_come_yet(status: str, tmp_path: Path) -> None:
    with (
        twilio_at(Recorder([{**RESOURCE, "status": status}]), tmp_path) as at,
        pytest.raises(NotFound) as absent,
    ):
        at.of(CA, "voice")
    assert "ready_in" in absent.value.facts


@pytest.mark.parametrize("status", ["absent", "deleted", "failed"])
def test_a_recording_that_will_not_come_is_not_waited_for(status: str, tmp_path: Path) -> None:
    with (
        twilio_at(Recorder([{**RESOURCE, "status": status, "error_code": 16101}]), tmp_path) as at,
        pytest.raises(NotFound, match="too short") as absent,
    ):
        at.of(CA, "voice")
    assert "ready_in" not in absent.value.facts


def test_an_encrypted_recording_is_refused(tmp_path: Path) -> None:
    with (
        twilio_at(Recorder([{**RESOURCE, "encryption_details": {"type": "rsa"}}]), tmp_path) as at,
        pytest.raises(Unsupported),
    ):
        at.of(CA, "voice")


def test_twilios_key_does_not_follow_a_redirect(tmp_path: Path) -> None:
    elsewhere = Store(SOUND)
    with serving(elsewhere) as other:
        recorder = Recorder([RESOURCE], Store(SOUND, always=redirects(f"{other.url}/x.wav")))
        with twilio_at(recorder, tmp_path, allow_private=True) as at:
            (found,) = at.of(CA, "voice")
            got = at.brought(at.recordings, found)
    assert got.fetched is not None
    assert [request.header("authorization") for request in elsewhere.requests] == [None]


def test_a_callback_of_twilio_names_the_recording(tmp_path: Path) -> None:
    form = f"RecordingSid={RE}&CallSid={CA}&RecordingDuration=12&RecordingStatus=completed"
    with twilio_at(Recorder([RESOURCE]), tmp_path) as at:
        (found,) = at.recordings.received(form.encode())
        got = at.brought(at.recordings, found)
    assert Path(got.path).read_bytes() == SOUND


def test_a_media_url_at_twilios_own_host_gets_the_key_and_no_other_does(tmp_path: Path) -> None:
    with twilio_at(Recorder([RESOURCE]), tmp_path) as at:
        own = at.recordings.at_url(f"{at.server.url}{ROOT}/Recordings/{RE}.mp3")
        other = at.recordings.at_url(f"https://example.com{ROOT}/Recordings/{RE}.mp3")
    assert own is not None
    assert (own.name, own.params["format"]) == (RE, "mp3")
    assert other is None
