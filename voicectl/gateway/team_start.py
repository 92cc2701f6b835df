"""Start the gateway for a team: with whom it speaks and where it listens. Its parts: `assembly.py`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from voicectl.core.errors import UsageError
from voicectl.core.speaker import Speaker
from voicectl.core.tts import Utterance
from voicectl.gateway import extra
from voicectl.gateway.assembly import Gateway, Here, Rest
from voicectl.gateway.certificate import Renewal, check_certificate
from voicectl.gateway.forward import THREADS
from voicectl.gateway.keys import Env
from voicectl.gateway.listeners import listens
from voicectl.gateway.metrics import listen
from voicectl.gateway.plan import PORTS, Plan
from voicectl.gateway.posture import HOST_OF, check_binding, check_store, is_loopback
from voicectl.gateway.sayings import Sayings
from voicectl.gateway.serve import serve
from voicectl.gateway.served import Served
from voicectl.gateway.tone_voice import ToneTts

if TYPE_CHECKING:
    from voicectl.core.credentials import Secret
    from voicectl.gateway.webhook import Way
    from voicectl.runtime import Runtime

GRACE_SECONDS = 30
"""How long what is under way may go on when the gateway is told to end."""
SANDBOX = "sandbox"
METRICS_HOST = "127.0.0.1"
EVERYWHERE = ("0.0.0.0", "::")
"""What is listened at on all addresses, and is none to ask at."""


class Place(NamedTuple):
    """Where a gateway answers: at a URL, or at the path of a socket."""

    url: str | None
    socket: str | None
    host: str | None
    port: int | None
    metrics_url: str | None
    environment: str
    profiles: tuple[str, ...]


class Teller(Protocol):
    """Where an operator is told things."""

    def note(self, template: str, **facts: object) -> None: ...


def start(
    plan: Plan,
    here: Here,
    directory: Path,
    *,
    runtime_of: Callable[[str], Runtime],
    still_of: Callable[[str], Runtime],
    master: Callable[[], Secret | None],
    out: Teller,
    announce: Callable[[Place], None],
    way: Callable[[], Way],
) -> None:
    """Serve until told to stop. In the sandbox neither profiles nor the keyring are ever opened.

    `runtime_of` and `still_of` build what a profile speaks with; the second of them sends nothing.
    `announce` hears where it listens, from when it answers; `way` is what leads to a webhook.
    """
    check_binding(plan.host, has_tls=bool(plan.tls_cert), behind_proxy=plan.behind_proxy)
    check_certificate(plan.tls_cert, plan.tls_key)
    if plan.redis_url:
        check_store(plan.redis_url)
    is_test = plan.env is Env.TEST
    served = (
        [sandbox()] if is_test else [live(runtime_of(name), here, still_of(name)) for name in plan.profiles]
    )
    names = tuple(each.name for each in served)
    _check_limits(plan, names)
    usual = PORTS[plan.env] if plan.port is None else plan.port
    with listens(plan.host, usual, plan.socket_mode) as bound, ExitStack() as open_parts:
        say = Sayings(lambda words: out.note("{words}", words=words))
        open_parts.callback(say.close)
        gateway = Gateway(plan, here, Rest(directory, None if is_test else master(), say, way), served)
        # Who is told to end twice ends without its lifespan.
        open_parts.callback(gateway.close)
        if plan.metrics_port:
            open_parts.callback(listen(gateway.metrics, METRICS_HOST, plan.metrics_port))
        place = _place(plan, bound.getsockname(), names)

        def ready() -> None:
            announce(place)
            say(f"the gateway speaks with {', '.join(names)}")

        renewal = Renewal(plan.tls_cert, plan.tls_key, say) if plan.tls_cert else None
        serve(gateway, bound, ready, renewal, **settings_of(plan))


def _check_limits(plan: Plan, names: Collection[str]) -> None:
    """Raise UsageError for the limit of a profile that is not served: it would limit nothing."""
    for name in plan.profile_limits:
        if name not in names:
            raise UsageError(
                "--profile-limit: {name!r} is not served here; there is {known}",
                name=name,
                known=", ".join(names),
                first=next(iter(names)),
                hint="--profile-limit {first}=600",
            )


def sandbox() -> Served:
    """Return the one vendor of the sandbox."""
    tts = ToneTts()
    return Served(SANDBOX, SANDBOX, tts, lambda utterance: Speaker(tts))


def live(runtime: Runtime, here: Here, still: Runtime | None = None) -> Served:
    """Return a profile that speaks as it does on the command line; `still` is the same of a dry run."""
    from voicectl import accounts, speaking

    speech = speaking.speech(runtime, jobs=THREADS)
    # Built now, with a connection for each thread: what comes later reckons with fewer.
    way_out = runtime.http if speech.choice.vendor != "local" else None

    def speaker_of(utterance: Utterance) -> Speaker:
        return speaking.speaker(runtime, speech, utterance, now=here.steady, keeps=False)

    def interrupt(thread: int) -> None:
        if way_out is not None:
            way_out.interrupt(thread)

    name = speech.choice.profile.name or speech.choice.vendor
    served = Served(name, speech.choice.vendor, speech.tts, speaker_of, interrupt)
    return replace(served, ends=accounts.ends_of(still)) if still else served


def settings_of(plan: Plan) -> dict[str, Any]:
    """Return in what a server for a team differs from the usual one."""
    settings: dict[str, Any] = {
        "http": _protocol(),
        # Clients that sign can see by it that their clock is wrong.
        "date_header": True,
        "headers": [("X-Voicectl-Env", plan.env)],
        "ws": "none",
        "lifespan": "on",
        "timeout_graceful_shutdown": GRACE_SECONDS,
        "log_config": None,
    }
    if plan.tls_cert:
        settings |= {"ssl_certfile": plan.tls_cert, "ssl_keyfile": plan.tls_key}
    return settings


def _protocol() -> Any:
    with extra.needed():
        from voicectl.gateway.connections import Bounded
    return Bounded


def _place(plan: Plan, bound: Sequence[object] | str, names: tuple[str, ...]) -> Place:
    metrics = f"http://{METRICS_HOST}:{plan.metrics_port}/metrics" if plan.metrics_port else None
    if isinstance(bound, str):
        return Place(None, bound, None, None, metrics, plan.env, names)
    host, port = str(bound[0]), int(str(bound[1]))
    name = host
    if host in EVERYWHERE or (is_loopback(host) and plan.env is Env.TEST):
        name = next(iter(plan.hosts), HOST_OF[plan.env])
    shown = f"[{name}]" if ":" in name else name
    url = f"{'https' if plan.tls_cert else 'http'}://{shown}:{port}"
    return Place(url, None, host, port, metrics, plan.env, names)
