"""Secrets in a plain-text file, for those who said so."""

from pathlib import Path

import pytest

from voicectl.core.credentials import Secret
from voicectl.core.errors import ConfigError
from voicectl.profiles.file_store import FileStore


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(directory=tmp_path)


def test_a_secret_survives_and_is_forgotten(store: FileStore) -> None:
    store.set("x", "api_key", Secret("s-EXAMPLE"))
    store.set("y", "api_key", Secret("密"))
    found = store.get("x", "api_key")
    assert found is not None
    assert found.reveal() == "s-EXAMPLE"
    store.delete("x", "api_key")
    store.delete("x", "api_key")
    assert store.get("x", "api_key") is None
    assert store.get("y", "api_key") == Secret("密")


def test_file_and_folder_are_closed_to_others(store: FileStore, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    store.set("x", "api_key", Secret("s"))
    assert store.path.stat().st_mode & 0o777 == 0o600
    assert store.path.parent.stat().st_mode & 0o777 == 0o700


def test_a_file_that_others_can_read_is_refused(store: FileStore) -> None:
    store.set("x", "api_key", Secret("s"))
    store.path.chmod(0o644)
    for attempt in (lambda: store.get("x", "api_key"), lambda: store.set("x", "b", Secret("t"))):
        with pytest.raises(ConfigError, match="can be read by other users"):
            attempt()


@pytest.mark.parametrize("damage", ["{", "[]", '{"x/api_key": 1}', "\x00"])
def test_a_damaged_file_is_refused_and_kept(store: FileStore, damage: str) -> None:
    store.set("x", "api_key", Secret("s"))
    store.path.write_text(damage)
    with pytest.raises(ConfigError, match="is damaged"):
        store.set("x", "b", Secret("t"))
    assert store.path.read_text() == damage


def test_without_a_home_nothing_is_found_and_storing_says_why() -> None:
    store = FileStore(directory=None)
    store.delete("x", "f")
    assert store.get("x", "f") is None
    with pytest.raises(ConfigError) as caught:
        store.set("x", "f", Secret("s"))
    assert "VOICECTL_CONFIG_DIR" in caught.value.hint
