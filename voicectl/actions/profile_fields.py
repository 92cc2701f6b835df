"""The fields of an account: which there are, and what they may hold. Storing them: `profile.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from voicectl.core.account import AccountForm
from voicectl.core.errors import UsageError
from voicectl.core.profile import host_of

ENDPOINT = "endpoint."
PRICE = "price.per_million"


def refuse_secret_words(fields: Iterable[str], form: AccountForm, *, command: str) -> None:
    """Raise UsageError for a secret among fields that came from the command line; `command` takes it."""
    for name in fields:
        if name in form.secret_fields:
            raise UsageError(
                "{field} is secret and does not belong on the command line",
                field=name,
                command=command,
                hint="printf '{field}=%s' \"$SECRET\" | {command} --secret-stdin",
            )


def refuse_unknown_fields(names: Iterable[str], form: AccountForm) -> None:
    """Raise UsageError for a field that accounts of this vendor do not have, naming those they have."""
    from voicectl.actions.call_guards import SETTINGS

    known = (*form.public_fields, *form.secret_fields, PRICE, *SETTINGS)
    for name in names:
        if name not in known and name.removeprefix(ENDPOINT) in (name, ""):
            raise UsageError(
                "{vendor} has no field {field!r}; it has: {known}",
                vendor=form.vendor,
                field=name,
                known=", ".join((*known, "endpoint.SERVICE")),
                hint="--set FIELD=VALUE",
            )


def check_values(texts: Mapping[str, str], form: AccountForm) -> None:
    """Raise UsageError for a value that its public field cannot have."""
    from voicectl.actions.call_guards import ALLOW, SETTINGS

    known = {field.name: field for field in form.fields}
    for name, text in texts.items():
        public = known.get(name)
        if public and public.choices and text not in public.choices:
            raise UsageError(
                "{field} can be {choices}, not {text!r}",
                field=name,
                choices=", ".join(public.choices),
                text=text,
                hint="--set {field}=…",
            )
        if (name.startswith(ENDPOINT) or (public and public.is_url)) and not _is_url(text):
            raise UsageError(
                "{field} is no URL: {text!r}", field=name, text=text, hint="--set {field}=https://…"
            )
        if name in SETTINGS and name != ALLOW and not (text.isascii() and text.isdecimal()):
            raise UsageError("{field} is no count: {text!r}", field=name, text=text, hint="--set {field}=5")
        if name == PRICE and not _is_amount(text):
            raise UsageError("{field} is no price: {text!r}", field=name, text=text, hint="--set {field}=16")


def is_token(name: str, form: AccountForm) -> bool:
    """Say whether a field is the token of a temporary key."""
    return any(name == kind.token for kind in form.kinds)


def settings_in(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the fields that are no endpoints."""
    return {name: text for name, text in texts.items() if not name.startswith(ENDPOINT)}


def endpoints_in(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the endpoints, by service."""
    return {name.removeprefix(ENDPOINT): text for name, text in texts.items() if name.startswith(ENDPOINT)}


def _is_url(text: str) -> bool:
    return text.startswith(("https://", "http://", "wss://", "ws://")) and bool(host_of(text))


def _is_amount(text: str) -> bool:
    whole, _, part = text.partition(".")
    return whole.isascii() and whole.isdecimal() and (not part or (part.isascii() and part.isdecimal()))
