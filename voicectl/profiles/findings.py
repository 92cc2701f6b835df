"""What `profile import` finds in the files of a vendor's own tools. What becomes of it: `actions/`."""

from __future__ import annotations

from collections.abc import Mapping

from voicectl.core.finding import Finding
from voicectl.profiles.forms import form_of
from voicectl.profiles.theirs import entries_of
from voicectl.profiles.tool_files import Entry, quoted
from voicectl.profiles.ways import Address, Identity, Instance, Keys, Library, Program, Role, Sso, Way

KEYS, PROGRAM = "keys", "a program"
CHOOSERS = {
    "aws": "AWS_PROFILE",
    "aliyun": "ALIBABA_CLOUD_PROFILE",
    "volcengine": "VOLCENGINE_PROFILE",
    "tencent": "TCCLI_PROFILE",
}
"""The variables by which the tools, and we, take another account of their files than the usual one."""


def findings(vendor: str, environment: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return every account in the vendor's files, in their order. Raises ConfigError for a broken file."""
    return tuple(_finding(vendor, entry) for entry in entries_of(vendor, environment))


def _finding(vendor: str, entry: Entry) -> Finding:
    keys = entry.way.credentials if isinstance(entry.way, Keys) else None
    form = form_of(vendor).kinds[0]
    return Finding(
        vendor=vendor,
        name=entry.name,
        path=str(entry.path),
        kind=_kind(entry.way),
        region=entry.region,
        fields={form.key_id: keys.key_id} if keys else {},
        secrets={form.secret: keys.secret.reveal()} if keys else {},
        masked=keys.secret.masked() if keys else "",
        command=entry.way.command if isinstance(entry.way, Program) else "",
        blank=entry.blank if keys else "",
        elsewhere=f"{CHOOSERS[vendor]}={quoted(entry.name)} voicectl --vendor {vendor} …",
        trouble=entry.trouble,
    )


def _kind(way: Way | None) -> str:
    match way:
        case None:
            return "no keys"
        case Keys():
            is_short = way.credentials.security_token is not None or way.credentials.expires_at is not None
            return "temporary keys" if is_short else KEYS
        case Program():
            return PROGRAM
        case Role():
            return "a role"
        case Identity():
            return "a web identity"
        case Instance():
            return "the machine's role"
        case Address():
            return "an address"
        case Sso():
            return "SSO"
        case Library():
            return "a login session"
