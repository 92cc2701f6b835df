"""A private session bus with a real gnome-keyring on it, gone without a trace when the test is over."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

PROGRAMS = ("dbus-daemon", "gnome-keyring-daemon", "secret-tool")
MISSING = [name for name in PROGRAMS if shutil.which(name) is None]
PASSWORD = "EXAMPLE-login"
# No service directories: the bus starts nobody by itself, so nobody stays behind.
CONFIG = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={path}</listen>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>
</busconfig>
"""


def bare_environment(home: Path) -> dict[str, str]:
    """Return an environment with its own home, in which no bus is to be found."""
    places = {"HOME": "home", "XDG_RUNTIME_DIR": "run", "XDG_DATA_HOME": "data", "XDG_CONFIG_HOME": "config"}
    for place in places.values():
        (home / place).mkdir(mode=0o700, exist_ok=True)
    inherited = {name: os.environ[name] for name in ("PATH", "LANG", "PYTHONPATH") if name in os.environ}
    return inherited | {name: str(home / place) for name, place in places.items()}


@contextmanager
def own_home() -> Iterator[Path]:
    """Yield a directory with a path short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="vc-") as name:
        yield Path(name)


@contextmanager
def running(command: list[str], environment: Mapping[str, str], words: str = "") -> Iterator[None]:
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        assert process.stdin is not None
        process.stdin.write(words.encode())
        process.stdin.close()
        yield
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def bus(home: Path) -> Iterator[dict[str, str]]:
    """Yield the environment of a session bus on which nobody offers anything."""
    path = home / "run" / "bus"
    environment = bare_environment(home) | {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={path}"}
    (home / "bus.conf").write_text(CONFIG.format(path=path))
    command = ["dbus-daemon", "--nofork", f"--config-file={home / 'bus.conf'}"]
    with running(command, environment):
        wait_until(path.exists)
        try:
            yield environment
        finally:
            path.unlink(missing_ok=True)


@contextmanager
def keyring(home: Path, password: str = PASSWORD) -> Iterator[dict[str, str]]:
    """Yield the environment of a bus with a keyring; the first password given to a home is its own."""
    with ExitStack() as stack:
        environment = stack.enter_context(bus(home))
        command = ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"]
        stack.enter_context(running(command, environment, password))
        wait_until(lambda: name_is_owned(environment))
        yield environment


def name_is_owned(environment: Mapping[str, str]) -> bool:
    from jeepney.bus_messages import message_bus
    from jeepney.io.blocking import Proxy, open_dbus_connection

    with open_dbus_connection(environment["DBUS_SESSION_BUS_ADDRESS"]) as connection:
        return bool(Proxy(message_bus, connection).NameHasOwner("org.freedesktop.secrets")[0])


def wait_until(condition: object, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "the private session did not come up"
        time.sleep(0.02)
