"""The wiring: builds everything that a command needs, lazily. What it asks the world for: `world.py`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from voicectl.world import SystemClock, append

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from voicectl.core.account import AccountForm
    from voicectl.core.clock import Clock
    from voicectl.core.credentials import Credentials, CredentialSource, SecretsInUse
    from voicectl.core.endpoint import Endpoint
    from voicectl.core.note import Note
    from voicectl.core.options import Options
    from voicectl.core.profile import Accounts, Profile, SecretStore
    from voicectl.core.request import Pairs, ReplyStream
    from voicectl.core.shelf import Shelf
    from voicectl.core.signature import Signed, Signer
    from voicectl.core.token import TokenSource
    from voicectl.core.vendor import Client, Judge, Vendor
    from voicectl.elsewhere import Elsewhere
    from voicectl.profiles.choice import Choice, Place
    from voicectl.profiles.paths import Directories
    from voicectl.profiles.settings import ProfileFile
    from voicectl.profiles.sources import Chain
    from voicectl.profiles.token_cache import CachedSource
    from voicectl.transport.fetch import Fetcher
    from voicectl.transport.http import Http
    from voicectl.transport.record import Exchange
    from voicectl.world import World

ENDPOINT_VARIABLE = "VOICECTL_ENDPOINT_URL"


class AccountAccess:
    """What a vendor is handed for one profile; everything in it is built at first use."""

    def __init__(self, runtime: Runtime, choice: Choice) -> None:
        self._runtime = runtime
        self._choice = choice

    @cached_property
    def profile(self) -> Profile:
        """The profile, with the region and the public fields that hold for this run."""
        from dataclasses import replace

        runtime, choice = self._runtime, self._choice
        return replace(choice.profile, region=runtime.region(choice), settings=runtime.settings(choice))

    @property
    def clock(self) -> Clock:
        return self._runtime.clock

    def environment(self) -> Mapping[str, str]:
        return self._runtime.environment_of_programs()

    def keys(self, secret: str = "", *, host: str = "", needed: bool = True) -> CredentialSource:
        return self._runtime.key_source(self._choice, secret, host=host, needed=needed)

    def endpoint(self, service: str, usual: str) -> Endpoint:
        return self._runtime.endpoint(self._choice.profile, service, usual)

    def client(self, signer: Signer, judge: Judge, source: CredentialSource | None = None) -> Client:
        return self._runtime.client(self._choice.vendor, signer, judge, source or self.keys())

    def fetch(self, url: str, *, headers: Pairs = ()) -> AbstractContextManager[ReplyStream]:
        return self._runtime.fetcher(self.profile).open(url, headers=headers)

    def cached(self, name: str, issue: Callable[[], Credentials]) -> TokenSource:
        return self._runtime.token_cache(self._choice, name, issue)


class Runtime:
    """Builds what one command needs, at the moment it is needed."""

    def __init__(self, world: World, options: Options) -> None:
        self._world = world
        self._options = options
        self.clock = SystemClock()
        self._cards: dict[str, Vendor] = {}
        self.unsent: list[Signed] = []
        self.rest: Callable[[float], None] = lambda seconds: None
        """Hears for how long a vendor asks to be left alone; what works in parallel sets it."""
        self.shelf: Shelf | None = None
        """Where pieces of sound are kept in this run, from when somebody first needs it."""
        self.again: Callable[[], None] = lambda: None
        """Returns when a request may be sent once more; what keeps to a rate sets it."""
        self.connections = 4
        """How many are kept to one place; what works in parallel sets it before the first request."""
        self.tell: Callable[[Note], None] = lambda note: None
        """Gets what only `--verbose` wants to know; a face sets it."""
        self.warn: Callable[[Note], None] = lambda note: None
        """Gets what the user should change; a face sets it."""
        self.ask: Callable[[str], str] = lambda question: ""
        """Puts a question to a person, and returns nothing where nobody is there; a face sets it."""

    @cached_property
    def secrets(self) -> SecretsInUse:
        """The secrets that this run has met, for who hides them in what is said."""
        from voicectl.core.credentials import SecretsInUse

        return SecretsInUse()

    @cached_property
    def accounts(self) -> Accounts:
        """All profiles, as the file has them."""
        return self.profile_file.load()

    @cached_property
    def profile_file(self) -> ProfileFile:
        from voicectl.profiles.settings import ProfileFile

        return ProfileFile(self.directories.config, self.directories.cache)

    @cached_property
    def directories(self) -> Directories:
        from voicectl.profiles.paths import directories

        return directories(self._world.environ, sys.platform)

    @cached_property
    def stores(self) -> Mapping[str, SecretStore]:
        """Where secrets may rest, by the name that a profile records."""
        from voicectl.profiles.file_store import FileStore
        from voicectl.profiles.keyring_store import LIMIT_SECONDS, KeyringStore

        limit = None if self._world.stdin.isatty() else LIMIT_SECONDS
        keyring = KeyringStore(environment=self._world.environ, limit_seconds=limit)
        file = FileStore(directory=self.directories.config)
        state = FileStore(directory=self.directories.state, name="state", variable="VOICECTL_STATE_DIR")
        return {store.name: store for store in (keyring, file, state)}

    def account_form(self, vendor: str) -> AccountForm:
        """Return what a profile of this vendor holds; raise UsageError for a vendor that nobody brings."""
        from voicectl.profiles.forms import FORMS, form_of

        return form_of(vendor, None if vendor in FORMS else self.card(vendor).account)

    def form_of(self, choice: Choice) -> AccountForm:
        """Return what the chosen account holds; ConfigError where a profile's vendor is nobody's."""
        from voicectl.profiles.forms import FORMS, form_of

        is_known = choice.vendor in FORMS or not choice.vendor
        return form_of(choice.vendor, None if is_known else self.card_of(choice).account)

    @property
    def brought_forms(self) -> tuple[AccountForm, ...]:
        """What accounts hold at those vendors of plugins that this run has met."""
        return tuple(card.account for card in self._cards.values() if card.account)

    def card(self, vendor: str) -> Vendor:
        """Return a vendor's card; UsageError where nobody brings it, ConfigError where a plugin may not."""
        from voicectl.vendors.registry import BUILT_IN, load

        if vendor not in self._cards:
            self.refuse_forbidden_plugin(vendor, BUILT_IN)
            self._cards[vendor] = load(vendor)
        return self._cards[vendor]

    def refuse_forbidden_plugin(self, name: str, built_in: Collection[str]) -> None:
        """Raise ConfigError for a name that only a plugin could bring, where none may."""
        if name not in built_in and (setting := self._world.environ.get("VOICECTL_PLUGINS", "")):
            from voicectl.core.plugins import refuse_forbidden

            refuse_forbidden(setting, name)

    def choice(self, *, speech: bool = False, vendor: str = "") -> Choice:
        """Return the vendor and profile that this command works with.

        `vendor` is what its arguments tell, where no flag does.
        """
        from voicectl.profiles.choice import choose

        def foreign(name: str) -> str:
            from voicectl.profiles.foreign import vendor_of

            return vendor_of(name, self._world.environ)

        options = self._options
        if vendor and not (options.profile or options.vendor):
            options = options._replace(vendor=vendor)
        return choose(options, self._world.environ, self.accounts, speech=speech, foreign=foreign)

    def chosen(self, *, speech: bool = False, vendor: str = "") -> tuple[Choice, Vendor, AccountAccess]:
        """Return whom this command works with, that vendor's card, and what it is to be handed."""
        choice = self.choice(speech=speech, vendor=vendor)
        return choice, self.card_of(choice), AccountAccess(self, choice)

    def card_of(self, choice: Choice) -> Vendor:
        """Return the chosen vendor's card; ConfigError where a profile names one that nobody brings."""
        from voicectl.core.errors import ConfigError, UsageError

        try:
            return self.card(choice.vendor)
        except UsageError as error:
            if not choice.profile.name:
                raise
            raise ConfigError(
                "profile {profile!r}: {problem}",
                profile=choice.profile.name,
                problem=str(error),
                hint="voicectl profile show {profile}",
            ) from None

    def environment_of_programs(self) -> Mapping[str, str]:
        """Return the variables for a program that needs no key, such as a player."""
        from voicectl.profiles.forms import without_keys

        return without_keys(self._world.environ, self.brought_forms)

    def token_cache(self, choice: Choice, name: str, issue: Callable[[], Credentials]) -> CachedSource:
        """Return where tokens of this account and this `name` are kept between runs."""
        from voicectl.profiles.token_cache import CachedSource

        keys = self.key_source(choice)
        return CachedSource(
            owner=lambda: (choice.vendor, keys.account(self.clock.moment().now), name),
            issue=issue,
            directory=self.directories.state,
            say=lambda note: self.tell(note),
            unsent=self.ends_dry_run if self._options.dry_run else None,
        )

    def client(self, vendor: str, signer: Signer, judge: Judge, source: CredentialSource) -> Client:
        """Return a client that signs, sends, judges and tries again as the options say."""
        from random import random

        from voicectl.transport.later import LaterSender
        from voicectl.transport.signed import SignedClient

        if self._options.log_file:
            append(self._options.log_file, "")  # a log that cannot be kept is known before anything is sent
        return SignedClient(
            sender=LaterSender(lambda: self.http),
            signer=signer,
            judge=judge,
            source=source,
            clock=self.clock,
            chance=random,
            vendor=vendor,
            retries=self._options.retries,
            max_bytes=self._options.max_bytes,
            dry_run=self._options.dry_run,
            allow_http=self._options.allow_http,
            log=self._note_exchange,
            warn=self.warn,
            rest=lambda seconds: self.rest(seconds),
            again=lambda: self.again(),
            secrets=self.secrets,
        )

    def ends_dry_run(self, error: BaseException) -> bool:
        """Say whether a dry run has come to the wire, and keep what would have left."""
        from voicectl.core.vendor import NotSent

        if isinstance(error, NotSent):
            self.unsent.append(error.signed)
        return isinstance(error, NotSent)

    def fetcher(self, profile: Profile, own_host: str = "") -> Fetcher:
        """Return what follows the URLs that this profile's vendor answers with; `own_host` if not its own."""
        from random import random

        from voicectl.transport.fetch import Fetcher

        own = profile.settings.get("base_url", "")
        if self._custom_url(profile, "speech") or own:
            own = self.endpoint(profile, "speech", own).host
        return Fetcher(
            http=self.http,
            clock=self.clock,
            chance=random,
            own_host=own_host or own,
            allow_private=self._options.allow_private,
            allow_http=self._options.allow_http,
            dry_run=self._options.dry_run,
            retries=self._options.retries,
            max_bytes=self._options.max_bytes,
            secrets=self.secrets,
        )

    @cached_property
    def http(self) -> Http:
        """The one way out of this process."""
        from voicectl.transport.http import Http, Limits

        limits = Limits(
            timeout=self._options.timeout,
            connect=self._options.connect_timeout,
            connections=self.connections,
        )
        return Http(self._world.environ, ca_bundle=self._options.ca_bundle, limits=limits)

    def endpoint(self, profile: Profile, service: str, usual: str) -> Endpoint:
        """Return where a service is reached: flag, variable, profile, else the vendor's own URL."""
        from voicectl.core.endpoint import Endpoint
        from voicectl.core.errors import ConfigError, UsageError

        custom = self._custom_url(profile, service)
        try:
            return Endpoint.of(custom or usual, is_custom=bool(custom))
        except UsageError as error:
            if self._options.endpoint_url:
                raise
            own = f"endpoint.{service} of profile {profile.name}" if custom else "the base URL"
            place = ENDPOINT_VARIABLE if self._world.environ.get(ENDPOINT_VARIABLE) else own
            raise ConfigError(
                "{place}: {problem}", place=place, problem=str(error), hint="voicectl profile show --origin"
            ) from None

    def _custom_url(self, profile: Profile, service: str) -> str:
        variable = self._world.environ.get(ENDPOINT_VARIABLE, "")
        return self._options.endpoint_url or variable or profile.endpoints.get(service, "")

    def _note_exchange(self, exchange: Exchange) -> None:
        """Tell of one request, and write it to the log where there is one."""
        from voicectl.core.note import Note
        from voicectl.transport.record import WORDS

        self.tell(Note(WORDS, exchange._asdict()))
        if self._options.log_file:
            append(self._options.log_file, self.secrets.hidden_in(exchange.line()))

    def key_source(
        self,
        choice: Choice,
        secret: str = "",
        *,
        host: str = "",
        needed: bool = True,
        offline: bool = False,
    ) -> Chain:
        """Return where the keys of a vendor or profile come from; `secret` picks the kind of key.

        `offline`: nothing is sent for them, as in every dry run; sessions that are kept count.
        """
        from voicectl.profiles.sources import source_for

        form, elsewhere = self.form_of(choice), self.elsewhere
        around = elsewhere.sources(
            choice, is_pair=bool(form.kind_of(secret).key_id), offline=offline or self._options.dry_run
        )
        return source_for(
            form,
            environment=self._world.environ,
            stores=self.stores if choice.profile.name else {},
            profile=choice.profile,
            named=choice.named,
            secret=secret,
            host=host,
            allowed=tuple(filter(None, (self._options.allow_host,))),
            needed=needed,
            around=around,
            read=lambda reference, place, anew: elsewhere.text(choice.vendor, reference, place, anew=anew),
            take=self.secrets.take,
        )

    def region(self, choice: Choice) -> str:
        """Return the region by flag, variable, profile or the vendor's own files; empty for none."""
        place = self.place_of_region(choice)
        return place.region if place else ""

    def place_of_region(self, choice: Choice) -> Place | None:
        """Return what tells the region of this run; None where nothing does."""
        from voicectl.profiles.choice import regions

        places = regions(
            choice,
            self._options,
            self._world.environ,
            from_files=lambda: self.elsewhere.region(choice),
            files_count=self.elsewhere.is_named(choice.vendor),
        )
        return next((place for place in places if place.region), None)

    def settings(self, choice: Choice) -> Mapping[str, str]:
        """Return the public fields by profile and the vendor's variables."""
        from voicectl.profiles.choice import settings_of

        return settings_of(choice, self.form_of(choice), self._world.environ)

    @cached_property
    def elsewhere(self) -> Elsewhere:
        """Where keys come from that neither variables nor our own stores have."""
        from voicectl.elsewhere import Elsewhere

        return Elsewhere(self, self._world.environ, self._options)
