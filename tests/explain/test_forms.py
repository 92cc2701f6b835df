"""A header that is written wrongly is told as that, and what it still says is not held against it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.explain.rich_requests import Rich, all_rich
from voicectl.explain import detect
from voicectl.explain.captured import Captured
from voicectl.explain.engine import explain
from voicectl.explain.verdict import Explanation

RICH = {each.name: each for each in all_rich()}
HEADERS = ("aws header", "volcengine", "tc3 post", "acs3", "oss4", "tos4")
WRITTEN: dict[str, Callable[[str], str]] = {
    "semicolons between the parts": lambda text: re.sub(r",\s*", ";", text),
    "blanks between the parts": lambda text: re.sub(r",\s*", " ", text),
    "a comma too many": lambda text: f"{text},",
    "no value": lambda text: re.sub("Signature=.*", "Signature=", text),
    "no signature": lambda text: re.sub(",[^,]*Signature=.*", "", text),
    "no credential": lambda text: re.sub(r"Credential=[^,]*,\s*", "", text),
    "a colon": lambda text: text.replace("Signature=", "Signature:"),
    "nothing": lambda text: text.replace("Signature=", "Signature"),
    "small letters": lambda text: text.replace("Credential", "credential"),
    "several": lambda text: text.replace("Credential", "Credentials"),
    "brackets": lambda text: re.sub("Signature=(.*)", r"Signature={\1}", text),
    "quotes": lambda text: re.sub("Signature=(.*)", r'Signature="\1"', text),
    "a blank in the key id": lambda text: re.sub(r"(Credential=\w{4})", r"\1 ", text),
    "an encoded scope": lambda text: re.sub("Credential=[^,]*", lambda m: m[0].replace("/", "%2F"), text),
    "a listing by commas": lambda text: re.sub("Headers=[^, ]*", lambda m: m[0].replace(";", ","), text),
    "no algorithm": lambda text: text.partition(" ")[2],
    "another algorithm": lambda text: text.replace("SHA256", "SHA1", 1),
    "nothing that is known": lambda text: text.partition(" ")[0] + " x",
    "two words before it": lambda text: f"Bearer {text}",
}


def explained(rich: Rich, captured: Captured) -> Explanation:
    """Explain by sight alone, without a search."""
    return explain(
        captured,
        rich.credentials,
        scheme=detect.family(rich.signer.scheme),
        region=rich.signer.region,
        service=rich.signer.service,
        options={key: value for key, value in rich.options.items() if key == "bucket"},
        catalogue=(),
    )


@pytest.mark.parametrize("form", WRITTEN)
@pytest.mark.parametrize("name", HEADERS)
def test_a_header_in_a_wrong_form_is_malformed_and_nothing_else(name: str, form: str) -> None:
    rich = RICH[name]
    captured = rich.wire()
    right = captured.request.header("Authorization") or ""
    wrong = WRITTEN[form](right)
    if wrong == right:
        return
    changed = replace(captured, request=captured.request.with_header("Authorization", wrong))
    explanation = explained(rich, changed)
    assert [cause.id for cause in explanation.causes] == ["auth-malformed"]
    assert explanation.proved


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        ("aws query", "X-Amz-Algorithm"),
        ("aws query", "X-Amz-Credential"),
        ("aws query", "X-Amz-SignedHeaders"),
        ("oss4 query", "x-oss-credential"),
        ("oss4 query", "x-oss-signature-version"),
        ("volcengine query", "X-Algorithm"),
        ("volcengine query", "X-Credential"),
    ],
)
def test_a_query_that_lacks_a_part_is_malformed_before_all_else(name: str, parameter: str) -> None:
    rich = RICH[name]
    request = rich.wire().request
    parts = [part for part in request.query.split("&") if not part.startswith(f"{parameter}=")]
    explanation = explained(rich, Captured(request=request.with_query("&".join(parts)), form="http"))
    assert explanation.causes[0].id == "auth-malformed"
    assert parameter in explanation.causes[0].evidence
    assert explanation.proved
