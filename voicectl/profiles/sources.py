"""Where credentials come from: variables, a profile with its store, and a chain that asks in order.

Id, secret and token come whole from one place. Files of vendors' own tools: `theirs.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from voicectl.core.account import AccountForm, KeyKind, Variables
from voicectl.core.credentials import Credentials, CredentialSource, RenewableSource, Secret
from voicectl.core.errors import ConfigError, CredentialError
from voicectl.core.note import Note
from voicectl.core.profile import NO_SECRET, Profile, SecretStore, check_host
from voicectl.core.reference import is_reference
from voicectl.profiles.variables import value_of

KEYRING = "keyring"

Read = Callable[[str, str, bool], str]
"""Return what a reference leads to; the place that is named in errors, and whether to read it anew."""


def no_references(reference: str, place: str, anew: bool) -> str:
    """Refuse every reference."""
    raise ConfigError("{place}: references are not read here", place=place)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentSource:
    """The vendor's own variables; a half-set row is an error, not a fall-through."""

    kind: KeyKind
    environment: Mapping[str, str] = field(repr=False)

    @property
    def name(self) -> str:
        return "environment"

    def credentials(self, now: datetime) -> Credentials | None:
        """Return the first row that is set; raise CredentialError naming what it lacks."""
        for row in self.kind.variables:
            if found := _from_row(row, self.environment):
                token = f"set {row.tokens[0]} as well" if row.tokens else ""
                return _complete(found, self.kind, self.name, token)
        return None


def _from_row(row: Variables, environment: Mapping[str, str]) -> Credentials | None:
    key_id = value_of(environment, row.key_id) if row.key_id else ""
    secret = value_of(environment, row.secret)
    if row.key_id and bool(key_id) != bool(secret):
        present, missing = (row.key_id, row.secret) if key_id else (row.secret, row.key_id)
        raise CredentialError(
            "{present} is set, but {missing} is not",
            present=present,
            missing=missing,
            hint="export {missing}=…   or: unset {present}",
        )
    if not secret:
        return None
    token = next((value for name in row.tokens if (value := value_of(environment, name))), "")
    return Credentials(
        key_id=key_id,
        secret=Secret(secret),
        security_token=Secret(token) if token else None,
        expires_at=_moment(environment.get(row.expires, "")),
    )


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class StoredSource(NamedTuple):
    """A profile: its key id from the file, its secrets from the stores that the file names.

    `host` is where the credentials will go; a bearer-type secret goes only where it was stored for,
    or to a host that is `allowed`.
    """

    profile: Profile
    kind: KeyKind
    stores: Mapping[str, SecretStore]
    host: str = ""
    allowed: Collection[str] = ()
    read: Read = no_references

    @property
    def name(self) -> str:
        # Of a command its program is enough: the rest may be long, or nobody's business.
        return f"profile {self.profile.name}, {self.store_name.partition(' ')[0]}"

    @property
    def store_name(self) -> str:
        """Where the secret rests: what is recorded, else the keyring if it can be there at all."""
        recorded = self.profile.secrets.get(self.kind.secret)
        return recorded or (KEYRING if self._key_id or not self.profile.secrets else NO_SECRET)

    @property
    def account(self) -> str:
        """The key id that comes with the secret, known without opening a store; empty for none."""
        return "" if self.store_name == NO_SECRET else self._key_id

    @property
    def claims(self) -> bool:
        """Say whether the profile itself says that it has keys of this kind."""
        return bool(self._key_id) or self.profile.secrets.get(self.kind.secret, NO_SECRET) != NO_SECRET

    def credentials(self, now: datetime) -> Credentials | None:
        """Return what is stored.

        Raises CredentialError for a secret that should be there and is not, Guarded for another host.
        """
        if self.store_name == NO_SECRET or (self.kind.key_id and not self.claims):
            return None
        if self.host:
            check_host(self.profile, self.kind.secret, self.host, self.allowed)
        if is_reference(self.store_name) and (found := self._whole(now)):
            return _complete(found, self.kind, self.name, "let it print the SessionToken as well")
        if self.kind.key_id and not self._key_id:
            raise self._lacks(self.kind.key_id, "its settings")
        secret = self._get(self.kind.secret, self.store_name)
        if secret is None:
            return None
        where = self.profile.secrets.get(self.kind.token, NO_SECRET)
        token = None if where == NO_SECRET else self._get(self.kind.token, where)
        found = Credentials(key_id=self._key_id, secret=secret, security_token=token)
        return _complete(found, self.kind, self.name, "add the profile anew, with its security_token")

    @property
    def _key_id(self) -> str:
        return self.profile.settings.get(self.kind.key_id, "") if self.kind.key_id else ""

    def _whole(self, now: datetime) -> Credentials | None:
        """Return id, secret and token where a reference leads to all of them; None for a lone secret."""
        text = self.read(self.store_name, self.name, False)
        if not self.kind.key_id or not text.lstrip().startswith("{"):
            return None
        from voicectl.profiles.programs import keys_of

        found = keys_of(text, self.name)
        if found.stale_at(now):
            found = keys_of(self.read(self.store_name, self.name, True), self.name)
        if self._key_id not in ("", found.key_id) or not found.usable_at(now):
            raise CredentialError(
                "{place} gave {problem}",
                place=self.name,
                problem="keys that have expired" if self._key_id in ("", found.key_id) else "another key id",
                profile=self.profile.name,
                hint="voicectl profile show {profile}",
            )
        return found

    def _get(self, field: str, where: str) -> Secret | None:
        if is_reference(where):
            return Secret(_as_one_line(self.read(where, self.name, False), self.name))
        if where not in self.stores:
            raise ConfigError(
                "profile {profile!r} keeps {field!r} in {where!r}, which is no store",
                profile=self.profile.name,
                field=field,
                where=where,
                hint="voicectl profile show {profile}",
            )
        try:
            secret = self.stores[where].get(self.profile.name, field)
        except ConfigError:
            if self.claims or not self.kind.optional:
                raise
            return None
        if secret is None and self.claims:
            raise self._lacks(field, f"the {where}")
        return secret

    def _lacks(self, field: str, place: str) -> CredentialError:
        return CredentialError(
            "profile {profile!r} has no {field!r} in {place}",
            profile=self.profile.name,
            field=field,
            place=place,
            vendor=self.profile.vendor,
            hint="voicectl profile add {profile} --vendor {vendor} --yes",
        )


def _as_one_line(text: str, place: str) -> str:
    if text.strip() != text or not text.isprintable():
        raise CredentialError(
            "{place} gave blanks or line breaks that no key has", place=place, hint="let it give the key only"
        )
    return text


@dataclass(slots=True)
class LaterSource:
    """A source that is built when it is asked: few runs come so far."""

    title: str
    make: Callable[[], CredentialSource]
    _made: CredentialSource | None = field(default=None, init=False, repr=False)

    @property
    def name(self) -> str:
        return self.title if self._made is None else self._made.name

    def credentials(self, now: datetime) -> Credentials | None:
        """Return what the source has."""
        return self._source().credentials(now)

    def renew(self, now: datetime) -> Credentials | None:
        """Return new credentials where the source can make them."""
        source = self._source()
        return source.renew(now) if isinstance(source, RenewableSource) else None

    def _source(self) -> CredentialSource:
        if self._made is None:
            self._made = self.make()
        return self._made


class Around(NamedTuple):
    """Sources that are asked right before variables, right after them, and last of all."""

    before: tuple[CredentialSource, ...] = ()
    after: tuple[CredentialSource, ...] = ()
    last: tuple[CredentialSource, ...] = ()


NOTHING_AROUND = Around()


class Chain(NamedTuple):
    """Sources in order: the first that knows answers. Nobody knowing is an error if it is `needed`."""

    sources: tuple[CredentialSource, ...]
    vendor: str = ""
    needed: bool = True
    hint: str = ""
    take: Callable[..., object] = lambda *secrets: None
    """Hears every secret that is given out."""

    @property
    def name(self) -> str:
        return ", ".join(source.name for source in self.sources)

    def credentials(self, now: datetime) -> Credentials | None:
        found = self.answer(now)
        return found[1] if found else None

    def renew(self, now: datetime) -> Credentials | None:
        """Return new credentials from the source that answers; None where those are not short-lived."""
        found = self.answer(now)
        return found[0].renew(now) if found and isinstance(found[0], RenewableSource) else None

    def account(self, now: datetime) -> str:
        """Return the key id that would be used; a store is opened only where that cannot be told."""
        for source in self.sources:
            if isinstance(source, StoredSource) and source.account:
                return source.account
            if credentials := source.credentials(now):
                return credentials.identity or credentials.key_id
        return ""

    def answer(self, now: datetime) -> tuple[CredentialSource, Credentials] | None:
        """Return the credentials together with the source that had them; ask a source only if needed."""
        for source in self.sources:
            if credentials := source.credentials(now):
                self.take(credentials.secret, credentials.security_token)
                return source, credentials
        if self.needed:
            raise CredentialError(
                "no credential for {vendor}: {places} had none",
                vendor=self.vendor or "this request",
                places=self.name,
                ways_in=self.hint,
                hint="{ways_in}",
            )
        return None


def source_for(
    form: AccountForm,
    *,
    environment: Mapping[str, str],
    stores: Mapping[str, SecretStore],
    profile: Profile | None = None,
    named: bool = False,
    secret: str = "",
    around: Around = NOTHING_AROUND,
    read: Read = no_references,
    host: str = "",
    allowed: Collection[str] = (),
    needed: bool = True,
    take: Callable[..., object] = lambda *secrets: None,
) -> Chain:
    """Return the chain for one kind of key, by the contract's "Whose keys".

    `named`: the profile was named by flag or variable, so that its keys win over variables.
    `secret` picks the kind by its secret field. `around` brings the sources of vendors' own tools.
    `read` follows references, `host` and `allowed` are for bearer-type secrets: see `StoredSource`.
    """
    kind = form.kind_of(secret)
    variables = EnvironmentSource(kind=kind, environment=environment)
    sources: list[CredentialSource] = [*around.before, variables, *around.after]
    if profile is not None and profile.name:
        stored = StoredSource(
            profile=profile, kind=kind, stores=stores, host=host, allowed=allowed, read=read
        )
        sources.insert(0 if named and stored.claims else len(sources), stored)
        if named and not kind.storable and stored._replace(kind=form.kinds[0]).claims:
            # The profile's own keys make what a variable would bring ready, perhaps for another account.
            sources.clear()
        elif named and not stored.claims and any(stored._replace(kind=k).claims for k in form.rivals(kind)):
            # The profile has the other kind of key for the same service: no variable stands in for it.
            sources[:] = [stored]
    return Chain(
        sources=(*sources, *around.last),
        vendor=form.vendor,
        needed=needed and not kind.optional,
        hint=_ways_in(form.vendor, kind),
        take=take,
    )


def notes_on(kind: KeyKind, environment: Mapping[str, str]) -> tuple[Note, ...]:
    """Say which set variables have no effect, though somebody may think they have."""
    notes = []
    for row in kind.variables:
        values = {name: environment[name] for name in row.tokens if environment.get(name)}
        if len(set(values.values())) > 1:
            used, *rest = values
            notes.append(Note("{used} is used; {rest} differs from it", {"used": used, "rest": rest[0]}))
        for name in row.shadows if environment.get(row.secret) else ():
            if environment.get(name):
                notes.append(Note("{used} is used; {rest} has no effect", {"used": row.key_id, "rest": name}))
    return tuple(notes)


def _ways_in(vendor: str, kind: KeyKind) -> str:
    row = kind.variables[0] if kind.variables else None
    names = [name for name in (row.key_id, row.secret) if name] if row else []
    add = f"voicectl profile add NAME --vendor {vendor}" if vendor else "name a profile with --profile"
    return f"{add}\nor set {' and '.join(names)}" if names else add


def _complete(found: Credentials, kind: KeyKind, place: str, way_out: str) -> Credentials:
    """Return the credentials; raise CredentialError for a temporary id without its token."""
    if found.key_id.startswith(kind.temporary or ("\0",)) and found.security_token is None:
        raise CredentialError(
            "the key id from {place} is temporary ({start}…), but its session token is missing",
            place=place,
            start=found.key_id[:4],
            way_out=way_out,
            hint="{way_out}",
        )
    return found
