"""More wiring, for commands that look at an account itself. All that every command needs: `runtime.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from voicectl.core.api import Api
    from voicectl.core.credentials import Credentials
    from voicectl.core.exports import Exports
    from voicectl.core.identity import Identity
    from voicectl.core.options import Options
    from voicectl.core.token import Tokens, TokenSource
    from voicectl.profiles.choice import Choice
    from voicectl.profiles.origin import Answer, Origin
    from voicectl.profiles.sources import Chain
    from voicectl.runtime import Runtime


def built_in_vendors() -> tuple[str, ...]:
    """Return the names of the vendors that need no plugin."""
    from voicectl.vendors.registry import BUILT_IN

    return tuple(BUILT_IN)


def remember_voices(runtime: Runtime, environ: Mapping[str, str], names: Iterable[str]) -> None:
    """Let shells offer these voices at TAB, beside those that they know."""
    from voicectl.kept.known import remember

    if not environ.get("VOICECTL_NO_CACHE"):
        remember(runtime.directories.cache, "voices", names, beside=True)


def hide_variables(runtime: Runtime, environ: Mapping[str, str]) -> None:
    """Hide the keys in variables, also where nobody has asked for them yet."""
    from voicectl.core.credentials import Secret
    from voicectl.profiles.forms import secret_variables

    runtime.secrets.take(*(Secret(environ.get(name, "")) for name in secret_variables(runtime.brought_forms)))


def identity_of(runtime: Runtime, choice: Choice) -> Identity:
    """Return how this account's vendor is asked whose it is; Unsupported where it cannot be."""
    from voicectl.core.errors import Unsupported
    from voicectl.runtime import AccountAccess

    make = runtime.card_of(choice).identity
    if make is None:
        raise Unsupported(
            "{vendor} has no call that tells whether a key is good",
            vendor=choice.vendor,
            hint="voicectl --vendor {vendor} say hello -o hello.wav",
        )
    return make(AccountAccess(runtime, choice))


def tokens(runtime: Runtime) -> tuple[Choice, Tokens]:
    """Return whose tokens, and the short-lived tokens; Unsupported for a vendor without them."""
    from voicectl.core.errors import Unsupported

    choice, card, access = runtime.chosen()
    if card.token is not None:
        return choice, card.token(access)
    session = runtime.elsewhere.session(choice)
    if session is None:
        raise Unsupported(
            "vendor {vendor!r} has no short-lived tokens",
            vendor=choice.vendor,
            hint="voicectl profile show",
        )
    from voicectl.core.token import Tokens

    return choice, Tokens(kind="session", source=session)


def token_text(token: Credentials) -> str:
    """Return a token as text, which is what `token print` is for; Unsupported for what is several."""
    from voicectl.core.errors import Unsupported
    from voicectl.profiles.token_cache import text_of

    if token.key_id:
        raise Unsupported("a session is three texts that belong together", hint="voicectl auth env")
    return text_of(token)


def interface(runtime: Runtime, vendor: str) -> Api:
    """Return a vendor's interface for raw calls; UsageError where a flag names another vendor."""
    from voicectl.core.errors import Unsupported, UsageError

    choice, card, access = runtime.chosen(vendor=vendor)
    if choice.vendor != vendor:
        raise UsageError(
            "the call is one of {vendor}, but {own} was chosen",
            vendor=vendor,
            own=choice.vendor,
            hint="leave out --vendor or --profile, or name one of {vendor}",
        )
    if card.api is None:
        raise Unsupported("{vendor} takes no raw calls", vendor=vendor, hint="voicectl help vendors")
    return card.api(access)


def exports(runtime: Runtime, choice: Choice) -> Exports:
    """Return this account's keys as variables; CredentialError where it has none."""
    from voicectl.profiles.exports import exports_of

    form, now = runtime.form_of(choice), runtime.clock.moment().now
    chains = {kind.secret: runtime.key_source(choice, kind.secret, needed=False) for kind in form.kinds}
    asked = {secret: chain.credentials(now) for secret, chain in chains.items()}
    found = {secret: credentials for secret, credentials in asked.items() if credentials}
    if not found:
        _refuse_keyless(runtime, choice)
    return exports_of(form, found, runtime.settings(choice), runtime.region(choice))


def origins_of(
    runtime: Runtime, choice: Choice, environment: Mapping[str, str], options: Options
) -> list[Origin]:
    """Return where each field of an account comes from; nothing is sent to find out."""
    from voicectl.profiles.origin import Places, origins

    form = runtime.form_of(choice)
    places = Places(
        options=options,
        environment=environment,
        choice=choice,
        form=form,
        region=runtime.place_of_region(choice),
        backend=_backend(runtime) if "keyring" in choice.profile.secrets.values() else "",
    )
    return origins(places, {kind.secret: _answer(runtime, choice, kind.secret) for kind in form.kinds})


def ends_of(runtime: Runtime) -> Callable[[], datetime | None]:
    """Return what tells when the first of the tokens, sessions and keys that speech goes with will die.

    None where nobody knows. `runtime` is that of a dry run: nothing is sent to find out, and no secret
    is asked of a store; what is looked at is variables, and tokens kept between runs.
    """
    from contextlib import suppress

    from voicectl.core.errors import VoicectlError

    choice, card, access = runtime.chosen(speech=True)
    kept: list[TokenSource] = []

    def sources() -> list[TokenSource]:
        made = card.token(access).source if card.token else None
        return [source for source in (made, runtime.elsewhere.session(choice)) if source is not None]

    def ends() -> datetime | None:
        now = runtime.clock.moment().now
        found: list[datetime | None] = []
        # Whose token it is may not be told before it was used once.
        with suppress(VoicectlError):
            for secret in (kind.secret for kind in runtime.form_of(choice).kinds):
                found.append(_end_in_variables(runtime.key_source(choice, secret, needed=False), now))
            kept[:] = kept or sources()
            found += [token.credentials.expires_at for source in kept if (token := source.held(now))]
        return min((end for end in found if end is not None), default=None)

    return ends


def _end_in_variables(chain: Chain, now: datetime) -> datetime | None:
    """Return the end of keys in variables, where no profile goes before them."""
    from voicectl.profiles.sources import EnvironmentSource, StoredSource

    for source in chain.sources:
        if isinstance(source, StoredSource) and source.claims:
            return None
        if isinstance(source, EnvironmentSource) and (found := source.credentials(now)):
            return found.expires_at
    return None


def _answer(runtime: Runtime, choice: Choice, secret: str) -> Answer:
    from voicectl.core.errors import VoicectlError

    try:
        chain = runtime.key_source(choice, secret, needed=False, offline=True)
        return chain.answer(runtime.clock.moment().now)
    except VoicectlError as error:
        return error


def _backend(runtime: Runtime) -> str:
    """Name the keyring in use; one that cannot be used is told by who wants a secret of it."""
    from voicectl.core.errors import ConfigError
    from voicectl.profiles.keyring_store import KeyringStore

    store = runtime.stores["keyring"]
    try:
        return store.backend() if isinstance(store, KeyringStore) else ""
    except ConfigError:
        return ""


def _refuse_keyless(runtime: Runtime, choice: Choice) -> None:
    from voicectl.core.errors import Unsupported

    runtime.key_source(choice).credentials(runtime.clock.moment().now)
    raise Unsupported("{vendor} has no key here", vendor=choice.vendor, hint="voicectl profile list")
