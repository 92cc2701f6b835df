"""A vendor's card, and all that a vendor is handed. Which vendors there are: `vendors/registry.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

# A card is read at every start and its capabilities seldom: what they are made of is not loaded for it.
if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from voicectl.core.account import AccountForm
    from voicectl.core.api import Api
    from voicectl.core.call import Calls
    from voicectl.core.clock import Clock
    from voicectl.core.conversation import Conversation
    from voicectl.core.credentials import Credentials, CredentialSource
    from voicectl.core.endpoint import Endpoint
    from voicectl.core.errors import VoicectlError
    from voicectl.core.identity import Identity
    from voicectl.core.profile import Profile
    from voicectl.core.recording import Recordings
    from voicectl.core.request import Pairs, Reply, ReplyStream, Request
    from voicectl.core.service import Service
    from voicectl.core.signature import Signed, Signer
    from voicectl.core.token import Tokens, TokenSource
    from voicectl.core.tts import Tts

Judge: TypeAlias = "Callable[[Reply], VoicectlError | None]"
"""Say what is wrong with a reply, or None where it is good; each vendor has one."""


class Client(Protocol):
    """Signs, sends, judges and retries. Vendors see good replies only."""

    def send(self, request: Request, *, repeatable: bool = True, action: str = "") -> Reply:
        """Return the good reply; `repeatable=False` for what costs money or rings a phone.

        `action` names the deed in the log; unless given, it is read from the request.
        """
        ...

    def stream(
        self, request: Request, *, action: str = "", as_lines: bool = False
    ) -> AbstractContextManager[ReplyStream]:
        """Open a good reply whose body comes piece by piece.

        With `as_lines` a good answer may be text too: JSON lines or server-sent events, which only the
        vendor can judge; what comes first is shown to its judge, so that it may be tried again. Else text
        in the place of sound is read whole and judged.
        """
        ...

    def converse(
        self, request: Request, *, action: str = "", begin: Callable[[Conversation], None] | None = None
    ) -> AbstractContextManager[Conversation]:
        """Open a WebSocket; `request` is its opening handshake, and https means wss.

        `begin` says the first words and hears the first answer; what it raises is taken like a refused
        handshake: it is told, cured or tried again on a new connection.
        """
        ...


class NotSent(Exception):
    """A dry run has come to the wire; `signed` is what would have left."""

    def __init__(self, signed: Signed) -> None:
        super().__init__("a dry run sends nothing")
        self.signed = signed


class Access(Protocol):
    """All that a vendor is handed: who asks, what time it is, a way out."""

    @property
    def profile(self) -> Profile: ...

    @property
    def clock(self) -> Clock: ...

    def environment(self) -> Mapping[str, str]:
        """Return the variables for a program of this machine; no key is among them."""
        ...

    def keys(self, secret: str = "", *, host: str = "", needed: bool = True) -> CredentialSource:
        """Return where the profile's keys come from; `secret` names the kind by its secret field.

        A bearer-type secret is given out for the `host` that it was stored for.
        """
        ...

    def endpoint(self, service: str, usual: str) -> Endpoint:
        """Return where a service is reached: `usual` is the vendor's own URL for it.

        `--endpoint-url`, its variable, and the profile's `endpoint.SERVICE` come before that.
        """
        ...

    def client(self, signer: Signer, judge: Judge, source: CredentialSource | None = None) -> Client:
        """Return a client that signs with `signer`; with the vendor's own kind of key unless told."""
        ...

    def fetch(self, url: str, *, headers: Pairs = ()) -> AbstractContextManager[ReplyStream]:
        """Open what an answer points to, without keys; Guarded where that is no place to visit."""
        ...

    def cached(self, name: str, issue: Callable[[], Credentials]) -> TokenSource:
        """Return a source that keeps what `issue` makes for this account until it is stale.

        `name` tells it from the account's other tokens: the product, the region, the endpoint.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """A vendor's card. A capability that is None is one it does not have."""

    name: str
    title: str
    account: AccountForm | None = None
    """What an account there holds; None: a key pair, `api_key`, `base_url`. Built in: `profiles/forms.py`."""
    tts: Callable[[Access], Tts] | None = None
    call: Callable[[Access], Calls] | None = None
    recording: Callable[[Access], Recordings] | None = None
    token: Callable[[Access], Tokens] | None = None
    identity: Callable[[Access], Identity] | None = None
    api: Callable[[Access], Api] | None = None
    services: Callable[[], tuple[Service, ...]] | None = None
    """What its interfaces take, as data: settles a wish, and is shown by `help vendors`."""
