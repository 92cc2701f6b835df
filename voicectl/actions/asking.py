"""Which format a vendor is asked for, so that the wanted one comes of it. Encoding lives in `audio/`."""

from __future__ import annotations

from collections.abc import Collection

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import Unsupported

SAMPLES = frozenset((Container.PCM, Container.WAV))
MADE_OF_SAMPLES = SAMPLES | {Container.MP3, Container.OGG, Container.OPUS, Container.FLAC}
"""What `audio/encode.py` can make."""


def format_to_ask(
    formats: Collection[AudioFormat],
    wanted: Container,
    rate: int = 0,
    *,
    decoded: Collection[Container] = (),
) -> AudioFormat:
    """Return the wanted container where the vendor has it, else samples to make it from.

    `formats` are the vendor's, the preferred one first; a `rate` of 0 is the vendor's choice. Where
    there are no samples, those `decoded` here do as well. Raises Unsupported, naming what there is.
    """
    fitting = [each for each in formats if rate in (0, each.sample_rate)]
    # Samples with a header tell their own rate: the vendor's preference decides between the two.
    direct = SAMPLES if wanted in SAMPLES else {wanted}
    found = next((each for each in fitting if each.container in direct), None)
    if found is None and wanted in MADE_OF_SAMPLES:
        found = next((each for each in fitting if each.container in SAMPLES), None)
        found = found or next((each for each in fitting if each.container in decoded), None)
    if found is None:
        raise _nothing_fits(formats, wanted, rate)
    return found


def _nothing_fits(formats: Collection[AudioFormat], wanted: Container, rate: int) -> Unsupported:
    of_kind = [each for each in formats if each.container in SAMPLES | {wanted}]
    rates = sorted({each.sample_rate for each in of_kind} - {0})
    if rate and (rates or of_kind):
        return Unsupported(
            "no {wanted} at {rate} Hz can be had here; {known}",
            wanted=wanted,
            rate=rate,
            known=f"there is {', '.join(map(str, rates))}" if rates else "the rate cannot be chosen",
            hint="leave out --sample-rate",
        )
    there = list(dict.fromkeys(each.container for each in formats))
    made = [each for each in Container if each in MADE_OF_SAMPLES] if SAMPLES & set(there) else []
    known = list(dict.fromkeys([*made, *there]))
    return Unsupported(
        "no {wanted} can be had here; there is {known}",
        wanted=wanted,
        known=", ".join(known),
        first=known[0],
        wish="format",
        hint="--format {first}",
    )
