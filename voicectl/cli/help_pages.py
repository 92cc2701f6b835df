"""The pages of `help TOPIC`: each as data, and as parts for a terminal; the facts lie where they are used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from voicectl.cli.help_layout import Part
from voicectl.cli.help_words import (
    ENVIRONMENT,
    HONOURED,
    OUTPUT,
    RESULTS,
    SCHEMES,
    SIGNING,
    TOOLS,
)

if TYPE_CHECKING:
    from voicectl.core.service import Operation, Service, Wish
    from voicectl.handbook import Entry

Rows = Sequence[Mapping[str, object]]
WISH_NAMES = {"marked": "--subtitles", "sample_rate": "--sample-rate"}


class Page(NamedTuple):
    """One topic: rows for programs, parts for people."""

    rows: Rows
    parts: Sequence[Part]


def exit_codes(name: str) -> Page:
    """Return what each exit code means."""
    from voicectl.core.exit_codes import MEANINGS

    rows = [
        {"code": int(code), "name": code.name.lower(), "meaning": words} for code, words in MEANINGS.items()
    ]
    return Page(rows, [Part("Exit codes", [(str(int(code)), words) for code, words in MEANINGS.items()])])


def environment(name: str) -> Page:
    """Return the variables that are read, and whose keys they hold."""
    from voicectl.handbook import secret_variables

    rows: list[dict[str, object]] = [
        {"variable": variable, "vendor": None, "meaning": words}
        for table in (ENVIRONMENT, HONOURED)
        for variable, words in table.items()
    ]
    parts = [
        Part("Voicectl's own; a flag wins over them", list(ENVIRONMENT.items())),
        Part("Honoured", list(HONOURED.items())),
    ]
    keys: dict[str, dict[str, str]] = {}
    for variable, vendor, field in secret_variables():
        keys.setdefault(vendor, {}).setdefault(variable, field)
    for vendor, held in keys.items():
        rows += ({"variable": each, "vendor": vendor, "meaning": field} for each, field in held.items())
        parts.append(Part(f"Keys and accounts: {vendor}", list(held.items())))
    for vendor, names in TOOLS.items():
        rows += (
            {"variable": each, "vendor": vendor, "meaning": "as its own tools read it"} for each in names
        )
    listed = [(vendor, ", ".join(names)) for vendor, names in TOOLS.items()]
    parts.append(Part("Read as the vendors' own tools read them: files, roles, metadata", listed))
    return Page(rows, parts)


def output(name: str) -> Page:
    """Return where results go, in which forms, and what they are made of."""
    from voicectl.cli.failures import as_json
    from voicectl.cli.options import FORMATS
    from voicectl.core.errors import VoicectlError

    error = ", ".join(as_json(VoicectlError("")))
    rows: list[dict[str, object]] = [{"about": about, "words": words} for about, words in OUTPUT]
    rows += ({"about": command, "fields": fields} for command, fields in RESULTS.items())
    rows.append({"about": "error", "fields": error.split(", ")})
    return Page(
        rows,
        [
            Part("What goes where", list(OUTPUT)),
            Part("Formats of -O", [(each, FORMAT_WORDS[each]) for each in FORMATS]),
            Part(
                "Results with -O json: what is not known is null",
                [(command, ", ".join(fields)) for command, fields in RESULTS.items()],
            ),
            Part("An error with -O json: the last line on stderr, an object named error", [("error", error)]),
        ],
    )


FORMAT_WORDS = {
    "auto": "text on a terminal, JSON elsewhere",
    "text": "for people",
    "table": "a row an item, as wide as the terminal",
    "json": "one object, or a list",
    "jsonl": "one object a line",
    "csv": "a header line, then a line an item",
}


def signing(name: str) -> Page:
    """Return the signature schemes, and what is done with them."""
    from voicectl.signing.schemes import names

    known = names()
    rows = [{"scheme": each, "words": SCHEMES.get(each, "")} for each in known]
    listed = [(each, SCHEMES.get(each, "")) for each in known]
    return Page(rows, [Part("Schemes, for --scheme", listed), Part("Commands", list(SIGNING))])


def vendors(name: str) -> Page:
    """Return what each vendor's interfaces take and do, or those of the one that is named."""
    from voicectl.handbook import vendors as entries

    found = list(entries(name))
    rows = [_vendor_row(entry) for entry in found]
    parts = [part for entry in found for part in _vendor_parts(entry)]
    return Page(rows, parts if name else [*parts, Part("", [], "One of them: voicectl help vendors NAME")])


def _vendor_row(entry: Entry) -> dict[str, object]:
    services = [
        {
            **service._asdict(),
            "wishes": [wish._asdict() for wish in service.wishes],
            "operations": [operation._asdict() for operation in service.operations],
        }
        for service in entry.services
    ]
    card = entry.card
    return {"vendor": card.name, "title": card.title, "commands": list(entry.deeds), "services": services}


def _vendor_parts(entry: Entry) -> Iterator[Part]:
    commands = ", ".join(entry.deeds) or "none"
    yield Part(entry.card.name, [], f"{entry.card.title}. Commands: {commands}.")
    for service in entry.services:
        yield Part(_heading(service), list(_service_rows(service)), indent=2)


def _heading(service: Service) -> str:
    return f"{service.name}: {service.title}" if service.title else service.name


def _service_rows(service: Service) -> Iterator[tuple[str, str]]:
    if service.engines:
        yield "--engine", ", ".join(service.engines)
    yield from (_wish_row(wish) for wish in service.wishes if wish.name != "engine")
    if service.formats:
        yield "formats", _grouped(service.formats)
    if service.text_limit:
        yield "at most", service.text_limit
    yield from map(_operation_row, service.operations)
    if service.verified:
        yield "verified", service.verified


def _wish_row(wish: Wish) -> tuple[str, str]:
    from voicectl.core.wishes import OPTIONS

    span = f"{wish.low:g} to {wish.high:g}" if wish.low is not None and wish.high is not None else ""
    told = filter(None, (span, ", ".join(wish.values), wish.note))
    name = OPTIONS.get(wish.name) or WISH_NAMES.get(wish.name, wish.name)
    return name, _joined(wish.parameter, told)


def _operation_row(operation: Operation) -> tuple[str, str]:
    known_as = f"also {', '.join(operation.known_as)}" if operation.known_as else ""
    sandbox = "in the sandbox" if operation.in_sandbox else ""
    return operation.deed, _joined(operation.name, filter(None, (known_as, sandbox, operation.note)))


def _joined(name: str, told: Iterable[str]) -> str:
    words = "; ".join(told)
    return f"{name}: {words}" if name and words else name or words


def _grouped(formats: Iterable[str]) -> str:
    """Return `mp3 (8000, 16000), wav` for `mp3@8000`, `mp3@16000`, `wav`."""
    rates: dict[str, list[str]] = {}
    for each in formats:
        container, _, rate = each.partition("@")
        rates.setdefault(container, []).extend(filter(None, (rate,)))
    return ", ".join(f"{name} ({', '.join(found)})" if found else name for name, found in rates.items())


TOPICS: Mapping[str, Callable[[str], Page]] = {
    "exit-codes": exit_codes,
    "environment": environment,
    "output": output,
    "signing": signing,
    "vendors": vendors,
}
