"""Polly whose sound is its text, a sample each UTF-16 unit: what is lost, doubled or swapped is found."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.cloud.aws import AwsJudge
from tests.cloud.polly import LASTING, keys_in_environment, polly
from tests.cloud.server import Answer, RawRequest

KEYS = {**keys_in_environment(LASTING), "AWS_REGION": "us-east-1"}
WORDS = ("--vendor", "aws", "--voice", "Joanna")


def spelled(text: str) -> bytes:
    """Return the sound of a text, 16 bits a sample."""
    return text.encode("utf-16-le")


def heard(sound: bytes) -> str:
    """Read a text back from its sound."""
    return sound.decode("utf-16-le")


def without_blanks(text: str) -> str:
    return re.sub(r"\s+", "", text)


@dataclass(frozen=True)
class Slow:
    """A good answer of which the second half comes later."""

    answer: Answer
    seconds: float

    def wire(self) -> Iterator[bytes]:
        whole = b"".join(self.answer.wire())
        yield whole[: len(whole) // 2]
        time.sleep(self.seconds)
        yield whole[len(whole) // 2 :]


@dataclass
class Speller:
    """The service; `billed` counts how often each text was paid for, `last` is the latest of each line.

    With `samples_a_sign` the sound is repeated: long, and no longer to be read back.
    """

    seconds: float = 0.0
    samples_a_sign: int = 1
    fails_after: int | None = None
    rests_after: int | None = None
    billed: Counter[str] = field(default_factory=Counter)
    last: dict[object, str] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def judge(self) -> AwsJudge:
        """Return the service behind the judge of signatures."""
        return polly(self)  # type: ignore[arg-type]

    def __call__(self, request: RawRequest) -> Answer | Slow:
        body = json.loads(request.body)
        words = str(body["Text"])
        with self._counting:
            self.times.append(time.monotonic())
            if self.fails_after is not None and self.billed.total() >= self.fails_after:
                headers = (("x-amzn-ErrorType", "ServiceFailureException"),)
                return Answer(500, headers, b'{"message":"not now"}')
            if len(self.times) == self.rests_after:
                headers = (("x-amzn-ErrorType", "ThrottlingException"), ("Retry-After", "1"))
                return Answer(429, headers, b'{"message":"Rate exceeded"}')
            self.billed[words] += 1
            self.last[threading.current_thread()] = words
        text = said_in(words) if body.get("TextType") == "ssml" else words
        headers = (
            ("Content-Type", "audio/pcm"),
            ("x-amzn-RequestId", f"request-{len(self.times)}"),
            ("x-amzn-RequestCharacters", str(len(text))),
        )
        return Slow(Answer(200, headers, spelled(text) * self.samples_a_sign), self.seconds)


def said_in(markup: str) -> str:
    """Return what markup says, read by another parser than ours."""
    from xml.etree import ElementTree

    return "".join(ElementTree.fromstring(markup).itertext())


def long_markup(signs: int) -> str:
    """Return SSML with about so many signs to speak, Chinese and English, in paragraphs that all differ."""
    parts, size, number = [], 0, 0
    while size < signs:
        number += 1
        chinese = f"第{number}段：今天天气很好，我们一起去公园玩吧！"
        english = f"Part {number} costs {number},000.50 yuan &amp; more; 他说：“好😀”, e.g. Dr. No said so. "
        parts.append(
            f'<p><s>{chinese}</s><prosody rate="fast">{english}<break time="90ms"/>完。</prosody></p>'
        )
        size += len(chinese) + len(english)
    return f"<speak>{''.join(parts)}</speak>"
