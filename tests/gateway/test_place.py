"""The gateway's master secret: from a variable, from the keyring, made where there is none."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from tests.conftest import Program
from voicectl.core.credentials import Secret
from voicectl.core.errors import ConfigError
from voicectl.gateway.place import master_in


@dataclass
class Drawer:
    """A keyring, or none."""

    name: str = "keyring"
    held: dict[tuple[str, str], Secret] = field(default_factory=dict)
    is_there: bool = True

    def get(self, profile: str, field: str) -> Secret | None:
        if not self.is_there:
            raise ConfigError("there is no keyring", hint="voicectl profile add")
        return self.held.get((profile, field))

    def set(self, profile: str, field: str, secret: Secret) -> None:
        self.held[profile, field] = secret

    def delete(self, profile: str, field: str) -> None:
        del self.held[profile, field]


def test_it_is_made_once_and_kept() -> None:
    drawer = Drawer()
    assert master_in({}, {"keyring": drawer}) is None
    first = master_in({}, {"keyring": drawer}, make=True)
    assert first == master_in({}, {"keyring": drawer}, make=True) == master_in({}, {"keyring": drawer})
    assert first is not None
    assert len(first.reveal()) == 64


def test_the_variable_goes_first_and_needs_no_keyring() -> None:
    found = master_in({"VOICECTL_GATEWAY_MASTER": "5a" * 32}, {"keyring": Drawer(is_there=False)})
    assert found == Secret("5a" * 32)


@pytest.mark.parametrize(
    "words", [("serve", "--port", "0"), ("key", "issue", "--name", "a", "--hmac")], ids=str
)
def test_without_a_keyring_the_variable_is_named(voicectl: Program, words: tuple[str, ...]) -> None:
    env = {"VOICECTL_NO_KEYRING": "1", "VOICECTL_VENDOR": "local"}
    done = voicectl("gateway", *words, env=env)
    assert (done.returncode, done.stdout) == (78, "")
    assert 'export VOICECTL_GATEWAY_MASTER="$(openssl rand -hex 32)"' in done.stderr
