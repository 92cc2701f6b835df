"""One row of a batch becomes one file of speech. What all batches do alike: `batch.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from voicectl.actions.batch import Outcome, Status
from voicectl.actions.naming import FORMAT, Names, Template
from voicectl.actions.pieces import key_of
from voicectl.actions.rows import Columns, Row
from voicectl.actions.tts import Said, rehearse, say, settle
from voicectl.audio.files import IfExists, explained
from voicectl.audio.sinks import FileSink
from voicectl.core.audio import Container
from voicectl.core.errors import BadInput, OutputError, TryLater
from voicectl.core.pace import ClockedPace
from voicectl.core.speaker import Speaker
from voicectl.core.tts import Tts, Utterance
from voicectl.core.vendor import NotSent

TEXT, DOTTED = "text", "param."
COLUMNS = (
    "id",
    TEXT,
    "voice",
    FORMAT,
    "lang",
    "engine",
    "model",
    "rate",
    "pitch",
    "volume",
    "emotion",
    "style",
    "sample_rate",
    "ssml",
    DOTTED,
)
NAMED_AFTER = ("id", "line", FORMAT, "voice", "lang", "engine")
DIGEST_DIGITS = 16


def template_of(text: str) -> Template:
    """Return what files are called; a field may also be a column of the user's own."""
    return Template(text, NAMED_AFTER, refused=(TEXT, DOTTED))


def columns(template: Template) -> Columns:
    """Return what a row may have: what speech knows, and what its file is named after."""
    own = sorted(template.fields.difference(COLUMNS, NAMED_AFTER))
    return Columns((*COLUMNS, *own), (TEXT,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaking:
    """All that the rows of one batch share.

    `read` makes a row into what is to be said, `speaker` tells who says it; both may be asked by any
    thread. `container` is the format of rows that name none.
    """

    tts: Tts
    vendor: str
    read: Callable[[Row], Utterance]
    speaker: Callable[[Utterance], Speaker]
    template: Template
    names: Names
    directory: Path
    container: Container
    if_exists: IfExists
    clock: Callable[[], float]
    shown: Callable[[Said, str | None], Mapping[str, object]]

    @property
    def sees_all(self) -> bool:
        """Say whether two rows with ids of their own could be called the same."""
        return not self.template.tells_all_apart

    def prepare(self, row: Row) -> SpokenRow:
        """Return a row ready to be said; BadInput for one that cannot be. One thread asks, row by row."""
        utterance = self.read(row)
        container = _container(row, self.template, self.container)
        values = {"voice": utterance.voice, "lang": utterance.lang, "engine": utterance.engine}
        named = {**values, **row.cells, "id": row.id, FORMAT: container.value}
        name = self.template.name(named, row.line)
        self.names.take(name, row.line)
        digest = int(key_of(utterance, (self.vendor, container.value, name))[:DIGEST_DIGITS], 16)
        return SpokenRow(self, row, utterance, container, self.directory / name, digest)


class SpokenRow(NamedTuple):
    """A row, what it says, and the file that it becomes; see `batch.Item`."""

    speaking: Speaking
    row: Row
    utterance: Utterance
    container: Container
    path: Path
    digest: int

    def is_there(self) -> bool:
        return self.path.is_file()

    def left_alone(self) -> Outcome:
        said = Said(
            voice=self.utterance.voice,
            format=self.container.value,
            characters=len(self.utterance.text),
            total_ms=0,
            skipped=True,
        )
        return Outcome(self.row, Status.SKIPPED, self.speaking.shown(said, str(self.path)))

    def done(self) -> Outcome:
        """Say it; what waiting for our own limits took is no part of its times."""
        speaking = self.speaking
        settled = settle(speaking.tts, self.utterance)
        self._make_folder()
        speaker = speaking.speaker(settled.utterance)
        pace = ClockedPace(speaker.pace, speaking.clock)
        sink = FileSink(path=str(self.path), container=self.container, if_exists=speaking.if_exists)
        try:
            said = say(
                speaker._replace(pace=pace, jobs=1),
                settled,
                sink,
                container=self.container,
                clock=speaking.clock,
                advance=lambda characters: None,
            )
        except TryLater as error:
            speaker.pace.hold(error.retry_after or 0.0)
            raise
        said = _without_waiting(said, pace)
        status = Status.SKIPPED if said.skipped else Status.OK
        return Outcome(
            self.row, status, speaking.shown(said, str(self.path)), ms=said.total_ms, notes=said.notes
        )

    def rehearse(self, unsent: Callable[[NotSent], object]) -> None:
        """Go as far as the first request of each piece, which a dry run stops."""
        settled = settle(self.speaking.tts, self.utterance)
        rehearse(self.speaking.speaker(settled.utterance), settled, self.container, unsent)

    def _make_folder(self) -> None:
        """Make the folders that the name wants; no link among them may lead elsewhere."""
        directory, folder = self.speaking.directory, self.path.parent
        if folder == directory:
            return
        with explained(str(folder)):
            folder.mkdir(parents=True, exist_ok=True)
        if not folder.resolve().is_relative_to(directory.resolve()):
            raise OutputError("{folder!r} leads out of the directory", folder=str(folder))


def _container(row: Row, template: Template, usual: Container) -> Container:
    named = row.cells.get(FORMAT)
    if not named:
        return template.container or usual
    try:
        container = Container(named.lower())
    except ValueError:
        raise BadInput(
            "line {line}: there is no audio format {name!r}",
            line=row.line,
            name=named,
            known=", ".join(Container),
            hint="there are {known}",
        ) from None
    if template.container not in (None, container):
        raise BadInput(
            "line {line}: the format is {format}, and --name says {named}",
            line=row.line,
            format=container.value,
            named=template.container,
            hint="--name '{{id}}.{{format}}'",
        )
    return container


def _without_waiting(said: Said, pace: ClockedPace) -> Said:
    first = said.first_audio_ms
    return said._replace(
        total_ms=max(0, said.total_ms - round(1000 * pace.waited)),
        first_audio_ms=None if first is None else max(0, first - round(1000 * (pace.first or 0.0))),
    )
