"""The door: `voicectl` and `python -m voicectl`. A bare `--version` is answered before all else."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    if sys.argv[1:] == ["--version"]:
        from voicectl import __version__

        print(f"voicectl {__version__}")  # noqa: T201
        return
    from voicectl.cli.app import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
