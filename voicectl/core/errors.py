"""Every way a command can fail, with its exit code. Printing lives in `cli/failures.py`.

A message is a template plus facts, never a finished sentence: its words can then be looked up in
another language where they are printed, and facts from outside are never read as a template.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import TYPE_CHECKING, Any, ClassVar, Self

if TYPE_CHECKING:
    from datetime import datetime

    from voicectl.core.signature import Signed


class Exit(IntEnum):
    """The exit codes that scripts rely on; a change here is a change for users."""

    OK = 0
    FAILED = 1
    USAGE = 2
    CHECK_FAILED = 3
    PARTLY_FAILED = 4
    NOT_FOUND = 5
    GUARDED = 6
    CALL_NO_ANSWER = 10
    CALL_BUSY = 11
    CALL_REJECTED = 12
    CALL_FAILED = 13
    CALL_CANCELED = 14
    OUTCOME_UNKNOWN = 15
    BAD_INPUT = 65
    NO_INPUT = 66
    UNAVAILABLE = 69
    BUG = 70
    OUTPUT = 73
    BROKEN_ANSWER = 74
    TRY_LATER = 75
    REFUSED = 76
    CREDENTIAL = 77
    CONFIG = 78
    WAIT_TIMEOUT = 124
    INTERRUPTED = 130
    PIPE_CLOSED = 141
    TERMINATED = 143


class VoicectlError(Exception):
    """What went wrong, and `hint`: what the reader can do about it.

    Both are templates in `str.format` form, filled by `facts`. The facts `vendor`, `vendor_code`
    and `request_id` are also printed on their own. `language` asks for the words in that language
    where they are known (`"zh"`), whatever the user's own.
    """

    exit: ClassVar[Exit] = Exit.FAILED
    kind: ClassVar[str] = "failed"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str = "", language: str = "", **facts: object) -> None:
        super().__init__(message)
        self.message_template = message
        self.hint_template = hint
        self.language = language
        self.facts: Mapping[str, object] = facts

    def __str__(self) -> str:
        return self.message_template.format(**self.facts)

    @property
    def hint(self) -> str:
        return self.hint_template.format(**self.facts)

    def knowing(self, *, hint: str = "", **facts: object) -> Self:
        """Return the same error with facts that it lacks and, if one is given, with another hint."""
        merged = {**facts, **self.facts}
        return self._again(hint or self.hint_template, merged)

    def hiding(self, hide: Callable[[str], str]) -> Self:
        """Return the same error with every text among its facts passed through `hide`.

        What a server computed stays as it is: it is compared, and masked where it is shown.
        """
        facts = {
            name: hide(fact) if isinstance(fact, str) and not name.startswith("server_") else fact
            for name, fact in self.facts.items()
        }
        return self._again(self.hint_template, facts)

    def _again(self, hint: str, facts: Mapping[str, Any]) -> Self:
        again = type(self)(self.message_template, hint=hint, language=self.language, **facts)
        return again.with_traceback(self.__traceback__)


class UsageError(VoicectlError):
    """The words of the command do not fit: exit 2."""

    exit = Exit.USAGE
    kind = "usage"


class Unsupported(UsageError):
    """A value or deed that this vendor does not have; refused before anything is sent."""

    kind = "unsupported"


class CheckFailed(VoicectlError):
    """The command did its work and the answer is no."""

    exit = Exit.CHECK_FAILED
    kind = "check_failed"


class NotFound(VoicectlError):
    """The call, recording, voice or profile does not exist."""

    exit = Exit.NOT_FOUND
    kind = "not_found"


class Guarded(VoicectlError):
    """A guard stopped the deed before it was done."""

    exit = Exit.GUARDED
    kind = "guarded"


class OutcomeUnknown(VoicectlError):
    """The deed may or may not have happened; nothing was sent twice."""

    exit = Exit.OUTCOME_UNKNOWN
    kind = "outcome_unknown"


class BadInput(VoicectlError):
    """The data given cannot be used as it is."""

    exit = Exit.BAD_INPUT
    kind = "bad_input"


class NoInput(VoicectlError):
    """An input file is missing or unreadable."""

    exit = Exit.NO_INPUT
    kind = "no_input"


class Unavailable(VoicectlError):
    """An engine, extra, player or device that this needs is not here."""

    exit = Exit.UNAVAILABLE
    kind = "unavailable"


class Unreachable(Unavailable):
    """The server cannot be reached: DNS, refused, TLS."""

    kind = "unreachable"
    retryable = True


class OutputError(VoicectlError):
    """The output cannot be created, or exists where it may not."""

    exit = Exit.OUTPUT
    kind = "output"


class BrokenAnswer(VoicectlError):
    """The answer is not what was promised: truncated, HTML, empty, wrong magic, no JSON."""

    exit = Exit.BROKEN_ANSWER
    kind = "broken_answer"
    retryable = True


class TryLater(VoicectlError):
    """Throttled, 5xx or timed out, and repeating is safe; `retry_after` is in seconds."""

    exit = Exit.TRY_LATER
    kind = "try_later"
    retryable = True

    @property
    def retry_after(self) -> float | None:
        seconds = self.facts.get("retry_after")
        return float(seconds) if isinstance(seconds, int | float) else None


class VendorRefused(VoicectlError):
    """The vendor understood the request and refused it as wrong."""

    exit = Exit.REFUSED
    kind = "refused"


class CredentialError(VoicectlError):
    """No credential, an expired or forbidden one, or a bad signature."""

    exit = Exit.CREDENTIAL
    kind = "credential"


class SignatureRejected(CredentialError):
    """The vendor computed another signature.

    The client adds `signed`; a judge adds what the server shows of its own computation, where it
    does: `server_canonical_request`, `server_string_to_sign`.
    """

    kind = "signature"

    @property
    def signed(self) -> Signed | None:
        """The refused request and its trace."""
        return self.facts.get("signed")  # type: ignore[return-value]


class ClockSkewed(SignatureRejected):
    """The vendor's clock and ours differ too much; `server_now` is the vendor's, where it says."""

    kind = "clock"

    @property
    def server_now(self) -> datetime | None:
        return self.facts.get("server_now")  # type: ignore[return-value]


class TokenRejected(CredentialError):
    """A short-lived token that looked good was refused: worth one new token and one new try."""

    kind = "token"


class ConfigError(VoicectlError):
    """The profile, the configuration file, the keyring or a proxy variable is broken."""

    exit = Exit.CONFIG
    kind = "config"


class WaitedTooLong(VoicectlError):
    """What was waited for did not come in time; it may come yet."""

    exit = Exit.WAIT_TIMEOUT
    kind = "wait_timeout"
    retryable = True


class BugError(VoicectlError):
    """A fault of voicectl itself."""

    exit = Exit.BUG
    kind = "bug"
