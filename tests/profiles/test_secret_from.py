"""What a profile only points to: whole keys or a lone secret, and each way in which that can be broken."""

from __future__ import annotations

import json
import shlex
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from voicectl.core.credentials import Credentials
from voicectl.core.errors import ConfigError, CredentialError, VoicectlError
from voicectl.core.profile import Profile
from voicectl.profiles.forms import form_of
from voicectl.profiles.programs import output_of
from voicectl.profiles.secret_from import References
from voicectl.profiles.sources import StoredSource

NOW = datetime(2026, 1, 2, tzinfo=UTC)
CANARY = "CANARY-s-EXAMPLE"
AWS = {"Version": 1, "AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": CANARY, "SessionToken": "CANARY-t"}
ALIYUN = {"mode": "StsToken", "access_key_id": "ASIAEXAMPLE", "access_key_secret": CANARY}
EXTERNAL = {**ALIYUN, "sts_token": "CANARY-t", "expiration": "2026-01-02T01:00:00Z"}


def found(
    tmp_path: Path, reference: str, vendor: str = "aws", key_id: str = "", **environment: str
) -> Credentials:
    told = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", **environment}
    references = References(environment=told)
    kind = form_of(vendor).kinds[0]
    profile = Profile(
        name="x",
        vendor=vendor,
        settings={kind.key_id: key_id} if key_id else {},
        secrets={kind.secret: reference},
    )
    source = StoredSource(
        profile=profile,
        kind=kind,
        stores={},
        read=lambda text, place, anew: references.text(text, place, anew=anew),
    )
    keys = source.credentials(NOW)
    assert keys is not None
    return keys


def printing(text: str) -> str:
    return f"cmd:printf %s {shlex.quote(text)}"


def refused(tmp_path: Path, reference: str, said: str, code: int, **more: str) -> None:
    with pytest.raises(VoicectlError) as caught:
        found(tmp_path, reference, **more)
    error = caught.value
    assert said in str(error)
    assert error.exit == code
    assert "profile x" in str(error) or "profile 'x'" in str(error)
    shown = f"{error} {error.hint}"
    assert CANARY not in shown


@pytest.mark.parametrize("keys", [AWS, EXTERNAL], ids=["aws", "aliyun"])
@pytest.mark.parametrize("vendor", ["aws", "aliyun", "volcengine", "tencent"])
def test_json_of_a_program_serves_every_vendor_whole(
    tmp_path: Path, vendor: str, keys: dict[str, object]
) -> None:
    got = found(tmp_path, printing(json.dumps(keys)), vendor)
    assert (got.key_id, got.secret.reveal()) == ("ASIAEXAMPLE", CANARY)
    assert got.security_token is not None
    assert (got.expires_at is not None) == (keys is EXTERNAL)


def test_a_file_may_hold_whole_keys_too_and_lie_at_home(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(json.dumps(AWS))
    assert found(tmp_path, "file:~/keys").key_id == "ASIAEXAMPLE"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{CANARY}\n{CANARY}", "blanks or line breaks"),
        (f" {CANARY}", "blanks or line breaks"),
        (CANARY, "no 'access_key_id'"),
        ("{", "no JSON object"),
        (json.dumps({**AWS, "Version": 2}), "version 2"),
        (json.dumps({"SecretAccessKey": CANARY}), "no key id"),
        (json.dumps({"Version": 1}), "without keys"),
        (json.dumps({**AWS, "SessionToken": ""}), "session token is missing"),
        (json.dumps({**AWS, "Expiration": "2020-01-01T00:00:00Z"}), "have expired"),
        (json.dumps({**AWS, "SecretAccessKey": f"{CANARY} "}), "blanks"),
        (json.dumps(ALIYUN), "without its token"),
    ],
)
def test_output_that_is_no_key_is_refused(tmp_path: Path, text: str, said: str) -> None:
    key_id = "AKIAEXAMPLE" if "line breaks" in said and not text.startswith("{") else ""
    refused(tmp_path, printing(text), said, 77, key_id=key_id)


def test_keys_of_another_id_than_the_profiles_are_refused(tmp_path: Path) -> None:
    refused(tmp_path, printing(json.dumps(AWS)), "another key id", 77, key_id="AKIAEXAMPLE")


@pytest.mark.parametrize(
    ("reference", "code", "said"),
    [
        ("cmd:no-such-program-here", 78, "no program 'no-such-program-here'"),
        ("cmd:./here", 78, "neither on PATH nor absolute"),
        ("cmd:/no/such/program", 78, "no program '/no/such/program'"),
        ("cmd:cat 'open", 78, "cannot be split"),
        ("cmd:false", 77, "exit code 1"),
        ("cmd:true", 77, "it printed nothing"),
        ("cmd:head -c 70000 /dev/zero", 77, "more than 65536 bytes"),
        ("cmd:printf '\\377'", 77, "no text"),
        ("file:/no/such/file", 78, "cannot read /no/such/file"),
        ("file:/dev/null", 77, "no secret in /dev/null"),
        ("env:NOT_SET", 77, "NOT_SET is not set"),
    ],
)
def test_a_reference_that_leads_nowhere_is_named(
    tmp_path: Path, reference: str, code: int, said: str
) -> None:
    refused(tmp_path, reference, said, code)


def test_the_words_of_a_command_are_no_shells(tmp_path: Path) -> None:
    assert output_of("echo '$HOME' ; id > x `id`", {"PATH": "/usr/bin:/bin"}, "p") == "$HOME ; id > x `id`"


def test_a_program_of_the_working_directory_is_never_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").write_text("#!/bin/sh\necho x\n")
    (tmp_path / "mine").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    for path in ("", ".", f".:{':'.join(['', ''])}"):
        with pytest.raises(ConfigError, match="no program"):
            output_of("mine", {"PATH": path}, "p")


def test_a_program_that_hangs_is_ended_and_what_it_started_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "hangs"
    path.write_text("#!/bin/sh\nsleep 3 &\nsleep 3\n")
    path.chmod(0o755)
    began = time.monotonic()
    with pytest.raises(CredentialError, match=r"no answer for 0\.2 s"):
        output_of(str(path), {"PATH": "/usr/bin:/bin"}, "p", limit_seconds=0.2)
    assert time.monotonic() - began < 1.5


def test_a_program_is_run_once_until_its_keys_go_stale(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    path = tmp_path / "counts"
    path.write_text(f"#!/bin/sh\necho run >>{runs}\necho '{json.dumps(EXTERNAL)}'\n")
    path.chmod(0o755)
    references = References(environment={"PATH": "/usr/bin:/bin"})
    kind = form_of("aliyun").kinds[0]
    profile = Profile(name="x", vendor="aliyun", secrets={kind.secret: f"cmd:{path}"})
    source = StoredSource(
        profile=profile,
        kind=kind,
        stores={},
        read=lambda text, place, anew: references.text(text, place, anew=anew),
    )
    for minute, count in ((0, 1), (57, 1), (59, 2)):
        source.credentials(NOW.replace(minute=minute))
        assert runs.read_text().count("run") == count, minute
    assert CANARY not in repr(source) + repr(references)
