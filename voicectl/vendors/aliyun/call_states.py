"""What the states of Dyvmsapi's records and reports mean, in words that all vendors share."""

from __future__ import annotations

from collections.abc import Mapping

from voicectl.core.call import CallState

Meaning = tuple[CallState, str]

STATES: Mapping[str, Meaning] = {
    "200000": (CallState.COMPLETED, ""),
    "200001": (CallState.COMPLETED, "hung_up_early"),
    "200002": (CallState.BUSY, ""),
    "200003": (CallState.NO_ANSWER, ""),
    "200004": (CallState.FAILED, "number_does_not_exist"),
    "200005": (CallState.FAILED, "unreachable_or_rejected"),
    "200006": (CallState.FAILED, "playback_failed"),
    "200007": (CallState.FAILED, "out_of_service_area"),
    "200008": (CallState.FAILED, "no_key_pressed"),
    "200010": (CallState.FAILED, "powered_off"),
    "200011": (CallState.FAILED, "suspended"),
    "200012": (CallState.FAILED, "call_lost"),
    # The call has ended, and this code alone does not say how.
    "200100": (CallState.UNKNOWN, "ended"),
    "200101": (CallState.QUEUED, ""),
    "200102": (CallState.ANSWERED, ""),
    "200103": (CallState.ANSWERED, ""),
    "200104": (CallState.FAILED, "number_restricted"),
    "200105": (CallState.FAILED, "number_restricted"),
    "200111": (CallState.REJECTED, ""),
    "200112": (CallState.BUSY, ""),
    "200113": (CallState.NO_ANSWER, ""),
    "200116": (CallState.FAILED, "invalid_callee"),
    "200117": (CallState.FAILED, "invalid_display_number"),
    "200118": (CallState.FAILED, "carrier_time_limit"),
    "200119": (CallState.FAILED, "carrier_frequency_limit"),
    "200120": (CallState.FAILED, "out_of_service_area"),
    "200121": (CallState.FAILED, "over_concurrency"),
    "200130": (CallState.FAILED, "other"),
    "200201": (CallState.RINGING, ""),
    "300000": (CallState.COMPLETED, "key_pressed"),
    "9996": (CallState.FAILED, "not_established"),
    "999999": (CallState.FAILED, "system_error"),
    "400": (CallState.FAILED, "network_busy"),
    "408": (CallState.FAILED, "carrier_timeout"),
    "476": (CallState.FAILED, "number_reclaimed"),
    "482": (CallState.FAILED, "callee_unavailable"),
    "487": (CallState.CANCELED, ""),
    "500": (CallState.FAILED, "carrier_error"),
    "502": (CallState.FAILED, "carrier_error"),
}


def meaning(code: str, description: str = "") -> Meaning:
    """Return state and reason of a code; one that no page tells of is `unknown`, in the vendor's words."""
    return STATES.get(code) or (CallState.UNKNOWN, description or f"state {code}".strip())
