"""No secret leaves where it rests: every command on accounts, with --debug, in keyring, variables and files.

A hook inside each process notes every program it starts, with words and environment.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.cloud.aws import AwsJudge
from tests.cloud.court import Account
from tests.cloud.server import Answer, RawRequest, Server, serving
from tests.conftest import Program
from tests.profiles.keyring_session import MISSING, keyring, own_home

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
]
CANARIES = {
    "keyring": "CANARYkeyringEXAMPLE0123456789",
    "file": "CANARYfileEXAMPLE0123456789abc",
    "variable": "CANARYvariableEXAMPLE012345678",
    "token": "CANARYtokenEXAMPLE0123456789ab",
    "new": "CANARYnewEXAMPLE0123456789abcd",
    "bearer": "CANARYbearerEXAMPLE0123456789a",
}
MARK = "CANARY"
HOOK = """
import json, os, sys
def note(event, args):
    if event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"):
        words = [str(each) for each in args[:2]]
        environ = args[-1] if event != "os.system" else None
        environ = dict(os.environ) if environ is None else {str(k): str(v) for k, v in dict(environ).items()}
        with open(os.environ["NOTES"], "a") as file:
            print(json.dumps({"event": event, "words": words, "environ": environ}), file=file)
sys.addaudithook(note)
with open(os.environ["NOTES"], "a") as file:
    words = open("/proc/self/cmdline", "rb").read().decode()
    print(json.dumps({"event": "start", "words": [words], "environ": {}}), file=file)
"""
STS = b"<R><Arn>arn:aws:iam::1:user/x</Arn><RequestId>r</RequestId></R>"


def answer(request: RawRequest) -> Answer:
    """Be AWS's STS, or a server that repeats the key that it refuses."""
    if request.method == "GET":
        repeated = request.header("authorization") or "nobody"
        body = json.dumps({"error": {"message": f"wrong key: {repeated}", "code": "invalid_api_key"}})
        return Answer(401, (("Content-Type", "application/json"),), body.encode())
    accounts = [Account("AKIAEXAMPLE", CANARIES["keyring"])]
    judge = AwsJudge(
        accounts=accounts, region="eu-west-1", service="sts", serve=lambda _: Answer(200, (), STS)
    )
    return judge(request)


@dataclass
class Watch:
    """Runs commands, and looks afterwards at all that they left behind."""

    program: Program
    environ: Mapping[str, str]
    shown: list[str] = field(default_factory=list)

    def run(self, *words: str, stdin: str = "", env: Mapping[str, str] | None = None, code: int = 0) -> str:
        logs = (
            "--debug",
            "--log-file",
            str(self.program.home / "log"),
            "--debug-file",
            str(self.program.home / "debug"),
        )
        done = self.program(*words[:1], *logs, *words[1:], stdin=stdin, env={**self.environ, **(env or {})})
        assert done.returncode == code, (words, done.stdout, done.stderr)
        self.shown.append(done.stdout + done.stderr)
        return done.stdout

    def notes(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in Path(self.environ["NOTES"]).read_text().splitlines()]

    def holders(self) -> set[str]:
        """Return the names of the files that hold a canary, the keyring's own among them if it were plain."""
        homes = (self.program.home, Path(self.environ["HOME"]).parent)
        files = {
            path for home in homes for path in home.rglob("*") if path.is_file() and not path.is_symlink()
        }
        return {path.name for path in files if MARK.encode() in path.read_bytes()}


@pytest.fixture
def watch(voicectl: Program, tmp_path: Path) -> Iterator[Watch]:
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(HOOK)
    with own_home() as home, keyring(home) as environment:
        notes = {"NOTES": str(tmp_path / "notes"), "PYTHONPATH": str(tmp_path / "hook")}
        yield Watch(voicectl, {**environment, **notes, "AWS_REGION": "eu-west-1"})


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(answer) as running:
        yield running


def test_a_secret_is_seen_only_where_it_belongs(watch: Watch, server: Server) -> None:
    add = ("profile", "add", "--vendor", "aws", "--secret-stdin", "--set")
    session = f"access_key_secret={CANARIES['file']}\nsecurity_token={CANARIES['token']}\n"
    place = {"VOICECTL_ENDPOINT_URL": server.url}
    variable = {"AWS_ACCESS_KEY_ID": "AKIAOTHER", "AWS_SECRET_ACCESS_KEY": CANARIES["variable"]}
    everything = {
        **place,
        **variable,
        "AWS_SESSION_TOKEN": CANARIES["token"],
        "OPENAI_API_KEY": CANARIES["bearer"],
    }

    watch.run(*add, "access_key_id=AKIAEXAMPLE", "one", stdin=CANARIES["keyring"])
    watch.run(*add, "access_key_id=ASIAEXAMPLE", "--store", "file", "two", stdin=session)
    watch.run(*add, "access_key_id=AKIAEXAMPLE", "one", stdin=CANARIES["new"], code=6)
    watch.run("profile", "list", env=everything)
    watch.run("profile", "show", "two")
    for words in (("one",), ("two",), ("--vendor", "openai"), ()):
        watch.run("profile", "show", "--origin", *words, env=everything)
    watch.run("profile", "test", "one", env=everything)
    watch.run("profile", "test", "two", env=everything, code=77)
    watch.run("profile", "test", env=everything, code=77)
    watch.run("profile", "test", "--vendor", "openai", env=everything, code=77)
    watch.run("profile", "set", "one", "region=us-east-1", env=everything)
    watch.run("profile", "set", "two", "--secret-stdin", stdin=f"access_key_secret={CANARIES['new']}\n")
    watch.run(
        "profile", "set", "one", "--secret-stdin", "access_key_id=ASIAX", stdin=CANARIES["new"], code=77
    )
    watch.run("profile", "set", "one", "--secret-stdin", stdin=f"what={CANARIES['new']}\nx", code=65)
    watch.run("profile", "rename", "one", "three", env=everything)
    watch.run("profile", "use", "two")
    watch.run("doctor", "--secrets", "--network", env=everything, code=0)
    watch.run("auth", "exec", "-p", "three", "/nowhere/program", env=everything, code=69)
    assert (
        watch.run("auth", "exec", "-p", "three", "--", "env", env=everything).count(CANARIES["keyring"]) == 1
    )
    watch.shown.pop()
    assert MARK in watch.run("auth", "env", "-p", "two", env=everything)
    watch.shown.pop()

    assert [text for text in watch.shown if MARK in text] == []
    assert watch.holders() == {"secrets.json"}
    notes = watch.notes()
    assert [note for note in notes if MARK in json.dumps(note["words"])] == []
    # `auth exec` becomes its child; everything else that is started gets nothing.
    children = [note for note in notes if note["event"] != "os.exec"]
    assert [note["words"] for note in children if MARK in json.dumps(note["environ"])] == []
    assert {note["event"] for note in notes} >= {"start", "subprocess.Popen", "os.exec"}

    watch.run("profile", "remove", "--yes", "two")
    watch.run("profile", "remove", "--yes", "three")
    assert watch.holders() == set()
