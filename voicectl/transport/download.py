"""Bringing the bytes of one recording: in parts, on after every fault, and checked. What they are: elsewhere.

Threads write, each its own part of the file. The caller's thread follows, reads what is there from the
start without a gap, and sums it up: so what is checked is the file, whoever wrote it and when.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Event, Thread

from voicectl.core.clock import Clock
from voicectl.core.errors import BrokenAnswer, VendorRefused, VoicectlError
from voicectl.core.recording import Fetched, Location, Partial, Plan
from voicectl.core.request import ReplyStream
from voicectl.transport import ranges, replies, retry
from voicectl.transport.checksums import Digests
from voicectl.transport.ranges import MIB, MOST_SEGMENTS, PARTIAL
from voicectl.transport.way import Way

MOST_STARTS = 3
NEWS_BYTES = MIB
LOOK_SECONDS = 0.2
LEAVE_SECONDS = 0.3
NO_SUCH_PART = {412, 416}


class StartAgain(Exception):
    """What is there is of no use; `error` is what to say where that has happened too often.

    `whole`: ask for all in one piece next time.
    """

    def __init__(self, error: VoicectlError, *, whole: bool = False) -> None:
        super().__init__(str(error))
        self.error, self.whole = error, whole


class NoSound(BrokenAnswer):
    """Text came in the place of sound, and would come again."""

    retryable = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeDownloader:
    """See `core.recording.Downloader`; `jobs` parts are brought side by side, where there are so many."""

    clock: Clock
    chance: Callable[[], float]
    retries: int = 2
    jobs: int = 4
    max_bytes: int = replies.SOUND_LIMIT

    def fetch(
        self, locate: Callable[[], Location], into: Partial, advance: Callable[[float], None]
    ) -> Fetched:
        whole = self.jobs < 2
        for start in range(1, MOST_STARTS + 1):
            try:
                return Bringing(self, Way(locate, self.clock), into, advance).bring(whole=whole)
            except StartAgain as again:
                into.forget()
                whole = whole or again.whole
                if start == MOST_STARTS:
                    raise again.error from None
        raise AssertionError("each start returns or raises")


class Bringing:
    """One start, from the first request to the checked file."""

    def __init__(
        self, settings: RangeDownloader, way: Way, into: Partial, advance: Callable[[float], None]
    ) -> None:
        self._settings, self._way, self._into, self._advance = settings, way, into, advance
        self._waiting: deque[int] = deque()
        self._news, self._stop = Event(), Event()
        self._error: BaseException | None = None
        self._told = 0

    def bring(self, *, whole: bool) -> Fetched:
        """Bring what is missing, and check all; StartAgain where what is there is of no use."""
        resumed_from = self._take_stock()
        with ExitStack() as stack:
            index, reply, is_fresh = self._first(stack, whole=whole)
            if is_fresh:
                resumed_from = 0
            had_length = self._plan.size is not None
            digests = self._work(index, reply)
        if digests.wrong:
            words = "what came is not what the store keeps: its {kind} differs"
            raise StartAgain(BrokenAnswer(words, kind=digests.wrong), whole=True)
        return Fetched(
            bytes=self._into.prefix,
            sha256=digests.sha256,
            checked_by=digests.strongest or ("length" if had_length else ""),
            resumed_from=resumed_from,
        )

    @property
    def _plan(self) -> Plan:
        plan = self._into.plan
        assert plan is not None, "a reply has begun it"
        return plan

    def _take_stock(self) -> int:
        """Return how many bytes are there.

        Of a whole file the last one is asked for again: the server says then whether it is still the one.
        """
        segments = self._into.segments
        if segments and all(segment.is_full for segment in segments):
            self._into.take_back(len(segments) - 1, 1)
        return sum(segment.done for segment in self._into.segments)

    # The first request -------------------------------------------------------------------------

    def _first(self, stack: ExitStack, *, whole: bool) -> tuple[int, ReplyStream, bool]:
        """Open the first reply, which decides what is to be done; say also whether it begins anew."""
        plan, segments = self._into.plan, self._into.segments
        missing = next((index for index, each in enumerate(segments) if not each.is_full), None)
        if plan is not None and missing is not None:
            segment = segments[missing]
            with _of_these_bytes():
                reply = stack.enter_context(self._way.open(ranges.asking_for(segment, plan.validator)))
            if reply.status == PARTIAL:
                self._check(reply, missing)
                return missing, reply, False
        else:
            with _of_these_bytes(whole=True):
                reply = stack.enter_context(self._way.open(ranges.asking_first(whole=whole)))
        self._begin(reply)
        return 0, reply, True

    def _begin(self, reply: ReplyStream) -> None:
        """Start by what the first reply says."""
        try:
            plan = ranges.plan_of(reply, etag_is_md5=self._way.etag_is_md5)
        except BrokenAnswer as error:
            raise StartAgain(error, whole=True) from error
        if plan.size == 0:
            raise BrokenAnswer("the recording is empty")
        if plan.size and plan.size > self._settings.max_bytes:
            raise BrokenAnswer(
                "the recording has {size} bytes, the limit is {limit}",
                size=plan.size,
                limit=self._settings.max_bytes,
                hint="--max-bytes {size}",
            )
        in_parts = plan.size is not None and plan.segment_bytes < plan.size
        if in_parts and (not plan.validator or (plan.size or 0) > MOST_SEGMENTS * plan.segment_bytes):
            raise StartAgain(BrokenAnswer("the recording cannot be had in parts"), whole=True)
        self._into.begin(plan)

    def _check(self, reply: ReplyStream, index: int) -> None:
        """Refuse a reply to a range that does not bring that range, of those bytes."""
        if reply.status != PARTIAL:
            raise StartAgain(BrokenAnswer("the server takes no ranges any more"), whole=True)
        try:
            if ranges.goes_on(reply, self._into.segments[index], self._plan):
                return
        except BrokenAnswer as error:
            raise StartAgain(error, whole=True) from error
        raise StartAgain(BrokenAnswer("the recording changes while it is fetched"))

    # Threads that write ------------------------------------------------------------------------

    def _work(self, index: int, reply: ReplyStream) -> Digests:
        segments = self._into.segments
        self._waiting.extend(n for n, each in enumerate(segments) if n != index and not each.is_full)
        others = min(self._settings.jobs - 1, len(self._waiting))
        threads = [Thread(target=self._writes, args=(index, reply), daemon=True)]
        threads += [Thread(target=self._writes, daemon=True) for _ in range(others)]
        for thread in threads:
            thread.start()
        try:
            return self._follow(threads)
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(LEAVE_SECONDS)

    def _writes(self, index: int | None = None, reply: ReplyStream | None = None) -> None:
        """Fill one segment after the other, until none waits or somebody fails."""
        try:
            while not self._stop.is_set():
                if index is None:
                    index = self._waiting.popleft()
                self._fill(index, reply)
                index = reply = None
        except IndexError:
            pass
        except BaseException as error:
            self._error = self._error or error
        finally:
            self._news.set()

    def _fill(self, index: int, reply: ReplyStream | None) -> None:
        failures = 0
        while not self._stop.is_set() and not (before := self._into.segments[index]).is_full:
            with ExitStack() as stack:
                # The client has tried again already: what fails in opening is final.
                opened, reply = reply or self._opened(index, stack), None
                try:
                    self._pour(index, opened)
                    continue
                except VoicectlError as failed:
                    error = failed
            came = self._into.segments[index].done - before.done
            failures = 1 if came >= MIB else failures + 1
            self._pause_after(error, failures)

    def _opened(self, index: int, stack: ExitStack) -> ReplyStream:
        """Ask for what a segment lacks."""
        asking = ranges.asking_for(self._into.segments[index], self._plan.validator)
        with _of_these_bytes():
            reply = stack.enter_context(self._way.open(asking))
        self._check(reply, index)
        return reply

    def _pour(self, index: int, reply: ReplyStream) -> None:
        segment, size = self._into.segments[index], self._plan.size
        left, news = segment.end - segment.start - segment.done, 0
        is_start = segment.start + segment.done == 0
        with self._into.writer(index) as write:
            for chunk in reply.chunks:
                if self._stop.is_set():
                    return
                if is_start and replies.begins_as_text(chunk):
                    raise NoSound("text came where sound was promised", hint="check the address and the keys")
                is_start = False
                left -= len(chunk)
                if left < 0:
                    raise BrokenAnswer("more came than was promised")
                write(chunk)
                news += len(chunk)
                if news >= NEWS_BYTES:
                    news = 0
                    self._news.set()
        if size is None:
            self._into.end_at_prefix()

    def _pause_after(self, error: VoicectlError, failures: int) -> None:
        """Wait before a segment is gone on with; raise where there is to be no other try."""
        settings = self._settings
        pause = retry.pause_before_next(
            error, attempt=failures, retries=settings.retries, chance=settings.chance
        )
        if pause is None:
            raise error
        settings.clock.sleep(pause)
        if not self._plan.validator or self._plan.size is None:
            raise StartAgain(error, whole=True)

    # The thread that reads ---------------------------------------------------------------------

    def _follow(self, threads: list[Thread]) -> Digests:
        """Sum up what is there while it grows; raise what stopped a writer."""
        digests, reached = Digests(self._plan.promised), 0
        while True:
            is_over = not any(thread.is_alive() for thread in threads)
            prefix = self._into.prefix
            for block in self._into.blocks(reached, prefix):
                digests.feed(block)
                if self._error is not None:
                    break
            reached = prefix
            self._tell()
            if self._error is not None:
                raise self._error
            if is_over:
                break
            self._news.wait(LOOK_SECONDS)
            self._news.clear()
        if reached != self._plan.size:
            raise BrokenAnswer("{reached} bytes came of {size}", reached=reached, size=self._plan.size)
        return digests

    def _tell(self) -> None:
        there = sum(segment.done for segment in self._into.segments)
        self._advance(there - self._told)
        self._told = there


@contextmanager
def _of_these_bytes(*, whole: bool = False) -> Iterator[None]:
    """Start again where the server says that it has no such part, or another version."""
    try:
        yield
    except VendorRefused as error:
        if error.facts.get("status") not in NO_SUCH_PART:
            raise
        raise StartAgain(error, whole=whole) from error
