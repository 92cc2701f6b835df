"""A stage for one vendor: made-up keys, and clients that note what would be sent and send nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NoReturn

from voicectl.core.clock import Moment
from voicectl.core.conversation import Conversation
from voicectl.core.credentials import Credentials, CredentialSource, Secret
from voicectl.core.endpoint import Endpoint
from voicectl.core.profile import Profile
from voicectl.core.request import Pairs, Reply, ReplyStream, Request
from voicectl.core.signature import Signed, Signer
from voicectl.core.token import Token
from voicectl.core.vendor import Judge, NotSent

KEY_ID = "EXAMPLE-KEY-ID"
SECRET, TOKEN = "CANARY-secret-EXAMPLE", "CANARY-token-EXAMPLE"
NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sent:
    """One request that came to the wire; `is_repeatable` says whether it may be sent twice."""

    signed: Signed
    is_repeatable: bool
    judge: Judge


@dataclass(slots=True)
class Still:
    """A clock that stands still; its nonces count."""

    count: int = 0

    def moment(self) -> Moment:
        self.count += 1
        return Moment(NOON, f"nonce-{self.count:08}")

    def sleep(self, seconds: float) -> None:
        """Return at once."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Made-up keys that never change; `renew` says that they have no successor."""

    held_keys: Credentials
    name: str = "the stage"

    def credentials(self, now: datetime) -> Credentials | None:
        return self.held_keys

    def renew(self, now: datetime) -> Credentials | None:
        return None

    def held(self, now: datetime) -> Token | None:
        return Token(credentials=self.held_keys, issued_at=NOON)

    def account(self, now: datetime) -> str:
        return KEY_ID


PAIR = Keys(Credentials(key_id=KEY_ID, secret=Secret(SECRET)))
BEARER = Keys(Credentials(secret=Secret(TOKEN), expires_at=NOON + timedelta(hours=12)))


@dataclass(slots=True)
class StageClient:
    """Signs as the real one does, notes it, and raises NotSent in place of sending."""

    stage: Stage
    signer: Signer
    judge: Judge
    source: CredentialSource

    def send(self, request: Request, *, repeatable: bool = True, action: str = "") -> Reply:
        self._note(request, repeatable)

    @contextmanager
    def stream(self, request: Request, *, action: str = "", as_lines: bool = False) -> Iterator[ReplyStream]:
        self._note(request, True)
        yield ReplyStream(status=200, headers={}, chunks=iter(()))

    @contextmanager
    def converse(self, request: Request, *, action: str = "", begin: object = None) -> Iterator[Conversation]:
        self._note(request, True)
        yield

    def _note(self, request: Request, repeatable: bool) -> NoReturn:
        keys = self.source.credentials(NOON) or BEARER.held_keys
        signed = self.signer.sign(request, keys, self.stage.clock.moment())
        self.stage.sent.append(Sent(signed, repeatable, self.judge))
        raise NotSent(signed)


@dataclass(slots=True)
class Stage:
    """What the vendor is handed; `sent` is what it would have sent, `judges` all it has shown."""

    profile: Profile
    bearer: frozenset[str] = frozenset()
    clock: Still = field(default_factory=Still)
    sent: list[Sent] = field(default_factory=list)
    judges: list[Judge] = field(default_factory=list)

    def environment(self) -> Mapping[str, str]:
        return {}

    def keys(self, secret: str = "", *, host: str = "", needed: bool = True) -> Keys:
        return BEARER if secret in self.bearer else PAIR

    def endpoint(self, service: str, usual: str) -> Endpoint:
        return Endpoint.of(usual)

    def client(self, signer: Signer, judge: Judge, source: CredentialSource | None = None) -> StageClient:
        self.judges.append(judge)
        return StageClient(self, signer, judge, source or self.keys())

    def fetch(self, url: str, *, headers: Pairs = ()) -> AbstractContextManager[ReplyStream]:
        raise AssertionError("nothing has answered, so there is nothing to fetch")

    def cached(self, name: str, issue: Callable[[], Credentials]) -> Keys:
        return BEARER


def stage_for(vendor: str, region: str, settings: Mapping[str, str], bearer: frozenset[str]) -> Stage:
    """Return a stage on which a profile of this vendor has these public fields."""
    return Stage(Profile(name="stage", vendor=vendor, region=region, settings=settings), bearer)
