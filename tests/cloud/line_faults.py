"""What may befall a request that rings a phone, before it is heard and after. Who rings: the judges."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from random import Random

from tests.cloud.server import Answer, Bytes, RawRequest, Reset, Respond

HANG_SECONDS = 1.0
HTML = (("Content-Type", "text/html"),)
JSON = (("Content-Type", "application/json"),)

Spoiled = Callable[[Answer], Answer | Bytes]
"""Makes of a good answer what arrives in its place."""


def _hang(answer: Answer) -> Bytes:
    def wire() -> Iterator[bytes]:
        time.sleep(HANG_SECONDS)
        yield b""

    return Bytes(wire())


def _cut(answer: Answer) -> Bytes:
    whole = b"".join(answer.wire())
    return Bytes((whole[:-7],))


def _cut_by_reset(answer: Answer) -> Bytes:
    return Reset((b"".join(answer.wire())[:-7],))


AFTER_RINGING: dict[str, Spoiled] = {
    "reset": lambda answer: Reset(()),
    "closed": lambda answer: Bytes(()),
    "hang": _hang,
    "cut": _cut,
    "cut by a reset": _cut_by_reset,
    "half the JSON": lambda answer: replace(answer, body=answer.body[: len(answer.body) // 2]),
    "500": lambda answer: Answer(500, HTML, b"<html>oops</html>"),
    "500 without a word": lambda answer: Answer(500),
    "502": lambda answer: Answer(502, HTML, b"<html>bad gateway</html>"),
    "503": lambda answer: Answer(503, (), b"busy"),
    "504": lambda answer: Answer(504, JSON, b"{}"),
    "408": lambda answer: Answer(408, (), b"request timeout"),
    "web page": lambda answer: Answer(200, HTML, b"<html>login</html>"),
    "page of another kind": lambda answer: Answer(200, JSON, b"<html>login</html>"),
    "empty": lambda answer: Answer(200, JSON, b""),
    "empty object": lambda answer: Answer(200, JSON, b"{}"),
    "a list": lambda answer: Answer(200, JSON, b"[]"),
    "null": lambda answer: Answer(200, JSON, b"null"),
    "too long": lambda answer: Answer(200, JSON, b" " * (9 << 20)),
    "no content": lambda answer: Answer(204),
    "packed": lambda answer: Answer(200, (("Content-Encoding", "gzip"), *JSON), b"\x1f\x8b garbage"),
}
"""The phone rings, and the answer is no use: whoever asked cannot know."""


@dataclass
class Spoiling:
    """Serves, and spoils the answers to what `rings`; the request itself has been carried out."""

    serve: Respond
    spoil: Spoiled
    rings: Callable[[RawRequest], bool]
    times: int = 1_000_000
    spoiled: list[RawRequest] = field(default_factory=list)

    def __call__(self, request: RawRequest) -> Answer | Bytes:
        answer = self.serve(request)
        if not self.rings(request) or len(self.spoiled) >= self.times or isinstance(answer, Bytes):
            return answer
        self.spoiled.append(request)
        return self.spoil(answer)


BEFORE_RINGING: dict[str, Answer | Bytes] = {
    "closed": Bytes(()),
    "reset": Reset(()),
    "502": Answer(502, HTML, b"<html>bad gateway</html>"),
    "429": Answer(429, (), b"slow down"),
}
"""The request comes to nobody: no phone rings, which whoever asked cannot know but of the last."""


@dataclass
class Weather:
    """Serves; each request may be lost before it is heard, or its answer after, as `chance` has it."""

    serve: Respond
    chance: Random

    def __call__(self, request: RawRequest) -> Answer | Bytes:
        luck = self.chance.random()
        if luck < 0.25:
            return self.chance.choice(list(BEFORE_RINGING.values()))
        answer = self.serve(request)
        if luck < 0.6 and isinstance(answer, Answer):
            names = [name for name in AFTER_RINGING if name not in {"hang", "too long"}]
            return AFTER_RINGING[self.chance.choice(names)](answer)
        return answer
