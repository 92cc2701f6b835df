"""What Tencent Cloud's voice messages take for calls, as data for `help vendors`. Placing them: `call.py`.

Source: https://cloud.tencent.com/document/product/1128/51558
"""

from __future__ import annotations

from voicectl.core.service import Operation, Service

CALLS = Service(
    name="vms",
    title="VMS, 2020-09-02",
    text_limit="350 characters, template included",
    operations=(
        Operation(
            "call create",
            "SendTtsVoice",
            ("CreateCall",),
            in_sandbox=True,
            note="--template ID --var 1=… and the profile's voice_sdk_appid; who calls is not chosen",
        ),
        Operation(
            "call create", "SendCodeVoice", in_sandbox=True, note="--operation SendCodeVoice --text 123456"
        ),
        Operation(
            "call listen", "voiceprompt_callback", in_sandbox=True, note="the reports bear no signature"
        ),
    ),
    verified="fields and codes by the vendor's SDK; there is no status, list, cancel or recording",
)


def call_services() -> tuple[Service, ...]:
    """Return what the interface for calls takes."""
    return (CALLS,)
