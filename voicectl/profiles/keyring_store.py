"""Secrets in the operating system's keyring: the only home of `keyring` and `secretstorage`.

Every call runs in a worker with a time limit, for a session bus may exist and nobody answer.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from voicectl.core.credentials import Secret
from voicectl.core.errors import ConfigError

SERVICE = "voicectl"
LIMIT_SECONDS = 5.0
# Windows keeps 2560 bytes of UTF-16 an item; one bound for all keeps profiles alike everywhere.
MAX_CHARACTERS = 1280
WAYS_OUT = (
    "voicectl profile add NAME --vendor VENDOR --store file   (a 0600 file, plain text)\n"
    "or set the vendor's own variables, as voicectl profile show --origin names them"
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyringStore:
    """The keyring. `limit_seconds` is None where a person may be looking at its prompt."""

    environment: Mapping[str, str] = field(repr=False)
    limit_seconds: float | None = LIMIT_SECONDS

    @property
    def name(self) -> str:
        return "keyring"

    def get(self, profile: str, field: str) -> Secret | None:
        """Return the secret, None where the keyring has none. Raises ConfigError."""
        username = f"{profile}/{field}"
        text = self._guarded(lambda: _read_fast(username) if self._may_read_fast else _read(username))
        return None if text is None else Secret(text)

    def set(self, profile: str, field: str, secret: Secret) -> None:
        """Keep the secret and read it back. Raises ConfigError, too where the keyring drops it."""
        username, text = f"{profile}/{field}", secret.reveal()
        if len(text) > MAX_CHARACTERS:
            raise ConfigError(
                "{field!r} has {length} characters; a keyring takes {most}",
                field=field,
                length=len(text),
                most=MAX_CHARACTERS,
                hint=WAYS_OUT,
            )
        if self._guarded(lambda: _write(username, text)) != text:
            raise ConfigError("the keyring did not keep what was stored", hint=WAYS_OUT)

    def delete(self, profile: str, field: str) -> None:
        """Forget the secret. Raises ConfigError."""
        self._guarded(lambda: _forget(f"{profile}/{field}"))

    def backend(self) -> str:
        """Return the name of the keyring that is asked: `SecretService`. Raises ConfigError."""
        return self._guarded(_backend)

    @property
    def _may_read_fast(self) -> bool:
        """Say whether it is plain that the Secret Service would be asked."""
        if sys.platform != "linux" or self.environment.get("PYTHON_KEYRING_BACKEND"):
            return False
        home = self.environment.get("XDG_CONFIG_HOME") or f"{self.environment.get('HOME', '')}/.config"
        return not Path(home, "python_keyring", "keyringrc.cfg").exists()

    def _guarded(self, ask: Callable[[], T]) -> T:
        if self.environment.get("VOICECTL_NO_KEYRING"):
            raise ConfigError("VOICECTL_NO_KEYRING forbids the keyring, which this needs", hint=WAYS_OUT)
        try:
            return ask() if self.limit_seconds is None else _within(self.limit_seconds, ask)
        except ConfigError:
            raise
        # Backends are foreign code: some raise what is no KeyringError, a missing module among them.
        except Exception as error:
            raise ConfigError(
                "the keyring cannot be used: {reason}", reason=_reason(error), hint=WAYS_OUT
            ) from None


def _within(seconds: float, ask: Callable[[], T]) -> T:
    """Return the answer; raise ConfigError when it does not come, and leave the worker behind."""
    from threading import Thread

    outcome: list[T | Exception] = []

    def work() -> None:
        try:
            outcome.append(ask())
        except Exception as error:
            outcome.append(error)

    worker = Thread(target=work, name="keyring", daemon=True)
    worker.start()
    worker.join(seconds)
    if not outcome:
        raise ConfigError(
            "the keyring cannot be used: it was silent for {seconds:g} s", seconds=seconds, hint=WAYS_OUT
        )
    answer = outcome[0]
    if isinstance(answer, Exception):
        raise answer
    return answer


def _reason(error: Exception) -> str:
    """Name the trouble in one line; a backend's own words are the best there are."""
    match type(error).__name__:
        case "NoKeyringError":
            return "there is none here (no session bus, or nobody who keeps secrets on it)"
        case "KeyringLocked":
            return "it is locked"
        case kind:
            return str(error).partition("\n")[0].rstrip(".") or kind


def _read_fast(username: str) -> str | None:
    """Ask the Secret Service itself, at a third of keyring's cost; whatever is odd goes the long way."""
    try:
        found = _read_secret_service(username)
    except Exception:
        found = None
    return _read(username) if found is None else found


def _read_secret_service(username: str) -> str | None:
    from contextlib import closing

    import secretstorage

    with closing(secretstorage.dbus_init()) as connection:
        collection = secretstorage.Collection(connection)
        for item in collection.search_items({"service": SERVICE, "username": username}):
            return bytes(item.get_secret()).decode()
    return None


def _backend() -> str:
    import keyring

    return type(_keeping(keyring)).__module__.rpartition(".")[2]


def _read(username: str) -> str | None:
    import keyring

    text: str | None = _keeping(keyring).get_password(SERVICE, username)
    return text


def _write(username: str, text: str) -> str | None:
    import keyring

    backend = _keeping(keyring)
    backend.set_password(SERVICE, username, text)
    kept: str | None = backend.get_password(SERVICE, username)
    return kept


def _forget(username: str) -> None:
    import keyring
    from keyring.errors import PasswordDeleteError

    backend = _keeping(keyring)
    if backend.get_password(SERVICE, username) is not None:
        try:
            backend.delete_password(SERVICE, username)
        except PasswordDeleteError:
            # Someone else was faster: gone is gone.
            if backend.get_password(SERVICE, username) is not None:
                raise


def _keeping(keyring: Any) -> Any:
    """Return the backend in use; raise ConfigError for one that is not there or keeps nothing."""
    try:
        with _no_linker():
            backend = keyring.get_keyring()
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(
            "the keyring that PYTHON_KEYRING_BACKEND or keyringrc.cfg names is not there: {reason}",
            reason=_reason(error),
            hint=WAYS_OUT,
        ) from None
    if type(backend).__module__ == "keyring.backends.null":
        raise ConfigError("the keyring in use is the null backend, which keeps nothing", hint=WAYS_OUT)
    return backend


@contextmanager
def _no_linker() -> Iterator[None]:
    """Keep keyring from looking for Apple's libraries elsewhere than on a Mac.

    While it tries all backends, ctypes would start compiler and linker for each such library, which
    takes long and hands them our whole environment, keys included.
    """
    if sys.platform in {"darwin", "win32"}:
        yield
        return
    from ctypes import util

    found = util.find_library
    util.find_library = lambda name: None
    try:
        yield
    finally:
        util.find_library = found
