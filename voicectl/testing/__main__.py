"""Run the conformance tests with pytest; what is given goes on to it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).with_name("test_vendor.py")
ALONE = (
    "-p",
    "voicectl.testing.plugin",
    "-p",
    "no:cacheprovider",
    "-c",
    "/dev/null",
    "--rootdir",
    str(TESTS.parent),
)

if __name__ == "__main__":
    sys.exit(pytest.main([*ALONE, "--import-mode=importlib", str(TESTS), *sys.argv[1:]]))
