"""Wiring for `doctor`: hands each check what it looks at. The checks: `actions/check_*.py`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from voicectl.actions import check_accounts, check_files, check_machine, check_network
from voicectl.core.checkup import Finding, failed, failed_by, not_checked, ok
from voicectl.core.errors import VoicectlError
from voicectl.core.profile import Accounts, Profile
from voicectl.core.reference import is_reference

if TYPE_CHECKING:
    from datetime import timedelta

    from voicectl.core.credentials import Secret
    from voicectl.core.endpoint import Endpoint
    from voicectl.core.note import Note
    from voicectl.core.options import Options
    from voicectl.profiles.choice import Choice
    from voicectl.profiles.leaks import Known
    from voicectl.runtime import Runtime

PACKAGE = "voicectl"
STORED = ("keyring", "file", "state")


class Checkup:
    """All checks of one run. Profiles that cannot be read are one finding, and then there are none."""

    def __init__(self, runtime: Runtime, environment: Mapping[str, str], options: Options) -> None:
        self._runtime = runtime
        self._environment = environment
        self._options = options
        try:
            self._accounts = runtime.accounts
        except VoicectlError:
            self._accounts = Accounts()

    def here(self) -> Iterator[Finding]:
        """Look at this machine, without a network."""
        yield from self._machine()
        yield from self._files()
        yield check_accounts.profiles(self._runtime.profile_file.load)
        yield self._keyring()
        yield from self._keys()
        yield check_network.proxies(self._proxy_variable)
        yield check_network.certificates(self._certificates, self._certificates_of())

    def network(self) -> Iterator[Finding]:
        """Ask each service that an account here uses, unsigned."""
        from voicectl.accounts import identity_of

        ahead: dict[str, timedelta] = {}
        seen: set[str] = set()
        for choice in self._choices():
            vendor = choice.vendor
            try:
                identity = identity_of(self._runtime, choice)
            except VoicectlError as error:
                yield not_checked(f"endpoint {vendor}", str(error), error.hint)
                continue
            try:
                endpoints = identity.endpoints()
            except VoicectlError as error:
                yield failed_by(f"endpoint {vendor}", error)
                continue
            for endpoint in endpoints:
                if endpoint.host not in seen:
                    seen.add(endpoint.host)
                    yield check_network.endpoint(endpoint.host, lambda at=endpoint: self._reach(at, ahead))  # type: ignore[misc]
            mirror = identity.mirror
            yield check_network.seen_from(vendor, (lambda at=mirror: self._text_at(at)) if mirror else None)  # type: ignore[misc]
        if not seen:
            yield not_checked("endpoints", "no account here has services to ask", "voicectl profile add NAME")
        yield check_network.clock(ahead)

    def secrets(self) -> Iterator[Finding]:
        """Look for every secret that is known here in every file of ours."""
        from voicectl.profiles.leaks import leaks, merged

        known, files = merged(self._known()), list(self._our_files())
        count = 0
        for path in files:
            try:
                for path_of_leak, label in leaks(known, (path,)):
                    count += 1
                    hint = f"delete it, and have the key replaced: rm '{path_of_leak}'"
                    yield failed("secrets", f"{label} stands in {path_of_leak}", hint)
            except OSError as error:
                yield not_checked("secrets", f"{path}: {error.strerror}", f"ls -l '{path}'")
        if not count:
            yield ok("secrets", f"none of {len(known)} secrets stands in {len(files)} files")

    def _machine(self) -> Iterator[Finding]:
        import platform

        from voicectl import __version__
        from voicectl.audio.player import PlayerSink

        # platform.platform() would start a program, and hand it our environment.
        system = f"{platform.system()} {platform.release()} {platform.machine()}"
        described = f"voicectl {__version__}, Python {platform.python_version()}, {system}"
        yield check_machine.python(sys.version_info[:2], described)
        yield check_machine.libraries(_libraries())
        yield check_machine.time_sync(check_machine.ask_timedatectl(self._environment.get("PATH", "")))
        sink = PlayerSink(environment=self._environment, platform=sys.platform)
        yield check_machine.player(sink.ready)
        yield check_machine.extras(*_extras())

    def _files(self) -> Iterator[Finding]:
        places = self._runtime.directories
        yield from check_files.directories(
            {
                "VOICECTL_CONFIG_DIR": places.config,
                "VOICECTL_CACHE_DIR": places.cache,
                "VOICECTL_STATE_DIR": places.state,
            }
        )
        if sys.platform == "win32":
            yield not_checked("files", "owners and modes are not looked at on Windows")
            return
        held = [check_files.Held(path) for path in (places.config, places.cache, places.state) if path]
        if places.config:
            held.append(check_files.Held(places.config / "profiles.toml"))
            held += [check_files.Held(path, secret=True) for path in _with_files(places.config / "secrets")]
        held += [check_files.Held(path, secret=True) for path in _below(places.state) if path.is_file()]
        yield from check_files.private(held, os.geteuid())

    def _keyring(self) -> Finding:
        from voicectl.core.credentials import Secret
        from voicectl.profiles.keyring_store import KeyringStore

        store = self._runtime.stores["keyring"]
        assert isinstance(store, KeyringStore)
        users = [name for name, profile in self._profiles() if "keyring" in profile.secrets.values()]
        return check_accounts.keyring(
            store,
            store.backend,
            Secret(self._runtime.clock.moment().nonce),
            users,
            forbidden=bool(self._environment.get("VOICECTL_NO_KEYRING")),
        )

    def _keys(self) -> Iterator[Finding]:
        for name, profile in self._profiles():
            if references := [place for place in profile.secrets.values() if is_reference(place)]:
                detail = f"they are read anew each time, by {references[0].partition(':')[0]}"
                yield not_checked(f"keys of profile {name}", detail, f"voicectl profile test '{name}'")
                continue
            yield from check_accounts.keys(f"of profile {name}", lambda at=profile: self._doubts(at))  # type: ignore[misc]
        for vendor in self._vendors_of_variables():
            yield from check_accounts.keys(f"of {vendor}'s variables", lambda at=vendor: self._told(at))  # type: ignore[misc]

    def _doubts(self, profile: Profile) -> list[Note]:
        """Return what is odd about the keys of a profile; raise what is wrong with them."""
        from voicectl.actions.pasted import shape_notes
        from voicectl.core.errors import CredentialError
        from voicectl.profiles.choice import Choice
        from voicectl.profiles.leaks import unusable

        form = self._runtime.account_form(profile.vendor)
        notes: list[Note] = []
        for kind in form.kinds:
            choice, now = Choice(profile=profile, named=True), self._runtime.clock.moment().now
            found = self._runtime.key_source(choice, kind.secret, needed=False, offline=True).credentials(now)
            if found is None:
                continue
            if fault := unusable(found.secret):
                raise CredentialError(
                    "{field} {fault}",
                    field=kind.secret,
                    fault=fault,
                    name=profile.name,
                    hint="voicectl profile set {name} --secret-stdin",
                )
            notes += shape_notes(kind, {kind.key_id: found.key_id}, form.vendor)
        return notes

    def _told(self, vendor: str) -> list[Note]:
        """Return what is odd about the variables of a vendor; raise what is wrong with them."""
        from voicectl.actions.pasted import shape_notes
        from voicectl.profiles.sources import EnvironmentSource, notes_on

        form = self._runtime.account_form(vendor)
        notes: list[Note] = []
        for kind in form.kinds:
            source = EnvironmentSource(kind=kind, environment=self._environment)
            found = source.credentials(self._runtime.clock.moment().now)
            notes += notes_on(kind, self._environment)
            notes += shape_notes(kind, {kind.key_id: found.key_id}, vendor) if found else []
        return notes

    def _proxy_variable(self, scheme: str) -> str:
        from voicectl.transport.proxies import proxy_for

        found = proxy_for(scheme, "vendor.example", self._environment)
        return found.variable if found else ""

    def _certificates(self) -> object:
        from voicectl.transport.tls import context

        return context(self._options.ca_bundle, self._environment)

    def _certificates_of(self) -> str:
        named = (self._options.ca_bundle, *map(self._environment.get, ("SSL_CERT_FILE", "SSL_CERT_DIR")))
        return next(filter(None, named), "the system")

    def _profiles(self) -> list[tuple[str, Profile]]:
        return sorted(self._accounts.profiles.items())

    def _vendors_of_variables(self) -> list[str]:
        """Return the vendors of which some variable for keys is set."""
        from voicectl.profiles.forms import ALL

        return [
            form.vendor
            for form in ALL
            if any(
                self._environment.get(row.secret) or self._environment.get(row.key_id)
                for kind in form.kinds
                for row in kind.variables
            )
        ]

    def _choices(self) -> list[Choice]:
        """Return every account here: each profile, and vendors of which there are only variables."""
        from voicectl.profiles.choice import Choice

        choices = [Choice(profile=profile, named=True) for _, profile in self._profiles()]
        known = {choice.vendor for choice in choices}
        asked = [self._options.vendor] if self._options.vendor else []
        vendors = dict.fromkeys((*asked, *self._vendors_of_variables()))
        return choices + [
            Choice(profile=Profile(name="", vendor=vendor)) for vendor in vendors if vendor not in known
        ]

    def _reach(self, endpoint: Endpoint, ahead: dict[str, timedelta]) -> int:
        """Ask for the root of a service; keep how far its clock is before ours."""
        from voicectl.transport.retry import http_date

        clock, before = self._runtime.clock, self._runtime.clock.moment().now
        with self._runtime.http.open(endpoint.request("GET", "/")) as reply:
            theirs = http_date(reply.headers.get("date", ""))
            if theirs:
                ahead[endpoint.host] = check_network.ahead_of(theirs, before, clock.moment().now)
            return reply.status

    def _text_at(self, endpoint: Endpoint) -> str:
        with self._runtime.http.open(endpoint.request("GET", "/")) as reply:
            return next(reply.chunks, b"")[:200].decode("utf-8", "replace")

    def _known(self) -> Iterator[Known]:
        """Yield every secret of every profile and variable; a store that cannot be read has its own check."""
        from voicectl.core.credentials import Secret
        from voicectl.profiles.forms import ALL
        from voicectl.profiles.leaks import Known

        homes = self._homes()
        for name, profile in self._profiles():
            for field, place in profile.secrets.items():
                if place in STORED and (secret := self._stored(place, name, field)):
                    yield Known(
                        label=f"{field} of profile {name}",
                        secret=secret,
                        homes=frozenset({homes[place]} if place in homes else ()),
                    )
        names = dict.fromkeys(
            each
            for form in ALL
            for kind in form.kinds
            for row in kind.variables
            for each in (row.secret, *row.tokens)
        )
        for variable in names:
            if text := self._environment.get(variable):
                yield Known(label=variable, secret=Secret(text))

    def _homes(self) -> Mapping[str, Path]:
        from voicectl.profiles.file_store import FileStore

        stores = {place: self._runtime.stores[place] for place in STORED}
        return {
            place: store.path
            for place, store in stores.items()
            if isinstance(store, FileStore) and store.directory
        }

    def _stored(self, place: str, profile: str, field: str) -> Secret | None:
        try:
            return self._runtime.stores[place].get(profile, field)
        except VoicectlError:
            return None

    def _our_files(self) -> Iterator[Path]:
        places = self._runtime.directories
        for directory in dict.fromkeys((places.config, places.cache, places.state)):
            yield from (path for path in _below(directory) if path.is_file() and not path.is_symlink())
        for name in dict.fromkeys((self._options.log_file, self._options.debug_file)):
            if name and Path(name).is_file():
                yield Path(name)


def _below(directory: Path | None) -> list[Path]:
    return sorted(directory.rglob("*")) if directory and directory.is_dir() else []


def _with_files(directory: Path) -> list[Path]:
    return [directory, *_below(directory)]


def _libraries() -> dict[str, str]:
    """Return the installed version of each library that is no extra; empty where it is absent."""
    import re
    from importlib.metadata import PackageNotFoundError, requires, version

    found = {}
    for requirement in requires(PACKAGE) or ():
        name = re.match(r"[\w.-]+", requirement)
        if name and "extra ==" not in requirement:
            try:
                found[name[0]] = version(name[0])
            except PackageNotFoundError:
                found[name[0]] = ""
    return found


def _extras() -> tuple[dict[str, bool], str]:
    """Return which optional parts are there, and how to get a voice where there is none."""
    from importlib.util import find_spec

    from voicectl.vendors.local.tts import all_engines

    installed = {f"engine {engine.name}": engine.is_installed() for engine in all_engines()}
    speaks = any(installed.values())
    installed |= {name: find_spec(name) is not None for name in ("miniaudio", "lameenc", "botocore")}
    return installed, "" if speaks else "pip install 'voicectl[local]'"
