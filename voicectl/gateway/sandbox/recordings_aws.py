"""Amazon Connect in the sandbox: a contact tells where its recording is. The bucket: `objects.py`.

Specification: https://docs.aws.amazon.com/connect/latest/APIReference/API_DescribeContact.html
"""

from __future__ import annotations

import re

from voicectl.core.request import Request, percent_decode
from voicectl.gateway.sandbox import aws_rules
from voicectl.gateway.sandbox.check import caller
from voicectl.gateway.sandbox.cloud import No, Refused
from voicectl.gateway.sandbox.recordings import BUCKET, SAMPLE, Archive
from voicectl.gateway.wire import Answer, as_json

CONTACT = re.compile(r"/contacts/([^/]+)/([^/]+)")
RULES = aws_rules.rules("connect", aws_rules.REST)


class Connect:
    """DescribeContact; the one contact that there is, `sample`, has a recording."""

    vendor = "aws"
    throttled = No("TooManyRequestsException", 429, "Too many requests")

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._cloud = archive.telephone.cloud

    def knows(self, request: Request) -> bool:
        return request.path.startswith("/contacts/")

    async def serve(self, request: Request) -> Answer:
        aws_rules.refuse_unsigned(request, aws_rules.REST)
        caller(self._cloud, RULES, request)
        found = CONTACT.fullmatch(percent_decode(request.path))
        if request.method != "GET" or found is None:
            raise Refused("UnknownOperationException", 404, "the sandbox plays DescribeContact only")
        if found[2] != SAMPLE:
            raise Refused("ResourceNotFoundException", 404, "there is no such contact; one is called sample")
        kept, now = await self._archive.sample(), self._cloud.now.timestamp()
        recording = {
            "MediaStreamType": "AUDIO",
            "Status": "AVAILABLE",
            "Location": f"{BUCKET}/{kept.key}",
            "StartTimestamp": now - 60 - kept.seconds,
            "StopTimestamp": now - 60,
        }
        return as_json(200, {"Contact": {"Id": SAMPLE, "Channel": "VOICE", "Recordings": [recording]}})

    def refusal(self, refused: Refused, request_id: str) -> Answer:
        headers = (("x-amzn-ErrorType", refused.code), ("x-amzn-RequestId", request_id))
        return as_json(refused.status, {"message": aws_rules.told(refused)}, *headers)
