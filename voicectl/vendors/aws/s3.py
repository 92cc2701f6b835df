"""Objects of S3, signed by us. Which of them is a recording: `recording.py`.

Specification: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
"""

from __future__ import annotations

from collections.abc import Mapping

from voicectl.core.errors import CredentialError, NotFound, VendorRefused, VoicectlError
from voicectl.core.recording import Location
from voicectl.core.request import Reply
from voicectl.core.stores import BUCKET, KEY, request_for, way_to
from voicectl.core.vendor import Access
from voicectl.signing import schemes
from voicectl.vendors.aws.errors import judge as judge_aws
from voicectl.vendors.aws.errors import told_by
from voicectl.vendors.aws.places import checked_region, usual_url

CHECKSUM_MODE = ("x-amz-checksum-mode", "ENABLED")
ABSENT = {"NoSuchKey": "check --key: it has no slash in front", "NoSuchBucket": "check --bucket"}


def located(access: Access, params: Mapping[str, str]) -> Location:
    """Return the way to an object; its bucket lies in the profile's region.

    A bucket with dots stands in the path: in the host they would go past the wildcard of the certificate.
    """
    region, bucket, key = checked_region(access.profile.region), params[BUCKET], params[KEY]
    client = access.client(schemes.build("aws-sigv4-s3", region=region, service="s3"), judge)
    has_dots, home = "." in bucket, usual_url("s3", region)
    usual = home if has_dots else home.replace("https://", f"https://{bucket}.", 1)
    request = request_for(access, "s3", usual, params, in_path=has_dots, headers=(CHECKSUM_MODE,))
    return way_to(client, request, f"s3 {bucket} {key}", key, etag_is_md5=True)


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
