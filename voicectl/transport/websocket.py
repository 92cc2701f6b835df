"""Conversations over a WebSocket, with `websockets` for the frames; its only home.

The opening handshake travels, is judged and is retried like any other request: `http.py`, `signed.py`.

Specification: https://www.rfc-editor.org/rfc/rfc6455
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock

from websockets.exceptions import InvalidState, PayloadTooBig
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side, State
from websockets.utils import accept_key, generate_key

from voicectl.core.conversation import Line
from voicectl.core.errors import BrokenAnswer, TryLater, VoicectlError
from voicectl.core.request import Request
from voicectl.transport.replies import MIB

LARGEST_MESSAGE = 16 * MIB
PING_SECONDS = 10.0
"""How long nothing is heard before the other end is asked whether it is there."""
CLOSING_SECONDS = 2.0
GOOD_ENDS = (1000, 1001, 1005)
LATER_ENDS = (1012, 1013)
KEY = "Sec-WebSocket-Key"


def handshake(request: Request) -> Request:
    """Return a signed request as the opening handshake that it is; what is added is not signed."""
    added = (
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        (KEY, generate_key()),
    )
    return request.with_headers((*request.headers, *added))


def wrongly_opened(request: Request, headers: Mapping[str, str]) -> VoicectlError | None:
    """Say what is wrong with a 101 that answers `request`: it is no WebSocket's, or another's."""
    if headers.get("sec-websocket-accept", "") == accept_key(request.header(KEY) or ""):
        return None
    return BrokenAnswer("{host} changes to something that is no WebSocket", host=request.host)


@contextmanager
def conversing(line: Line, host: str, limit: int) -> Iterator[Frames]:
    """Speak frames on a line and hear at most `limit` bytes; it ends politely, unless in an error."""
    frames = Frames(line, host, limit)
    try:
        yield frames
        frames.take_leave()
    finally:
        frames.close()


class Frames:
    """One open WebSocket; see `core.conversation.Conversation`."""

    def __init__(self, line: Line, host: str, limit: int, *, ping_seconds: float = PING_SECONDS) -> None:
        self._line = line
        self._limit = limit
        self._ping_seconds = ping_seconds
        self._host = host
        self._protocol = Protocol(Side.CLIENT, max_size=LARGEST_MESSAGE)
        # Two locks: who waits until a long message is out must not keep the other end from being heard.
        self._state = Lock()
        self._writing = Lock()
        self._owes = False
        self._is_cut = False
        self._waiting: deque[str | bytes] = deque()
        self._parts: list[bytes] = []
        self._is_text = False
        self._received = 0
        self._quiet_since = time.monotonic()

    def send(self, message: str | bytes) -> None:
        """Send one message."""
        with self._state:
            try:
                if isinstance(message, str):
                    self._protocol.send_text(message.encode())
                else:
                    self._protocol.send_binary(message)
            except InvalidState:
                raise self._end() or self._cut() from None
        self._flush()

    def receive(self, *, within_seconds: float | None = None) -> str | bytes | None:
        """Return the next message, None at a good end; after a silence it may be asked again."""
        seconds = self._line.silence_seconds if within_seconds is None else within_seconds
        deadline = time.monotonic() + seconds
        while not self._waiting:
            if self._protocol.parser_exc is not None or self._protocol.close_rcvd is not None:
                ended = self._end()
                if ended is not None:
                    raise ended
                return None
            left = deadline - time.monotonic()
            if left <= 0:
                raise self._silent(seconds)
            self._read(min(left, self._ping_seconds))
            self._ask_the_silent()
        return self._waiting.popleft()

    def take_leave(self) -> None:
        """Close in good order, and wait shortly for the other end to do so too."""
        with self._state:
            if self._protocol.state is not State.OPEN:
                return
            self._protocol.send_close(1000)
        self._flush(answering=True)
        deadline = time.monotonic() + CLOSING_SECONDS
        while self._protocol.close_rcvd is None and (left := deadline - time.monotonic()) > 0:
            try:
                self._read(left)
            except VoicectlError:
                return
            if self._protocol.parser_exc is not None:
                return

    def close(self) -> None:
        """Cut the line, also under the hands of who waits for a message."""
        self._is_cut = True
        self._line.close()

    def _ask_the_silent(self) -> None:
        """Send a ping after a while of silence: who idles is cut off sooner by some, and by some routers."""
        now = time.monotonic()
        if now - self._quiet_since < self._ping_seconds:
            return
        self._quiet_since = now
        with self._state:
            if self._protocol.state is not State.OPEN:
                return
            self._protocol.send_ping(b"")
        self._flush(answering=True)

    def _read(self, seconds: float) -> None:
        """Take in what comes next, if anything does."""
        data = self._line.read(seconds)
        if self._is_cut:
            data = b""
        with self._state:
            if data:
                self._received += len(data)
                if self._received > self._limit:
                    raise BrokenAnswer(
                        "the answer is longer than the limit of {limit} bytes", limit=self._limit
                    )
                self._quiet_since = time.monotonic()
                self._protocol.receive_data(data)
            elif data == b"":
                self._protocol.receive_eof()
            for event in self._protocol.events_received():
                if isinstance(event, Frame):
                    self._take(event)
        self._flush(answering=True)

    def _take(self, frame: Frame) -> None:
        """Put frames together to messages; control frames are the library's matter."""
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
            self._is_text = frame.opcode is Opcode.TEXT
            self._parts = [bytes(frame.data)]
        elif frame.opcode is Opcode.CONT:
            self._parts.append(bytes(frame.data))
        else:
            return
        if not frame.fin:
            return
        message = b"".join(self._parts)
        self._parts = []
        self._waiting.append(self._text_of(message) if self._is_text else message)

    def _text_of(self, message: bytes) -> str:
        try:
            return message.decode()
        except UnicodeDecodeError:
            raise BrokenAnswer("{host} sent a text that is no UTF-8", host=self._host) from None

    def _flush(self, *, answering: bool = False) -> None:
        """Send what the protocol has to say.

        An answer is not waited for where another thread is sending: that one takes it along. Nor is it
        worth an error that who should have it has gone.
        """
        self._owes = True
        while self._owes and self._writing.acquire(blocking=not answering):
            try:
                self._owes = False
                with self._state:
                    data = b"".join(self._protocol.data_to_send())
                if data:
                    self._line.write(data)
            except VoicectlError:
                if not answering:
                    raise
            finally:
                self._writing.release()

    def _end(self) -> VoicectlError | None:
        """Say how the conversation ended, None for a good end."""
        closed, fault = self._protocol.close_rcvd, self._protocol.parser_exc
        if isinstance(fault, PayloadTooBig):
            return BrokenAnswer(
                "{host} sent a message of more than {limit} bytes", host=self._host, limit=LARGEST_MESSAGE
            )
        if closed is None:
            broken = fault is not None and not isinstance(fault, EOFError)
            return self._broken(str(fault)) if broken else self._cut()
        if closed.code in GOOD_ENDS:
            return None
        kind = TryLater if closed.code in LATER_ENDS else BrokenAnswer
        return kind(
            "{host} ended the conversation: {code} {reason}",
            host=self._host,
            code=int(closed.code),
            reason=closed.reason or "without a reason",
        )

    def _broken(self, words: str) -> BrokenAnswer:
        return BrokenAnswer("{host} does not keep to the protocol: {words}", host=self._host, words=words)

    def _cut(self) -> BrokenAnswer:
        return BrokenAnswer(
            "the conversation with {host} broke off after {received} bytes",
            host=self._host,
            received=self._received,
        )

    def _silent(self, seconds: float) -> TryLater:
        return TryLater(
            "{host} said nothing for {seconds:g} s, after {received} bytes",
            host=self._host,
            seconds=seconds,
            received=self._received,
            cause="silence",
            hint="try again, or wait longer with --timeout SECONDS",
        )
