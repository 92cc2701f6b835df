"""The vendors' own clients place, follow and end calls in the sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from alibabacloud_tea_openapi.client import Client as TeaClient
from alibabacloud_tea_openapi.models import Config, OpenApiRequest, Params
from alibabacloud_tea_util.models import RuntimeOptions
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from volcengine.ApiInfo import ApiInfo
from volcengine.base.Service import Service
from volcengine.Credentials import Credentials
from volcengine.ServiceInfo import ServiceInfo

from tests.gateway.running import Running, fetched, running
from voicectl.gateway.sandbox.accounts import ALIYUN, TENCENT, TWILIO, VOLCENGINE

pytestmark = pytest.mark.slow

SPOKEN = "<Response><Say>Hello there</Say></Response>"
ORDER = {"CalledNumber": "13800138000", "TtsCode": "TTS_123456", "TtsParam": '{"name":"Li"}', "OutId": "x1"}
NOTICE = "11000000300006"
ACTIONS = {
    "SingleBatchAppend": "POST",
    "SingleInfo": "GET",
    "QuerySingleInfo": "POST",
    "SingleCancel": "GET",
    "SingleCancelV2": "POST",
    "QueryAudioRecordFileUrl": "POST",
}


@pytest.fixture
def sandbox() -> Iterator[Running]:
    with running() as found:
        yield found


# Twilio -----------------------------------------------------------------------------------------


class Near(TwilioHttpClient):
    """Twilio's own way out, to the sandbox in place of its usual host."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def request(self, method: str, url: str, *args: Any, **more: Any) -> Any:
        return super().request(method, url.replace("https://api.twilio.com", self._url), *args, **more)


def twilio(sandbox: Running, token: str = TWILIO[1]) -> Client:
    return Client(TWILIO[0], token, http_client=Near(sandbox.url))


def ring(sandbox: Running, to: str = "+14155550123", **more: Any) -> Any:
    return twilio(sandbox).calls.create(to=to, from_="+15005550006", twiml=SPOKEN, **more)


def test_twilios_client_sees_a_call_go_through_its_states(sandbox: Running) -> None:
    call, seen = ring(sandbox, record=True), []
    for seconds in (0, 0.5, 1, 30):
        sandbox.advance(seconds)
        seen.append(call.fetch().status)
    assert seen == ["queued", "ringing", "in-progress", "completed"]
    ended = call.fetch()
    assert int(ended.duration) == (ended.end_time - ended.start_time).total_seconds() > 0
    recordings = twilio(sandbox).recordings.list(call_sid=call.sid)
    assert [each.duration for each in recordings] == [ended.duration]
    assert [each.sid for each in call.recordings.list()] == [recordings[0].sid]


def test_twilios_client_reads_a_list_page_by_page(sandbox: Running) -> None:
    made = [ring(sandbox, f"+1415555000{number}").sid for number in range(5)]
    assert [call.sid for call in twilio(sandbox).calls.list(page_size=2)] == made[::-1]
    assert [call.sid for call in twilio(sandbox).calls.list(to="+14155550003")] == [made[3]]


def test_twilios_client_takes_a_call_back_or_hangs_up(sandbox: Running) -> None:
    early, late = ring(sandbox), ring(sandbox)
    assert early.update(status="canceled").status == "canceled"
    sandbox.advance(2)
    assert late.update(status="canceled").status == "in-progress"
    assert late.update(status="completed").status == "completed"
    with pytest.raises(TwilioRestException) as refused:
        late.update(status="completed")
    assert refused.value.code == 21220


@pytest.mark.parametrize(
    ("ends", "status"),
    [
        ("busy", "busy"),
        ("no_answer", "no-answer"),
        ("failed", "failed"),
        ("canceled", "canceled"),
        ("rejected", "busy"),
        ("hung_up_early", "completed"),
    ],
)
def test_somebody_decides_how_a_call_ends(sandbox: Running, ends: str, status: str) -> None:
    sandbox.door("outcome", {"to": "+14155550123", "ends": ends})
    call = ring(sandbox)
    sandbox.door("clock", {"advance_seconds": 60})
    assert call.fetch().status == status
    told = {"id": call.sid, "to": "+14155550123", "reference": ""}
    assert sandbox.deeds("call") == [{**told, "state": "completed" if ends == "hung_up_early" else ends}]


@pytest.mark.parametrize(
    ("to", "caller", "code"),
    [
        ("+14155550123", "+14155550100", 21210),
        ("14155550123", "+15005550006", 21211),
        ("+15005550004", "+15005550006", 21216),
    ],
)
def test_numbers_are_refused_by_twilios_own_codes(sandbox: Running, to: str, caller: str, code: int) -> None:
    with pytest.raises(TwilioRestException) as refused:
        twilio(sandbox).calls.create(to=to, from_=caller, twiml=SPOKEN)
    assert (refused.value.status, refused.value.code) == (400, code)
    assert sandbox.deeds("call") == []


def test_a_wrong_token_is_refused_as_twilio_does(sandbox: Running) -> None:
    with pytest.raises(TwilioRestException) as refused:
        twilio(sandbox, "wrong").calls.create(to="+14155550123", from_="+15005550006", twiml=SPOKEN)
    assert (refused.value.status, refused.value.code) == (401, 20003)


# Aliyun -----------------------------------------------------------------------------------------


def by_core(sandbox: Running, action: str, secret: str = ALIYUN[1], **fields: str) -> dict[str, Any]:
    """Ask by the first generation of Aliyun's kits, which signs by RPC version 1."""
    request = CommonRequest(domain=sandbox.host, version="2017-05-25", action_name=action)
    request.set_protocol_type("http")
    request.set_method("POST")
    for name, text in fields.items():
        request.add_query_param(name, text)
    told: dict[str, Any] = json.loads(
        AcsClient(ALIYUN[0], secret, "cn-hangzhou").do_action_with_exception(request)
    )
    return told


def by_tea(sandbox: Running, action: str, **fields: str) -> dict[str, Any]:
    """Ask by the present generation, which signs by ACS3."""
    config = Config(*ALIYUN, endpoint=sandbox.host, protocol="HTTP", region_id="cn-hangzhou")
    params = Params(
        action=action,
        version="2017-05-25",
        protocol="HTTP",
        method="POST",
        auth_type="AK",
        style="RPC",
        pathname="/",
        req_body_type="formData",
        body_type="json",
    )
    told: dict[str, Any] = TeaClient(config).call_api(params, OpenApiRequest(query=fields), RuntimeOptions())
    return dict(told["body"])


ALIYUNS = pytest.mark.parametrize("ask", [by_core, by_tea], ids=["core", "tea"])


def today(sandbox: Running) -> str:
    now = sandbox.cloud.now
    return str(int(datetime(now.year, now.month, now.day, tzinfo=UTC).timestamp() * 1000))


@ALIYUNS
def test_aliyuns_clients_place_a_call_and_look_it_up(sandbox: Running, ask: Any) -> None:
    placed = ask(sandbox, "SingleCallByTts", **ORDER)
    assert placed["Code"] == "OK"
    wanted = {"CallId": placed["CallId"], "ProdId": NOTICE, "QueryDate": today(sandbox)}
    assert ask(sandbox, "QueryCallDetailByCallId", **wanted)["Code"] == "100008.0"
    sandbox.advance(0.5)
    assert json.loads(ask(sandbox, "QueryCallDetailByCallId", **wanted)["Data"])["state"] == "200201"
    sandbox.advance(60)
    told = json.loads(ask(sandbox, "QueryCallDetailByCallId", **wanted)["Data"])
    assert (told["state"], told["callee"]) == ("200000", "13800138000")
    assert told["duration"] > 0


@ALIYUNS
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"TtsCode": "TTS_999"}, "isv.TTS_TEMPLATE_ILLEGAL"),
        ({"TtsParam": "{}"}, "isv.TEMPLATE_MISSING_PARAMETERS"),
        ({"TtsParam": "name"}, "isv.INVALID_JSON_PARAM"),
        ({"CalledNumber": "8613800138000"}, "isv.MOBILE_NUMBER_ILLEGAL"),
        ({"CalledShowNumber": "057112345678"}, "isv.DISPLAY_NUMBER_ILLEGAL"),
        ({"OutId": "sixteen-bytes-it"}, "isv.INVALID_PARAMETERS"),
    ],
)
def test_what_is_not_approved_is_refused_by_aliyuns_own_codes(
    sandbox: Running, ask: Any, changed: dict[str, str], code: str
) -> None:
    assert ask(sandbox, "SingleCallByTts", **{**ORDER, **changed})["Code"] == code
    assert sandbox.deeds("call") == []


def test_one_number_takes_one_call_a_minute(sandbox: Running) -> None:
    taken = [by_core(sandbox, "SingleCallByTts", **ORDER)["Code"] for _ in range(2)]
    assert taken == ["OK", "isv.BUSINESS_LIMIT_CONTROL"]
    assert by_core(sandbox, "SingleCallByTts", **{**ORDER, "CalledNumber": "13800138001"})["Code"] == "OK"
    sandbox.advance(61)
    assert by_core(sandbox, "SingleCallByTts", **ORDER)["Code"] == "OK"


def test_a_wrong_secret_is_refused_with_the_string_that_aliyun_shows(sandbox: Running) -> None:
    with pytest.raises(ServerException) as refused:
        by_core(sandbox, "SingleCallByTts", secret="wrong", **ORDER)
    assert refused.value.error_code == "SignatureDoesNotMatch"
    assert "server string to sign is:POST&%2F&AccessKeyId" in refused.value.message


# Volcengine -------------------------------------------------------------------------------------


def volcengine(sandbox: Running) -> Service:
    keys = Credentials(*VOLCENGINE, "vms", "cn-north-1")
    place = ServiceInfo(sandbox.host, {"Accept": "application/json"}, keys, 5, 5, "http")
    actions = {
        name: ApiInfo(method, "/", {"Action": name, "Version": "2022-01-01"}, {}, {})
        for name, method in ACTIONS.items()
    }
    return Service(place, actions)


def item(key: str = "key-1", **more: object) -> str:
    order = {"SingleOpenId": key, "Phone": "13800138000", "NumberPoolNo": "NP000001"}
    return json.dumps({"List": [{**order, "Type": 1, "Resource": "tpl-plain", **more}]})


def result(text: str) -> Any:
    return json.loads(text)["Result"]


def test_volcengines_client_places_a_call_once_and_gets_its_recording(sandbox: Running) -> None:
    vms = volcengine(sandbox)
    first, second = (result(vms.json("SingleBatchAppend", {}, item())) for _ in range(2))
    assert (len(first["SuccessList"]), first["FailList"]) == (1, [])
    assert [each["Type"] for each in second["FailList"]] == ["REDUPLICATED_ITEM"]
    assert len(sandbox.deeds("call")) == 1
    sandbox.advance(60)
    old = result(vms.get("SingleInfo", {"SingleOpenId": "key-1"}))
    new = result(vms.json("QuerySingleInfo", {}, '{"SingleOpenId":"key-1"}'))
    assert old["State"] == new["State"] == "3"
    assert old["Resource"] == new["ResourceKey"] == "tpl-plain"
    told = result(vms.post("QueryAudioRecordFileUrl", {}, {"CallId": old["CallUuid"]}))
    status, sound = fetched(told["AudioRecordFileUrl"])
    assert (status, sound[:4]) == (200, b"RIFF")
    sandbox.advance(6 * 3600 + 1)
    assert fetched(told["AudioRecordFileUrl"])[0] == 403


@pytest.mark.parametrize("action", ["SingleCancel", "SingleCancelV2"])
def test_volcengines_client_takes_back_what_was_not_dialled(sandbox: Running, action: str) -> None:
    vms = volcengine(sandbox)
    vms.json("SingleBatchAppend", {}, item(TriggerTime="2099-01-01 00:00:00"))
    asked = {"SingleOpenId": "key-1"}
    vms.get(action, asked) if action == "SingleCancel" else vms.json(action, {}, json.dumps(asked))
    assert result(vms.get("SingleInfo", asked))["State"] == "5"


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"Resource": "tpl-none"}, "RESOURCE_KEY_IS_NOT_EXIST"),
        ({"NumberPoolNo": "NP999999"}, "NOT_AUTH"),
        ({"NumberList": ["057199999999"]}, "NOT_IN_NUMBER_POOL"),
    ],
)
def test_what_is_not_approved_is_on_volcengines_list_of_failures(
    sandbox: Running, changed: dict[str, object], kind: str
) -> None:
    told = result(volcengine(sandbox).json("SingleBatchAppend", {}, item(**changed)))
    assert [each["Type"] for each in told["FailList"]] == [kind]
    assert sandbox.deeds("call") == []


# Tencent ----------------------------------------------------------------------------------------


def tencent(sandbox: Running, secret: str = TENCENT[1]) -> CommonClient:
    profile = ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint=sandbox.host))
    return CommonClient("vms", "2020-09-02", Credential(TENCENT[0], secret), "ap-guangzhou", profile)


CALL = {"CalledNumber": "+8613800138000", "VoiceSdkAppid": "1400006666", "SessionContext": "x1"}


def test_tencents_client_places_calls(sandbox: Running) -> None:
    said = {**CALL, "TemplateId": "4356", "TemplateParamSet": ["Li"]}
    told = tencent(sandbox).call_json("SendTtsVoice", said)["Response"]["SendStatus"]
    code = tencent(sandbox).call_json("SendCodeVoice", {**CALL, "CodeMessage": "0123"})["Response"]
    assert told["SessionContext"] == "x1"
    calls = [told["CallId"], code["SendStatus"]["CallId"]]
    assert [deed["id"] for deed in sandbox.deeds("call")] == calls


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"TemplateId": "1"}, "FailedOperation.TemplateIncorrectOrUnapproved"),
        ({"CalledNumber": "13800138000"}, "InvalidParameterValue.CalledNumberVerifyFail"),
        ({"VoiceSdkAppid": "1400000000"}, "InvalidParameterValue.SdkAppidNotExist"),
        ({"Volume": 1}, "UnknownParameter"),
    ],
)
def test_what_is_not_approved_is_refused_by_tencents_own_codes(
    sandbox: Running, changed: dict[str, object], code: str
) -> None:
    order = {**CALL, "TemplateId": "4356", "TemplateParamSet": ["Li"], **changed}
    with pytest.raises(TencentCloudSDKException) as refused:
        tencent(sandbox).call_json("SendTtsVoice", order)
    assert refused.value.code == code


def test_a_wrong_secret_is_refused_as_tencent_does(sandbox: Running) -> None:
    with pytest.raises(TencentCloudSDKException) as refused:
        tencent(sandbox, "wrong").call_json("SendCodeVoice", {**CALL, "CodeMessage": "0123"})
    assert refused.value.code == "AuthFailure.SignatureFailure"
