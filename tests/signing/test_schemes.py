"""The table of schemes: options, lazy loading, and schemes that other packages bring."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.packages import install
from voicectl.core.errors import UsageError
from voicectl.signing import schemes


@pytest.mark.parametrize("name", schemes.names())
def test_every_name_builds_a_signer_that_knows_its_name(name: str) -> None:
    assert schemes.build(name, region="r", service="s").scheme == name


@pytest.mark.parametrize("name", schemes.names())
def test_an_unknown_option_is_refused_with_those_that_exist(name: str) -> None:
    with pytest.raises(UsageError, match="has no option 'colour'; it has: "):
        schemes.build(name, options={"colour": "red"})


def test_an_option_that_is_null_counts_as_not_given() -> None:
    assert schemes.build("aliyun-oss-v4", options={"expires": None}) is not None
    assert schemes.build("tencent-tc3", options={"bucket": None}) is not None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"double_encode": "perhaps"}, "true or false"),
        ({"expires": "ten"}, "whole number"),
        ({"expires": True}, "whole number"),
        ({"expires": -5}, "whole number"),
        ({"payload": "md5"}, "sha256 or UNSIGNED-PAYLOAD"),
        ({"payload": 7}, "text"),
    ],
)
def test_a_wrong_value_says_what_the_option_takes(options: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        schemes.build("aws-sigv4", options=options)


def test_words_of_the_command_line_mean_what_json_values_mean() -> None:
    words = schemes.build("aws-sigv4-query", options={"expires": "60", "double_encode": "no"})
    values = schemes.build("aws-sigv4-query", options={"expires_seconds": 60, "double_encode": False})
    assert (words.expires, words.encode_path) == (values.expires, values.encode_path)  # type: ignore[attr-defined]


def test_an_unknown_scheme_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match="no signature scheme 'aws-sigv5'; there are: aws-sigv4, "):
        schemes.build("aws-sigv5")


def test_only_the_module_of_the_scheme_is_loaded_and_no_metadata() -> None:
    code = (
        "import sys; from voicectl.signing import schemes; schemes.build('aws-sigv4');"
        "print(*(m for m in sys.modules if m.startswith(('importlib.m', 'email', 'voicectl.s'))))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "aws_v4" in loaded
    for absent in ("importlib.metadata", "email", "volc_v4", "oss_v1"):
        assert absent not in loaded


PLUGIN = """
from dataclasses import replace
from voicectl.signing import schemes

def build(name, region, service, options):
    scheme = schemes.build("aws-sigv4", region=region, service=service)
    return replace(scheme, scheme=name, key_prefix="ACME4")

def build_nothing(name, region, service, options):
    raise RuntimeError("no licence")
"""
ENTRY_POINTS = """[voicectl.schemes]
acme4 = acme_signing:build
acme-broken = acme_signing:build_nothing
acme-missing = acme_absent:build
aws-sigv4 = acme_signing:build_nothing
"""
ASK = """
import sys
from datetime import datetime, timezone
from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials, Secret
from voicectl.core.errors import VoicectlError
from voicectl.core.request import Request
from voicectl.signing import schemes
try:
    signer = schemes.build(sys.argv[1], region="r", service="s")
    at = Moment(datetime(2026, 1, 2, tzinfo=timezone.utc), "")
    signed = signer.sign(Request(method="GET", host="h"), Credentials(secret=Secret("EXAMPLE")), at)
    print(signed.trace.scheme, signed.trace.key_steps[0], signed.trace.signature)
except VoicectlError as error:
    print(type(error).__name__, error, "|", error.hint)
"""


@pytest.fixture(scope="module")
def plugged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory into which pip installed a package with schemes."""
    return install(tmp_path_factory.mktemp("plugin"), "acme-signing", PLUGIN, ENTRY_POINTS)


def answer(plugged: Path, name: str) -> str:
    code = f"import sys; sys.path.append({str(plugged)!r})\n{ASK}"
    done = subprocess.run([sys.executable, "-c", code, name], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.slow
def test_a_scheme_of_an_installed_package_signs(plugged: Path) -> None:
    assert answer(plugged, "acme4").startswith("acme4 ACME4 + secret ")


@pytest.mark.slow
def test_a_broken_scheme_names_its_package(plugged: Path) -> None:
    for name, reason in (("acme-broken", "no licence"), ("acme-missing", "acme_absent")):
        said = answer(plugged, name)
        assert said.startswith(f"ConfigError the plugin {name!r} of the package 'acme-signing' is broken")
        assert reason in said
        assert said.endswith("or pip uninstall acme-signing")


@pytest.mark.slow
def test_a_package_cannot_shadow_a_built_in_scheme(plugged: Path) -> None:
    assert answer(plugged, "aws-sigv4").startswith("aws-sigv4 AWS4 + secret ")


@pytest.mark.slow
def test_schemes_of_packages_are_listed_where_a_name_is_unknown(plugged: Path) -> None:
    said = answer(plugged, "acme5")
    assert "gateway-hmac, acme-broken, acme-missing, acme4" in said
    assert said.count("aws-sigv4,") == 1
