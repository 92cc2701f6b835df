"""Requests that ring, gone wrong by chance: before the phone rings, after it, or not at all."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from tests.cloud.line_faults import AFTER_RINGING, HTML, JSON, Spoiled
from tests.cloud.server import Answer, Bytes, RawRequest, Respond

MORE: dict[str, Spoiled] = {
    "503 json": lambda answer: Answer(503, JSON, b'{"Code":"ServiceUnavailable"}'),
    "400 InternalError": lambda answer: Answer(400, JSON, b'{"Code":"InternalError"}'),
    "isp.SYSTEM_ERROR": lambda answer: Answer(200, JSON, b'{"Code":"isp.SYSTEM_ERROR"}'),
    "isp of no page": lambda answer: Answer(200, JSON, b'{"Code":"isp.NEW"}'),
    "no call id": lambda answer: Answer(200, JSON, b'{"Code":"OK"}'),
    "201": lambda answer: Answer(201, JSON, b'{"Code":"OK","CallId":"1^2"}'),
    "302": lambda answer: Answer(302, (*HTML, ("Location", "http://127.0.0.1/")), b""),
    "403 page": lambda answer: Answer(403, HTML, b"<html>no</html>"),
    "404 empty": lambda answer: Answer(404),
    "429 text": lambda answer: Answer(429, (), b"slow"),
    "no HTTP": lambda answer: Bytes((b"220 mail.example ESMTP\r\n",)),
    "nothing but a head": lambda answer: Bytes((b"HTTP/1.1 200 OK\r\nContent-Le",)),
}
SPOILS = {**AFTER_RINGING, **MORE}


@dataclass
class Roulette:
    """Serves well, or spoils what comes by chance: half of those before the phone rings, half after."""

    serve: Respond
    chance: random.Random
    share: float = 0.5
    spoils: tuple[str, ...] = tuple(SPOILS)
    drawn: list[str] = field(default_factory=list)

    def __call__(self, request: RawRequest) -> Answer | Bytes:
        if self.chance.random() >= self.share:
            return self.serve(request)
        name = self.chance.choice(self.spoils)
        self.drawn.append(name)
        rings = self.chance.random() < 0.5
        answer = self.serve(request) if rings else Answer(200, JSON, b'{"Code":"OK","CallId":"never^rang"}')
        return SPOILS[name](answer) if isinstance(answer, Answer) else answer
