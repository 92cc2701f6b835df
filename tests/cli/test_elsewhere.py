"""Keys from roles, machines and programs through the real process: accepted, kept, shared, never shown."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock

import pytest

from tests.cli.test_profile import typed
from tests.cloud.aws import AwsJudge
from tests.cloud.court import Account, pairs_of
from tests.cloud.server import Answer, RawRequest, Server, serving
from tests.conftest import Program

LASTING = Account("AKIAEXAMPLE", "CANARY-lasting-EXAMPLE")
SHORT = Account("ASIAEXAMPLE", "CANARY-short-EXAMPLE", token="CANARY-token-EXAMPLE")
METADATA = "/latest/meta-data/iam/security-credentials/"


class Cloud:
    """AWS on loopback: its STS, judged by botocore, and an instance's metadata service."""

    def __init__(self) -> None:
        self.actions: list[str] = []
        self.codes: list[str] = []
        self.seen: set[str] = set()
        self._lock = Lock()
        self._judge = AwsJudge((LASTING, SHORT), serve=self._serve, service="sts", region="eu-west-1")

    def __call__(self, request: RawRequest) -> Answer:
        with self._lock:
            self.seen |= processes()
            return self._beside(request) if request.path.startswith("/latest/") else self._judge(request)

    def _beside(self, request: RawRequest) -> Answer:
        if request.method == "PUT":
            return Answer(200, (), b"t0ken")
        if request.path == METADATA:
            return Answer(200, (), b"my-role")
        return Answer(200, (), json.dumps({"Code": "Success", **keys()}).encode())

    def _serve(self, request: RawRequest) -> Answer:
        form = dict(pairs_of(request.body.decode()))
        action = form["Action"]
        self.actions.append(action)
        self.codes += [form["TokenCode"]] if "TokenCode" in form else []
        if action == "GetCallerIdentity":
            return Answer(200, (("Content-Type", "text/xml"),), b"<Arn>arn:aws:sts::1:assumed-role/r/s</Arn>")
        given = {"SessionToken" if name == "Token" else name: text for name, text in keys().items()}
        inner = "".join(f"<{name}>{text}</{name}>" for name, text in given.items())
        return Answer(200, (("Content-Type", "text/xml"),), f"<Credentials>{inner}</Credentials>".encode())


def keys() -> dict[str, str]:
    return {
        "AccessKeyId": SHORT.key_id,
        "SecretAccessKey": SHORT.secret,
        "Token": SHORT.token,
        "Expiration": f"{datetime.now(UTC) + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
    }


def processes() -> set[str]:
    """Return the command lines of all processes that can be looked at."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.add(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


@pytest.fixture
def server(cloud: Cloud) -> Iterator[Server]:
    with serving(cloud) as server:
        yield server


def run(voicectl: Program, server: Server, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    every = ("--vendor", "aws", "--region", "eu-west-1", "--endpoint-url", server.url, "--debug")
    done = voicectl("profile", "test", *every, *words, env=env)
    assert "CANARY" not in done.stdout + done.stderr
    return done


@pytest.fixture
def role(voicectl: Program) -> Program:
    folder = voicectl.home / ".aws"
    folder.mkdir()
    static = f"[base]\naws_access_key_id={LASTING.key_id}\naws_secret_access_key={LASTING.secret}\n"
    (folder / "credentials").write_text(static)
    wanted = "role_arn=arn:aws:iam::1:role/r\nsource_profile=base\nregion=eu-west-1\n"
    (folder / "config").write_text(f"[profile dev]\n{wanted}[profile mfa]\n{wanted}mfa_serial=arn:1\n")
    return voicectl


def test_a_role_is_assumed_once_and_its_keys_are_accepted(
    role: Program, server: Server, cloud: Cloud
) -> None:
    for _ in range(2):
        done = run(role, server, AWS_PROFILE="dev")
        assert done.returncode == 0, done.stderr
    assert cloud.actions == ["AssumeRole", "GetCallerIdentity", "GetCallerIdentity"]
    assert not [line for line in cloud.seen if "CANARY" in line]
    kept = [
        path for path in (role.home / ".local/state").rglob("*") if path.is_file() and path.stat().st_size
    ]
    assert [path.stat().st_mode & 0o777 for path in kept] == [0o600]


@pytest.mark.slow
def test_fifty_processes_assume_a_role_once(role: Program, server: Server, cloud: Cloud) -> None:
    with ThreadPoolExecutor(10) as pool:
        done = list(pool.map(lambda _: run(role, server, AWS_PROFILE="dev").returncode, range(50)))
    assert done == [0] * 50
    assert (cloud.actions.count("AssumeRole"), cloud.actions.count("GetCallerIdentity")) == (1, 50)


def test_an_instances_role_is_found_without_any_profile(
    voicectl: Program, server: Server, cloud: Cloud
) -> None:
    told = {"AWS_EC2_METADATA_DISABLED": "", "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url}
    proxies = {"HTTP_PROXY": "http://127.0.0.1:1", "http_proxy": "http://127.0.0.1:1"}
    done = run(voicectl, server, **told, **proxies)
    assert (done.returncode, cloud.actions) == (0, ["GetCallerIdentity"]), done.stderr


def test_without_a_session_nothing_is_signed_or_sent_for_one(
    role: Program, server: Server, cloud: Cloud
) -> None:
    words = ("sign", "debug", "--vendor", "aws", "--service", "polly", "--url", f"{server.url}/")
    done = role(*words, env={"AWS_PROFILE": "dev"})
    assert (done.returncode, "voicectl token refresh" in done.stderr) == (77, True), done.stderr
    assert cloud.actions == []
    run(role, server, AWS_PROFILE="dev")
    again = role(*words, "--region", "eu-west-1", "--endpoint-url", server.url, env={"AWS_PROFILE": "dev"})
    assert (again.returncode, "ASIAEXAMPLE" in again.stdout) == (0, True), again.stderr


def test_a_session_is_made_looked_at_and_made_anew_by_the_token_commands(
    role: Program, server: Server, cloud: Cloud
) -> None:
    every = ("--vendor", "aws", "--region", "eu-west-1", "--endpoint-url", server.url)
    env = {"AWS_PROFILE": "dev"}
    assert role("token", "inspect", *every, env=env).returncode == 77
    made = role("token", "refresh", *every, env=env)
    row = json.loads(made.stdout)
    assert (row["kind"], row["source"]) == ("session", "AWS profile 'dev'")
    assert (row["identity"], row["stale"]) == ("arn:aws:iam::1:role/r/voicectl", False)
    assert role("token", "inspect", "--min-ttl", "50m", *every, env=env).returncode == 0
    assert cloud.actions == ["AssumeRole"]
    assert role("token", "refresh", "--force", *every, env=env).returncode == 0
    assert cloud.actions == ["AssumeRole"] * 2
    printed = role("token", "print", *every, env=env)
    assert (printed.returncode, printed.stdout, "auth env" in printed.stderr) == (2, "", True)
    assert "CANARY" not in made.stdout + made.stderr + printed.stderr


def test_nobody_to_ask_for_a_code_is_an_error_that_names_the_device(role: Program, server: Server) -> None:
    done = run(role, server, AWS_PROFILE="mfa")
    assert (done.returncode, "MFA device arn:1" in done.stderr) == (77, True), done.stderr


def test_on_a_terminal_the_code_is_asked_for(role: Program, server: Server, cloud: Cloud) -> None:
    words = ("profile", "test", "--vendor", "aws", "--region", "eu-west-1", "--endpoint-url", server.url)
    asked = Program(role.home, {"AWS_PROFILE": "mfa"})
    shown, code = typed(asked, words, [("MFA code of arn:1:", "123456")])
    assert code == 0, shown
    assert cloud.codes == ["123456"]


@pytest.mark.parametrize(
    ("words", "env", "used"),
    [
        ((), {}, "AKIASTORED"),
        ((), {"AWS_PROFILE": "base"}, LASTING.key_id),
        (("-p", "work"), {"AWS_PROFILE": "base"}, "AKIASTORED"),
        (
            (),
            {"AWS_PROFILE": "base", "AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "CANARY-e"},
            "AKIAENV",
        ),
    ],
)
def test_an_account_that_a_variable_names_goes_before_the_default_profile_only(
    role: Program, words: tuple[str, ...], env: dict[str, str], used: str
) -> None:
    add = ("profile", "add", "work", "--vendor", "aws", "--store", "file", "--secret-stdin")
    assert role(*add, "--set", "access_key_id=AKIASTORED", stdin="CANARY-stored").returncode == 0
    sign = ("sign", "debug", "--region", "r", "--service", "polly", "--url", "https://polly.example/")
    done = role(*sign, *words, env=env)
    assert (done.returncode, f"Credential={used}/" in done.stdout) == (0, True), done.stderr


def test_a_login_session_wants_awss_own_library(voicectl: Program, server: Server) -> None:
    (voicectl.home / ".aws").mkdir()
    (voicectl.home / ".aws/config").write_text("[profile p]\nlogin_session = arn:aws:iam::1:user/me\n")
    # A folder that hides the library, as where the extra is not installed.
    hidden = voicectl.home / "hidden/botocore"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text("raise ImportError('not here')\n")
    absent = run(voicectl, server, AWS_PROFILE="p", PYTHONPATH=str(hidden.parent))
    assert (absent.returncode, "pip install 'voicectl[aws]'" in absent.stderr) == (69, True), absent.stderr
    there = run(voicectl, server, AWS_PROFILE="p")
    assert (there.returncode, "AWS's own library brings no keys" in there.stderr) == (77, True), there.stderr


def test_nobody_having_keys_names_every_place(voicectl: Program, server: Server) -> None:
    done = run(voicectl, server)
    assert (done.returncode, "environment, aws's own files and roles had none" in done.stderr) == (77, True)


def test_keys_in_a_file_load_no_way_out(role: Program) -> None:
    code = (
        "import sys; from voicectl.__main__ import main\n"
        "try: main()\nfinally: assert 'httpx' not in sys.modules"
    )
    words = ("sign", "debug", "--vendor", "aws", "--region", "r", "--service", "s", "--url", "https://h/")
    command = [role.command()[0], "-c", code, *words]
    environment = role.environment({"AWS_PROFILE": "base"})
    assert subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0


def test_keys_in_variables_load_none_of_this(voicectl: Program) -> None:
    code = (
        "import sys; from voicectl.cli.app import run\n"
        "code = run(sys.argv[1:])\n"
        "print([name for name in sys.modules if name in UNWANTED], file=sys.stderr); sys.exit(code)"
    )
    unwanted = [
        f"voicectl.profiles.{name}"
        for name in ("theirs", "fulfil", "sts", "metadata", "secret_from", "programs", "aws_files", "ways")
    ]
    words = ("sign", "debug", "--vendor", "aws", "--region", "r", "--service", "s", "--url", "https://h/")
    env = {"AWS_ACCESS_KEY_ID": LASTING.key_id, "AWS_SECRET_ACCESS_KEY": LASTING.secret}
    command = [voicectl.command()[0], "-c", code.replace("UNWANTED", repr(unwanted)), *words]
    done = subprocess.run(command, env=voicectl.environment(env), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, "[]")
