"""A pace that all processes of one account keep together: files in the state directory, under locks.

The locks are the system's, which frees them when their holder dies, however it dies. A file that is
damaged, or was written before the machine was started anew, counts as not there.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Lock

from voicectl.core.errors import ConfigError, TryLater
from voicectl.core.note import Note
from voicectl.core.pace import OwnPace, Queue, wait_for_turn
from voicectl.kept.private_files import locked

LONGEST_LINE, LONGEST_HOLD = 1000, 60.0
"""How far ahead a turn may honestly lie: so many others before it, or a vendor's wish to be left alone."""
LOOK_AGAIN_SECONDS = 0.02
WAIT_FOR_FILE_SECONDS = 10.0
WAIT_FOR_PLACE_SECONDS = 600.0
"""Who waits longer waits for a process that somebody has put to sleep, and goes on without a place."""
MOST_BYTES = 64


class SharedPace:
    """The limits of one account at one vendor: `jobs` under way, `per_second` begun; 0 is no limit.

    `now` counts seconds on a clock that all processes of the machine share and that never goes back.
    Where the files cannot be used, `say` hears why, once, and the pace is this process's own.
    """

    def __init__(
        self,
        path: Path,
        *,
        jobs: int,
        per_second: float,
        now: Callable[[], float],
        sleep: Callable[[float], None],
        say: Callable[[Note], None] = lambda note: None,
        patience_seconds: float = WAIT_FOR_PLACE_SECONDS,
    ) -> None:
        self._path = path
        self._jobs = jobs
        self._per_second = per_second
        self._now = now
        self._sleep = sleep
        self._say = say
        self._own = OwnPace(now=now, sleep=sleep, per_second=per_second)
        self._lining_up = Lock()
        self._choosing = Lock()
        self._patience_seconds = patience_seconds
        self._is_broken = self._is_stuck = False

    @contextmanager
    def turn(self) -> Iterator[None]:
        with ExitStack() as stack:
            if self._jobs:
                self._take_place(stack)
            if not self._is_broken:
                wait_for_turn(self._taken, self._begun, self._sleep)
            if self._is_broken:
                stack.enter_context(self._own.turn())
            yield

    def _taken(self) -> float:
        return self._change(lambda queue: queue.taken(self._now(), self._per_second)) or 0.0

    def _begun(self) -> float:
        if not self._per_second:
            return 0.0
        return self._change(lambda queue: queue.begun(self._now(), self._per_second)) or 0.0

    def hold(self, seconds: float) -> None:
        now = self._now()
        self._own.hold(seconds)
        self._change(lambda queue: (queue.held(now, min(seconds, LONGEST_HOLD)), 0.0))

    def _change(self, step: Callable[[Queue], tuple[Queue, float]]) -> float | None:
        """Change the line while nobody else can; None where the files cannot be used."""
        with self._lining_up:
            if self._is_broken:
                return None
            try:
                with locked(self._path, wait_seconds=WAIT_FOR_FILE_SECONDS):
                    queue, wait = step(self._read())
                    self._write(queue)
                    return wait
            except (ConfigError, TryLater, OSError) as error:
                self._give_up(error)
                return None

    def _read(self) -> Queue:
        try:
            free_at, begun_at = map(float, self._path.read_bytes()[:MOST_BYTES].split())
        except (OSError, ValueError):
            return Queue()
        farthest = LONGEST_HOLD + LONGEST_LINE / (self._per_second or LONGEST_LINE)
        is_honest = math.isfinite(free_at + begun_at) and free_at - self._now() <= farthest
        return Queue(free_at, begun_at) if is_honest else Queue()

    def _write(self, queue: Queue) -> None:
        """Write in place: who dies in between leaves a damaged file, which counts as none."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(self._path, flags, 0o600)
        try:
            os.write(descriptor, f"{queue.free_at!r} {queue.begun_at!r}".encode())
        finally:
            os.close(descriptor)

    def _take_place(self, stack: ExitStack) -> None:
        """Take one of the places of requests under way, and give it back with the stack.

        Only one thread of this process looks for a place at a time, and only one process: the others
        stand behind it.
        """
        with self._choosing:
            if self._is_broken or self._is_stuck:
                return
            try:
                with locked(self._beside("door"), wait_seconds=self._patience_seconds):
                    stack.enter_context(self._place())
            except TryLater as error:
                self._is_stuck = True
                self._say(Note("no place came free: {reason}", {"reason": str(error)}))
            except (ConfigError, OSError) as error:
                self._give_up(error)

    def _place(self) -> ExitStack:
        """Return a place that is already taken: closing it frees it."""
        for _ in range(int(self._patience_seconds / LOOK_AGAIN_SECONDS)):
            for number in range(self._jobs):
                held = ExitStack()
                try:
                    held.enter_context(locked(self._beside(str(number)), wait_seconds=0))
                except TryLater:
                    continue
                return held
            self._sleep(LOOK_AGAIN_SECONDS)
        raise TryLater("as many requests are under way as may be ({count})", count=self._jobs)

    def _beside(self, name: str) -> Path:
        return self._path.with_name(f"{self._path.name}.{name}")

    def _give_up(self, error: Exception) -> None:
        self._is_broken = True
        self._say(Note("the pace cannot be shared with other processes: {reason}", {"reason": str(error)}))
