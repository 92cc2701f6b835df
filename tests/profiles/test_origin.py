"""`profile show --origin`: each field names the place that decided it."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from tests.conftest import Program
from tests.profiles.keyring_session import MISSING, keyring, own_home

SECRET = "0123456789-CANARY-EXAMPLE"
ADD = ("profile", "add", "x", "--vendor", "aliyun", "--set", "access_key_id=LTAIEXAMPLE", "--secret-stdin")
MORE = (
    "--store",
    "file",
    "--region",
    "cn-shanghai",
    "--set",
    "nls_appkey=app",
    "--set",
    "endpoint.sts=https://s.x",
)
VARIABLES = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "STS.EXAMPLE",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET,
    "ALIBABA_CLOUD_SECURITY_TOKEN": SECRET,
    "ALIYUN_NLS_APPKEY": "other",
    "VOICECTL_REGION": "cn-beijing",
}


def origins(
    voicectl: Program, *words: str, env: Mapping[str, str] | None = None
) -> dict[str, tuple[str, str]]:
    done = voicectl("profile", "show", *words, "--origin", env=env)
    assert done.returncode == 0, done.stderr
    assert SECRET not in done.stdout + done.stderr
    return {row["field"]: (row["value"], row["origin"]) for row in json.loads(done.stdout)}


def test_a_profile_alone(voicectl: Program) -> None:
    voicectl(*ADD, *MORE, stdin=SECRET)
    assert origins(voicectl) == {
        "profile": ("x", "default"),
        "vendor": ("aliyun", "profile"),
        "region": ("cn-shanghai", "profile"),
        "access_key_id": ("LTAIEXAMPLE", "profile"),
        "access_key_secret": ("***MPLE", "file"),
        "dashscope_api_key": (None, "missing"),
        "nls_appkey": ("app", "profile"),
        "endpoint.sts": ("https://s.x", "profile"),
    }


def test_variables_win_over_a_default_profile_and_lose_to_a_named_one(voicectl: Program) -> None:
    voicectl(*ADD, *MORE, stdin=SECRET)
    default = origins(voicectl, env=VARIABLES)
    assert default["access_key_id"] == ("STS.EXAMPLE", "env ALIBABA_CLOUD_ACCESS_KEY_ID")
    assert default["security_token"] == ("***MPLE", "env ALIBABA_CLOUD_SECURITY_TOKEN")
    assert default["nls_appkey"] == ("other", "env ALIYUN_NLS_APPKEY")
    assert default["region"] == ("cn-beijing", "env VOICECTL_REGION")
    named = origins(voicectl, "x", "--region", "cn-shenzhen", env=VARIABLES)
    assert named["profile"] == ("x", "flag --profile")
    assert named["access_key_id"] == ("LTAIEXAMPLE", "profile")
    assert named["nls_appkey"] == ("app", "profile")
    assert named["region"] == ("cn-shenzhen", "flag --region")
    assert "security_token" not in named


def test_the_region_of_a_vendor_goes_with_its_keys(voicectl: Program) -> None:
    add = ("profile", "add", "w", "--vendor", "aws", "--store", "file", "--set", "access_key_id=AKIAEXAMPLE")
    assert voicectl(*add, "--region", "eu-west-1", "--secret-stdin", stdin=SECRET).returncode == 0
    region = {"AWS_REGION": "us-east-2"}
    keys = {"AWS_ACCESS_KEY_ID": "AKIAOTHER", "AWS_SECRET_ACCESS_KEY": SECRET}
    assert origins(voicectl, env={**region, **keys})["region"] == ("us-east-2", "env AWS_REGION")
    assert origins(voicectl, "--vendor", "aws", env=region)["region"] == ("us-east-2", "env AWS_REGION")
    assert origins(voicectl, "w", env=region)["region"] == ("eu-west-1", "profile")
    assert origins(voicectl, env=keys)["region"] == ("eu-west-1", "profile")
    signed = ("sign", "debug", "--service", "polly", "--url", "https://polly.example/")
    scopes = [
        json.loads(voicectl(*signed, *words, env={**region, **keys}).stdout)["string_to_sign"].split("/")
        for words in (("--vendor", "aws"), ("-p", "w"))
    ]
    assert [scope[1] for scope in scopes] == ["us-east-2", "eu-west-1"]


def test_a_file_that_aws_profile_names_tells_keys_and_region(voicectl: Program) -> None:
    add = ("profile", "add", "w", "--vendor", "aws", "--store", "file", "--set", "access_key_id=AKIAEXAMPLE")
    assert voicectl(*add, "--region", "eu-west-1", "--secret-stdin", stdin=SECRET).returncode == 0
    (voicectl.home / ".aws").mkdir()
    keys = f"aws_access_key_id = AKIATHEIRS\naws_secret_access_key = {SECRET}\n"
    (voicectl.home / ".aws/credentials").write_text(f"[theirs]\nregion = sa-east-1\n{keys}")
    found = origins(voicectl, env={"AWS_PROFILE": "theirs"})
    assert (found["access_key_id"][0], found["region"]) == ("AKIATHEIRS", ("sa-east-1", "file"))
    assert origins(voicectl, "w", env={"AWS_PROFILE": "theirs"})["region"] == ("eu-west-1", "profile")


def test_without_a_profile_the_variables_are_named(voicectl: Program) -> None:
    found = origins(voicectl, "--vendor", "aliyun", "--endpoint-url", "https://e.x", env=VARIABLES)
    assert found["vendor"] == ("aliyun", "flag --vendor")
    assert found["endpoint"] == ("https://e.x", "flag --endpoint-url")
    assert "profile" not in found


def test_what_is_broken_is_told_in_its_place(voicectl: Program) -> None:
    voicectl(*ADD, *MORE, stdin=SECRET)
    (voicectl.home / ".config/voicectl/secrets/secrets.json").unlink()
    value, origin = origins(voicectl)["access_key_secret"]
    assert (value, origin.startswith("broken: ")) == (None, True)


@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
def test_the_keyring_is_named_with_its_kind(voicectl: Program) -> None:
    with own_home() as home, keyring(home) as environment:
        voicectl(*ADD, stdin=SECRET, env=environment)
        assert origins(voicectl, env=environment)["access_key_secret"] == ("***MPLE", "keyring SecretService")
