"""Secrets that a profile only points to: the output of a command, a file, a variable."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from voicectl.core.errors import ConfigError, CredentialError
from voicectl.profiles.programs import MOST_BYTES, output_of


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """Reads references, each once a run. `withheld` are variables that no program gets to see.

    A program that is asked for keys would else answer with those of the variables, if they are set.
    """

    environment: Mapping[str, str] = field(repr=False)
    withheld: Collection[str] = ()
    _read: dict[str, str] = field(default_factory=dict, init=False, repr=False)

    def text(self, reference: str, place: str, *, anew: bool = False) -> str:
        """Return the secret, or the JSON with keys, that a reference leads to.

        Raises CredentialError or ConfigError naming `place` and the reference's kind.
        """
        if anew or reference not in self._read:
            self._read[reference] = self._fetched(reference, place)
        return self._read[reference]

    def _fetched(self, reference: str, place: str) -> str:
        kind, _, rest = reference.partition(":")
        match kind:
            case "cmd":
                return output_of(rest, self._for_programs(), place)
            case "file":
                return self._of_file(rest, place)
        text = self.environment.get(rest, "")
        if not text:
            raise CredentialError(
                "{place}: {variable} is not set", place=place, variable=rest, hint="export {variable}=…"
            )
        return text

    def _for_programs(self) -> dict[str, str]:
        return {name: text for name, text in self.environment.items() if name not in self.withheld}

    def _of_file(self, name: str, place: str) -> str:
        path = Path(f"{self.environment.get('HOME', '')}{name[1:]}" if name.startswith("~/") else name)
        try:
            with path.open("rb") as file:
                data = file.read(MOST_BYTES + 1)
            text = data.decode().removesuffix("\n").removesuffix("\r")
        except (OSError, ValueError) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or "it is no text"
            raise ConfigError(
                "{place}: cannot read {path}: {reason}",
                place=place,
                path=path,
                reason=reason,
                hint="ls -l '{path}'",
            ) from None
        if not text.strip() or len(data) > MOST_BYTES:
            raise CredentialError(
                "{place}: there is no secret in {path}", place=place, path=path, hint="ls -l '{path}'"
            )
        return text
