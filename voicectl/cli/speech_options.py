"""The options by which speech is described, and how their words are read. What they mean: `core/tts.py`."""

from __future__ import annotations

from collections.abc import Iterable
from math import log2
from typing import Annotated

import typer

from voicectl.audio.files import IfExists
from voicectl.core.errors import UsageError

SOUND = "How it sounds"
"""The heading in help over the options by which a voice is described."""

Words = Annotated[list[str] | None, typer.Argument(metavar="[TEXT]...", help="What to say.")]
TextFile = Annotated[str, typer.Option("-f", "--file", metavar="FILE", help="Read it there; - is stdin.")]
Encoding = Annotated[str, typer.Option(metavar="NAME", help="The text's encoding, if not UTF-8.")]
Out = Annotated[str, typer.Option("-o", metavar="FILE", help="Write the sound there; - is stdout.")]
Form = Annotated[
    str, typer.Option("--format", metavar="NAME", help="wav, mp3, pcm, ogg, opus, flac: else by the suffix.")
]
SampleRate = Annotated[
    int,
    typer.Option(
        "--sample-rate",
        metavar="HZ",
        min=0,
        show_default=False,
        help="Samples a second.",
        rich_help_panel=SOUND,
    ),
]
VoiceId = Annotated[
    str,
    typer.Option(
        "-v", "--voice", metavar="ID", help="Who speaks; `tts voices` lists them.", rich_help_panel=SOUND
    ),
]
Lang = Annotated[
    str, typer.Option(metavar="TAG", help="The text's language: en, zh, pt-BR.", rich_help_panel=SOUND)
]
SpokenLang = Annotated[
    str, typer.Option("--lang", metavar="TAG", help="Only voices that speak it: zh, en-GB.")
]
Engine = Annotated[
    str,
    typer.Option(
        "--engine", "--model", metavar="NAME", help="The vendor's engine or model.", rich_help_panel=SOUND
    ),
]
Rate = Annotated[
    str, typer.Option(metavar="PACE", help="1.2, +10%, or 180wpm: words a minute.", rich_help_panel=SOUND)
]
Pitch = Annotated[
    str, typer.Option(metavar="SEMITONES", help="Higher or lower: +2, -3, +10%.", rich_help_panel=SOUND)
]
Volume = Annotated[str, typer.Option(metavar="FACTOR", help="Loudness: 0.5, -20%.", rich_help_panel=SOUND)]
Emotion = Annotated[
    str,
    typer.Option(metavar="NAME", help="A feeling that the voice knows: happy, sad.", rich_help_panel=SOUND),
]
Style = Annotated[
    str, typer.Option(metavar="WORDS", help="How to speak, in your own words.", rich_help_panel=SOUND)
]
Ssml = Annotated[bool, typer.Option("--ssml", help="The text is SSML markup.", rich_help_panel=SOUND)]
RemoteAudio = Annotated[
    bool,
    typer.Option(
        "--allow-remote-audio", help="Let the markup name sound that lies elsewhere.", rich_help_panel=SOUND
    ),
]
Subtitles = Annotated[
    str,
    typer.Option("--subtitles", metavar="FILE", help="Write there what is heard when: .srt, .vtt, .json."),
]
Param = Annotated[
    list[str] | None,
    typer.Option(
        "--param", metavar="NAME=VALUE", help="A parameter of this vendor; repeatable.", rich_help_panel=SOUND
    ),
]
OnExisting = Annotated[IfExists, typer.Option("--if-exists", help="What to do about a file that is there.")]
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", metavar="N", min=1, help="Fetch so many pieces at once (4, or the vendor's)."),
]
Live = Annotated[bool, typer.Option("--live", help="Speak what comes on stdin while it comes.")]
Play = Annotated[bool, typer.Option("--play", help="Play it, also where stdout is no terminal.")]


def pace(option: str, word: str) -> tuple[float | None, float | None]:
    """Read a factor, or words a minute such as `180wpm`; the other one is None."""
    number = _number(word.removesuffix("wpm"))
    if not word.endswith("wpm"):
        return factor(option, word), None
    if not 0 < number < float("inf"):
        raise UsageError(
            "{option} wants words a minute, not {word!r}", option=option, word=word, hint="{option} 180wpm"
        )
    return None, number


def factor(option: str, word: str) -> float | None:
    """Read `1.2`, `120%`, or a change such as `+10%`; None where nothing was given."""
    if not word:
        return None
    number = _number(word.removesuffix("%"))
    if word.endswith("%"):
        number = number / 100 + (1 if word[0] in "+-" else 0)
    if not (0 <= number < float("inf")):
        raise UsageError(
            "{option} wants a factor or a percentage, not {word!r}",
            option=option,
            word=word,
            hint="{option} 1.2 or {option} +20%",
        )
    return number


def semitones(option: str, word: str) -> float | None:
    """Read `+2`, `-3`, `2st`, or a change of the frequency such as `+10%`; None where nothing was given."""
    if not word:
        return None
    if word.endswith("%") and (times := factor(option, word)):
        return 12 * log2(times)
    number = _number(word.removesuffix("st"))
    if abs(number) < float("inf"):
        return number
    raise UsageError(
        "{option} wants semitones or a percentage, not {word!r}",
        option=option,
        word=word,
        hint="{option} +2 or {option} +10%",
    )


def _number(word: str) -> float:
    """Return a number, or `nan` for what is none."""
    try:
        return float(word)
    except ValueError:
        return float("nan")


def named_values(option: str, words: Iterable[str]) -> dict[str, str]:
    """Read `NAME=VALUE` words; the last of a repeated name wins."""
    values = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not (name and equals):
            raise UsageError(
                "{option} wants NAME=VALUE, not {word!r}",
                option=option,
                word=word,
                hint="{option} NAME=VALUE",
            )
        values[name] = value
    return values
