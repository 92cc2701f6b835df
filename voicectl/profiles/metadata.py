"""Keys from beside the machine: the metadata service of an instance, a container's agent, an address.

Specifications: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html
https://www.alibabacloud.com/help/en/ecs/user-guide/attach-an-instance-ram-role-to-an-ecs-instance
https://cloud.tencent.com/document/product/213/4934
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from voicectl.core.credentials import Credentials, Secret
from voicectl.core.endpoint import Endpoint
from voicectl.core.errors import ConfigError, CredentialError, VoicectlError
from voicectl.core.profile import host_of
from voicectl.core.request import Pairs
from voicectl.profiles.outside import Outside, fetched
from voicectl.profiles.spellings import keys_in
from voicectl.profiles.ways import Address, Instance

TOKEN_SECONDS = "21600"
ROLE = re.compile(r"[\w+=,.@-]{1,128}")
AWS_IPV6 = "http://[fd00:ec2::254]"
GRACE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One vendor's service: `header` carries the token of version 2, and is empty where there is none.

    `without_token`: version 1 is asked where version 2 is not there.
    """

    base: str
    roles: str
    query: Pairs = ()
    token: str = "/latest/api/token"
    header: str = ""
    without_token: bool = False
    extends: bool = False
    """Keys that look expired are good for a while: the service renews late under load."""


SERVICES = {
    "aws": Service(
        base="http://169.254.169.254",
        roles="/latest/meta-data/iam/security-credentials/",
        header="x-aws-ec2-metadata-token",
        extends=True,
    ),
    "aliyun": Service(
        base="http://100.100.100.200",
        roles="/latest/meta-data/ram/security-credentials/",
        header="X-aliyun-ecs-metadata-token",
        without_token=True,
    ),
    "volcengine": Service(
        base="http://100.96.0.96",
        roles="/volcstack/latest/iam/security_credentials/",
        query=(("type", "user"), ("format", "json")),
        header="X-volc-ecs-metadata-token",
    ),
    "tencent": Service(
        base="http://metadata.tencentyun.com",
        roles="/latest/meta-data/cam/security-credentials/",
    ),
}


def of_instance(way: Instance, outside: Outside) -> Credentials | None:
    """Return the keys of the machine's role; None where it has none and nobody said that it has."""
    service = SERVICES[outside.vendor]
    endpoint = Endpoint.of(outside.metadata or _told(outside) or service.base)
    try:
        headers = _token(service, endpoint, way, outside)
        role = way.role or _role(service, endpoint, headers, way, outside)
    except VoicectlError as error:
        if way.explicit or isinstance(error, ConfigError):
            raise _no_keys(way.place, str(error)) from None
        return None
    body = _get(endpoint, service.roles + role, headers, way.place, outside)
    keys = _keys(body, way.place)
    if service.extends and keys.expires_at and keys.expires_at <= outside.now:
        keys = replace(keys, expires_at=outside.now + GRACE)
    return replace(keys, identity=role)


def of_address(way: Address, outside: Outside) -> Credentials:
    """Return what an address gives to whoever asks with its token, if it wants one."""
    parts = Endpoint.of(way.url.partition("?")[0])
    request = parts.request("GET", "/" if not parts.path else "")
    query = way.url.partition("?")[2]
    token = _file_token(way) if way.token_file else way.token
    if not token.isprintable():
        raise CredentialError("{place}: there is a line break in its token", place=way.place)
    if token:
        outside.take(Secret(token))
        request = request.with_header("Authorization", token)
    try:
        reply = fetched(outside.near, request.with_query(query) if query else request)
    except VoicectlError as error:
        raise _no_keys(way.place, str(error)) from None
    if reply.status != 200:
        raise _no_keys(way.place, f"HTTP {reply.status} from {host_of(way.url)}")
    return _keys(reply.body, way.place)


def _told(outside: Outside) -> str:
    """Return the address that AWS's own variables name; empty for none."""
    told = outside.environment.get
    if outside.vendor != "aws":
        return ""
    if endpoint := told("AWS_EC2_METADATA_SERVICE_ENDPOINT", ""):
        return endpoint
    return AWS_IPV6 if told("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "").lower() == "ipv6" else ""


def _token(service: Service, endpoint: Endpoint, way: Instance, outside: Outside) -> Pairs:
    """Return the header that version 2 wants; none where version 1 has to do."""
    if not service.header:
        return ()
    ttl = (f"{service.header}-ttl-seconds", TOKEN_SECONDS)
    reply = fetched(outside.near, endpoint.request("PUT", service.token, headers=(ttl,)))
    token = reply.body.decode(errors="replace").strip()
    if reply.status == 200 and token.isprintable() and token:
        outside.take(Secret(token))
        return ((service.header, token),)
    if service.without_token and way.allow_v1:
        return ()
    raise CredentialError("no token from {host} (HTTP {status})", host=endpoint.host, status=reply.status)


def _role(service: Service, endpoint: Endpoint, headers: Pairs, way: Instance, outside: Outside) -> str:
    """Return the first role that the machine has."""
    path = service.roles if not service.query else service.roles.rstrip("/")
    body = _get(endpoint, path, headers, way.place, outside, service.query)
    role = _first_role(body.decode(errors="replace"))
    if not ROLE.fullmatch(role):
        raise CredentialError("{host} names no role", host=endpoint.host)
    return role


def _first_role(text: str) -> str:
    """Read a list of roles: a line each, or JSON."""
    if text.lstrip()[:1] in {"[", "{"}:
        import json

        try:
            found = json.loads(text)
        except ValueError:
            return ""
        names = found if isinstance(found, list) else list(found)
        return str(names[0]) if names else ""
    return text.strip().partition("\n")[0].strip()


def _get(
    endpoint: Endpoint, path: str, headers: Pairs, place: str, outside: Outside, query: Pairs = ()
) -> bytes:
    reply = fetched(outside.near, endpoint.request("GET", path, pairs=query, headers=headers))
    if reply.status != 200:
        raise _no_keys(place, f"HTTP {reply.status} from {endpoint.host}")
    return reply.body


def _keys(body: bytes, place: str) -> Credentials:
    import json

    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise _no_keys(place, "the answer is no JSON object")
    if (code := str(found.get("Code", "Success"))) != "Success":
        raise _no_keys(place, code)
    keys = keys_in(_inner(found), place)
    if keys is None:
        raise _no_keys(place, "the answer holds none")
    return keys


def _inner(found: Mapping[str, object]) -> Mapping[str, object]:
    inner = found.get("Credentials")
    return inner if isinstance(inner, dict) else found


def _file_token(way: Address) -> str:
    try:
        return Path(way.token_file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ConfigError(
            "{place}: cannot read the token in {path}",
            place=way.place,
            path=way.token_file,
            hint="ls -l '{path}'",
        ) from None


def _no_keys(place: str, reason: str) -> CredentialError:
    return CredentialError(
        "{place} gave no keys: {reason}",
        place=place,
        reason=reason,
        hint="give this machine a role, or use a profile: voicectl profile add NAME --vendor VENDOR",
    )
