"""Recordings at a vendor on loopback: the program's own wiring in this process, behind a judge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random

from tests.cloud.court import Account
from tests.cloud.server import Answer, Bytes, RawRequest, Respond, Server, serving
from tests.cloud.store import Store
from tests.fakes import world
from voicectl.actions.recording import Brought, Desk, Place, Wanted, bring, of_call
from voicectl.core.call import CallId
from voicectl.core.options import Options
from voicectl.core.recording import Recording, Recordings
from voicectl.recordings import archive, downloader
from voicectl.runtime import Runtime

ACCOUNT = Account("AKIDEXAMPLE", "secret-EXAMPLE-0123456789")
TEMPORARY = Account("AKIDEXAMPLE2", "secret-EXAMPLE-9876543210", "token-EXAMPLE-0123456789")
SOUND = Random(3).randbytes(300_000)
VARIABLES = {
    "aliyun": (
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        "ALIBABA_CLOUD_SECURITY_TOKEN",
    ),
    "aws": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    "volcengine": ("VOLCENGINE_ACCESS_KEY", "VOLCENGINE_SECRET_KEY", "VOLCENGINE_SESSION_TOKEN"),
    "tencent": ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_TOKEN"),
}


@dataclass
class Cloud:
    """A vendor's interface behind its judge, and under `/media/` the recordings themselves."""

    interface: Respond
    media: Store = field(default_factory=lambda: Store(SOUND))

    def __call__(self, request: RawRequest) -> Answer | Bytes:
        return self.media(request) if request.path.startswith("/media/") else self.interface(request)


@dataclass
class Keeper:
    """A vendor's recordings as the program has them."""

    runtime: Runtime
    server: Server
    folder: Path

    @property
    def recordings(self) -> Recordings:
        return archive(self.runtime).recordings

    def of(self, vendor_id: str, product: str, name: str = "", **params: str) -> list[Recording]:
        vendor = archive(self.runtime).vendor
        call = CallId(vendor=vendor, product=product, day=date(2026, 1, 2), vendor_id=vendor_id)
        return of_call(self.recordings, call, name, params)

    def brought(self, recordings: Recordings, recording: Recording) -> Brought:
        desk = Desk(clock=self.runtime.clock, downloader=downloader(self.runtime, Options(retries=0), jobs=2))
        wanted = Wanted(recording=recording, locate=lambda: recordings.locate(recording))
        return bring(wanted, Place(folder=str(self.folder)), desk)


def variables(vendor: str, account: Account = ACCOUNT) -> dict[str, str]:
    names = VARIABLES[vendor]
    found = dict(zip(names, (account.key_id, account.secret, account.token), strict=True))
    return {name: value for name, value in found.items() if value}


@contextmanager
def keeper(
    vendor: str,
    cloud: Respond,
    folder: Path,
    environ: Mapping[str, str],
    *,
    region: str = "",
    endpoint: bool = True,
    dry_run: bool = False,
    allow_private: bool = False,
) -> Iterator[Keeper]:
    """Run a vendor for the time of a `with` block; unless told, all goes to it by its endpoint."""
    with serving(cloud) as server:
        around = {"VOICECTL_VENDOR": vendor, "VOICECTL_NO_KEYRING": "1", **environ}
        if endpoint:
            around["VOICECTL_ENDPOINT_URL"] = server.url
        options = Options(retries=0, region=region, dry_run=dry_run, allow_private=allow_private)
        runtime = Runtime(world(around), options)
        try:
            yield Keeper(runtime, server, folder)
        finally:
            runtime.http.close()
