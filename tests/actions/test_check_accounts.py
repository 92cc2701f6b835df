"""Checks of accounts: the file of profiles, a keyring in every state, keys of every shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.actions.desk import MemoryKeyring
from voicectl.actions import check_accounts
from voicectl.core.checkup import Finding, Status
from voicectl.core.credentials import Secret
from voicectl.core.errors import ConfigError, CredentialError
from voicectl.core.note import Note
from voicectl.core.profile import Accounts, Profile

PROBE = Secret("probe-EXAMPLE")


@dataclass
class ForgettingKeyring(MemoryKeyring):
    """Gives back something else than it was given."""

    def get(self, profile: str, name: str) -> Secret | None:
        return Secret("other") if super().get(profile, name) else None


@dataclass
class ClingingKeyring(MemoryKeyring):
    """Keeps what it was told to delete."""

    deleted: list[str] = field(default_factory=list)

    def delete(self, profile: str, name: str) -> None:
        self.deleted.append(name)


def judged(keyring: MemoryKeyring, *users: str, forbidden: bool = False) -> Finding:
    return check_accounts.keyring(keyring, lambda: "SecretService", PROBE, users, forbidden=forbidden)


def test_a_keyring_that_works_is_left_as_it_was() -> None:
    keyring = MemoryKeyring(kept={"x/access_key_secret": "s-EXAMPLE"})
    assert judged(keyring, "x").status is Status.OK
    assert keyring.kept == {"x/access_key_secret": "s-EXAMPLE"}


@pytest.mark.parametrize(("users", "status"), [(("x", "y"), Status.FAILED), ((), Status.WARNING)])
def test_a_locked_keyring_fails_where_a_profile_needs_it(users: tuple[str, ...], status: Status) -> None:
    found = judged(MemoryKeyring(broken=True), *users)
    assert (found.status, "locked" in found.detail) == (status, True)
    assert all(name in found.detail for name in users)


@pytest.mark.parametrize(
    ("keyring", "said"), [(ForgettingKeyring(), "something else"), (ClingingKeyring(), "does not forget")]
)
def test_a_keyring_that_lies_fails(keyring: MemoryKeyring, said: str) -> None:
    found = judged(keyring)
    assert (found.status, said in found.detail, "--store file" in found.hint) == (Status.FAILED, True, True)


def test_a_forbidden_keyring_is_not_touched_unless_a_profile_needs_it() -> None:
    assert judged(MemoryKeyring(broken=True), forbidden=True).status is Status.NOT_CHECKED
    found = judged(MemoryKeyring(broken=True), "x", forbidden=True)
    assert (found.status, found.hint) == (Status.FAILED, "unset VOICECTL_NO_KEYRING")


def broken_file() -> Accounts:
    raise ConfigError("profiles.toml:1:3: no", hint="mend that line")


@pytest.mark.parametrize(
    ("load", "status", "hint"),
    [
        (broken_file, Status.FAILED, "mend that line"),
        (lambda: Accounts(default="gone"), Status.FAILED, "voicectl profile use NAME"),
        (Accounts, Status.OK, ""),
        (lambda: Accounts(profiles={"x": Profile(name="x", vendor="aws")}), Status.OK, ""),
    ],
)
def test_the_file_of_profiles(load: Callable[[], Accounts], status: Status, hint: str) -> None:
    found = check_accounts.profiles(load)
    assert (found.status, found.hint) == (status, hint)


def lacking() -> list[Note]:
    raise CredentialError("there is no secret", hint="voicectl profile set x --secret-stdin")


def test_keys_that_are_wrong_fail_and_odd_ones_are_doubted() -> None:
    (found,) = check_accounts.keys("of x", lacking)
    assert (found.status, found.hint) == (Status.FAILED, "voicectl profile set x --secret-stdin")
    doubts = check_accounts.keys("of x", lambda: [Note("odd"), Note("odder")])
    assert [each.status for each in doubts] == [Status.WARNING] * 2
    assert check_accounts.keys("of x", list)[0].status is Status.OK
