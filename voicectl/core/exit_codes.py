"""What each exit code means, in a line, for `help exit-codes`. What ends with which one: `errors.py`."""

from __future__ import annotations

from collections.abc import Mapping

from voicectl.core.errors import Exit

MEANINGS: Mapping[Exit, str] = {
    Exit.OK: "done; of a call that was waited for: it was answered and completed",
    Exit.FAILED: "failed, in no better class",
    Exit.USAGE: "the words of the command do not fit: a flag, a value, an argument that is missing",
    Exit.CHECK_FAILED: "a check says no: a wrong signature, a token that ends too soon, a fault here",
    Exit.PARTLY_FAILED: "a batch, or a question about several, is through and some items failed",
    Exit.NOT_FOUND: "there is no such call, recording, voice or profile",
    Exit.GUARDED: "a guard stopped it: cost, a number that may not be called, too many calls, --yes missing",
    Exit.CALL_NO_ANSWER: "the call ended: nobody answered",
    Exit.CALL_BUSY: "the call ended: busy",
    Exit.CALL_REJECTED: "the call ended: rejected",
    Exit.CALL_FAILED: "the call ended: failed",
    Exit.CALL_CANCELED: "the call ended: canceled",
    Exit.OUTCOME_UNKNOWN: "the call may have been placed; nothing was sent twice",
    Exit.BAD_INPUT: "the data given is no use: text, SSML, encoding, number, line of a manifest",
    Exit.NO_INPUT: "an input file is missing or cannot be read",
    Exit.UNAVAILABLE: "out of reach: DNS, connection, TLS; or an extra, engine, player or device is missing",
    Exit.BUG: "a bug in voicectl",
    Exit.OUTPUT: "the output cannot be written, or is there already and may not be replaced",
    Exit.BROKEN_ANSWER: "the answer is broken: cut, empty, HTML, or not what was promised",
    Exit.TRY_LATER: "try later: throttled, a server's fault or silence, and repeating is safe",
    Exit.REFUSED: "the vendor refused the request as wrong",
    Exit.CREDENTIAL: "no key, a bad signature, expired, or forbidden",
    Exit.CONFIG: "configuration: profile or its file, no vendor chosen, keyring, proxy",
    Exit.WAIT_TIMEOUT: "what was waited for did not come in time",
    Exit.INTERRUPTED: "Ctrl-C",
    Exit.PIPE_CLOSED: "whoever read the output has gone",
    Exit.TERMINATED: "ended by SIGTERM",
}
