"""AWS's shared files: what is taken from them and what is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from voicectl.core.errors import ConfigError, CredentialError
from voicectl.profiles.aws_files import AwsFiles

NOW = datetime(2026, 1, 2, tzinfo=UTC)
STATIC = "[default]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = s-EXAMPLE\n"
Files = Callable[..., AwsFiles]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    def write(config: str = "", credentials: str = "", **environment: str) -> AwsFiles:
        (tmp_path / ".aws").mkdir(exist_ok=True)
        (tmp_path / ".aws" / "config").write_text(config)
        (tmp_path / ".aws" / "credentials").write_text(credentials)
        return AwsFiles(environment={"HOME": str(tmp_path), **environment})

    return write


def test_static_keys_of_the_default_profile(files: Files) -> None:
    found = files(credentials=STATIC).credentials(NOW)
    assert found is not None
    assert (found.key_id, found.secret.reveal(), found.security_token) == ("AKIAEXAMPLE", "s-EXAMPLE", None)


@pytest.mark.parametrize("name", ["aws_session_token", "aws_security_token"])
def test_temporary_keys_of_a_named_profile(files: Files, name: str) -> None:
    text = f"[p]\naws_access_key_id=ASIA1\naws_secret_access_key=s\n{name}=t\n"
    found = files(credentials=STATIC + text, AWS_PROFILE="p").credentials(NOW)
    assert found is not None
    assert found.key_id == "ASIA1"
    assert found.security_token is not None


@pytest.mark.parametrize("section", ["profile p", 'profile "p"'])
def test_keys_in_the_config_file_count_too(files: Files, section: str) -> None:
    text = f"[{section}]\naws_access_key_id=AKIA1\naws_secret_access_key=s\ns3 =\n  max_queue = 5\n"
    found = files(config=text, AWS_PROFILE="p").credentials(NOW)
    assert found is not None
    assert found.key_id == "AKIA1"


def test_key_and_secret_are_never_put_together_from_two_files(files: Files) -> None:
    found = files(
        config="[default]\naws_secret_access_key=s\n", credentials="[default]\naws_access_key_id=AKIA1\n"
    )
    with pytest.raises(CredentialError, match="no aws_secret_access_key"):
        found.credentials(NOW)


def test_a_temporary_id_without_token_is_refused(files: Files) -> None:
    with pytest.raises(CredentialError, match="no aws_session_token"):
        files(credentials=STATIC.replace("AKIA", "ASIA")).credentials(NOW)


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        ("role_arn = arn:aws:iam::1:role/r\nsource_profile = default", "an assumed role"),
        ("sso_session = s\nsso_account_id = 1", "SSO"),
        ("sso_start_url = https://x.example", "SSO"),
        ("web_identity_token_file = /t\nrole_arn = r", "a web identity"),
        ("credential_process = /bin/true", "credential_process"),
        ("login_session = x", "a login session"),
    ],
)
def test_what_is_not_supported_yet_is_named(files: Files, lines: str, title: str) -> None:
    with pytest.raises(CredentialError, match=f"by {title}, which is not supported yet"):
        files(config=f"[profile p]\n{lines}\n", credentials=STATIC, AWS_PROFILE="p").credentials(NOW)


def test_static_keys_stand_before_a_process(files: Files) -> None:
    assert files(config="[default]\ncredential_process = x\n", credentials=STATIC).credentials(NOW)


def test_a_profile_that_is_nowhere_is_an_error_and_a_missing_default_is_not(files: Files) -> None:
    assert files().credentials(NOW) is None
    assert AwsFiles(environment={}).credentials(NOW) is None
    with pytest.raises(CredentialError, match="'gone', which is in none"):
        files(credentials=STATIC, AWS_PROFILE="gone").credentials(NOW)


def test_the_files_can_lie_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(STATIC)
    files = AwsFiles(environment={"HOME": str(tmp_path), "AWS_SHARED_CREDENTIALS_FILE": "~/keys"})
    assert files.credentials(NOW)


@pytest.mark.parametrize(
    ("config", "environment", "region"),
    [
        ("[default]\nregion = eu-west-1\n", {}, "eu-west-1"),
        ("[profile p]\nregion = eu-west-2\n", {"AWS_PROFILE": "p"}, "eu-west-2"),
        ("[p]\nregion = eu-west-3\n", {"AWS_PROFILE": "p"}, ""),
        ("", {}, ""),
    ],
)
def test_the_region_is_that_of_the_profile(
    files: Files, config: str, environment: dict[str, str], region: str
) -> None:
    assert files(config=config, **environment).region() == region


def test_a_broken_file_is_named_with_its_line_and_shows_nothing_of_it(files: Files) -> None:
    with pytest.raises(ConfigError, match=r"credentials:3: ") as caught:
        files(credentials="[default]\na = b\nCANARY-EXAMPLE\n").credentials(NOW)
    assert "CANARY" not in f"{caught.value} {caught.value.facts}"
