"""`voicectl help`: topics, and the help of any command. What the pages say lies in `help_pages.py`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from voicectl.cli.groups import new_command, unknown_command
from voicectl.cli.help_layout import Part, laid_out
from voicectl.cli.help_text import help_of
from voicectl.cli.session import Session, session_of

TOPICS = {
    "exit-codes": "what the exit code of a command means",
    "environment": "the variables that are read",
    "output": "where results go, and what they are made of",
    "signing": "the signature schemes, and what is done with them",
    "vendors": "what each vendor takes and does; also: help vendors NAME",
}


def help_(
    context: typer.Context,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[TOPIC|COMMAND]...", help="What about; else the topics.")
    ] = None,
) -> None:
    """Explain a topic, or a command.

    voicectl help exit-codes

    voicectl help vendors aliyun
    """
    session = session_of(context)
    topic, *rest = words or [""]
    if not topic:
        _show_topics(session)
    elif topic in TOPICS:
        _show_page(session, topic, " ".join(rest))
    else:
        _show_command(session, " ".join(words or []), _help_of(context.find_root(), words or []))


app = new_command(help_)


def _show_topics(session: Session) -> None:
    if session.format_was_given:
        session.console.result([{"topic": topic, "about": words} for topic, words in TOPICS.items()])
        return
    parts = [Part("Topics", list(TOPICS.items())), Part("", [], "Of a command: voicectl help tts say")]
    session.console.text(laid_out(parts, session.console.width, session.console.heading))


def _show_command(session: Session, name: str, text: str) -> None:
    if session.format_was_given:
        session.console.result({"command": name, "text": text}, lambda: text)
    else:
        session.console.text(text)


def _show_page(session: Session, topic: str, name: str) -> None:
    from voicectl.cli.help_pages import TOPICS as PAGES

    page = PAGES[topic](name)
    if session.format_was_given:
        session.console.result(page.rows)
    else:
        session.console.text(laid_out(page.parts, session.console.width, session.console.heading))


def _help_of(root: Any, words: list[str]) -> str:
    """Return a command's own help; UsageError for words that lead to none."""
    context = root
    for word in words:
        group = context.command
        members = group.list_commands(context) if hasattr(group, "list_commands") else []
        if word not in members:
            if context is not root:
                raise unknown_command(word, members, context.command_path)
            unknown = unknown_command(word, [*members, *TOPICS], "voicectl help")
            raise unknown.knowing(hint="voicectl help {near}" if "near" in unknown.facts else "voicectl help")
        context = type(root)(group.get_command(context, word), info_name=word, parent=context, obj=root.obj)
    return help_of(context)
