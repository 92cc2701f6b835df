"""Another program in our place, with an environment of its own. Which environment: `cli/auth.py`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence

from voicectl.core.errors import Unavailable


def become(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a program to its end and return its exit code; where the system can, we become it.

    It then gets every signal and its exit code is ours without anybody between. Raises Unavailable
    for a program that cannot be started.
    """
    try:
        if sys.platform == "win32":
            return _run_beside(command, environment)
        _restore_signals()
        os.execvpe(command[0], list(command), dict(environment))
    except OSError as error:
        raise Unavailable(
            "{program!r} cannot be started: {reason}",
            program=command[0],
            reason=error.strerror or type(error).__name__,
            hint="give a program that is on the PATH, or its whole path",
        ) from None


def _run_beside(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Wait for the program; Ctrl-C reaches it by the console, and is its matter alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return subprocess.run(list(command), env=dict(environment), check=False).returncode


def _restore_signals() -> None:
    """Take back what Python ignores, for what is ignored stays so in the program that we become."""
    for name in ("SIGPIPE", "SIGXFSZ"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
