"""The way to bytes that may die while they are brought: it is asked for anew. Bringing: `download.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock

from voicectl.core.clock import Clock
from voicectl.core.errors import CredentialError, NotFound, VoicectlError
from voicectl.core.recording import Location
from voicectl.core.request import Pairs, ReplyStream


class Way:
    """Opens the bytes by the newest location there is; safe for threads."""

    def __init__(self, locate: Callable[[], Location], clock: Clock) -> None:
        self._locate = locate
        self._clock = clock
        self._location: Location | None = None
        self._has_worked = False
        self._asking = Lock()

    @property
    def etag_is_md5(self) -> bool:
        """Say what `Location` says of the store."""
        return self._location is not None and self._location.etag_is_md5

    @contextmanager
    def open(self, headers: Pairs) -> Iterator[ReplyStream]:
        """Open a good reply; a location that worked and is refused now is asked for anew, once."""
        with ExitStack() as stack:
            yield self._opened(headers, stack)

    def _opened(self, headers: Pairs, stack: ExitStack) -> ReplyStream:
        location = self._current()
        try:
            reply = stack.enter_context(location.open(headers))
        except (CredentialError, NotFound) as error:
            reply = stack.enter_context(self._instead_of(location, error).open(headers))
        self._has_worked = True
        return reply

    def _current(self) -> Location:
        with self._asking:
            if self._location is None or self._is_over(self._location):
                self._location = self._asked()
            return self._location

    def _instead_of(self, dead: Location, error: VoicectlError) -> Location:
        with self._asking:
            if self._location is dead or self._location is None:
                if not self._has_worked:
                    raise error
                self._location, self._has_worked = self._asked(), False
            return self._location

    def _asked(self) -> Location:
        location = self._locate()
        if self._is_over(location):
            raise CredentialError(
                "the URL is good no more: it ended at {ended}",
                ended=location.expires_at,
                hint="get a new one; what has been fetched so far is kept",
            )
        return location

    def _is_over(self, location: Location) -> bool:
        return location.expires_at is not None and location.expires_at <= self._clock.moment().now
