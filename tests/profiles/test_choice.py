"""Which vendor and which profile: the contract's order, row by row."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from voicectl.core.errors import ConfigError, NotFound, UsageError
from voicectl.core.options import Options
from voicectl.core.profile import Accounts, Profile
from voicectl.profiles.choice import Choice, choose, regions, settings_of
from voicectl.profiles.foreign import vendor_of
from voicectl.profiles.forms import FORMS

WORK = Profile(name="work", vendor="aws", region="eu-west-1")
NLS = Profile(name="nls", vendor="aliyun")
ACCOUNTS = Accounts(default="work", profiles={"work": WORK, "nls": NLS})


@pytest.mark.parametrize(
    ("options", "environment", "expected"),
    [
        (Options(profile="nls"), {"VOICECTL_PROFILE": "work"}, ("nls", "aliyun", True)),
        (Options(profile="nls", vendor="aliyun"), {}, ("nls", "aliyun", True)),
        (Options(vendor="tencent"), {"VOICECTL_PROFILE": "nls"}, ("", "tencent", False)),
        (Options(vendor="aliyun"), {"VOICECTL_PROFILE": "nls"}, ("nls", "aliyun", True)),
        (Options(vendor="aws"), {"VOICECTL_PROFILE": "nls"}, ("work", "aws", False)),
        (Options(), {"VOICECTL_PROFILE": "nls", "VOICECTL_VENDOR": "aws"}, ("nls", "aliyun", True)),
        (Options(), {"VOICECTL_VENDOR": "openai"}, ("", "openai", False)),
        (Options(), {"VOICECTL_VENDOR": "aws"}, ("work", "aws", False)),
        (Options(), {}, ("work", "aws", False)),
        (Options(), {"AWS_ACCESS_KEY_ID": "A", "OPENAI_API_KEY": "k"}, ("work", "aws", False)),
    ],
)
def test_the_first_that_speaks_chooses(
    options: Options, environment: dict[str, str], expected: tuple[str, str, bool]
) -> None:
    choice = choose(options, environment, ACCOUNTS, speech=True)
    assert (choice.profile.name, choice.vendor, choice.named) == expected
    assert not choice.fell_back


def test_where_nobody_chooses_speech_is_local_and_all_else_is_refused() -> None:
    environment = {"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "s"}
    choice = choose(Options(), environment, Accounts(), speech=True)
    assert (choice.vendor, choice.fell_back) == ("local", True)
    with pytest.raises(ConfigError, match="no vendor was chosen"):
        choose(Options(), environment, Accounts(), speech=False)


@pytest.mark.parametrize(
    ("options", "environment", "word"),
    [
        (Options(region="r"), {}, "--region"),
        (Options(endpoint_url="https://x.example"), {}, "--endpoint-url"),
        (Options(vendor="local", region="r"), {}, "--region"),
        (Options(), {"VOICECTL_REGION": "r"}, "VOICECTL_REGION"),
        (Options(), {"VOICECTL_ENDPOINT_URL": "https://x.example"}, "VOICECTL_ENDPOINT_URL"),
    ],
)
def test_local_is_refused_where_a_cloud_was_meant(
    options: Options, environment: dict[str, str], word: str
) -> None:
    with pytest.raises(UsageError, match=word):
        choose(options, environment, Accounts(), speech=True)


def test_local_by_its_name_does_not_mind_a_variable_for_others() -> None:
    assert choose(Options(vendor="local"), {"VOICECTL_REGION": "r"}, Accounts(), speech=True)


def test_a_profile_of_another_vendor_is_a_contradiction() -> None:
    with pytest.raises(UsageError, match="'work' is of aws, not of aliyun"):
        choose(Options(profile="work", vendor="aliyun"), {}, ACCOUNTS, speech=True)


@pytest.mark.parametrize(
    ("options", "environment"), [(Options(profile="gone"), {}), (Options(), {"VOICECTL_PROFILE": "gone"})]
)
def test_an_unknown_profile_is_not_found(options: Options, environment: dict[str, str]) -> None:
    with pytest.raises(NotFound, match="'gone'; there is: nls, work"):
        choose(options, environment, ACCOUNTS, speech=True)


def test_a_default_that_does_not_exist_is_a_broken_configuration() -> None:
    with pytest.raises(ConfigError, match="default profile 'x' does not exist"):
        choose(Options(), {}, Accounts(default="x"), speech=True)


@pytest.mark.parametrize(
    ("name", "vendor", "line"),
    [
        ("dev", "aws", "AWS_PROFILE='dev' voicectl --vendor aws"),
        ("prod", "aliyun", "ALIBABA_CLOUD_PROFILE='prod' voicectl --vendor aliyun"),
    ],
)
def test_a_profile_of_another_tool_is_answered_with_the_lines_that_work(
    tmp_path: Path, name: str, vendor: str, line: str
) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text("[profile dev]\nregion = r\n")
    (tmp_path / ".aliyun").mkdir()
    (tmp_path / ".aliyun" / "config.json").write_text(json.dumps({"profiles": [{"name": "prod"}]}))
    environment = {"HOME": str(tmp_path)}
    with pytest.raises(NotFound) as caught:
        choose(
            Options(profile=name),
            environment,
            ACCOUNTS,
            speech=False,
            foreign=lambda asked: vendor_of(asked, environment),
        )
    assert line in caught.value.hint
    assert f"voicectl profile import {vendor}" in caught.value.hint


@pytest.mark.parametrize("broken", ["{", "[]", '{"profiles": 1}', '{"profiles": [{}]}'])
def test_a_broken_file_of_another_tool_is_passed_over(tmp_path: Path, broken: str) -> None:
    (tmp_path / ".aliyun").mkdir()
    (tmp_path / ".aliyun" / "config.json").write_text(broken)
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text("junk")
    assert vendor_of("x", {"HOME": str(tmp_path)}) == ""


BARE = Profile(name="", vendor="aws")
TWILIO = Profile(name="t", vendor="twilio", region="ie1")


@pytest.mark.parametrize(
    ("profile", "named", "options", "environment", "region"),
    [
        (WORK, True, Options(region="flag"), {"VOICECTL_REGION": "own", "AWS_REGION": "a"}, "flag"),
        (WORK, True, Options(), {"VOICECTL_REGION": "own", "AWS_REGION": "a"}, "own"),
        (WORK, False, Options(), {"VOICECTL_REGION": "own", "AWS_REGION": "a"}, "own"),
        (WORK, True, Options(), {"AWS_REGION": "a"}, "eu-west-1"),
        (WORK, False, Options(), {"AWS_REGION": "a", "AWS_DEFAULT_REGION": "d"}, "a"),
        (WORK, False, Options(), {"AWS_DEFAULT_REGION": "d"}, "d"),
        (WORK, False, Options(), {"AWS_REGION": ""}, "eu-west-1"),
        (WORK, False, Options(), {"TWILIO_REGION": "au1"}, "eu-west-1"),
        (TWILIO, True, Options(), {"TWILIO_REGION": "au1"}, "ie1"),
        (TWILIO, False, Options(), {"TWILIO_REGION": "au1"}, "au1"),
        (BARE, False, Options(), {"AWS_REGION": "a", "AWS_DEFAULT_REGION": "d"}, "a"),
        (BARE, False, Options(), {"AWS_DEFAULT_REGION": "d"}, "d"),
        (BARE, False, Options(), {}, "file"),
        (NLS, False, Options(), {"AWS_REGION": "a"}, "file"),
    ],
)
def test_the_region_comes_from_where_keys_would_come_from(
    profile: Profile, named: bool, options: Options, environment: dict[str, str], region: str
) -> None:
    choice = Choice(profile=profile, named=named)
    places = regions(choice, options, environment, from_files=lambda: "file")
    assert next(place.region for place in places if place.region) == region


@pytest.mark.parametrize(("named", "region"), [(True, "eu-west-1"), (False, "file")])
def test_a_file_that_a_variable_names_counts_like_variables(named: bool, region: str) -> None:
    choice = Choice(profile=WORK, named=named)
    places = regions(choice, Options(), {}, from_files=lambda: "file", files_count=True)
    assert next(place.region for place in places if place.region) == region


@pytest.mark.parametrize(
    ("named", "environment", "appkey"),
    [
        (False, {"ALIYUN_NLS_APPKEY": "from-variable"}, "from-variable"),
        (True, {"ALIYUN_NLS_APPKEY": "from-variable"}, "from-profile"),
        (False, {"ALIYUN_NLS_APPKEY": ""}, "from-profile"),
        (True, {}, "from-profile"),
    ],
)
def test_a_public_field_comes_from_where_keys_would_come_from(
    named: bool, environment: dict[str, str], appkey: str
) -> None:
    own = Profile(name="nls", vendor="aliyun", settings={"nls_appkey": "from-profile", "other": "x"})
    found = settings_of(Choice(profile=own, named=named), FORMS["aliyun"], environment)
    assert found == {"nls_appkey": appkey, "other": "x"}
