"""Mistakes in the method that is signed."""

from __future__ import annotations

from collections.abc import Iterator

from voicectl.explain.attempt import Attempt, Mistake, Try

VERBS = ("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS")


def _other(attempt: Attempt) -> Iterator[Try]:
    sent = attempt.request.method.upper()
    for verb in VERBS:
        if verb != sent:
            note = f"{verb} was signed, {sent} was sent"
            yield Try(note, attempt.sending(method=verb))
            if attempt.has("method"):
                yield Try(note, attempt.stepping(method=lambda _, v=verb: v))


def _letters(attempt: Attempt) -> Iterator[Try]:
    if attempt.has("method"):
        for change, note in ((str.lower, "in small letters"), (str.title, "with one capital letter")):
            yield Try(f"the method was signed {note}", attempt.stepping(method=change))


def _missing(attempt: Attempt) -> Iterator[Try]:
    if attempt.has("method"):
        yield Try("the method's line was signed empty", attempt.stepping(method=lambda _: ""))
        yield Try(
            "the method was signed with a space behind it", attempt.stepping(method=lambda m: m.upper() + " ")
        )
        for word in ("undefined", "null", "None"):
            yield Try(f"{word!r} was signed as the method", attempt.stepping(method=lambda _, w=word: w))


MISTAKES = (
    Mistake(
        id="method-wrong",
        title="another HTTP method was signed than the one that was sent",
        shows="one HTTP client is accepted, another is not",
        fix="Sign the verb of the request line. Usual culprits: a method fixed in the signer, HEAD sent "
        "with a URL made for GET, libraries that make POST of PUT, redirects that make GET of POST.",
        weight=7,
        tries=_other,
    ),
    Mistake(
        id="method-lowercase",
        title="the method was not signed in capital letters",
        shows="every call fails",
        fix="Write it in capitals. Usual culprits: JavaScript's axios and fetch, whose config holds 'get'; "
        "Ruby's and Clojure's symbols.",
        code="method.toUpperCase()",
        weight=3,
        tries=_letters,
    ),
    Mistake(
        id="method-missing",
        title="the method is missing in what was signed",
        shows="every call fails",
        fix="Put the method on the first line.",
        weight=1,
        tries=_missing,
    ),
)
