"""STS in the sandbox: who a key belongs to, and temporary keys that end by the sandbox's clock.

AWS has a service of its own for that; of the others these are actions of their gateways.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from voicectl.core.credentials import Credentials, Secret
from voicectl.core.request import Request
from voicectl.gateway.sandbox import aws_rules
from voicectl.gateway.sandbox.acts import Act, Asked
from voicectl.gateway.sandbox.asked import form_of
from voicectl.gateway.sandbox.check import caller
from voicectl.gateway.sandbox.cloud import Cloud, No, Refused
from voicectl.gateway.wire import Answer

ACCOUNT = "100000000001"
RULES = aws_rules.rules("sts", aws_rules.QUERY)
SHORTEST, LONGEST, USUAL = 900, 43200, 3600
PREFIXES = {
    "aws": "ASIASANDBOX",
    "aliyun": "STS.sandbox",
    "volcengine": "AKTPsandbox",
    "tencent": "AKIDtemporary",
}


class Keys(NamedTuple):
    """A temporary key in plain text, which everybody may know."""

    key_id: str
    secret: str
    token: str
    ends: datetime


def opened(cloud: Cloud, vendor: str, role: str, seconds: int) -> Keys:
    """Give out a temporary key."""
    name = cloud.name(8).upper()
    key_id, secret = f"{PREFIXES[vendor]}{name}EXAMPLE", f"sandbox-session-secret-{name}-EXAMPLE"
    token = f"sandbox-session-token-{name}-EXAMPLE"
    held = Credentials(key_id=key_id, secret=Secret(secret), security_token=Secret(token))
    session = cloud.open_session(held, seconds, role)
    cloud.note(vendor, "session", role=role, seconds=seconds)
    return Keys(key_id, secret, token, session.ends)


def seconds_of(text: object, no: No, usual: int = USUAL, shortest: int = SHORTEST) -> int:
    """Return how long a session is to last; raises Refused for a time that cannot be."""
    if text in (None, ""):
        return usual
    wanted = str(text)
    if not wanted.isascii() or not wanted.isdigit() or not shortest <= int(wanted) <= LONGEST:
        raise Refused(*no)
    return int(wanted)


def required(fields: Any, name: str, no: No) -> str:
    """Return a parameter that must be there."""
    found = fields.get(name)
    if not found or not isinstance(found, str):
        raise Refused(no.code, no.status, no.message.format(name=name))
    return found


def role_of(cloud: Cloud, key_id: str) -> str:
    """Return the role that a key stands for, "" for a permanent one."""
    session = cloud.session(key_id)
    return session.role if session else ""


class AwsSts:
    """GetCallerIdentity and AssumeRole, as AWS' query protocol has them."""

    vendor = "aws"
    throttled = No("Throttling", 400, "Rate exceeded")

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def knows(self, request: Request) -> bool:
        if request.path not in ("/", ""):
            return False
        authorization = request.header("authorization") or ""
        if aws_rules.ALGORITHM in (authorization or request.query):
            return "/s3/" not in (authorization or request.query) and not request.header("x-amz-target")
        return b"Version=2011-06-15" in request.body or "Version=2011-06-15" in request.query

    async def serve(self, request: Request) -> Answer:
        asked = form_of(request)
        action = asked.get("Action", "")
        if action == "AssumeRoleWithWebIdentity":
            return self._assumed(action, asked, "WebIdentityToken")
        aws_rules.refuse_unsigned(request, aws_rules.QUERY)
        known = caller(self._cloud, RULES, request)
        match action:
            case "GetCallerIdentity":
                return self._caller(known.key_id)
            case "AssumeRole":
                return self._assumed(action, asked, "RoleArn")
        raise Refused("InvalidAction", 400, f"Could not find operation {action}")

    def _caller(self, key_id: str) -> Answer:
        role = role_of(self._cloud, key_id)
        arn = (
            f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}" if role else f"arn:aws:iam::{ACCOUNT}:user/sandbox"
        )
        return self._yes("GetCallerIdentity", _tags({"Arn": arn, "UserId": key_id, "Account": ACCOUNT}))

    def _assumed(self, action: str, asked: dict[str, str], must: str) -> Answer:
        no = No("ValidationError", 400, "1 validation error detected: Value at '{name}' must not be null")
        required(asked, must, no)
        role, name = required(asked, "RoleArn", no), required(asked, "RoleSessionName", no)
        seconds = seconds_of(
            asked.get("DurationSeconds"), No("ValidationError", 400, "durationSeconds is out of range")
        )
        keys = opened(self._cloud, "aws", f"{role.rpartition('/')[2]}/{name}", seconds)
        told = {
            "AccessKeyId": keys.key_id,
            "SecretAccessKey": keys.secret,
            "SessionToken": keys.token,
            "Expiration": f"{keys.ends:%Y-%m-%dT%H:%M:%SZ}",
        }
        user = _tags({"Arn": f"{role}/{name}", "AssumedRoleId": f"AROASANDBOX:{name}"})
        inner = f"<Credentials>{_tags(told)}</Credentials><AssumedRoleUser>{user}</AssumedRoleUser>"
        return self._yes(action, inner)

    def _yes(self, action: str, inner: str) -> Answer:
        about = f"<ResponseMetadata><RequestId>sandbox-{self._cloud.number()}</RequestId></ResponseMetadata>"
        name = f'{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"'
        return _xml(200, f"<{name}><{action}Result>{inner}</{action}Result>{about}</{action}Response>")

    def refusal(self, refused: Refused, request_id: str) -> Answer:
        told = _tags({"Type": "Sender", "Code": refused.code, "Message": aws_rules.told(refused)})
        about = f"<RequestId>{request_id}</RequestId>"
        return _xml(refused.status, f"<ErrorResponse><Error>{told}</Error>{about}</ErrorResponse>")


def _tags(told: dict[str, str]) -> str:
    return "".join(f"<{name}>{escape(text)}</{name}>" for name, text in told.items())


def _xml(status: int, text: str) -> Answer:
    return Answer(status, (("Content-Type", "text/xml"),), text.encode("utf-8", "replace"))


def aliyun(cloud: Cloud) -> dict[str, Act]:
    """Return the actions of Aliyun's STS."""
    missing = No("MissingParameter.{name}", 400, "The parameter {name} is needed.")
    duration = No("InvalidParameter.DurationSeconds", 400, "The specified duration is out of range.")

    async def assume(asked: Asked) -> dict[str, Any]:
        fields = asked.fields
        role, name = required(fields, "RoleArn", missing), required(fields, "RoleSessionName", missing)
        keys = opened(cloud, "aliyun", f"{role}/{name}", seconds_of(fields.get("DurationSeconds"), duration))
        told = {"AccessKeyId": keys.key_id, "AccessKeySecret": keys.secret, "SecurityToken": keys.token}
        ends = f"{keys.ends:%Y-%m-%dT%H:%M:%SZ}"
        user = {"Arn": f"{role}/{name}", "AssumedRoleId": f"300000000000:{name}"}
        return {"Credentials": {**told, "Expiration": ends}, "AssumedRoleUser": user}

    async def who(asked: Asked) -> dict[str, Any]:
        role = role_of(cloud, asked.caller.key_id)
        kind = "AssumedRoleUser" if role else "RAMUser"
        return {
            "Arn": role or f"acs:ram::{ACCOUNT}:user/sandbox",
            "AccountId": ACCOUNT,
            "UserId": "200000000001",
            "PrincipalId": "200000000001",
            "IdentityType": kind,
        }

    version = ("2015-04-01",)
    return {"AssumeRole": Act(version, assume), "GetCallerIdentity": Act(version, who)}


def volcengine(cloud: Cloud) -> dict[str, Act]:
    """Return the actions of Volcengine's STS, which takes any duration and bends it into its bounds."""
    missing = No("MissingParameter", 400, "The required parameter {name} is missing.")

    async def assume(asked: Asked) -> dict[str, Any]:
        fields = asked.fields
        role, name = required(fields, "RoleTrn", missing), required(fields, "RoleSessionName", missing)
        wanted = str(fields.get("DurationSeconds") or "")
        seconds = int(wanted) if wanted.isascii() and wanted.isdigit() else USUAL
        seconds = USUAL if seconds < SHORTEST else min(seconds, LONGEST)
        keys = opened(cloud, "volcengine", f"{role}/{name}", seconds)
        told = {
            "AccessKeyId": keys.key_id,
            "SecretAccessKey": keys.secret,
            "SessionToken": keys.token,
            "CurrentTime": cloud.now.isoformat(timespec="seconds"),
            "ExpiredTime": keys.ends.isoformat(timespec="seconds"),
        }
        return {"Credentials": told, "AssumedRoleUser": {"Trn": f"{role}/{name}", "AssumedRoleId": name}}

    async def who(asked: Asked) -> dict[str, Any]:
        role = role_of(cloud, asked.caller.key_id)
        kind = "AssumedRole" if role else "User"
        trn = role or f"trn:iam::{ACCOUNT}:user/sandbox"
        return {"AccountId": int(ACCOUNT), "IdentityId": "1", "IdentityType": kind, "Trn": trn}

    version = ("2018-01-01",)
    return {"AssumeRole": Act(version, assume, "sts"), "GetCallerIdentity": Act(version, who, "sts")}


def tencent(cloud: Cloud) -> dict[str, Act]:
    """Return the actions of Tencent Cloud's STS."""
    missing = No("MissingParameter", 200, "The parameter {name} is missing.")
    duration = No("InvalidParameter.ParamError", 200, "DurationSeconds is out of range.")

    async def assume(asked: Asked) -> dict[str, Any]:
        fields = asked.fields
        role, name = required(fields, "RoleArn", missing), required(fields, "RoleSessionName", missing)
        seconds = seconds_of(fields.get("DurationSeconds"), duration, 7200, 1)
        keys = opened(cloud, "tencent", f"{role}/{name}", seconds)
        told = {"TmpSecretId": keys.key_id, "TmpSecretKey": keys.secret, "Token": keys.token}
        ends = {"ExpiredTime": int(keys.ends.timestamp()), "Expiration": f"{keys.ends:%Y-%m-%dT%H:%M:%SZ}"}
        return {"Credentials": told, **ends}

    async def who(asked: Asked) -> dict[str, Any]:
        role = role_of(cloud, asked.caller.key_id)
        return {
            "Arn": role or f"qcs::cam::uin/{ACCOUNT}:uin/{ACCOUNT}",
            "AccountId": ACCOUNT,
            "UserId": ACCOUNT,
            "PrincipalId": ACCOUNT,
            "Type": "CAMRole" if role else "CAMUser",
        }

    version = ("2018-08-13",)
    return {"AssumeRole": Act(version, assume, "sts"), "GetCallerIdentity": Act(version, who, "sts")}
