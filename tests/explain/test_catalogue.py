"""The catalogue of mistakes: complete, told in plain words, and each found again where it was made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.explain.rich_requests import Rich, all_rich
from voicectl.explain import detect, evidence
from voicectl.explain.attempt import Attempt, Mistake
from voicectl.explain.engine import explain
from voicectl.explain.mistakes.catalogue import CATALOGUE
from voicectl.explain.search import LIKELY, attempts
from voicectl.explain.states import make

VECTORS = Path(__file__).parent.parent / "vectors/mistakes.json"
RICH = {each.name: each for each in all_rich()}
BY_ID = {mistake.id: mistake for mistake in CATALOGUE}
ON_SIGHT = {
    "auth-malformed",
    "clock-local-as-utc",
    "clock-skew",
    "hdr-required-unsigned",
    "key-unknown",
    "key-wrong-partition",
    "key-wrong-secret",
    "nonce-reused",
    "proxy-rewrote-host",
    "token-missing",
    "ts-millis",
}
"""Seen on the wire or told by the server: no search is made for them."""
SHOWN = {"bearer", "basic"}
"""Without a signature: what stands in the header is the secret itself."""
TOLD_ELSEWHERE = {"sig-not-url-encoded", "hdr-hop-dropped", "scope-other-elements", "token-signed-not-sent"}
"""Need a request of a kind that is not among the rich ones; each has a test in `test_engine.py`."""


@dataclass(frozen=True)
class Made:
    """A mistake made on one of the rich requests."""

    rich: Rich
    start: Attempt
    mistake: Mistake
    note: str
    signature: str


@cache
def start_of(name: str) -> Attempt:
    rich = RICH[name]
    options = {key: value for key, value in rich.options.items() if key == "bucket"}
    reading = evidence.read(
        rich.wire().request,
        rich.credentials,
        detect.family(rich.signer.scheme),
        region=getattr(rich.signer, "region", ""),
        service=getattr(rich.signer, "service", ""),
        options=options,
    )
    return reading.attempt


def made(name: str, mistakes: tuple[Mistake, ...] = CATALOGUE) -> Iterator[Made]:
    """Yield every way in which these mistakes change the signature of a rich request."""
    start = start_of(name)
    right = make(start)
    for mistake in mistakes:
        for tried in attempts(mistake, start):
            signature = make(tried.attempt, right).signature
            if signature != right.signature:
                yield Made(RICH[name], start, mistake, tried.note, signature)


def found(case: Made) -> list[str]:
    """Explain the wire's request with this one mistake in the catalogue; twins are looked for elsewhere."""
    scheme = case.start.scheme
    explanation = explain(
        case.rich.wire(case.signature),
        case.rich.credentials,
        scheme=detect.family(scheme.scheme),
        region=getattr(scheme, "region", ""),
        service=getattr(scheme, "service", ""),
        options={key: value for key, value in case.rich.options.items() if key == "bucket"},
        catalogue=(case.mistake,),
    )
    assert explanation.verdict == "explained"
    assert explanation.proved
    return [cause.id for cause in explanation.causes]


def test_every_cause_of_the_vectors_is_known() -> None:
    cases = json.loads(VECTORS.read_text("utf-8"))["cases"]
    causes = {cause for case in cases for cause in case["cause"]}
    assert causes <= ON_SIGHT | set(BY_ID)


def test_ids_are_given_once() -> None:
    assert len(BY_ID) == len(CATALOGUE)


def test_each_entry_says_what_went_wrong_and_what_to_do() -> None:
    assert [mistake.id for mistake in CATALOGUE if len(mistake.title) <= 15] == []
    assert [mistake.id for mistake in CATALOGUE if mistake.title.endswith(".")] == []
    assert [mistake.fix for mistake in CATALOGUE if not mistake.fix.endswith(".")] == []
    assert [mistake.fix for mistake in CATALOGUE if not mistake.fix[0].isupper()] == []
    words = (mistake.title + mistake.fix + mistake.shows for mistake in CATALOGUE)
    assert [each for each in words if "  " in each] == []


@pytest.mark.parametrize("name", RICH)
def test_rightly_signed_odd_requests_are_correct(name: str) -> None:
    rich, start = RICH[name], start_of(name)
    explanation = explain(
        rich.wire(),
        rich.credentials,
        scheme=detect.family(start.scheme.scheme),
        region=getattr(start.scheme, "region", ""),
        service=getattr(start.scheme, "service", ""),
        options={key: value for key, value in rich.options.items() if key == "bucket"},
    )
    assert (explanation.verdict, explanation.causes, explanation.tried) == ("correct", (), 1)


@pytest.mark.slow
def test_each_likely_mistake_can_be_made_in_each_scheme_that_it_names() -> None:
    made_in: dict[str, set[str]] = {}
    for name in RICH:
        for case in made(name):
            made_in.setdefault(case.mistake.id, set()).add(case.start.scheme.scheme)
    missing = [
        (mistake.id, scheme)
        for mistake in CATALOGUE
        if mistake.weight >= LIKELY and mistake.id not in TOLD_ELSEWHERE
        for scheme in mistake.schemes
        if not any(found.startswith(scheme) for found in made_in.get(mistake.id, ()))
    ]
    assert missing == []


QUICK = {"aws header", "acs3", "rpc", "oss1"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in QUICK else [pytest.mark.slow])
        for name in RICH
        if name not in SHOWN
    ],
)
def test_each_mistake_is_found_in_each_scheme(name: str) -> None:
    """Make each mistake, send the request, and find the mistake; what hides it is known."""
    first_ways: dict[str, Made] = {}
    likeliest: dict[str, str] = {}
    for case in made(name):
        first_ways.setdefault(case.mistake.id, case)
        likeliest.setdefault(case.signature, case.mistake.id)
    for mistake, case in first_ways.items():
        assert found(case) == [mistake]
        twin = likeliest[case.signature]
        hidden = BY_ID[twin].weight >= LIKELY > BY_ID[mistake].weight
        assert not hidden or twin in TWINS.get(mistake, ()), (mistake, twin, case.note)


TWINS = {
    "body-blanks": ("body-newline",),
    "body-json-other-writer": ("body-json-unicode-escape",),
    "enc-plus-read": ("enc-query-none",),
    "hdr-value-untrimmed": ("hdr-value-whitespace",),
    "ord-by-value": ("ord-unsorted",),
    "ord-descending": ("ord-unsorted",),
    "ord-encoded-name": ("query-repeat-unsorted",),
    "path-leading-slashes": ("path-trailing-slash",),
    "query-as-sent": ("enc-space-plus", "ord-unsorted", "query-param-unsigned"),
    "query-claims-unsigned": ("query-param-unsigned",),
    "sts-trailing-text": ("key-whitespace",),
}
"""Mistakes of which one way makes the same bytes as a likelier one, which is then the one that is named."""
