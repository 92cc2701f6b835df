"""What is heard in a call, in Twilio's markup. Placing the call: `call.py`.

Specification: https://www.twilio.com/docs/voice/twiml
"""

from __future__ import annotations

import re

from voicectl.core.errors import BadInput

LONGEST = 4000
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document can hold, escaped or not (section 2.2)."""


def say(text: str, *, voice: str = "", language: str = "", loop: int = 0) -> str:
    """Return a document that speaks plain text; BadInput where it cannot or is too long."""
    spoken = {"language": language, "loop": str(loop) if loop else "", "voice": voice}
    return _document("Say", spoken, text)


def play(url: str, *, loop: int = 0) -> str:
    """Return a document that plays the sound at a URL."""
    return _document("Play", {"loop": str(loop) if loop else ""}, url)


def _document(verb: str, attributes: dict[str, str], text: str) -> str:
    written = "".join(f' {name}="{_escaped(value)}"' for name, value in attributes.items() if value)
    body = f"<{verb}{written}>{_escaped(text)}</{verb}>"
    document = f'<?xml version="1.0" encoding="UTF-8"?><Response>{body}</Response>'
    if len(document) > LONGEST:
        raise BadInput(
            "the text is too long: {count} characters with its markup, twilio takes {most}",
            count=len(document),
            most=LONGEST,
            hint="say less, or --param Url=https://… with a document of your own",
        )
    return document


def _escaped(text: str) -> str:
    """Return text as XML holds it, in an element or between quotes."""
    if found := FORBIDDEN.search(text):
        raise BadInput(
            "character {position} of the text, {sign}, cannot be in XML",
            position=found.start() + 1,
            sign=f"U+{ord(found.group()):04X}",
            hint="leave it out",
        )
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(sign, entity)
    return text
