"""Promises about `voicectl help`: the pages agree with the code, are whole, and fit the terminal."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

import pytest

from tests.cli.test_app import HEAVY, modules_after
from tests.conftest import Program
from voicectl.actions.call import shown as call_shown
from voicectl.cli.help import TOPICS
from voicectl.cli.help_layout import Part, laid_out
from voicectl.cli.help_pages import TOPICS as PAGES
from voicectl.cli.help_words import ENVIRONMENT, HONOURED, RESULTS, SCHEMES, TOOLS
from voicectl.core.errors import Exit
from voicectl.core.exit_codes import MEANINGS
from voicectl.core.tts import Voice
from voicectl.handbook import secret_variables, takers, vendors
from voicectl.signing.schemes import names
from voicectl.vendors.registry import BUILT_IN

PACKAGE = Path(__file__).parents[2] / "voicectl"
CODES = [*range(7), *range(10, 16), 65, 66, 69, 70, *range(73, 79), 124, 130, 141, 143]
VARIABLES = """
VOICECTL_PROFILE VOICECTL_VENDOR VOICECTL_REGION VOICECTL_ENDPOINT_URL VOICECTL_OUTPUT VOICECTL_CONFIG_DIR
VOICECTL_CACHE_DIR VOICECTL_STATE_DIR VOICECTL_NO_INPUT VOICECTL_TIMEOUT VOICECTL_RETRIES VOICECTL_CA_BUNDLE
VOICECTL_NO_KEYRING VOICECTL_NO_CACHE VOICECTL_LOG_FILE VOICECTL_PLUGINS
NO_COLOR FORCE_COLOR TERM CI HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY SSL_CERT_FILE XDG_CONFIG_HOME
AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE AWS_REGION AWS_DEFAULT_REGION
ALIBABA_CLOUD_ACCESS_KEY_ID ALIBABA_CLOUD_ACCESS_KEY_SECRET ALIBABA_CLOUD_SECURITY_TOKEN ALIYUN_NLS_APPKEY
ALIYUN_NLS_TOKEN DASHSCOPE_API_KEY VOLCENGINE_ACCESS_KEY VOLCENGINE_SECRET_KEY VOLCENGINE_SESSION_TOKEN
VOLC_ACCESSKEY VOLC_SECRETKEY VOLC_SPEECH_APP_ID VOLC_SPEECH_ACCESS_TOKEN VOLC_SPEECH_API_KEY
TENCENTCLOUD_SECRET_ID TENCENTCLOUD_SECRET_KEY TENCENTCLOUD_TOKEN TENCENTCLOUD_SESSION_TOKEN
TWILIO_ACCOUNT_SID TWILIO_AUTH_TOKEN TWILIO_API_KEY TWILIO_API_SECRET
EMOTIVOICE_API_KEY EMOTIVOICE_BASE_URL OPENAI_API_KEY OPENAI_BASE_URL
VOICECTL_ACCESS_KEY_ID VOICECTL_ACCESS_KEY_SECRET VOICECTL_SECURITY_TOKEN
"""


def text_of(topic: str, width: int = 80) -> str:
    return laid_out(PAGES[topic]("").parts, width, lambda words: words)


def test_every_exit_code_has_a_meaning_and_a_line() -> None:
    assert list(MEANINGS) == list(Exit)
    assert [int(code) for code in re.findall(r"^  (\d+) ", text_of("exit-codes"), re.MULTILINE)] == CODES


@pytest.mark.parametrize("variable", VARIABLES.split())
def test_every_variable_that_was_promised_is_on_the_page(variable: str) -> None:
    assert re.search(rf"\b{variable}\b", text_of("environment"))


def test_every_variable_of_ours_that_the_code_reads_is_on_the_page() -> None:
    told = {*ENVIRONMENT, *(each.name for each in secret_variables())}
    told |= {name for listed in TOOLS.values() for name in listed} | set(HONOURED)
    ours = re.compile(r"\"((?:VOICECTL|AWS|ALIBABA_CLOUD|TKE|TCCLI|TWILIO|DASHSCOPE)_[A-Z_]+[A-Z])\"")
    # The sandbox prints variables for other programs.
    files = (path for path in PACKAGE.rglob("*.py") if "sandbox" not in path.parts)
    read = {name for path in files for name in ours.findall(path.read_text(encoding="utf-8"))}
    assert read - told == set()


def test_the_schemes_are_those_of_the_code() -> None:
    assert tuple(SCHEMES) == names()


def test_every_vendor_has_its_tables_and_says_how_they_are_known() -> None:
    entries = list(vendors())
    assert [entry.card.name for entry in entries] == list(BUILT_IN)
    for entry in entries:
        assert entry.services, entry.card.name
        assert all(service.title and service.verified for service in entry.services), entry.card.name


def test_the_fields_of_results_are_those_of_the_code(voicectl: Program) -> None:
    said = json.loads(voicectl("say", "hi", "-o", "a.wav", "-O", "json").stdout)
    assert tuple(said) == RESULTS["tts say"]
    assert Voice._fields == RESULTS["tts voices"]
    verified = json.loads(
        voicectl(
            "sign",
            "debug",
            "--scheme",
            "bearer",
            "--url",
            "https://h.test/",
            "-O",
            "json",
            env={"VOICECTL_ACCESS_KEY_SECRET": "EXAMPLE"},
        ).stdout
    )
    assert set(RESULTS["sign debug"]) == set(verified)


def test_the_fields_of_a_call_are_those_of_the_code() -> None:
    import inspect

    written = re.findall(r'^        "(\w+)":', inspect.getsource(call_shown), re.MULTILINE)
    assert tuple(written) == RESULTS["call create, call status"]


@pytest.mark.parametrize("width", [80, 200])
@pytest.mark.parametrize("topic", TOPICS)
def test_no_line_is_wider_than_the_terminal(topic: str, width: int, voicectl: Program) -> None:
    done = voicectl("help", topic, env={"COLUMNS": str(width)})
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert max(map(columns, lines)) <= width
    assert not any(line != line.rstrip() for line in lines)


def columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_format_that_is_asked_for_gives_rows(topic: str, voicectl: Program) -> None:
    rows = json.loads(voicectl("help", topic, "-O", "json").stdout)
    assert rows
    assert all(isinstance(row, dict) for row in rows)


def test_help_alone_lists_the_topics(voicectl: Program) -> None:
    done = voicectl("help")
    assert done.returncode == 0
    assert all(topic in done.stdout for topic in TOPICS)
    assert set(TOPICS) == set(PAGES)


@pytest.mark.parametrize("words", [["say"], ["tts", "say"], ["sign"], ["help"]], ids=" ".join)
def test_help_of_a_command_is_what_the_command_shows(words: list[str], voicectl: Program) -> None:
    assert voicectl("help", *words).stdout == voicectl(*words, "--help").stdout


def test_a_wrong_word_is_answered_with_the_nearest(voicectl: Program) -> None:
    done = voicectl("help", "vendor")
    assert done.returncode == 2
    assert "'vendors'" in done.stderr
    assert "'say'" in voicectl("help", "tts", "sya").stderr


def test_one_vendor_alone_is_shown_by_name(voicectl: Program) -> None:
    (row,) = json.loads(voicectl("help", "vendors", "aws", "-O", "json").stdout)
    assert row["vendor"] == "aws"
    assert voicectl("help", "vendors", "nobody").returncode == 2


def test_help_loads_nothing_heavy() -> None:
    loaded = modules_after("from voicectl.cli.app import run\nrun(['help', 'exit-codes'])")
    assert not (HEAVY - {"importlib.metadata"}) & loaded


def test_what_a_vendor_lacks_is_refused_with_those_who_have_it(voicectl: Program) -> None:
    done = voicectl("say", "hi", "--vendor", "local", "--style", "warm", "-o", "a.wav", "-O", "json")
    assert done.returncode == 2
    hint = json.loads(done.stderr.splitlines()[-1])["error"]["hint"]
    assert hint.splitlines()[-1] == f"vendors that take it: {', '.join(takers('style'))}"
    assert "local" not in takers("style")


def test_terms_longer_than_the_column_stand_alone() -> None:
    part = Part("Head", [("a", "one two three"), ("b" * 40, "four")])
    assert laid_out([part], 20, str.upper) == f"HEAD\n  a  one two three\n  {'b' * 40}\n     four\n"


def test_a_format_that_cannot_be_had_is_refused_with_those_who_have_it(voicectl: Program) -> None:
    done = voicectl("say", "hi", "-o", "a.aac")
    assert done.returncode == 2
    assert f"vendors that take it: {', '.join(takers('format', 'aac'))}" in done.stderr
