"""Run the conformance tests with pytest; what is given goes on to it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

TESTS = Path(__file__).with_name("test_vendor.py")
ALONE = (
    "-p",
    "voicectl.testing.plugin",
    "-p",
    "no:cacheprovider",
    "-c",
    os.devnull,
    "--rootdir",
    str(TESTS.parent),
    "--import-mode=importlib",
    "--tb=short",
)


def main(words: list[str]) -> int | str:
    """Return what pytest makes of the tests, or why it cannot be asked."""
    try:
        import pytest
    except ImportError:
        return "the conformance tests run in pytest, which is not installed: pip install pytest"
    return pytest.main([*ALONE, str(TESTS), *words])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
