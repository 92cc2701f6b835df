"""Where the gateway is reached, before it is served: a port, or a Unix socket that goes when it ends."""

from __future__ import annotations

import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from voicectl.core.errors import Unavailable, UsageError
from voicectl.gateway.posture import UNIX
from voicectl.gateway.serve import listening

SOCKET_MODE = 0o600


def socket_path(host: str) -> Path | None:
    """Return the path of `unix:PATH`, also as `unix:///PATH`; None for what is an address."""
    if not host.startswith(UNIX):
        return None
    path = host.removeprefix(UNIX)
    path = path[2:] if path.startswith("//") else path
    if not path:
        raise UsageError("unix: wants a path", hint="--host unix:/run/voicectl/gateway.sock")
    return Path(path)


@contextmanager
def listens(host: str, port: int, mode: int = SOCKET_MODE) -> Iterator[socket.socket]:
    """Yield a bound socket; one with a path is taken away again, if it is still ours. Raises Unavailable."""
    path = socket_path(host)
    if path is None:
        yield listening(host, port)
        return
    bound = _listening_at(path, mode)
    place = path.lstat().st_ino
    try:
        yield bound
    finally:
        with suppress(OSError):
            if path.lstat().st_ino == place:
                path.unlink()


def _listening_at(path: Path, mode: int) -> socket.socket:
    family = getattr(socket, "AF_UNIX", None)
    if family is None:
        raise Unavailable("this system has no Unix sockets", hint="--host 127.0.0.1")
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        _take_away_if_dead(path)
        bound.bind(str(path))
        # Nobody gets through before it listens.
        path.chmod(mode)
        bound.listen(1024)
    except OSError as error:
        bound.close()
        raise _unusable(path, error.strerror or str(error)) from None
    except BaseException:
        bound.close()
        raise
    return bound


def _take_away_if_dead(path: Path) -> None:
    """Take away the socket of a server that is no more; raise Unavailable for anything else that is there."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise _unusable(path, "something else is there")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise _unusable(path, "another server listens there")


def _unusable(path: Path, reason: str) -> Unavailable:
    return Unavailable("cannot listen at {path}: {reason}", path=path, reason=reason, hint="ls -l '{path}'")
