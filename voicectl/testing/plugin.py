"""A plugin for pytest: the options of the conformance tests, and the vendor and stage they run on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from voicectl.core.account import AccountForm
from voicectl.core.errors import VoicectlError
from voicectl.core.vendor import Vendor
from voicectl.profiles.forms import form_of
from voicectl.testing.stage import Stage, stage_for
from voicectl.vendors.registry import load

MakeStage = Callable[[], Stage]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("voicectl", "conformance of voicectl's vendors")
    group.addoption("--vendor", action="append", default=[], help="The vendor's name; repeatable.")
    group.addoption("--region", default="", help="The region of the profile.")
    group.addoption(
        "--set", action="append", default=[], metavar="FIELD=VALUE", help="A public field of the profile."
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "vendor" in metafunc.fixturenames:
        metafunc.parametrize("vendor", metafunc.config.getoption("--vendor") or ["local"])


def pytest_sessionstart(session: pytest.Session) -> None:
    """Say once, in a line, that a vendor does not load."""
    for vendor in session.config.getoption("--vendor"):
        try:
            load(vendor)
        except VoicectlError as error:
            raise pytest.UsageError(str(error)) from None


@pytest.fixture
def card(vendor: str) -> Vendor:
    return load(vendor)


@pytest.fixture
def form(card: Vendor) -> AccountForm:
    """Return what an account of the vendor holds."""
    return form_of(card.name, card.account)


@pytest.fixture
def make_stage(vendor: str, form: AccountForm, request: pytest.FixtureRequest) -> MakeStage:
    """Return what makes a stage with a profile that has every public field of the vendor."""
    config = request.config
    given = dict(word.partition("=")[::2] for word in config.getoption("--set"))
    return lambda: stage_for(vendor, config.getoption("--region"), {**_example(form), **given}, _bearer(form))


def _example(form: AccountForm) -> dict[str, str]:
    """Return a value for each public field: the first choice, an address, or a word."""
    ids = {kind.key_id: "EXAMPLE-KEY-ID" for kind in form.kinds if kind.key_id}
    fields: dict[str, Any] = {
        field.name: field.choices[0]
        if field.choices
        else "https://voice.example"
        if field.is_url
        else "EXAMPLE"
        for field in form.fields
    }
    return {**ids, **fields}


def _bearer(form: AccountForm) -> frozenset[str]:
    return frozenset(kind.secret for kind in form.kinds if not kind.key_id)
