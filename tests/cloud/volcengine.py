"""Volcengine on loopback: `SignerV4` of its own SDK decides, for TOS `tos.auth.AuthBase._make_signature`."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from types import SimpleNamespace

from tos.auth import Auth
from volcengine.auth.MetaData import MetaData
from volcengine.auth.SignerV4 import SignerV4
from volcengine.base.Request import Request

from tests.cloud.court import Account, Court, Refused, decoded_path, fields_of, pairs_of, read_time
from tests.cloud.server import Answer, RawRequest

STAMP = "%Y%m%dT%H%M%SZ"
NUMBERS = {
    "InvalidTimestamp": 100006,
    "InvalidAccessKey": 100009,
    "SignatureDoesNotMatch": 100010,
    "InvalidAuthorization": 100024,
    "MissingAuthenticationToken": 100025,
    "InvalidSecretToken": 100026,
}


@dataclass
class VolcengineJudge(Court):
    """The OpenAPI gateway: signature in headers or in the query; errors in `ResponseMetadata`."""

    service: str = "vms"
    region: str = "cn-north-1"

    def __call__(self, request: RawRequest) -> Answer:
        try:
            self.check(request)
        except Refused as refused:
            self.refusals.append(refused.code)
            return self._error(refused, request)
        return self.serve(request)

    def check(self, request: RawRequest) -> Account:
        """Return whose request it is, or raise Refused with the vendor's code."""
        query = dict(pairs_of(request.query))
        if "X-Signature" in query:
            return self._check_query(request, query)
        authorization = request.header("authorization")
        if authorization is None:
            raise Refused("MissingAuthenticationToken", 401)
        fields = fields_of(authorization, "HMAC-SHA256")
        if fields is None or fields.keys() != {"Credential", "SignedHeaders", "Signature"}:
            raise Refused("InvalidAuthorization", 400)
        stamp = request.header("x-date") or ""
        account = self._account(fields["Credential"], stamp, request.header("x-security-token") or "")
        if request.header("x-content-sha256") != hashlib.sha256(request.body).hexdigest():
            raise Refused("SignatureDoesNotMatch", 401)
        names = fields["SignedHeaders"].split(";")
        canonical_names = {name: name.title() for name in names}
        headers = {
            canonical_names[key.lower()]: value for key, value in request.texts if key.lower() in names
        }
        must = {key.lower() for key, _ in request.texts if key.lower().startswith("x-")}
        if len(headers) != len(names) or not must <= set(names):
            raise Refused("SignatureDoesNotMatch", 401)
        meta = MetaData()
        hashed = SignerV4.hashed_canonical_request_v4(
            _rebuilt(request, pairs_of(request.query), headers), meta
        )
        self._compare(hashed, stamp, account, fields["Signature"])
        return account

    def _check_query(self, request: RawRequest, query: dict[str, str]) -> Account:
        if query.get("X-Algorithm") != "HMAC-SHA256" or "X-NotSignBody" not in query:
            raise Refused("InvalidAuthorization", 400)
        stamp = query.get("X-Date", "")
        account = self._account(query.get("X-Credential", ""), stamp, query.get("X-Security-Token", ""))
        listed = query.get("X-SignedQueries", "").split(";")
        unsigned = query.keys() - set(listed) - {"X-Signature", "X-Security-Token"}
        if unsigned or query.get("X-SignedHeaders"):
            raise Refused("SignatureDoesNotMatch", 401)
        meta = MetaData()
        meta.set_signed_headers("")
        signed = [(name, query[name]) for name in listed if name in query]
        hashed = SignerV4.hashed_simple_canonical_request_v4(_rebuilt(request, signed, {}), meta)
        self._compare(hashed, stamp, account, query["X-Signature"])
        return account

    def _account(self, credential: str, stamp: str, token: str) -> Account:
        key_id, _, scope = credential.partition("/")
        account = self.account(key_id)
        signed_at = read_time(stamp, STAMP)
        if account is not None and (account.token != token or self.token_is_expired(account)):
            raise Refused("InvalidSecretToken", 401)
        if account is None:
            raise Refused("InvalidAccessKey", 401)
        if signed_at is None or self.is_skewed(signed_at):
            raise Refused("InvalidTimestamp", 403)
        if scope != f"{stamp[:8]}/{self.region}/{self.service}/request":
            raise Refused("SignatureDoesNotMatch", 401)
        return account

    def _compare(self, hashed: str, stamp: str, account: Account, given: str) -> None:
        scope = f"{stamp[:8]}/{self.region}/{self.service}/request"
        key = SignerV4.get_signing_secret_key_v4(account.secret, stamp[:8], self.region, self.service)
        expected = SignerV4.signature_v4(key, f"HMAC-SHA256\n{stamp}\n{scope}\n{hashed}")
        if not hmac.compare_digest(expected.encode(), given.encode()):
            raise Refused("SignatureDoesNotMatch", 401)

    def _error(self, refused: Refused, request: RawRequest) -> Answer:
        query = dict(pairs_of(request.query))
        error = {"CodeN": NUMBERS[refused.code], "Code": refused.code, "Message": f"{refused.code} in a test"}
        about = {"Action": query.get("Action", ""), "Version": query.get("Version", "")}
        place = {"Service": self.service, "Region": self.region}
        body = {"ResponseMetadata": {"RequestId": "20260102EXAMPLE", **about, **place, "Error": error}}
        headers = (self.date(), ("Content-Type", "application/json"), ("X-Tt-Logid", "20260102EXAMPLE"))
        return Answer(refused.status, headers, json.dumps(body).encode())


@dataclass
class TosJudge(Court):
    """The object store of Volcengine, in headers and in the query."""

    region: str = "cn-beijing"

    def __call__(self, request: RawRequest) -> Answer:
        try:
            self.check(request)
        except Refused as refused:
            self.refusals.append(refused.code)
            body = {"Code": refused.code, "RequestId": "tosEXAMPLE", "HostId": "", "Message": refused.message}
            headers = (self.date(), ("Content-Type", "application/json"), ("x-tos-request-id", "tosEXAMPLE"))
            return Answer(refused.status, headers, json.dumps(body).encode())
        return self.serve(request)

    def check(self, request: RawRequest) -> Account:
        """Return whose request it is, or raise Refused with the vendor's code."""
        held, fields = self._claim(request)
        key_id, _, scope = fields["Credential"].partition("/")
        account = self.account(key_id)
        if account is None:
            raise Refused("InvalidAccessKeyId", 403)
        if held.get("x-tos-security-token", "") != account.token:
            raise Refused("InvalidSecurityToken", 403)
        if self.token_is_expired(account):
            raise Refused("ExpiredToken", 403)
        stamp = held.get("x-tos-date", "")
        self._check_time(stamp, held.get("x-tos-expires", ""))
        if scope != f"{stamp[:8]}/{self.region}/tos/request":
            raise Refused("SignatureDoesNotMatch", 403)
        expected = self._sdk_signature(request, account, stamp, fields["SignedHeaders"].split(";"))
        if not hmac.compare_digest(expected.encode(), fields["Signature"].encode()):
            raise Refused("SignatureDoesNotMatch", 403)
        return account

    def _claim(self, request: RawRequest) -> tuple[dict[str, str], dict[str, str]]:
        """Return the `x-tos-*` values, from the headers or the query, and the three signature fields."""
        query = {name.lower(): value for name, value in pairs_of(request.query)}
        if query.get("x-tos-algorithm") == "TOS4-HMAC-SHA256" and query.get("x-tos-expires"):
            names = {"Credential": "credential", "SignedHeaders": "signedheaders", "Signature": "signature"}
            return query, {field: query.get(f"x-tos-{name}", "") for field, name in names.items()}
        fields = fields_of(request.header("authorization") or "", "TOS4-HMAC-SHA256")
        if fields is None or fields.keys() != {"Credential", "SignedHeaders", "Signature"}:
            raise Refused("AccessDenied", 403, "no signature")
        return {name.lower(): value for name, value in request.texts}, fields

    def _check_time(self, stamp: str, expires: str) -> None:
        signed_at = read_time(stamp, STAMP)
        if signed_at is None or (not expires and self.is_skewed(signed_at)):
            raise Refused("RequestTimeTooSkewed", 403)
        if expires and self.is_out_of_time(signed_at, expires):
            raise Refused("AccessDenied", 403, "Request has expired")

    def _sdk_signature(self, request: RawRequest, account: Account, stamp: str, names: list[str]) -> str:
        headers = {key.lower(): value for key, value in request.texts}
        declared = headers.get("x-tos-content-sha256", "UNSIGNED-PAYLOAD")
        must = {"host", *(name for name in headers if name.startswith("x-tos-"))}
        hashed = hashlib.sha256(request.body).hexdigest()
        if declared not in {"UNSIGNED-PAYLOAD", hashed} or not must <= set(names) <= headers.keys():
            raise Refused("SignatureDoesNotMatch", 403)
        auth = Auth(account.key_id, account.secret, self.region)
        auth.credential = auth.credentials_provider.get_credentials()
        rebuilt = SimpleNamespace(
            method=request.method,
            path=decoded_path(request),
            params=dict(pairs_of(request.query)),
            headers=headers,
        )
        signed = sorted((name, headers[name]) for name in names)
        signature: str = auth._make_signature(date=stamp, req=rebuilt, signed_headers=signed)
        return signature


def _rebuilt(request: RawRequest, query: list[tuple[str, str]], headers: dict[str, str]) -> Request:
    rebuilt = Request()
    rebuilt.method, rebuilt.path = request.method, decoded_path(request)
    rebuilt.query, rebuilt.headers, rebuilt.body = dict(query), dict(headers), request.body
    return rebuilt
