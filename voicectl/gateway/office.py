"""What `voicectl gateway key`, `voice` and `rules` do, over the gateway's files. Printing lives in `cli/`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from voicectl.core.credentials import Secret
from voicectl.gateway.administration import Below, Issued, Wish, issued, line_of, rotated, row_of, switched
from voicectl.gateway.audit import FILE as LOG
from voicectl.gateway.audit import moment_text
from voicectl.gateway.audit_reading import purged
from voicectl.gateway.clones import CLONE, Clone
from voicectl.gateway.key_file import FILE, Deed, KeyFile
from voicectl.gateway.keys import Env, Key, Status, new_id
from voicectl.gateway.usage_file import UsageFile, file_of
from voicectl.signing.gateway_keys import SANDBOX_MASTER, shown_once, signing_secret

Row = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Who administers, when, and where; `make_master` is asked only for a live key that signs."""

    directory: Path
    who: str
    now: float
    below: Below = field(repr=False)
    make_master: Callable[[], Secret] = field(repr=False)

    def issue(self, wish: Wish) -> Row:
        """Make a key and return all of it, this one time."""
        made = issued(wish, now=self.now, who=self.who, below=self.below)
        secret = self._secret(made.key)
        with closing(self._keys()) as keys:
            keys.add(made.key, self._deed("issue", made.key.id, made.key.name))
        return self._told(made, secret)

    def rotate(self, key_id: str, *, overlap_seconds: float, force: bool) -> Row:
        """Give a key a new text, and return it this one time."""
        made: list[Issued] = []
        secrets: list[str | None] = []

        def change(key: Key) -> Key:
            fresh = rotated(key, now=self.now, overlap_seconds=overlap_seconds, below=self.below, force=force)
            secrets.append(self._secret(fresh.key))
            made.append(fresh)
            return fresh.key

        with closing(self._keys()) as keys:
            keys.change(key_id, change, self._deed("rotate", key_id, f"overlap {overlap_seconds:g} s"))
        return self._told(made[-1], secrets[-1])

    def switch(self, key_id: str, status: Status) -> Row:
        """Enable, disable or revoke a key; every gateway knows within a second."""
        deed = self._deed({Status.ACTIVE: "enable"}.get(status, status.removesuffix("d")), key_id)
        with closing(self._keys()) as keys:
            key = keys.change(key_id, lambda key: switched(key, status), deed)
        return self._row(key)

    def show(self, key_id: str) -> Row:
        """Return all that is told of one key. Raises NotFound."""
        with closing(self._keys()) as keys:
            return self._row(keys.get(key_id))

    def lines(self, most_seconds: float) -> list[Row]:
        """Return one line a key; `most_seconds` is how old a text may become before it is warned of."""
        with closing(self._keys()) as keys:
            found = keys.keys()
        used = {env: self._last_used(env) for env in Env}
        return [line_of(key, used[key.env], self.now, most_seconds) for key in found]

    def add_voice(self, profile: str, voice: str, consent: str) -> Row:
        """Put a voice made after a person's own on record, and return the gateway's name for it."""
        clone = Clone(CLONE + new_id(self.below), profile, voice, consent, self.now, self.who)
        with closing(self._keys()) as keys:
            keys.add_clone(clone, self._deed("voice add", clone.id, consent))
        return clone_row(clone)

    def voices(self) -> list[Row]:
        """Return every voice on record."""
        with closing(self._keys()) as keys:
            return [clone_row(clone) for clone in keys.clones()]

    def remove_voice(self, clone_id: str) -> None:
        """Take a voice off the record. Raises NotFound."""
        with closing(self._keys()) as keys:
            keys.remove_clone(clone_id, self._deed("voice remove", clone_id))

    def purge(self, env: str, days: int) -> Row:
        """Delete rows of the audit log older than so many days, and note who did. Raises NotFound."""
        before = moment_text(self.now - days * 86_400)
        deleted = purged(self.directory / LOG, env, before)
        with closing(self._keys()) as keys:
            keys.note(self._deed("audit purge", env, f"{deleted} rows from before {before}"))
        return {"env": env, "before": before, "deleted": deleted}

    def _keys(self) -> KeyFile:
        return KeyFile(self.directory / FILE)

    def _deed(self, deed: str, subject: str, detail: str = "") -> Deed:
        return Deed(self.now, self.who, deed, subject, detail)

    def _secret(self, key: Key) -> str | None:
        """Return with what a key signs, where it has to; before the key is kept, for it may fail."""
        if not key.must_sign:
            return None
        master = SANDBOX_MASTER if key.env is Env.TEST else self.make_master()
        return shown_once(signing_secret(master, key.env, key.id, key.newest.number))

    def _told(self, made: Issued, secret: str | None) -> Row:
        return {"key": made.text, "secret": secret, **self._row(made.key)}

    def _row(self, key: Key) -> Row:
        return row_of(key, self._last_used(key.env), self.now)

    def _last_used(self, env: Env) -> dict[tuple[str, int], float]:
        path = file_of(self.directory, env)
        if not path.exists():
            return {}
        with closing(UsageFile(path, is_counting=False)) as usage:
            return usage.last_used()


def clone_row(clone: Clone) -> Row:
    """Return what is told of a voice made after a person's own."""
    from voicectl.gateway.administration import written

    return {**clone._asdict(), "created": written(clone.created)}
