"""Wiring for calls: who places them, under which rules, and where they are noted."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from voicectl.core.call import Calls
    from voicectl.core.errors import VoicectlError
    from voicectl.core.ledger import Ledger
    from voicectl.core.request import Request
    from voicectl.kept.ledger import CallLedger
    from voicectl.profiles.choice import Choice
    from voicectl.runtime import Runtime


class Telephony(NamedTuple):
    """Who calls, and where calls are noted: None where nobody wants that."""

    choice: Choice
    calls: Calls
    ledger: Ledger | None
    settings: dict[str, str]


def telephony(runtime: Runtime, *, vendor: str = "", with_ledger: bool = True) -> Telephony:
    """Choose who calls, the `vendor` of a call's id where no flag does; Unsupported where none is placed."""
    from voicectl.core.errors import Unsupported

    choice, card, access = runtime.chosen(vendor=vendor)
    if card.call is None:
        raise Unsupported(
            "vendor {vendor!r} places no calls", vendor=choice.vendor, hint="voicectl help vendors"
        )
    return Telephony(
        choice=choice,
        calls=card.call(access),
        ledger=ledger(runtime) if with_ledger else None,
        settings=dict(choice.profile.settings),
    )


def ledger(runtime: Runtime) -> CallLedger:
    """Return the ledger of this state directory; ConfigError where there can be none."""
    from voicectl.core.errors import ConfigError
    from voicectl.kept.ledger import CallLedger
    from voicectl.profiles.paths import needed

    def new_key() -> bytes:
        import hashlib

        # Two random UUIDs hold 244 bits that nobody can guess.
        nonces = (runtime.clock.moment().nonce for _ in range(2))
        return hashlib.sha256("".join(nonces).encode()).digest()

    try:
        state = needed(runtime.directories.state, "VOICECTL_STATE_DIR")
    except ConfigError as error:
        raise error.knowing(hint="set {variable} to a directory of your own, or add --no-ledger") from None
    return CallLedger(state, new_key, lambda: runtime.clock.moment().now)


def known_ledger(runtime: Runtime) -> Ledger | None:
    """Return the ledger to look into, or None where there cannot be one."""
    return ledger(runtime) if runtime.directories.state else None


@contextmanager
def listener(
    host: str,
    port: int,
    path: str,
    public_url: str,
    *,
    deliver: Callable[[Request], bytes],
    tell: Callable[[VoicectlError], None],
) -> Iterator[str]:
    """Listen for reports, and yield the URL at which; Unavailable where that cannot be."""
    from voicectl.transport.listener import Listener, Post

    server = Listener(Post(host=host, port=port, path=path, public_url=public_url), deliver, tell)
    try:
        yield server.url
    finally:
        server.close()
