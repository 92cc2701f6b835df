"""What can be said of a signature that curl makes itself and its command does not show."""

from __future__ import annotations

from collections.abc import Iterator

from voicectl.explain.attempt import Context
from voicectl.explain.captured import SelfSigned
from voicectl.explain.finding import Finding, found
from voicectl.explain.verdict import Explanation

SCHEMES = {"aws": "aws-sigv4"}
CHECKS = (
    "curl makes this signature itself: run it with --trace-ascii - and explain the request that it shows",
    "the secret behind --user: is it the one of this key, and quoted for the shell?",
)


def explain_unseen(told: SelfSigned, context: Context, key_id: str) -> Explanation:
    """Judge what `--aws-sigv4` and `--user` were told, by the host and the flags."""
    findings = [*_scope(told, context), *_key(told, key_id)]
    return Explanation(
        verdict="explained" if findings else "unknown",
        scheme=SCHEMES.get(told.provider, ""),
        causes=tuple(finding.cause for finding in findings),
        proved=any(finding.proved for finding in findings),
        checks=() if findings else CHECKS,
        key_id=told.key_id,
    )


def _scope(told: SelfSigned, context: Context) -> Iterator[Finding]:
    if context.region and told.region != context.region:
        yield found(
            "scope-wrong-region",
            "the signature was made for another region than the endpoint's",
            "Write --aws-sigv4 aws:amz:REGION:SERVICE with the endpoint's region.",
            f"curl signs for {told.region!r}, the right region is {context.region!r}",
        )
    if context.service and told.service != context.service:
        yield found(
            "scope-wrong-service",
            "the signature was made for another service than the one to sign for",
            "Write --aws-sigv4 aws:amz:REGION:SERVICE with the signing name.",
            f"curl signs for {told.service!r}, the right service is {context.service!r}",
        )


def _key(told: SelfSigned, key_id: str) -> Iterator[Finding]:
    if key_id and told.key_id and told.key_id != key_id:
        yield found(
            "key-id-other",
            "the request names another key id than the one given",
            "Explain the request with the secret of the key id that it names.",
            f"the command names {told.key_id!r}, given is {key_id!r}",
            proved=False,
        )
