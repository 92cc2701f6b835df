"""Start the gateway for a team: with whom it speaks and where it listens. Its parts: `assembly.py`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from voicectl.core.errors import Unavailable, UsageError
from voicectl.core.speaker import Speaker
from voicectl.core.tts import Utterance
from voicectl.gateway.assembly import Gateway, Here, Rest
from voicectl.gateway.forward import THREADS
from voicectl.gateway.keys import Env
from voicectl.gateway.metrics import listen
from voicectl.gateway.plan import PORTS, Plan
from voicectl.gateway.posture import HOST_OF, check_binding
from voicectl.gateway.serve import listening, serve
from voicectl.gateway.served import Served
from voicectl.gateway.tone_voice import ToneTts

if TYPE_CHECKING:
    from voicectl.core.credentials import Secret
    from voicectl.runtime import Runtime

GRACE_SECONDS = 30
"""How long what is under way may go on when the gateway is told to end."""
SANDBOX = "sandbox"


class Teller(Protocol):
    """Where an operator is told things."""

    def text(self, words: str) -> None: ...

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
) -> None:
    """Serve until told to stop. In the sandbox neither profiles nor the keyring are ever opened.

    `runtime_of` and `still_of` build what a profile speaks with; the second of them sends nothing.
    """
    check_binding(plan.host, has_tls=bool(plan.tls_cert), behind_proxy=plan.behind_proxy)
    if bool(plan.tls_cert) != bool(plan.tls_key):
        raise UsageError("TLS takes a certificate and its key", hint="--tls-cert FILE --tls-key FILE")
    is_test = plan.env is Env.TEST
    served = (
        [sandbox()] if is_test else [live(runtime_of(name), here, still_of(name)) for name in plan.profiles]
    )
    bound = listening(plan.host, PORTS[plan.env] if plan.port is None else plan.port)
    rest = Rest(directory, None if is_test else master(), lambda words: out.note("{words}", words=words))
    gateway = Gateway(plan, here, rest, served)
    end_metrics = listen(gateway.metrics, "127.0.0.1", plan.metrics_port) if plan.metrics_port else None
    url = _url(plan, bound.getsockname())

    def ready() -> None:
        out.text(url)
        out.note("the gateway speaks with {profiles}", profiles=", ".join(each.name for each in served))

    try:
        serve(gateway, bound, ready, **settings_of(plan))
    finally:
        # Who is told to end twice ends without its lifespan.
        gateway.close()
        if end_metrics:
            end_metrics()


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
        "ws": "none",
        "lifespan": "on",
        "timeout_graceful_shutdown": GRACE_SECONDS,
        "log_config": None,
    }
    if plan.tls_cert:
        settings |= {"ssl_certfile": plan.tls_cert, "ssl_keyfile": plan.tls_key}
    return settings


def _protocol() -> Any:
    try:
        from voicectl.gateway.connections import Bounded
    except ModuleNotFoundError:
        raise Unavailable(
            "the gateway needs an extra that is not installed", hint='pip install "voicectl[gateway]"'
        ) from None
    return Bounded


def _url(plan: Plan, place: Sequence[object]) -> str:
    host, port = place[:2]
    name = HOST_OF[plan.env] if str(host) in ("127.0.0.1", "::1") and plan.env is Env.TEST else host
    shown = f"[{name}]" if ":" in str(name) else name
    return f"{'https' if plan.tls_cert else 'http'}://{shown}:{port}\n"
