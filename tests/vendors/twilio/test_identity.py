"""`profile test` for Twilio: an auth token names its account, an API key is tried on the account's calls."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.cloud.server import serving
from tests.cloud.twilio import ACCOUNT, KEY_PAIR, KEYS, REQUEST_ID, ROOT, Twilio
from tests.fakes import world
from voicectl.accounts import identity_of
from voicectl.core.errors import CredentialError
from voicectl.core.identity import Caller
from voicectl.core.options import Options
from voicectl.runtime import Runtime


def asked(url: str, environ: Mapping[str, str]) -> Caller:
    told = {**environ, "VOICECTL_VENDOR": "twilio", "VOICECTL_ENDPOINT_URL": url}
    runtime = Runtime(world(told), Options(retries=0))
    return identity_of(runtime, runtime.choice()).ask()


@pytest.mark.parametrize(
    ("keys", "target"),
    [(KEYS, f"{ROOT}.json"), (KEY_PAIR, f"{ROOT}/Calls.json?PageSize=1")],
    ids=["token", "API key"],
)
def test_a_good_key_names_its_account(keys: Mapping[str, str], target: str) -> None:
    with serving(Twilio()) as server:
        assert asked(server.url, keys) == Caller(name=ACCOUNT, request_id=REQUEST_ID)
    assert [request.target for request in server.requests] == [target]


@pytest.mark.parametrize("name", ["TWILIO_AUTH_TOKEN", "TWILIO_API_SECRET"])
def test_a_wrong_secret_is_refused_and_not_shown(name: str) -> None:
    keys = {**(KEYS if name in KEYS else KEY_PAIR), name: "other-EXAMPLE-0123"}
    with serving(Twilio()) as server, pytest.raises(CredentialError) as caught:
        asked(server.url, keys)
    assert caught.value.facts["vendor_code"] == "20003"
    assert "other-EXAMPLE-0123" not in f"{caught.value} {caught.value.hint} {caught.value.facts}"
