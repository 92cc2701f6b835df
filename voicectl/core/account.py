"""What an account at a vendor is made of: fields, kinds of key, variables. The table itself: `profiles/`."""

from __future__ import annotations

from typing import NamedTuple

from voicectl.core.profile import NO_SECRET, Profile, host_of
from voicectl.core.reference import is_reference


class Variables(NamedTuple):
    """Names in the environment that make one credential together; never mixed with another row's.

    The first of `tokens` that is set counts. `shadows` are variables that these leave without effect.
    """

    secret: str
    key_id: str = ""
    tokens: tuple[str, ...] = ()
    expires: str = ""
    shadows: tuple[str, ...] = ()


class KeyKind(NamedTuple):
    """Which fields of a profile make one credential; a bearer secret has no `key_id` field.

    `permanent` and `temporary` are how a key id usually begins. `service` names the endpoint that a
    bearer secret goes to, `host` the vendor's own host for it. One that is not `storable` comes from
    variables only.
    """

    secret: str
    key_id: str = ""
    token: str = ""
    variables: tuple[Variables, ...] = ()
    permanent: tuple[str, ...] = ()
    temporary: tuple[str, ...] = ()
    optional: bool = False
    storable: bool = True
    service: str = ""
    host: str = ""

    @property
    def secret_fields(self) -> tuple[str, ...]:
        return (self.secret, self.token) if self.token else (self.secret,)


class PublicField(NamedTuple):
    """A field of a profile that is no secret; `choices` are all its values where they are few."""

    name: str
    variables: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    is_url: bool = False


class Need(NamedTuple):
    """Fields with which a service works; several rows of one service are several ways."""

    service: str
    fields: tuple[str, ...] = ()


class AccountForm(NamedTuple):
    """What a profile of one vendor holds; the first kind of key is the vendor's own."""

    vendor: str
    kinds: tuple[KeyKind, ...] = ()
    fields: tuple[PublicField, ...] = ()
    needs: tuple[Need, ...] = ()

    @property
    def secret_fields(self) -> tuple[str, ...]:
        return tuple(name for kind in self.kinds if kind.storable for name in kind.secret_fields)

    @property
    def public_fields(self) -> tuple[str, ...]:
        ids = tuple(kind.key_id for kind in self.kinds if kind.key_id)
        return ids + tuple(field.name for field in self.fields)

    def gaps(self, profile: Profile) -> dict[str, tuple[str, ...]]:
        """Return for each service what the profile lacks for it, by the way that lacks least.

        A reference (`cmd:…`) may lead to all that goes with a secret, so nothing of its kind is lacking.
        """
        stored = {name for name, store in profile.secrets.items() if store != NO_SECRET}
        referred = {name for name in stored if is_reference(profile.secrets[name])}
        held = {*profile.settings, *stored}
        for kind in self.kinds:
            if referred & set(kind.secret_fields):
                held |= {kind.key_id, *kind.secret_fields}
        # Of two ways that lack as much, the one that was begun is meant.
        ways = sorted(self.needs, key=lambda need: (len({*need.fields} - held), -len({*need.fields} & held)))
        best = {need.service: need.fields for need in reversed(ways)}
        return {need.service: tuple(f for f in best[need.service] if f not in held) for need in self.needs}

    def rivals(self, kind: KeyKind) -> tuple[KeyKind, ...]:
        """Return the other kinds of key that the same service takes."""
        return tuple(each for each in self.kinds if kind.service == each.service != "" and each is not kind)

    def kind_of(self, secret: str = "") -> KeyKind:
        """Return the kind that this secret field belongs to; the vendor's own where none is named."""
        return next((kind for kind in self.kinds if secret in kind.secret_fields), self.kinds[0])


def intended_host(kind: KeyKind, profile: Profile) -> str:
    """Return the host that a bearer-type secret of this profile is meant for."""
    url = profile.endpoints.get(kind.service) or profile.settings.get("base_url") or kind.host
    return host_of(url)
