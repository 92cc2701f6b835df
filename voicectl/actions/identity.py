"""Ask a vendor whether an account's keys are good, and whose they are. How each is asked: `vendors/`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from voicectl.core.errors import CredentialError
from voicectl.core.identity import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """What came of it; `error` is why the vendor does not take the keys."""

    seconds: float
    caller: Caller | None = None
    error: CredentialError | None = None

    def as_json(self, vendor: str, profile: str) -> dict[str, object]:
        """Return the result as `profile test` prints it."""
        facts = self.error.facts if self.error else {}
        return {
            "vendor": vendor,
            "profile": profile or None,
            "ok": self.error is None,
            "identity": self.caller.name or None if self.caller else None,
            "ms": round(self.seconds * 1000),
            "request_id": (self.caller.request_id if self.caller else facts.get("request_id")) or None,
        }


def try_keys(ask: Callable[[], Caller], monotonic: Callable[[], float]) -> Tested:
    """Ask, and take the time; keys that the vendor refuses are a result, all else is raised."""
    began = monotonic()
    try:
        caller = ask()
    except CredentialError as error:
        return Tested(seconds=monotonic() - began, error=error)
    return Tested(seconds=monotonic() - began, caller=caller)
