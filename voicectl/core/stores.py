"""Objects of a bucket: how one is named, asked for and brought. Each store's codes: `vendors/<name>/`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from voicectl.core.presigned import file_name_of, location_of
from voicectl.core.recording import Location, Recording
from voicectl.core.request import Pairs, Request
from voicectl.core.vendor import Access, Client

BUCKET, KEY, DOMAIN = "bucket", "key", "domain"
URL = "url"
"""What a recording's own parameters may say of its place: an object of a bucket, or an address."""

Located = Callable[[Access, Mapping[str, str]], Location]
"""The way to an object, in a vendor's own store."""


def object_of(bucket: str, key: str) -> Recording:
    """Return an object as a recording."""
    return Recording(name=key, params={BUCKET: bucket, KEY: key.removeprefix("/")})


def told_place(access: Access, recording: Recording, located: Located) -> Location | None:
    """Return the place that a recording names itself; None for one that is looked up by its call."""
    if KEY in recording.params:
        return located(access, recording.params)
    url = recording.params.get(URL, "")
    return location_of(access.fetch, url) if url else None


def request_for(
    access: Access,
    service: str,
    usual: str,
    params: Mapping[str, str],
    *,
    in_path: bool = False,
    headers: Pairs = (),
) -> Request:
    """Return the bare request for an object: the bucket in the host, at another endpoint in the path.

    `usual` is the bucket's own host at the vendor; `domain` among the parameters names one that takes the
    key alone.
    """
    bucket, key = params[BUCKET], params[KEY]
    own = params.get(DOMAIN, "")
    host = own or usual
    endpoint = access.endpoint(service, host if "://" in host else f"https://{host}")
    path = not own and (in_path or endpoint.is_custom)
    return endpoint.request("GET", f"/{bucket}/{key}" if path else f"/{key}", headers=headers)


def way_to(
    client: Client, request: Request, identity: str, key: str, *, etag_is_md5: bool = False
) -> Location:
    """Return the way to an object: each request to it is signed anew."""
    return Location(
        open=lambda headers: client.stream(
            request.with_headers((*request.headers, *headers)), action="GetObject"
        ),
        identity=identity,
        file_name=file_name_of(f"https://h/{key}"),
        etag_is_md5=etag_is_md5,
    )
