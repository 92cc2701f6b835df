"""A profile is tested by a call that costs nothing, and where there is none that is said."""

from __future__ import annotations

import pytest

from tests.cloud.emotivoice import Gateway, OpenServer, demo_page
from tests.cloud.server import Respond, Server, serving
from tests.vendors.emotivoice.account import KEY, account
from voicectl.core.errors import BrokenAnswer, ConfigError, CredentialError, Unsupported
from voicectl.core.identity import Caller


def asked(api: str, respond: Respond, key: str = KEY) -> tuple[Caller, Server]:
    with serving(respond) as server:
        card, access = account(api, f"{server.url}/v1", key)
        assert card.identity is not None
        return card.identity(access).ask(), server


def test_the_open_server_tells_that_it_speaks_and_wants_no_key() -> None:
    service = OpenServer(paths=("/docs", "/v1/audio/speech"))
    caller, server = asked("openai", service, key="")
    assert (caller, service.spoken) == (Caller(request_id="gw-EXAMPLE"), [])
    assert [request.header("authorization") for request in server.requests] == [None]


def test_a_gateway_lists_models_to_a_key_that_it_takes() -> None:
    service = Gateway()
    assert asked("v1tts", service)[0] == Caller(request_id="gw-EXAMPLE")
    assert (service.spoken, service.fetched) == ([], [])


@pytest.mark.parametrize(
    ("api", "respond"),
    [("openai", OpenServer(key="other")), ("v1tts", Gateway(key="other"))],
    ids=["proxy", "gateway"],
)
def test_a_key_that_is_not_taken_is_told(api: str, respond: Respond) -> None:
    with pytest.raises(CredentialError, match="Invalid API"):
        asked(api, respond)


@pytest.mark.parametrize(
    ("api", "respond", "said"),
    [
        ("openai", OpenServer(paths=()), "has no /openapi.json"),
        ("v1tts", Gateway(models=None), "has no /v1/models"),
        ("youdao", Gateway(), "Youdao has no call"),
    ],
    ids=["server", "gateway", "youdao"],
)
def test_where_there_is_no_such_call_it_is_said(api: str, respond: Respond, said: str) -> None:
    with pytest.raises(Unsupported, match=said) as caught:
        asked(api, respond)
    assert "say hi" in caught.value.hint


def test_another_server_and_the_demo_are_told_apart() -> None:
    with pytest.raises(BrokenAnswer, match="no server that speaks"):
        asked("openai", OpenServer(paths=("/other",)))
    with pytest.raises(CredentialError) as caught:
        asked("openai", demo_page)
    assert "the API is on 8000" in caught.value.hint


def test_without_a_form_or_a_place_nobody_is_asked() -> None:
    for api, url in (("", "http://127.0.0.1:1"), ("openai", "")):
        card, access = account(api, url)
        assert card.identity is not None
        with pytest.raises(ConfigError):
            card.identity(access)


@pytest.mark.parametrize("api", ["openai", "v1tts", "youdao"])
def test_the_place_that_commands_go_to_is_named_for_the_doctor(api: str) -> None:
    card, access = account(api, "http://127.0.0.1:9")
    assert card.identity is not None
    assert [place.host for place in card.identity(access).endpoints()] == ["127.0.0.1:9"]
