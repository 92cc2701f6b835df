"""SSO of AWS on loopback: the token that `aws sso login` left, its renewal, and each way to be broken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha1
from pathlib import Path
from typing import Any

import pytest

from tests.cloud.court import pairs_of
from tests.cloud.server import Answer, RawRequest
from tests.profiles.outsides import Loopback, loopback, shown
from voicectl.core.errors import CredentialError, TryLater

URL = "https://d-1.awsapps.example/start"
ABOUT = "sso_account_id = 111122223333\nsso_role_name = speaker\n"
FORMS = {
    "session": f"[sso-session s]\nsso_region = eu-west-1\nsso_start_url = {URL}\n"
    f"[profile p]\nsso_session = s\n{ABOUT}",
    "legacy": f"[profile p]\nsso_region = eu-west-1\nsso_start_url = {URL}\n{ABOUT}",
}
NAMES = {"session": "s", "legacy": URL}


@dataclass
class Portal:
    """Gives keys for the token that is good, and a new token for a refresh token that is."""

    good: str = "CANARY-access"
    refresh: str = "CANARY-refresh"
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    end: float = 4070908800.0

    def __call__(self, request: RawRequest) -> Answer:
        self.asked.append(request.path)
        if request.path in self.answers:
            return self.answers[request.path]
        if request.path == "/token":
            given = json.loads(request.body)
            assert (given["grantType"], given["clientId"], given["clientSecret"]) == (
                "refresh_token",
                "i",
                "c",
            )
            if given["refreshToken"] != self.refresh:
                return Answer(400, (), b'{"error": "invalid_grant"}')
            self.good, self.refresh = "CANARY-access-2", "CANARY-refresh-2"
            new = {"accessToken": self.good, "refreshToken": self.refresh, "expiresIn": 28800}
            return Answer(200, (), json.dumps(new).encode())
        assert dict(pairs_of(request.query)) == {"role_name": "speaker", "account_id": "111122223333"}
        if request.header("x-amz-sso_bearer_token") != self.good:
            return Answer(401, (), b'{"__type": "UnauthorizedException"}')
        keys = {"accessKeyId": "ASIANEW", "secretAccessKey": "CANARY-s", "sessionToken": "CANARY-t"}
        given = {"roleCredentials": {**keys, "expiration": int(self.end * 1000)}}
        return Answer(200, (), json.dumps(given).encode())


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[Any]:
    portal = Portal()
    with loopback(tmp_path, portal) as world:

        def make(form: str = "session", **token: object) -> tuple[Loopback, Portal, Path]:
            portal.end = (world.clock.now + timedelta(hours=1)).timestamp()
            kept = {
                "accessToken": "CANARY-access",
                "expiresAt": f"{world.clock.now + timedelta(hours=8):%Y-%m-%dT%H:%M:%SZ}",
                "refreshToken": "CANARY-refresh",
                "clientId": "i",
                "clientSecret": "c",
                "region": "eu-west-1",
            }
            world.file(".aws/config", FORMS[form])
            name = sha1(NAMES[form].encode()).hexdigest()
            path = world.file(f".aws/sso/cache/{name}.json", json.dumps({**kept, **token}))
            return world, portal, path

        yield make


P = {"AWS_PROFILE": "p"}


@pytest.mark.parametrize("form", list(FORMS))
def test_a_login_gives_the_keys_of_its_role_and_they_are_kept(worlds: Any, form: str) -> None:
    world, portal, _ = worlds(form)
    found = world.keys("aws", P)
    assert shown(found) == ("ASIANEW", "CANARY-s", "CANARY-t")
    assert found.identity == "111122223333/speaker"
    world.keys("aws", P)
    assert portal.asked == ["/federation/credentials"]


def test_a_token_near_its_end_is_renewed_and_left_where_aws_finds_it(worlds: Any) -> None:
    world, portal, path = worlds()
    world.clock.now += timedelta(hours=7, minutes=50)
    portal.end = (world.clock.now + timedelta(hours=1)).timestamp()
    world.keys("aws", P)
    assert portal.asked == ["/token", "/federation/credentials"]
    kept = json.loads(path.read_text())
    assert (kept["accessToken"], kept["refreshToken"]) == ("CANARY-access-2", "CANARY-refresh-2")
    assert kept["region"] == "eu-west-1"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_token_that_cannot_be_renewed_yet_serves_to_its_end(worlds: Any) -> None:
    world, portal, path = worlds(refreshToken="CANARY-dead")
    before = path.read_text()
    world.clock.now += timedelta(hours=7, minutes=50)
    portal.end = (world.clock.now + timedelta(minutes=5)).timestamp()
    assert world.keys("aws", P)
    world.clock.now += timedelta(minutes=11)
    with pytest.raises(CredentialError, match="AWS profile 'p': the SSO login has expired") as caught:
        world.keys("aws", P)
    assert caught.value.hint == "aws sso login --profile 'p'"
    assert path.read_text() == before


def test_the_older_form_is_never_renewed(worlds: Any) -> None:
    world, portal, _ = worlds("legacy")
    world.clock.now += timedelta(hours=9)
    with pytest.raises(CredentialError, match="has expired"):
        world.keys("aws", P)
    assert portal.asked == []


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"accessToken": "CANARY-x"}'])
def test_a_cache_that_holds_no_token_is_as_no_login(worlds: Any, text: str) -> None:
    world, _, path = worlds()
    path.write_text(text)
    with pytest.raises(CredentialError, match="there was none"):
        world.keys("aws", P)


@pytest.mark.parametrize(
    ("answer", "kind", "problem"),
    [
        (Answer(401), CredentialError, "login has expired"),
        (Answer(403, (), b'{"message": "CANARY-x"}'), CredentialError, "no keys for 'speaker'"),
        (Answer(200, (), b"{"), CredentialError, "no keys for 'speaker'"),
        (Answer(200, (), b'{"roleCredentials": {"accessKeyId": "a"}}'), CredentialError, "no secret"),
        (Answer(503), TryLater, "SSO is busy"),
    ],
)
def test_a_portal_that_gives_no_keys_is_named(
    worlds: Any, answer: Answer, kind: type[Exception], problem: str
) -> None:
    world, portal, _ = worlds()
    portal.answers["/federation/credentials"] = answer
    with pytest.raises(kind, match=problem) as caught:
        world.keys("aws", P)
    assert "AWS profile 'p'" in str(caught.value)
    assert "CANARY" not in str(caught.value)
