"""Whose keys: variables, profiles, AWS's files, and the order in which they are asked."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from voicectl.core.credentials import Credentials, Secret
from voicectl.core.errors import ConfigError, CredentialError, Guarded
from voicectl.core.profile import Profile, SecretStore
from voicectl.profiles.file_store import FileStore
from voicectl.profiles.forms import FORMS, form_of
from voicectl.profiles.keyring_store import KeyringStore
from voicectl.profiles.sources import EnvironmentSource, notes_on, source_for

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
AWS_KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "env-EXAMPLE"}
WORK = Profile(
    name="work",
    vendor="aws",
    settings={"access_key_id": "AKIASTORED"},
    secrets={"access_key_secret": "file"},
)


@pytest.fixture
def stores(tmp_path: Path) -> Mapping[str, SecretStore]:
    file = FileStore(directory=tmp_path)
    file.set("work", "access_key_secret", Secret("stored-EXAMPLE"))
    return {
        "file": file,
        "state": FileStore(directory=tmp_path / "state", name="state"),
        "keyring": KeyringStore(environment={"VOICECTL_NO_KEYRING": "1"}),
    }


def shown(found: Credentials | None) -> tuple[str, ...] | None:
    if found is None:
        return None
    token = (found.security_token.reveal(),) if found.security_token else ()
    return (found.key_id, found.secret.reveal(), *token)


@pytest.mark.parametrize(
    ("vendor", "secret", "environment", "expected"),
    [
        ("aws", "", AWS_KEYS, ("AKIAEXAMPLE", "env-EXAMPLE")),
        ("aws", "", AWS_KEYS | {"AWS_SESSION_TOKEN": "t"}, ("AKIAEXAMPLE", "env-EXAMPLE", "t")),
        (
            "aws",
            "",
            AWS_KEYS | {"AWS_SESSION_TOKEN": "t", "AWS_SECURITY_TOKEN": "old"},
            ("AKIAEXAMPLE", "env-EXAMPLE", "t"),
        ),
        (
            "aliyun",
            "",
            {
                "ALIBABA_CLOUD_ACCESS_KEY_ID": "STS.EXAMPLE",
                "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "s",
                "ALIBABA_CLOUD_SECURITY_TOKEN": "t",
            },
            ("STS.EXAMPLE", "s", "t"),
        ),
        ("aliyun", "dashscope_api_key", {"DASHSCOPE_API_KEY": "d"}, ("", "d")),
        ("aliyun", "nls_token", {"ALIYUN_NLS_TOKEN": "n"}, ("", "n")),
        ("volcengine", "", {"VOLC_ACCESSKEY": "AKLT1", "VOLC_SECRETKEY": "s"}, ("AKLT1", "s")),
        (
            "volcengine",
            "",
            {
                "VOLCENGINE_ACCESS_KEY": "AKLT1",
                "VOLCENGINE_SECRET_KEY": "s1",
                "VOLC_ACCESSKEY": "AKLT2",
                "VOLC_SECRETKEY": "s2",
            },
            ("AKLT1", "s1"),
        ),
        ("volcengine", "speech_api_key", {"VOLC_SPEECH_API_KEY": "k"}, ("", "k")),
        (
            "tencent",
            "",
            {
                "TENCENTCLOUD_SECRET_ID": "AKID1",
                "TENCENTCLOUD_SECRET_KEY": "s",
                "TENCENTCLOUD_SESSION_TOKEN": "t",
            },
            ("AKID1", "s", "t"),
        ),
        ("twilio", "", {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "s"}, ("AC1", "s")),
        ("openai", "", {"OPENAI_API_KEY": "k"}, ("", "k")),
        ("emotivoice", "", {"EMOTIVOICE_API_KEY": "k"}, ("", "k")),
        ("aws", "", {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, None),
    ],
)
def test_each_vendors_variables_make_credentials(
    vendor: str, secret: str, environment: dict[str, str], expected: tuple[str, ...] | None
) -> None:
    source = EnvironmentSource(kind=FORMS[vendor].kind_of(secret), environment=environment)
    assert shown(source.credentials(NOW)) == expected


@pytest.mark.parametrize(
    ("vendor", "environment", "missing"),
    [
        ("aws", {"AWS_ACCESS_KEY_ID": "AKIA1"}, "AWS_SECRET_ACCESS_KEY"),
        ("aws", {"AWS_SECRET_ACCESS_KEY": "s"}, "AWS_ACCESS_KEY_ID"),
        (
            "volcengine",
            {"VOLCENGINE_ACCESS_KEY": "AKLT1", "VOLC_ACCESSKEY": "AKLT2", "VOLC_SECRETKEY": "s"},
            "VOLCENGINE_SECRET_KEY",
        ),
    ],
)
def test_half_a_pair_is_an_error_that_names_the_missing_variable(
    vendor: str, environment: dict[str, str], missing: str
) -> None:
    with pytest.raises(CredentialError) as caught:
        source_for(FORMS[vendor], environment=environment, stores={}).credentials(NOW)
    assert f"but {missing} is not" in str(caught.value)


@pytest.mark.parametrize("key_id", ["ASIAEXAMPLE"])
def test_a_temporary_id_without_its_token_is_refused(key_id: str) -> None:
    environment = AWS_KEYS | {"AWS_ACCESS_KEY_ID": key_id}
    with pytest.raises(CredentialError) as caught:
        source_for(FORMS["aws"], environment=environment, stores={}).credentials(NOW)
    assert "AWS_SESSION_TOKEN" in caught.value.hint


@pytest.mark.parametrize("text", [" s", "s\n", "a\nb", "\ufeffs"], ids=repr)
def test_a_value_that_no_key_can_have_is_named_not_sent(text: str) -> None:
    with pytest.raises(CredentialError, match="AWS_SECRET_ACCESS_KEY holds"):
        source_for(
            FORMS["aws"], environment=AWS_KEYS | {"AWS_SECRET_ACCESS_KEY": text}, stores={}
        ).credentials(NOW)


def test_an_expiry_in_the_environment_is_taken_along() -> None:
    environment = AWS_KEYS | {"AWS_SESSION_TOKEN": "t", "AWS_CREDENTIAL_EXPIRATION": "2026-01-02T03:04:05Z"}
    found = source_for(FORMS["aws"], environment=environment, stores={}).credentials(NOW)
    assert found is not None
    assert found.expires_at == NOW


def test_variables_without_effect_are_told() -> None:
    environment = AWS_KEYS | {"AWS_SESSION_TOKEN": "a", "AWS_SECURITY_TOKEN": "b", "AWS_PROFILE": "p"}
    assert [str(note) for note in notes_on(FORMS["aws"].kind_of(), environment)] == [
        "AWS_SESSION_TOKEN is used; AWS_SECURITY_TOKEN differs from it",
        "AWS_ACCESS_KEY_ID is used; AWS_PROFILE has no effect",
    ]
    assert notes_on(FORMS["aws"].kind_of(), AWS_KEYS | {"AWS_SESSION_TOKEN": "a"}) == ()


@pytest.mark.parametrize(
    ("named", "expected"), [(True, "profile work, file"), (False, "environment")], ids=["named", "default"]
)
def test_a_named_profile_wins_over_variables_and_a_default_one_loses(
    stores: Mapping[str, SecretStore], named: bool, expected: str
) -> None:
    chain = source_for(FORMS["aws"], environment=AWS_KEYS, stores=stores, profile=WORK, named=named)
    answer = chain.answer(NOW)
    assert answer is not None
    assert answer[0].name == expected


def test_a_default_profile_serves_where_no_variable_does(stores: Mapping[str, SecretStore]) -> None:
    chain = source_for(FORMS["aws"], environment={}, stores=stores, profile=WORK)
    assert shown(chain.credentials(NOW)) == ("AKIASTORED", "stored-EXAMPLE")


def test_a_token_of_the_environment_never_joins_a_stored_key(stores: Mapping[str, SecretStore]) -> None:
    chain = source_for(
        FORMS["aws"], environment={"AWS_SESSION_TOKEN": "stale"}, stores=stores, profile=WORK, named=True
    )
    assert shown(chain.credentials(NOW)) == ("AKIASTORED", "stored-EXAMPLE")


def test_a_secret_that_is_recorded_and_gone_is_an_error_not_a_fall_through(
    stores: Mapping[str, SecretStore],
) -> None:
    stores["file"].delete("work", "access_key_secret")
    chain = source_for(FORMS["aws"], environment=AWS_KEYS, stores=stores, profile=WORK, named=True)
    with pytest.raises(CredentialError, match="'work' has no 'access_key_secret' in the file"):
        chain.credentials(NOW)


def test_a_named_profile_without_keys_takes_the_vendors_variables(stores: Mapping[str, SecretStore]) -> None:
    bare = Profile(name="bare", vendor="aws", region="r")
    chain = source_for(FORMS["aws"], environment=AWS_KEYS, stores=stores, profile=bare, named=True)
    assert shown(chain.credentials(NOW)) == ("AKIAEXAMPLE", "env-EXAMPLE")


def test_a_profile_that_names_a_key_id_needs_the_keyring_even_if_nobody_recorded_it(
    stores: Mapping[str, SecretStore],
) -> None:
    hand = Profile(name="hand", vendor="aws", settings={"access_key_id": "AKIA1"})
    chain = source_for(FORMS["aws"], environment={}, stores=stores, profile=hand)
    with pytest.raises(ConfigError, match="VOICECTL_NO_KEYRING"):
        chain.credentials(NOW)


@pytest.mark.parametrize("secrets", [{}, {"api_key": "none"}], ids=["unrecorded", "none"])
def test_a_server_without_a_key_needs_no_keyring(
    stores: Mapping[str, SecretStore], secrets: dict[str, str]
) -> None:
    free = Profile(name="free", vendor="emotivoice", secrets=secrets)
    chain = source_for(FORMS["emotivoice"], environment={}, stores=stores, profile=free, named=True)
    assert chain.credentials(NOW) is None


@pytest.mark.parametrize(
    ("host", "allowed", "goes"),
    [
        ("", (), True),
        ("api.example:8443", (), True),
        ("evil.example", (), False),
        ("evil.example", ("evil.example",), True),
    ],
)
def test_a_stored_bearer_secret_goes_only_where_it_was_stored_for(
    stores: Mapping[str, SecretStore], host: str, allowed: tuple[str, ...], goes: bool
) -> None:
    profile = Profile(
        name="work", vendor="openai", secrets={"api_key": "file"}, hosts={"api_key": "api.example"}
    )
    stores["file"].set("work", "api_key", Secret("k-EXAMPLE"))
    chain = source_for(
        FORMS["openai"], environment={}, stores=stores, profile=profile, host=host, allowed=allowed
    )
    if goes:
        assert chain.credentials(NOW)
    else:
        with pytest.raises(Guarded, match=r"stored for api\.example, not for evil\.example"):
            chain.credentials(NOW)


def test_a_variable_is_bound_to_no_host() -> None:
    environment = {"OPENAI_API_KEY": "k"}
    assert source_for(FORMS["openai"], environment=environment, stores={}, host="any").credentials(NOW)


def test_nobody_having_a_key_is_an_error_with_both_ways_in() -> None:
    with pytest.raises(CredentialError) as caught:
        source_for(FORMS["tencent"], environment={}, stores={}).credentials(NOW)
    assert "profile add NAME --vendor tencent" in caught.value.hint
    assert "TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY" in caught.value.hint


def test_an_unknown_vendor_has_the_usual_fields() -> None:
    assert form_of("elsewhere").secret_fields == ("access_key_secret", "security_token", "api_key")


def test_with_keys_from_variables_the_keyring_is_not_imported() -> None:
    code = (
        "import os, sys; from datetime import UTC, datetime\n"
        "from voicectl.core.profile import Profile; from voicectl.profiles.forms import FORMS\n"
        "from voicectl.profiles.keyring_store import KeyringStore\n"
        "from voicectl.profiles.sources import source_for\n"
        "profile = Profile(name='x', vendor='aws', secrets={'access_key_secret': 'keyring'},\n"
        "                  settings={'access_key_id': 'AKIA2'})\n"
        "stores = {'keyring': KeyringStore(environment=os.environ)}\n"
        "chain = source_for(FORMS['aws'], environment=os.environ, stores=stores, profile=profile)\n"
        "assert chain.credentials(datetime(2026, 1, 1, tzinfo=UTC)).key_id == 'AKIAEXAMPLE'\n"
        "print(sorted({'keyring', 'secretstorage', 'jeepney', 'configparser', 'json'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], env=AWS_KEYS, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_no_repr_and_no_error_shows_a_secret(stores: Mapping[str, SecretStore]) -> None:
    environment = AWS_KEYS | {"AWS_SECRET_ACCESS_KEY": "CANARY EXAMPLE\n"}
    chain = source_for(FORMS["aws"], environment=environment, stores=stores, profile=WORK)
    with pytest.raises(CredentialError) as caught:
        chain.credentials(NOW)
    assert "CANARY" not in f"{chain!r} {caught.value} {caught.value.hint} {caught.value.facts}"


@pytest.mark.parametrize(
    ("named", "environment", "account"),
    [(True, AWS_KEYS, "AKIASTORED"), (False, AWS_KEYS, "AKIAEXAMPLE"), (False, {}, "AKIASTORED")],
)
def test_whose_keys_they_would_be_is_told_without_opening_a_store(
    named: bool, environment: dict[str, str], account: str
) -> None:
    chain = source_for(FORMS["aws"], environment=environment, stores={}, profile=WORK, named=named)
    assert chain.account(NOW) == account


@pytest.mark.parametrize(
    ("named", "settings", "is_taken"),
    [
        (True, {"access_key_id": "LTAIEXAMPLE"}, False),
        (False, {"access_key_id": "LTAIEXAMPLE"}, True),
        (True, {}, True),
    ],
)
def test_a_ready_token_is_not_taken_where_a_named_profile_has_keys_to_make_one(
    named: bool, settings: dict[str, str], is_taken: bool
) -> None:
    chain = source_for(
        FORMS["aliyun"],
        environment={"ALIYUN_NLS_TOKEN": "EXAMPLE"},
        stores={},
        profile=Profile(name="nls", vendor="aliyun", settings=settings),
        named=named,
        secret="nls_token",
    )
    assert (chain.credentials(NOW) is not None) is is_taken


@pytest.mark.parametrize(
    ("named", "secret", "found"),
    [
        (True, "speech_api_key", None),
        (True, "speech_access_token", "stored-EXAMPLE"),
        (False, "speech_api_key", "env-EXAMPLE"),
    ],
    ids=["named, the other kind", "named, its own kind", "default, the other kind"],
)
def test_a_named_profile_with_one_of_two_kinds_of_key_brings_that_kind(
    tmp_path: Path, named: bool, secret: str, found: str | None
) -> None:
    file = FileStore(directory=tmp_path)
    file.set("v", "speech_access_token", Secret("stored-EXAMPLE"))
    profile = Profile(name="v", vendor="volcengine", secrets={"speech_access_token": "file"})
    chain = source_for(
        FORMS["volcengine"],
        environment={"VOLC_SPEECH_API_KEY": "env-EXAMPLE"},
        stores={"file": file},
        profile=profile,
        named=named,
        secret=secret,
        needed=False,
    )
    keys = chain.credentials(NOW)
    assert (keys.secret.reveal() if keys else None) == found
