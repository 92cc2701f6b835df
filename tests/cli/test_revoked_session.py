"""A role's session that dies before its time: made anew once, also where it serves to get another token."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta

from tests.cloud.court import Account, pairs_of, system_now
from tests.cloud.nls import APPKEY, Nls
from tests.cloud.server import Answer, RawRequest, serving
from tests.conftest import Program

SESSION = Account("STS.EXAMPLE", "EXAMPLE-secret-of-the-session")
CONFIG = {
    "current": "dev",
    "profiles": [
        {
            "name": "dev",
            "mode": "RamRoleArn",
            "access_key_id": "LTAIEXAMPLE",
            "access_key_secret": "EXAMPLE-secret-of-the-user",
            "ram_role_arn": "acs:ram::1:role/r",
            "ram_session_name": "s",
            "region_id": "cn-shanghai",
        }
    ],
}


@dataclass
class Cloud:
    """STS and NLS behind one address; only the newest session is good."""

    nls: Nls = field(default_factory=Nls)
    sessions: int = 0
    is_closed: bool = False

    def __call__(self, request: RawRequest) -> Answer:
        if dict(pairs_of(request.query)).get("Action") != "AssumeRole":
            return self.nls(request)
        self.sessions += 1
        token = f"EXAMPLE-session-{self.sessions}"
        good = f"{token}-closed" if self.is_closed else token
        self.nls.judge.accounts = (Account(SESSION.key_id, SESSION.secret, token=good),)
        keys = {"AccessKeyId": SESSION.key_id, "AccessKeySecret": SESSION.secret, "SecurityToken": token}
        end = f"{system_now() + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
        body = {"RequestId": "R", "Credentials": {**keys, "Expiration": end}}
        return Answer(200, (("Content-Type", "application/json"),), json.dumps(body).encode())

    def revoke(self) -> None:
        """End the session that was given out, and every token that was got with it."""
        self.nls.judge.accounts = (Account(SESSION.key_id, SESSION.secret, token="EXAMPLE-none"),)
        self.nls.forget_tokens()


def say(voicectl: Program, url: str) -> int:
    file = voicectl.home / ".aliyun/config.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(CONFIG))
    names = {"VOICECTL_VENDOR": "aliyun", "ALIYUN_NLS_APPKEY": APPKEY, "VOICECTL_ENDPOINT_URL": url}
    names["VOICECTL_NO_CACHE"] = "1"
    return voicectl("say", "x", "-o", "x.wav", env=names).returncode


def test_a_session_that_was_revoked_is_made_anew_behind_the_speech_token(voicectl: Program) -> None:
    cloud = Cloud()
    with serving(cloud) as server:
        assert [say(voicectl, server.url), say(voicectl, server.url)] == [0, 0]
        assert (cloud.sessions, len(cloud.nls.created)) == (1, 1)
        cloud.revoke()
        assert say(voicectl, server.url) == 0
        assert (cloud.sessions, len(cloud.nls.created)) == (2, 2)


def test_a_role_that_was_taken_away_is_asked_for_once_more_and_no_more(voicectl: Program) -> None:
    cloud = Cloud()
    with serving(cloud) as server:
        assert say(voicectl, server.url) == 0
        cloud.revoke()
        cloud.is_closed = True
        assert say(voicectl, server.url) == 77
        assert (cloud.sessions, len(cloud.nls.created)) == (2, 1)
