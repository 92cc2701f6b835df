"""One line of `--log-file` for each request: what was done, never a secret, a number or a text."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from voicectl.core.request import Request

WORDS = "{vendor} {action} at {host}: {status} {code} in {ms} ms, try {attempt}, request id {request_id}"
"""The same for people, as a template over an `Exchange`."""
NAMING_HEADERS = ("x-acs-action", "x-tc-action", "x-amz-target")


class Exchange(NamedTuple):
    """One try of one request; `status` is 0 where no answer came, `code` is the vendor's word."""

    time: datetime
    vendor: str
    action: str
    host: str
    status: int
    code: str
    request_id: str
    ms: int
    attempt: int

    def line(self) -> str:
        """Return the record as one line of JSON, with the time in UTC."""
        import json

        shown = self._asdict()
        shown["time"] = self.time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return json.dumps(shown, ensure_ascii=False) + "\n"


def action_of(request: Request) -> str:
    """Name the deed as its vendor does; else by method and path, where numbers are masked."""
    for name, value in request.pairs():
        if name == "Action":
            return value
    for header in NAMING_HEADERS:
        value_of_header = request.header(header)
        if value_of_header:
            return value_of_header
    return f"{request.method} {re.sub(r'[0-9]{5,}', '***', request.path)}"
