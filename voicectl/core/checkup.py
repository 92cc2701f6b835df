"""What `doctor` finds. The checks that find it: `actions/check_*.py`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from voicectl.core.errors import VoicectlError


class Status(StrEnum):
    """How a check went; what could not be looked at is never called good."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at; `hint` is the next step where one is needed."""

    check: str
    status: Status
    detail: str
    hint: str = ""

    def as_json(self) -> dict[str, object]:
        return {
            "check": self.check,
            "status": str(self.status),
            "detail": self.detail,
            "hint": self.hint or None,
        }


def ok(check: str, detail: str) -> Finding:
    return Finding(check=check, status=Status.OK, detail=detail)


def warning(check: str, detail: str, hint: str) -> Finding:
    return Finding(check=check, status=Status.WARNING, detail=detail, hint=hint)


def failed(check: str, detail: str, hint: str) -> Finding:
    return Finding(check=check, status=Status.FAILED, detail=detail, hint=hint)


def not_checked(check: str, detail: str, hint: str = "") -> Finding:
    return Finding(check=check, status=Status.NOT_CHECKED, detail=detail, hint=hint)


def failed_by(check: str, error: VoicectlError, hint: str = "") -> Finding:
    """Return the finding that an error is; its own hint is the next step, unless a better one is given."""
    return failed(check, str(error), hint or error.hint or "voicectl doctor --help")
