"""All mistakes in one table, the likeliest first."""

from __future__ import annotations

from voicectl.explain.attempt import Mistake
from voicectl.explain.mistakes import (
    body_entries,
    content_types,
    derivation_entries,
    encoding_entries,
    header_entries,
    hosts,
    key_entries,
    methods,
    moments,
    oss,
    others,
    path_entries,
    query_entries,
    rpc,
    scopes,
    signatures,
    string_entries,
    tokens,
)

_BY_SUBJECT = (
    key_entries,
    derivation_entries,
    scopes,
    methods,
    moments,
    others,
    path_entries,
    query_entries,
    encoding_entries,
    header_entries,
    hosts,
    content_types,
    body_entries,
    string_entries,
    signatures,
    tokens,
    rpc,
    oss,
)

CATALOGUE: tuple[Mistake, ...] = tuple(
    sorted((mistake for subject in _BY_SUBJECT for mistake in subject.MISTAKES), key=lambda m: -m.weight)
)
