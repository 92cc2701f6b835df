"""Where each field of an account comes from. What decides it: `choice.py` and `sources.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from voicectl.core.account import AccountForm, KeyKind, Variables
from voicectl.core.credentials import Credentials, CredentialSource
from voicectl.core.errors import VoicectlError
from voicectl.core.options import Options
from voicectl.core.profile import NO_SECRET
from voicectl.profiles.choice import PROFILE, Choice, Place
from voicectl.profiles.sources import KEYRING, EnvironmentSource, StoredSource

DEFAULT, MISSING = "default", "missing"

Answer = tuple[CredentialSource, Credentials] | VoicectlError | None
"""What the chain for one kind of key said: who knew it, what is broken, or that nobody knew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A field, its value or what may be shown of it, and where it came from."""

    field: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """All that decides about an account; `region` is what told its region, if anything did.

    `backend` names the keyring where secrets of the account rest in it.
    """

    options: Options
    environment: Mapping[str, str]
    choice: Choice
    form: AccountForm
    region: Place | None = None
    backend: str = ""


def origins(places: Places, answers: Mapping[str, Answer]) -> list[Origin]:
    """Return a row a field; `answers` are by the secret field of their kind."""
    return [
        *_account(places),
        _region(places),
        *(row for kind in places.form.kinds for row in _keys(places, kind, answers.get(kind.secret))),
        *_settings(places),
        *_endpoints(places),
    ]


def _account(places: Places) -> list[Origin]:
    options, environment, choice = places.options, places.environment, places.choice
    if choice.profile.name:
        by_name = "flag --profile" if options.profile else "env VOICECTL_PROFILE"
        return [
            Origin(field="profile", value=choice.profile.name, origin=by_name if choice.named else DEFAULT),
            Origin(field="vendor", value=choice.vendor, origin=PROFILE),
        ]
    told = _first(
        ("flag --vendor", options.vendor),
        ("env VOICECTL_VENDOR", environment.get("VOICECTL_VENDOR", "")),
        (DEFAULT, ""),
    )
    return [Origin(field="vendor", value=choice.vendor, origin=told[1])]


def _region(places: Places) -> Origin:
    told = places.region or Place(DEFAULT, "")
    return Origin(field="region", value=told.region, origin=told.origin)


def _keys(places: Places, kind: KeyKind, answer: Answer) -> list[Origin]:
    if isinstance(answer, VoicectlError):
        return [Origin(field=kind.secret, value="", origin=f"broken: {answer}")]
    if answer is None:
        absent = Origin(field=kind.secret, value="", origin=MISSING)
        return [absent] if kind.storable and not kind.optional else []
    source, found = answer
    token = found.security_token
    rows = [
        (kind.key_id, found.key_id),
        (kind.secret, found.secret.masked()),
        (kind.token, token.masked() if token else ""),
    ]
    return [
        Origin(field=field, value=shown, origin=_origin_of(places, kind, field, source))
        for field, shown in rows
        if field and shown
    ]


def _origin_of(places: Places, kind: KeyKind, field: str, source: CredentialSource) -> str:
    match source:
        case EnvironmentSource():
            return f"env {_variable(kind, field, places.environment)}"
        case StoredSource() if field == kind.key_id:
            return PROFILE
        case StoredSource():
            recorded = places.choice.profile.secrets.get(field, NO_SECRET)
            place = recorded if recorded != NO_SECRET else source.store_name
            return f"{KEYRING} {places.backend}".strip() if place == KEYRING else place.partition(" ")[0]
    return source.name


def _variable(kind: KeyKind, field: str, environment: Mapping[str, str]) -> str:
    row = next((row for row in kind.variables if environment.get(row.secret)), Variables(secret=""))
    if field == kind.key_id:
        return row.key_id
    names = row.tokens if field == kind.token else (row.secret,)
    return next((name for name in names if environment.get(name)), "")


def _settings(places: Places) -> Iterable[Origin]:
    """Yield the public fields; as with keys, those of a named profile come before variables."""
    choice, environment = places.choice, places.environment
    ids = {kind.key_id for kind in places.form.kinds}
    own = {name: text for name, text in choice.profile.settings.items() if name not in ids}
    variables = {field.name: field.variables for field in places.form.fields}
    for name in dict.fromkeys((*variables, *own)):
        from_variables = [(f"env {each}", environment.get(each, "")) for each in variables.get(name, ())]
        from_profile = [(PROFILE, own.get(name, ""))]
        in_order = from_profile + from_variables if choice.named else from_variables + from_profile
        value, origin = _first(*in_order, (DEFAULT, ""))
        if value:
            yield Origin(field=name, value=value, origin=origin)


def _endpoints(places: Places) -> Iterable[Origin]:
    given, variable = places.options.endpoint_url, places.environment.get("VOICECTL_ENDPOINT_URL", "")
    value, origin = _first(("flag --endpoint-url", given), ("env VOICECTL_ENDPOINT_URL", variable), ("", ""))
    if value:
        yield Origin(field="endpoint", value=value, origin=origin)
    for service, url in places.choice.profile.endpoints.items():
        yield Origin(field=f"endpoint.{service}", value=url, origin=PROFILE)


def _first(*told: tuple[str, str]) -> tuple[str, str]:
    """Return the first value that is one, and where it is from; the last pair stands for none."""
    return next(((value, origin) for origin, value in told if value), (told[-1][1], told[-1][0]))
