"""An account of Aliyun's with a real way out, for tests inside one process: to one loopback server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

from tests.cloud.nls import APPKEY
from tests.cloud.nls import KEY as PAIR
from tests.transport.parts import Drawer
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials, CredentialSource, Secret
from voicectl.core.endpoint import Endpoint
from voicectl.core.profile import Profile
from voicectl.core.request import Pairs, ReplyStream
from voicectl.core.signature import Signer
from voicectl.core.token import Token
from voicectl.core.tts import SpeechStream, Utterance
from voicectl.core.vendor import Judge
from voicectl.transport.fetch import Fetcher
from voicectl.transport.http import Http, Limits
from voicectl.transport.signed import SignedClient
from voicectl.vendors.aliyun.tts import AliyunTts

PCM = AudioFormat(Container.PCM, 16000)


@dataclass
class QuickClock:
    """Tells the time, and only remembers how long it was to sleep."""

    slept: list[float] = field(default_factory=list)

    def moment(self) -> Moment:
        return Moment(datetime.now(UTC), str(uuid4()))

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@dataclass
class Cached:
    """Keeps one token until it is told to renew it."""

    issue: Callable[[], Credentials]
    name: str = "cache"
    kept: Credentials | None = None

    def held(self, now: datetime) -> Token | None:
        return Token(credentials=self.kept) if self.kept else None

    def credentials(self, now: datetime) -> Credentials:
        self.kept = self.kept or self.issue()
        return self.kept

    def renew(self, now: datetime) -> Credentials:
        self.kept = self.issue()
        return self.kept


@dataclass
class Customer:
    """An `Access`; `dashscope_key` and `appkey` say what the account has."""

    url: str
    appkey: str = APPKEY
    dashscope_key: str = ""
    ready_token: str = ""
    region: str = ""
    timeout: float = 2.0
    retries: int = 2
    clock: QuickClock = field(default_factory=QuickClock)

    def __post_init__(self) -> None:
        self.http = Http({}, limits=Limits(timeout=self.timeout, connect=1.0))
        self.tokens: dict[str, Cached] = {}

    @property
    def profile(self) -> Profile:
        settings = {"nls_appkey": self.appkey} if self.appkey else {}
        return Profile(name="x", vendor="aliyun", region=self.region, settings=settings)

    def environment(self) -> Mapping[str, str]:
        return {}

    def keys(self, secret: str = "", *, host: str = "", needed: bool = True) -> Drawer:
        if secret == "dashscope_api_key":
            key = Credentials(secret=Secret(self.dashscope_key)) if self.dashscope_key else None
            return Drawer([key])
        if secret == "nls_token":
            token = Credentials(secret=Secret(self.ready_token)) if self.ready_token else None
            return Drawer([token])
        return Drawer([Credentials(key_id=PAIR.key_id, secret=Secret(PAIR.secret))])

    def endpoint(self, service: str, usual: str) -> Endpoint:
        return Endpoint.of(self.url, is_custom=True)

    def client(self, signer: Signer, judge: Judge, source: CredentialSource | None = None) -> SignedClient:
        return SignedClient(
            sender=self.http,
            signer=signer,
            judge=judge,
            source=source or self.keys(),
            clock=self.clock,
            chance=lambda: 1.0,
            vendor="aliyun",
            retries=self.retries,
        )

    def fetch(self, url: str, *, headers: Pairs = ()) -> AbstractContextManager[ReplyStream]:
        host = Endpoint.of(self.url).host
        fetcher = Fetcher(http=self.http, clock=self.clock, chance=lambda: 1.0, own_host=host)
        return fetcher.open(url, headers=headers)

    def cached(self, name: str, issue: Callable[[], Credentials]) -> Cached:
        return self.tokens.setdefault(name, Cached(issue))

    @property
    def tts(self) -> AliyunTts:
        return AliyunTts(self)


@dataclass(frozen=True)
class Heard:
    """What came of one piece, when all of it had come."""

    stream: SpeechStream
    sound: bytes


def hear(tts: AliyunTts, utterance: Utterance) -> Heard:
    """Settle an utterance, have it spoken, and listen to the end."""
    settled = tts.settle(utterance)
    with tts.synthesize(settled) as stream:
        return Heard(stream, b"".join(stream.chunks))
