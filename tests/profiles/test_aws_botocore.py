"""What AWS's own library does for us: keys of a login session, and a word where it cannot."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from voicectl.core.errors import CredentialError
from voicectl.profiles.aws_botocore import of_library
from voicectl.profiles.ways import Library

SESSION = "arn:aws:iam::111122223333:user/me"
KEY = """-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIBSgDL2EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEoAoGCCqGSM49
-----END EC PRIVATE KEY-----"""


def log_in(place: Path) -> tuple[Path, dict[str, str]]:
    """Write what `aws login --profile p` leaves; return its config file, and where the library looks."""
    token = {
        "accessToken": {
            "accessKeyId": "ASIAEXAMPLE",
            "secretAccessKey": "CANARY-s",
            "sessionToken": "CANARY-t",
            "accountId": "111122223333",
            "expiresAt": "2099-01-01T00:00:00Z",
        },
        "tokenType": "aws_sigv4",
        "clientId": "arn:aws:signin:::devtools/same-device",
        "refreshToken": "CANARY-r",
        "idToken": "CANARY-i",
        "dpopKey": KEY,
    }
    (place / f"{sha256(SESSION.encode()).hexdigest()}.json").write_text(json.dumps(token))
    return configured(place), {"AWS_LOGIN_CACHE_DIRECTORY": str(place)}


def configured(place: Path) -> Path:
    config = place / "config"
    config.write_text(f"[profile p]\nlogin_session = {SESSION}\nregion = eu-west-1\n")
    return config


@pytest.fixture
def way(tmp_path: Path) -> Library:
    config = configured(tmp_path)
    return Library(place="AWS profile 'p'", profile="p", config=str(config), credentials=str(tmp_path / "no"))


@pytest.mark.slow
def test_a_login_sessions_keys_come_whole(
    way: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in log_in(tmp_path)[1].items():
        monkeypatch.setenv(name, value)
    found = of_library(way)
    assert (found.key_id, found.secret.reveal()) == ("ASIAEXAMPLE", "CANARY-s")
    assert found.security_token is not None
    assert found.expires_at is not None


def test_without_a_login_the_source_and_the_way_out_are_named(
    way: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_LOGIN_CACHE_DIRECTORY", str(tmp_path))
    with pytest.raises(CredentialError, match="AWS profile 'p': AWS's own library brings no keys") as caught:
        of_library(way)
    assert caught.value.hint == "aws login --profile 'p'"
