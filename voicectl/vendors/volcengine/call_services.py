"""What Volcengine's voice service takes for calls, as data for `help vendors`. Placing them: `call.py`.

Source: https://www.volcengine.com/docs/6358/172952
"""

from __future__ import annotations

from voicectl.core.service import Operation, Service

PLACING = (
    "--template KEY, --voice-file KEY, --text T (250 characters) or --param Type=2 --param Resource=KEY; "
    "always a pool: --param NumberPoolNo=NP… or the profile's number_pool"
)
KEYED = "SingleOpenId is made of the idempotency key and the number: the vendor itself rings once"
STATUS = "QuerySingleInfo where that is gone; how an unanswered call ended is not told"
CALLS = Service(
    name="vms",
    title="VMS, 2022-01-01",
    text_limit="250 characters of text",
    operations=(
        Operation("call create", "SingleBatchAppend", ("CreateCall",), in_sandbox=True, note=PLACING),
        Operation("call create --idempotency-key", "SingleBatchAppend", in_sandbox=True, note=KEYED),
        Operation("call status", "SingleInfo", ("QuerySingleInfo", "QueryCallStatus"), True, STATUS),
        Operation("call cancel", "SingleCancel", ("SingleCancelV2",), True, "only before it is dialled"),
        Operation("call listen", "CallRecordPostUrl", in_sandbox=True, note="the reports bear no signature"),
    ),
    verified="fields and actions by the vendor's kits; what a repeated SingleOpenId is answered is assumed",
)


def call_services() -> tuple[Service, ...]:
    """Return what the interface for calls takes."""
    return (CALLS,)
