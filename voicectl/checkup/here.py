"""What `doctor` looks at on this machine, without a network. Judging: `actions/check_*.py`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from voicectl.actions import check_accounts, check_files, check_machine, check_network
from voicectl.actions.check_files import Held
from voicectl.core.checkup import Finding, not_checked
from voicectl.core.reference import is_reference

if TYPE_CHECKING:
    from voicectl.checkup.scene import Scene
    from voicectl.core.note import Note
    from voicectl.core.profile import Profile

PACKAGE = "voicectl"


def here(scene: Scene) -> Iterator[Finding]:
    """Look at machine, files, accounts, and what will be needed to reach a vendor."""
    yield from _machine(scene)
    yield from _files(scene)
    yield check_accounts.profiles(scene.runtime.profile_file.load)
    yield _keyring(scene)
    yield from _keys(scene)
    yield check_network.proxies(partial(_proxy_variable, scene))
    yield _certificates(scene)


def _machine(scene: Scene) -> Iterator[Finding]:
    import platform

    from voicectl import __version__
    from voicectl.audio.player import PlayerSink

    # platform.platform() would start a program, and hand it our environment.
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    described = f"voicectl {__version__}, Python {platform.python_version()}, {system}"
    yield check_machine.python(sys.version_info[:2], described)
    yield check_machine.libraries(_libraries())
    yield check_machine.time_sync(check_machine.ask_timedatectl(scene.environment.get("PATH", "")))
    sink = PlayerSink(environment=scene.environment, platform=sys.platform)
    yield check_machine.player(sink.ready)
    yield check_machine.extras(*_extras())


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


def _files(scene: Scene) -> Iterator[Finding]:
    places = scene.runtime.directories
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
    held = [Held(path) for path in (places.config, places.cache, places.state) if path]
    if places.config:
        folder = places.config / "secrets"
        held.append(Held(places.config / "profiles.toml"))
        held += [Held(path, secret=True) for path in (folder, *_below(folder))]
    held += [Held(path, secret=True) for path in _below(places.state) if path.is_file()]
    yield from check_files.private(held, os.geteuid())


def _below(directory: Path | None) -> list[Path]:
    return sorted(directory.rglob("*")) if directory and directory.is_dir() else []


def _keyring(scene: Scene) -> Finding:
    from voicectl.core.credentials import Secret
    from voicectl.profiles.keyring_store import KeyringStore

    store = scene.runtime.stores["keyring"]
    assert isinstance(store, KeyringStore)
    users = [name for name, profile in scene.profiles if "keyring" in profile.secrets.values()]
    return check_accounts.keyring(
        store,
        store.backend,
        Secret(scene.runtime.clock.moment().nonce),
        users,
        forbidden=bool(scene.environment.get("VOICECTL_NO_KEYRING")),
    )


def _keys(scene: Scene) -> Iterator[Finding]:
    for name, profile in scene.profiles:
        if references := [place for place in profile.secrets.values() if is_reference(place)]:
            detail = f"they are read anew each time, by {references[0].partition(':')[0]}"
            yield not_checked(f"keys of profile {name}", detail, f"voicectl profile test '{name}'")
            continue
        yield from check_accounts.keys(f"of profile {name}", partial(_doubts_on_profile, scene, profile))
    for vendor in scene.vendors_of_variables:
        look = partial(_doubts_on_variables, scene, vendor)
        yield from check_accounts.keys(f"of {vendor}'s variables", look)


def _doubts_on_profile(scene: Scene, profile: Profile) -> list[Note]:
    """Return what is odd about the keys of a profile; raise what is wrong with them."""
    from voicectl.actions.pasted import shape_notes
    from voicectl.core.errors import CredentialError
    from voicectl.profiles.choice import Choice
    from voicectl.profiles.leaks import unusable

    form, now = scene.runtime.account_form(profile.vendor), scene.runtime.clock.moment().now
    choice, notes = Choice(profile=profile, named=True), []
    for kind in form.kinds:
        chain = scene.runtime.key_source(choice, kind.secret, needed=False, offline=True)
        found = chain.credentials(now)
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


def _doubts_on_variables(scene: Scene, vendor: str) -> list[Note]:
    """Return what is odd about the variables of a vendor; raise what is wrong with them."""
    from voicectl.actions.pasted import shape_notes
    from voicectl.profiles.sources import EnvironmentSource, notes_on

    form, now = scene.runtime.account_form(vendor), scene.runtime.clock.moment().now
    notes: list[Note] = []
    for kind in form.kinds:
        found = EnvironmentSource(kind=kind, environment=scene.environment).credentials(now)
        notes += notes_on(kind, scene.environment)
        notes += shape_notes(kind, {kind.key_id: found.key_id}, vendor) if found else []
    return notes


def _proxy_variable(scene: Scene, scheme: str) -> str:
    from voicectl.transport.proxies import proxy_for

    found = proxy_for(scheme, "vendor.example", scene.environment)
    return found.variable if found else ""


def _certificates(scene: Scene) -> Finding:
    from voicectl.transport.tls import context

    bundle, environment = scene.options.ca_bundle, scene.environment
    named = (bundle, environment.get("SSL_CERT_FILE"), environment.get("SSL_CERT_DIR"))
    source = next(filter(None, named), "the system")
    return check_network.certificates(partial(context, bundle, environment), source)
