"""`voicectl gateway rules` and `gateway voice`: what may not be said, and whose voice may be borrowed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voicectl.cli.gateway_words import office_of
from voicectl.cli.groups import new_group
from voicectl.cli.session import session_of
from voicectl.core.errors import CheckFailed, UsageError

rules = new_group("Rules against sensitive combinations: check.")
voices = new_group("Voices made after a person's own: add, list, remove.")


@rules.callback()
def rules_group() -> None:
    """Try rules out."""


@rules.command()
def check(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file of rules.")],
    text: Annotated[str, typer.Option(metavar="TEXT", help="What somebody might want spoken.")] = "",
    emotion: Annotated[str, typer.Option(metavar="NAME", help="With which feeling.")] = "neutral",
    language: Annotated[str, typer.Option(metavar="LANG", help="In which language, where it is told.")] = "",
) -> None:
    r"""Read a file of rules and say which of them a text would match; exit 3 if one would block it.

    Patterns are RE2's, and small and capital letters are one to them. \w, \d, \s and \b know ASCII alone;
    \p{Han} is a Chinese character, \pL a letter of any script, $ the very end of a text. What looks around or
    refers back is refused.

    voicectl gateway rules check rules.toml

    voicectl gateway rules check rules.toml --text '…' --emotion angry -O json
    """
    from voicectl.gateway.feelings import Wanted
    from voicectl.gateway.rules import Deed
    from voicectl.gateway.rules_file import read_rules

    session = session_of(context)
    book = read_rules(file)
    hits = book.hits(Wanted(text=text, emotion=emotion, language=language))
    is_blocked = any(rule.deed is Deed.BLOCK for rule in hits)
    session.console.result(
        {
            "version": book.version,
            "rules": len(book.rules),
            "verdict": "block" if is_blocked else "flag" if hits else "pass",
            "hits": [rule.id for rule in hits],
        }
    )
    if is_blocked:
        raise CheckFailed("rule {rule!r} would block this text", rule=hits[0].id)


@voices.command()
def add(
    context: typer.Context,
    voice: Annotated[str, typer.Argument(metavar="VOICE", help="The vendor's name for it.")],
    consent: Annotated[
        str, typer.Option(metavar="REF", help="Where the person's consent is kept: a number, a link.")
    ] = "",
) -> None:
    """Let keys with the tag tts.clone use a voice of the profile that -p names; show its name here.

    voicectl -p work gateway voice add S_8fKq2bC --consent contract-2026-014

    voicectl -p work gateway voice add S_8fKq2bC --consent contract-2026-014 -O json --query id
    """
    session = session_of(context)
    if not session.options.profile:
        raise UsageError("-p is missing: the profile whose voice it is", hint="voicectl profile list")
    if not consent.strip():
        raise UsageError(
            "--consent is missing: no voice is borrowed without its owner's leave", hint="--consent REF"
        )
    session.console.result(office_of(session).add_voice(session.options.profile, voice, consent.strip()))


@voices.command("list")
def list_(context: typer.Context) -> None:
    """Show the voices on record, and where each consent is kept.

    voicectl gateway voice list

    voicectl gateway voice list -O json --query '[].consent'
    """
    session = session_of(context)
    rows = office_of(session).voices()
    if not rows:
        session.console.note("no voice is on record: voicectl -p NAME gateway voice add VOICE --consent REF")
    session.console.result(rows)


@voices.command()
def remove(
    context: typer.Context,
    clone_id: Annotated[str, typer.Argument(metavar="ID", help="Its name here, as voice list shows it.")],
) -> None:
    """Take a voice off the record; nobody can use it within a second.

    voicectl gateway voice remove cv_K7abcdef

    voicectl gateway voice remove cv_K7abcdef && voicectl gateway voice list
    """
    session = session_of(context)
    office_of(session).remove_voice(clone_id)
    session.console.note("{id} is no voice here any more", id=clone_id)
