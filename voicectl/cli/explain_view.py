"""An explanation as one screen of text: verdict, the texts side by side, causes, fixes, the next step."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from voicectl.cli.columns import cut, padded
from voicectl.cli.columns import width as width_of
from voicectl.cli.sign_view import seen
from voicectl.core.printable import visible

if TYPE_CHECKING:
    from voicectl.cli.console import Console
    from voicectl.explain.verdict import Cause, Explanation, Texts

NARROWEST, WIDEST = 60, 200
CONTEXT = 2
VERDICTS = {
    "correct": "The signature is right.",
    "unknown": "The signature is wrong, and no known mistake gives it.",
}


def view(explanation: Explanation, console: Console) -> str:
    """Return what a person needs to see, in the width of the terminal."""
    width = max(NARROWEST, min(WIDEST, console.width))
    blocks = [console.heading(sentence(explanation)), facts(explanation)]
    blocks.append(comparison(explanation, width))
    blocks += [_cause(cause, explanation, width, console) for cause in explanation.causes]
    if explanation.checks:
        blocks.append("\n".join(["worth checking", *(_item(check, width) for check in explanation.checks)]))
    blocks.append(next_step(explanation))
    return "\n\n".join(block for block in blocks if block)


def sentence(explanation: Explanation) -> str:
    """Return the verdict in one sentence."""
    if explanation.stopped:
        return f"Stopped: {explanation.tried} ways were tried and ruled out; no mistake was found so far."
    if explanation.verdict != "explained":
        return VERDICTS[explanation.verdict]
    first, more = explanation.causes[0], len(explanation.causes) - 1
    title = visible(first.title)
    sure = "Proved" if explanation.proved else "Likely"
    return f"{sure}: {title}." + (f" ({more} more below)" if more else "")


def facts(explanation: Explanation) -> str:
    """Return what the request says of itself, and what comes out of it."""
    rows = [
        ("scheme", explanation.scheme),
        ("key id", explanation.key_id),
        ("signed at", explanation.moment),
        ("given", explanation.given_signature),
        ("correct", explanation.correct_signature),
        ("tried", f"{explanation.tried} ways" if explanation.tried > 1 else ""),
    ]
    return "\n".join(f"{name:<10} {visible(value)}" for name, value in rows if value)


def comparison(explanation: Explanation, width: int) -> str:
    """Return the two texts side by side around their first difference, which is marked."""
    difference = explanation.first_difference
    if difference is None:
        return ""
    left, right = _sides(explanation)
    ours = getattr(left, difference.where).split("\n")
    theirs = getattr(right, difference.where).split("\n")
    column = (width - 9) // 2
    first = max(0, difference.line - 1 - CONTEXT)
    last = min(max(len(ours), len(theirs)), difference.line + CONTEXT)
    title = difference.where.replace("_", " ")
    lines = [f"{title}, line {difference.line}, column {difference.column}"]
    lines.append(f"     {_heads(explanation)[0]:<{column}} │ {_heads(explanation)[1]}".rstrip())
    for number in range(first, last):
        pair = (_line(ours, number), _line(theirs, number))
        is_first = number == difference.line - 1
        start = _start(pair, difference.column, column) if is_first else 0
        one, other = (_clipped(line, start, column) for line in pair)
        lines.append(f"{'>' if is_first else ' '}{number + 1:>3} {padded(one, column)} │ {other}".rstrip())
        if is_first:
            lines.append(_pointer(pair, start, difference.column, column))
    return "\n".join(lines)


def _sides(explanation: Explanation) -> tuple[Texts, Texts]:
    if explanation.given.known and explanation.given != explanation.correct:
        return explanation.given, explanation.correct
    return explanation.correct, explanation.server


def _heads(explanation: Explanation) -> tuple[str, str]:
    if explanation.given.known and explanation.given != explanation.correct:
        return "what was signed", "what should be signed"
    return "what the request gives", "what the server saw"


def _line(lines: list[str], number: int) -> str:
    return lines[number] if number < len(lines) else ""


def _start(pair: tuple[str, str], focus: int, width: int) -> int:
    """Return where to begin both lines, so that the column stands in the first half of what is shown."""
    longest = max(map(width_of, pair))
    return 0 if longest <= width else max(0, min(focus - 1 - width // 3, longest - width + 1))


def _clipped(line: str, start: int, width: int) -> str:
    """Return a part of a line with everything in it visible, and dots where it goes on."""
    shown = seen(line[start : start + width + 1]) if line[start:] or not start else ""
    return cut(("…" if start else "") + shown, width)


def _pointer(pair: tuple[str, str], start: int, focus: int, width: int) -> str:
    """Return a line of markers below the first characters that differ."""
    marks = [
        width_of(_clipped(line[: focus - 1], start, width)) if line[start : focus - 1] else 0 for line in pair
    ]
    return f"     {' ' * marks[0] + '^':<{width}} │ {' ' * marks[1]}^"


def _cause(cause: Cause, explanation: Explanation, width: int, console: Console) -> str:
    lines = [console.heading(f"{visible(cause.title)} [{cause.id}]")]
    together = next((group for group in explanation.together if cause.id in group and len(group) > 1), ())
    if together:
        others = ", ".join(other for other in together if other != cause.id)
        lines.append(_labelled("with", f"only together with {others}", width))
    lines.append(_labelled("proof", visible(cause.evidence), width))
    lines.append(_labelled("fix", visible(cause.fix), width))
    if cause.code:
        lines += [f"         {visible(line)}" for line in cause.code.splitlines()]
    return "\n".join(lines)


def _labelled(label: str, text: str, width: int) -> str:
    wrapped = wrap(text, width - 9, break_on_hyphens=False) or [""]
    return "\n".join(f"  {label if n == 0 else '':<6} {line}" for n, line in enumerate(wrapped))


def _item(text: str, width: int) -> str:
    first, *rest = wrap(visible(text), width - 4, break_on_hyphens=False) or [""]
    return "\n".join([f"  - {first}", *(f"    {line}" for line in rest)])


def next_step(explanation: Explanation) -> str:
    """Return what to do next."""
    match explanation.verdict:
        case "correct":
            return ""
        case "explained":
            return f"next: voicectl sign curl --scheme {explanation.scheme} --url URL … signs it right"
        case _ if explanation.signature_valid is None:
            return "next: give the secret by --profile or VOICECTL_ACCESS_KEY_SECRET to have it proved"
        case _:
            return "next: give the server's answer with --against FILE; many servers show what they signed"
