"""Accounts that change: fields, secrets and names; nothing is lost, whatever fails on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.actions.desk import Desk
from voicectl.actions.profile import Draft
from voicectl.actions.profile_changes import Changes, change, rename
from voicectl.core.errors import (
    BadInput,
    ConfigError,
    CredentialError,
    Guarded,
    NotFound,
    UsageError,
    VoicectlError,
)
from voicectl.core.profile import Accounts, Profile
from voicectl.profiles.forms import FORMS
from voicectl.profiles.settings import ProfileFile

PAIR = Draft(
    name="x",
    vendor="aliyun",
    region="cn-shanghai",
    fields={"access_key_id": "LTAIEXAMPLE", "nls_appkey": "app", "endpoint.dyvms": "https://d.example"},
    secrets={"access_key_secret": "s-EXAMPLE", "dashscope_api_key": "d-EXAMPLE"},
)
SESSION = Draft(
    name="x",
    vendor="aws",
    fields={"access_key_id": "ASIAEXAMPLE"},
    secrets={"access_key_secret": "s-EXAMPLE", "security_token": "t-EXAMPLE"},
)
BEARER = Draft(name="x", vendor="openai", secrets={"api_key": "k-EXAMPLE"})


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def set_(
    desk: Desk, secrets: Mapping[str, str] | None = None, *, store: str = "", **fields: str
) -> list[str]:
    """Change profile x; `endpoint__polly` stands for `endpoint.polly`."""
    words = {name.replace("__", "."): text for name, text in fields.items()}
    vendor = desk.profiles.load().profiles["x"].vendor
    changes = Changes(fields=words, secrets=secrets or {}, store=store)
    changed = change("x", changes, FORMS[vendor], desk.profiles, desk.stores)
    return [str(note) for note in changed.notes]


def stored(desk: Desk, name: str = "x") -> Profile:
    return desk.profiles.load().profiles[name]


def test_fields_are_set_and_removed_and_the_rest_stays(desk: Desk) -> None:
    desk.add(PAIR)
    assert (
        set_(desk, region="", endpoint__dyvms="", endpoint__sts="https://s.example", price__per_million="16")
        == []
    )
    profile = stored(desk)
    assert profile.region == ""
    assert profile.endpoints == {"sts": "https://s.example"}
    assert profile.settings == {
        "access_key_id": "LTAIEXAMPLE",
        "nls_appkey": "app",
        "price.per_million": "16",
    }
    assert profile.secrets == {"access_key_secret": "keyring", "dashscope_api_key": "keyring"}


@pytest.mark.parametrize(
    ("fields", "kind", "said"),
    [
        ({"vendor": "aws"}, UsageError, "vendor of a profile stays"),
        ({"colour": "red"}, UsageError, "no field 'colour'"),
        ({"access_key_secret": "s"}, UsageError, "does not belong on the command line"),
        ({"access_key_id": ""}, UsageError, "access_key_id missing"),
        ({"access_key_secret": ""}, UsageError, "access_key_secret missing"),
        ({"access_key_id": "STS.EXAMPLE"}, CredentialError, "security_token is missing"),
        ({"endpoint__sts": "sts.example"}, UsageError, "no URL"),
        ({"price__per_million": "much"}, UsageError, "no price"),
        ({"nls_appkey": "a\nb"}, BadInput, "line break"),
    ],
)
def test_what_a_profile_cannot_become_is_refused_and_changes_nothing(
    desk: Desk, fields: dict[str, str], kind: type[VoicectlError], said: str
) -> None:
    desk.add(PAIR)
    before = desk.profiles.path.read_text(), dict(desk.keyring.kept)
    with pytest.raises(kind, match=said):
        set_(desk, **fields)
    assert (desk.profiles.path.read_text(), desk.keyring.kept) == before


def test_a_new_secret_stays_where_the_old_one_rested(desk: Desk) -> None:
    desk.add(replace(PAIR, store="file"))
    set_(desk, {"access_key_secret": "new-EXAMPLE"})
    kept = desk.stores["file"].get("x", "access_key_secret")
    assert kept is not None
    assert kept.reveal() == "new-EXAMPLE"
    assert desk.keyring.kept == {}


def test_a_secret_given_to_another_store_leaves_the_first(desk: Desk) -> None:
    desk.add(PAIR)
    set_(desk, {"access_key_secret": "new-EXAMPLE"}, store="file")
    assert stored(desk).secrets["access_key_secret"] == "file"
    assert desk.keyring.kept == {"x/dashscope_api_key": "d-EXAMPLE"}


def test_a_session_becomes_a_permanent_pair_when_its_token_goes(desk: Desk) -> None:
    desk.add(SESSION)
    set_(desk, {"access_key_secret": "new-EXAMPLE"}, access_key_id="AKIAEXAMPLE", security_token="")
    assert stored(desk).secrets == {"access_key_secret": "keyring"}
    assert desk.stores["state"].get("x", "security_token") is None


def test_a_key_id_without_its_secret_is_doubted(desk: Desk) -> None:
    desk.add(PAIR)
    (said,) = set_(desk, access_key_id="LTAIOTHER")
    assert "voicectl profile set x --secret-stdin" in said


def test_swapped_keys_are_noticed_though_only_one_is_new(desk: Desk) -> None:
    desk.add(PAIR)
    with pytest.raises(BadInput, match="swapped"):
        set_(desk, {"access_key_secret": "LTAIEXAMPLE"}, access_key_id="s-EXAMPLE")


def test_a_stored_key_stays_bound_to_its_host_until_it_is_given_anew(desk: Desk) -> None:
    desk.add(BEARER)
    set_(desk, base_url="https://other.example/v1")
    assert stored(desk).hosts == {"api_key": "api.openai.com"}
    set_(desk, {"api_key": "k2-EXAMPLE"})
    assert stored(desk).hosts == {"api_key": "other.example"}


def test_a_store_that_fails_leaves_all_as_it_was(desk: Desk) -> None:
    desk.add(PAIR)
    before = desk.profiles.path.read_text(), dict(desk.keyring.kept)
    desk.keyring.refused = ("set x/dashscope_api_key",)
    with pytest.raises(ConfigError, match="locked"):
        set_(desk, {"access_key_secret": "new-EXAMPLE", "dashscope_api_key": "new-EXAMPLE"})
    assert (desk.profiles.path.read_text(), desk.keyring.kept) == before


def test_a_renamed_profile_keeps_fields_secrets_place_and_default(desk: Desk) -> None:
    desk.add(SESSION)
    desk.add(replace(PAIR, name="z"))
    before = stored(desk)
    rename("x", "y", FORMS["aws"], desk.profiles, desk.stores)
    accounts = desk.profiles.load()
    assert (accounts.default, list(accounts.profiles)) == ("y", ["y", "z"])
    assert accounts.profiles["y"] == replace(before, name="y")
    assert {key for key in desk.keyring.kept if key[0] in "xy"} == {"y/access_key_secret"}
    token = desk.stores["state"].get("y", "security_token")
    assert token is not None
    assert token.reveal() == "t-EXAMPLE"
    assert desk.stores["state"].get("x", "security_token") is None


@pytest.mark.parametrize("refused", ["set y/access_key_secret", "set y/dashscope_api_key"])
def test_a_rename_that_fails_midway_loses_nothing(desk: Desk, refused: str) -> None:
    desk.add(PAIR)
    before = desk.profiles.path.read_text(), dict(desk.keyring.kept)
    desk.keyring.refused = (refused,)
    with pytest.raises(ConfigError):
        rename("x", "y", FORMS["aliyun"], desk.profiles, desk.stores)
    assert (desk.profiles.path.read_text(), desk.keyring.kept) == before


class FullDisk:
    """A file of profiles that can be read and not written."""

    def __init__(self, file: ProfileFile) -> None:
        self._file = file

    def load(self) -> Accounts:
        return self._file.load()

    def update(self, change: Callable[[Accounts], Accounts]) -> Accounts:
        change(self._file.load())
        raise ConfigError("cannot write: no space left")


def test_a_rename_whose_profile_cannot_be_written_leaves_the_secrets_under_the_old_name(desk: Desk) -> None:
    desk.add(PAIR)
    before = dict(desk.keyring.kept)
    with pytest.raises(ConfigError, match="no space"):
        rename("x", "y", FORMS["aliyun"], FullDisk(desk.profiles), desk.stores)
    assert desk.keyring.kept == before


class Busy:
    """A file of profiles in which the old name is taken anew as soon as it is free."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def load(self) -> Accounts:
        return self._desk.profiles.load()

    def update(self, change: Callable[[Accounts], Accounts]) -> Accounts:
        written = self._desk.profiles.update(change)
        if "x" not in written.profiles:
            self._desk.add(replace(PAIR, secrets={**PAIR.secrets, "access_key_secret": "anew-EXAMPLE"}))
        return written


def test_a_profile_that_takes_the_old_name_at_once_keeps_its_secrets(desk: Desk) -> None:
    desk.add(PAIR)
    rename("x", "y", FORMS["aliyun"], Busy(desk), desk.stores)
    assert desk.keyring.kept["x/access_key_secret"] == "anew-EXAMPLE"
    assert desk.keyring.kept["y/access_key_secret"] == "s-EXAMPLE"


def test_an_old_copy_that_stays_is_told(desk: Desk) -> None:
    desk.add(PAIR)
    desk.keyring.refused = ("delete x/dashscope_api_key",)
    (note,) = rename("x", "y", FORMS["aliyun"], desk.profiles, desk.stores).notes
    assert "x/dashscope_api_key, is still in the keyring" in str(note)
    assert stored(desk, "y").secrets["dashscope_api_key"] == "keyring"


def test_a_secret_that_was_gone_already_is_told_and_does_not_stop_the_rename(desk: Desk) -> None:
    desk.add(PAIR)
    del desk.keyring.kept["x/dashscope_api_key"]
    (note,) = rename("x", "y", FORMS["aliyun"], desk.profiles, desk.stores).notes
    assert "dashscope_api_key was not in the keyring" in str(note)


def test_secrets_of_which_nothing_is_recorded_move_too(desk: Desk) -> None:
    desk.add(PAIR)
    desk.profiles.update(
        lambda accounts: replace(accounts, profiles={"x": replace(accounts.profiles["x"], secrets={})})
    )
    rename("x", "y", FORMS["aliyun"], desk.profiles, desk.stores)
    assert sorted(desk.keyring.kept) == ["y/access_key_secret", "y/dashscope_api_key"]


def test_a_name_that_is_taken_or_unknown_is_refused(desk: Desk) -> None:
    desk.add(PAIR)
    desk.add(replace(PAIR, name="y"))
    with pytest.raises(Guarded, match="'y' already"):
        rename("x", "y", FORMS["aliyun"], desk.profiles, desk.stores)
    with pytest.raises(NotFound, match="'gone'"):
        rename("gone", "z", FORMS["aliyun"], desk.profiles, desk.stores)
    with pytest.raises(UsageError, match="no name"):
        rename("x", "a/b", FORMS["aliyun"], desk.profiles, desk.stores)
