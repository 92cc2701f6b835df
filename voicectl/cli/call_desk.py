"""What placing calls takes, as options, profile and machine have it. The deeds: `actions/call.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from voicectl.cli.call_options import moment, variables
from voicectl.cli.session import Session
from voicectl.cli.speech_options import named_values

if TYPE_CHECKING:
    from voicectl.actions.call import Desk
    from voicectl.core.call import CallOrder
    from voicectl.world import World


def desk_of(session: Session, *, with_ledger: bool = True, waits: bool = False) -> Desk:
    """Return what placing calls takes, for the account that was chosen."""
    from voicectl.actions.call import Desk
    from voicectl.actions.call_guards import rules_of
    from voicectl.telephony import telephony

    found = telephony(session.runtime, with_ledger=with_ledger and not session.options.dry_run)
    return Desk(
        vendor=found.choice.vendor,
        profile=found.choice.profile.name,
        calls=found.calls,
        ledger=found.ledger,
        rules=rules_of(found.settings, found.calls.caps),
        clock=session.runtime.clock,
        retries=session.options.retries,
        patience_seconds=session.options.timeout,
        waits_for_limit=waits,
        is_dry=session.options.dry_run,
        tell=lambda note: session.console.note(note.template, **note.facts),
    )


def order_of(given: Mapping[str, Any], world: World) -> CallOrder:
    """Return what is to be said; whom to call comes later."""
    from voicectl.core.call import CallOrder

    return CallOrder(
        to="",
        caller=given["caller"],
        text=given["text"],
        template=given["template"],
        variables=variables(given["var"] or [], given["var_file"], world),
        voice_file=given["voice_file"],
        voice=given["voice"],
        play_times=given["play_times"],
        volume=given["volume"],
        schedule=moment(given["schedule"]),
        reference=given.get("out_id", ""),
        operation=given["operation"],
        params=named_values("--param", given["param"] or []),
    )
