"""What a vendor counts when it bills speech: the rule, as data. Who bills how is told in `vendors/`."""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

from voicectl.core.measure import Unit, size_of, without_tags
from voicectl.core.tts import Tts, Utterance


class Billing(NamedTuple):
    """How one piece of a text is billed.

    Characters are counted in `unit`; of markup the tags count as well, unless `tags_free`. Each piece
    is asked for, and billed, `times` over.
    """

    unit: str = Unit.CHARACTERS
    tags_free: bool = False
    times: int = 1

    def characters(self, text: str, *, ssml: bool = False) -> int:
        """Count what is billed for a piece, in characters as the vendor means them."""
        return self.times * size_of(without_tags(text) if ssml and self.tags_free else text, self.unit)


@runtime_checkable
class BilledByRule(Protocol):
    """Speech that is not billed by plain characters: a `Tts` may have this as well."""

    def billing_for(self, utterance: Utterance) -> Billing:
        """Return how the pieces of a settled utterance are billed."""
        ...


def billing_of(tts: Tts, utterance: Utterance) -> Billing:
    """Return the rule that holds for a settled utterance; where no rule is known, all characters count."""
    return tts.billing_for(utterance) if isinstance(tts, BilledByRule) else Billing()
