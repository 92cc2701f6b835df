"""The route that gives a key a token for a while: `/v1/tokens`. What a token is: `tokens.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from voicectl.gateway import wire
from voicectl.gateway.exchange import Exchange
from voicectl.gateway.order import BadOrder, number_of, object_in, refuse, word_of
from voicectl.gateway.permissions import TAGS
from voicectl.gateway.refusals import Refusal
from voicectl.gateway.team import Team
from voicectl.gateway.tokens import LONGEST_SECONDS
from voicectl.gateway.wire import Answer

NOT_KEPT = ("Cache-Control", "no-store")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenDesk:
    """Gives out tokens; `team` is the application that this is part of."""

    team: Callable[[], Team]

    async def mint(self, exchange: Exchange) -> Answer:
        """Answer with a token for the key that asks, in the form of RFC 6749 5.1. Raises BadOrder, wire.Gone.

        `scope` narrows what it may do, `expires_in` how long.
        """
        team, admitted = self.team(), exchange.admitted
        assert admitted is not None, "the route has a tag"
        asked = object_in(await team.body(exchange))
        tags = word_of(asked, "scope").split()
        if not set(tags) <= set(TAGS):
            refuse("There is no such scope", "scope")
        seconds = number_of(asked, "expires_in", 1, LONGEST_SECONDS) or LONGEST_SECONDS
        now = team.now()
        minted = team.door.mint(admitted, now, token_id=team.new_id(), tags=tags, seconds=int(seconds))
        if isinstance(minted, Refusal):
            raise BadOrder(minted)
        answer = {
            "access_token": minted.token,
            "token_type": "Bearer",
            "expires_in": minted.expires - int(now.unix),
            "scope": minted.scope,
        }
        return wire.as_json(200, answer, NOT_KEPT)
