"""The one door of `explain`: a captured request goes in, an explanation comes out. No input is read here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from voicectl.core.credentials import Credentials
from voicectl.core.signature import Signed
from voicectl.explain import answers, detect, evidence, rules
from voicectl.explain.attempt import Attempt, Mistake
from voicectl.explain.captured import Answer, Captured
from voicectl.explain.checks import checks_for
from voicectl.explain.evidence import NO_OPTIONS, Reading
from voicectl.explain.finding import Finding, found
from voicectl.explain.mistakes.catalogue import CATALOGUE
from voicectl.explain.search import Found, Match, Watch, attempts, search, unwatched
from voicectl.explain.shade import Shade
from voicectl.explain.states import Made, Step, make
from voicectl.explain.unseen import explain_unseen
from voicectl.explain.verdict import Cause, Explanation, Texts, first_difference
from voicectl.signing import times
from voicectl.signing.claims import Scheme

MOST_MATCHES = 8
NOT_WHOLE = {"body-unknown", "content-length", "not-chunked"}
"""What the reader notes where the body at hand cannot be the one that was sent."""


def explain(
    captured: Captured,
    credentials: Credentials | None,
    *,
    scheme: str = "",
    region: str = "",
    service: str = "",
    options: Mapping[str, object] = NO_OPTIONS,
    answer: Answer | None = None,
    signer: Scheme | None = None,
    watch: Watch = unwatched,
    catalogue: Sequence[Mistake] = CATALOGUE,
) -> Explanation:
    """Say why a signature was refused, or that it is right.

    `scheme`, `region` and `service` are told where the request does not say them, or says them
    wrongly; `answer` goes before the captured one. `signer` is a scheme that no table holds. `watch`
    hears how many ways were tried and ends the search by returning False. Raise BadInput where there
    is no signature to read, and UsageError for wrong options.
    """
    request = captured.request
    if captured.self_signed:
        context = detect.context_of(request, "aws-sigv4", region=region, service=service, options={})
        return explain_unseen(captured.self_signed, context, credentials.key_id if credentials else "")
    name = signer.scheme if signer else evidence.scheme_of(request, scheme)
    reading = evidence.read(
        request, credentials, name, region=region, service=service, options=options, scheme=signer
    )
    reading = evidence.with_body_as_meant(reading, _notes(captured))
    case = _Case(
        captured=captured,
        reading=reading,
        answer=answer or captured.answer,
        with_key=credentials is not None,
        catalogue=catalogue,
    )
    return case.explain(watch)


def _notes(captured: Captured) -> set[str]:
    return {note.id for note in captured.notes}


def own(signed: Signed, answer: Answer | None = None) -> Captured:
    """Return what voicectl itself signed and sent, to be explained like anybody's request."""
    return Captured(request=signed.request, form="own", answer=answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One request to explain."""

    captured: Captured
    reading: Reading
    answer: Answer | None
    with_key: bool
    catalogue: Sequence[Mistake]

    @property
    def attempt(self) -> Attempt:
        return self.reading.attempt

    def explain(self, watch: Watch) -> Explanation:
        attempt = self.attempt
        searched = self._searched(watch)
        fits = (
            self.with_key
            and bool(attempt.claims.signature)
            and searched.base.signature == attempt.claims.signature
        )
        whole = not _notes(self.captured) & NOT_WHOLE
        broken = rules.visible(attempt, whole_body=whole, claimed=not self.reading.claims_nothing)
        seen = [*evidence.malformed_finding(self.reading), *broken]
        seen = _with_named_hashes(attempt, seen, self.catalogue)
        if self.with_key:
            seen += evidence.key_id_finding(attempt, fits=fits or bool(searched.matches))
        told = list(self._told(searched, fits=fits, seen=seen))
        return self._report(searched, fits, seen, told)

    def _searched(self, watch: Watch) -> Found:
        """Search where there is a signature and a secret; else only sign as the request says."""
        if self.with_key and self.attempt.claims.signature:
            return search(self.attempt, self.catalogue, watch=watch)
        return Found(base=make(self.attempt))

    def _told(self, searched: Found, *, fits: bool, seen: Sequence[Finding]) -> Iterator[Finding]:
        """Yield what the server's answer adds to what was seen and found."""
        if self.answer is None:
            return
        named = list(answers.from_code(self.attempt, self.answer, fits=fits))
        yield from named
        if named or searched.matches or (fits and seen):
            return
        echo = evidence.compare(searched.base, self.answer)
        if echo.equal is False or (echo.equal and self._own_secret):
            yield from evidence.echo_finding(echo)
        else:
            yield from answers.clock_alone(self.attempt, self.answer)
            if fits:
                yield from answers.refused_though_right(self.attempt, self.answer)

    @property
    def _own_secret(self) -> bool:
        """Say whether the secret at hand is that of the key which the request names."""
        given, claimed = self.attempt.credentials.key_id, self.attempt.claims.key_id
        return self.with_key and (not given or not claimed or given == claimed)

    # The report ---------------------------------------------------------------------------------

    def _report(
        self, searched: Found, fits: bool, seen: Sequence[Finding], told: Sequence[Finding]
    ) -> Explanation:
        matches = searched.matches[:MOST_MATCHES]
        findings = _in_order(seen, [_matched(match, step) for match in matches for step in match.steps], told)
        corrected = self.attempt
        for finding in [*seen, *told]:
            corrected = finding.repair(corrected)
        right = make(corrected)
        given = matches[0].made if matches else searched.base if fits else None
        verdict = "explained" if findings else "correct" if fits else "unknown"
        shade = Shade.over(self.captured.request, self.attempt.credentials)
        shown = shade.shows_signatures(self.attempt)
        return Explanation(
            verdict=verdict,
            scheme=self.attempt.scheme.scheme,
            causes=tuple(shade.cause(finding.cause) for finding in findings),
            proved=any(finding.proved for finding in findings),
            checks=tuple(checks_for(self.captured, self.attempt, self.answer, self.with_key))
            if verdict == "unknown"
            else (),
            given_signature=shade.text(self.attempt.claims.signature) if shown else "",
            correct_signature=right.signature if shown and self.with_key else "",
            first_difference=shade.difference(first_difference(*self._sides(given, right))),
            tried=searched.tried,
            together=tuple(
                dict.fromkeys(tuple(step.mistake.id for step in match.steps) for match in matches)
            ),
            given=shade.texts(_texts(given)),
            correct=shade.texts(_texts(right)),
            server=shade.texts(_echoed(self.answer)),
            key_id=self.attempt.claims.key_id,
            moment=_moment(self.attempt),
            stopped=searched.stopped,
            signature_valid=fits if self.with_key else None,
        )

    def _sides(self, given: Made | None, right: Made) -> tuple[Texts, Texts]:
        """Return what was signed and what should have been; where that is one, what was sent and what "
        "arrived."""
        echoed = _echoed(self.answer)
        if given is not None and _texts(given) != _texts(right):
            return _texts(given), _texts(right)
        if echoed.known and (given is not None or not self.with_key):
            return _like(_texts(right), echoed), echoed
        return Texts(), Texts()


def _like(ours: Texts, echoed: Texts) -> Texts:
    """Return our texts without the one that the server does not show."""
    return Texts(
        canonical_request=ours.canonical_request if echoed.canonical_request else "",
        string_to_sign=ours.string_to_sign if echoed.string_to_sign else "",
    )


def _texts(made: Made | None) -> Texts:
    return Texts(canonical_request=made.canonical_request, string_to_sign=made.string) if made else Texts()


def _echoed(answer: Answer | None) -> Texts:
    if answer is None:
        return Texts()
    texts = (answer.canonical_request or "", answer.string_to_sign or "")
    plain = [text.replace("\r\n", "\n").rstrip("\n") for text in texts]
    return Texts(canonical_request=plain[0], string_to_sign=plain[1])


def _moment(attempt: Attempt) -> str:
    now = attempt.claims.moment.now
    return "" if now == times.UNKNOWN else times.iso_time(now)


def _matched(match: Match, mine: Step) -> Finding:
    """Return the finding that a search proves."""
    others = [each.mistake.title for each in match.steps if each is not mine]
    exactly = "gives exactly the signature that was sent"
    proof = f"signing again so {exactly}"
    if others:
        proof = f"signing again so, and with the other mistake ({others[0]}), {exactly}"
    mistake = mine.mistake
    cause = Cause(
        id=mistake.id,
        title=mistake.title,
        fix=mistake.fix,
        evidence=f"{mine.note}: {proof}",
        shows=mistake.shows,
        code=mistake.code,
    )
    return Finding(cause=cause)


def _in_order(seen: Iterable[Finding], matched: Sequence[Finding], told: Iterable[Finding]) -> list[Finding]:
    """Order what was found: form, proof by search, rules, answer; each cause once.

    What a search says of a cause is more exact than what was merely seen.
    """
    proved = {finding.cause.id for finding in matched}
    first = [finding for finding in seen if finding.cause.id == "auth-malformed"]
    rest = [
        finding
        for finding in seen
        if finding.cause.id != "auth-malformed" and not _said_better(finding.cause.id, proved)
    ]
    once: dict[str, Finding] = {}
    for finding in [*first, *matched, *rest, *told]:
        once.setdefault(finding.cause.id, finding)
    return list(once.values())


def _said_better(cause: str, proved: set[str]) -> bool:
    return cause == "body-hash-other" and any(other.startswith("body-") for other in proved)


def _with_named_hashes(
    attempt: Attempt, seen: Sequence[Finding], catalogue: Iterable[Mistake]
) -> list[Finding]:
    """Name the mistake behind a declared hash that is not the body's, where one makes it."""
    named: list[Finding] = []
    for finding in seen:
        if finding.cause.id != "body-hash-other":
            named.append(finding)
            continue
        bodies = (mistake for mistake in catalogue if mistake.id.startswith(("body-", "enc-unicode")))
        known = [
            found(
                mistake.id,
                mistake.title,
                mistake.fix,
                f"{tried.note}: that is the hash which the request declares",
                code=mistake.code,
                repair=finding.repair,
            )
            for mistake in bodies
            for tried in islice(rules.declared_matches(attempt, attempts(mistake, attempt)), 1)
        ]
        named += known or [finding]
    return named
