"""Calls at a vendor on loopback: the program's own wiring, in this process, with a clock that never waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from tests.cloud import tencent_vms, twilio, volcengine_vms
from tests.cloud.server import RawRequest, Respond
from tests.fakes import world
from voicectl.core.call import Call, CallOrder, Calls
from voicectl.core.clock import Moment
from voicectl.core.options import Options
from voicectl.runtime import Runtime
from voicectl.world import SystemClock

NUMBER, NUMBER_E164 = "13800138000", "+8613800138000"
KEY = "0123456789abcdef0123456789abcdef"


class SwiftClock(SystemClock):
    """Tells the time and does not wait."""

    def sleep(self, seconds: float) -> None:
        pass


@dataclass
class StillClock:
    """Stands still, and does not wait."""

    now: datetime = datetime(2026, 1, 2, 18, 30, tzinfo=UTC)

    def moment(self) -> Moment:
        return Moment(self.now, "nonce-EXAMPLE")

    def sleep(self, seconds: float) -> None:
        pass


@dataclass(frozen=True)
class Phone:
    """A vendor: its judge, its ledger of calls that rang, its variables, and an order that it takes."""

    vendor: str
    service: Any
    judge: Respond
    environ: Mapping[str, str]
    order: CallOrder
    is_placing: Any = field(repr=False, default=None)

    @property
    def rang(self) -> list[dict[str, Any]]:
        ledger: list[dict[str, Any]] = self.service.rang
        return ledger

    def calls(self, url: str, *, seconds: float = 5, clock: Any = None, **options: Any) -> Calls:
        """Return this vendor's calls, by the program's own wiring."""
        environ = {**self.environ, "VOICECTL_ENDPOINT_URL": url, "VOICECTL_VENDOR": self.vendor}
        runtime = Runtime(world(environ), Options(timeout=seconds, **options))
        runtime.clock = clock or SwiftClock()
        _, card, access = runtime.chosen()
        assert card.call is not None
        return card.call(access)

    def place(self, url: str, order: CallOrder | None = None, **options: Any) -> Call:
        """Settle and place a call."""
        calls = self.calls(url, **options)
        return calls.create(calls.settle(order or self.order))

    def ordered(self, **changes: Any) -> CallOrder:
        return replace(self.order, **changes)


def volcengine(generation: int = 1) -> Phone:
    service = volcengine_vms.Vms(generation=generation)
    keys = {
        "VOLCENGINE_ACCESS_KEY": volcengine_vms.KEY.key_id,
        "VOLCENGINE_SECRET_KEY": volcengine_vms.KEY.secret,
    }
    order = CallOrder(
        to=NUMBER,
        template=volcengine_vms.TEMPLATES[0],
        variables={"code": "0123"},
        params={"NumberPoolNo": volcengine_vms.POOL},
        key=KEY,
        reference="vc0123456789ab",
    )
    judge = volcengine_vms.vms(service)
    return Phone("volcengine", service, judge, keys, order, volcengine_vms.is_placing)


def tencent() -> Phone:
    service = tencent_vms.Vms()
    keys = {
        "TENCENTCLOUD_SECRET_ID": tencent_vms.KEY.key_id,
        "TENCENTCLOUD_SECRET_KEY": tencent_vms.KEY.secret,
    }
    order = CallOrder(
        to=NUMBER_E164,
        template=tencent_vms.TEMPLATE,
        variables={"2": "b", "1": "0123"},
        params={"VoiceSdkAppid": tencent_vms.APP_ID},
        key=KEY,
        reference="vc0123456789ab",
    )
    return Phone("tencent", service, tencent_vms.vms(service), keys, order, tencent_vms.is_placing)


def of_twilio(keys: Mapping[str, str] = twilio.KEYS) -> Phone:
    service = twilio.Twilio()
    order = CallOrder(
        to=NUMBER_E164, caller="+15005550006", text="hello", key=KEY, reference="vc0123456789ab"
    )
    return Phone("twilio", service, service, keys, order, twilio.is_placing)


PHONES = {"volcengine": volcengine, "tencent": tencent, "twilio": of_twilio}


def bodies(requests: list[RawRequest]) -> list[bytes]:
    return [request.body for request in requests]
