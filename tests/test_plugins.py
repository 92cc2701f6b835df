"""A vendor and a scheme of another package, installed by pip, through the real process."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cloud.server import Answer, RawRequest, serving
from tests.cloud.sounds import made
from tests.conftest import Program
from tests.packages import Package, install, install_all, install_project
from voicectl.vendors.registry import BUILT_IN

EXAMPLE = Path(__file__).parent / "example"
BROKEN = """
def broken():
    raise RuntimeError
"""
BROKEN_POINTS = """[voicectl.vendors]
acme-broken = acme_absent:CARD
acme-wrong = broken_voice:broken
local = broken_voice:broken
"""
CANARY = "0123456789-CANARY-EXAMPLE"
KEYS = {"access_key_id": "ACMEKEY", "access_key_secret": "secretEXAMPLE"}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the example and a package that is of no use are installed."""
    place = tmp_path_factory.mktemp("plugins")
    install(place, "broken-voice", BROKEN, BROKEN_POINTS)
    return install_project(EXAMPLE, place)


@pytest.fixture
def program(voicectl: Program, package: Path) -> Program:
    return replace(voicectl, environ={**voicectl.environ, "PYTHONPATH": str(package)})


def speak(request: RawRequest) -> Answer:
    signed = "ACMEKEY/" in (request.header("authorization") or "")
    if not signed:
        return Answer(
            403, (("Content-Type", "application/json"),), b'{"code": "NoSuchKey", "message": "who?"}'
        )
    return Answer(200, (("Content-Type", "audio/wav"),), made("wav"))


def test_a_vendor_of_another_package_speaks_with_a_profile_of_its_own(program: Program) -> None:
    stored = program(
        "profile", "add", "mine", "--vendor", "acme", "--store", "file",
        "--set", "key_id=ACMEKEY", "--secret-stdin", stdin=CANARY,
    )  # fmt: skip
    assert stored.returncode == 0, stored.stderr
    with serving(speak) as server:
        done = program("say", "hello", "-p", "mine", "--endpoint-url", server.url, "-o", "x.wav")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["vendor"], result["voice"]) == ("acme", "ann")
    voices = json.loads(program("tts", "voices", "-p", "mine").stdout)
    assert [voice["id"] for voice in voices] == ["ann", "wei"]


IN_VARIABLES = {"ACME_KEY_ID": "ACMEKEY", "ACME_KEY_SECRET": CANARY, "ACME_PROJECT": "theirs"}


def add(program: Program, *words: str, stdin: str = CANARY) -> subprocess.CompletedProcess[str]:
    return program(
        "profile", "add", "mine", "--vendor", "acme", "--store", "file",
        "--set", "key_id=ACMEOWN", *words, "--secret-stdin", stdin=stdin,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "key_id", "project"),
    [
        (("--vendor", "acme"), "ACMEKEY", "theirs"),
        ((), "ACMEKEY", "theirs"),
        (("-p", "mine"), "ACMEOWN", "own"),
    ],
)
def test_the_variables_of_its_card_count_like_those_of_any_vendor(
    program: Program, words: tuple[str, ...], key_id: str, project: str
) -> None:
    assert add(program, "--set", "project=own").returncode == 0
    say = ("say", "hello", *words, "-o", "x.wav")
    request = json.loads(program(*say, "-n", env=IN_VARIABLES).stdout)["requests"][0]
    assert f"Credential={key_id}/" in str(request)
    assert json.loads(request["body"])["project"] == project
    shown = json.loads(program("profile", "show", "--origin", *words, env=IN_VARIABLES).stdout)
    origin = {row["field"]: row["origin"] for row in shown}
    own = words == ("-p", "mine")
    assert origin["key_id"] == ("profile" if own else "env ACME_KEY_ID")
    assert origin["project"] == ("profile" if own else "env ACME_PROJECT")


def test_a_profile_holds_what_its_card_says_and_nothing_else(program: Program) -> None:
    odd = add(program, "--set", "base_url=https://h.example")
    assert odd.returncode == 2
    assert "project" in odd.stderr
    shown = add(program, "--set", f"key_secret={CANARY}")
    assert (shown.returncode, CANARY in shown.stdout + shown.stderr) == (2, False)
    assert add(program).returncode == 0
    assert program("profile", "set", "mine", "project=p").returncode == 0
    profile = json.loads(program("profile", "show", "mine").stdout)
    assert profile["settings"] == {"key_id": "ACMEOWN", "project": "p"}
    assert profile["services"] == [{"service": "speech", "state": "ready", "missing": []}]
    assert [row["field"] for row in profile["secrets"]] == ["key_secret"]
    words = ("--scheme", "acme4", "--region", "r", "--service", "s", "--url", "https://h.example/")
    signed = program("sign", "debug", "-p", "mine", *words)
    assert (signed.returncode, "ACMEOWN/" in signed.stdout) == (0, True)
    lines = program("auth", "env", "-p", "mine").stdout
    assert f"ACME_KEY_SECRET='{CANARY}'" in lines or f"ACME_KEY_SECRET={CANARY}" in lines
    checks = {row["check"]: row["status"] for row in json.loads(program("doctor", "-O", "json").stdout)}
    assert checks["keys of profile mine"] == "ok"


def test_the_program_that_brings_its_key_does_not_see_its_variables(program: Program) -> None:
    seen = program.home / "seen"
    reading = f"cmd:sh -c 'env > {seen}; echo {CANARY}'"
    words = ("--vendor", "acme", "--set", "key_id=ACMEOWN", "--secret-from", reading)
    assert program("profile", "add", "mine", *words).returncode == 0
    other = {**IN_VARIABLES, "ACME_KEY_SECRET": "another-EXAMPLE", "HUE": "green"}
    done = program("say", "hello", "-p", "mine", "-n", "-o", "x.wav", env=other)
    assert done.returncode == 0, done.stderr
    assert "HUE=green" in seen.read_text()
    assert "another-EXAMPLE" not in seen.read_text()


def test_a_player_does_not_see_its_variables(program: Program, tmp_path: Path) -> None:
    player = tmp_path / "paplay"
    player.write_text(f"#!/bin/sh\nenv > {tmp_path}/seen\nexec cat\n")
    player.chmod(0o755)
    path = {"PATH": f"{tmp_path}:{program.environ.get('PATH', '/usr/bin:/bin')}", "HUE": "green"}
    with serving(speak) as server:
        words = ("say", "hello", "--vendor", "acme", "--play", "--endpoint-url", server.url)
        done = program(*words, env={**IN_VARIABLES, **path})
    assert done.returncode == 0, done.stderr
    seen = (tmp_path / "seen").read_text()
    assert "HUE=green" in seen
    assert CANARY not in seen


@pytest.mark.parametrize(
    "words", [("say", "hi", "-p", "mine", "-o", "x.wav"), ("profile", "show", "mine", "--origin")]
)
def test_a_profile_whose_package_is_gone_is_a_matter_of_configuration(
    program: Program, words: tuple[str, ...]
) -> None:
    add(program)
    without = replace(program, environ={**program.environ, "PYTHONPATH": ""})
    done = without(*words)
    assert "there is no vendor 'acme'" in done.stderr
    assert done.returncode == 78


def test_a_scheme_of_another_package_works_in_sign_debug(program: Program) -> None:
    keys = {"VOICECTL_ACCESS_KEY_ID": "A", "VOICECTL_ACCESS_KEY_SECRET": "s"}
    words = ("--scheme", "acme4", "--region", "r", "--service", "s", "--url", "https://h.example/")
    shown = json.loads(program("sign", "debug", *words, env=keys).stdout)
    assert shown["scheme"] == "acme4"
    assert len(shown["signature"]) == 64


def test_a_broken_vendor_is_named_with_its_package_and_breaks_nothing_else(program: Program) -> None:
    broken = program("say", "hi", "--vendor", "acme-broken", "-o", "x.wav")
    assert broken.returncode == 78
    assert "broken-voice" in broken.stderr
    assert program("say", "hi", "--vendor", "local", "-o", "x.wav").returncode == 0


@pytest.mark.parametrize(("setting", "code"), [("none", 78), ("other", 78), ("acme,other", 0), ("all", 0)])
def test_plugins_load_only_where_the_user_lets_them(program: Program, setting: str, code: int) -> None:
    env = {"VOICECTL_PLUGINS": setting}
    voices = program("tts", "voices", "--vendor", "acme", env=env)
    assert voices.returncode == code
    assert ("VOICECTL_PLUGINS" in voices.stderr) == (code != 0)
    assert program("tts", "voices", "--vendor", "local", env=env).returncode == 0


def test_a_forbidden_scheme_is_forbidden_in_flags_and_cases(program: Program) -> None:
    env = {"VOICECTL_PLUGINS": "none", "VOICECTL_ACCESS_KEY_ID": "A", "VOICECTL_ACCESS_KEY_SECRET": "s"}
    words = ("--scheme", "acme4", "--region", "r", "--service", "s", "--url", "https://h.example/")
    assert program("sign", "debug", *words, env=env).returncode == 78
    case = {"name": "x", "signer": "acme4", "credentials": KEYS, "context": {}, "request": {}}
    assert program("sign", "debug", "--from", "-", stdin=json.dumps(case), env=env).returncode == 78
    raw = "GET / HTTP/1.1\nHost: h.example\nAuthorization: x\n\n"
    assert program("sign", "explain", "-", "--scheme", "acme4", stdin=raw, env=env).returncode == 78


def test_plugin_list_tells_of_each_whether_it_works(program: Program) -> None:
    done = program("plugin", "list")
    assert done.returncode == 3
    rows = {(row["kind"], row["name"]): row for row in json.loads(done.stdout)}
    health = {name: row["health"] for name, row in rows.items()}
    assert health == {
        ("vendor", "acme"): "ok",
        ("vendor", "acme-broken"): "broken",
        ("vendor", "acme-wrong"): "broken",
        ("vendor", "local"): "shadowed",
        ("scheme", "acme4"): "ok",
    }
    assert "acme_absent" in rows["vendor", "acme-broken"]["reason"]
    assert "is not a voicectl.core.vendor.Vendor" in rows["vendor", "acme-wrong"]["reason"]
    good = rows["vendor", "acme"]
    assert (good["distribution"], good["version"], good["entry_point"]) == (
        "acme-voice",
        "1.0",
        "acme_voice:CARD",
    )


def test_plugin_list_loads_nothing_that_may_not_load(program: Program) -> None:
    done = program("plugin", "list", env={"VOICECTL_PLUGINS": "acme4"})
    assert done.returncode == 0
    health = {row["name"]: row["health"] for row in json.loads(done.stdout)}
    assert (health["acme4"], health["acme"], health["acme-broken"]) == ("ok", "forbidden", "forbidden")


def test_the_example_is_a_vendor_in_100_lines_and_its_errors_are_its_own(program: Program) -> None:
    assert len((EXAMPLE / "acme_voice.py").read_text().splitlines()) <= 100
    add = ("profile", "add", "mine", "--vendor", "acme", "--store", "file", "--set", "key_id=OTHER")
    assert program(*add, "--secret-stdin", stdin=CANARY).returncode == 0
    with serving(speak) as server:
        done = program(
            "say", "hello", "-p", "mine", "--endpoint-url", server.url, "-o", "x.wav", "-O", "json"
        )
    error = json.loads(done.stderr.splitlines()[-1])["error"]
    assert (done.returncode, error["vendor_code"], error["message"]) == (
        77,
        "NoSuchKey",
        "acme refuses: who?",
    )
    wish = program("say", "hello", "-p", "mine", "--rate", "3", "-o", "x.wav")
    assert (wish.returncode, "0.5 to 2" in wish.stderr) == (2, True)


CONFORMING = {
    "aws": ("--region", "eu-west-1"),
    "aliyun": ("--region", "cn-shanghai"),
    "volcengine": ("--region", "cn-north-1"),
    "tencent": ("--region", "ap-guangzhou"),
    "twilio": ("--set", "account_sid=AC00000000000000000000000000000000"),
    "openai": (),
    "emotivoice": (),
    "local": (),
    "acme": (),
}


@pytest.mark.slow
@pytest.mark.parametrize("vendor", [*BUILT_IN, "acme"])
def test_every_vendor_keeps_the_promises_that_an_author_runs(program: Program, vendor: str) -> None:
    words = [sys.executable, "-m", "voicectl.testing", "-q", "--vendor", vendor, *CONFORMING[vendor]]
    done = subprocess.run(
        words, env=program.environment(), cwd=program.home, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


FUTURE = "from __future__ import annotations\n"
MORE = f"{FUTURE}from voicectl.core.endpoint import Endpoint\n"
HOST = "https://speech.acme.example"
EARLY = (
    f'access.client(acme4("acme4", "", "", {{}}), judge).send(Endpoint.of("{HOST}").request("GET", "/early"))'
)
FAULTS = {
    "plain-http": ('"https://', '"http://', 1, "what bears keys travels over TLS"),
    "secret-in-url": ('"/speak",', '"/speak?k=CANARY-secret-EXAMPLE",', 1, "it never travels"),
    "judge-fails": ("(ValueError, KeyError, TypeError)", "IndexError", 1, "JSONDecodeError"),
    "heavy": ("import json\n", "import json\nimport httpx\n", 1, "in the function that needs it"),
    "asks-early": ("self._access = access", EARLY, 1, f"{HOST}/early is asked before anybody"),
    "other-name": ('name="acme"', 'name="other"', 4, "says that its name is 'other'"),
    "other-account": ('vendor="acme",\n    kinds', 'vendor="other",\n    kinds', 4, "its vendor is 'other'"),
    "odd-field": ('PublicField("project"', 'PublicField("Project"', 1, "lower_snake_case"),
    "open-secret": ('PublicField("project"', 'PublicField("project_token"', 1, "a secret is no public field"),
    "no-python": ("class Speech:", "class Speech", 4, "SyntaxError: expected ':'"),
}
"""What is done to the example, how the tests end, and the words by which an author learns of it."""


@pytest.mark.parametrize(("good", "bad", "code", "told"), FAULTS.values(), ids=FAULTS)
def test_an_author_is_told_which_promise_is_broken(
    program: Program, tmp_path: Path, good: str, bad: str, code: int, told: str
) -> None:
    source = (EXAMPLE / "acme_voice.py").read_text()
    assert good in source
    points = "[voicectl.vendors]\nacme = faulty_voice:CARD\n"
    place = install(tmp_path, "faulty-voice", source.replace(FUTURE, MORE).replace(good, bad), points)
    done = subprocess.run(
        [sys.executable, "-m", "voicectl.testing", "-q", "--vendor", "acme"],
        env=program.environment({"PYTHONPATH": str(place)}),
        cwd=program.home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, told in done.stdout + done.stderr) == (code, True), done.stdout


CARD = "from voicectl.core.vendor import Vendor\nCARD = Vendor(name={name!r}, title='Acme'{more})\n"
SORTS = {
    "absent": ("import a_module_that_is_not_there", "No module named 'a_module_that_is_not_there'"),
    "syntax": ("def (:", "SyntaxError: invalid syntax"),
    "empty": ("", "has no attribute 'CARD'"),
    "type": ("CARD = 5", "int is not a voicectl.core.vendor.Vendor"),
    "newer": (CARD.format(name="acme-newer", more=", hologram=None"), "hologram"),
    "raises": ("raise RuntimeError('no {x} here')", "RuntimeError: no {x} here"),
    "exits": ("import sys\nsys.exit(3)", "SystemExit: 3"),
    "other": (CARD.format(name="aws", more=""), "its card says that its name is 'aws'"),
    "form": (CARD.format(name="acme-form", more=", account='key'"), "the account of its card is str"),
    "text": (CARD.format(name="acme-text", more=", tts='speech'"), "'tts' of its card is not a function"),
}
"""What a plugin's module holds, and how its fault is told; each is the vendor `acme-SORT`."""
FINE = {
    "prints": "print('hello from a plugin')\n" + CARD.format(name="acme-prints", more=""),
    "slow": "import time\ntime.sleep(1.5)\n" + CARD.format(name="acme-slow", more=""),
    "fails": CARD.format(name="acme-fails", more=", tts=lambda access: 1 / 0"),
}
TRACE = "from pathlib import Path\nPath.home().joinpath('loaded').open('a').write(__name__)\n"


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where a plugin of every sort is installed; each leaves a trace where it is loaded."""
    packages = []
    for sort, source in {**{sort: source for sort, (source, _) in SORTS.items()}, **FINE}.items():
        point = f"[voicectl.vendors]\nacme-{sort} = {sort}_voice:CARD\n"
        packages.append(Package(f"{sort}-voice", TRACE + source, point))
    for name in ("one", "two"):
        point = f"[voicectl.vendors]\nacme-twice = {name}_voice:CARD\n"
        packages.append(Package(f"{name}-voice", TRACE + CARD.format(name="acme-twice", more=""), point))
    packages.append(Package("odd-voice", TRACE, "[voicectl.vendors]\nacme-odd = no module at all\n"))
    return install_all(tmp_path_factory.mktemp("zoo"), packages)


@pytest.fixture
def among(voicectl: Program, zoo: Path) -> Program:
    return replace(voicectl, environ={**voicectl.environ, "PYTHONPATH": str(zoo)})


def test_plugin_list_names_a_broken_plugin_of_every_sort(among: Program) -> None:
    done = among("plugin", "list", "-O", "json")
    rows = json.loads(done.stdout)
    told = {row["name"].removeprefix("acme-"): row for row in rows}
    for sort, (_, fault) in SORTS.items():
        assert told[sort]["health"] == "broken"
        assert fault in told[sort]["reason"]
        assert told[sort]["distribution"] == f"{sort}-voice"
    assert {told[sort]["health"] for sort in FINE} == {"ok"}
    assert [row["health"] for row in rows if row["name"] == "acme-twice"] == ["broken", "broken"]
    assert "one-voice" in told["twice"]["reason"]
    assert "'no module at all' is not written module:attribute" in told["odd"]["reason"]
    assert done.returncode == 3


@pytest.mark.parametrize("sort", [*SORTS, "twice", "odd"])
def test_a_broken_vendor_that_is_named_costs_one_plain_error(among: Program, sort: str) -> None:
    done = among("tts", "voices", "--vendor", f"acme-{sort}")
    assert (done.returncode, done.stdout) == (78, "")
    assert f"'acme-{sort}'" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_plugin_is_loaded_by_what_does_not_name_it(among: Program) -> None:
    for words in (["--help"], ["--version"], ["tts", "voices", "--vendor", "local"], ["help", "vendors"]):
        assert among(*words).returncode == 0
    among("profile", "list")
    among("doctor")
    assert not (among.home / "loaded").exists()
    among("tts", "voices", "--vendor", "acme-slow")
    assert (among.home / "loaded").read_text() == "slow_voice"


def test_what_a_plugin_prints_is_no_result(among: Program) -> None:
    done = among("tts", "voices", "--vendor", "acme-prints")
    assert "hello" not in done.stdout
    assert "hello from a plugin" in done.stderr


def test_a_bug_in_a_plugin_is_not_called_ours(among: Program) -> None:
    done = among("tts", "voices", "--vendor", "acme-fails")
    assert done.returncode == 70
    assert "a bug in the plugin 'acme-fails' of the package 'fails-voice': ZeroDivisionError" in done.stderr
