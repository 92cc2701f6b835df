"""Accounts of vendors' own tools become ours: which are taken, under which name, and why the rest is not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from voicectl.actions.profile import Draft
from voicectl.core.account import AccountForm
from voicectl.core.errors import NotFound, UsageError
from voicectl.core.finding import Finding
from voicectl.core.profile import MAX_NAME, Accounts, check_name

SHOWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One account and what becomes of it: a draft to store, or the reason why there is none."""

    finding: Finding
    draft: Draft | None = None
    reason: str = ""


def plans(
    found: Iterable[Finding],
    form: AccountForm,
    accounts: Accounts,
    *,
    store: str,
    allow_exec: bool = False,
    only: Collection[str] = (),
) -> tuple[Plan, ...]:
    """Decide over each account; nothing is stored. Raises NotFound where `only` names what is not there.

    A program is taken only if `allow_exec`: from then on it would run whenever keys are needed.
    """
    listed = [finding for finding in found if not only or finding.name in only]
    if gone := sorted(set(only) - {finding.name for finding in listed}):
        raise NotFound(
            "there is no account {name!r} in the files of {vendor}'s own tools",
            name=gone[0],
            vendor=form.vendor,
            hint="voicectl profile import {vendor} --dry-run",
        )
    names = {name: profile.vendor for name, profile in accounts.profiles.items()}
    key_ids: set[str] = {
        profile.settings.get("access_key_id", "")
        for profile in accounts.profiles.values()
        if profile.vendor == form.vendor
    }
    made = []
    for finding in listed:
        plan = _plan(finding, names, key_ids, store=store, allow_exec=allow_exec)
        if plan.draft:
            names[plan.draft.name] = form.vendor
            key_ids.update(plan.draft.fields.values())
        made.append(plan)
    return tuple(made)


def row_of(plan: Plan, *, imported: bool) -> Mapping[str, object]:
    """Return what may be shown of an account and what became of it."""
    finding, draft = plan.finding, plan.draft
    key_id = next(iter(finding.fields.values()), "")
    return {
        "name": draft.name if draft else None,
        "vendor": finding.vendor,
        "found_as": finding.name,
        "path": finding.path,
        "kind": finding.kind,
        "region": finding.region or None,
        "access_key_id": masked_id(key_id) or None,
        "access_key_secret": finding.masked or None,
        "imported": imported and draft is not None,
        "reason": plan.reason or None,
        "blank": finding.blank or None if imported and draft else None,
    }


def masked_id(key_id: str) -> str:
    """Return enough of a key id to tell it from another."""
    return f"{key_id[:SHOWN]}…{key_id[-SHOWN:]}" if len(key_id) > 3 * SHOWN else "…" if key_id else ""


def _plan(
    finding: Finding, names: Mapping[str, str], key_ids: set[str], *, store: str, allow_exec: bool
) -> Plan:
    if reason := _reason(finding, key_ids, allow_exec=allow_exec):
        return Plan(finding=finding, reason=reason)
    name = _free_name(finding, names)
    if not name:
        return Plan(finding=finding, reason="its name is taken here")
    draft = Draft(
        name=name,
        vendor=finding.vendor,
        region=finding.region,
        fields=finding.fields,
        secrets=finding.secrets,
        store=store,
        secret_from=f"cmd:{finding.command}" if finding.command else "",
    )
    return Plan(finding=finding, draft=draft)


def _reason(finding: Finding, key_ids: set[str], *, allow_exec: bool) -> str:
    """Say why an account is not taken; empty for one that is."""
    if finding.trouble:
        return finding.trouble
    if key_ids.intersection(finding.fields.values()):
        return "a profile here has this key already"
    if finding.command:
        return "" if allow_exec else "it runs a program; add --allow-exec to take that"
    if finding.kind == "no keys":
        return "there are no keys in it"
    return "" if finding.kind == "keys" else f"it serves where it lies: {finding.elsewhere}"


def _free_name(finding: Finding, names: Mapping[str, str]) -> str:
    """Return a name that is free here: the account's own, made fit for us, else with the vendor's."""
    own = finding.vendor if finding.name == "default" else _fit(finding.name)
    candidates = (own, f"{own}-{finding.vendor}")
    return next((name for name in candidates if name and name not in names), "")


def _fit(name: str) -> str:
    fitting = "".join(c if c.isalnum() or c in "._-@+" else "-" for c in name).lstrip("._-@+")[:MAX_NAME]
    try:
        return check_name(fitting)
    except UsageError:
        return ""
