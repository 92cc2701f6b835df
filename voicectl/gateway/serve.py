"""Run an application until it is told to stop. What it answers lives elsewhere; uvicorn's only home."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from voicectl.core.errors import Unavailable
from voicectl.gateway import extra

if TYPE_CHECKING:
    from ssl import SSLContext

KEEP_ALIVE_SECONDS = 30
TICKS_A_SECOND = 10


def listening(host: str, port: int) -> socket.socket:
    """Return a bound socket; port 0 takes any that is free. Raises Unavailable."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(1024)
    except OSError as error:
        bound.close()
        raise Unavailable(
            "cannot listen on {host}:{port}: {reason}",
            host=host,
            port=port,
            reason=error.strerror or str(error),
            hint="--port 0 takes any port that is free",
        ) from None
    return bound


def serve(
    app: Any,
    bound: socket.socket,
    ready: Callable[[], None],
    renew: Callable[[SSLContext], None] | None = None,
    **settings: Any,
) -> None:
    """Serve until SIGINT or SIGTERM; `ready` is called when requests are answered.

    `renew` gets the context of TLS each second. `settings` are uvicorn's own, in place of the usual ones.
    """
    uvicorn = _uvicorn()

    class Server(uvicorn.Server):  # type: ignore[misc, name-defined]
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            ready()

        async def on_tick(self, counter: int) -> bool:
            if renew and counter % TICKS_A_SECOND == 0:
                renew(self.config.ssl)
            return bool(await super().on_tick(counter))

    Server(configured(app, **settings)).run(sockets=[bound])


def configured(app: Any, **settings: Any) -> Any:
    """Return uvicorn's configuration: nothing is logged, and no header says who the peer is."""
    usual: dict[str, Any] = {
        "log_level": "critical",
        "access_log": False,
        "proxy_headers": False,
        "server_header": False,
        "date_header": False,
        "lifespan": "off",
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        "ws": "websockets-sansio",
        "ws_max_size": 16 << 20,
    }
    return _uvicorn().Config(app, **(usual | settings))


def _uvicorn() -> Any:
    with extra.needed():
        import uvicorn
    return uvicorn
