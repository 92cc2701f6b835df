"""JSON as text: the same value in another spelling, with everything else left as it was written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import permutations

_TOKEN = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"|[-+.\w]+|[{}\[\],:]|[ \t\r\n]+')
_ESCAPED = re.compile(r"\\u([0-9A-Fa-f]{4})")


@dataclass(frozen=True, slots=True)
class Members:
    """An object: names as they are written, and what they stand for."""

    pairs: tuple[tuple[str, str | Members | Elements], ...]


@dataclass(frozen=True, slots=True)
class Elements:
    """An array."""

    items: tuple[str | Members | Elements, ...]


@dataclass(frozen=True, slots=True)
class Spacing:
    """Where blanks stand: behind ',' and ':', and how deep a level is indented; None for one line."""

    name: str
    comma: str = ","
    colon: str = ":"
    indent: str | None = None


SPACINGS = (
    Spacing("compact, as JavaScript's JSON.stringify, Go and Java write", ",", ":"),
    Spacing("with blanks, as Python's json.dumps writes", ", ", ": "),
    Spacing("indented by two blanks", ",", ": ", "  "),
    Spacing("indented by four blanks", ",", ": ", "    "),
    Spacing("indented by tabs", ",", ": ", "\t"),
    Spacing("with blanks behind ':' only", ",", ": "),
    Spacing("with blanks behind ',' only", ", ", ":"),
    Spacing("indented by two blanks, with ' : ' as Java's Jackson writes", ",", " : ", "  "),
    Spacing("with ' : ' and ' , '", " , ", " : "),
    Spacing("indented by one blank", ",", ": ", " "),
    Spacing("indented by three blanks", ",", ": ", "   "),
)


def parse(text: str) -> str | Members | Elements | None:
    """Read a document into names, values and literals as they are written; None where it is no JSON."""
    tokens: list[str] = []
    end = 0
    for match in _TOKEN.finditer(text):
        if match.start() != end:
            return None
        end = match.end()
        if not match[0].isspace():
            tokens.append(match[0])
    if end != len(text) or not tokens or len(tokens) > 20_000:
        return None
    try:
        node, rest = _node(tokens, 0, 0)
    except (IndexError, ValueError):
        return None
    return node if rest == len(tokens) else None


def _node(tokens: list[str], at: int, depth: int) -> tuple[str | Members | Elements, int]:
    if depth > 100:
        raise ValueError
    token = tokens[at]
    if token == "{":
        return _members(tokens, at + 1, depth)
    if token == "[":
        return _elements(tokens, at + 1, depth)
    if token in {"}", "]", ",", ":"}:
        raise ValueError
    return token, at + 1


def _members(tokens: list[str], at: int, depth: int) -> tuple[Members, int]:
    pairs: list[tuple[str, str | Members | Elements]] = []
    while tokens[at] != "}":
        if not tokens[at].startswith('"') or tokens[at + 1] != ":":
            raise ValueError
        name = tokens[at]
        value, at = _node(tokens, at + 2, depth + 1)
        pairs.append((name, value))
        at = _next(tokens, at, "}")
    return Members(tuple(pairs)), at + 1


def _elements(tokens: list[str], at: int, depth: int) -> tuple[Elements, int]:
    items: list[str | Members | Elements] = []
    while tokens[at] != "]":
        value, at = _node(tokens, at, depth + 1)
        items.append(value)
        at = _next(tokens, at, "]")
    return Elements(tuple(items)), at + 1


def _next(tokens: list[str], at: int, close: str) -> int:
    if tokens[at] == ",":
        return at + 1
    if tokens[at] != close:
        raise ValueError
    return at


def write(node: str | Members | Elements, spacing: Spacing, depth: int = 0) -> str:
    """Write a document with this spacing; literals and strings stay as they were."""
    if isinstance(node, str):
        return node
    if isinstance(node, Members):
        inner = [name + spacing.colon + write(value, spacing, depth + 1) for name, value in node.pairs]
        return _enclosed("{", inner, "}", spacing, depth)
    return _enclosed("[", [write(item, spacing, depth + 1) for item in node.items], "]", spacing, depth)


def _enclosed(start: str, inner: list[str], end: str, spacing: Spacing, depth: int) -> str:
    if not inner or spacing.indent is None:
        return start + spacing.comma.join(inner) + end
    line = "\n" + spacing.indent * (depth + 1)
    return start + line + f",{line}".join(inner) + "\n" + spacing.indent * depth + end


def spacing_of(text: str, node: str | Members | Elements) -> Spacing:
    """Return the spacing in which a document is written; compact where it is none of the known ones."""
    return next((spacing for spacing in SPACINGS if write(node, spacing) == text.strip()), SPACINGS[0])


def orders(node: str | Members | Elements) -> Iterator[tuple[str, str | Members | Elements]]:
    """Yield the document with its keys in other orders, each with a word about the order."""
    for word, key in (
        ("sorted", lambda pairs: sorted(pairs, key=lambda pair: pair[0])),
        ("sorted without regard to capitals", lambda pairs: sorted(pairs, key=lambda pair: pair[0].lower())),
        ("reversed", lambda pairs: list(pairs)[::-1]),
    ):
        yield f"{word}, at every level", _reordered(node, key, deep=True)
        yield f"{word}, at the first level", _reordered(node, key, deep=False)
    if isinstance(node, Members) and len(node.pairs) <= 5:
        for order in permutations(node.pairs):
            yield ", ".join(name for name, _ in order), Members(order)
    else:
        yield from _moves(node)
    yield from _inner_orders(node)


def _moves(node: str | Members | Elements) -> Iterator[tuple[str, str | Members | Elements]]:
    """Move one key to the start, to the end, or swap two, where there are too many to try all orders."""
    pairs = list(node.pairs) if isinstance(node, Members) else []
    for number, pair in enumerate(pairs[:40]):
        rest = pairs[:number] + pairs[number + 1 :]
        yield f"with {pair[0]} first", Members((pair, *rest))
        yield f"with {pair[0]} last", Members((*rest, pair))
    for number in range(min(len(pairs), 40) - 1):
        swapped = [*pairs]
        swapped[number], swapped[number + 1] = swapped[number + 1], swapped[number]
        yield f"with {pairs[number][0]} and {pairs[number + 1][0]} swapped", Members(tuple(swapped))


def _inner_orders(node: str | Members | Elements) -> Iterator[tuple[str, str | Members | Elements]]:
    """Reorder the keys of one inner object of up to four keys."""
    if isinstance(node, Members):
        for number, (name, value) in enumerate(node.pairs[:10]):
            for word, changed in _inside(value):
                pairs = (*node.pairs[:number], (name, changed), *node.pairs[number + 1 :])
                yield f"inside {name}: {word}", Members(pairs)


def _inside(value: str | Members | Elements) -> Iterator[tuple[str, str | Members | Elements]]:
    if isinstance(value, Members) and 1 < len(value.pairs) <= 4:
        for order in permutations(value.pairs):
            yield ", ".join(name for name, _ in order), Members(order)
    if isinstance(value, Elements) and len(value.items) == 1:
        for word, changed in _inside(value.items[0]):
            yield word, Elements((changed,))


Pairs = "tuple[tuple[str, str | Members | Elements], ...]"


def _reordered(
    node: str | Members | Elements,
    order: Callable[
        [tuple[tuple[str, str | Members | Elements], ...]], list[tuple[str, str | Members | Elements]]
    ],
    *,
    deep: bool,
) -> str | Members | Elements:
    if isinstance(node, Members):
        pairs = node.pairs
        if deep:
            pairs = tuple((name, _reordered(value, order, deep=True)) for name, value in pairs)
        return Members(tuple(order(pairs)))
    if isinstance(node, Elements) and deep:
        return Elements(tuple(_reordered(item, order, deep=True) for item in node.items))
    return node


# Characters ------------------------------------------------------------------------------------


def escape_non_ascii(text: str, *, capitals: bool = False) -> str:
    """Write characters outside ASCII as \\uXXXX, in pairs beyond the first plane."""
    if text.isascii():
        return text
    form = "\\u{:04X}" if capitals else "\\u{:04x}"
    return "".join(c if c.isascii() else "".join(form.format(unit) for unit in _units(c)) for c in text)


def _units(character: str) -> list[int]:
    data = character.encode("utf-16-be", "surrogatepass")
    return [data[i] * 256 + data[i + 1] for i in range(0, len(data), 2)]


def unescape(text: str) -> str:
    """Write \\uXXXX as the character it stands for, save for ASCII and control characters."""
    if "\\u" not in text:
        return text
    return re.sub(r"(?<!\\)((?:\\\\)*)((?:\\u[0-9A-Fa-f]{4})+)", lambda m: m[1] + _characters(m[2]), text)


def _characters(escapes: str) -> str:
    units = [int(number, 16) for number in _ESCAPED.findall(escapes)]
    if any(unit < 0x80 for unit in units):
        return "".join(f"\\u{unit:04x}" if unit < 0x80 else _text([unit]) for unit in units)
    return _text(units)


def _text(units: list[int]) -> str:
    data = b"".join(unit.to_bytes(2, "big") for unit in units)
    return data.decode("utf-16-be", "surrogatepass")
