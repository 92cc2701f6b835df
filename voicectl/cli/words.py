"""The words of a failure: in which language they are told, and the next step where it names none itself."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from voicectl.core import errors
from voicectl.core.errors import VoicectlError

LANGUAGES = {"zh": "voicectl.cli.languages.zh"}
OTHER_SCRIPTS = ("TW", "HK", "MO")
"""Where Chinese is written in signs that our words are not in."""
NEXT_STEPS: Mapping[type[VoicectlError], str] = {
    errors.UsageError: "voicectl help",
    errors.NotFound: "look at the id and the account: each account knows its own only",
    errors.OutcomeUnknown: "find out what became of it before you do it again",
    errors.BadInput: "mend the input, then run it again",
    errors.NoInput: "look at its name, and who may read it",
    errors.Unavailable: "voicectl doctor",
    errors.Unreachable: "voicectl doctor --network",
    errors.OutputError: "choose another place, or make room in this one",
    errors.BrokenAnswer: "run it again; --debug shows what came",
    errors.TryLater: "run it again in a minute",
    errors.VendorRefused: "--debug shows the request that was refused",
    errors.CredentialError: "voicectl profile test",
    errors.ConfigError: "voicectl doctor",
}
"""By the class of a failure, or the nearest above it."""


def language_of(environ: Mapping[str, str]) -> str:
    """Return the language of a person, as far as we have its words; empty for English."""
    told = next(filter(None, (environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    language, _, territory = told.partition(".")[0].partition("_")
    return language if language in LANGUAGES and territory not in OTHER_SCRIPTS else ""


def words_of(failure: VoicectlError, language: str = "") -> tuple[str, str]:
    """Return message and hint in the language that the failure asks for, else in this one."""
    catalogue = _catalogue(failure.language or language)
    message = catalogue.get(failure.message_template, failure.message_template)
    lines = (failure.hint_template or _next_step(failure)).splitlines()
    hint = "\n".join(catalogue.get(line, line) for line in lines)
    return message.format(**failure.facts), hint.format(**failure.facts)


def said(words: str, language: str) -> str:
    """Return words of our own in a language, where it has them."""
    return _catalogue(language).get(words, words)


def _next_step(failure: VoicectlError) -> str:
    return next((NEXT_STEPS[kind] for kind in type(failure).__mro__ if kind in NEXT_STEPS), "")


def _catalogue(language: str) -> Mapping[str, str]:
    if language not in LANGUAGES:
        return {}
    words: Mapping[str, str] = import_module(LANGUAGES[language]).WORDS
    return words
