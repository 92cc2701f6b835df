"""One task over a WebSocket, from its first words to its last sound. What is said: each interface's module.

NLS and DashScope differ in their words only: a task is started, texts go in, sound and news come out,
and one message says that all of it has come.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, Protocol

from voicectl.core.errors import BrokenAnswer, VoicectlError
from voicectl.core.tts import Mark, SpeechStream

if TYPE_CHECKING:
    from voicectl.core.audio import AudioFormat
    from voicectl.core.conversation import Conversation
    from voicectl.core.request import Request
    from voicectl.core.vendor import Client


class News(NamedTuple):
    """What a message in words says; `billed` is the count so far, `marks` are told again as they grow.

    Marks belong to a `sentence`, at which a server may begin to count its time anew.
    """

    is_begun: bool = False
    is_done: bool = False
    marks: tuple[Mark, ...] = ()
    sentence: int = 0
    billed: int | None = None


class Task(Protocol):
    """How one task is spoken of; a new one is made for each try."""

    @property
    def id(self) -> str: ...

    @property
    def is_announced(self) -> bool:
        """Whether the server says that it has begun, and text goes in only then; else `start` has it all."""
        ...

    def start(self) -> str: ...

    def texts(self, text: str) -> Iterator[str]:
        """Return the messages that carry a text."""
        ...

    def finish(self) -> str:
        """Return the message that ends the text."""
        ...

    def read(self, message: str) -> News:
        """Read a message; raise what it means where the task has failed, BrokenAnswer for no message."""
        ...


class Speaking:
    """The state of one task: what was heard at its beginning, its marks, what it is billed."""

    def __init__(self, make: Callable[[], Task]) -> None:
        self._make = make
        self.task = make()
        self.early: deque[str | bytes] = deque()
        self.marks: list[Mark] = []
        self.billed: list[int] = []
        self._found: dict[tuple[int, int, bool], Mark] = {}
        self._starts: dict[int, int] = {}

    def begin(self, talk: Conversation) -> None:
        """Start a task, and hear its first answer: what it refuses can still be tried again."""
        self.task = self._make()
        self.early.clear()
        talk.send(self.task.start())
        while True:
            message = talk.receive()
            if message is None:
                raise BrokenAnswer("the conversation ended before the speech began")
            news = self.task.read(message) if isinstance(message, str) else News()
            if news.is_begun:
                return
            self.early.append(message)
            if not self.task.is_announced:
                return

    def sound(self, talk: Conversation, feeder: Feeder | None) -> Iterator[bytes]:
        """Yield the sound; raise BrokenAnswer where it ends before its end was told."""
        is_empty = True
        for message in self._messages(talk, feeder):
            if isinstance(message, bytes):
                is_empty = is_empty and not message
                yield message
                continue
            news = self.task.read(message)
            self._note(news)
            if news.is_done:
                break
        else:
            raise BrokenAnswer("the conversation ended before the speech did")
        if is_empty:
            raise BrokenAnswer("the answer is empty")
        self.marks[:] = sorted(self._found.values(), key=lambda mark: (mark.begin_ms, not mark.is_sentence))

    def _messages(self, talk: Conversation, feeder: Feeder | None) -> Iterator[str | bytes]:
        while self.early:
            yield self.early.popleft()
        while (message := _heard(talk, feeder)) is not None:
            yield message

    def _note(self, news: News) -> None:
        if news.marks and news.sentence not in self._starts:
            heard = max((mark.end_ms for mark in self._found.values()), default=0)
            # Whose first word comes before the last one has ended, counts from the sentence's own start.
            self._starts[news.sentence] = heard if news.marks[0].begin_ms < heard else 0
        for mark in news.marks:
            start = self._starts[news.sentence]
            moved = mark._replace(begin_ms=mark.begin_ms + start, end_ms=mark.end_ms + start)
            self._found[news.sentence, mark.begin_ms, mark.is_sentence] = moved
        if news.billed is not None:
            self.billed[:] = [news.billed]


class Feeder:
    """A thread that says texts as they come, while the sound of others is heard."""

    def __init__(self, talk: Conversation, task: Task, texts: Iterator[str]) -> None:
        self._talk, self._task, self._texts = talk, task, texts
        self.is_waiting = True
        """More text may come: the server has no reason to speak."""
        self.failure: Exception | None = None
        threading.Thread(target=self._run, name="text", daemon=True).start()

    def _run(self) -> None:
        try:
            for text in self._texts:
                if not self._say(*self._task.texts(text)):
                    return
            self._say(self._task.finish())
        except Exception as error:
            self.failure = error
            self._talk.close()
        finally:
            self.is_waiting = False

    def _say(self, *messages: str) -> bool:
        """Send messages; False where nobody is there to hear them, which who listens is told better."""
        try:
            for message in messages:
                self._talk.send(message)
        except VoicectlError:
            return False
        return True


def _heard(talk: Conversation, feeder: Feeder | None) -> str | bytes | None:
    """Return the next message; a silence is no fault while the text is still to come."""
    while True:
        try:
            return talk.receive()
        except VoicectlError as error:
            # What stopped the text says more than the conversation that was cut for it.
            if feeder is not None and feeder.failure is not None:
                raise feeder.failure from None
            if error.facts.get("cause") != "silence" or feeder is None or not feeder.is_waiting:
                raise


def task_id(nonce: str) -> str:
    """Return what a task is called: 32 hexadecimal digits of its own."""
    from hashlib import sha256

    return sha256(nonce.encode()).hexdigest()[:32]


@contextmanager
def spoken(
    client: Client,
    request: Request,
    make: Callable[[], Task],
    audio: AudioFormat,
    texts: Iterator[str],
    *,
    action: str,
) -> Iterator[SpeechStream]:
    """Open a conversation and speak one task in it; `texts` may be still to come."""
    speaking = Speaking(make)
    with client.converse(request, action=action, begin=speaking.begin) as talk:
        task = speaking.task
        # Sound may come before all text is out: who only sent, and did not listen, might block both ends.
        feeder = Feeder(talk, task, texts) if task.is_announced else None
        yield SpeechStream(
            format=audio,
            chunks=speaking.sound(talk, feeder),
            request_id=task.id,
            marks=speaking.marks,
            billed_later=speaking.billed,
        )
