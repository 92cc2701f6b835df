"""Keeps secrets and tokens out of what is shown. What is shown is decided in `engine.py`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from voicectl.core.credentials import Credentials, Secret
from voicectl.core.request import Request
from voicectl.explain.attempt import Attempt
from voicectl.explain.mistakes.tokens import NAMES
from voicectl.explain.verdict import Cause, Difference, Texts
from voicectl.signing import canonical
from voicectl.signing.masking import hide

BEARER_HEADERS = frozenset(
    {"proxy-authorization", "cookie", "x-api-key", "x-nls-token", "x-api-access-key", "x-api-token"}
)


@dataclass(frozen=True, slots=True)
class Shade:
    """The texts of one request that nobody should read."""

    secrets: tuple[Secret, ...] = field(repr=False)

    @classmethod
    def over(cls, request: Request, credentials: Credentials) -> Shade:
        """Hide the secret and the token that were given, and the tokens that the request itself carries."""
        found = [credentials.secret]
        if credentials.security_token:
            found.append(credentials.security_token)
        for name, value in request.headers:
            if name.lower() in NAMES | BEARER_HEADERS:
                found.append(Secret(value.strip()))
            if name.lower() == "authorization" and value.lower().startswith(("bearer", "basic")):
                found.append(Secret(value.strip().partition(" ")[2].strip() or value.strip()))
        texts = (request.query, canonical.form_body(request))
        for name, pair_value in (pair for text in texts for pair in canonical.form_pairs(text)):
            if name.lower() in NAMES and pair_value:
                found.append(Secret(pair_value))
        return cls(tuple(secret for secret in found if secret))

    def text(self, text: str) -> str:
        return hide(text, self.secrets) if text else text

    def texts(self, texts: Texts) -> Texts:
        return Texts(
            canonical_request=self.text(texts.canonical_request),
            string_to_sign=self.text(texts.string_to_sign),
        )

    def cause(self, cause: Cause) -> Cause:
        return replace(cause, evidence=self.text(cause.evidence), title=self.text(cause.title))

    def difference(self, difference: Difference | None) -> Difference | None:
        """Mask both lines; the column is that of the masked lines where they still differ."""
        if difference is None:
            return None
        given, correct = self.text(difference.given), self.text(difference.correct)
        column = difference.column
        if (given, correct) != (difference.given, difference.correct) and given != correct:
            length = min(len(given), len(correct))
            column = next((at + 1 for at in range(length) if given[at] != correct[at]), length + 1)
        return replace(difference, given=given, correct=correct, column=column)

    def shows_signatures(self, attempt: Attempt) -> bool:
        """Say whether the scheme has a signature at all: of a bearer token it would be the token."""
        return attempt.scheme.scheme not in {"bearer", "basic"}
