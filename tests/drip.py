"""Servers that let sound drip and stamp each drop, and an ear on stdout that stamps what it hears."""

from __future__ import annotations

import os
import subprocess
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from json import dumps, loads
from pathlib import Path
from typing import NamedTuple

from websockets.sync.server import ServerConnection

from tests.cloud.server import Bytes, RawRequest
from tests.cloud.volcengine_sockets import FINISHED, SESSION_FINISHED, SESSION_STARTED, STARTED
from tests.cloud.volcengine_sockets import heard as heard_event
from tests.cloud.volcengine_sockets import told as told_event

Wrap = Callable[[bytes], bytes]


@dataclass
class Tap:
    """Sound in drops; `asked` and `sent` tell when it was asked for and when each drop left, by one clock."""

    drops: Sequence[bytes]
    pause: float = 0.05
    breaks: bool = False
    asked: list[float] = field(default_factory=list)
    sent: list[float] = field(default_factory=list)

    def flow(self) -> Iterator[bytes]:
        self.asked.append(time.monotonic())
        time.sleep(self.pause)
        for drop in self.drops:
            # Stamped before it is sent: what is measured is never less than it was.
            self.sent.append(time.monotonic())
            yield drop
            time.sleep(self.pause)

    def http(
        self, label: str, wrap: Wrap = lambda drop: drop, last: bytes = b""
    ) -> Callable[[RawRequest], Bytes]:
        """Answer over HTTP in chunks, each drop as `wrap` writes it."""

        def wire() -> Iterator[bytes]:
            yield f"HTTP/1.1 200 OK\r\nContent-Type: {label}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
            yield from map(_chunk, map(wrap, self.flow()))
            if not self.breaks:
                yield (_chunk(last) if last else b"") + b"0\r\n\r\n"

        return lambda request: Bytes(wire())

    def plain(self, label: str) -> Callable[[RawRequest], Bytes]:
        """Answer over HTTP with the length told before."""
        length = sum(map(len, self.drops)) + 100 * self.breaks

        def wire() -> Iterator[bytes]:
            yield f"HTTP/1.1 200 OK\r\nContent-Type: {label}\r\nContent-Length: {length}\r\n\r\n".encode()
            yield from self.flow()

        return lambda request: Bytes(wire())

    def nls(self, connection: ServerConnection) -> None:
        """Speak one task of NLS."""
        order = loads(connection.recv())["header"]
        for drop in self.flow():
            connection.send(drop)
        header = {"namespace": order["namespace"], "name": "SynthesisCompleted", "task_id": order["task_id"]}
        status = {"message_id": "0" * 32, "status": 20000000, "status_text": "Gateway:SUCCESS:Success."}
        connection.send(dumps({"header": {**header, **status}, "payload": {}}))

    def dashscope(self, connection: ServerConnection) -> None:
        """Speak one task of CosyVoice."""
        name = loads(connection.recv())["header"]["task_id"]
        connection.send(_task_event(name, "task-started"))
        connection.recv()
        for drop in self.flow():
            connection.send(drop)
        connection.recv()
        connection.send(_task_event(name, "task-finished", usage={"characters": 5}))

    def volcengine(self, connection: ServerConnection) -> None:
        """Speak one session of the newer socket."""
        connection.recv()
        connection.send(told_event(STARTED, b"connection"))
        start = connection.recv()
        assert isinstance(start, bytes)
        size = int.from_bytes(start[8:12], "big")
        name = start[12 : 12 + size]
        connection.send(told_event(SESSION_STARTED, name))
        connection.recv()
        for drop in self.flow():
            connection.send(heard_event(name, drop))
        connection.recv()
        connection.send(told_event(SESSION_FINISHED, name))
        connection.recv()
        connection.send(told_event(FINISHED, b"connection"))


def sse(drop: bytes) -> bytes:
    """Write a drop as OpenAI's events do."""
    return event(type="speech.audio.delta", audio=b64encode(drop).decode())


def event(**told: object) -> bytes:
    return f"data: {dumps(told)}\n\n".encode()


def json_line(drop: bytes) -> bytes:
    """Write a drop as Volcengine's lines do."""
    return dumps({"code": 0, "message": "", "data": b64encode(drop).decode()}).encode() + b"\n"


LAST_LINE = b'{"code": 20000000, "message": "OK", "data": null}\n'
LAST_EVENT = event(type="speech.audio.done", usage={"input_tokens": 1, "output_tokens": 2})


class Heard(NamedTuple):
    """What came on stdout, and how much of it was there at which time."""

    data: bytes
    times: list[tuple[float, int]]
    code: int
    talk: str

    def delays(self, tap: Tap, skip: int) -> list[float]:
        """Tell how long each drop was on its way, in seconds; `skip` bytes stand before the first."""
        found, goal = [], skip
        for drop, sent in zip(tap.drops, tap.sent, strict=True):
            goal += len(drop)
            found.append(next(at for at, total in self.times if total >= goal) - sent)
        return found


def listen(command: Sequence[str], environ: Mapping[str, str], folder: Path, *, text: bytes = b"") -> Heard:
    """Run a program that reads `text`, and stamp what comes out of it."""
    pipe = subprocess.PIPE
    running = subprocess.Popen(command, env=dict(environ), cwd=folder, stdin=pipe, stdout=pipe, stderr=pipe)
    assert running.stdin
    running.stdin.write(text)
    running.stdin.close()
    assert running.stdout
    assert running.stderr
    data, times = b"", []
    while chunk := os.read(running.stdout.fileno(), 1 << 16):
        data += chunk
        times.append((time.monotonic(), len(data)))
    talk = running.stderr.read().decode()
    return Heard(data, times, running.wait(), talk)


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _task_event(name: str, event: str, **payload: object) -> str:
    return dumps({"header": {"task_id": name, "event": event, "attributes": {}}, "payload": payload})
