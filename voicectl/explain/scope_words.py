"""What a server's message says of the credential scope: its region, service, day or last word is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator

from voicectl.explain.attempt import Attempt
from voicectl.explain.captured import Answer
from voicectl.explain.finding import Finding, found

_REGION = re.compile(
    r"scoped to a valid region|invalid signing region|region (?:'[^']*' |\"[^\"]*\" )?is wrong", re.IGNORECASE
)
_RIGHT_REGION = re.compile(r"is wrong; expecting ['\"]([\w-]+)['\"]", re.IGNORECASE)
_SERVICE = re.compile(
    r"scoped to correct service: '?([\w.-]+\w)|invalid signing product|incorrect service \"[^\"]*\"",
    re.IGNORECASE,
)
_RIGHT_SERVICE = re.compile(r"endpoint belongs to \"([\w.-]+)\"")
_DAY = re.compile(
    r"Date in Credential scope does not match|invalid signing date|invalid credential date", re.IGNORECASE
)
_LAST_WORD = re.compile(r"scoped with a valid terminator|incorrect terminal", re.IGNORECASE)
_NO_SERVICE = re.compile("ServiceNotFound")
_GLOBAL = re.compile(r"[a-z0-9]+\.amazonaws\.com(\.cn)?")


def scope_named(attempt: Attempt, answer: Answer, told: str) -> Iterator[Finding]:
    """Yield the parts of the scope that the server says are wrong, most often with a code of a mismatch."""
    message = answer.message
    if _REGION.search(message):
        yield _other_region(attempt, answer, told)
    if (service := _SERVICE.search(message)) or _is_no_service(attempt, answer):
        yield _other_service(attempt, service[1] if service else "", message, told)
    if _DAY.search(message):
        yield found(
            "date-scope-local",
            "the date in the scope is not the day of the timestamp in UTC",
            "Format scope date and timestamp from the same UTC instant.",
            told,
            proved=False,
        )
    if _LAST_WORD.search(message):
        yield found(
            "scope-wrong-terminator",
            "the last word of the scope is another vendor's",
            "End scope and key in the vendor's own word: aws4_request for AWS.",
            told,
            proved=False,
        )


def _is_no_service(attempt: Attempt, answer: Answer) -> bool:
    """Volcengine looks up the service of the scope before it checks the signature."""
    return attempt.scheme.scheme.startswith("volcengine") and bool(_NO_SERVICE.fullmatch(answer.code))


def _other_region(attempt: Attempt, answer: Answer, told: str) -> Finding:
    named = _RIGHT_REGION.search(answer.message)
    right = named[1] if named else answer.region or _global_region(attempt)
    return found(
        "scope-wrong-region",
        "the signature was made for another region than the endpoint's",
        f"Sign for the region {right!r}." if right else "Sign for the endpoint's region.",
        f"{told}; the scope says {attempt.claims.region!r}",
        proved=False,
        repair=lambda a: a.claiming(region=right) if right else a,
    )


def _global_region(attempt: Attempt) -> str:
    """Return the region that AWS's hosts without one, such as IAM's, are signed for."""
    match = _GLOBAL.fullmatch(attempt.request.host.partition(":")[0].lower())
    if not match:
        return ""
    return "cn-north-1" if match[1] else "us-east-1"


def _other_service(attempt: Attempt, named: str | None, message: str, told: str) -> Finding:
    owner = _RIGHT_SERVICE.search(message)
    right = named or (owner[1] if owner else "")
    return found(
        "scope-wrong-service",
        "the signature was made for another service than the one to sign for",
        f"Sign for the service {right!r}." if right else "Sign for the service that the host belongs to.",
        f"{told}; the scope says {attempt.claims.service!r}",
        proved=False,
        repair=lambda a: a.claiming(service=right) if right else a,
    )
