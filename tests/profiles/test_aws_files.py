"""AWS's shared files: which way a profile leads, and what is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from voicectl.core.credentials import Credentials
from voicectl.core.errors import ConfigError, CredentialError
from voicectl.profiles.aws_files import AwsFiles
from voicectl.profiles.ways import Address, Identity, Instance, Keys, Library, Program, Role, Sso

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


def keys_of(files: AwsFiles) -> Credentials:
    way = next(files.ways())
    assert isinstance(way, Keys)
    return way.credentials


def test_static_keys_of_the_default_profile(files: Files) -> None:
    found = keys_of(files(credentials=STATIC))
    assert (found.key_id, found.secret.reveal(), found.security_token) == ("AKIAEXAMPLE", "s-EXAMPLE", None)


@pytest.mark.parametrize("name", ["aws_session_token", "aws_security_token"])
def test_temporary_keys_of_a_named_profile(files: Files, name: str) -> None:
    text = f"[p]\naws_access_key_id=ASIA1\naws_secret_access_key=s\n{name}=t\n"
    found = keys_of(files(credentials=STATIC + text, AWS_PROFILE="p"))
    assert found.key_id == "ASIA1"
    assert found.security_token is not None


@pytest.mark.parametrize("section", ["profile p", 'profile "p"'])
def test_keys_in_the_config_file_count_too(files: Files, section: str) -> None:
    text = f"[{section}]\naws_access_key_id=AKIA1\naws_secret_access_key=s\ns3 =\n  max_queue = 5\n"
    assert keys_of(files(config=text, AWS_PROFILE="p")).key_id == "AKIA1"


def test_key_and_secret_are_never_put_together_from_two_files(files: Files) -> None:
    found = files(
        config="[default]\naws_secret_access_key=s\n", credentials="[default]\naws_access_key_id=AKIA1\n"
    )
    with pytest.raises(CredentialError, match="no secret"):
        next(found.ways())


def test_a_temporary_id_without_token_is_refused(files: Files) -> None:
    with pytest.raises(CredentialError, match="no aws_session_token"):
        next(files(credentials=STATIC.replace("AKIA", "ASIA")).ways())


ROLE = "role_arn = arn:aws:iam::1:role/r"
SSO = "sso_account_id = 1\nsso_role_name = r\nsso_region = eu-west-1\nsso_start_url = https://x.example"
SHARED = "[sso-session s]\nsso_region = eu-west-1\nsso_start_url = https://x.example\n"


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        (f"{ROLE}\nsource_profile = default", Role),
        (f"{ROLE}\ncredential_source = Ec2InstanceMetadata", Role),
        (f"{ROLE}\nweb_identity_token_file = /t", Identity),
        (SSO, Sso),
        ("sso_session = s\nsso_account_id = 1\nsso_role_name = r", Sso),
        ("credential_process = /bin/true", Program),
        ("login_session = x", Library),
    ],
)
def test_what_a_profile_says_leads_to_its_way(files: Files, lines: str, kind: type) -> None:
    found = files(config=f"{SHARED}[profile p]\n{lines}\n", credentials=STATIC, AWS_PROFILE="p")
    assert type(next(found.ways())) is kind


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (ROLE, "none of source_profile and credential_source"),
        (f"{ROLE}\nsource_profile = p\ncredential_source = Environment", "both of"),
        (f"{ROLE}\nsource_profile = gone", "'gone', which there is not"),
        (f"{ROLE}\nsource_profile = empty", "'empty' has no keys"),
        (f"{ROLE}\nsource_profile = p", "circle: p -> p"),
        (f"{ROLE}\nsource_profile = q", "circle: p -> q -> p"),
        (f"{ROLE}\ncredential_source = Moon", "no credential_source 'Moon'"),
        (f"{ROLE}\ncredential_source = Environment", "none are set"),
        (f"{ROLE}\ncredential_source = EcsContainer", "is not set"),
        (f"{ROLE}\nsource_profile = default\nduration_seconds = 1h", "no number of seconds"),
        ("web_identity_token_file = /t", "no role"),
        ("sso_session = gone\nsso_account_id = 1", "lacks sso_start_url, sso_region, sso_role_name"),
    ],
)
def test_a_broken_profile_is_refused_by_its_name(files: Files, lines: str, problem: str) -> None:
    others = f"[profile q]\n{ROLE}\nsource_profile = p\n[profile empty]\nregion = x\n"
    with pytest.raises((CredentialError, ConfigError), match=problem) as caught:
        next(files(config=f"{others}[profile p]\n{lines}\n", credentials=STATIC, AWS_PROFILE="p").ways())
    assert "AWS profile 'p'" in str(caught.value)


def test_a_profile_may_be_its_own_source_if_it_has_keys(files: Files) -> None:
    found = next(files(config=f"[default]\n{ROLE}\nsource_profile = default\n", credentials=STATIC).ways())
    assert isinstance(found, Role)
    assert isinstance(found.source, Keys)


def test_static_keys_stand_before_a_process(files: Files) -> None:
    assert keys_of(files(config="[default]\ncredential_process = x\n", credentials=STATIC))


def test_a_profile_that_is_nowhere_is_an_error_and_a_missing_default_is_not(files: Files) -> None:
    assert [type(way) for way in files().ways()] == [Instance]
    assert list(AwsFiles(environment={"AWS_EC2_METADATA_DISABLED": "true"}).ways()) == []
    with pytest.raises(CredentialError, match="'gone', which is in none"):
        next(files(credentials=STATIC, AWS_PROFILE="gone").ways())


def test_the_files_can_lie_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(STATIC)
    files = AwsFiles(environment={"HOME": str(tmp_path), "AWS_SHARED_CREDENTIALS_FILE": "~/keys"})
    assert keys_of(files)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:51679/x", True),
        ("http://[::1]/x", True),
        ("http://169.254.170.23/v1/credentials", True),
        ("https://agent.example/x", True),
        ("http://agent.example/x", False),
        ("http://127.0.0.1.agent.example/x", False),
        ("http://169.254.169.254/x", False),
        ("http://[::1", False),
    ],
)
def test_keys_of_a_container_are_asked_near_or_over_tls(files: Files, url: str, allowed: bool) -> None:
    found = files(AWS_CONTAINER_CREDENTIALS_FULL_URI=url)
    if allowed:
        assert isinstance(next(found.ways()), Address)
        return
    with pytest.raises(ConfigError, match="AWS_CONTAINER_CREDENTIALS_FULL_URI"):
        next(found.ways())


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
        next(files(credentials="[default]\na = b\nCANARY-EXAMPLE\n").ways())
    assert "CANARY" not in f"{caught.value} {caught.value.facts}"
