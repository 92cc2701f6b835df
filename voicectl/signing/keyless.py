"""Servers that may do without a key: with one it is shown, without one the request goes as it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials, CredentialSource, Secret, SourceChain
from voicectl.core.request import Request
from voicectl.core.signature import Signed, Signer, SigningTrace


@dataclass(frozen=True, slots=True)
class IfKeyed:
    """Signs where there is a secret."""

    signer: Signer

    @property
    def scheme(self) -> str:
        return self.signer.scheme

    def sign(self, request: Request, credentials: Credentials, at: Moment) -> Signed:
        """Return the request with its signature, or as it is."""
        if credentials.secret:
            return self.signer.sign(request, credentials, at)
        return Signed(request=request, trace=SigningTrace(scheme=self.scheme, moment=at))


@dataclass(frozen=True, slots=True)
class KeyIfAny:
    """A source whose having nothing is an answer: credentials with an empty secret."""

    source: CredentialSource

    @property
    def name(self) -> str:
        return self.source.name

    def credentials(self, now: datetime) -> Credentials:
        return self.answer(now)[1]

    def answer(self, now: datetime) -> tuple[CredentialSource, Credentials]:
        if isinstance(self.source, SourceChain):
            return self.source.answer(now) or (self, _NOTHING)
        return self.source, self.source.credentials(now) or _NOTHING


_NOTHING = Credentials(secret=Secret(""))
