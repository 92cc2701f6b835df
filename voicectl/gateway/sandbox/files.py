"""What lies behind the plain links of the sandbox's answers: sound, for as long as its link lasts."""

from __future__ import annotations

from voicectl.core.request import Request
from voicectl.gateway.sandbox.cloud import Cloud, No, Refused
from voicectl.gateway.wire import Answer, as_json


class Files:
    """Fetched without any key, as a link is."""

    vendor = ""
    throttled = No("SlowDown", 503, "please reduce your request rate")

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def knows(self, request: Request) -> bool:
        return request.path in self._cloud.files

    async def serve(self, request: Request) -> Answer:
        file = self._cloud.files[request.path]
        if self._cloud.has_ended(file.ends):
            raise Refused("AccessDenied", 403, "Request has expired.")
        return Answer(200, (("Content-Type", file.kind),), file.data)

    def refusal(self, refused: Refused, request_id: str) -> Answer:
        return as_json(refused.status, {"Code": refused.code, "Message": refused.message})
