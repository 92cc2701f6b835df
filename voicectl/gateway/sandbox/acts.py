"""The vendors' gateways for what has no interface of its own: an action's name leads to what does it.

How each gateway checks and answers: `*_rules.py`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from voicectl.core.credentials import Credentials
from voicectl.core.request import Request
from voicectl.gateway.sandbox import aliyun_rules, tencent_rules, volcengine_rules
from voicectl.gateway.sandbox.asked import form_of, object_of
from voicectl.gateway.sandbox.cloud import Cloud, No, Refused
from voicectl.gateway.wire import Answer

NO_JSON = No("InvalidParameter", 200, "the body is no JSON object")


class Asked(NamedTuple):
    """A request for an action, whose signature was found right; `fields` are its parameters."""

    action: str
    fields: Mapping[str, Any]
    caller: Credentials
    request: Request


class Act(NamedTuple):
    """What does an action: `run` returns what the vendor's envelope holds, or raises Refused.

    `service` is what the scope of the signature names, where it names one.
    """

    versions: tuple[str, ...]
    run: Callable[[Asked], Awaitable[dict[str, Any]]]
    service: str = ""


Acts = Mapping[str, Act]


class AliyunActs:
    """Actions of Aliyun's RPC products."""

    vendor = "aliyun"
    throttled = aliyun_rules.THROTTLED

    def __init__(self, cloud: Cloud, acts: Acts) -> None:
        self._cloud = cloud
        self._acts = acts

    def knows(self, request: Request) -> bool:
        return aliyun_rules.is_signed(request)

    async def serve(self, request: Request) -> Answer:
        known = aliyun_rules.check(self._cloud, request)
        action = aliyun_rules.action_of(request)
        act = self._acts.get(action)
        if act is None:
            raise Refused("InvalidAction.NotFound", 404, "Specified api is not found.")
        aliyun_rules.refuse_other_version(request, *act.versions)
        told = await act.run(Asked(action, form_of(request), known, request))
        return aliyun_rules.good(self._cloud, told)

    def refusal(self, refused: Refused, request_id: str) -> Answer:
        return aliyun_rules.refusal(refused, request_id)


class VolcengineActs:
    """Actions of Volcengine's services."""

    vendor = "volcengine"
    throttled = volcengine_rules.THROTTLED

    def __init__(self, cloud: Cloud, acts: Acts) -> None:
        self._cloud = cloud
        self._acts = acts

    def knows(self, request: Request) -> bool:
        return volcengine_rules.is_signed(request)

    async def serve(self, request: Request) -> Answer:
        query = dict(request.pairs())
        action = query.get("Action", "")
        act = self._acts.get(action)
        known = volcengine_rules.check(self._cloud, request, act.service if act else "")
        if not action or "Version" not in query:
            raise Refused("MissingParameter", 400, "The request is missing Action or Version.")
        if act is None or query["Version"] not in act.versions:
            raise Refused("InvalidActionOrVersion", 404, f"Could not find operation {action}.")
        told = await act.run(Asked(action, form_of(request), known, request))
        return volcengine_rules.good(self._cloud, request, told, act.service)

    def refusal(self, refused: Refused, request_id: str) -> Answer:
        return volcengine_rules.refusal(refused, request_id, "sts")


class TencentActs:
    """Actions of Tencent Cloud's services."""

    vendor = "tencent"
    throttled = tencent_rules.THROTTLED

    def __init__(self, cloud: Cloud, acts: Acts) -> None:
        self._cloud = cloud
        self._acts = acts

    def knows(self, request: Request) -> bool:
        return tencent_rules.is_signed(request)

    async def serve(self, request: Request) -> Answer:
        action = tencent_rules.action_of(request)
        act = self._acts.get(action)
        known = tencent_rules.check(self._cloud, request, act.service if act else "")
        if act is None:
            raise Refused("InvalidAction", 200, f"The action {action!r} is invalid.")
        if request.header("x-tc-version") not in act.versions:
            raise Refused("NoSuchVersion", 200, "The version does not exist.")
        fields = form_of(request) if request.method == "GET" else object_of(request.body, NO_JSON)
        return tencent_rules.good(self._cloud, await act.run(Asked(action, fields, known, request)))

    def refusal(self, refused: Refused, request_id: str) -> Answer:
        return tencent_rules.refusal(refused, request_id)
