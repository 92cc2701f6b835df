"""The public half of an account, and the seams to where accounts and secrets rest.

The files, the keyring and the tables of each vendor's kinds of key live in `profiles/`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from voicectl.core.errors import Guarded, UsageError

if TYPE_CHECKING:
    from voicectl.core.credentials import Secret

NO_SECRET = "none"
MAX_NAME = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A named account at one vendor, without its secrets.

    `secrets` says for each secret field which store holds it (`keyring`, `file`, `state`, or `none`
    where the account has no such secret); it is empty where nobody recorded that. `hosts` binds a
    bearer-type secret to the host it was stored for.
    """

    name: str
    vendor: str
    region: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    endpoints: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    hosts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """All profiles, and the name of the one that is used where none is named."""

    default: str = ""
    profiles: Mapping[str, Profile] = field(default_factory=dict)


class ProfileStore(Protocol):
    """Where the public halves rest."""

    def load(self) -> Accounts: ...

    def update(self, change: Callable[[Accounts], Accounts]) -> Accounts:
        """Read, change and write while nobody else can; return what was written."""
        ...


class SecretStore(Protocol):
    """Where secrets rest, by profile and field."""

    @property
    def name(self) -> str:
        """What a profile records and `profile list` prints: `keyring`, `file`."""
        ...

    def get(self, profile: str, field: str) -> Secret | None: ...

    def set(self, profile: str, field: str, secret: Secret) -> None:
        """Keep it, and make sure that it was kept."""
        ...

    def delete(self, profile: str, field: str) -> None:
        """Forget it; one that is not there is fine."""
        ...


def check_name(name: str) -> str:
    """Return a profile's name if a shell, a file and the keyring can all take it as it is."""
    first, rest = name[:1], name[1:]
    if not (first.isalnum() or first == "_") or not all(c.isalnum() or c in "._-@+" for c in rest):
        raise UsageError(
            "{name!r} is no name for a profile: letters, digits and . _ - @ + only, a letter or digit first",
            name=name,
            hint="voicectl profile add work --vendor VENDOR",
        )
    if len(name) > MAX_NAME:
        raise UsageError("a profile's name has at most {most} characters", most=MAX_NAME)
    return name


def host_of(url: str) -> str:
    """Return the host of a URL in lower case, without its port; empty where there is none."""
    try:
        return urlsplit(url if "://" in url else f"//{url}").hostname or ""
    except ValueError:
        return ""


def check_host(profile: Profile, field: str, host: str, allowed: Collection[str] = ()) -> None:
    """Refuse (Guarded) to send a stored bearer-type secret to another host than it was stored for."""
    bound, asked = profile.hosts.get(field, ""), host_of(host)
    if not bound or asked == bound or asked in {host_of(name) for name in allowed}:
        return
    raise Guarded(
        "{field!r} of profile {profile!r} was stored for {bound}, not for {host}",
        field=field,
        profile=profile.name,
        bound=bound,
        host=asked,
        hint="add --allow-host {host} if that host may have it",
    )
