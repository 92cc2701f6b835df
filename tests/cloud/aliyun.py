"""Aliyun on loopback, RPC and ACS3 and OSS; its own SDKs decide, each named where it is asked."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from urllib.parse import unquote
from xml.sax.saxutils import escape

import alibabacloud_oss_v2 as oss_v2
import oss2
from alibabacloud_oss_v2.signer.v4 import SignerV4
from alibabacloud_tea_openapi.utils import Utils
from aliyunsdkcore.auth.composer import rpc_signature_composer as composer

from tests.cloud.court import Account, Court, Refused, decoded_path, fields_of, pairs_of, read_time
from tests.cloud.server import Answer, RawRequest

STAMP = "%Y-%m-%dT%H:%M:%SZ"
BASIC = "%Y%m%dT%H%M%SZ"


@dataclass
class AliyunJudge(Court):
    """The gateway of all RPC products: takes RPC v1 in query and form, and ACS3 in headers."""

    host: str = "nls-meta.cn-shanghai.aliyuncs.com"

    def __call__(self, request: RawRequest) -> Answer:
        try:
            self.check(request)
        except Refused as refused:
            self.refusals.append(refused.code)
            body = {
                "RequestId": "4C467B38-EXAMPLE",
                "HostId": self.host,
                "Code": refused.code,
                "Message": refused.message,
                "Recommend": "https://error-center.aliyun.com/",
            }
            headers = (self.date(), ("Content-Type", "application/json;charset=utf-8"))
            return Answer(refused.status, headers, json.dumps(body).encode())
        return self.serve(request)

    def check(self, request: RawRequest) -> Account:
        """Return whose request it is, or raise Refused with the vendor's code."""
        authorization = request.header("authorization")
        return self._check_acs3(request, authorization) if authorization else self._check_rpc(request)

    def _check_rpc(self, request: RawRequest) -> Account:
        if request.path != "/":
            raise Refused("InvalidAction.NotFound", 404, "Specified api is not found.")
        is_form = (request.header("content-type") or "").startswith("application/x-www-form-urlencoded")
        form = pairs_of(request.body.decode("utf-8", "replace")) if is_form else []
        parameters = dict(pairs_of(request.query) + form)
        if len(parameters) != len(pairs_of(request.query)) + len(form) or "Signature" not in parameters:
            raise Refused("IncompleteSignature", 400, "The request signature does not conform to standards.")
        if parameters.get("SignatureMethod") != "HMAC-SHA1" or parameters.get("SignatureVersion") != "1.0":
            raise Refused("IncompleteSignature", 400, "The signature method is not supported.")
        given = parameters.pop("Signature")
        account = self._account(parameters.get("AccessKeyId", ""), parameters.get("SecurityToken", ""))
        self._check_time(parameters.get("Timestamp", ""))
        to_sign, signature = rpc_signature(request.method, parameters, account.secret)
        if not hmac.compare_digest(signature.encode(), given.encode()):
            text = (
                f"Specified signature is not matched with our calculation. server string to sign is:{to_sign}"
            )
            raise Refused("SignatureDoesNotMatch", 400, text)
        self._check_nonce(parameters.get("SignatureNonce", ""))
        return account

    def _check_acs3(self, request: RawRequest, authorization: str) -> Account:
        fields = fields_of(authorization, "ACS3-HMAC-SHA256")
        if fields is None or fields.keys() != {"Credential", "SignedHeaders", "Signature"}:
            raise Refused("IncompleteSignature", 400, "The Authorization header is malformed.")
        account = self._account(fields["Credential"], request.header("x-acs-security-token") or "")
        self._check_time(request.header("x-acs-date") or "")
        digest = hashlib.sha256(request.body).hexdigest()
        names = fields["SignedHeaders"].split(";")
        must = {key.lower() for key, _ in request.texts if key.lower().startswith("x-acs-")} | {"host"}
        signed = {key.lower(): value for key, value in request.texts if key.lower() in names}
        if request.header("x-acs-content-sha256") != digest or not must <= set(names) == signed.keys():
            raise Refused("SignatureDoesNotMatch", 400, "Specified signature does not match our calculation.")
        rebuilt = SimpleNamespace(
            method=request.method, pathname=request.path, query=dict(pairs_of(request.query)), headers=signed
        )
        # The function that decides: alibabacloud_tea_openapi.utils.Utils.get_authorization.
        expected = Utils.get_authorization(
            rebuilt, "ACS3-HMAC-SHA256", digest, account.key_id, account.secret
        )
        if not hmac.compare_digest(expected.encode(), authorization.encode()):
            raise Refused("SignatureDoesNotMatch", 400, "Specified signature does not match our calculation.")
        self._check_nonce(request.header("x-acs-signature-nonce") or "")
        return account

    def _account(self, key_id: str, token: str) -> Account:
        account = self.account(key_id)
        if account is None:
            raise Refused("InvalidAccessKeyId.NotFound", 404, "Specified access key is not found.")
        if account.token and not token:
            raise Refused("InvalidAccessKeyId.NotFound", 404, "Specified access key is not found.")
        if account.token != token:
            raise Refused("InvalidSecurityToken.Malformed", 400, "Specified SecurityToken is malformed.")
        if self.token_is_expired(account):
            raise Refused("InvalidSecurityToken.Expired", 400, "Specified SecurityToken is expired.")
        return account

    def _check_time(self, text: str) -> None:
        signed_at = read_time(text, STAMP)
        if signed_at is None:
            raise Refused("InvalidTimeStamp.Format", 400, "Specified time stamp is not well formatted.")
        if self.is_skewed(signed_at):
            raise Refused("InvalidTimeStamp.Expired", 400, "Specified time stamp or date value is expired.")

    def _check_nonce(self, nonce: str) -> None:
        if not nonce or self.uses_again(nonce):
            raise Refused("SignatureNonceUsed", 400, "Specified signature nonce was used already.")


def rpc_signature(method: str, parameters: dict[str, str], secret: str) -> tuple[str, str]:
    """Ask both SDKs: aliyunsdkcore's `rpc_signature_composer` and Tea's `Utils.get_rpcsignature`.

    Where they differ, nothing that was given can be right.
    """
    to_sign: str = getattr(composer, "__compose_string_to_sign")(method, parameters)
    signature: str = getattr(composer, "__get_signature")(to_sign, secret)
    if Utils.get_rpcsignature(parameters, method, secret) != signature:
        return to_sign, ""
    return to_sign, signature


@dataclass
class OssJudge(Court):
    """The object store of Aliyun, V1 and V4, in headers and in the query; the bucket is given."""

    bucket: str = "voicectl-rec"
    region: str = "cn-shanghai"

    def __call__(self, request: RawRequest) -> Answer:
        try:
            self.check(request)
        except Refused as refused:
            self.refusals.append(refused.code)
            return self._error(refused)
        return self.serve(request)

    def check(self, request: RawRequest) -> Account:
        """Return whose request it is, or raise Refused with the vendor's code."""
        query = dict(pairs_of(request.query))
        authorization = request.header("authorization") or ""
        if "Signature" in query or authorization.startswith("OSS "):
            return self._check_v1(request, query, authorization)
        if "x-oss-signature" in query or authorization.startswith("OSS4-HMAC-SHA256 "):
            return self._check_v4(request, query, authorization)
        raise Refused("AccessDenied", 403, "Anonymous access is forbidden for this operation.")

    def _check_v1(self, request: RawRequest, query: dict[str, str], authorization: str) -> Account:
        presigned = "Signature" in query
        key_id, _, given = authorization.removeprefix("OSS ").partition(":")
        headers = {key.lower(): value for key, value in request.texts}
        if presigned:
            key_id, given = query.pop("OSSAccessKeyId", ""), query.pop("Signature")
            headers["date"] = query.pop("Expires", "")
        token = query.get("security-token", "") if presigned else headers.get("x-oss-security-token", "")
        account = self._account(key_id, token)
        self._check_date(headers.get("x-oss-date") or headers.get("date", ""), presigned)
        # The function that decides: oss2.auth.ProviderAuth.__make_signature, name-mangled.
        sdk = oss2.Auth(account.key_id, account.secret)
        credentials = sdk.credentials_provider.get_credentials()
        rebuilt = SimpleNamespace(method=request.method, headers=headers, params=query)
        key = decoded_path(request).removeprefix("/")
        to_sign = sdk._ProviderAuth__get_bytes_to_sign(rebuilt, self.bucket, key).decode()
        expected = sdk._ProviderAuth__make_signature(rebuilt, self.bucket, key, credentials)
        self._compare(expected, given, to_sign, account)
        return account

    def _check_v4(self, request: RawRequest, query: dict[str, str], authorization: str) -> Account:
        fields = fields_of(authorization, "OSS4-HMAC-SHA256") or {}
        presigned = "x-oss-signature" in query
        credential = query.get("x-oss-credential", "") if presigned else fields.get("Credential", "")
        additional = query.get("x-oss-additional-headers") or fields.get("AdditionalHeaders", "")
        given = query.get("x-oss-signature", "") or fields.get("Signature", "")
        headers = {key.lower(): value for key, value in request.texts}
        held = query if presigned else headers
        key_id, _, scope = credential.partition("/")
        account = self._account(key_id, held.get("x-oss-security-token", ""))
        signed_at = read_time(held.get("x-oss-date", ""), BASIC)
        if signed_at is None:
            raise Refused("AccessDenied", 403, "the date is malformed")
        seconds = query.get("x-oss-expires", "")
        if presigned and self.is_out_of_time(signed_at, seconds):
            raise Refused("AccessDenied", 403, "Request has expired.")
        if not presigned and self.is_skewed(signed_at):
            raise Refused(
                "RequestTimeTooSkewed", 403, "The difference between the request time is too large."
            )
        version = query.get("x-oss-signature-version", "OSS4-HMAC-SHA256")
        if (
            scope != f"{signed_at:%Y%m%d}/{self.region}/oss/aliyun_v4_request"
            or version != "OSS4-HMAC-SHA256"
        ):
            raise Refused("InvalidArgument", 400, "Invalid credential scope.")
        to_sign, expected = self._v4_signature(request, account, signed_at, additional, presigned)
        self._compare(expected, given, to_sign, account)
        return account

    def _v4_signature(
        self, request: RawRequest, account: Account, at: datetime, additional: str, presigned: bool
    ) -> tuple[str, str]:
        """Ask alibabacloud_oss_v2.signer.v4.SignerV4, step by step so that every byte that came counts."""
        unsigned = "&".join(p for p in request.query.split("&") if not p.startswith("x-oss-signature="))
        headers = {key.lower(): value for key, value in request.texts}
        rebuilt = oss_v2.types.HttpRequest(request.method, f"http://h/?{unsigned}", headers=headers)
        context = oss_v2.types.SigningContext(
            product="oss", region=self.region, bucket=self.bucket, request=rebuilt
        )
        context.key = unquote(request.path.removeprefix("/"), errors="replace")
        names = sorted(additional.split(";")) if additional else []
        signer = SignerV4()
        stamp = at.strftime(BASIC)
        scope = signer._build_scope(stamp[:8], self.region, "oss")
        canonical = signer._calc_canonical_request(context, names)
        to_sign = signer._calc_string_to_sign(stamp, scope, canonical)
        signature = signer._calc_signature(account.secret, stamp[:8], self.region, "oss", to_sign)
        return to_sign, signature

    def _account(self, key_id: str, token: str) -> Account:
        account = self.account(key_id)
        if account is None:
            raise Refused("InvalidAccessKeyId", 403, "The OSS Access Key Id you provided does not exist.")
        if account.token != token:
            raise Refused("InvalidSecurityToken", 403, "The security token you provided is invalid.")
        if self.token_is_expired(account):
            raise Refused("SecurityTokenExpired", 403, "The security token you provided has expired.")
        return account

    def _check_date(self, text: str, presigned: bool) -> None:
        if presigned:
            if not text.isdecimal() or self.now() > datetime.fromtimestamp(int(text), UTC):
                raise Refused("AccessDenied", 403, "Request has expired.")
            return
        try:
            signed_at = parsedate_to_datetime(text)
        except ValueError:
            raise Refused("AccessDenied", 403, "the date is malformed") from None
        signed_at = signed_at.replace(tzinfo=UTC) if signed_at.tzinfo is None else signed_at
        if self.is_skewed(signed_at):
            raise Refused(
                "RequestTimeTooSkewed", 403, "The difference between the request time is too large."
            )

    def _compare(self, expected: str, given: str, to_sign: str, account: Account) -> None:
        if not hmac.compare_digest(expected.encode(), given.encode()):
            text = "The request signature we calculated does not match the signature you provided."
            hexed = " ".join(f"{byte:02X}" for byte in to_sign.encode())
            shown = {"StringToSign": to_sign, "StringToSignBytes": hexed, "SignatureProvided": given}
            raise Refused("SignatureDoesNotMatch", 403, text, OSSAccessKeyId=account.key_id, **shown)

    def _error(self, refused: Refused) -> Answer:
        known = {"Code": refused.code, "Message": refused.message, "RequestId": "5C3D9175B6EXAMPLE"}
        known |= {"HostId": f"{self.bucket}.oss-{self.region}.aliyuncs.com", **refused.shown}
        inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in known.items())
        headers = (
            self.date(),
            ("Content-Type", "application/xml"),
            ("x-oss-request-id", "5C3D9175B6EXAMPLE"),
        )
        return Answer(refused.status, headers, f"<Error>{inner}</Error>".encode())
