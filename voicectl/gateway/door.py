"""Who comes in, how often, and with what wish: every decision of the gateway, none of its input and output.

A route goes through it in this order; each step returns a `Refusal` (or `Refused`) in place of its result:

    door.admit(visit, tick)          -> Admitted     key, status, address, environment, tag, rate
    door.verify(admitted, request, tick) -> None     the signature, now that the body is here
    door.reserve(admitted, wanted, tick) -> Reserved feelings, names, sensitive rules, characters
    door.refund(reserved)                            where no sound was heard
    door.withdraw(admitted)                          where the request, wrong in itself, is not to count
    door.leave(admitted)                             always, when the answer has ended
    door.headers(admitted, tick)                     what every answer to a known key carries

Nothing here awaits: what is looked at and counted in one call is one step. `identify` and `enter` are the
two halves of `admit`, `check` is the first half of `reserve`, for those who count elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from voicectl.core.errors import ConfigError
from voicectl.core.request import Pairs, Request
from voicectl.gateway import refusals
from voicectl.gateway.addresses import Address, AllowLists, Networks, Whence, address_in, source_of
from voicectl.gateway.feelings import Wanted, doors, voices_named
from voicectl.gateway.header import Headers, told
from voicectl.gateway.keys import Env, Generation, Key, Limits, Status, read
from voicectl.gateway.limits import Failures, Meter, Meters, Standing, Tick
from voicectl.gateway.permissions import CLONE, FEEL, chosen
from voicectl.gateway.quotas import Quotas, Reservation
from voicectl.gateway.refusals import Refusal
from voicectl.gateway.rules import Deed, RuleBook
from voicectl.gateway.signatures import NoPlace, Signatures, is_signed
from voicectl.gateway.standing import age_headers, limit_headers
from voicectl.gateway.table import Found, KeyTable
from voicectl.gateway.tokens import Claims, Minted, Tokens, is_token, narrowed

NO_SIGN = re.compile("[\0\ud800-\udfff]")
PROFILE = "profile"
"""The name of the limits that all keys share, and how the meters of profiles begin."""


class Visit(NamedTuple):
    """A request before its body: headers and peer as ASGI has them, and the tag of the route."""

    headers: Headers
    peer: str
    tag: str


class Seen(NamedTuple):
    """What is known of a visitor, for the audit; empty where it never came to light."""

    peer: str
    client: str
    key_id: str = ""
    team: str = ""
    env: str = ""
    generation: int = 0
    by_token: bool = False


class Refused(NamedTuple):
    """Who was refused, and how; `is_known` says whether that may be told to have shown a good key."""

    refusal: Refusal
    seen: Seen
    is_known: bool = False


class Identity(NamedTuple):
    """Whose request this is; `tags` are the key's or, with a token, as many of them as it has."""

    key: Key
    generation: Generation
    tags: frozenset[str]
    seen: Seen


class Admitted:
    """One request under way. `leave` is called when its answer has ended, however it ended.

    `minute` says in which one it was counted. `profile` is the limited one that it means, where it means one.
    """

    __slots__ = ("_inside", "generation", "is_signed", "key", "minute", "profile", "seen", "tags")

    def __init__(self, identity: Identity) -> None:
        self.key, self.generation, self.tags, self.seen = identity
        self.is_signed = False
        self.minute = 0
        self.profile = ""
        self._inside: list[Meter] = []

    def enter(self, meter: Meter) -> None:
        """Take a place that is given back by `leave`."""
        meter.enter()
        self._inside.append(meter)

    def leave(self) -> None:
        """Give all places back; a second time does nothing."""
        while self._inside:
            self._inside.pop().inside -= 1


class Reserved(NamedTuple):
    """Leave to ask a vendor: what for, at whose cost, and which rules only want it flagged.

    In `wanted` profile, model and voice are those that hold: the key's first where none was named, and
    the vendor's own name in place of the gateway's for a voice made after a person's.
    """

    wanted: Wanted
    reservation: Reservation
    flags: tuple[str, ...] = ()


class Door:
    """The gateway's decisions, over what it remembers between requests.

    `env` is this listener's; keys of the other one get no further. `book` may be replaced at any time.
    """

    def __init__(
        self,
        *,
        env: Env,
        table: KeyTable,
        quotas: Quotas,
        signatures: Signatures,
        tokens: Tokens | None = None,
        trusted: Networks | None = None,
        profile_limits: Mapping[str, Limits] | None = None,
        book: RuleBook | None = None,
    ) -> None:
        self.env = env
        self.table = table
        self.quotas = quotas
        self.signatures = signatures
        self.tokens = tokens
        self.book = book or RuleBook()
        self.meters = Meters()
        self.failures = Failures()
        self.last_used: dict[tuple[str, int], float] = {}
        self._whence = Whence(trusted or Networks())
        self._allow_lists = AllowLists()
        self.profile_limits = profile_limits or {}

    def admit(self, visit: Visit, tick: Tick) -> Admitted | Refused:
        """Decide by the headers alone, and count the request where it may come in."""
        identity = self.identify(visit, tick)
        return identity if isinstance(identity, Refused) else self.enter(identity, tick)

    def identify(self, visit: Visit, tick: Tick) -> Identity | Refused:
        """Say whose request this is; nothing is counted but failures."""
        heard = told(visit.headers)
        client, client_text = self._whence.client(visit.peer, heard.forwarded)
        seen = Seen(visit.peer, client_text)
        if heard.fault:
            return Refused(self._failed(refusals.missing_key(heard.fault), client, tick), seen)
        if not self.table.is_reliable:
            return Refused(refusals.unavailable("keys unreadable"), seen)
        identity = self._looked_up(heard.token, seen, tick)
        if isinstance(identity, str):
            return Refused(self._failed(refusals.invalid_key(identity), client, tick), seen)
        if fault := _over(identity.key, identity.generation, tick.unix):
            return Refused(self._failed(refusals.invalid_key(fault), client, tick), identity.seen)
        if no := self._barred(identity, visit.tag, client):
            return Refused(no, identity.seen, is_known=True)
        self.last_used[identity.key.id, identity.generation.number] = tick.unix
        return identity

    def enter(self, identity: Identity, tick: Tick) -> Admitted | Refused:
        """Count a request in, or say which limit is in its way."""
        limits, meter = identity.key.limits, self.meters.of(identity.key.id)
        if too_much := meter.refusal(limits, tick.steady):
            return Refused(refusals.rate_limited(*too_much), identity.seen, is_known=True)
        admitted = Admitted(identity)
        admitted.enter(meter)
        admitted.minute = meter.window.index
        return admitted

    def withdraw(self, admitted: Admitted) -> None:
        """Let a request not have counted that was wrong in itself; its place it keeps until it leaves."""
        self.meters.of(admitted.key.id).withdraw(admitted.minute)

    def verify(self, admitted: Admitted, request: Request, tick: Tick) -> Refusal | None:
        """Check the signature of a whole request; one that is there must be right, needed or not."""
        if not is_signed(request):
            return self._badly_signed(admitted, "signature missing", tick) if admitted.key.must_sign else None
        try:
            fault = self.signatures.fault(request, admitted.key, admitted.generation.number, tick)
        except NoPlace:
            return refusals.unavailable("nonces full", wait_seconds=60)
        except ConfigError:
            return refusals.unavailable("no master secret", wait_seconds=60)
        admitted.is_signed = not fault
        return self._badly_signed(admitted, fault, tick) if fault else None

    def reserve(self, admitted: Admitted, wanted: Wanted, tick: Tick) -> Reserved | Refusal:
        """Decide by what is wanted, and set its characters aside."""
        checked = self.check(admitted, wanted)
        if isinstance(checked, Refusal):
            return checked
        named, flags = checked
        limits = self.profile_limits.get(named.profile)
        meter = self.meters.of(f"{PROFILE} {named.profile}") if limits else None
        admitted.profile = named.profile if limits else ""
        if limits and meter and (too_much := meter.refusal(limits, tick.steady)):
            return refusals.rate_limited(PROFILE, too_much.wait_seconds)
        key = admitted.key
        reservation = self.quotas.reserve(key.id, key.limits, named.characters, tick.unix)
        if not isinstance(reservation, Reservation):
            return refusals.quota_exceeded(*reservation)
        if meter:
            admitted.enter(meter)
        return Reserved(named, reservation, flags)

    def check(self, admitted: Admitted, wanted: Wanted) -> tuple[Wanted, tuple[str, ...]] | Refusal:
        """Decide by tags, lists of names and rules; nothing is counted."""
        if no := _unspeakable(wanted.text):
            return no
        if any(doors(wanted)) and FEEL not in admitted.tags:
            return refusals.missing_tag(FEEL)
        named = self._named(admitted, wanted)
        if isinstance(named, Refusal):
            return named
        hits = self.book.hits(named)
        if hits and hits[0].deed is Deed.BLOCK:
            return refusals.blocked(hits[0].id)
        return named, tuple(rule.id for rule in hits)

    def mint(
        self, admitted: Admitted, tick: Tick, *, token_id: str, tags: Iterable[str] = (), seconds: int = 900
    ) -> Minted | Refusal:
        """Return a token that stands for this key for a while; only a key itself gets one.

        `tags` narrows what it may do. `token_id` is never given twice.
        """
        if self.tokens is None or admitted.seen.by_token:
            return refusals.invalid_request("Only an API key can be made into a token")
        key, generation = admitted.key, admitted.generation
        ends = min(filter(None, (key.expires, generation.ends, tick.unix + seconds)))
        held = narrowed(admitted.tags, tags)
        claims = Claims(key.id, generation.number, key.env, held, ends)
        return self.tokens.mint(claims, now=tick.unix, token_id=token_id)

    def refund(self, reserved: Reserved) -> None:
        """Give the characters back: the vendor failed before anything was heard."""
        self.quotas.refund(reserved.reservation)

    def leave(self, admitted: Admitted) -> None:
        """Give back the places of a request whose answer has ended."""
        admitted.leave()

    def headers(self, key: Key, generation: Generation, tick: Tick, profile: str = "") -> Pairs:
        """Return what every answer to a known key carries: how its limits stand, and how old it is.

        Where a request meant a `profile` that has limits of its own, these are told as well.
        """
        standings = self.quotas.standings(key.id, key.limits, tick.unix)
        if rate := self.meters.of(key.id).standing(key.limits, tick.steady):
            standings.insert(0, rate)
        if profile and (shared := self._standing_of(profile, tick)):
            standings.append(shared)
        return limit_headers(standings) + age_headers(key, generation)

    def _standing_of(self, profile: str, tick: Tick) -> Standing | None:
        meter = self.meters.of(f"{PROFILE} {profile}")
        found = meter.standing(self.profile_limits[profile], tick.steady)
        return found and found._replace(name=PROFILE)

    def _looked_up(self, text: str, seen: Seen, tick: Tick) -> Identity | str:
        """Return whose key or token this is, or why it is nobody's."""
        claims = None
        found = self.table.find(text)
        if found is None and self.tokens and is_token(text):
            claims = self.tokens.read(text, tick.unix)
            found = self._claimed(claims) if claims else None
        if found is None:
            return "unknown" if read(text) else "malformed"
        key, generation = found
        tags = key.tags & claims.tags if claims else key.tags
        seen = Seen(seen.peer, seen.client, key.id, key.team, key.env, generation.number, claims is not None)
        return Identity(key, generation, tags, seen)

    def _claimed(self, claims: Claims) -> Found | None:
        """Return the key and generation that a token was minted from, as they are today."""
        key = self.table.get(claims.key_id)
        generations = key.generations if key else ()
        found = [each for each in generations if each.number == claims.generation]
        return Found(key, found[0]) if key and found else None

    def _barred(self, identity: Identity, tag: str, client: Address | None) -> Refusal | None:
        """Say what keeps a good key out, in the order in which it may be told."""
        key = identity.key
        if key.status is Status.DISABLED:
            return refusals.disabled_key()
        if not self._allow_lists.admits(key.networks, client):
            return refusals.address_not_allowed()
        if key.env is not self.env:
            return refusals.wrong_environment()
        return None if tag in identity.tags else refusals.missing_tag(tag)

    def _failed(self, no: Refusal, client: Address | None, tick: Tick) -> Refusal:
        """Count a key that was no good; from where too many came, say only that."""
        too_much = self.failures.count(source_of(client), tick.steady)
        return refusals.rate_limited(*too_much) if too_much else no

    def _badly_signed(self, admitted: Admitted, fault: str, tick: Tick) -> Refusal:
        return self._failed(refusals.invalid_signature(fault), address_in(admitted.seen.client), tick)

    def _named(self, admitted: Admitted, wanted: Wanted) -> Wanted | Refusal:
        """Fill in the names that hold; refuse those that the key has not, wherever they are named."""
        key = admitted.key
        profile, model = chosen(key.profiles, wanted.profile), chosen(key.models, wanted.model)
        voice = chosen(key.voices, wanted.voice)
        if profile is None:
            return refusals.not_allowed("profile")
        if model is None:
            return refusals.not_allowed("model")
        if voice is None:
            return refusals.not_allowed("voice")
        named = wanted
        if (profile, model, voice) != (wanted.profile, wanted.model, wanted.voice):
            named = replace(wanted, profile=profile, model=model, voice=voice)
        for other in voices_named(wanted):
            if chosen(key.voices, other) is None or self._is_clone(profile, other):
                return refusals.not_allowed("voice")
        return self._with_clone(admitted, named)

    def _with_clone(self, admitted: Admitted, named: Wanted) -> Wanted | Refusal:
        """Put the vendor's name in place of the gateway's for a voice made after a person's own."""
        clone = self.table.clone(named.voice)
        if clone is None:
            known = self._is_clone(named.profile, named.voice)
            return refusals.not_allowed("voice") if known else named
        if CLONE not in admitted.tags:
            return refusals.missing_tag(CLONE)
        if clone.profile != named.profile or not clone.consent:
            return refusals.not_allowed("voice")
        return replace(named, voice=clone.voice)

    def _is_clone(self, profile: str, voice: str) -> bool:
        return self.table.clone(voice) is not None or self.table.is_cloned(profile, voice)


def _over(key: Key, generation: Generation, unix: float) -> str:
    """Say why a key is no longer any, however good its text once was."""
    if key.status is Status.REVOKED:
        return "revoked"
    if key.expires is not None and unix >= key.expires:
        return "expired"
    return "rotated" if generation.ends is not None and unix >= generation.ends else ""


def _unspeakable(text: str) -> Refusal | None:
    """Refuse what is no text: NUL, and halves of surrogate pairs, which have no bytes."""
    if NO_SIGN.search(text):
        return refusals.invalid_request("The text holds a sign that is none", "text")
    return None
