"""What Aliyun's products answer when they are asked for a recording. Asking: `recording.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from voicectl.core.errors import CredentialError, VendorRefused, VoicectlError
from voicectl.core.recording import not_ready
from voicectl.core.refusal import object_in
from voicectl.core.request import Reply
from voicectl.vendors.aliyun.errors import judge_rpc

GOOD_CODES = ("OK", "200", "Success")
ABSENT = ("notfound", "notexist", "not_exist", "nodata", "no_data", "notready")
POLICY = "let this key's RAM user do {service}:{action}"


class Found(NamedTuple):
    """Where a recording is for a while; `seconds` None is not told."""

    url: str
    seconds: float | None = None


def judge(service: str, action: str) -> Callable[[Reply], VoicectlError | None]:
    """Return the judge of one look-up: a recording that is not there may come yet."""

    def judged(reply: Reply) -> VoicectlError | None:
        body = object_in(reply.body) or {}
        if str(body.get("Code") or "") in GOOD_CODES and reply.status < 300:
            return None
        error = judge_rpc(reply)
        if error is None:
            return None
        code = str(error.facts.get("vendor_code", ""))
        if isinstance(error, VendorRefused) and any(word in code.lower() for word in ABSENT):
            return not_ready("aliyun has no such recording, or not yet: {reason}", **error.facts)
        if type(error) is CredentialError and code.startswith(("Forbidden", "NoPermission", "isp.RAM")):
            return error.knowing(hint=POLICY, service=service, action=action)
        return error

    return judged


def found_in(answer: Mapping[str, object], place: str) -> Found:
    """Return what stands at a dotted place of an answer, which some products wrap in `Data`."""
    table: object = answer
    *tables, last = place.split(".")
    for name in tables:
        table = table.get(name) if isinstance(table, dict) else None
    value = _in(table, last) or _in(answer.get("Data"), last)
    data = answer.get("Data")
    milliseconds = data.get("Duration") if isinstance(data, dict) else None
    text = str(milliseconds)
    return Found(url=value, seconds=int(text) / 1000 if text.isascii() and text.isdecimal() else None)


def _in(table: object, name: str) -> str:
    """Return a text by its name, whatever the case of its first letter."""
    if not isinstance(table, dict):
        return ""
    for spelling in (name, name[:1].upper() + name[1:], name[:1].lower() + name[1:]):
        if table.get(spelling):
            return str(table[spelling])
    return ""
