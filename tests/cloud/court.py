"""What all judges share: whose keys are good, what time it is, which nonces were seen, how to refuse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, unquote

from tests.cloud.server import Answer, RawRequest, Respond


@dataclass(frozen=True, slots=True)
class Account:
    """A key that the cloud knows; with a token it is a temporary one."""

    key_id: str
    secret: str
    token: str = ""
    token_expires: datetime | None = None


class Refused(Exception):
    """The cloud says no; `shown` is what it tells of its own computation."""

    def __init__(self, code: str, status: int = 400, message: str = "", **shown: str) -> None:
        super().__init__(code)
        self.code, self.status, self.message, self.shown = code, status, message, shown


def system_now() -> datetime:
    return datetime.now(UTC)


def nothing_more(request: RawRequest) -> Answer:
    """Serve an accepted request with an empty JSON object."""
    return Answer(200, (("Content-Type", "application/json"),), b"{}")


@dataclass
class Court:
    """The state of one cloud. `serve` answers what was accepted."""

    accounts: Sequence[Account]
    now: Callable[[], datetime] = system_now
    serve: Respond = nothing_more
    window: timedelta = timedelta(minutes=15)
    nonces: set[str] = field(default_factory=set)
    refusals: list[str] = field(default_factory=list)

    def account(self, key_id: str) -> Account | None:
        return next((account for account in self.accounts if account.key_id == key_id), None)

    def token_is_expired(self, account: Account) -> bool:
        return account.token_expires is not None and self.now() >= account.token_expires

    def is_skewed(self, signed_at: datetime) -> bool:
        return abs(self.now() - signed_at) > self.window

    def is_out_of_time(self, signed_at: datetime, seconds: str) -> bool:
        """Say whether a link that is good for `seconds` has run out, or is not good yet."""
        if not seconds.isdecimal() or signed_at > self.now() + self.window:
            return True
        return self.now() > signed_at + timedelta(seconds=int(seconds))

    def uses_again(self, nonce: str) -> bool:
        seen = nonce in self.nonces
        self.nonces.add(nonce)
        return seen

    def date(self) -> tuple[str, str]:
        return "Date", self.now().strftime("%a, %d %b %Y %H:%M:%S GMT")


def read_time(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form).replace(tzinfo=UTC)
    except ValueError:
        return None


def pairs_of(query: str) -> list[tuple[str, str]]:
    """Decode a query or a form as a server does: `+` is a blank, bad UTF-8 becomes a mark."""
    return parse_qsl(query, keep_blank_values=True, errors="replace")


def decoded_path(request: RawRequest) -> str:
    return unquote(request.path, errors="replace")


def fields_of(authorization: str, algorithm: str) -> dict[str, str] | None:
    """Read `ALGORITHM Name=value, Name=value`; None where it is something else."""
    start, _, rest = authorization.partition(" ")
    parts = [part.strip().partition("=") for part in rest.split(",")]
    if start != algorithm or not all(equals for _, equals, _ in parts):
        return None
    return {name: value for name, _, value in parts}
