"""The card of AWS. Its fields and variables: `profiles/forms.py`."""

from __future__ import annotations

from voicectl.core.tts import Tts
from voicectl.core.vendor import Access, Vendor


def _tts(access: Access) -> Tts:
    from voicectl.vendors.aws.tts import PollyTts

    return PollyTts(access)


CARD = Vendor(name="aws", title="Amazon Web Services: Polly", tts=_tts)
