"""Tencent Cloud on loopback: `AbstractClient._get_tc3_signature` of its own SDK decides."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from tencentcloud.common.abstract_client import AbstractClient

from tests.cloud.court import Account, Court, Refused, fields_of
from tests.cloud.server import Answer, RawRequest


@dataclass
class TencentJudge(Court):
    """Answers HTTP 200 to everything, as the real one does; errors are in `Response.Error`."""

    service: str = "tts"
    window: timedelta = timedelta(minutes=5)

    def __call__(self, request: RawRequest) -> Answer:
        try:
            self.check(request)
        except Refused as refused:
            self.refusals.append(refused.code)
            error = {"Code": f"AuthFailure.{refused.code}", "Message": refused.message}
            body = json.dumps({"Response": {"Error": error, "RequestId": "b2f4-EXAMPLE"}})
            return Answer(200, (self.date(), ("Content-Type", "application/json")), body.encode())
        return self.serve(request)

    def check(self, request: RawRequest) -> Account:
        """Return whose request it is, or raise Refused with the code after `AuthFailure.`."""
        fields = fields_of(request.header("authorization") or "", "TC3-HMAC-SHA256")
        if fields is None or fields.keys() != {"Credential", "SignedHeaders", "Signature"}:
            raise Refused("InvalidAuthorization", message="the Authorization header is invalid")
        key_id, _, scope = fields["Credential"].partition("/")
        account = self.account(key_id)
        if account is None:
            raise Refused("SecretIdNotFound", message="The SecretId is not found")
        if (request.header("x-tc-token") or "") != account.token or self.token_is_expired(account):
            raise Refused("TokenFailure", message="the token is wrong or has expired")
        stamp = request.header("x-tc-timestamp") or ""
        if not stamp.isdecimal() or self.is_skewed(datetime.fromtimestamp(int(stamp), UTC)):
            raise Refused("SignatureExpire", message="The signature has expired")
        date = datetime.fromtimestamp(int(stamp), UTC).strftime("%Y-%m-%d")
        if scope != f"{date}/{self.service}/tc3_request" or fields["SignedHeaders"] != "content-type;host":
            raise Refused("SignatureFailure", message="the scope or the signed headers are wrong")
        if request.header("content-type") is None or request.header("host") is None:
            raise Refused("InvalidAuthorization", message="a signed header is missing")
        expected = self._sdk_signature(request, date, account.secret)
        if not hmac.compare_digest(expected.encode(), fields["Signature"].encode()):
            raise Refused("SignatureFailure", message="Please check your signature is correct.")
        return account

    def _sdk_signature(self, request: RawRequest, date: str, secret: str) -> str:
        names = {"content-type": "Content-Type", "host": "Host", "x-tc-timestamp": "X-TC-Timestamp"}
        header = {names.get(name.lower(), name): value for name, value in request.texts}
        data: str | bytes = request.query if request.method == "GET" else request.body
        if request.method != "GET" and request.query:
            raise Refused("SignatureFailure", message="a POST has no query here")
        rebuilt = SimpleNamespace(method=request.method, uri=request.path, header=header, data=data)
        signature: str = AbstractClient._get_tc3_signature(None, None, rebuilt, date, self.service, secret)
        return signature
