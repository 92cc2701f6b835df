"""The card of EmotiVoice. Its fields and variables: `profiles/forms.py`."""

from __future__ import annotations

from voicectl.core.tts import Tts
from voicectl.core.vendor import Access, Vendor


def _tts(access: Access) -> Tts:
    from voicectl.vendors.emotivoice.tts import speech

    return speech(access)


CARD = Vendor(name="emotivoice", title="EmotiVoice: own server, gateway, or Youdao's cloud", tts=_tts)
