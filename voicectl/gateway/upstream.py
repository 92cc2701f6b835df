"""What a vendor's failure is to the gateway's client: never the vendor's own words, and never a 401."""

from __future__ import annotations

from voicectl.core.errors import (
    BadInput,
    NotFound,
    TryLater,
    Unreachable,
    Unsupported,
    UsageError,
    VendorRefused,
    VoicectlError,
    WaitedTooLong,
)
from voicectl.gateway.refusals import Refusal, cut, invalid_request, upstream_failed

OF_THE_REQUEST = (400, 404, 413, 422)
"""With these a vendor says that the request was wrong, not that it or we are in trouble."""
TIMED_OUT = (408, 504)


def refusal_for(error: Exception) -> Refusal:
    """Return the answer; the reason, for audit and metrics, is the kind of error and no more."""
    if not isinstance(error, VoicectlError):
        return upstream_failed()
    status = error.facts.get("status")
    match error:
        case BadInput() | Unsupported() | UsageError() if status is None:
            # Found out by us before anything was sent: the words are ours.
            return invalid_request(_first_line(error))
        case VendorRefused() | NotFound() if status in OF_THE_REQUEST:
            return invalid_request("The speech service does not take this text, model or voice")
        case TryLater() | Unreachable() | WaitedTooLong():
            return upstream_failed(timed_out=_is_timeout(error, status))
    return upstream_failed()


def _is_timeout(error: VoicectlError, status: object) -> bool:
    if isinstance(error, Unreachable):
        return error.facts.get("cause") == "timeout"
    return isinstance(error, WaitedTooLong) or status is None or status in TIMED_OUT


def _first_line(error: VoicectlError) -> str:
    """Return our words; the client's own among them are cut, so that none can be long or unprintable."""
    short = error.hiding(cut)
    return str(short).partition("\n")[0]
