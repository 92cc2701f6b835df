"""What Twilio's interface for calls takes, as data for `help vendors`. Placing them: `call.py`.

Source: https://www.twilio.com/docs/voice/api/call-resource
"""

from __future__ import annotations

from voicectl.core.service import Operation, Service

PLACING = (
    "--text is spoken by <Say>, with --voice and --param Language=…; --voice-file URL is played; "
    "else --param Url=…, Twiml=… or ApplicationSid=…"
)
STATUS = "tells no time of the answer; no state of its own means rejected"
SEARCH = "by number and time: no mark of ours is kept there, so what is found is inferred"
CANCEL = "Status=canceled; with --hang-up completed, which ends an answered call too"
CALLS = Service(
    name="voice",
    title="Voice, REST 2010-04-01",
    text_limit="4000 characters of TwiML, markup included",
    operations=(
        Operation("call create", "POST Calls", ("calls.create", "CreateCall"), in_sandbox=True, note=PLACING),
        Operation("call status", "GET Calls/{CA}", ("calls.fetch", "QueryCallStatus"), True, STATUS),
        Operation("call status --reconcile", "GET Calls", ("calls.list",), True, SEARCH),
        Operation("call cancel", "POST Calls/{CA}", ("calls.update",), True, CANCEL),
        Operation(
            "call listen",
            "StatusCallback",
            in_sandbox=True,
            note="X-Twilio-Signature is checked by the auth token",
        ),
    ),
    verified="fields, states and signatures by the vendor's SDK; there is no idempotency key for calls",
)


def services() -> tuple[Service, ...]:
    """Return what Twilio's interfaces take."""
    return (CALLS,)
