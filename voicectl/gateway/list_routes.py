"""The routes that list: `/v1/models`, `/v1/audio/voices`, `/healthz`. Speech: `speech_routes.py`."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qs

from voicectl.core.errors import VoicectlError
from voicectl.gateway import wire
from voicectl.gateway.exchange import Exchange
from voicectl.gateway.forward import Crew
from voicectl.gateway.keys import EVERY, Key, holds
from voicectl.gateway.order import BadOrder
from voicectl.gateway.permissions import CLONE
from voicectl.gateway.refusals import not_allowed
from voicectl.gateway.served import House
from voicectl.gateway.table import KeyTable
from voicectl.gateway.upstream import refusal_for
from voicectl.gateway.wire import Answer


async def health(exchange: Exchange) -> Answer:
    """Say that the process answers, and nothing else."""
    return wire.as_json(200, {"status": "ok"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """Shows a key what it may use, and no more."""

    house: House
    crew: Crew
    steady: Callable[[], float]
    table: Callable[[], KeyTable]

    async def models(self, exchange: Exchange) -> Answer:
        """List profiles as models, in OpenAI's form."""
        key = _key(exchange)
        listed = [
            {"id": name, "object": "model", "created": 0, "owned_by": each.vendor}
            for each in self.house.open_to(key.profiles)
            for name in _models(each.name, key.models)
        ]
        return wire.as_json(200, {"object": "list", "data": listed})

    async def voices(self, exchange: Exchange) -> Answer:
        """List the voices of a profile; `?model=` names another than the first."""
        key = _key(exchange)
        asked = parse_qs(exchange.scope["query_string"].decode("latin-1")).get("model", [""])[0]
        open_to_it = self.house.open_to(key.profiles)
        chosen = next((each for each in open_to_it if not asked or each.name == asked), None)
        if chosen is None:
            raise BadOrder(not_allowed("model"))
        try:
            known = await self.crew.ask(partial(chosen.voices, self.steady()))
        except VoicectlError as error:
            raise BadOrder(refusal_for(error)) from None
        table = self.table()
        listed = [
            {"id": each.id, "name": each.name, "language": each.lang, "gender": each.gender}
            for each in known
            if holds(key.voices, each.id) and not table.is_cloned(chosen.name, each.id)
        ]
        if CLONE in _tags(exchange):
            # A voice made after a person's goes by the gateway's name, and by no other.
            listed += [
                {"id": each.id, "name": each.id, "language": "", "gender": ""}
                for each in table.clones
                if each.profile == chosen.name and holds(key.voices, each.id)
            ]
        return wire.as_json(200, {"voices": listed})


def _models(profile: str, models: tuple[str, ...]) -> list[str]:
    """Return by which names a profile may be asked for."""
    named = [f"{profile}/{model}" for model in models if model != EVERY]
    return [profile, *named] if models else []


def _tags(exchange: Exchange) -> Collection[str]:
    assert exchange.admitted is not None, "routes that list have a tag"
    return exchange.admitted.tags


def _key(exchange: Exchange) -> Key:
    assert exchange.admitted is not None, "routes that list have a tag"
    return exchange.admitted.key
