"""One raw call of a vendor's interface, and what all interfaces share. Each one's own: `vendors/*/api.py`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from voicectl.core.errors import UsageError
from voicectl.core.refusal import any_json

if TYPE_CHECKING:
    from voicectl.core.endpoint import Endpoint
    from voicectl.core.request import Pairs, Reply, Request
    from voicectl.core.vendor import Access, Client

JSON_TYPE = ("Content-Type", "application/json")
FORM_TYPE = ("Content-Type", "application/x-www-form-urlencoded")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
READING = re.compile(r"(?:Describe|Get|List|Query|Search|Head)(?=[A-Z0-9]|$)")
"""How the names of actions begin that change nothing and cost nothing, at every vendor with actions."""
RESERVED = frozenset(("action", "version"))
NOWHERE = "https://unknown.invalid"


class RawCall(NamedTuple):
    """What is asked in the vendor's own words; `parameters` hold JSON values."""

    service: str
    action: str
    parameters: Mapping[str, object]
    body: bytes | None = None
    version: str = ""


class Prepared(NamedTuple):
    """A call that is ready to be sent.

    `reads` says that it is known to change nothing: only then it may be repeated. `brings_file` says
    that the answer is no JSON. `content` makes a good answer a JSON value; None where it cannot.
    """

    request: Request
    client: Client
    reads: bool
    action: str = ""
    brings_file: bool = False
    content: Callable[[Reply], object] = any_json


class Api(Protocol):
    """A vendor's interface, as it is."""

    def prepare(self, call: RawCall) -> Prepared:
        """Return the call as a request; UsageError for what cannot be one."""
        ...


class ApiService(NamedTuple):
    """One service that is known: where it is, which version is asked for, and what is special about it.

    `name` is also what is signed; `endpoint` names it in a profile.
    """

    name: str
    url: str = ""
    version: str = ""
    known_as: tuple[str, ...] = ()
    endpoint: str = ""
    scheme: str = ""


def service_of(services: Sequence[ApiService], call: RawCall) -> ApiService:
    """Return the service that is asked for; one that nobody knows here has a name and no URL."""
    asked = _spelled(call.service)
    for each in services:
        if asked in map(_spelled, (each.name, *each.known_as)):
            return each._replace(version=call.version or each.version)
    return ApiService(call.service, version=call.version)


def place_of(access: Access, service: ApiService, services: Sequence[ApiService]) -> Endpoint:
    """Return where a service is; UsageError for an unknown one that flags do not describe."""
    found = access.endpoint(service.endpoint or service.name.replace("-", "_"), service.url or NOWHERE)
    if (found.is_custom or service.url) and service.version:
        return found
    raise UsageError(
        "{vendor} has no service {service!r} that is known here; known are: {known}",
        vendor=access.profile.vendor,
        service=service.name,
        known=", ".join(each.name for each in services),
        hint="add --endpoint-url https://HOST --api-version VERSION",
    )


def is_reading(action: str) -> bool:
    """Say whether an action's name tells that it changes nothing."""
    return bool(READING.match(action))


def refuse_reserved(call: RawCall) -> None:
    """Refuse parameters that would name another action than the one that was judged."""
    name = next((name for name in call.parameters if name.lower() in RESERVED), "")
    if name:
        raise UsageError("{name} is no parameter here", name=name, hint="voicectl api VENDOR SERVICE ACTION")


def refuse_body(call: RawCall) -> None:
    """Refuse a body where the interface takes parameters only."""
    if call.body is not None:
        raise UsageError(
            "{service} takes no body", service=call.service, hint="NAME=VALUE for each parameter"
        )


def refuse_both(call: RawCall) -> None:
    """Refuse parameters beside a body where they would have to stand in it."""
    if call.body is not None and call.parameters:
        raise UsageError("--data is all that is sent", hint="leave out --data, or the parameters")


def flattened(parameters: Mapping[str, object], between: str = ".") -> Iterator[tuple[str, str]]:
    """Yield parameters for a query: lists as `Name.1`, objects as `Name.Key`, nothing for null.

    `between` stands between a list's name and the numbers of its items.
    """
    for name, value in parameters.items():
        if isinstance(value, dict):
            yield from flattened({f"{name}.{key}": each for key, each in value.items()}, between)
        elif isinstance(value, list):
            yield from flattened({f"{name}{between}{at}": each for at, each in enumerate(value, 1)}, between)
        elif value is not None:
            yield name, text_of(value)


def repeated(parameters: Mapping[str, object]) -> Pairs:
    """Return parameters for a query or a form in which a list is its name given several times."""
    return tuple(
        (name, text_of(each))
        for name, value in parameters.items()
        for each in (value if isinstance(value, list) else [value])
        if each is not None
    )


def text_of(value: object) -> str:
    """Write a value as a vendor reads it in a query."""
    if isinstance(value, str):
        return value
    import json

    return json.dumps(value, ensure_ascii=False)


def method_and_path(call: RawCall) -> tuple[str, str, Pairs]:
    """Read `GET /path?query`, in two words or in one, for interfaces without actions."""
    from voicectl.core.request import Request, percent_decode

    words = f"{call.service} {call.action}".split()
    at = next((at for at, word in enumerate(words) if word.upper() in METHODS), None)
    if at is None or len(words) != at + 2 or not words[-1].startswith("/"):
        raise UsageError(
            "this vendor is asked by method and path, not by {words!r}",
            words=" ".join(words),
            hint="voicectl api VENDOR GET /path",
        )
    path, _, query = words[-1].partition("?")
    return words[at].upper(), percent_decode(path), Request(method="GET", host="", query=query).pairs()


def json_body(call: RawCall) -> bytes:
    """Return the body that was given, else the parameters as JSON."""
    if call.body is not None:
        return call.body
    import json

    return json.dumps(call.parameters, ensure_ascii=False).encode()


def _spelled(name: str) -> str:
    return name.lower().replace("_", "-")
