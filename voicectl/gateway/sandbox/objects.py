"""Buckets of the sandbox, as S3, OSS and TOS show them: objects, parts of them, and links that end.

How each checks a signature: `objects_rules.py`. What is kept there: `recordings.py`.
Specification: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html,
https://help.aliyun.com/en/oss/developer-reference/getobject, https://www.volcengine.com/docs/6349/74850
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from voicectl.core.request import Request, percent_decode, percent_encode
from voicectl.gateway.sandbox.check import caller
from voicectl.gateway.sandbox.cloud import No, Refused
from voicectl.gateway.sandbox.objects_rules import Own, bucket_in_host
from voicectl.gateway.sandbox.parts import Unsatisfiable, part_of
from voicectl.gateway.sandbox.recordings import BUCKET, Archive
from voicectl.gateway.wire import Answer
from voicectl.signing import times

KINDS = {"wav": "audio/x-wav", "mp3": "audio/mpeg"}
NO_KEY = No("NoSuchKey", 404, "The specified key does not exist.")
NO_BUCKET = No("NoSuchBucket", 404, "The specified bucket does not exist.")
NO_PART = No("InvalidRange", 416, "The requested range is not satisfiable")
SLOW_DOWN = No("SlowDown", 503, "Please reduce your request rate.")
NO_METHOD = No("MethodNotAllowed", 405, "The sandbox knows GET, HEAD and PUT of an object here.")


class Place(NamedTuple):
    """Where an object is."""

    bucket: str
    key: str

    @classmethod
    def of(cls, request: Request) -> Place:
        """Read the bucket from the host, `bucket.localhost`, else from the path."""
        path = percent_decode(request.path).removeprefix("/")
        if in_host := bucket_in_host(request.host):
            return cls(in_host, path)
        bucket, _, key = path.partition("/")
        return cls(bucket, key)

    def __str__(self) -> str:
        return f"{self.bucket}/{self.key}"


class Store:
    """An object store; `own` is what one vendor's has of its own. All see the same objects."""

    def __init__(self, archive: Archive, own: Own) -> None:
        self._archive = archive
        self._cloud = archive.telephone.cloud
        self._own = own
        self._since = times.http_date(self._cloud.now)

    @property
    def vendor(self) -> str:
        return self._own.vendor

    @property
    def throttled(self) -> No:
        return SLOW_DOWN

    def knows(self, request: Request) -> bool:
        if self._own.is_signed(request):
            return True
        return self.vendor == "aws" and request.path.startswith(f"/{BUCKET}/")

    async def serve(self, request: Request) -> Answer:
        # The key counts, not how a client wrote it: some hide the slashes in it.
        meant = replace(request, path=percent_encode(percent_decode(request.path), safe="/"))
        caller(self._cloud, self._own.rules(meant, bucket_in_host(request.host)), meant)
        place = Place.of(request)
        if request.method == "PUT" and place.key:
            self._cloud.objects[str(place)] = request.body
            self._cloud.note(self.vendor, "object", bucket=place.bucket, key=place.key)
            return Answer(200, (*self._own.named(self._cloud.name(16)), *self._own.sums(request.body)))
        if request.method not in ("GET", "HEAD") or not place.key:
            raise Refused(*NO_METHOD)
        return await self._given(request, place)

    async def _given(self, request: Request, place: Place) -> Answer:
        if place.bucket == BUCKET:
            await self._archive.file(place.key)
        data = self._cloud.objects.get(str(place))
        if data is None:
            is_there = any(each.startswith(f"{place.bucket}/") for each in self._cloud.objects)
            raise Refused(*(NO_KEY if is_there else NO_BUCKET))
        headers = (
            ("Content-Type", KINDS.get(place.key.rpartition(".")[2], "application/octet-stream")),
            ("Last-Modified", self._since),
            *self._own.named(self._cloud.name(16)),
            *self._own.sums(data),
        )
        is_lenient = self._own.brings_all and request.header("x-oss-range-behavior") != "standard"
        try:
            return part_of(request, data, headers, whole_instead=is_lenient)
        except Unsatisfiable:
            raise Refused(*NO_PART) from None

    def refusal(self, refused: Refused, request_id: str) -> Answer:
        return self._own.refusal(refused, request_id, self._cloud.now)
