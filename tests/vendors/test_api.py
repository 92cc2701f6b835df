"""Raw calls, vendor by vendor: each is accepted by a judge that checks it with the vendor's own SDK."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import pytest

from tests.cloud.aliyun import AliyunJudge
from tests.cloud.aws import AwsJudge
from tests.cloud.court import Account, Court
from tests.cloud.server import Answer, RawRequest, Respond, serving
from tests.cloud.tencent import TencentJudge
from tests.cloud.volcengine import VolcengineJudge
from tests.fakes import world
from voicectl.accounts import interface
from voicectl.actions.api import ask, content_of
from voicectl.core.api import Prepared, RawCall
from voicectl.core.errors import (
    CredentialError,
    NotFound,
    OutcomeUnknown,
    Unsupported,
    UsageError,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.options import Options
from voicectl.runtime import Runtime
from voicectl.vendors.registry import BUILT_IN

ACCOUNT = Account("AKIDEXAMPLE", "secret-EXAMPLE-0123456789")
SID = "AC0123456789abcdef0123456789abcdef"
JSON = (("Content-Type", "application/json"),)
VARIABLES = {
    "aliyun": ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
    "aws": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    "tencent": ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY"),
    "volcengine": ("VOLCENGINE_ACCESS_KEY", "VOLCENGINE_SECRET_KEY"),
}
OTHERS = {
    "twilio": {"TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": "token-EXAMPLE"},
    "openai": {"OPENAI_API_KEY": "sk-EXAMPLE"},
}


def answering(status: int, body: bytes) -> Respond:
    return lambda request: Answer(status, JSON, body)


GOOD = answering(200, b'{"Code": "OK", "CallId": "1^2", "Arn": "x"}')


def environ(vendor: str, url: str) -> dict[str, str]:
    names = VARIABLES.get(vendor)
    keys = dict(zip(names, (ACCOUNT.key_id, ACCOUNT.secret), strict=True)) if names else OTHERS[vendor]
    return {**keys, "VOICECTL_ENDPOINT_URL": url, "VOICECTL_NO_KEYRING": "1"}


def prepared(vendor: str, url: str, *words: str, version: str = "", body: bytes | None = None,
             region: str = "", **parameters: object) -> Prepared:  # fmt: skip
    runtime = Runtime(world(environ(vendor, url)), Options(retries=0, region=region))
    service, action = words
    call = RawCall(service=service, action=action, parameters=parameters, version=version, body=body)
    return interface(runtime, vendor).prepare(call)


@dataclass(frozen=True)
class Case:
    """A call and what is to arrive: method, path, and the parameters wherever they travel."""

    vendor: str
    words: tuple[str, str]
    judge: Callable[[Respond], Respond]
    method: str
    reads: bool
    parameters: Mapping[str, object] = field(default_factory=dict)
    path: str = "/"
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    content: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    region: str = ""


def court(kind: type[Court], **about: str) -> Callable[[Respond], Respond]:
    return lambda serve: kind(accounts=(ACCOUNT,), serve=serve, **about)  # type: ignore[return-value]


def unjudged(serve: Respond) -> Respond:
    return serve


NESTED = {"Name": "你 好+*", "List": ["a", {"Sub": True}], "Nothing": None}
CASES = {
    "aliyun, acs3": Case(
        "aliyun", ("dyvms", "QueryCallDetailByCallId"), court(AliyunJudge), "POST", True, NESTED,
        query={"Name": "你 好+*", "List.1": "a", "List.2.Sub": "true"},
        headers={"x-acs-action": "QueryCallDetailByCallId", "x-acs-version": "2017-05-25"},
    ),
    "aliyun, a deed": Case(
        "aliyun", ("dyvmsapi", "SingleCallByTts"), court(AliyunJudge), "POST", False,
        {"TtsParam": '{"code":"0123"}'}, query={"TtsParam": '{"code":"0123"}'},
    ),
    "aliyun, rpc v1": Case(
        "aliyun", ("sts", "AssumeRole"), court(AliyunJudge), "GET", False, {"RoleArn": "acs:x"},
        query={"RoleArn": "acs:x", "Action": "AssumeRole", "Version": "2015-04-01", "Format": "JSON"},
    ),
    "aliyun, another service": Case(
        "aliyun", ("ecs", "DescribeRegions"), court(AliyunJudge), "POST", True, version="2014-05-26",
        headers={"x-acs-version": "2014-05-26"},
    ),
    "aws, query": Case(
        "aws", ("sts", "GetCallerIdentity"), court(AwsJudge, service="sts"), "POST", True,
        {"PolicyArns": [{"arn": "x"}]},
        form={"Action": "GetCallerIdentity", "Version": "2011-06-15", "PolicyArns.member.1.arn": "x"},
    ),
    "aws, another service": Case(
        "aws", ("sns", "Publish"), court(AwsJudge, service="sns", region="us-east-1"), "POST", False,
        {"Message": "hi"}, version="2010-03-31", region="us-east-1",
        form={"Action": "Publish", "Version": "2010-03-31", "Message": "hi"},
    ),
    "aws, a look-up of polly": Case(
        "aws", ("polly", "DescribeVoices"), court(AwsJudge, service="polly", region="us-east-1"), "GET", True,
        {"Engine": "neural"}, path="/v1/voices", query={"Engine": "neural"}, region="us-east-1",
    ),
    "aws, a path with a name in it": Case(
        "aws", ("polly", "PutLexicon"), court(AwsJudge, service="polly", region="us-east-1"), "PUT", False,
        {"Name": "W3C", "Content": "<x/>"}, path="/v1/lexicons/W3C", content={"Content": "<x/>"},
        region="us-east-1",
    ),
    "volcengine, a look-up": Case(
        "volcengine", ("vms", "QuerySingleInfo"), court(VolcengineJudge, service="vms"), "GET", True,
        {"SingleOpenId": "a b"},
        query={"Action": "QuerySingleInfo", "Version": "2022-01-01", "SingleOpenId": "a b"},
    ),
    "volcengine, a deed": Case(
        "volcengine", ("vms", "SingleBatchAppend"), court(VolcengineJudge, service="vms"), "POST", False,
        {"List": [{"Phone": "1"}]}, query={"Action": "SingleBatchAppend"}, content={"List": [{"Phone": "1"}]},
    ),
    "volcengine, all in the query": Case(
        "volcengine", ("sts", "AssumeRole"), court(VolcengineJudge, service="sts"), "GET", False,
        {"DurationSeconds": 900},
        query={"Action": "AssumeRole", "Version": "2018-01-01", "DurationSeconds": "900"},
    ),
    "tencent": Case(
        "tencent", ("sts", "GetCallerIdentity"), court(TencentJudge, service="sts"), "POST", True,
        {"Number": 1, "Text": "你好"}, content={"Number": 1, "Text": "你好"},
        headers={"x-tc-action": "GetCallerIdentity", "x-tc-version": "2018-08-13"},
    ),
    "tencent, another service": Case(
        "tencent", ("asr", "CreateRecTask"), court(TencentJudge, service="asr"), "POST", False, {"A": [1]},
        version="2019-06-14", content={"A": [1]}, headers={"x-tc-version": "2019-06-14"},
    ),
    "twilio, within the account": Case(
        "twilio", ("GET", "/Calls"), unjudged, "GET", True, {"PageSize": "5"},
        path=f"/2010-04-01/Accounts/{SID}/Calls.json", query={"PageSize": "5"},
    ),
    "twilio, a path that stands": Case(
        "twilio", ("get", "/v1/Regions?A=b"), unjudged, "GET", True, path="/v1/Regions", query={"A": "b"},
    ),
    "twilio, a form": Case(
        "twilio", ("api", "POST /Calls.json"), unjudged, "POST", False, {"To": "+1", "Event": ["a", "b"]},
        path=f"/2010-04-01/Accounts/{SID}/Calls.json", form={"To": "+1", "Event": "b"},
    ),
    "openai, a look-up": Case("openai", ("GET", "/v1/models"), unjudged, "GET", True, path="/v1/models"),
    "openai, JSON": Case(
        "openai", ("POST", "/v1/embeddings"), unjudged, "POST", False, {"input": ["a"], "n": 1},
        path="/v1/embeddings", content={"input": ["a"], "n": 1},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_call_travels_in_the_vendors_own_form_and_is_accepted(case: Case) -> None:
    with serving(case.judge(GOOD)) as server:
        call = prepared(case.vendor, server.url, *case.words, version=case.version, region=case.region,
                        **case.parameters)  # fmt: skip
        assert content_of(call, ask(call)) == {"Code": "OK", "CallId": "1^2", "Arn": "x"}
    (request,) = server.requests
    assert (request.method, request.path, call.reads) == (case.method, case.path, case.reads)
    assert case.query.items() <= dict(parse_qsl(request.query, keep_blank_values=True)).items()
    assert case.form.items() <= dict(parse_qsl(request.body.decode())).items()
    assert case.content is None or json.loads(request.body) == case.content
    assert {name: request.header(name) for name in case.headers} == case.headers


REFUSALS: dict[str, tuple[tuple[str, str, str], bytes, type[VoicectlError], str]] = {
    "aliyun": (("aliyun", "sts", "GetCallerIdentity"), b'{"Code": "Forbidden.RAM", "RequestId": "r"}',
               CredentialError, "Forbidden.RAM"),
    "aliyun, calls": (("aliyun", "dyvms", "QueryX"), b'{"Code": "isv.AMOUNT_NOT_ENOUGH", "RequestId": "r"}',
                      VendorRefused, "isv.AMOUNT_NOT_ENOUGH"),
    "aws": (("aws", "sts", "GetCallerIdentity"),
            b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>m</Message></Error>"
            b"<RequestId>r</RequestId></ErrorResponse>", CredentialError, "AccessDenied"),
    "volcengine": (("volcengine", "sts", "GetX"),
                   b'{"ResponseMetadata": {"RequestId": "r", "Error": {"Code": "AccessDenied"}}}',
                   CredentialError, "AccessDenied"),
    "tencent": (("tencent", "tts", "DescribeX"),
                b'{"Response": {"RequestId": "r", "Error": {"Code": "InvalidParameter", "Message": "m"}}}',
                VendorRefused, "InvalidParameter"),
    "twilio": (("twilio", "GET", "/Calls/CA1.json"), b'{"code": 20404, "message": "m", "status": 404}',
               NotFound, "20404"),
    "openai": (("openai", "GET", "/v1/models"),
               b'{"error": {"message": "m", "code": "invalid_api_key"}}', CredentialError, "invalid_api_key"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "body", "kind", "code"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_is_told_by_the_vendors_own_judge(
    words: tuple[str, str, str], body: bytes, kind: type[VoicectlError], code: str
) -> None:
    status = 404 if code == "20404" else 400
    with serving(answering(status, body)) as server, pytest.raises(kind) as caught:
        ask(prepared(words[0], server.url, *words[1:]))
    assert str(caught.value.facts["vendor_code"]) == code


@pytest.mark.parametrize("words", [
    ("aliyun", "dyvms", "SingleCallByTts"), ("aws", "sts", "AssumeRole"), ("volcengine", "vms", "CreateTask"),
    ("tencent", "vms", "SendTts"), ("twilio", "POST", "/Calls.json"), ("openai", "POST", "/v1/x"),
], ids=" ".join)  # fmt: skip
def test_a_deed_that_breaks_off_is_sent_once_and_in_doubt(words: tuple[str, str, str]) -> None:
    with serving(answering(500, b"{}")) as server, pytest.raises(OutcomeUnknown):
        ask(prepared(words[0], server.url, *words[1:]))
    assert len(server.requests) == 1


@pytest.mark.parametrize("name", ["Getaway", "get", "SingleCallByTts", "DeleteLexicon", "Listen", "StopTask"])
def test_a_name_that_only_begins_alike_is_no_look_up(name: str) -> None:
    assert not prepared("aliyun", "http://127.0.0.1:9", "dyvms", name).reads


@pytest.mark.parametrize("vendor", ["aliyun", "aws", "volcengine"])
@pytest.mark.parametrize("name", ["Action", "action", "Version"])
def test_a_parameter_cannot_make_a_deed_of_a_look_up(vendor: str, name: str) -> None:
    with pytest.raises(UsageError, match="no parameter here"):
        prepared(vendor, "http://127.0.0.1:9", "sts", "GetX", **{name: "AssumeRole"})


@pytest.mark.parametrize("vendor", sorted(VARIABLES))
def test_an_unknown_service_wants_to_be_described(vendor: str) -> None:
    with pytest.raises(UsageError) as caught:
        prepared(vendor, "", "nothing", "GetX", region="us-east-1")
    assert "--api-version" in caught.value.hint
    with pytest.raises(UsageError):
        prepared(vendor, "http://127.0.0.1:9", "nothing", "GetX", region="us-east-1")


def test_xml_is_read_where_a_service_answers_nothing_else() -> None:
    xml = (b'<R xmlns="u"><Result><Arn>a</Arn><Tags><member>1</member><member>2</member></Tags></Result>'
           b"<X>1</X><X>2</X></R>")  # fmt: skip
    with serving(court(AwsJudge, service="sts")(lambda request: Answer(200, (), xml))) as server:
        call = prepared("aws", server.url, "sts", "GetCallerIdentity")
        found = content_of(call, ask(call))
    assert found == {"R": {"Result": {"Arn": "a", "Tags": ["1", "2"]}, "X": ["1", "2"]}}


@pytest.mark.parametrize(
    "words", [("calls", "ListCalls"), ("GET", "Calls.json"), ("FETCH", "/x"), ("GET", "/a b")]
)
@pytest.mark.parametrize("vendor", ["twilio", "openai"])
def test_interfaces_without_actions_are_asked_by_method_and_path(vendor: str, words: tuple[str, str]) -> None:
    with pytest.raises(UsageError, match="method and path"):
        prepared(vendor, "http://127.0.0.1:9", *words)


@pytest.mark.parametrize(("words", "body"), [
    (("aliyun", "dyvms", "GetX"), b"x"), (("aws", "sts", "GetX"), b"x"), (("tencent", "sts", "GetX"), b"{}"),
], ids=str)  # fmt: skip
def test_a_body_is_refused_where_it_has_no_place(words: tuple[str, str, str], body: bytes) -> None:
    with pytest.raises(UsageError):
        prepared(words[0], "http://127.0.0.1:9", *words[1:], body=body, Name="x")


def test_pollys_paths_are_those_of_its_own_description() -> None:
    import botocore.session

    from voicectl.vendors.aws.api import POLLY

    model = botocore.session.get_session().get_service_model("polly")
    for name, (method, path) in POLLY.items():
        http = model.operation_model(name).http
        assert (method, path) == (http["method"], http["requestUri"].replace("{LexiconName}", "{Name}"))


def test_a_vendor_without_an_interface_says_so() -> None:
    runtime = Runtime(world({}), Options())
    assert "emotivoice" in BUILT_IN
    with pytest.raises(Unsupported):
        interface(runtime, "emotivoice")


def test_sound_is_told_from_json_before_it_is_paid_for() -> None:
    url = "http://127.0.0.1:9"
    assert prepared("aws", url, "polly", "SynthesizeSpeech", region="us-east-1").brings_file
    assert prepared("openai", url, "POST", "/v1/audio/speech").brings_file
    assert not prepared("openai", url, "POST", "/v1/embeddings").brings_file


def raw(request: RawRequest) -> Answer:
    return Answer(200, JSON, b"{}")


def test_a_body_of_ones_own_travels_as_it_is() -> None:
    with serving(raw) as server:
        ask(prepared("volcengine", server.url, "vms", "QueryCallRecordMsgV2", body=b"CallIdList=a"))
        ask(prepared("openai", server.url, "POST", "/v1/x", body=b'{"a" :1}', n="1"))
    form, own = server.requests
    assert (form.method, form.body, form.header("content-type")) == (
        "POST", b"CallIdList=a", "application/x-www-form-urlencoded")  # fmt: skip
    assert (own.body, own.query) == (b'{"a" :1}', "n=1")
