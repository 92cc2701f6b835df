"""What `sign curl` prints, run by a real shell with a real curl: the vendors' own code accepts it."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest

from tests.cloud.cases import CASES, LASTING, TEMPORARY, Case
from tests.cloud.court import Account
from tests.cloud.server import serving
from tests.conftest import Program

NAMES = {
    "aws": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    "aliyun": (
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        "ALIBABA_CLOUD_SECURITY_TOKEN",
    ),
    "volcengine": ("VOLCENGINE_ACCESS_KEY", "VOLCENGINE_SECRET_KEY", "VOLCENGINE_SESSION_TOKEN"),
    "tos4": ("VOLCENGINE_ACCESS_KEY", "VOLCENGINE_SECRET_KEY", "VOLCENGINE_SESSION_TOKEN"),
    "tencent": ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_TOKEN"),
}
"""Where each vendor's keys are, by the beginning of the scheme's name."""


def words(case: Case, host: str) -> list[str]:
    """Return the flags that describe a case's request, sent to this host."""
    request = replace(case.request, host=host, scheme="http")
    found = ["--scheme", case.scheme, "--method", request.method, "--url", request.url]
    for name, value in request.headers:
        found += ["-H", f"{name}: {host if name == 'Host' else value}"]
    for name, value in case.options.items():
        found += ["--option", f"{name}={str(value).lower() if value is True else value}"]
    found += ["--region", case.region] if case.region else []
    found += ["--service", case.service] if case.service else []
    return [*found, "--data", "@-"] if request.body else found


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("account", [LASTING, TEMPORARY], ids=["lasting", "temporary"])
def test_the_command_is_accepted_and_prints_no_token(name: str, account: Account, voicectl: Program) -> None:
    case, court = CASES[name], CASES[name].court()
    keys = next(keys for start, keys in NAMES.items() if case.scheme.startswith(start))
    env = dict(zip(keys, (account.key_id, account.secret, account.token), strict=True))
    env = {key: value for key, value in env.items() if value}
    with serving(court) as server:  # type: ignore[arg-type]
        asked, body = ("sign", "curl", *words(case, server.host)), case.request.body
        made = voicectl(*asked, stdin=body, env=env)
        if "--with-token" in made.stderr:
            made = voicectl(*asked, "--with-token", stdin=body, env=env)
        elif account.token:
            assert account.token not in made.stdout
        assert made.returncode == 0, made.stderr
        shell = subprocess.run(
            ["bash", "-eu", "-c", made.stdout],
            env=voicectl.environment({**env, "no_proxy": "*"}),
            capture_output=True,
            timeout=20,
            check=False,
        )
    assert (court.refusals, shell.returncode, len(server.requests)) == ([], 0, 1), shell.stderr.decode()
    assert server.requests[0].body == body
