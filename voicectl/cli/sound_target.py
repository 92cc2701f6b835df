"""Where speech goes, as the options say it: a file, standard output, the loudspeaker. Sinks: `audio/`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from voicectl.audio.files import IfExists, is_stdout
from voicectl.core.audio import Container
from voicectl.core.errors import UsageError

if TYPE_CHECKING:
    from voicectl.actions.subtitles import SubtitledSink
    from voicectl.actions.tts import Settled
    from voicectl.audio.sinks import Sink
    from voicectl.cli.session import Session

STDOUT = "-"
RESULT_FORMATS = {"auto", "text", "table", "json", "jsonl", "csv"}


def chosen(
    session: Session, output: str, form: str, if_exists: IfExists, play: bool
) -> tuple[Sink, Container]:
    """Choose where the sound goes and in which container."""
    if output and play:
        raise UsageError("the sound is either written or played", hint="leave out -o or --play")
    if output:
        return _written(session, output, form, if_exists)
    if not play and not session.console.stdout_is_terminal:
        raise UsageError("stdout is no terminal: say where the sound goes", hint="-o FILE, -o - or --play")
    if form:
        raise UsageError("--format is for sound that is written", hint="add -o FILE, or leave out --format")
    from voicectl.audio.player import PlayerSink

    passed_on = session.runtime.environment_of_programs
    sink = PlayerSink(environment=session.world.environ, platform=sys.platform, passed_on=passed_on)
    return sink, Container.PCM


def with_subtitles(
    sink: Sink, output: str, path: str, settled: Settled, if_exists: IfExists
) -> SubtitledSink:
    """Return the sink that writes subtitles as well; UsageError where they cannot lie beside the sound."""
    from voicectl.actions.subtitles import SubtitledSink, format_of

    format_of(path)
    if path == output:
        raise UsageError("sound and subtitles cannot be one file", hint="--subtitles speech.srt")
    if output in ("", STDOUT):
        raise UsageError(
            "subtitles lie beside a file of sound", hint="-o speech.wav --subtitles {path}", path=path
        )
    return SubtitledSink(sound=sink, path=path, utterance=settled.utterance, if_exists=if_exists)


def _written(session: Session, output: str, form: str, if_exists: IfExists) -> tuple[Sink, Container]:
    from voicectl.audio.sinks import FileSink, StdoutSink

    if output == STDOUT:
        container = named_container(form) if form else Container.WAV
        return StdoutSink(stream=session.world.stdout_bytes, container=container), container
    container = named_container(form) if form else promised_container(output)
    return FileSink(path=output, container=container, if_exists=if_exists), container


def named_container(name: str) -> Container:
    """Return the container that `--format` names."""
    try:
        return Container(name.lower())
    except ValueError:
        known = ", ".join(Container)
        raise UsageError(
            "there is no audio format {name!r}; there are {known}",
            name=name,
            known=known,
            hint="--format wav",
        ) from None


def promised_container(path: str) -> Container:
    """Return the container that a file name promises; UsageError where it promises none."""
    if container := Container.named_by(path):
        return container
    refuse_format_as_file(path)
    if path.lower() in set(Container):
        raise UsageError(
            "-o is a file for the sound; did you mean --format {format}?",
            format=path.lower(),
            hint="-o speech.{format}",
        )
    raise UsageError("{path!r} does not say which audio format is wanted", path=path, hint="--format wav")


def goes_to_stdout(output: str) -> bool:
    """Say whether the sound goes to standard output, by whatever name, so that nothing else may."""
    return output == STDOUT or is_stdout(output)


def refuse_format_as_file(path: str) -> None:
    """Raise UsageError for `-o json`, which means the format of the result in other programs."""
    if path.lower() in RESULT_FORMATS:
        raise UsageError(
            "-o is a file for the sound; did you mean -O {format}?", format=path.lower(), hint="-O {format}"
        )


def container_of(output: str, form: str) -> Container:
    """Return the container that is meant where the sound need not go anywhere."""
    return named_container(form) if form else Container.named_by(output) or Container.WAV
