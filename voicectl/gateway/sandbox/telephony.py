"""Calls, recordings and buckets of all vendors, put together. What each does: the other files."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlencode

from voicectl.gateway.sandbox import calls_aliyun, calls_tencent, calls_twilio, calls_volcengine
from voicectl.gateway.sandbox import objects_rules as stores
from voicectl.gateway.sandbox.acts import Act
from voicectl.gateway.sandbox.calls import RINGS, PhoneCall, Standing, Telephone
from voicectl.gateway.sandbox.calls_reports import STEPS, Report, Reports, Writer
from voicectl.gateway.sandbox.cloud import Cloud, Service
from voicectl.gateway.sandbox.objects import Store
from voicectl.gateway.sandbox.recordings import BUCKET, SAMPLE, Archive
from voicectl.gateway.sandbox.recordings_aliyun import Lookups
from voicectl.gateway.sandbox.recordings_aws import Connect
from voicectl.gateway.sandbox.recordings_twilio import Recordings
from voicectl.gateway.sandbox.sound import Studio
from voicectl.signing import webhook

JSON = ("Content-Type", "application/json")
FORM = ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
KNOWN = {
    "aliyun": {
        "templates": calls_aliyun.TEMPLATES,
        "voice_files": [*calls_aliyun.FILES],
        "numbers": calls_aliyun.NUMBERS,
    },
    "volcengine": {
        "templates": calls_volcengine.TEMPLATES,
        "voice_files": [*calls_volcengine.FILES],
        "flows": [*calls_volcengine.FLOWS],
        "pools": calls_volcengine.POOLS,
    },
    "tencent": {"templates": calls_tencent.TEMPLATES, "application": calls_tencent.APPLICATION},
    "twilio": {"numbers": calls_twilio.OWNED},
    "ends": [*RINGS],
    "bucket": BUCKET,
    "recording": SAMPLE,
}
"""What may be named in an order; anything else is refused by the vendor's own code."""


class Telephony(NamedTuple):
    """What is plugged in: the actions behind the vendors' gateways, and the other interfaces."""

    aliyun: dict[str, Act]
    volcengine: dict[str, Act]
    tencent: dict[str, Act]
    services: list[Service]


def telephony(cloud: Cloud, studio: Studio) -> Telephony:
    """Build it, with its doors: `outcome`, `push`, and `telephony`, which tells what may be named."""
    telephone = Telephone(cloud)
    archive = Archive(telephone, studio)
    dyvms, vms = calls_aliyun.Dyvms(archive), calls_volcengine.Vms(archive)
    tencent = calls_tencent.Vms(telephone)
    twilio = calls_twilio.Twilio(telephone, Recordings(archive))
    writers: dict[str, Writer] = {
        "aliyun": _at_the_end(dyvms.report),
        "volcengine": _at_the_end(vms.report),
        "tencent": _at_the_end(tencent.report),
        "twilio": _signed(cloud, twilio),
    }
    reports = Reports(telephone, writers)
    telephone.told = reports.placed
    cloud.doors["POST", "push"] = reports.push
    cloud.doors["POST", "outcome"] = telephone.decide
    cloud.doors["GET", "telephony"] = lambda told: KNOWN
    return Telephony(
        aliyun={**dyvms.acts(), **Lookups(archive).acts()},
        volcengine=vms.acts(),
        tencent=tencent.acts(),
        services=[
            twilio,
            Connect(archive),
            *(Store(archive, own) for own in (stores.OSS, stores.TOS, stores.S3)),
        ],
    )


def _at_the_end(write: Callable[[PhoneCall, Standing], object]) -> Writer:
    """Return what reports the end of a call, as JSON without a signature."""

    def written(call: PhoneCall, stands: Standing, number: int, url: str) -> Report | None:
        if not stands.state.is_final:
            return None
        return Report((JSON,), json.dumps(write(call, stands), ensure_ascii=False).encode())

    return written


def _signed(cloud: Cloud, twilio: calls_twilio.Twilio) -> Writer:
    """Return what reports each step that was wanted, as a form that Twilio's token signs."""

    def written(call: PhoneCall, stands: Standing, number: int, url: str) -> Report | None:
        if STEPS[number] not in twilio.events(call):
            return None
        fields = twilio.fields(call, stands, number)
        signature = webhook.signature(url, fields, cloud.keys["twilio"])
        return Report((FORM, (webhook.SIGNATURE, signature)), urlencode(fields).encode())

    return written
