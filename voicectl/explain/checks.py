"""What is most worth checking where no cause could be proved."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from voicectl.explain.answer_codes import MISMATCH
from voicectl.explain.attempt import Attempt
from voicectl.explain.captured import Answer, Captured

MOST = 3
ECHOING = ("aliyun", "aws")
KEYLESS = ("bearer", "basic")


def checks_for(captured: Captured, attempt: Attempt, answer: Answer | None, with_key: bool) -> list[str]:
    """Return the two or three checks that promise most, the best first."""
    notes = {note.id for note in captured.notes}
    return list(islice(_checks(notes, attempt, answer, with_key), MOST))


def _checks(notes: set[str], attempt: Attempt, answer: Answer | None, with_key: bool) -> Iterator[str]:
    if "body-unknown" in notes:
        yield "the body: it is not in what was given here, and it is a part of what is signed"
    length = (attempt.request.header("Content-Length") or "").strip()
    body = attempt.request.body
    if length.isdigit() and int(length) != len(body):
        yield (
            f"the body given here has {len(body)} bytes and Content-Length says {length}: take the request "
            "exactly as it was sent"
        )
    if not with_key:
        yield "give the secret of the key that the request names, by a profile or the environment"
    else:
        whose = f"of key {attempt.claims.key_id!r}, " if attempt.claims.key_id else ""
        yield f"the secret: is it the right one, {whose}copied whole, not rotated? a new key settles it"
    if attempt.scheme.scheme in KEYLESS:
        yield "the header: is the secret sent as it is, to the host that it belongs to?"
        return
    shows = answer is not None and (answer.string_to_sign or answer.canonical_request)
    if not shows and attempt.scheme.scheme.startswith(ECHOING):
        yield "give the server's whole answer with --against FILE: it may show the string that it signed"
    if body:
        yield "the body: was it hashed from the very bytes that were sent, or serialised a second time?"
    if answer is not None and answer.code and not MISMATCH.search(answer.code):
        yield f"the server's code {answer.code!r}: is the signature what it complains of?"
    yield "the headers that are signed: does a proxy or the HTTP library change one of them after signing?"
    yield "the query: is what is signed the text that is sent, encoded and sorted by the rule?"
