"""Keys of AWS IAM Identity Center, for the token that `aws sso login` left in its cache.

Specification: https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha1
from pathlib import Path

from voicectl.core.credentials import Credentials, Secret
from voicectl.core.errors import CredentialError, TryLater, VoicectlError
from voicectl.core.request import Reply
from voicectl.kept.private_files import write_private
from voicectl.profiles.outside import Outside, fetched
from voicectl.profiles.spellings import keys_in, moment_in
from voicectl.profiles.ways import Sso

RENEWED_BEFORE_END = timedelta(minutes=15)
NEEDED_TO_RENEW = ("refreshToken", "clientId", "clientSecret")


def of_sso(way: Sso, outside: Outside) -> Credentials:
    """Return the keys of a role for the token in the cache, which is renewed first where it can be."""
    token = _token(way, outside)
    outside.take(Secret(token))
    endpoint = outside.endpoint("sso", f"https://portal.sso.{way.region}.{_suffix(way.region)}")
    request = endpoint.request(
        "GET",
        "/federation/credentials",
        pairs=(("role_name", way.role), ("account_id", way.account)),
        headers=(("x-amz-sso_bearer_token", token),),
    )
    reply = fetched(outside.sender, request)
    if reply.status == 401:
        raise _expired(way)
    if reply.status >= 500 or reply.status == 429:
        raise TryLater("{place}: SSO is busy (HTTP {status})", place=way.place, status=reply.status)
    found = _object(reply).get("roleCredentials")
    keys = keys_in(found, way.place) if reply.status == 200 and isinstance(found, dict) else None
    if keys is None:
        raise CredentialError(
            "{place}: SSO gives no keys for {role!r} in account {account} (HTTP {status})",
            place=way.place,
            role=way.role,
            account=way.account,
            status=reply.status,
            hint="check sso_account_id and sso_role_name",
        )
    return replace(keys, identity=f"{way.account}/{way.role}")


def _token(way: Sso, outside: Outside) -> str:
    path = Path(way.directory, f"{sha1((way.session or way.start_url).encode()).hexdigest()}.json")
    kept = _kept(path)
    token, end = str(kept.get("accessToken", "")), moment_in(str(kept.get("expiresAt", "")))
    if not token or end is None:
        raise _expired(way)
    if outside.now < end - RENEWED_BEFORE_END:
        return token
    if way.session and all(kept.get(name) for name in NEEDED_TO_RENEW):
        try:
            return _renewed(way, kept, path, outside)
        except VoicectlError:
            if outside.now >= end:
                raise
    if outside.now >= end:
        raise _expired(way)
    return token


def _renewed(way: Sso, kept: Mapping[str, object], path: Path, outside: Outside) -> str:
    """Ask for a new token and keep it where AWS's own tools find it: the old one may be spent by that."""
    import json

    asked = {
        "clientId": kept["clientId"],
        "clientSecret": kept["clientSecret"],
        "grantType": "refresh_token",
        "refreshToken": kept["refreshToken"],
    }
    outside.take(*(Secret(str(asked[name])) for name in ("clientSecret", "refreshToken")))
    endpoint = outside.endpoint("sso_oidc", f"https://oidc.{way.region}.{_suffix(way.region)}")
    request = endpoint.request(
        "POST", "/token", headers=(("Content-Type", "application/json"),), body=json.dumps(asked).encode()
    )
    reply = fetched(outside.sender, request)
    answer = _object(reply)
    token, seconds = answer.get("accessToken"), answer.get("expiresIn")
    if reply.status != 200 or not isinstance(token, str) or not isinstance(seconds, int):
        raise _expired(way)
    new = {
        **kept,
        "accessToken": token,
        "expiresAt": _zulu(outside.now + timedelta(seconds=seconds)),
        "refreshToken": answer.get("refreshToken") or kept["refreshToken"],
    }
    write_private(path, json.dumps(new).encode())
    return token


def _kept(path: Path) -> Mapping[str, object]:
    import json

    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _object(reply: Reply) -> Mapping[str, object]:
    import json

    try:
        found = json.loads(reply.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _zulu(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _suffix(region: str) -> str:
    return "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"


def _expired(way: Sso) -> CredentialError:
    return CredentialError(
        "{place}: the SSO login has expired, or there was none",
        place=way.place,
        profile=way.profile,
        hint="aws sso login --profile '{profile}'",
    )
