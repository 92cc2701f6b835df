"""Language tags: which language one means, and whether a voice fits it. Guessing from text: `text.py`."""

from __future__ import annotations

# Several tags for one language; the right side is what we use.
_ALIASES = {"cmn": "zh", "no": "nb", "iw": "he", "in": "id", "fil": "tl", "arb": "ar"}
_CANTONESE = {"zh-hk", "zh-mo", "zh-yue"}


def primary(tag: str) -> str:
    """Return the language of a tag: `en` of `en-GB`, `zh` of `cmn`, `yue` of `zh-HK`."""
    tag = tag.replace("_", "-").lower()
    language = tag.partition("-")[0]
    return "yue" if tag in _CANTONESE else _ALIASES.get(language, language)


def fits(tags: str, wanted: str) -> bool:
    """Say whether a voice of these tags speaks what is wanted: `en-GB` fits `en`, and `en` fits `en-GB`.

    A voice of several languages has its tags parted by commas.
    """
    return any(_is_near(tag.strip(), wanted) for tag in tags.split(","))


def _is_near(tag: str, wanted: str) -> bool:
    regions = {each.replace("_", "-").lower().partition("-")[2] for each in (tag, wanted)} - {""}
    return primary(tag) == primary(wanted) and (len(regions) < 2 or primary(wanted) == "yue")
