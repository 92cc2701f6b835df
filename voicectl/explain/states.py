"""What each wrong way of signing produces for one request, and how two of them are put together cheaply.

Which ways there are, and which pairs are worth a look, is not decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from voicectl.explain.attempt import Attempt, Mistake, Try
from voicectl.signing.v4 import V4

Strings = Callable[[Mapping[str, str]], tuple[str, str]]
Seal = Callable[[bytes, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """What a signature is put together from; the key is as secret as the secret."""

    attempt: Attempt
    texts: Mapping[str, str] = field(repr=False)
    strings: Strings
    key: bytes = field(repr=False)
    seal: Seal


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What one attempt comes to. The pieces are missing for a scheme that does not show them."""

    signature: str
    canonical_request: str = field(repr=False)
    string: str = field(repr=False)
    pieces: Pieces | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Step:
    """A mistake as it was tried here."""

    mistake: Mistake
    note: str


@dataclass(slots=True, kw_only=True)
class State:
    """All single mistakes that lead to one and the same signature, and where they differ from the right "
    "way."""

    made: Made
    first: Attempt
    steps: list[Step]
    changed: Mapping[str, str] = field(default_factory=dict, repr=False)
    feet: frozenset[str] = frozenset()
    """The pieces that differ: names of texts, `strings`, `key`, `seal`."""

    @property
    def weight(self) -> int:
        return max(step.mistake.weight for step in self.steps)


OF_KEY = frozenset({"key_prefix", "key_suffix", "key_parts", "derive_key", "mac", "secret", "claims"})
OF_SEAL = frozenset({"mac", "write_signature"})
OF_STRINGS = frozenset(
    {"canonical_parts", "digest", "string_parts", "string_end", "encode_query", "encode_resource"}
)
OF_QUERY = frozenset(
    {"signed_query", "read_pairs", "left_out", "encode_name", "encode_value", "order_pairs", "join_pair"}
)
OF_HEADERS = frozenset(
    {
        "listed_headers",
        "host_value",
        "header_name",
        "header_value",
        "join_values",
        "order_headers",
        "listed_name",
        "write_headers",
    }
)
"""The steps by the piece that they make; all others make texts of their own."""
NOT_OF_TEXTS = (OF_KEY | OF_SEAL | OF_STRINGS) - {"claims"}


def make(attempt: Attempt, base: Made | None = None) -> Made:
    """Sign as the attempt says, and keep the pieces; what it leaves as it was is taken from `base`."""
    scheme: Any = attempt.scheme
    if not hasattr(scheme, "seal"):
        return _opaque(attempt)
    known, changed = base.pieces if base else None, attempt.changed
    texts: Mapping[str, str]
    if base is None or known is None or not changed <= NOT_OF_TEXTS:
        texts = _texts(attempt, known)
        canonical_request, string = scheme.strings(texts)
    else:
        texts, canonical_request, string = known.texts, base.canonical_request, base.string
        if changed & OF_STRINGS:
            canonical_request, string = scheme.strings(texts)
    if known is not None and not changed & OF_KEY:
        key = known.key
    else:
        key = scheme.key(attempt.credentials, attempt.claims)
    return Made(
        signature=scheme.seal(key, string),
        canonical_request=canonical_request,
        string=string,
        pieces=Pieces(attempt=attempt, texts=texts, strings=scheme.strings, key=key, seal=scheme.seal),
    )


def _texts(attempt: Attempt, right: Pieces | None) -> Mapping[str, str]:
    """Return the texts; those that nothing touches are not made again."""
    scheme: Any = attempt.scheme
    request, claims = attempt.request, attempt.claims
    if right is None or not isinstance(scheme, V4):
        return scheme.texts(request, claims)  # type: ignore[no-any-return]
    before, claimed = right.attempt.request, right.attempt.claims
    known: dict[str, str] = {}
    changed = attempt.changed
    same_query = request.query is before.query and claims.signed_queries is claimed.signed_queries
    if same_query and request.method == before.method and not changed & OF_QUERY:
        known["query"] = right.texts["query"]
    same_headers = request.headers is before.headers and claims.signed_headers is claimed.signed_headers
    if same_headers and not changed & OF_HEADERS:
        known |= {name: right.texts[name] for name in ("headers", "names", "counted")}
    return scheme.texts(request, claims, known)


def _opaque(attempt: Attempt) -> Made:
    """Sign by a scheme that shows only its trace; of a shown secret the header stands for the signature."""
    scheme: Any = attempt.scheme
    trace = scheme.trace(attempt.request, attempt.credentials, attempt.claims)
    signature = trace.signature
    if hasattr(scheme, "header"):
        sent = scheme.attach(attempt.request, attempt.credentials, trace)
        signature = sent.header(scheme.header) or ""
    return Made(signature=signature, canonical_request=trace.canonical_request, string=trace.string_to_sign)


def locate(state: State, base: Made) -> None:
    """Find out which pieces of the signature a state changes."""
    right, pieces = base.pieces, state.made.pieces
    if right is None or pieces is None:
        state.feet = frozenset({"all"})
        return
    state.changed = {name: text for name, text in pieces.texts.items() if text != right.texts.get(name)}
    feet = set(state.changed)
    if right.strings(pieces.texts)[1] != state.made.string:
        feet.add("strings")
    if pieces.key != right.key:
        feet.add("key")
    if right.seal(pieces.key, state.made.string) != state.made.signature:
        feet.add("seal")
    state.feet = frozenset(feet)


def together(right: Pieces, first: State, second: State) -> Made:
    """Sign with two mistakes that change different pieces."""
    strings: Strings = _piece("strings", right, first, second)
    seal: Seal = _piece("seal", right, first, second)
    key: bytes = _piece("key", right, first, second)
    canonical_request, string = strings({**right.texts, **first.changed, **second.changed})
    return Made(signature=seal(key, string), canonical_request=canonical_request, string=string)


def _piece(name: str, right: Pieces, *states: State) -> Any:
    changed = next((state.made.pieces for state in states if name in state.feet), None)
    return getattr(changed or right, name)


def state_of(mistake: Mistake, tried: Try, made: Made) -> State:
    return State(made=made, first=tried.attempt, steps=[Step(mistake, tried.note)])
