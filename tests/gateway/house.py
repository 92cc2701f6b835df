"""A gateway for a team, in this process on a thread of its own or as the real program, with keys to it."""

from __future__ import annotations

import faulthandler
import http.client
import json
import os
import secrets
import select
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Any

import uvicorn

from tests.cloud.openai import KEY
from tests.conftest import Program
from voicectl.cli.gateway_serve import ids_from
from voicectl.core.credentials import Secret
from voicectl.core.options import Options
from voicectl.gateway.administration import Wish, issued
from voicectl.gateway.assembly import Gateway, Here, Rest
from voicectl.gateway.key_file import FILE, Deed, KeyFile
from voicectl.gateway.keys import Key, Limits, Status
from voicectl.gateway.limits import Tick
from voicectl.gateway.plan import Plan
from voicectl.gateway.serve import configured, listening
from voicectl.gateway.served import Served
from voicectl.gateway.team_start import live, sandbox, settings_of
from voicectl.runtime import Runtime
from voicectl.signing.gateway_keys import SANDBOX_MASTER, signing_secret
from voicectl.world import World

MASTER = "4d" * 32
START_SECONDS, END_SECONDS = 60, 40
"""No test waits for ever: a machine under load needs so long at most."""
NO_LIMITS = Limits(None, None, None, None, None)
HERE = Here(lambda: Tick(time.time(), time.monotonic()), ids_from(secrets.token_bytes))


def waited(holds: Callable[[], object], what: str, seconds: float = 10) -> None:
    """Wait until something holds; where it never does, say what, and what every thread does meanwhile."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            faulthandler.dump_traceback()
            raise AssertionError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(0.005)


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Keys:
    """Issues keys into the file of a gateway, as an administrator in another process does."""

    directory: Path
    texts: list[str] = field(default_factory=list)
    knows: Callable[[str], object] = lambda key_id: True
    """Says whether the gateway has seen a key; it looks each half second."""

    def issue(self, **words: Any) -> str:
        """Return the text of a new key that may do everything, unless told otherwise."""
        usual: dict[str, Any] = {
            "name": "a key",
            "tags": frozenset(("tts.basic", "tts.emotion")),
            **dict.fromkeys(("profiles", "models", "voices"), ("*",)),
            "limits": NO_LIMITS,
        }
        made = issued(Wish(**(usual | words)), now=time.time(), who="tests", below=secrets.randbelow)
        with self.file() as file:
            file.add(made.key, Deed(time.time(), "tests", "issue", made.key.id))
        self.texts.append(made.text)
        waited(lambda: self.knows(made.key.id), "the gateway to see a new key")
        return made.text

    def switch(self, text: str, status: Status) -> None:
        with self.file() as file:
            file.change(
                text[8:16], lambda key: _switched(key, status), Deed(0, "tests", "switch", text[8:16])
            )

    @contextmanager
    def file(self) -> Iterator[KeyFile]:
        file = KeyFile(self.directory / FILE)
        try:
            yield file
        finally:
            file.close()


def _switched(key: Key, status: Status) -> Key:
    from dataclasses import replace

    return replace(key, status=status)


@dataclass
class Running:
    """A gateway that answers; `said` is what its operator was told."""

    port: int
    keys: Keys
    said: list[str] = field(default_factory=list)
    gateway: Gateway | None = None
    process: subprocess.Popen[str] | None = None
    host: str = "127.0.0.1"

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        key: str = "",
        headers: Mapping[str, str] | None = None,
        timeout: float = 20,
    ) -> Answer:
        """Ask one thing on a connection of its own; a body that is not bytes is sent as JSON."""
        line = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        sent = dict(headers or {})
        if key:
            sent["Authorization"] = f"Bearer {key}"
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        try:
            line.request(method, path, data, sent)
            reply = line.getresponse()
            return Answer(reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read())
        finally:
            line.close()

    def speak(self, key: str, text: str = "Hello there.", **fields: object) -> Answer:
        body = {"model": "tts-1", "input": text, "voice": "default", "response_format": "wav", **fields}
        return self.ask("POST", "/v1/audio/speech", body, key)

    def say(self, key: str, text: str = "Hello there.", **fields: object) -> Answer:
        return self.ask("POST", "/v1/tts", {"text": text, **fields}, key)

    def rows(self, env: str = "live") -> list[dict[str, Any]]:
        """Return what is on file of the audit log by now."""
        base = sqlite3.connect(self.keys.directory / "audit.sqlite")
        base.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in base.execute(f"SELECT * FROM rows_{env} ORDER BY number")]
        finally:
            base.close()

    def row_of(self, answer: Answer, env: str = "live") -> dict[str, Any]:
        """Wait for the row of an answer."""
        request_id = answer.headers["x-request-id"]

        def found() -> list[dict[str, Any]]:
            return [each for each in self.rows(env) if each["request_id"] == request_id]

        waited(found, "the row of a request")
        return found()[0]

    def metrics(self) -> str:
        from prometheus_client import generate_latest

        gateway = self.gateway
        assert gateway is not None
        # A request is counted when its answer has left.
        waited(lambda: not gateway.team.inflight, "the last answer to leave")
        return generate_latest(self.gateway.metrics.registry).decode()


def served_by(vendor_url: str, home: Path, *, timeout: float = 5) -> Served:
    """Return OpenAI's interface at a judge, through the runtime of the command line."""
    variables = {"HOME": str(home), "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": vendor_url + "/v1"}
    world = World(
        environ={**variables, "VOICECTL_NO_KEYRING": "1"},
        stdin=sys.stdin,
        stdout=sys.stdout,
        stderr=sys.stderr,
        monotonic=time.monotonic,
    )
    return live(Runtime(world, Options(vendor="openai", retries=1, timeout=timeout)), HERE)


@contextmanager
def running(directory: Path, *served: Served, tick_seconds: float = 0.02, **plan: Any) -> Iterator[Running]:
    """Serve in this process, looking for changes often; without `served` the tone of the sandbox speaks."""
    said: list[str] = []
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys = Keys(directory)
    bound = listening("127.0.0.1", 0)
    begun: Queue[tuple[Gateway, uvicorn.Server] | BaseException] = Queue()

    def serve() -> None:
        # Its files are opened by the thread that uses them.
        try:
            rest = Rest(directory, Secret(MASTER), said.append)
            gateway = Gateway(Plan(**plan), HERE, rest, served or (sandbox(),), tick_seconds=tick_seconds)
            server = uvicorn.Server(configured(gateway, **settings_of(Plan(**plan))))
        except BaseException as error:
            begun.put(error)
            return
        begun.put((gateway, server))
        try:
            server.run(sockets=[bound])
        finally:
            gateway.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    made = begun.get(timeout=30)
    if isinstance(made, BaseException):
        raise made
    gateway, server = made
    keys.knows = gateway.keeper.door.table.get
    try:
        waited(lambda: server.started or not thread.is_alive(), "the gateway to start", 30)
        assert server.started, said
        yield Running(bound.getsockname()[1], keys, said, gateway)
    finally:
        server.should_exit = True
        thread.join(40)
        assert not thread.is_alive(), "the gateway does not end"


@contextmanager
def program(home: Path, *words: str, environ: Mapping[str, str] | None = None) -> Iterator[Running]:
    """Serve as the real program, which ends with the block; then `said` is what it wrote on both streams."""
    said: list[str] = []
    directory = home / ".local/state/voicectl/gateway"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys = Keys(directory)
    secrets_of = {"VOICECTL_GATEWAY_MASTER": MASTER, "VOICECTL_NO_KEYRING": "1", "OPENAI_API_KEY": KEY}
    process = subprocess.Popen(
        [sys.executable, "-m", "voicectl", "gateway", "serve", "--port", "0", *words],
        env={**Program(home).environment(), **secrets_of, **(environ or {})},
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        can_be_read, _, _ = select.select([process.stdout], [], [], START_SECONDS)
        line = process.stdout.readline() if can_be_read else ""
        if not line:
            process.kill()
            raise AssertionError(process.communicate(timeout=5)[1] or "nothing was said")
        yield Running(int(line.rpartition(":")[2]), keys, said, process=process)
    finally:
        said += _ended(process)


def _ended(process: subprocess.Popen[str]) -> tuple[str, str]:
    """End a program, and return what it said; what does not end by itself is killed, and is a fault."""
    process.terminate()
    try:
        return process.communicate(timeout=END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate(timeout=5)
        raise AssertionError("the gateway does not end") from None


def signed(key: str, method: str, target: str, body: bytes, nonce: str, at: float) -> dict[str, str]:
    """Return the headers of a signature, written down here from the gateway's pages."""
    import hashlib
    import hmac

    master = SANDBOX_MASTER if key[3:7] == "test" else Secret(MASTER)
    secret = signing_secret(master, key[3:7], key[8:16], 1).reveal()
    lines = ["VC1-HMAC-SHA256", str(int(at)), nonce, method, target, hashlib.sha256(body).hexdigest()]
    made = hmac.new(secret.encode(), "\n".join(lines).encode(), "sha256").hexdigest()
    names = ("Timestamp", "Nonce", "Signature")
    return dict(
        zip((f"X-Voicectl-{each}" for each in names), (str(int(at)), nonce, f"v1={made}"), strict=True)
    )


def resident_bytes(pid: int) -> int:
    """Return how much memory a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
