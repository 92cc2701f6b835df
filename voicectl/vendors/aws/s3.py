"""Objects of S3, signed by us. Which of them is a recording: `recording.py`.

Specification: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
"""

from __future__ import annotations

from collections.abc import Mapping

from voicectl.core.errors import CredentialError, NotFound, VendorRefused, VoicectlError
from voicectl.core.presigned import file_name_of
from voicectl.core.recording import Location, Recording
from voicectl.core.request import Reply, Request
from voicectl.core.vendor import Access
from voicectl.signing import schemes
from voicectl.vendors.aws.errors import judge as judge_aws
from voicectl.vendors.aws.errors import told_by
from voicectl.vendors.aws.places import checked_region, usual_url

BUCKET, KEY, DOMAIN = "bucket", "key", "domain"
CHECKSUM_MODE = ("x-amz-checksum-mode", "ENABLED")
ABSENT = {"NoSuchKey": "check --key: it has no slash in front", "NoSuchBucket": "check --bucket"}


def object_of(bucket: str, key: str) -> Recording:
    """Return an object as a recording."""
    return Recording(name=key, params={BUCKET: bucket, KEY: key.removeprefix("/")})


def located(access: Access, params: Mapping[str, str]) -> Location:
    """Return the way to an object: each request to it is signed anew."""
    region, bucket, key = checked_region(access.profile.region), params[BUCKET], params[KEY]
    client = access.client(schemes.build("aws-sigv4-s3", region=region, service="s3"), judge)
    request = request_to(access, region, params)
    return Location(
        open=lambda headers: client.stream(
            request.with_headers((*request.headers, *headers)), action="GetObject"
        ),
        identity=f"s3 {bucket} {key}",
        file_name=file_name_of(f"https://h/{key}"),
        etag_is_md5=True,
    )


def request_to(access: Access, region: str, params: Mapping[str, str]) -> Request:
    """Return the bare request: the bucket in the host unless it has dots, at another endpoint in the path.

    A dot in the name would go past the wildcard of the certificate. `domain` names a host of the bucket's
    own, which takes the key alone.
    """
    bucket, key, own = params[BUCKET], params[KEY], params.get(DOMAIN, "")
    usual = usual_url("s3", region)
    in_path = not own and ("." in bucket or access.endpoint("s3", usual).is_custom)
    host = own or (usual if in_path else usual.replace("https://", f"https://{bucket}.", 1))
    endpoint = access.endpoint("s3", host if "://" in host else f"https://{host}")
    return endpoint.request("GET", f"/{bucket}/{key}" if in_path else f"/{key}", headers=(CHECKSUM_MODE,))


def judge(reply: Reply) -> VoicectlError | None:
    """Judge by the code in the XML; S3 tells the bucket's own region where another was asked."""
    region = reply.headers.get("x-amz-bucket-region", "")
    code = told_by(reply).code
    if code in ABSENT:
        return NotFound("s3 does not have it: {code}", hint=ABSENT[code], code=code, vendor_code=code)
    if region and (
        300 <= reply.status < 400 or code in ("AuthorizationHeaderMalformed", "PermanentRedirect")
    ):
        return VendorRefused(
            "the bucket is in region {region}", region=region, hint="--region {region}", vendor_code=code
        )
    error = judge_aws(reply)
    if type(error) is CredentialError and code == "AccessDenied":
        return error.knowing(
            hint="let this key do s3:GetObject; without s3:ListBucket an absent object looks like this too"
        )
    return error
