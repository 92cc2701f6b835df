"""Changes to an account that exists: set its fields, rename it. Adding and removing: `profile.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

from voicectl.actions.pasted import check_pair, cleaned, field_notes, shape_notes
from voicectl.actions.profile import SESSIONS, Draft, find, missing, refuse_gaps
from voicectl.actions.profile_fields import (
    ENDPOINT,
    check_values,
    endpoints_in,
    is_token,
    refuse_secret_words,
    refuse_unknown_fields,
    settings_in,
)
from voicectl.core.account import AccountForm, intended_host
from voicectl.core.credentials import Secret
from voicectl.core.errors import ConfigError, Guarded, UsageError, VoicectlError
from voicectl.core.note import Note
from voicectl.core.profile import (
    NO_SECRET,
    Accounts,
    Profile,
    ProfileStore,
    SecretStore,
    check_name,
)

KEYRING, STORES = "keyring", ("keyring", "file")
REGION, VENDOR = "region", "vendor"
KEPT = "kept"
Undo = Callable[[Callable[[], None]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is to be different: an empty value removes a field; `secrets` came from stdin.

    A secret goes to `store`; where that is empty, it stays in the store that it rests in.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    store: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The profile as it was written, and what is worth saying about it."""

    profile: Profile
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    profile: Profile
    written: Mapping[str, str] = field(repr=False)
    notes: tuple[Note, ...]


def change(
    name: str,
    changes: Changes,
    form: AccountForm,
    profiles: ProfileStore,
    stores: Mapping[str, SecretStore],
) -> Changed:
    """Change a profile; where anything fails, its secrets are put back as they were.

    Raises UsageError, BadInput and CredentialError for what the profile cannot become.
    """
    plans: list[_Plan] = []

    def changed(accounts: Accounts) -> Accounts:
        old = find(accounts, name)
        plan = _plan(old, changes, form)
        plans.append(plan)
        for secret, text in plan.written.items():
            _put(stores[plan.profile.secrets[secret]], name, secret, Secret(text), undo)
        for secret, place in old.secrets.items():
            if place in stores and plan.profile.secrets.get(secret) != place:
                _take(stores[place], name, secret, undo)
        return replace(accounts, profiles={**accounts.profiles, name: plan.profile})

    with _undone_on_failure() as undo:
        profiles.update(changed)
    return Changed(profile=plans[0].profile, notes=plans[0].notes)


def rename(
    old: str, new: str, form: AccountForm, profiles: ProfileStore, stores: Mapping[str, SecretStore]
) -> Changed:
    """Give a profile another name, and its secrets with it.

    They are copied, then the profile is written, and only then the old copies go: whatever fails on
    the way, one whole set of secrets is where the profile says it is.
    """
    check_name(new)
    renamed: list[Profile] = []
    notes: list[Note] = []
    copied: list[tuple[SecretStore, str]] = []

    def moved(accounts: Accounts) -> Accounts:
        profile = find(accounts, old)
        if new in accounts.profiles:
            raise Guarded(
                "there is a profile {name!r} already", name=new, hint="voicectl profile remove '{name}'"
            )
        for secret, store in _resting(profile, form, stores):
            text = _read(store, profile, secret, notes)
            if text is not None:
                _put(store, new, secret, text, undo)
                copied.append((store, secret))
        renamed.append(replace(profile, name=new))
        # The order of the file is that of the profiles, so the new name takes the old one's place.
        named = {new if key == old else key: value for key, value in accounts.profiles.items()}
        default = new if accounts.default == old else accounts.default
        return replace(accounts, default=default, profiles={**named, new: renamed[0]})

    def cleared(accounts: Accounts) -> Accounts:
        # Somebody may have given the old name to a new profile, whose secrets these are then.
        if old not in accounts.profiles:
            for store, secret in copied:
                notes.extend(_cleared(store, old, secret))
        return accounts

    with _undone_on_failure() as undo:
        profiles.update(moved)
    profiles.update(cleared)
    return Changed(profile=renamed[0], notes=tuple(notes))


def _plan(old: Profile, changes: Changes, form: AccountForm) -> _Plan:
    """Return what the profile becomes; everything that can be wrong with the words is found here."""
    _refuse_words(old, changes, form)
    given, notes = _cleaned(changes)
    gone = {name for name, text in changes.fields.items() if not text.strip()}
    secrets = {name: text for name, text in given.items() if name in form.secret_fields}
    before = {**old.settings, **{f"{ENDPOINT}{name}": url for name, url in old.endpoints.items()}}
    texts = {
        name: text
        for name, text in {**before, **given}.items()
        if name not in gone and name not in (*secrets, REGION)
    }
    check_values({name: text for name, text in texts.items() if name in given}, form)
    for kind in form.kinds:
        check_pair(kind, {**texts, **secrets})
        notes += shape_notes(kind, {**texts, **secrets}, form.vendor) if kind.key_id in given else []
    notes += _doubts(old, given, form)
    profile = replace(
        old,
        region="" if REGION in gone else given.get(REGION, old.region),
        settings=settings_in(texts),
        endpoints=endpoints_in(texts),
    )
    kept = {name: place for name, place in old.secrets.items() if name not in gone}
    profile = _with_places(replace(profile, secrets=kept), secrets, changes.store, form)
    _refuse_new_gaps(old, profile, form)
    return _Plan(profile=profile, written=secrets, notes=tuple(notes))


def _refuse_words(old: Profile, changes: Changes, form: AccountForm) -> None:
    if VENDOR in changes.fields:
        raise UsageError(
            "the vendor of a profile stays what it is", hint="voicectl profile add NAME --vendor VENDOR"
        )
    filled = [name for name, text in changes.fields.items() if text.strip()]
    refuse_secret_words(filled, form, command=f"voicectl profile set {old.name}")
    names = [name for name in (*changes.fields, *changes.secrets) if name not in (REGION, *old.settings)]
    refuse_unknown_fields(names, form)


def _cleaned(changes: Changes) -> tuple[dict[str, str], list[Note]]:
    texts: dict[str, str] = {}
    notes: list[Note] = []
    filled = {name: text for name, text in changes.fields.items() if text.strip()}
    for name, raw in {**filled, **changes.secrets}.items():
        texts[name], removed = cleaned(raw)
        notes += field_notes(name, texts[name], removed)
    return texts, notes


def _doubts(old: Profile, given: Mapping[str, str], form: AccountForm) -> list[Note]:
    """Say where half of what belongs together was changed."""
    notes = []
    for kind in form.kinds:
        rests = old.secrets.get(kind.secret, NO_SECRET) != NO_SECRET
        is_other = kind.key_id in given and given[kind.key_id] != old.settings.get(kind.key_id)
        if rests and is_other and kind.secret not in given:
            facts = {"id": kind.key_id, "secret": kind.secret, "name": old.name}
            notes.append(
                Note(
                    "{id} is another one now, and {secret} is still the old one's:"
                    " voicectl profile set {name} --secret-stdin",
                    facts,
                )
            )
    return notes


def _with_places(profile: Profile, secrets: Mapping[str, str], store: str, form: AccountForm) -> Profile:
    """Record where the new secrets rest, and bind those of the bearer type to their hosts."""
    places = dict(profile.secrets)
    for name in secrets:
        rests_in = places.get(name, NO_SECRET)
        usual = store or (rests_in if rests_in in STORES else KEYRING)
        places[name] = SESSIONS if is_token(name, form) else usual
    bound = {name: host for name, host in profile.hosts.items() if name in places and name not in secrets}
    for kind in form.kinds:
        if kind.secret in secrets and not kind.key_id and (host := intended_host(kind, profile)):
            bound[kind.secret] = host
    return replace(profile, secrets=places, hosts=bound)


def _refuse_new_gaps(old: Profile, new: Profile, form: AccountForm) -> None:
    """Refuse what a profile would lack that it did not lack before."""
    before = set(missing(_as_draft(old), form))
    draft = _as_draft(new)
    if set(missing(draft, form)) - before:
        refuse_gaps(draft, form)


def _as_draft(profile: Profile) -> Draft:
    """Return a profile as if it had just been typed; what its secrets are does not matter here."""
    stored = {name: KEPT for name, store in profile.secrets.items() if store != NO_SECRET}
    return Draft(name=profile.name, vendor=profile.vendor, fields=profile.settings, secrets=stored)


def _resting(
    profile: Profile, form: AccountForm, stores: Mapping[str, SecretStore]
) -> list[tuple[str, SecretStore]]:
    """Return each secret with its store; the keyring may hold those of which nothing is recorded."""
    if not profile.secrets and KEYRING in stores:
        return [(name, stores[KEYRING]) for name in form.secret_fields]
    return [(name, stores[store]) for name, store in profile.secrets.items() if store in stores]


def _read(store: SecretStore, profile: Profile, secret: str, notes: list[Note]) -> Secret | None:
    """Return a secret to be moved; only one that the profile says is there can be missed."""
    is_recorded = secret in profile.secrets
    try:
        text = store.get(profile.name, secret)
    except ConfigError:
        if is_recorded:
            raise
        return None
    if text is None and is_recorded:
        facts = {"secret": secret, "store": store.name}
        notes.append(Note("{secret} was not in the {store} and could not be moved", facts))
    return text


def _put(store: SecretStore, profile: str, secret: str, text: Secret, undo: Undo) -> None:
    before = store.get(profile, secret)
    undo(lambda: store.set(profile, secret, before) if before else store.delete(profile, secret))
    store.set(profile, secret, text)


def _take(store: SecretStore, profile: str, secret: str, undo: Undo) -> None:
    before = store.get(profile, secret)
    if before is not None:
        undo(lambda: store.set(profile, secret, before))
    store.delete(profile, secret)


def _cleared(store: SecretStore, profile: str, secret: str) -> list[Note]:
    """Delete an old copy; one that stays is no failure, but has to be told."""
    try:
        store.delete(profile, secret)
    except VoicectlError as error:
        facts = {"place": f"{profile}/{secret}", "store": store.name, "reason": error}
        return [Note("an old copy, {place}, is still in the {store}: {reason}", facts)]
    return []


@contextmanager
def _undone_on_failure() -> Iterator[Undo]:
    """Yield a function that takes steps back; they are gone, the last first, if the block fails."""
    steps: list[Callable[[], None]] = []
    try:
        yield steps.append
    except BaseException:
        for step in reversed(steps):
            with suppress(VoicectlError):
                step()
        raise
