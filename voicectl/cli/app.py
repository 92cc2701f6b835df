"""The command line as a whole: the table of commands, and one run from words to exit code."""

from __future__ import annotations

import signal
from types import FrameType

from voicectl.cli.failures import Terminated, exit_code_of
from voicectl.cli.groups import Row, root
from voicectl.cli.session import Session
from voicectl.world import real_world

SUMMARY = "Cloud voice work: speech from text, calls, recordings, tokens and request signatures."
ROWS = {
    "tts": Row("voicectl.cli.tts", "Speak text: say, batch, voices."),
    "call": Row("voicectl.cli.call", "Phone calls: create, batch, status, list, cancel, listen."),
    "recording": Row("voicectl.cli.recording", "Recordings: list, download."),
    "profile": Row("voicectl.cli.profile", "Accounts: add, list, show, set, use, rename, import, test."),
    "auth": Row("voicectl.cli.auth", "Keys for other programs: env, exec."),
    "token": Row("voicectl.cli.token", "Short-lived tokens: inspect, refresh, print."),
    "sign": Row("voicectl.cli.sign", "Signatures: debug, explain, verify, curl."),
    "gateway": Row("voicectl.cli.gateway", "A door for a team, or a cloud to test with: serve, key, audit."),
    "cache": Row("voicectl.cli.cache", "The cache of sounds: stats, clear."),
    "api": Row("voicectl.cli.api", "One signed call of a vendor's own interface."),
    "plugin": Row("voicectl.cli.plugin", "What other packages bring: list."),
    "completion": Row("voicectl.cli.completion", "Completion for bash, zsh or fish."),
    "doctor": Row("voicectl.cli.doctor", "What is wrong here, and what to do about it."),
    "help": Row("voicectl.cli.help", "Topics: exit-codes, environment, output, signing, vendors."),
    "say": Row("voicectl.cli.tts", "Short form of `tts say`.", "say_app"),
}
POINTERS = {
    "configure": "voicectl profile add NAME --vendor VENDOR",
    "login": "voicectl profile add NAME --vendor VENDOR",
    "whoami": "voicectl profile test",
    "config": "voicectl profile show",
    "speak": "voicectl tts say TEXT",
    "get-token": "voicectl token print",
}


def run(words: list[str]) -> int:
    """Carry out one command line and return its exit code."""
    session = Session(real_world(), words)
    signal.signal(signal.SIGTERM, _terminate)
    try:
        command = root(SUMMARY, ROWS, POINTERS)
        with command.make_context("voicectl", list(words), obj=session) as context:
            command.invoke(context)
        session.world.stdout.flush()
    except BaseException as error:
        return exit_code_of(error, session)
    return 0


def _terminate(number: int, frame: FrameType | None) -> None:
    raise Terminated
