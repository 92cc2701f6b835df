"""Options of a scheme as they come from a case file or the command line. What they do is the scheme's."""

from __future__ import annotations

from collections.abc import Mapping

from voicectl.core.errors import UsageError

ALIASES = {"expires_seconds": "expires"}
FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class Options:
    """The options given to one scheme; each is asked for by name and kind."""

    __slots__ = ("_given", "_scheme")

    def __init__(self, scheme: str, given: Mapping[str, object], known: tuple[str, ...]) -> None:
        self._scheme = scheme
        self._given = {ALIASES.get(key, key): value for key, value in given.items() if value is not None}
        for key in self._given:
            if key not in known:
                raise UsageError(
                    "{scheme} has no option {key!r}; it has: {known}",
                    scheme=scheme,
                    key=key,
                    known=", ".join(known) or "none",
                )

    def flag(self, key: str, default: bool) -> bool:
        """Return a truth value, from JSON or from words such as `true` and `no`."""
        value = self._given.get(key, default)
        if isinstance(value, bool):
            return value
        flag = FLAGS.get(str(value).lower())
        if flag is None:
            raise self._wrong(key, "true or false")
        return flag

    def seconds(self, key: str, default: str = "") -> str:
        """Return a whole number of seconds as text; empty where it was not given."""
        value = self._given.get(key, default)
        text = str(value).strip()
        if isinstance(value, bool) or (text and not (text.isascii() and text.isdigit())):
            raise self._wrong(key, "a whole number of seconds")
        return text

    def text(self, key: str, default: str = "") -> str:
        value = self._given.get(key, default)
        if not isinstance(value, str):
            raise self._wrong(key, "text")
        return value

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        """Return one of `choices`."""
        value = self.text(key, default)
        if value not in choices:
            raise self._wrong(key, " or ".join(choices))
        return value

    def names(self, key: str) -> frozenset[str]:
        """Return header names in lower case, from a list or from `a;b` or `a,b`."""
        value = self._given.get(key, ())
        if isinstance(value, str):
            value = value.replace(";", ",").split(",")
        if not isinstance(value, list | tuple) or not all(isinstance(name, str) for name in value):
            raise self._wrong(key, "a list of header names")
        return frozenset(name.strip().lower() for name in value if name.strip())

    def _wrong(self, key: str, wanted: str) -> UsageError:
        return UsageError(
            "option {key!r} of {scheme} is {value!r}; it takes {wanted}",
            scheme=self._scheme,
            key=key,
            value=self._given.get(key),
            wanted=wanted,
        )
