"""The vendors' own clients speak against the sandbox, and meet their own kinds of refusal."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import dashscope
import openai
import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from botocore.config import Config
from botocore.exceptions import ClientError
from dashscope.audio.tts_v2 import AudioFormat, SpeechSynthesizer
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.tts.v20190823 import models
from tencentcloud.tts.v20190823.tts_client import TtsClient
from volcengine.ApiInfo import ApiInfo
from volcengine.base.Service import Service
from volcengine.Credentials import Credentials
from volcengine.ServiceInfo import ServiceInfo
from volcengine_audio.tts import VolcengineTTSFunctions as Frames
from websockets.sync.client import connect

from voicectl.gateway.sandbox.sound import tone
from voicectl.testing.sandbox import Sandbox

pytestmark = pytest.mark.slow
TEXT = "Hello from the sandbox."
ONCE = Config(retries={"max_attempts": 1}, region_name="us-east-1")


def host_of(sandbox: Sandbox) -> str:
    return sandbox.url.removeprefix("http://")


# AWS --------------------------------------------------------------------------------------------


def aws(sandbox: Sandbox, service: str, **keys: str) -> Any:
    own = {
        "aws_access_key_id": sandbox.environment["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": sandbox.environment["AWS_SECRET_ACCESS_KEY"],
    }
    return boto3.client(service, endpoint_url=sandbox.url, config=ONCE, **{**own, **keys})


def polly_says(client: Any, form: str = "pcm") -> bytes:
    answer = client.synthesize_speech(Text=TEXT, VoiceId="Joanna", OutputFormat=form)
    sound: bytes = answer["AudioStream"].read()
    return sound


def test_what_boto3_hears_is_speech_and_no_tone(sandbox: Sandbox) -> None:
    sound = polly_says(aws(sandbox, "polly"))
    assert len(sound) / 2 / 16000 > 1
    assert sound[:20_000] != tone(TEXT, 16000)[:20_000]
    assert [deed["characters"] for deed in sandbox.ledger()] == [len(TEXT)]


@pytest.mark.parametrize(
    ("form", "start"), [("mp3", b"\xff"), ("ogg_vorbis", b"OggS"), ("ogg_opus", b"OggS")]
)
def test_boto3_gets_every_format(sandbox: Sandbox, form: str, start: bytes) -> None:
    assert polly_says(aws(sandbox, "polly"), form).startswith(start)


def test_boto3_gets_voices_marks_and_tasks(sandbox: Sandbox) -> None:
    client = aws(sandbox, "polly")
    assert "Joanna" in [voice["Id"] for voice in client.describe_voices(Engine="neural")["Voices"]]
    wanted = {"Text": TEXT, "VoiceId": "Joanna", "OutputFormat": "json", "SpeechMarkTypes": ["word"]}
    lines = client.synthesize_speech(**wanted)["AudioStream"].read().splitlines()
    assert [json.loads(line)["value"] for line in lines] == ["Hello", "from", "the", "sandbox"]
    task = client.start_speech_synthesis_task(
        Text=TEXT, VoiceId="Joanna", OutputFormat="mp3", OutputS3BucketName="voice-example"
    )["SynthesisTask"]
    assert task["TaskStatus"] == "scheduled"
    sandbox.advance(60)
    told = client.get_speech_synthesis_task(TaskId=task["TaskId"])["SynthesisTask"]
    assert told["TaskStatus"] in ("inProgress", "completed")


def test_boto3_reads_pollys_refusals(sandbox: Sandbox) -> None:
    with pytest.raises(ClientError) as caught:
        polly_says(aws(sandbox, "polly", aws_secret_access_key="EXAMPLE"))
    error = caught.value.response["Error"]
    assert error["Code"] == "InvalidSignatureException"
    assert "The Canonical String for this request should have been\n'POST\n/v1/speech\n" in error["Message"]
    with pytest.raises(ClientError, match="TextLengthExceededException"):
        aws(sandbox, "polly").synthesize_speech(Text="a" * 3001, VoiceId="Joanna", OutputFormat="mp3")
    with pytest.raises(ClientError, match="does not support the selected engine"):
        aws(sandbox, "polly").synthesize_speech(
            Text="a", VoiceId="Tatyana", Engine="neural", OutputFormat="mp3"
        )


def test_a_link_that_boto3_signed_is_spoken_until_it_ends(sandbox: Sandbox) -> None:
    wanted = {"Text": TEXT, "VoiceId": "Joanna", "OutputFormat": "mp3"}
    link = aws(sandbox, "polly").generate_presigned_url("synthesize_speech", wanted, 60, HttpMethod="GET")
    assert urlopen(link).read().startswith(b"\xff")
    sandbox.advance(61)
    with pytest.raises(HTTPError, match="403"):
        urlopen(link)


def test_a_session_of_sts_speaks_until_it_ends(sandbox: Sandbox) -> None:
    role = {"RoleArn": "arn:aws:iam::100000000001:role/speaker", "RoleSessionName": "ci"}
    given = aws(sandbox, "sts").assume_role(**role, DurationSeconds=900)["Credentials"]
    keys = {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }
    assert aws(sandbox, "sts", **keys).get_caller_identity()["Arn"].endswith("assumed-role/speaker/ci")
    assert polly_says(aws(sandbox, "polly", **keys))
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        polly_says(aws(sandbox, "polly", **{**keys, "aws_session_token": "EXAMPLE"}))
    sandbox.fault("expired", vendor="aws")
    with pytest.raises(ClientError, match="ExpiredTokenException"):
        polly_says(aws(sandbox, "polly", **keys))


# Aliyun -----------------------------------------------------------------------------------------


def aliyun_token(sandbox: Sandbox, secret: str = "", action: str = "CreateToken") -> dict[str, Any]:
    wanted = CommonRequest(domain=host_of(sandbox), version="2019-02-28", action_name=action)
    wanted.set_protocol_type("http")
    key, own = (sandbox.environment[f"ALIBABA_CLOUD_ACCESS_KEY_{name}"] for name in ("ID", "SECRET"))
    client = AcsClient(key, secret or own, "cn-shanghai", auto_retry=False)
    found: dict[str, Any] = json.loads(client.do_action_with_exception(wanted))
    return found


def test_aliyuns_sdk_gets_a_token_and_the_token_speaks(sandbox: Sandbox) -> None:
    token = aliyun_token(sandbox)["Token"]["Id"]
    wanted = {"appkey": sandbox.environment["ALIYUN_NLS_APPKEY"], "text": TEXT, "format": "wav"}
    headers = {"X-NLS-Token": token, "Content-Type": "application/json"}
    reply = urlopen(Request(f"{sandbox.url}/stream/v1/tts", json.dumps(wanted).encode(), headers))
    assert reply.headers["Content-Type"] == "audio/mpeg"
    assert reply.read().startswith(b"RIFF")


def test_aliyuns_sdk_reads_its_refusals(sandbox: Sandbox) -> None:
    # Its kit knows by the server's string that what was signed was right, and says so.
    with pytest.raises(ServerException) as caught:
        aliyun_token(sandbox, secret="EXAMPLE")
    assert caught.value.get_error_code() in ("SignatureDoesNotMatch", "InvalidAccessKeySecret")
    with pytest.raises(ServerException, match=r"InvalidAction\.NotFound"):
        aliyun_token(sandbox, action="NoSuchAction")


def kit(sandbox: Sandbox, key: str) -> SpeechSynthesizer:
    dashscope.api_key = key
    url = sandbox.url.replace("http", "ws", 1) + "/api-ws/v1/inference"
    form = AudioFormat.WAV_16000HZ_MONO_16BIT
    return SpeechSynthesizer(model="cosyvoice-v2", voice="longxiaochun_v2", format=form, url=url)


def test_dashscopes_sdk_speaks(sandbox: Sandbox) -> None:
    made = kit(sandbox, sandbox.environment["DASHSCOPE_API_KEY"])
    assert made.call(TEXT).startswith(b"RIFF")
    assert made.get_response()["payload"]["usage"]["characters"] == len(TEXT)


# Volcengine -------------------------------------------------------------------------------------


def volcengine(sandbox: Sandbox, secret: str = "") -> Service:
    environment = sandbox.environment
    keys = environment["VOLCENGINE_ACCESS_KEY"], secret or environment["VOLCENGINE_SECRET_KEY"]
    place = ServiceInfo(host_of(sandbox), {}, Credentials(*keys, "sts", "cn-north-1"), 5, 5, "http")
    actions = {
        name: ApiInfo("GET", "/", {"Action": name, "Version": "2018-01-01"}, {}, {})
        for name in ("AssumeRole", "GetCallerIdentity")
    }
    return Service(place, actions)


def test_volcengines_sdk_gets_a_session(sandbox: Sandbox) -> None:
    role = {"RoleTrn": "trn:iam::100000000001:role/speaker", "RoleSessionName": "ci", "DurationSeconds": "1"}
    given = json.loads(volcengine(sandbox).get("AssumeRole", role))["Result"]["Credentials"]
    assert given["AccessKeyId"].startswith("AKTP")
    with pytest.raises(Exception, match="SignatureDoesNotMatch"):
        volcengine(sandbox, "EXAMPLE").get("GetCallerIdentity", {})


def test_frames_of_another_kit_are_spoken_over_volcengines_socket(sandbox: Sandbox) -> None:
    headers = {
        "X-Api-Key": sandbox.environment["VOLC_SPEECH_API_KEY"],
        "X-Api-Resource-Id": "seed-tts-2.0",
        "X-Api-Connect-Id": "c",
    }
    audio, speaker = {"format": "pcm", "sample_rate": 16000}, "zh_female_vv_uranus_bigtts"
    wanted = {"speaker": speaker, "audio_params": audio}
    url = sandbox.url.replace("http", "ws", 1) + "/api/v3/tts/bidirection"
    sound, event = b"", 0
    with connect(url, additional_headers=headers, compression=None, proxy=None) as talk:
        talk.send(Frames.start_connection_payload())
        talk.send(Frames.start_session_payload("s-1", wanted, {"uid": "u"}))
        talk.send(Frames.task_request_payload("s-1", TEXT, speaker, audio))
        talk.send(Frames.finish_session_payload("s-1"))
        while event not in (152, 153):
            message = talk.recv(timeout=10)
            assert isinstance(message, bytes)
            event, _, payload = Frames.extract_response_payload(message)
            sound += payload if event == 352 else b""
    assert event == 152
    assert len(sound) > 20_000


# Tencent, OpenAI --------------------------------------------------------------------------------


def tencent_says(sandbox: Sandbox, secret: str = "", **more: object) -> Any:
    environment = sandbox.environment
    key = Credential(environment["TENCENTCLOUD_SECRET_ID"], secret or environment["TENCENTCLOUD_SECRET_KEY"])
    place = HttpProfile(protocol="http", endpoint=host_of(sandbox))
    wanted = models.TextToVoiceRequest()
    wanted._deserialize({"Text": TEXT, "SessionId": "s", "EnableSubtitle": True, **more})
    return TtsClient(key, "", ClientProfile(httpProfile=place)).TextToVoice(wanted)


def test_tencents_client_speaks_and_reads_its_refusals(sandbox: Sandbox) -> None:
    answer = tencent_says(sandbox)
    assert b64decode(answer.Audio).startswith(b"RIFF")
    assert [each.Text for each in answer.Subtitles] == ["Hello", "from", "the", "sandbox"]
    for more, code in (
        ({"secret": "EXAMPLE"}, "AuthFailure.SignatureFailure"),
        ({"Codec": "flac"}, "InvalidParameterValue.Codec"),
        ({"Text": "好" * 151}, "InvalidParameterValue.TextTooLong"),
    ):
        with pytest.raises(TencentCloudSDKException) as caught:
            tencent_says(sandbox, **more)  # type: ignore[arg-type]
        assert caught.value.code == code


def openai_client(sandbox: Sandbox, key: str = "") -> openai.OpenAI:
    own = sandbox.environment["OPENAI_API_KEY"]
    return openai.OpenAI(api_key=key or own, base_url=f"{sandbox.url}/v1", max_retries=0)


def test_openais_client_speaks_whole_and_in_events(sandbox: Sandbox) -> None:
    client = openai_client(sandbox)
    assert client.audio.speech.create(model="tts-1", voice="alloy", input=TEXT).read().startswith(b"\xff")
    wanted: dict[str, Any] = {"model": "gpt-4o-mini-tts", "voice": "alloy", "input": TEXT}
    with client.audio.speech.with_streaming_response.create(
        **wanted, response_format="pcm", stream_format="sse"
    ) as stream:
        events = [json.loads(line[6:]) for line in stream.iter_lines() if line.startswith("data: ")]
    assert [events[0]["type"], events[-1]["type"]] == ["speech.audio.delta", "speech.audio.done"]
    assert "tts-1" in [model.id for model in client.models.list()]


def test_openais_client_reads_its_refusals(sandbox: Sandbox) -> None:
    with pytest.raises(openai.AuthenticationError) as unknown:
        openai_client(sandbox, "sk-EXAMPLE").models.list()
    assert unknown.value.code == "invalid_api_key"
    with pytest.raises(openai.BadRequestError):
        openai_client(sandbox).audio.speech.create(model="tts-1", voice="nobody", input=TEXT)
    sandbox.fault("throttle", vendor="openai")
    with pytest.raises(openai.RateLimitError) as busy:
        openai_client(sandbox).models.list()
    assert busy.value.code == "rate_limit_exceeded"
