"""Short-lived tokens kept between runs, and renewed by one process for all. What makes them is handed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock

from voicectl.core.credentials import Credentials, Secret
from voicectl.core.errors import ConfigError, TryLater
from voicectl.core.note import Note
from voicectl.core.token import Token
from voicectl.core.vendor import NotSent
from voicectl.kept.private_files import locked, read_private, write_private
from voicectl.profiles.paths import needed

FOLDER = "tokens"
TIMES = ("issued_at", "expires_at")
WAIT_SECONDS = 15.0
"""Longer than a renewal lasts; whoever holds the lock longer than that hangs, and is not waited for."""


@dataclass(slots=True, kw_only=True)
class CachedSource:
    """Gives out what `issue` made, from a file below `directory`, until it is stale.

    `owner` tells whose token it is (vendor, account, endpoint, region): another owner, another file. It
    is asked at first use, as it may have to look for keys. Where the file cannot be used, because it
    is corrupt, another's, or the directory is read-only, a token is made anew, and `say` hears why.
    With `unsent` nothing is made or kept: it gets what a dry run would have sent for a token.
    """

    owner: Callable[[], tuple[str, ...]]
    issue: Callable[[], Credentials]
    directory: Path | None
    say: Callable[[Note], None] = lambda note: None
    unsent: Callable[[NotSent], object] | None = None
    wait_seconds: float = WAIT_SECONDS
    _given: Token | None = field(default=None, init=False, repr=False)
    _owner: tuple[str, ...] = field(default=(), init=False, repr=False)
    _told: set[str] = field(default_factory=set, init=False, repr=False)
    _renewing: Lock = field(default_factory=Lock, init=False, repr=False)

    @property
    def name(self) -> str:
        return "cache"

    def held(self, now: datetime) -> Token | None:
        """Return the token at hand, stale or not; nothing is sent for it."""
        return self._given or self._read()

    def credentials(self, now: datetime) -> Credentials:
        """Return a token that will live on for a while."""
        self._given = _fresh(self._given, now) or _fresh(self._read(), now) or self._renewed(now, None)
        return self._given.credentials

    def renew(self, now: datetime) -> Credentials:
        """Return another token than the one at hand, made by us or meanwhile by somebody else."""
        return self._renewed(now, self.held(now)).credentials

    def _renewed(self, now: datetime, refused: Token | None) -> Token:
        if self.unsent is not None:
            self._given = self._as_in_a_dry_run(self.unsent)
            return self._given
        with self._renewing, self._alone():
            token = self._read() or self._given
            if token is None or token == refused or token.stale_at(now):
                token = Token(credentials=self.issue(), issued_at=now)
                self._write(token)
            self._given = token
            return token

    def _as_in_a_dry_run(self, unsent: Callable[[NotSent], object]) -> Token:
        try:
            return Token(credentials=self.issue())
        except NotSent as request:
            unsent(request)
            return Token(credentials=Credentials(secret=Secret("***")))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from renewing at the same time, as far as that can be done."""
        with ExitStack() as stack:
            try:
                stack.enter_context(locked(self._file(), wait_seconds=self.wait_seconds))
            except (ConfigError, TryLater) as error:
                self._tell(str(error))
            yield

    def _file(self) -> Path:
        from hashlib import sha256

        name = sha256("\0".join(self._owner).encode()).hexdigest()[:32]
        return needed(self.directory, "VOICECTL_STATE_DIR") / FOLDER / f"{name}.json"

    def _read(self) -> Token | None:
        """Return what the file holds; None where that is nothing, or nothing of ours."""
        self._owner = self._owner or self.owner()
        try:
            data = read_private(self._file(), secret=True)
        except ConfigError as error:
            self._tell(str(error))
            return None
        token = None if data is None else _token_in(data, self._owner)
        if data is not None and token is None:
            self._tell("the file is damaged and will be made anew")
        return token

    def _write(self, token: Token) -> None:
        try:
            path = self._file()
            write_private(path, _as_text(token, self._owner).encode())
            # A process that was killed while it wrote has left a token behind.
            for left in path.parent.glob(f".{path.name}.*"):
                left.unlink(missing_ok=True)
        except (ConfigError, OSError) as error:
            self._tell(str(error))

    def _tell(self, trouble: str) -> None:
        """Say each trouble once."""
        if trouble not in self._told:
            self._told.add(trouble)
            self.say(Note("token cache: {trouble}", {"trouble": trouble}))


def _fresh(token: Token | None, now: datetime) -> Token | None:
    return None if token is None or token.stale_at(now) else token


def text_of(credentials: Credentials) -> str:
    """Return a token as text, for `token print`."""
    return credentials.secret.reveal()


def _as_text(token: Token, owner: tuple[str, ...]) -> str:
    import json

    credentials = token.credentials
    secrets = {"secret": credentials.secret, "security_token": credentials.security_token}
    times = {"issued_at": token.issued_at, "expires_at": credentials.expires_at}
    content = {
        "owner": owner,
        "key_id": credentials.key_id,
        "identity": credentials.identity,
        **{name: secret.reveal() for name, secret in secrets.items() if secret is not None},
        **{name: time.isoformat() for name, time in times.items() if time is not None},
    }
    return json.dumps(content, ensure_ascii=False, indent=1)


def _token_in(data: bytes, owner: tuple[str, ...]) -> Token | None:
    """Read a file; None for one that is not whole, or not ours."""
    import json

    try:
        content = json.loads(data)
        if content.pop("owner") != list(owner) or not all(isinstance(text, str) for text in content.values()):
            return None
        times = {name: datetime.fromisoformat(content[name]) for name in TIMES if name in content}
        secret = content["secret"]
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return None
    if not secret or any(time.tzinfo is None for time in times.values()):
        return None
    security_token = content.get("security_token")
    return Token(
        credentials=Credentials(
            secret=Secret(secret),
            key_id=content.get("key_id", ""),
            security_token=Secret(security_token) if security_token else None,
            expires_at=times.get("expires_at"),
            identity=content.get("identity", ""),
        ),
        issued_at=times.get("issued_at"),
    )
