"""A second judge for AWS: moto, which checks key, signature and permission as its own server."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from tests.cloud.cases import JSON
from tests.conftest import Program
from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials, Secret
from voicectl.core.request import Reply, Request
from voicectl.signing import schemes
from voicectl.transport.http import Http
from voicectl.transport.replies import whole

pytestmark = pytest.mark.slow

SPEECH = json.dumps({"OutputFormat": "mp3", "Text": "你好 😀, hello", "VoiceId": "Zhiyu"}, ensure_ascii=False)
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
)


class Moto:
    """A running moto; `lasting` and `temporary` are keys that it knows, with the right to do anything."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.http = Http({})
        anybody = Credentials(key_id="AKIAEXAMPLE", secret=Secret("EXAMPLE"))
        self.iam(anybody, Action="CreateUser", UserName="voice")
        created = self.iam(anybody, Action="CreateAccessKey", UserName="voice")
        self.iam(anybody, Action="PutUserPolicy", UserName="voice", PolicyName="all", PolicyDocument=POLICY)
        self.lasting = Credentials(
            key_id=text(created, "AccessKeyId"), secret=Secret(text(created, "SecretAccessKey"))
        )
        self.iam(anybody, Action="CreateRole", RoleName="caller", AssumeRolePolicyDocument=TRUST)
        self.iam(anybody, Action="PutRolePolicy", RoleName="caller", PolicyName="all", PolicyDocument=POLICY)
        role = {"RoleArn": "arn:aws:iam::123456789012:role/caller", "RoleSessionName": "voicectl"}
        assumed = self.query("sts", "2011-06-15", anybody, {"Action": "AssumeRole", **role})
        self.temporary = Credentials(
            key_id=text(assumed, "AccessKeyId"),
            secret=Secret(text(assumed, "SecretAccessKey")),
            security_token=Secret(text(assumed, "SessionToken")),
        )
        self.verify("0")

    def verify(self, free_actions: str) -> None:
        """Let that many actions pass unchecked from now on; `inf` switches the judge off."""
        path, kind = "/moto-api/reset-auth", ("Content-Type", "text/plain")
        request = Request(method="POST", host=self.host, scheme="http", path=path, headers=(kind,))
        assert self.send(replace(request, body=free_actions.encode())).status == 200

    def iam(self, keys: Credentials, **form: str) -> Reply:
        return self.query("iam", "2010-05-08", keys, form)

    def query(self, service: str, version: str, keys: Credentials, form: dict[str, str]) -> Reply:
        kind = ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
        body = urlencode({**form, "Version": version}).encode()
        return self.ask("POST", "/", keys, service=service, headers=(kind,), body=body)

    def ask(
        self,
        method: str,
        path: str,
        keys: Credentials,
        *,
        service: str = "polly",
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
        changed: bytes = b"",
    ) -> Reply:
        request = Request.build(
            method=method, host=self.host, scheme="http", path=path, headers=headers, body=body
        )
        # Without a declared hash moto mistakes the query of a GET for its body.
        options = {"sign_body": method == "GET"}
        scheme = "aws-sigv4-s3" if service == "s3" else "aws-sigv4"
        signer = schemes.build(
            scheme, region="us-east-1", service=service, options={} if service == "s3" else options
        )
        signed = signer.sign(request, keys, Moment(datetime.now(UTC), "")).request
        return self.send(replace(signed, body=changed or signed.body))

    def send(self, request: Request) -> Reply:
        with self.http.open(request) as stream:
            return whole(stream)


def text(reply: Reply, tag: str) -> str:
    return reply.body.decode().partition(f"<{tag}>")[2].partition("<")[0]


@pytest.fixture(scope="module")
def moto() -> Iterator[Moto]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    running = Moto(f"{host}:{port}")
    yield running
    running.verify("inf")
    running.http.close()
    server.stop()


@pytest.mark.parametrize("kind", ["lasting", "temporary"])
def test_polly_speaks_for_a_good_signature(moto: Moto, kind: str) -> None:
    reply = moto.ask("POST", "/v1/speech", getattr(moto, kind), headers=(JSON,), body=SPEECH.encode())
    assert (reply.status, reply.headers["content-type"]) == (200, "audio/mpeg")


def test_polly_lists_its_voices_and_s3_its_buckets(moto: Moto) -> None:
    assert b"Zhiyu" in moto.ask("GET", "/v1/voices", moto.lasting).body
    assert moto.ask("GET", "/", moto.lasting, service="s3").status == 200


def test_sts_tells_who_asks(moto: Moto) -> None:
    reply = moto.query("sts", "2011-06-15", moto.temporary, {"Action": "GetCallerIdentity"})
    assert b"assumed-role/caller/voicectl" in reply.body


def test_wrong_keys_and_changed_bodies_are_refused(moto: Moto) -> None:
    body = SPEECH.encode()

    def code(keys: Credentials, changed: bytes = b"") -> str:
        return text(moto.ask("POST", "/v1/speech", keys, headers=(JSON,), body=body, changed=changed), "Code")

    assert code(moto.lasting, changed=body.replace(b"hello", b"hallo")) == "SignatureDoesNotMatch"
    assert code(replace(moto.lasting, secret=Secret("EXAMPLE"))) == "SignatureDoesNotMatch"
    assert code(replace(moto.lasting, key_id="AKIAEXAMPLE0")) == "InvalidClientTokenId"
    assert code(replace(moto.temporary, security_token=None)) == "InvalidClientTokenId"
    assert code(replace(moto.temporary, security_token=Secret("EXAMPLE"))) == "InvalidClientTokenId"


def shell(program: Program, moto: Moto, keys: Credentials, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command with keys in its environment."""
    token = {"AWS_SESSION_TOKEN": keys.security_token.reveal()} if keys.security_token else {}
    env = {"AWS_ACCESS_KEY_ID": keys.key_id, "AWS_SECRET_ACCESS_KEY": keys.secret.reveal(), **token}
    place = ("--vendor", "aws", "--region", "us-east-1", "--endpoint-url", f"http://{moto.host}")
    return program(*words, *place, env=env)


@pytest.mark.parametrize("kind", ["lasting", "temporary"])
def test_the_command_lists_motos_voices(voicectl: Program, moto: Moto, kind: str) -> None:
    done = shell(voicectl, moto, getattr(moto, kind), "tts", "voices")
    assert done.returncode == 0, done.stderr
    assert {"Zhiyu", "Joanna"} <= {voice["id"] for voice in json.loads(done.stdout)}


def test_motos_eight_nul_bytes_are_no_mp3(voicectl: Program, moto: Moto) -> None:
    done = shell(voicectl, moto, moto.lasting, "say", "你好 😀, hello", "-o", "a.mp3")
    left = [path.name for path in voicectl.home.iterdir() if not path.name.startswith(".")]
    assert (done.returncode, left) == (74, []), done.stderr


def test_motos_xml_on_a_json_service_is_understood(voicectl: Program, moto: Moto) -> None:
    for keys, code in {
        replace(moto.lasting, secret=Secret("EXAMPLE")): "SignatureDoesNotMatch",
        replace(moto.temporary, security_token=Secret("EXAMPLE")): "InvalidClientTokenId",
    }.items():
        done = shell(voicectl, moto, keys, "say", "hi", "-o", "a.mp3", "--retries", "0")
        assert (done.returncode, code in done.stderr) == (77, True), done.stderr


@pytest.mark.parametrize("kind", ["lasting", "temporary"])
def test_an_object_of_motos_s3_comes_checked(voicectl: Program, moto: Moto, kind: str) -> None:
    keys, body = getattr(moto, kind), bytes(range(256)) * 100
    assert moto.ask("PUT", "/voicectl-rec", keys, service="s3").status == 200
    assert moto.ask("PUT", "/voicectl-rec/day/1.wav", keys, service="s3", body=body).status == 200
    words = ("recording", "download", "--bucket", "voicectl-rec", "--key", "day/1.wav", "-o", "1.wav")
    done = shell(voicectl, moto, keys, *words)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["checked_by"] == "md5"
    assert (voicectl.home / "1.wav").read_bytes() == body
    absent = shell(voicectl, moto, keys, *words[:4], "--key", "none.wav", "-o", "2.wav")
    assert absent.returncode == 5, absent.stderr
