"""Promises about URLs of a Redis: what is none is refused, and nothing of it is repeated."""

from __future__ import annotations

import pytest

from voicectl.core.errors import UsageError
from voicectl.kept.key_cache import KeyCache
from voicectl.kept.shared_counts import SharedCounts

WRONG = ("redis://localhost:CANARY/0", "https://:CANARY@host/0")


@pytest.mark.parametrize("opened", [SharedCounts, KeyCache])
@pytest.mark.parametrize("url", WRONG)
def test_a_password_that_stands_in_the_wrong_place_is_not_told(opened: type, url: str) -> None:
    with pytest.raises(UsageError) as caught:
        opened(url)
    assert "CANARY" not in f"{caught.value} {caught.value.hint} {caught.value.facts}"
