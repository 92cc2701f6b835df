"""When what the gateway speaks with dies: told where it is known, and nobody is asked for it."""

from __future__ import annotations

import io
import re
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.cloud.nls import APPKEY, KEY
from tests.cloud.nls_account import Customer, customer_of
from tests.cloud.server import Answer, RawRequest, serving
from tests.conftest import ALONE, Program
from tests.gateway.house import NO_LIMITS, program, running
from voicectl.accounts import ends_of
from voicectl.core.credentials import Credentials, Secret
from voicectl.core.options import Options
from voicectl.gateway.expiry import Expiries
from voicectl.gateway.serve import listening
from voicectl.gateway.team_start import sandbox
from voicectl.runtime import Runtime
from voicectl.world import World

NAME = "voicectl_gateway_credential_expiry_seconds"
END = datetime(2030, 1, 1, tzinfo=UTC)


def runtime(home: Path, *, vendor: str = "aws", profile: str = "", **variables: str) -> Runtime:
    """Return what a dry run is wired with."""
    environ = {**ALONE, "HOME": str(home), "PYTHON_KEYRING_BACKEND": "nobody.has.This", **variables}
    world = World(
        environ=environ,
        stdin=io.StringIO(),
        stdout=sys.stdout,
        stderr=sys.stderr,
        monotonic=time.monotonic,
    )
    return Runtime(world, Options(vendor="" if profile else vendor, profile=profile, dry_run=True))


def aws(**more: str) -> Mapping[str, str]:
    keys = {"AWS_ACCESS_KEY_ID": "ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "EXAMPLE", "AWS_SESSION_TOKEN": "E"}
    return {**keys, **more}


def test_keys_in_variables_end_when_they_say(tmp_path: Path) -> None:
    assert ends_of(runtime(tmp_path, **aws(AWS_CREDENTIAL_EXPIRATION="2030-01-01T00:00:00Z")))() == END
    assert ends_of(runtime(tmp_path, **aws()))() is None


def test_a_profile_before_variables_has_no_end_that_is_theirs(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir(mode=0o700)
    text = '[profile.work]\nvendor = "aws"\naccess_key_id = "AKIAEXAMPLE"\n[profile.work.secrets]\n'
    (folder / "profiles.toml").write_text(text + 'secret_access_key = "keyring"\n')
    (folder / "profiles.toml").chmod(0o600)
    told = aws(AWS_CREDENTIAL_EXPIRATION="2030-01-01T00:00:00Z", VOICECTL_CONFIG_DIR=str(folder))
    assert ends_of(runtime(tmp_path, profile="work", **told))() is None


def test_a_role_ends_with_its_session_which_nobody_asks_for(tmp_path: Path) -> None:
    (tmp_path / ".aws").mkdir()
    static = "[base]\naws_access_key_id=AKIAEXAMPLE\naws_secret_access_key=EXAMPLE\n"
    (tmp_path / ".aws/credentials").write_text(static)
    role = "[profile dev]\nrole_arn=arn:aws:iam::1:role/r\nsource_profile=base\nregion=eu-west-1\n"
    (tmp_path / ".aws/config").write_text(role)
    sts: list[RawRequest] = []

    def refuse(request: RawRequest) -> Answer:
        sts.append(request)
        return Answer(500)

    with serving(refuse) as server:
        where = {"AWS_PROFILE": "dev", "VOICECTL_ENDPOINT_URL": server.url}
        held = runtime(tmp_path, **where)
        ends = ends_of(held)
        assert ends() is None
        session = held.elsewhere.session(held.choice())
        assert session is not None
        kept = replace(session, outside=replace(session.outside, cached=_with(session.outside.cached)))
        kept._kept().renew(datetime.now(UTC))
        assert ends() == END
    assert sts == []


def _with(cached: Any) -> Any:
    """Return the same cache, over an issuer that needs nobody."""
    issued = Credentials(key_id="ASIA", secret=Secret("s"), security_token=Secret("t"), expires_at=END)
    return lambda owner, issue: cached(owner, lambda: issued)


def test_the_clock_runs_on_while_nobody_looks() -> None:
    now = [END.timestamp() - 60]
    ends: list[datetime | None] = [END]
    expiries = Expiries([replace(sandbox(), name="work", ends=lambda: ends[0])], lambda: now[0])
    assert expiries.left() == {}
    expiries.look()
    assert expiries.left() == {("work",): 60}
    now[0] += 90
    assert expiries.left() == {("work",): -30}
    ends[0] = None
    expiries.look()
    assert expiries.left() == {}


@pytest.mark.slow
def test_a_scrape_tells_it_for_each_profile_and_looks_at_nothing(tmp_path: Path) -> None:
    looked: list[float] = []

    def ends() -> datetime:
        looked.append(time.monotonic())
        return datetime.now(UTC) + timedelta(seconds=100)

    served = [replace(sandbox(), name="one", ends=ends), replace(sandbox(), name="two")]
    with running(tmp_path / "g", *served, env="test") as team:
        until = time.monotonic() + 5
        while NAME + "{" not in (told := team.metrics()):
            assert time.monotonic() < until
            time.sleep(0.01)
        for _ in range(5):
            team.metrics()
        team.speak(team.keys.issue(env="test", limits=NO_LIMITS))
    found = re.findall(rf'{NAME}{{profile="(\w+)"}} (\S+)', told)
    assert [name for name, _ in found] == ["one"]
    assert 95 < float(found[0][1]) <= 100
    assert len(looked) == 1


@pytest.fixture
def customer(voicectl: Program) -> Iterator[Customer]:
    with customer_of(voicectl) as made:
        yield made


PROFILE = """
[profile.work]
vendor = "aliyun"
region = "cn-shanghai"
access_key_id = "{}"
nls_appkey = "{}"
[profile.work.secrets]
access_key_secret = "keyring"
"""
TRAP = """
from pathlib import Path
from keyring.backends.null import Keyring as Null
class Keyring(Null):
    priority = 9
    def get_password(self, service, username):
        Path({!r}).write_text(username)
        return "EXAMPLE"
"""


def test_the_program_tells_of_a_token_that_was_kept_and_asks_neither_vendor_nor_keyring(
    customer: Customer,
) -> None:
    assert customer("token", "refresh").returncode == 0
    folder, trap = customer.home / ".config/voicectl", customer.home / "asked"
    folder.mkdir(mode=0o700, parents=True)
    (folder / "profiles.toml").write_text(PROFILE.format(KEY.key_id, APPKEY))
    (folder / "profiles.toml").chmod(0o600)
    (customer.home / "trap.py").write_text(TRAP.format(str(trap)))
    with listening("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    environ = {
        "VOICECTL_ENDPOINT_URL": customer.server.url,
        "PYTHON_KEYRING_BACKEND": "trap.Keyring",
        "PYTHONPATH": str(customer.home),
        "VOICECTL_NO_KEYRING": "",
    }
    words = ("--profile", "work", "--metrics-port", str(port))
    with program(customer.home, *words, environ=environ) as team:
        until = time.monotonic() + 10
        while NAME + "{" not in (told := urlopen(f"http://127.0.0.1:{port}/metrics").read().decode()):
            assert time.monotonic() < until, told
            time.sleep(0.05)
        assert (len(customer.nls.created), trap.exists()) == (1, False)
        customer.nls.forget_tokens()
        key = team.keys.issue()
        time.sleep(0.7)
        assert team.speak(key, "你好", voice="xiaoyun").status == 502
        assert trap.exists(), "the trap is none"
    left = float(re.findall(rf'{NAME}{{profile="work"}} (\S+)', told)[0])
    assert 86_000 < left <= 86_400
    assert not any(token in told for token in customer.nls.created)
