"""The client that vendors are handed: credentials, signature, sending, judgement, another try."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, NamedTuple, Protocol, TypeVar

from voicectl.core.clock import Clock, Moment
from voicectl.core.conversation import Conversation
from voicectl.core.credentials import (
    Credentials,
    CredentialSource,
    RenewableSource,
    SecretsInUse,
    SourceChain,
)
from voicectl.core.dates import read_date
from voicectl.core.errors import (
    ClockSkewed,
    CredentialError,
    Guarded,
    SignatureRejected,
    TokenRejected,
    TryLater,
    VoicectlError,
)
from voicectl.core.note import Note
from voicectl.core.request import Reply, ReplyStream, Request
from voicectl.core.signature import Signed, Signer
from voicectl.core.vendor import Judge, NotSent
from voicectl.transport import replies, retry
from voicectl.transport.hidden import hiding
from voicectl.transport.proxies import is_near, split_host
from voicectl.transport.record import Exchange, action_of
from voicectl.transport.skew import WORTH_SAYING, skew_of, words_for

NO_KEY_SENT = "no key was sent"
KEY = "the key came from: {origin}"
KEY_ALONE = "the key came from: {origin}, without a session token"
KEY_AND_TOKEN = "the key came from: {origin}, with its session token"
NO_NAME = 8
"""A key of so many letters is none of the names that a good answer may hold: of a model, of a voice.

There each is hidden only where it stands whole: new tokens begin as old ones do.
"""
SOUND = ("audio/", "application/octet-stream")
SKEWED = "your clock is {skew} the server's"

Got = TypeVar("Got")
Begin = Callable[[Conversation], None]


class Sender(Protocol):
    """A way out: `http.Http`, or a test's."""

    def open(self, request: Request, *, repeatable: bool = True) -> AbstractContextManager[ReplyStream]: ...


class Errand(NamedTuple):
    """What is to be got: a whole reply, sound as it comes, text line by line, or a conversation."""

    request: Request
    action: str
    repeatable: bool = True
    as_stream: bool = False
    as_lines: bool = False
    as_conversation: bool = False


class Trial(NamedTuple):
    """How often it was tried, and which of the two cures have been used up."""

    attempt: int = 1
    clock_corrected: bool = False
    token_renewed: bool = False


@dataclass(slots=True, kw_only=True)
class SignedClient:
    """One signer and one account. Keys are asked for once, and again when they are about to expire.

    `log` gets each try, `rest` the seconds for which the vendor asks to be left alone; `again` returns
    when a request may be sent once more. With `dry_run` everything is done but the sending, which raises
    NotSent. Plain http to another machine wants `allow_http`; what carries a key as it is never goes
    that way. `secrets` are hidden in heads and in errors, in a whole answer only the keys that asked for
    it: it may bring again what others of these are.
    """

    sender: Sender
    signer: Signer
    judge: Judge
    source: CredentialSource
    clock: Clock
    chance: Callable[[], float]
    vendor: str = ""
    retries: int = 2
    max_bytes: int = replies.SOUND_LIMIT
    dry_run: bool = False
    allow_http: bool = False
    log: Callable[[Exchange], None] | None = None
    warn: Callable[[Note], None] | None = None
    rest: Callable[[float], None] | None = None
    again: Callable[[], None] | None = None
    secrets: SecretsInUse = field(default_factory=SecretsInUse, repr=False)
    _keys: Credentials | None = field(default=None, init=False, repr=False)
    _own: SecretsInUse = field(
        default_factory=lambda: SecretsInUse(NO_NAME, parts=False), init=False, repr=False
    )
    _origin: str = field(default="", init=False)
    _server_ahead: timedelta = field(default=timedelta(0), init=False)
    _skew_told: bool = field(default=False, init=False)
    _asking: Lock = field(default_factory=Lock, init=False, repr=False)

    def send(self, request: Request, *, repeatable: bool = True, action: str = "") -> Reply:
        """Return the good reply, whole; see `core.vendor.Client`."""
        errand = Errand(request, action or action_of(request), repeatable)
        with hiding(self.secrets), ExitStack() as stack:
            got = self._until_good(errand, stack, self._attempt)
            body = b"".join(got.chunks)
            if not got.headers.get("content-type", "").startswith(SOUND):
                body = self._own.hidden_in_bytes(body)
            return Reply(status=got.status, headers=got.headers, body=body)

    @contextmanager
    def stream(self, request: Request, *, action: str = "", as_lines: bool = False) -> Iterator[ReplyStream]:
        """Open a good reply; its chunks raise BrokenAnswer where it is cut, empty or too long."""
        errand = Errand(request, action or action_of(request), as_stream=True, as_lines=as_lines)
        with hiding(self.secrets), ExitStack() as stack:
            got = self._until_good(errand, stack, self._attempt)
            yield replace(got, chunks=replies.not_empty(replies.bounded(got.chunks, self.max_bytes)))

    @contextmanager
    def converse(
        self, request: Request, *, action: str = "", begin: Begin | None = None
    ) -> Iterator[Conversation]:
        """Open a WebSocket and let `begin` say the first words; see `core.vendor.Client`."""
        errand = Errand(request, action or action_of(request), as_conversation=True)

        def attempt(errand: Errand, trial: Trial, stack: ExitStack, signed: Signed) -> Conversation:
            return self._begun(errand, trial, stack, signed, begin)

        with hiding(self.secrets), ExitStack() as stack:
            yield self._until_good(errand, stack, attempt)

    def _until_good(
        self, errand: Errand, stack: ExitStack, attempt: Callable[[Errand, Trial, ExitStack, Signed], Got]
    ) -> Got:
        trial = Trial()
        while True:
            keys = None
            try:
                moment = self._moment()
                keys = self._credentials(moment.now)
                signed = self.signer.sign(errand.request, keys, moment)
                return attempt(errand, trial, stack, signed)
            except VoicectlError as error:
                stack.close()
                trial = self._next_trial(errand, trial, error.knowing(vendor=self.vendor), keys)

    def _begun(
        self, errand: Errand, trial: Trial, stack: ExitStack, signed: Signed, begin: Begin | None
    ) -> Conversation:
        """Open a conversation, and judge its first words like the handshake itself."""
        from voicectl.transport import websocket

        signed = signed._replace(request=websocket.handshake(signed.request))
        opened = self._attempt(errand, trial, stack, signed)
        assert opened.line is not None, "what is good has changed to a WebSocket"
        talk = stack.enter_context(websocket.conversing(opened.line, signed.request.host, self.max_bytes))
        try:
            if begin is not None:
                begin(talk)
        except VoicectlError as error:
            talk.close()
            error = self._informed(error, errand, signed, Reply(status=opened.status))
            self._note(errand, trial, signed.trace.moment.now, error.facts)
            raise error from None
        return talk

    def _attempt(self, errand: Errand, trial: Trial, stack: ExitStack, signed: Signed) -> ReplyStream:
        moment = signed.trace.moment
        self._refuse_plain_http(signed)
        if self.dry_run:
            raise NotSent(signed)
        try:
            opened = stack.enter_context(self.sender.open(signed.request, repeatable=errand.repeatable))
            headers = {name: self.secrets.hidden_in(text) for name, text in opened.headers.items()}
            opened = replace(opened, headers=headers)
            self._compare_clocks(opened, moment.now - self._server_ahead)
            good = self._good(errand, signed, opened)
        except VoicectlError as error:
            self._note(errand, trial, moment.now, error.facts)
            # What broke while it was read had been answered: of a single deed nobody knows the end.
            raise error if errand.repeatable else retry.as_single_deed(error, 0) from error.__cause__
        found = {"status": good.status, "request_id": replies.request_id_of(good.headers)}
        self._note(errand, trial, moment.now, found)
        return good

    def _compare_clocks(self, opened: ReplyStream, ours: datetime) -> None:
        """Say once that the clocks differ, also where the vendor has not minded yet."""
        ahead = skew_of(opened.headers, ours)
        if ahead is None or abs(ahead) < WORTH_SAYING or self._skew_told or self.warn is None:
            return
        self._skew_told = True
        self.warn(Note(SKEWED, {"skew": words_for(ahead)}))

    def _refuse_plain_http(self, signed: Signed) -> None:
        host = signed.request.host
        if signed.request.scheme == "https" or is_near(split_host(host)[0]):
            return
        if signed.sensitive:
            raise Guarded(
                "{host} is asked for over http, which shows the key to all", host=host, hint="use https"
            )
        if not self.allow_http:
            raise Guarded("{host} is asked for over http", host=host, hint="use https, or add --allow-http")

    def _good(self, errand: Errand, signed: Signed, opened: ReplyStream) -> ReplyStream:
        """Return a reply that is good as far as can be told, or raise what is wrong with it."""
        if errand.as_conversation and opened.line is not None:
            return self._upgraded(errand, signed, opened)
        host, status, headers = signed.request.host, opened.status, opened.headers
        error = replies.unreadable(status, headers, host)
        reply = Reply(status=status, headers=headers)
        if error is None:
            if errand.as_stream and replies.comes_in_parts(status, headers, as_lines=errand.as_lines):
                head, opened = replies.peeked(opened)
                reply = replace(reply, body=head)
                if errand.as_lines and (error := self.judge(reply)):
                    raise self._informed(error, errand, signed, reply)
                if errand.as_lines or not replies.begins_as_text(head):
                    return opened
            reply = replies.whole(opened)
            error = (
                replies.web_page(status, headers, host, reply.body)
                or self.judge(reply)
                or replies.by_status(reply, host)
                or (replies.not_opened(host, status) if errand.as_conversation else None)
            )
        if error is None:
            return replace(opened, chunks=iter((reply.body,)))
        raise self._informed(error, errand, signed, reply)

    def _upgraded(self, errand: Errand, signed: Signed, opened: ReplyStream) -> ReplyStream:
        """Return a 101 that is this handshake's own."""
        from voicectl.transport import websocket

        error = websocket.wrongly_opened(signed.request, opened.headers)
        if error is None:
            return opened
        raise self._informed(error, errand, signed, Reply(status=opened.status))

    def _informed(self, error: VoicectlError, errand: Errand, signed: Signed, reply: Reply) -> VoicectlError:
        """Add to a judge's error what only the client knows."""
        now = signed.trace.moment.now
        asked = retry.seconds_of(reply.headers.get("retry-after"), now)
        error = retry.with_retry_after(error, asked).knowing(
            vendor=self.vendor, status=reply.status, request_id=replies.request_id_of(reply.headers)
        )
        if isinstance(error, CredentialError):
            error = self._with_origin(error)
        if isinstance(error, SignatureRejected):
            error = error.knowing(signed=signed, server_now=read_date(reply.headers.get("date", "")))
        if isinstance(error, ClockSkewed) and error.server_now:
            error = _with_skew(error, error.server_now - now + self._server_ahead)
        return error if errand.repeatable else retry.as_single_deed(error, reply.status)

    def _with_origin(self, error: CredentialError) -> CredentialError:
        """Say where the refused key came from, and whether a session token went with it."""
        line = NO_KEY_SENT
        if self._keys and self._keys.secret:
            line = KEY_AND_TOKEN if self._keys.security_token else KEY_ALONE if self._keys.key_id else KEY
        hint = "\n".join(filter(None, (error.hint_template, line)))
        return error.knowing(hint=hint, origin=self._origin)

    def _next_trial(
        self, errand: Errand, trial: Trial, error: VoicectlError, keys: Credentials | None
    ) -> Trial:
        """Return the next try, after its pause; raise the error where there is to be none.

        `keys` are those that the try was signed with, None where it did not come to that.
        """
        another = trial._replace(attempt=trial.attempt + 1)
        match error:
            case _ if not errand.repeatable:
                raise error
            case ClockSkewed() if error.server_now and not trial.clock_corrected:
                self._server_ahead = error.server_now - self.clock.moment().now
                return another._replace(clock_corrected=True)
            case TokenRejected() if keys and not trial.token_renewed and self._renewed(keys):
                return another._replace(token_renewed=True)
        pause = retry.pause_before_next(
            error, attempt=trial.attempt, retries=self.retries, chance=self.chance
        )
        if pause is None:
            raise error
        if self.rest and isinstance(error, TryLater) and error.retry_after is not None:
            self.rest(pause)
        self.clock.sleep(pause)
        if self.again:
            self.again()
        return another

    def _moment(self) -> Moment:
        moment = self.clock.moment()
        return replace(moment, now=moment.now + self._server_ahead)

    def _renewed(self, refused: Credentials) -> bool:
        """Put others in the place of refused keys, unless another thread has; False if there are none."""
        if not isinstance(self.source, RenewableSource):
            return False
        with self._asking:
            if self._keys is refused:
                self._keep(self.source.renew(self._moment().now))
                return self._keys is not None
            return True

    def _credentials(self, now: datetime) -> Credentials:
        with self._asking:
            return self._usable(now)

    def _usable(self, now: datetime) -> Credentials:
        if self._keys is None or self._keys.stale_at(now):
            self._keep(self._asked(now))
        if self._keys is None:
            raise CredentialError("there are no credentials in the {source}", source=self.source.name)
        if not self._keys.usable_at(now):
            self._keys = None
            raise CredentialError(
                "the credentials in the {source} have expired",
                source=self.source.name,
                hint="voicectl token refresh",
            )
        return self._keys

    def _keep(self, keys: Credentials | None) -> None:
        self._keys = keys
        if keys is not None:
            self.secrets.take(keys.secret, keys.security_token)
            self._own.take(keys.secret, keys.security_token)

    def _asked(self, now: datetime) -> Credentials | None:
        """Ask the source anew, and keep whose answer it was."""
        self._origin = self.source.name
        if not isinstance(self.source, SourceChain):
            return self.source.credentials(now)
        source, keys = self.source.answer(now) or (self.source, None)
        self._origin = source.name
        return keys

    def _note(self, errand: Errand, trial: Trial, began: datetime, found: Mapping[str, object]) -> None:
        if self.log is None:
            return
        passed = self._moment().now - began
        status = found.get("status")
        self.log(
            Exchange(
                time=began,
                vendor=self.vendor,
                action=errand.action,
                host=errand.request.host,
                status=status if isinstance(status, int) else 0,
                code=self.secrets.hidden_in(str(found.get("vendor_code", ""))),
                request_id=self.secrets.hidden_in(str(found.get("request_id", ""))),
                ms=round(passed / timedelta(milliseconds=1)),
                attempt=trial.attempt,
            )
        )


def _with_skew(error: ClockSkewed, ahead: timedelta) -> ClockSkewed:
    """Say how far the clocks are apart, and what cures it."""
    hint = "\n".join(filter(None, (error.hint_template, SKEWED, "set the clock by NTP")))
    facts: dict[str, Any] = {**error.facts, "skew": words_for(ahead)}
    return type(error)(error.message_template, hint=hint, **facts)
