"""What codes and words in vendors' answers speak for, as tables; they are weighed in `answers.py`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

MISMATCH = re.compile(
    r"signaturedoesnotmatch|invalid_?signature(?!method|version|nonce)|signaturefailure|signaturenotmatch"
    r"|signaturemismatch|sigverificationfail|invalidaccesskeysecret"
    r"|signature (?:is )?(?:we calculated )?(?:does|is|do) not match|signature does not conform to aliyun",
    re.IGNORECASE,
)
TIME_FORM = re.compile(r"timestamp\.format|must be in ISO-8601", re.IGNORECASE)
CLOCK = re.compile(
    r"requesttimetooskewed|invalidtimestamp|signatureexpire|illegaltimestamp|requestexpired|requesttimeexception"
    r"|timestampexpired|expiredrequest|invaliddate",
    re.IGNORECASE,
)
CLOCK_WORDS = re.compile(
    r"signature expired|signature not yet current|request has expired|timestamp is expired", re.IGNORECASE
)
UNKNOWN_KEY = re.compile(
    r"unrecognizedclient|invalidclienttokenid|invalidaccesskey(?!secret)|secretidnotfound|invalidsecretid"
    r"|accesskeyidnotfound|invalidapikey|notsignedup|accesskeynotfound|accesskeydisabled|apikeydisabled",
    re.IGNORECASE,
)
_NONCE = re.compile(r"signaturenonceused|nonceused|duplicatenonce", re.IGNORECASE)
_TOKEN_EXPIRED = re.compile(
    r"expiredtoken|securitytokenexpired|securitytoken\.expired|tokenexpired", re.IGNORECASE
)
_TOKEN_BAD = re.compile(
    r"invalidtoken|invalidsecuritytoken|tokenfailure|invalidsecrettoken|securitytoken\.", re.IGNORECASE
)
_MALFORMED = re.compile(
    r"incompletesignature|authorizationheadermalformed|authorizationqueryparameterserror|invalidauthorization"
    r"|invalidcredential|missingsignature|missingauthenticationtoken|signaturemalformed|invalidargument\.signature"
    r"|missingsecurityheader|missingrequestinfo|missingapikey|invalidsignature(?:method|version)",
    re.IGNORECASE,
)
_TOKEN_ABSENT = re.compile(r"missingsecuritytoken", re.IGNORECASE)
_UNSIGNED = re.compile(
    r"headersnotsigned|headers present in the request which were not signed", re.IGNORECASE
)
_FORBIDDEN = re.compile(
    r"accessdenied|forbidden|nopermission|unauthorizedoperation|lack(?:project)?policy|notauthorized"
    r"|operationdenied|mfafailure|insufficientscope|ipnotallowed",
    re.IGNORECASE,
)
_THROTTLED = re.compile(
    r"throttl|limitexceeded|quotaexceeded|toomanyrequests|slowdown|requestlimit|busy", re.IGNORECASE
)
_BODY = re.compile(r"xamzcontentsha256mismatch|invaliddigest|baddigest|contentsha256", re.IGNORECASE)
IN_NUMBERS = {
    "youdao-v3": {
        "108": "InvalidAccessKey",
        "202": "InvalidSignature",
        "206": "InvalidTimestamp",
        "207": "NonceUsed",
        "411": "RequestLimit",
    }
}
"""Codes that are numbers, in words."""


class Row(NamedTuple):
    """What an answer that the pattern matches speaks for."""

    pattern: re.Pattern[str]
    id: str
    title: str
    fix: str


WRITTEN_WRONG = Row(
    TIME_FORM,
    "ts-format",
    "the time is written in another form than the scheme's",
    "Write the time as the scheme wants it, in UTC, with its zone's mark and without fractions.",
)
BY_WORDS = (
    Row(
        re.compile(r"must be addressed using the specified endpoint", re.IGNORECASE),
        "endpoint-other",
        "the bucket lies in another region than this host",
        "Send the request to the endpoint of the bucket's own region, and sign for that region.",
    ),
    Row(
        _UNSIGNED,
        "hdr-required-unsigned",
        "the signature leaves out a header that must be signed",
        "Sign every header of the vendor's own prefix that is sent; the answer names the one.",
    ),
    Row(
        re.compile("token included in the request is expired"),
        "token-expired",
        "the security token has expired",
        "Fetch new temporary credentials; key id, secret and token always change together.",
    ),
)
"""Looked for in the message."""
BY_CODE = (
    Row(
        _NONCE,
        "nonce-reused",
        "this nonce has been used before",
        "Draw a fresh nonce whenever a request is signed, retries included. Usual culprits: a retry that "
        "sends the signed request again, a weak or seeded random number, a time in seconds as the nonce.",
    ),
    BY_WORDS[-1]._replace(pattern=_TOKEN_EXPIRED),
    Row(
        _TOKEN_ABSENT,
        "token-missing",
        "the temporary key's security token was not sent",
        "Send the security token together with its key, and sign it where the scheme signs it.",
    ),
    Row(
        _TOKEN_BAD,
        "token-invalid",
        "the security token is not the one of this key, or is broken",
        "Take key id, secret and token from the same answer of STS, whole and unchanged.",
    ),
)
"""Looked for in the code, before it counts as a mismatch of the signature."""
OTHERS = (
    Row(
        _MALFORMED,
        "auth-malformed",
        "the server cannot read the signature's parts",
        "Rebuild the header or the query to the letter, with all its parts.",
    ),
    Row(
        _BODY,
        "body-hash-other",
        "the declared hash of the body is not the hash of the body that arrived",
        "Serialise once, hash those bytes, and send the same bytes.",
    ),
    Row(
        _FORBIDDEN,
        "permission-denied",
        "the key is known, but may not do this",
        "Give the key's user or role the right to this action; the signature is not at fault.",
    ),
    Row(
        _THROTTLED,
        "throttled",
        "the server is limiting the number of calls",
        "Wait and try again, with a new signature.",
    ),
)
"""Looked for in a code that is no mismatch of the signature."""


def row_for(rows: Iterable[Row], text: str) -> Row | None:
    return next((row for row in rows if row.pattern.search(text)), None)


def is_mismatch(code: str, message: str) -> bool:
    return bool(MISMATCH.search(code) or MISMATCH.search(message))
