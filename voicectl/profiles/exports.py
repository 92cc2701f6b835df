"""An account's keys under the names that its vendor's tools read. How they are written: `actions/auth.py`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC

from voicectl.core.account import AccountForm, KeyKind, Variables
from voicectl.core.credentials import Credentials
from voicectl.core.exports import Exports

REGIONS = {
    "aws": ("AWS_REGION", "AWS_DEFAULT_REGION"),
    "tencent": ("TENCENTCLOUD_REGION",),
    "volcengine": ("VOLCENGINE_REGION",),
}


def exports_of(
    form: AccountForm, found: Mapping[str, Credentials], settings: Mapping[str, str], region: str
) -> Exports:
    """Return the variables of an account; `found` has its credentials by the secret field of their kind.

    All other variables that could hold keys of this vendor are named as `others`.
    """
    texts: dict[str, str] = {}
    secret: set[str] = set()
    others: list[str] = []
    for kind in form.kinds:
        credentials = found.get(kind.secret)
        if credentials and kind.variables:
            row = _row(kind, credentials)
            texts |= _texts(row, credentials)
            secret |= {row.secret, *row.tokens}
            others += row.shadows
        others += [name for row in kind.variables for name in _names(row)]
    for field in form.fields:
        if field.variables and settings.get(field.name):
            texts[field.variables[0]] = settings[field.name]
    if region:
        texts |= dict.fromkeys(REGIONS.get(form.vendor, ()), region)
    return Exports(
        variables=texts,
        secret=frozenset(secret & texts.keys()),
        others=tuple(dict.fromkeys(name for name in others if name not in texts)),
    )


def _row(kind: KeyKind, credentials: Credentials) -> Variables:
    """Return the names to use; where each row is for a kind of id, the ids begin in the same order."""
    if len(kind.permanent) == len(kind.variables):
        for start, row in zip(kind.permanent, kind.variables, strict=True):
            if credentials.key_id.startswith(start):
                return row
    return kind.variables[0]


def _texts(row: Variables, credentials: Credentials) -> dict[str, str]:
    texts = {row.key_id: credentials.key_id} if row.key_id else {}
    texts[row.secret] = credentials.secret.reveal()
    if credentials.security_token and row.tokens:
        texts[row.tokens[0]] = credentials.security_token.reveal()
    if credentials.expires_at and row.expires:
        texts[row.expires] = f"{credentials.expires_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return texts


def _names(row: Variables) -> list[str]:
    return [name for name in (row.key_id, row.secret, *row.tokens, row.expires) if name]
