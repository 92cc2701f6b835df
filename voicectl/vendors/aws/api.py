"""Raw calls of AWS: Polly by paths, other services by the query protocol. Speech itself: `tts.py`.

Specification: https://docs.aws.amazon.com/polly/latest/dg/API_Operations.html and
https://docs.aws.amazon.com/STS/latest/APIReference/CommonParameters.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from voicectl.core.api import (
    JSON_TYPE,
    ApiService,
    Prepared,
    RawCall,
    flattened,
    is_reading,
    json_body,
    place_of,
    refuse_body,
    refuse_both,
    refuse_reserved,
    repeated,
    service_of,
)
from voicectl.core.errors import Unsupported, UsageError
from voicectl.core.refusal import any_json
from voicectl.signing import schemes
from voicectl.vendors.aws.errors import judge
from voicectl.vendors.aws.identity import FORM, GLOBAL_REGION, sts
from voicectl.vendors.aws.places import SPEECH, TASKS, checked_region, usual_url

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from voicectl.core.endpoint import Endpoint
    from voicectl.core.request import Reply, Request
    from voicectl.core.vendor import Access

ACCEPT = ("Accept", "application/json")
LEXICONS, LEXICON = "/v1/lexicons", "/v1/lexicons/{Name}"
POLLY = {
    "DescribeVoices": ("GET", "/v1/voices"),
    "SynthesizeSpeech": ("POST", SPEECH),
    "StartSpeechSynthesisTask": ("POST", TASKS),
    "ListSpeechSynthesisTasks": ("GET", TASKS),
    "GetSpeechSynthesisTask": ("GET", f"{TASKS}/{{TaskId}}"),
    "ListLexicons": ("GET", LEXICONS),
    "GetLexicon": ("GET", LEXICON),
    "PutLexicon": ("PUT", LEXICON),
    "DeleteLexicon": ("DELETE", LEXICON),
}
"""Method and path of each of Polly's actions; what stands in braces is a parameter."""
SERVICES = (ApiService("polly", version="2016-06-10"), ApiService("sts", version="2011-06-15"))


class AwsApi:
    """The interfaces of one account in one region."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def prepare(self, call: RawCall) -> Prepared:
        """Return the call in its service's own protocol; see `core.api.Api`."""
        service, region = service_of(SERVICES, call), self._access.profile.region
        if service.name == "sts":
            return self._prepared(call, _query(sts(self._access), call, service.version), service.name)
        region = checked_region(region)
        if service.name == "polly":
            endpoint = self._access.endpoint("polly", usual_url("polly", region))
            return self._prepared(call, _polly(endpoint, call), service.name)
        endpoint = place_of(self._access, service, SERVICES)
        return self._prepared(call, _query(endpoint, call, service.version), service.name)

    def _prepared(self, call: RawCall, request: Request, service: str) -> Prepared:
        region = self._access.profile.region or GLOBAL_REGION
        signer = schemes.build("aws-sigv4", region=region, service=service)
        return Prepared(
            request=request,
            client=self._access.client(signer, judge),
            reads=is_reading(call.action),
            action=call.action,
            brings_file=call.action == "SynthesizeSpeech",
            content=_content,
        )


def _polly(endpoint: Endpoint, call: RawCall) -> Request:
    if call.action not in POLLY:
        raise Unsupported(
            "polly's {action!r} is not known here; known are: {known}",
            action=call.action,
            known=", ".join(POLLY),
            hint="voicectl api aws polly DescribeVoices",
        )
    method, template = POLLY[call.action]
    rest = dict(call.parameters)
    path = re.sub(r"\{(\w+)\}", lambda found: _segment(call.action, found[1], rest), template)
    call = call._replace(parameters=rest)
    refuse_both(call)
    if method == "GET":
        refuse_body(call)
        return endpoint.request(method, path, pairs=repeated(rest))
    if method == "DELETE":
        return endpoint.request(method, path)
    return endpoint.request(method, path, headers=(JSON_TYPE,), body=json_body(call))


def _segment(action: str, name: str, parameters: dict[str, object]) -> str:
    """Take the parameter that belongs in the path."""
    value = parameters.pop(name, "")
    if not isinstance(value, str) or not value or "/" in value:
        raise UsageError("{action} wants {name}", action=action, name=name, hint="{name}=VALUE")
    return value


def _query(endpoint: Endpoint, call: RawCall, version: str) -> Request:
    refuse_body(call)
    refuse_reserved(call)
    fields = {"Action": call.action, "Version": version, **dict(flattened(call.parameters, ".member."))}
    return endpoint.request("POST", "/", headers=(FORM, ACCEPT), body=urlencode(fields).encode())


def _content(reply: Reply) -> object:
    """Read JSON, or the XML in which the query protocol answers where it does not hear `Accept`."""
    if not reply.body.lstrip().startswith(b"<"):
        return any_json(reply)
    from xml.etree.ElementTree import ParseError, fromstring

    try:
        root = fromstring(reply.body)
    except (ParseError, ValueError):
        return None
    return {_name(root): _value(root)}


def _value(element: Element) -> object:
    """Read an element: a text, a list of `member`, or an object in which repeated names are lists."""
    if not len(element):
        return (element.text or "").strip()
    if all(_name(child) == "member" for child in element):
        return [_value(child) for child in element]
    found: dict[str, list[object]] = {}
    for child in element:
        found.setdefault(_name(child), []).append(_value(child))
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]
