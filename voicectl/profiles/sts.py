"""Asking a vendor's STS for temporary keys: one small dialect a vendor. Keeping them: `fulfil.py`.

Specifications: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-assumerole
https://www.volcengine.com/docs/6257/86374 https://www.tencentcloud.com/document/product/1150/49456
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from voicectl.core.credentials import Credentials, Secret
from voicectl.core.errors import ConfigError, CredentialError
from voicectl.core.request import Pairs, Request, percent_encode
from voicectl.profiles.outside import Given, Outside, Signing, fetched
from voicectl.profiles.sts_answers import judge_of, read
from voicectl.profiles.ways import Identity, Role, Session

FORM = ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """`names` are the vendor's words for the fields of a session; `usual` is where no region is told.

    `url` is made from the region, which is empty where none is told.
    """

    signing: Signing
    url: Callable[[str], str]
    request: Callable[[Outside, str, str, Pairs, bool], Request]
    with_token: str
    names: Mapping[str, str]
    token: str
    provider: str = ""


def _aws_url(region: str) -> str:
    end = ".cn" if region.startswith("cn-") else ""
    return f"https://sts.{region}.amazonaws.com{end}" if region else "https://sts.amazonaws.com"


def _aws_request(outside: Outside, url: str, action: str, pairs: Pairs, signed: bool) -> Request:
    body = form((("Action", action), ("Version", "2011-06-15"), *pairs))
    return outside.endpoint("sts", url).request("POST", "/", headers=(FORM,), body=body)


def _aliyun_url(region: str) -> str:
    return f"https://sts.{region}.aliyuncs.com" if region else "https://sts.aliyuncs.com"


def _aliyun_request(outside: Outside, url: str, action: str, pairs: Pairs, signed: bool) -> Request:
    query: Pairs = (("Action", action), ("Format", "JSON"), ("Version", "2015-04-01"))
    if not signed:
        moment = outside.clock.moment()
        query += (("Timestamp", f"{moment.now:%Y-%m-%dT%H:%M:%SZ}"), ("SignatureNonce", moment.nonce))
    endpoint = outside.endpoint("sts", url)
    return endpoint.request("POST", "/", pairs=query, headers=(FORM,), body=form(pairs))


def _volcengine_request(outside: Outside, url: str, action: str, pairs: Pairs, signed: bool) -> Request:
    endpoint, query = outside.endpoint("sts", url), (("Action", action), ("Version", "2018-01-01"))
    if signed:
        return endpoint.request("GET", "/", pairs=(*query, *pairs))
    return endpoint.request("POST", "/", pairs=query, headers=(FORM,), body=form(pairs))


def _tencent_request(outside: Outside, url: str, action: str, pairs: Pairs, signed: bool) -> Request:
    import json

    texts: dict[str, str | int] = dict(pairs)
    if "DurationSeconds" in texts:
        texts["DurationSeconds"] = int(texts["DurationSeconds"])
    headers: Pairs = (
        ("Content-Type", "application/json"),
        ("X-TC-Action", action),
        ("X-TC-Version", "2018-08-13"),
        ("X-TC-Region", outside.region() or TENCENT_REGION),
    )
    if not signed:
        headers += (("X-TC-Timestamp", str(int(outside.now.timestamp()))), ("Authorization", "SKIP"))
    endpoint = outside.endpoint("sts", url)
    return endpoint.request("POST", "/", headers=headers, body=json.dumps(texts).encode())


def form(pairs: Pairs) -> bytes:
    """Write pairs as the body of a form."""
    return "&".join([f"{percent_encode(name)}={percent_encode(text)}" for name, text in pairs]).encode()


TENCENT_REGION = "ap-guangzhou"
NAMES = {
    "role": "RoleArn",
    "name": "RoleSessionName",
    "seconds": "DurationSeconds",
    "policy": "Policy",
    "external_id": "ExternalId",
}
DIALECTS = {
    "aws": Dialect(
        # The service without a region in its name is the one of us-east-1.
        signing=Signing(scheme="aws-sigv4", region="us-east-1"),
        url=_aws_url,
        request=_aws_request,
        with_token="AssumeRoleWithWebIdentity",
        names=NAMES,
        token="WebIdentityToken",
        provider="ProviderId",
    ),
    "aliyun": Dialect(
        signing=Signing(scheme="aliyun-rpc-v1", region=""),
        url=_aliyun_url,
        request=_aliyun_request,
        with_token="AssumeRoleWithOIDC",
        names=NAMES,
        token="OIDCToken",
        provider="OIDCProviderArn",
    ),
    "volcengine": Dialect(
        signing=Signing(scheme="volcengine-v4", region="cn-north-1"),
        url=lambda region: "https://sts.volcengineapi.com",
        request=_volcengine_request,
        with_token="AssumeRoleWithOIDC",
        names={**NAMES, "role": "RoleTrn"},
        token="OIDCToken",
    ),
    "tencent": Dialect(
        signing=Signing(scheme="tencent-tc3", region=""),
        url=lambda region: "https://sts.tencentcloudapi.com",
        request=_tencent_request,
        with_token="AssumeRoleWithWebIdentity",
        names=NAMES,
        token="WebIdentityToken",
        provider="ProviderId",
    ),
}


def assumed(way: Role, keys: Credentials, outside: Outside, code: str = "") -> Credentials:
    """Ask for a role with other keys; `code` is what the device of `mfa_serial` shows."""
    dialect, region = DIALECTS[outside.vendor], way.session.region
    pairs = _pairs(way.session, dialect)
    if way.mfa_serial:
        pairs += (("SerialNumber", way.mfa_serial), ("TokenCode", code))
    request = dialect.request(outside, dialect.url(region), "AssumeRole", pairs, True)
    signing = dialect.signing._replace(region=region or dialect.signing.region)
    client = outside.client(signing, judge_of(way.place), Given(keys, way.place))
    return _named(read(client.send(request, action="AssumeRole"), way.place), way.session)


def identified(way: Identity, outside: Outside) -> Credentials:
    """Ask for a role with the token of an OIDC provider, which needs no key."""
    dialect, token = DIALECTS[outside.vendor], _token_in(way)
    outside.take(Secret(token))
    pairs = (*_pairs(way.session, dialect), (dialect.token, token))
    if way.provider and dialect.provider:
        pairs += ((dialect.provider, way.provider),)
    url = way.url or dialect.url(way.session.region)
    request = dialect.request(outside, url, dialect.with_token, pairs, False)
    reply = fetched(outside.sender, request)
    if error := judge_of(way.place)(reply):
        raise error
    return _named(read(reply, way.place), way.session)


def _pairs(session: Session, dialect: Dialect) -> Pairs:
    texts = {
        "role": session.role,
        "name": session.name,
        "seconds": str(session.seconds or ""),
        "policy": session.policy,
        "external_id": session.external_id,
    }
    return tuple((dialect.names[field], text) for field, text in texts.items() if text)


def _named(found: Credentials, session: Session) -> Credentials:
    """Say whom they stand for: the role, which stays the same from one session to the next."""
    if found.security_token is None:
        raise CredentialError("{role}: the STS gave a key without its token", role=session.role)
    return replace(found, identity=f"{session.role}/{session.name}")


def _token_in(way: Identity) -> str:
    try:
        token = Path(way.token_file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "it is no text"
        raise ConfigError(
            "{place}: cannot read the token in {path}: {reason}",
            place=way.place,
            path=way.token_file,
            reason=reason,
            hint="ls -l '{path}'",
        ) from None
    if not token:
        raise CredentialError(
            "{place}: there is no token in {path}",
            place=way.place,
            path=way.token_file,
            hint="ls -l '{path}'",
        )
    return token
