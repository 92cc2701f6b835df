"""Keys under their vendor's own names: whole, and nobody else's among them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from voicectl.core.credentials import Credentials, Secret
from voicectl.profiles.exports import exports_of
from voicectl.profiles.forms import FORMS

PAIR = Credentials(key_id="AKIAEXAMPLE", secret=Secret("s-EXAMPLE"))
SESSION = Credentials(
    key_id="ASIAEXAMPLE",
    secret=Secret("s-EXAMPLE"),
    security_token=Secret("t-EXAMPLE"),
    expires_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
)


def test_a_session_has_its_token_its_end_and_its_region() -> None:
    found = exports_of(FORMS["aws"], {"access_key_secret": SESSION}, {}, "eu-west-1")
    assert found.variables == {
        "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "s-EXAMPLE",
        "AWS_SESSION_TOKEN": "t-EXAMPLE",
        "AWS_CREDENTIAL_EXPIRATION": "2026-01-02T03:04:05Z",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    assert found.secret == {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}


def test_a_permanent_pair_leaves_no_token_of_another_account_beside_it() -> None:
    found = exports_of(FORMS["aws"], {"access_key_secret": PAIR}, {}, "")
    environment = {
        "AWS_SESSION_TOKEN": "old",
        "AWS_SECURITY_TOKEN": "old",
        "AWS_PROFILE": "old",
        "PATH": "/bin",
    }
    assert found.laid_over(environment) == {
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "s-EXAMPLE",
        "PATH": "/bin",
    }


def test_several_kinds_and_public_fields_go_together() -> None:
    keys = {"access_key_secret": PAIR, "dashscope_api_key": Credentials(secret=Secret("d-EXAMPLE"))}
    found = exports_of(FORMS["aliyun"], keys, {"nls_appkey": "app"}, "cn-shanghai")
    assert found.variables["DASHSCOPE_API_KEY"] == "d-EXAMPLE"
    assert found.variables["ALIYUN_NLS_APPKEY"] == "app"
    assert "ALIYUN_NLS_TOKEN" in found.others


@pytest.mark.parametrize(
    ("key_id", "name"), [("SKEXAMPLE", "TWILIO_API_KEY"), ("ACEXAMPLE", "TWILIO_ACCOUNT_SID")]
)
def test_an_id_goes_by_the_name_of_its_kind(key_id: str, name: str) -> None:
    keys = {"access_key_secret": Credentials(key_id=key_id, secret=Secret("s-EXAMPLE"))}
    assert exports_of(FORMS["twilio"], keys, {}, "").variables[name] == key_id


def test_the_values_are_not_in_the_repr() -> None:
    assert "s-EXAMPLE" not in repr(exports_of(FORMS["aws"], {"access_key_secret": PAIR}, {}, ""))
