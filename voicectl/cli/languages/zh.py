"""The Chinese words of failures, from template to template. What is missing here is told in English."""

from __future__ import annotations

from voicectl.cli.languages import (
    zh_accounts,
    zh_calls,
    zh_commands,
    zh_gateway,
    zh_speech,
    zh_steps,
    zh_vendor_steps,
    zh_wire,
)

WORDS: dict[str, str] = {
    **zh_speech.WORDS,
    **zh_calls.WORDS,
    **zh_accounts.WORDS,
    **zh_commands.WORDS,
    **zh_wire.WORDS,
    **zh_gateway.WORDS,
    **zh_steps.WORDS,
    **zh_vendor_steps.WORDS,
}
