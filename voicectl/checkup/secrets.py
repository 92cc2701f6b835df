"""What `doctor --secrets` looks for, and in which files. Looking: `profiles/leaks.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from voicectl.core.checkup import Finding, failed, not_checked, ok
from voicectl.core.errors import VoicectlError

if TYPE_CHECKING:
    from voicectl.checkup.scene import Scene
    from voicectl.core.credentials import Secret
    from voicectl.profiles.leaks import Known

STORED = ("keyring", "file", "state")


def secrets(scene: Scene) -> Iterator[Finding]:
    """Look for every secret that is known here in every file of ours."""
    from voicectl.profiles.leaks import leaks, merged

    known, files = merged([*_of_profiles(scene), *_of_variables(scene)]), list(_files(scene))
    is_clean = True
    for path in files:
        try:
            for _, label in leaks(known, (path,)):
                is_clean = False
                hint = f"delete it, and have the key replaced: rm '{path}'"
                yield failed("secrets", f"{label} stands in {path}", hint)
        except OSError as error:
            yield not_checked("secrets", f"{path}: {error.strerror}", f"ls -l '{path}'")
    if is_clean:
        yield ok("secrets", f"none of {len(known)} secrets stands in {len(files)} files")


def _of_profiles(scene: Scene) -> Iterator[Known]:
    """Yield every secret in a store; a store that cannot be read has a check of its own."""
    from voicectl.profiles.leaks import Known

    homes = _homes(scene)
    for name, profile in scene.profiles:
        for field, place in profile.secrets.items():
            if place in STORED and (secret := _stored(scene, place, name, field)):
                home = frozenset({homes[place]} if place in homes else ())
                yield Known(label=f"{field} of profile {name}", secret=secret, homes=home)


def _of_variables(scene: Scene) -> Iterator[Known]:
    from voicectl.core.credentials import Secret
    from voicectl.profiles.forms import secret_variables
    from voicectl.profiles.leaks import Known

    for variable in sorted(secret_variables(scene.runtime.brought_forms)):
        if text := scene.environment.get(variable):
            yield Known(label=variable, secret=Secret(text))


def _homes(scene: Scene) -> Mapping[str, Path]:
    """Return the files that are there to hold secrets, by their store."""
    from voicectl.profiles.file_store import FileStore

    stores = {place: scene.runtime.stores[place] for place in STORED}
    return {
        place: store.path
        for place, store in stores.items()
        if isinstance(store, FileStore) and store.directory
    }


def _stored(scene: Scene, place: str, profile: str, field: str) -> Secret | None:
    try:
        return scene.runtime.stores[place].get(profile, field)
    except VoicectlError:
        return None


def _files(scene: Scene) -> Iterator[Path]:
    places = scene.runtime.directories
    for directory in dict.fromkeys((places.config, places.cache, places.state)):
        if directory and directory.is_dir():
            files = sorted(directory.rglob("*"))
            yield from (path for path in files if path.is_file() and not path.is_symlink())
    for name in dict.fromkeys((scene.options.log_file, scene.options.debug_file)):
        if name and Path(name).is_file():
            yield Path(name)
