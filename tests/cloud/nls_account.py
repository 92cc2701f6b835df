"""An account at the NLS on loopback, as the program sees it: variables, an endpoint, an empty home."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from tests.cloud.nls import APPKEY, KEY, Nls
from tests.cloud.server import Server, serving
from tests.conftest import Program

KEYS = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY.key_id,
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY.secret,
    "ALIYUN_NLS_APPKEY": APPKEY,
    "VOICECTL_VENDOR": "aliyun",
}


class Customer:
    """Runs the program against an NLS of its own."""

    def __init__(self, program: Program, nls: Nls, server: Server) -> None:
        self.nls = nls
        self.server = server
        self.home = program.home
        address = {"VOICECTL_ENDPOINT_URL": server.url, "VOICECTL_NO_CACHE": "1"}
        self.program = replace(program, environ={**program.environ, **KEYS, **address})

    def __call__(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.program(*words, env=variables)

    def say(self, text: str, out: str, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return self("say", text, "-o", out, *words, **variables)


@contextmanager
def customer_of(program: Program, nls: Nls | None = None) -> Iterator[Customer]:
    """Open an NLS for the time of a `with` block."""
    nls = nls or Nls()
    with serving(nls) as server:
        yield Customer(program, nls, server)
