"""The parts of one gateway: put together, kept in step while it runs, ended in order. Run by `team_start`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from voicectl.gateway import posture
from voicectl.gateway.ageing import Ageing
from voicectl.gateway.alarm import Alarm
from voicectl.gateway.audio_store import AudioStore
from voicectl.gateway.audit import FILE, Log, text_mac
from voicectl.gateway.doorkeeper import Doorkeeper
from voicectl.gateway.expiry import LOOK_SECONDS, Expiries
from voicectl.gateway.faults import with_faults
from voicectl.gateway.forward import Crew
from voicectl.gateway.keys import Env
from voicectl.gateway.limits import Tick
from voicectl.gateway.list_routes import Lists, health
from voicectl.gateway.metrics import Metrics
from voicectl.gateway.permissions import SPEAK
from voicectl.gateway.plan import Plan
from voicectl.gateway.redaction import plain
from voicectl.gateway.routes import PUBLIC, Route, Routes
from voicectl.gateway.served import House, Served
from voicectl.gateway.shared import RENEW_SECONDS, Shared
from voicectl.gateway.speech_routes import Speech
from voicectl.gateway.team import Team
from voicectl.gateway.token_route import TokenDesk
from voicectl.gateway.wire import Receive, Scope, Send
from voicectl.signing.gateway_keys import SANDBOX_MASTER

if TYPE_CHECKING:
    from voicectl.core.credentials import Secret
    from voicectl.gateway.webhook import Way
    from voicectl.kept.key_cache import KeyCache

TICK_SECONDS = 0.5
SAID_AGAIN_SECONDS = TIDY_SECONDS = 60.0


class Here(NamedTuple):
    """What a gateway asks the world for: both clocks, and 128 bits by chance as text."""

    now: Callable[[], Tick]
    new_id: Callable[[], str]

    def steady(self) -> float:
        """Return seconds on the clock that never goes back."""
        return self.now().steady


class Rest(NamedTuple):
    """Where a gateway keeps things, by which secret it derives others, who hears of trouble, the way out."""

    directory: Path
    master: Secret | None
    say: Callable[[str], None]
    way: Callable[[], Way] | None = None


class Gateway:
    """An ASGI application with its lifespan: what has to be done each moment, and at the end."""

    def __init__(
        self,
        plan: Plan,
        here: Here,
        rest: Rest,
        served: Sequence[Served],
        *,
        tick_seconds: float = TICK_SECONDS,
    ) -> None:
        self._here, self._say, self._tick_seconds = here, rest.say, tick_seconds
        self._said: dict[str, float] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._is_closed = False
        house = House(served)
        self.keeper = _keeper(plan, here, rest)
        self.log = _log(plan, here, rest)
        self.store = AudioStore(new_id=here.new_id, now=here.now, shared=plan.audio_directory)
        self.crew = Crew(here.steady)
        self.ageing = Ageing(plan.env, plan.max_age_seconds, rest.say)
        self.expiries = Expiries(served, lambda: here.now().unix)
        vendors = {each.name: each.vendor for each in served}
        self.metrics = Metrics(plan.env, vendors, per_key=plan.metrics_per_key)
        self.team = Team(
            door=self.keeper.door,
            routes=self._routes(plan.env, house),
            log=self.log,
            metrics=self.metrics,
            hosts=posture.hosts(plan.env, plan.hosts),
            now=here.now,
            new_id=here.new_id,
            say=rest.say,
            text_mac=text_mac(SANDBOX_MASTER if plan.env is Env.TEST else rest.master),
            blocks_unlogged=not plan.serves_unlogged,
            keeps_text=plan.audit_text,
            shared=self._shared(plan.redis_url),
            alarm=self._alarm(plan, rest) if plan.rules else None,
        )
        self._watch(plan.env)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self.team(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self._tasks = [
            asyncio.create_task(each) for each in (self._tick(), self._look(), self._tidy(), self._renew())
        ]
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        if self.team.shared is not None:
            await self.team.shared.close()
        self.close()
        await send({"type": "lifespan.shutdown.complete"})

    def close(self) -> None:
        """End everything; rows and counts that wait are written. A second time does nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        self.crew.close()
        self.log.close()
        self.keeper.close()
        self.store.close()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self._tick_seconds)
            try:
                self._keep_step()
            except Exception as error:  # what goes wrong once must not end the watching
                self._tell(f"{type(error).__name__}: {error}")

    async def _look(self) -> None:
        """Look up now and then what takes its time, in a thread of its own."""
        while True:
            try:
                await self.crew.ask(self.expiries.look)
            except Exception as error:  # what is wrong with an account must not end the looking
                self._tell(f"{type(error).__name__}: {error}")
            await asyncio.sleep(LOOK_SECONDS)

    async def _tidy(self) -> None:
        """Look now and then after a directory that others use as well."""
        while self.store.is_shared:
            await self.crew.ask(self.store.sweep_shared)
            await asyncio.sleep(TIDY_SECONDS)

    async def _renew(self) -> None:
        """Keep the places in Redis of what is under way."""
        while self.team.shared is not None:
            await asyncio.sleep(RENEW_SECONDS)
            await self.team.shared.renew()

    def _keep_step(self) -> None:
        now = self._here.now()
        for error in self.keeper.tick(now):
            self._tell(str(error))
        self.ageing.tick(self.keeper.door.table.all(), now)
        self.store.sweep()

    def _tell(self, words: str) -> None:
        """Say what is wrong, and not again each half second."""
        now = self._here.steady()
        if now - self._said.get(words, float("-inf")) >= SAID_AGAIN_SECONDS:
            self._said = {words: now} if len(self._said) > 100 else {**self._said, words: now}
            self._say(plain(words))

    def _shared(self, url: str) -> Shared | None:
        if not url:
            return None
        from voicectl.kept.shared_counts import SharedCounts

        shared = Shared(self.keeper.door, SharedCounts(url), self._here.steady, self._say)
        self.metrics.watch("shared_limits_down", "1 while it counts alone.", lambda: float(shared.is_down))
        return shared

    def _alarm(self, plan: Plan, rest: Rest) -> Alarm:
        if not plan.rule_webhook:
            return Alarm(plan.rule_command, rest.say)
        from voicectl.gateway.webhook import Webhook

        assert rest.way is not None, "who wants a webhook brings the way to it"
        return Alarm(plan.rule_command, rest.say, Webhook(plan.rule_webhook, rest.way, rest.say))

    def _routes(self, env: Env, house: House) -> Routes:
        speech = Speech(house=house, crew=self.crew, store=self.store, team=lambda: self.team)
        lists = Lists(
            house=house, crew=self.crew, steady=self._here.steady, table=lambda: self.keeper.door.table
        )
        routes = [
            Route("GET", "/healthz", PUBLIC, health),
            Route("GET", "/v1/models", SPEAK, lists.models),
            Route("GET", "/v1/audio/voices", SPEAK, lists.voices),
            Route("POST", "/v1/audio/speech", SPEAK, speech.openai),
            Route("POST", "/v1/tts", SPEAK, speech.seed, is_seed=True),
            Route("GET", "/audio/{id}", SPEAK, speech.audio),
            Route("POST", "/v1/tokens", SPEAK, TokenDesk(team=lambda: self.team).mint),
        ]
        return Routes(map(with_faults, routes) if env is Env.TEST else routes)

    def _watch(self, env: Env) -> None:
        """Show what is not counted but looked up."""
        metrics = self.metrics
        metrics.watch("inflight", "Requests under way.", lambda: self.team.inflight)
        metrics.watch("audit_backlog", "Rows that wait to be written.", lambda: self.log.backlog)
        metrics.watch(
            "rules_reload_failed", "1 where older rules are in use.", lambda: float(self.keeper.has_bad_rules)
        )
        metrics.watch_labelled("keys", "Keys on file.", ("status", "env"), self._keys)
        metrics.watch_labelled("keys_to_rotate", "Keys past their age.", ("env",), self._old_keys)
        metrics.watch_labelled(
            "credential_expiry_seconds",
            "Until what a profile speaks with dies, where that is known.",
            ("profile",),
            self.expiries.left,
        )

    def _keys(self) -> dict[tuple[str, ...], float]:
        counts: dict[tuple[str, ...], float] = {}
        for key in list(self.keeper.door.table.all()):
            place = (str(key.status), str(key.env))
            counts[place] = counts.get(place, 0) + 1
        return counts

    def _old_keys(self) -> dict[tuple[str, ...], float]:
        now, keys = self._here.now().unix, list(self.keeper.door.table.all())
        return {(str(self.keeper.door.env),): len(self.ageing.old(keys, now))}


def _keeper(plan: Plan, here: Here, rest: Rest) -> Doorkeeper:
    return Doorkeeper(
        rest.directory,
        plan.env,
        here.now(),
        master=rest.master,
        trusted=plan.trusted,
        profile_limits=plan.profile_limits,
        rules=Path(plan.rules) if plan.rules else None,
        shares_limits=bool(plan.redis_url),
        cache=_cache(plan.redis_url),
        reads_cache=plan.reads_keys_there,
    )


def _cache(url: str) -> KeyCache | None:
    """Return where keys are published for other gateways, or read; None where there is but this one."""
    if not url:
        return None
    from voicectl.kept.key_cache import KeyCache

    return KeyCache(url)


def _log(plan: Plan, here: Here, rest: Rest) -> Log:
    return Log(
        rest.directory / FILE,
        plan.env,
        retention_days=plan.retention_days,
        now=lambda: here.now().unix,
        say=lambda reason: rest.say(f"the audit log cannot be written: {plain(reason)}"),
    )
