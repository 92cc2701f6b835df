"""Our own variables serve any vendor, with or without a key id, and are refused when half set."""

from __future__ import annotations

import pytest

from voicectl.core.errors import CredentialError
from voicectl.profiles.variables import own_keys

KEYS = {"VOICECTL_ACCESS_KEY_ID": "i", "VOICECTL_ACCESS_KEY_SECRET": "s", "VOICECTL_SECURITY_TOKEN": "t"}


def test_id_secret_and_token_come_together() -> None:
    keys = own_keys(KEYS)
    assert keys is not None
    assert keys.security_token is not None
    assert (keys.key_id, keys.secret.reveal(), keys.security_token.reveal()) == ("i", "s", "t")


def test_a_secret_alone_is_a_bearer_key() -> None:
    keys = own_keys({"VOICECTL_ACCESS_KEY_SECRET": "s"})
    assert keys is not None
    assert (keys.key_id, keys.security_token) == ("", None)


def test_nothing_set_is_not_mine() -> None:
    assert own_keys({"AWS_ACCESS_KEY_ID": "x"}) is None


def test_an_id_without_a_secret_names_the_missing_variable() -> None:
    with pytest.raises(CredentialError, match="VOICECTL_ACCESS_KEY_SECRET is not"):
        own_keys({"VOICECTL_ACCESS_KEY_ID": "i"})


@pytest.mark.parametrize("name", KEYS)
def test_a_blank_around_a_key_is_named(name: str) -> None:
    with pytest.raises(CredentialError, match=name):
        own_keys({**KEYS, name: "x\n"})
