"""The catalogue of mistakes, by subject; how they are looked for lies in `explain/search.py`."""
