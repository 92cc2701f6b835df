"""Write the completion files anew: `python -m tests.completions.generate`."""

from __future__ import annotations

from pathlib import Path

from tests.completions import bash, fish, zsh
from tests.completions.tree import tree

PLACE = Path(__file__).parents[2] / "completions"


def files() -> dict[str, str]:
    """Return every completion file, by its name."""
    root = tree()
    return {
        "voicectl.bash": bash.written(root),
        "_voicectl": zsh.written(root),
        "voicectl.fish": fish.written(root),
    }


if __name__ == "__main__":
    for name, text in files().items():
        (PLACE / name).write_text(text, encoding="utf-8")
