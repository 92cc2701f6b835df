"""One way in which a request may have been signed, and how it is changed. The mistakes lie beside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from voicectl.core.credentials import Credentials, Secret
from voicectl.core.request import Request
from voicectl.signing.claims import Claims, Scheme

BUILT_IN = ("aws", "aliyun", "volcengine", "tos4", "tencent", "bearer", "basic", "youdao", "gateway")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is known to be right from elsewhere: flags, the host's name. Empty where it is not known."""

    region: str = ""
    service: str = ""
    bucket: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Everything that a signature depends on; `scheme` is a frozen value whose steps are fields."""

    scheme: Scheme
    request: Request
    claims: Claims
    credentials: Credentials = field(repr=False)
    context: Context = Context()
    changed: frozenset[str] = frozenset()
    """What differs from the attempt it was made of: names of steps, and `request`, `claims`, `secret`."""

    def has(self, *steps: str) -> bool:
        """Say whether the scheme takes all these steps."""
        return all(hasattr(self.scheme, step) for step in steps)

    def of(self, step: str) -> Any:
        """Return a step of the scheme."""
        return getattr(self.scheme, step)

    def stepping(self, **steps: object) -> Attempt:
        """Return a copy in which these steps are taken otherwise."""
        scheme: Any = self.scheme
        return self._with(steps, scheme=replace(scheme, **steps))

    def sending(self, **parts: Any) -> Attempt:
        """Return a copy with another request."""
        return self._with(("request",), request=replace(self.request, **parts))

    def claiming(self, **parts: Any) -> Attempt:
        """Return a copy with other claims."""
        return self._with(("claims",), claims=self.claims._replace(**parts))

    def keyed(self, change: Callable[[str], str]) -> Attempt:
        """Return a copy with another secret."""
        return self.with_secret(self.credentials.secret.changed(change))

    def with_secret(self, secret: Secret) -> Attempt:
        given = self.credentials
        credentials = Credentials(
            secret=secret,
            key_id=given.key_id,
            security_token=given.security_token,
            expires_at=given.expires_at,
        )
        return self._with(("secret",), credentials=credentials)

    def _with(
        self,
        names: Iterable[str],
        *,
        scheme: Scheme | None = None,
        request: Request | None = None,
        claims: Claims | None = None,
        credentials: Credentials | None = None,
    ) -> Attempt:
        return Attempt(
            scheme=scheme or self.scheme,
            request=request or self.request,
            claims=claims or self.claims,
            credentials=credentials or self.credentials,
            context=self.context,
            changed=self.changed.union(names),
        )


@dataclass(frozen=True, slots=True)
class Try:
    """A changed attempt, and what was changed, as a clause: `the secret ends in a newline`."""

    note: str
    attempt: Attempt


Tries = Callable[[Attempt], Iterable[Try]]
"""Gives the ways in which a mistake may have been made here; nothing where it cannot have been made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One entry of the catalogue: what people do, how it shows, what to do instead, and how to do it "
    "again."""

    id: str
    title: str
    fix: str
    """One sentence, and the usual culprits by language."""
    shows: str = ""
    code: str = ""
    """The fix as code, where it is short."""
    schemes: tuple[str, ...] = ()
    """Beginnings of the names of the schemes in which it occurs; empty for all."""
    weight: int = 0
    """How often it is met: the public threads found; 0 for what is rare."""
    tries: Tries

    def applies_to(self, scheme: str) -> bool:
        """Say whether it occurs in a scheme; in one that is not built in, every mistake may."""
        return not self.schemes or scheme.startswith(self.schemes) or not scheme.startswith(BUILT_IN)


def setting(note: str, **steps: object) -> Tries:
    """Return tries that take these steps in a given way, where the scheme has them all."""

    def tries(attempt: Attempt) -> Iterator[Try]:
        if attempt.has(*steps):
            yield Try(note, attempt.stepping(**steps))

    return tries


def wrapping(note: str, change: Callable[[str], str], *steps: str) -> Tries:
    """Return tries that change what these steps give, each step that the scheme has."""

    def tries(attempt: Attempt) -> Iterator[Try]:
        known = [step for step in steps if attempt.has(step)]
        if known:
            changed = {step: after(attempt.of(step), change) for step in known}
            yield Try(note, attempt.stepping(**changed))

    return tries


def after(step: Callable[[Any], str], change: Callable[[str], str]) -> Callable[[Any], str]:
    """Return a step that changes what another gives."""

    def changed(value: Any) -> str:
        return change(step(value))

    return changed


def any_of(*tries: Tries) -> Tries:
    """Return all these tries, one after the other."""

    def joined(attempt: Attempt) -> Iterator[Try]:
        for each in tries:
            yield from each(attempt)

    return joined
