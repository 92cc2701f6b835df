"""Wiring for `doctor`: hands each check what it looks at. The checks: `actions/check_*.py`."""
