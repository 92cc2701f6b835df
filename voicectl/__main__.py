"""The door: `voicectl` and `python -m voicectl`. A bare `--version` is answered before all else."""

from __future__ import annotations

import gc
import sys

# Start-up makes many objects and no garbage; at the usual 700 the collector costs a tenth of it.
GARBAGE_THRESHOLD = 50_000


def main() -> None:
    """Run the command line and leave with its exit code."""
    if sys.argv[1:] == ["--version"]:
        from voicectl import __version__

        print(f"voicectl {__version__}")  # noqa: T201
        return
    gc.set_threshold(GARBAGE_THRESHOLD)
    from voicectl.cli.app import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
