"""Accounts: add one, list, show, choose the default, remove. Asking and printing live in `cli/`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from voicectl.actions.pasted import check_pair, cleaned, field_notes, shape_notes
from voicectl.actions.profile_fields import (
    check_values,
    endpoints_in,
    is_token,
    refuse_secret_words,
    refuse_unknown_fields,
    settings_in,
)
from voicectl.core.account import AccountForm, KeyKind, intended_host
from voicectl.core.credentials import Secret
from voicectl.core.errors import BadInput, CredentialError, Guarded, NotFound, UsageError, VoicectlError
from voicectl.core.note import Note
from voicectl.core.profile import (
    NO_SECRET,
    Accounts,
    Profile,
    ProfileStore,
    SecretStore,
    check_name,
)
from voicectl.core.reference import check_reference, is_reference

SESSIONS = "state"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A profile as it was typed: `fields` from `--set`, `secrets` from stdin or a prompt.

    `store` is where secrets go; session tokens rest in the state directory whatever it says.
    `secret_from` is where the secret is read anew each time, with `FIELD=` before it if it is not the
    vendor's usual one.
    """

    name: str
    vendor: str
    region: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    store: str = "keyring"
    secret_from: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """The profile as it was written, and what is worth saying about it."""

    profile: Profile
    became_default: bool = False
    notes: tuple[Note, ...] = ()


def secrets_in(text: str, form: AccountForm, fields: Mapping[str, str]) -> dict[str, str]:
    """Read what `--secret-stdin` got: `field=value` lines, or the one secret that the vendor needs."""
    names = {*form.secret_fields, *form.public_fields}
    lines = [line for line in text.lstrip("\ufeff").splitlines() if line.strip()]
    if not lines:
        raise BadInput("nothing came on stdin", hint="--secret-stdin < FILE")
    if lines[0].partition("=")[0].strip() not in names:
        return {_likely_kind(form, fields).secret: text}
    found = {}
    for number, line in enumerate(lines, start=1):
        name, equals, value = line.partition("=")
        if not equals or name.strip() not in names:
            raise BadInput(
                "line {number} is no field=value with one of: {names}",
                number=number,
                names=", ".join(sorted(names)),
                hint="one field a line",
            )
        found[name.strip()] = value
    return found


def missing(draft: Draft, form: AccountForm) -> tuple[str, ...]:
    """Return the fields that are still needed, key id first; a temporary id needs its token.

    A reference may lead to all that goes with a secret, so nothing of its kind is missing.
    """
    given = {**draft.fields, **draft.secrets}
    referred = _referred(draft, form)[0] if draft.secret_from else None
    kinds = [kind for kind in form.kinds if given.keys() & {kind.key_id, *kind.secret_fields}]
    kinds = [kind for kind in kinds if kind is not referred]
    if not kinds and not referred and not form.kinds[0].optional:
        kinds = [form.kinds[0]]
    needed: list[str] = []
    for kind in kinds:
        key_id = cleaned(given.get(kind.key_id, ""))[0]
        token = kind.token if kind.temporary and key_id.startswith(kind.temporary) else ""
        needed += [name for name in (kind.key_id, kind.secret, token) if name and not given.get(name)]
    return tuple(needed)


def add(
    draft: Draft,
    form: AccountForm,
    profiles: ProfileStore,
    stores: Mapping[str, SecretStore],
    *,
    replacing: bool = False,
) -> Added:
    """Store a profile: its secrets first, then its public half, so that no profile lacks its secrets.

    Raises Guarded for a name that is taken unless `replacing`, CredentialError for a temporary key
    without its token, UsageError and BadInput for fields that will not do. Nothing is stored then.
    """
    profile, secrets, notes = _prepared(draft, form)
    written: list[tuple[SecretStore, str]] = []
    first: list[bool] = []

    def change(accounts: Accounts) -> Accounts:
        old = accounts.profiles.get(profile.name)
        if old and not replacing:
            raise Guarded(
                "there is a profile {name!r} already", name=profile.name, hint="add --yes to replace it"
            )
        for name, text in secrets.items():
            store = stores[profile.secrets[name]]
            if old is None:
                written.append((store, name))
            store.set(profile.name, name, Secret(text))
        forget(profile.name, _left_over(old, profile), stores)
        first.append(not accounts.default)
        return replace(
            accounts,
            default=accounts.default or profile.name,
            profiles={**accounts.profiles, profile.name: profile},
        )

    try:
        profiles.update(change)
    except BaseException:
        for store, name in written:
            with suppress(VoicectlError):
                store.delete(profile.name, name)
        raise
    return Added(profile=profile, became_default=first[0], notes=notes)


def listed(accounts: Accounts) -> tuple[Mapping[str, object], ...]:
    """Return a row a profile, by name."""
    return tuple(row_of(profile, accounts) for _, profile in sorted(accounts.profiles.items()))


def show(accounts: Accounts, name: str, form_for: Callable[[str], AccountForm]) -> Mapping[str, object]:
    """Return everything about a profile that is no secret.

    `services` tells which service of the vendor lacks which fields; variables may still bring them.
    """
    profile = find(accounts, name)
    gaps = form_for(profile.vendor).gaps(profile)
    return {
        **row_of(profile, accounts),
        "settings": dict(profile.settings),
        "endpoint": dict(profile.endpoints),
        "host": dict(profile.hosts),
        "services": [
            {"service": service, "state": "incomplete" if lacking else "ready", "missing": list(lacking)}
            for service, lacking in gaps.items()
        ],
    }


def row_of(profile: Profile, accounts: Accounts) -> Mapping[str, object]:
    """Return a profile as `profile list` shows it."""
    return {
        "name": profile.name,
        "vendor": profile.vendor,
        "region": profile.region or None,
        "default": profile.name == accounts.default,
        "secrets": [
            {"field": name, "stored_in": store}
            for name, store in profile.secrets.items()
            if store != NO_SECRET
        ],
    }


def find(accounts: Accounts, name: str) -> Profile:
    """Return the profile; raise NotFound naming those that there are."""
    if name in accounts.profiles:
        return accounts.profiles[name]
    raise NotFound(
        "there is no profile {name!r}; there is: {known}",
        name=name,
        known=", ".join(sorted(accounts.profiles)) or "none",
        hint="voicectl profile list",
    )


def use(name: str, profiles: ProfileStore) -> Profile:
    """Make a profile the default."""
    return profiles.update(lambda accounts: replace(accounts, default=find(accounts, name).name)).profiles[
        name
    ]


def remove(name: str, profiles: ProfileStore, stores: Mapping[str, SecretStore]) -> Profile:
    """Forget a profile and all its secrets; the secrets go first, so that none is left without a name."""
    gone: list[Profile] = []

    def change(accounts: Accounts) -> Accounts:
        gone.append(find(accounts, name))
        forget(name, gone[0].secrets, stores)
        rest = {key: profile for key, profile in accounts.profiles.items() if key != name}
        return replace(accounts, profiles=rest, default="" if accounts.default == name else accounts.default)

    profiles.update(change)
    return gone[0]


def _prepared(draft: Draft, form: AccountForm) -> tuple[Profile, dict[str, str], tuple[Note, ...]]:
    """Return what will be stored; everything that can be wrong with the words is found here."""
    check_name(draft.name)
    refuse_secret_words(draft.fields, form, command="voicectl profile add …")
    refuse_unknown_fields((*draft.fields, *draft.secrets), form)
    notes: list[Note] = []
    texts = {}
    for name, raw in {**draft.fields, **draft.secrets}.items():
        texts[name], removed = cleaned(raw)
        notes += field_notes(name, texts[name], removed)
    secrets = {name: texts[name] for name in form.secret_fields if name in texts}
    for kind in form.kinds:
        check_pair(kind, texts)
        notes += shape_notes(kind, texts, form.vendor)
    refuse_gaps(replace(draft, fields=texts, secrets={}), form)
    public = {name: text for name, text in texts.items() if name not in secrets}
    check_values(public, form)
    profile = Profile(
        name=draft.name,
        vendor=draft.vendor,
        region=draft.region,
        settings=settings_in(public),
        endpoints=endpoints_in(public),
    )
    where = {name: SESSIONS if is_token(name, form) else draft.store for name in secrets}
    if draft.secret_from:
        kind, reference = _referred(draft, form)
        where[kind.secret] = reference
    hosts = {
        kind.secret: intended_host(kind, profile)
        for kind in form.kinds
        if kind.secret in where and not kind.key_id and intended_host(kind, profile)
    }
    where = where or {kind.secret: NO_SECRET for kind in form.kinds[:1]}
    return replace(profile, secrets=where, hosts=hosts), secrets, tuple(notes)


def refuse_gaps(draft: Draft, form: AccountForm) -> None:
    """Raise UsageError for what is missing, CredentialError where it is the token of a temporary key."""
    gaps = missing(draft, form)
    if gaps and all(is_token(name, form) for name in gaps):
        raise CredentialError(
            "the key id is a temporary one, and its {field} is missing",
            field=gaps[0],
            hint="give {field}=… with --secret-stdin, or a permanent key",
        )
    if gaps:
        raise UsageError(
            "{fields} missing",
            fields=", ".join(gaps),
            first=gaps[0],
            hint="--set FIELD=VALUE for public fields, {first}=… lines with --secret-stdin for secrets",
        )


def _likely_kind(form: AccountForm, fields: Mapping[str, str]) -> KeyKind:
    """Return the kind of key that one lone secret must be: the one whose id was given, else the first."""
    return next((kind for kind in form.kinds if kind.key_id and kind.key_id in fields), form.kinds[0])


def _referred(draft: Draft, form: AccountForm) -> tuple[KeyKind, str]:
    """Return which kind of key `secret_from` is for, and the reference; UsageError for what is none."""
    field, equals, rest = draft.secret_from.partition("=")
    if equals and not is_reference(field):
        kind = next((kind for kind in form.kinds if kind.secret == field and kind.storable), None)
        if kind is None:
            raise UsageError(
                "{vendor} has no secret {field!r}",
                vendor=form.vendor,
                field=field,
                hint="--secret-from cmd:…",
            )
        reference = check_reference(rest)
    else:
        kind, reference = _likely_kind(form, draft.fields), check_reference(draft.secret_from)
    if kind.secret in draft.secrets:
        raise UsageError(
            "{field} is given, and to be read from elsewhere as well",
            field=kind.secret,
            hint="leave out --secret-from or --secret-stdin",
        )
    return kind, reference


def _left_over(old: Profile | None, new: Profile) -> dict[str, str]:
    """Return the secrets of a replaced profile that the new one does not keep in the same place."""
    before = old.secrets if old else {}
    return {name: store for name, store in before.items() if new.secrets.get(name) != store}


def forget(profile: str, secrets: Mapping[str, str], stores: Mapping[str, SecretStore]) -> None:
    """Delete these secrets from the stores that they rest in."""
    for name, store in secrets.items():
        if store in stores:
            stores[store].delete(profile, name)
