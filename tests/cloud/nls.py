"""NLS on loopback: tokens for requests that Aliyun's SDK finds rightly signed, and speech for tokens."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.cloud.aliyun import AliyunJudge
from tests.cloud.court import Account, pairs_of, system_now
from tests.cloud.server import Answer, RawRequest, Respond
from tests.cloud.sounds import made, seconds_of

KEY = Account("LTAIEXAMPLE0001", "EXAMPLE/secret+0001")
APPKEY = "appkey-EXAMPLE"
USER = "1234567890"
VERSIONS = {"cn-shanghai": "2019-02-28", "ap-southeast-1": "2019-07-17"}
RATES = (8000, 16000, 24000, 48000)
RANGES = {"volume": (0, 100), "speech_rate": (-500, 500), "pitch_rate": (-500, 500)}
CUT_AT = 300


@dataclass
class Nls:
    """Both services behind one address; `created` and `spoken` are its ledger.

    `token_life` is what new tokens get; `speaks` takes the gateway's place for a faulty one. Where a
    token service of `region` is asked, its version counts.
    """

    now: Callable[[], datetime] = system_now
    token_life: timedelta = timedelta(hours=24)
    region: str = "cn-shanghai"
    knows_no_token: bool = False
    no_permission: bool = False
    speaks: Respond | None = None
    tokens: dict[str, datetime] = field(default_factory=dict)
    created: list[str] = field(default_factory=list)
    spoken: list[dict[str, object]] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.judge = AliyunJudge((KEY,), now=self.now, serve=self._create)

    def __call__(self, request: RawRequest) -> Answer:
        if request.path == "/stream/v1/tts":
            self.heard.append(request.header("x-nls-token") or "")
            return self.speaks(request) if self.speaks else self._speak(request)  # type: ignore[return-value]
        return self.judge(request)

    def forget_tokens(self) -> None:
        """Let every token so far be of no use, as if its time were over."""
        self.tokens = dict.fromkeys(self.tokens, self.now() - timedelta(seconds=1))

    def _create(self, request: RawRequest) -> Answer:
        asked = dict(pairs_of(request.query))
        if asked.get("Action") != "CreateToken" or asked.get("Version") != VERSIONS[self.region]:
            code = "InvalidVersion" if asked.get("Action") == "CreateToken" else "InvalidAction.NotFound"
            return _json(404, {"RequestId": "R-EXAMPLE", "Code": code, "Message": "no such API"})
        if self.no_permission:
            error = {"ErrCode": 40020503, "ErrMsg": "No permission!", "NlsRequestId": "n", "RequestId": "R-1"}
            return _json(200, error)
        token = f"{len(self.created):024x}deadbeef"
        self.created.append(token)
        self.tokens[token] = self.now() + self.token_life
        made = {"Id": token, "ExpireTime": int(self.tokens[token].timestamp()), "UserId": USER}
        return _json(200, {"NlsRequestId": "n", "RequestId": "R-1", "ErrMsg": "", "Token": made})

    def _speak(self, request: RawRequest) -> Answer:
        wrong = self.wrong_token(request.header("x-nls-token"))
        if wrong:
            return self._no(40000001, wrong)
        if request.method != "POST" or request.header("content-type") != "application/json":
            return self._no(40000003, "Gateway:PARAMETER_INVALID:The parameters are not decodable!")
        wanted = json.loads(request.body)
        trouble = trouble_with(wanted)
        if trouble:
            return self._no(*trouble)
        self.spoken.append({**wanted, "text": wanted["text"][:CUT_AT]})
        headers = (("Content-Type", "audio/mpeg"), ("X-NLS-RequestId", f"task-{len(self.spoken)}"))
        seconds = seconds_of(wanted["text"][:CUT_AT])
        return Answer(200, headers, made(wanted["format"], seconds, wanted["sample_rate"]))

    def wrong_token(self, token: str | None) -> str:
        if not token:
            return "Gateway:ACCESS_DENIED:Missing authorization header!"
        if self.knows_no_token or token not in self.tokens:
            return f"Meta:ACCESS_DENIED:The token '{token}' is invalid!"
        if self.now() >= self.tokens[token]:
            return f"Gateway:ACCESS_DENIED:The token '{token}' has expired!"
        return ""

    def _no(self, status: int, message: str) -> Answer:
        self.refused.append(message)
        return no(status, message)


def no(status: int, message: str, http: int = 400) -> Answer:
    """Return the gateway's refusal."""
    body = {"task_id": "task-no", "result": "", "status": status, "message": message}
    return _json(http, body, ("X-NLS-RequestId", "task-no"))


def trouble_with(wanted: dict[str, object]) -> tuple[int, str] | None:
    if wanted.get("appkey") != APPKEY:
        return (40020105, "APPKEY_NOT_EXIST") if wanted.get("appkey") else (40000003, "appkey not set")
    if not str(wanted.get("text", "")).strip():
        return 40010003, "Gateway:DIRECTIVE_INVALID:No text specified!"
    if wanted.get("format") not in ("pcm", "wav", "mp3"):
        return 40010003, "Gateway:DIRECTIVE_INVALID:Unsupported format!"
    if wanted.get("sample_rate") not in RATES:
        return 41010101, "UNSUPPORTED_SAMPLE_RATE"
    if wanted.get("voice") not in ("xiaoyun", "aixia"):
        return 41020001, "TTS:TtsClientError:Engine return error code: 418"
    for name, (low, high) in RANGES.items():
        value = wanted.get(name, 0)
        if not isinstance(value, int) or not low <= value <= high:
            return 40000003, f"Gateway:PARAMETER_INVALID:{name}"
    return None


def _json(status: int, body: object, *headers: tuple[str, str]) -> Answer:
    return Answer(status, (("Content-Type", "application/json"), *headers), json.dumps(body).encode())
