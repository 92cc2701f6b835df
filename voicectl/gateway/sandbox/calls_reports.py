"""Reports that vendors send by themselves, while a call goes on and at its end. Their words: `calls_*.py`.

They go to this machine only: a script that names its real receiver by mistake reaches nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPConnection, HTTPException
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from voicectl.core.call import CallState
from voicectl.core.request import Pairs
from voicectl.gateway.sandbox.calls import PhoneCall, Standing, Telephone
from voicectl.gateway.sandbox.doors import is_loopback

PAUSE_SECONDS, PATIENCE_SECONDS = 0.05, 15
STEPS = ("initiated", "ringing", "answered", "completed")


class Report(NamedTuple):
    """What is posted."""

    headers: Pairs
    body: bytes


Writer = Callable[[PhoneCall, Standing, int, str], Report | None]
"""Takes a call, where it is, the number of the step and the address; None where this step is not reported."""


class Reports:
    """Follows the calls whose progress somebody wants to hear of, and tells it."""

    def __init__(self, telephone: Telephone, writers: Mapping[str, Writer]) -> None:
        self._telephone = telephone
        self._cloud = telephone.cloud
        self._writers = writers
        self._kept: list[tuple[str, str]] = []
        self._followed: dict[tuple[str, str, str], set[int]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_following = False

    def placed(self, call: PhoneCall) -> None:
        """Follow a new call, to where its order says and to where all reports of its vendor go."""
        for url in (call.report_to, *(url for vendor, url in self._kept if vendor in ("", call.vendor))):
            if url:
                self._follow(call, url)

    def push(self, told: Mapping[str, Any]) -> dict[str, object]:
        """Report the calls that have ended, of one `vendor` or all; with `keep` later ones as well."""
        url, vendor = str(told["url"]), str(told.get("vendor", ""))
        if not _is_near(url):
            raise ValueError("reports go to this machine only, over http")
        if told.get("keep"):
            self._kept.append((vendor, url))
        count = 0
        for call in self._telephone.all(vendor):
            stands = self._telephone.standing(call)
            if stands.state.is_final and told.get("id") in (None, call.name):
                count += 1
                self._do(self._tell(call, stands, len(STEPS) - 1, url))
        return {"reports": count}

    def _follow(self, call: PhoneCall, url: str) -> None:
        self._followed[call.vendor, call.name, url] = set()
        if not self._is_following:
            self._is_following = True
            self._do(self._watch())

    async def _watch(self) -> None:
        while self._followed:
            for (vendor, name, url), done in list(self._followed.items()):
                call = self._telephone.find(vendor, name)
                stands = self._telephone.standing(call) if call else None
                for number, step in _steps(stands):
                    if call is not None and number not in done:
                        done.add(number)
                        await self._tell(call, step, number, url)
                if stands is None or stands.state.is_final:
                    del self._followed[vendor, name, url]
            await asyncio.sleep(PAUSE_SECONDS)
        self._is_following = False

    async def _tell(self, call: PhoneCall, stands: Standing, number: int, url: str) -> None:
        report = self._writers[call.vendor](call, stands, number, url)
        if report is None:
            return
        said = await asyncio.to_thread(posted, url, report) if _is_near(url) else "not sent: not this machine"
        self._cloud.note(call.vendor, "report", id=call.name, url=url, answer=said)

    def _do(self, deed: Any) -> None:
        task = asyncio.get_running_loop().create_task(deed)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _steps(stands: Standing | None) -> Iterator[tuple[int, Standing]]:
    """Yield what a call has gone through, also what nobody was there to see."""
    if stands is None:
        return
    yield 0, Standing(CallState.QUEUED)
    if stands.state is not CallState.QUEUED:
        yield 1, Standing(CallState.RINGING)
    if stands.answered_at:
        yield 2, Standing(CallState.ANSWERED, answered_at=stands.answered_at)
    if stands.state.is_final:
        yield 3, stands


def _is_near(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "http" and is_loopback(parts.netloc)


def posted(url: str, report: Report) -> str:
    """Post a report; return the status of the answer, or why there is none."""
    parts = urlsplit(url)
    line = HTTPConnection(parts.netloc, timeout=PATIENCE_SECONDS)
    try:
        target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        line.request("POST", target, report.body, dict(report.headers))
        return str(line.getresponse().status)
    except (OSError, ValueError, HTTPException) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        line.close()
