"""Accounts as deeds: what is stored where, what is said, what is refused before anything is stored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.actions.desk import Desk
from voicectl.actions.pasted import cleaned
from voicectl.actions.profile import Draft, listed, missing, remove, secrets_in, show, use
from voicectl.core.credentials import Secret
from voicectl.core.errors import (
    BadInput,
    ConfigError,
    CredentialError,
    Guarded,
    NotFound,
    UsageError,
    VoicectlError,
)
from voicectl.core.profile import Profile, check_host, check_name
from voicectl.profiles.forms import FORMS, form_of

CANARY = "CANARY-EXAMPLE"
PAIR = Draft(
    name="x",
    vendor="aliyun",
    region="cn-shanghai",
    fields={"access_key_id": "LTAIEXAMPLE", "nls_appkey": "app", "endpoint.dyvms": "https://d.example"},
    secrets={"access_key_secret": CANARY},
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def pair(vendor: str, key_id: str, secret: str = "s-EXAMPLE", **more: str) -> Draft:
    secrets = {"access_key_secret": secret, **more}
    return Draft(name="x", vendor=vendor, fields={"access_key_id": key_id}, secrets=secrets)


def test_secrets_go_to_the_store_and_everything_else_to_the_file(desk: Desk) -> None:
    assert desk.add(PAIR) == []
    assert desk.keyring.kept == {"x/access_key_secret": CANARY}
    text = desk.profiles.path.read_text()
    assert CANARY not in text
    profile = desk.profiles.load().profiles["x"]
    assert profile.settings == {"access_key_id": "LTAIEXAMPLE", "nls_appkey": "app"}
    assert profile.endpoints == {"dyvms": "https://d.example"}
    assert profile.secrets == {"access_key_secret": "keyring"}


def test_the_first_profile_becomes_the_default_and_use_changes_it(desk: Desk) -> None:
    desk.add(PAIR)
    desk.add(replace(PAIR, name="y"))
    assert desk.profiles.load().default == "x"
    use("y", desk.profiles)
    assert [(row["name"], row["default"]) for row in listed(desk.profiles.load())] == [
        ("x", False),
        ("y", True),
    ]
    with pytest.raises(NotFound, match="'gone'; there is: x, y"):
        use("gone", desk.profiles)


def test_list_and_show_have_the_contracts_form(desk: Desk) -> None:
    desk.add(replace(PAIR, store="file"))
    row = {
        "name": "x",
        "vendor": "aliyun",
        "region": "cn-shanghai",
        "default": True,
        "secrets": [{"field": "access_key_secret", "stored_in": "file"}],
    }
    assert listed(desk.profiles.load()) == (row,)
    assert show(desk.profiles.load(), "x", form_of) == row | {
        "settings": {"access_key_id": "LTAIEXAMPLE", "nls_appkey": "app"},
        "endpoint": {"dyvms": "https://d.example"},
        "host": {},
        "services": [
            {"service": "speech, NLS", "state": "ready", "missing": []},
            {"service": "speech, CosyVoice", "state": "incomplete", "missing": ["dashscope_api_key"]},
            {"service": "calls", "state": "ready", "missing": []},
            {"service": "recordings", "state": "ready", "missing": []},
        ],
    }


@pytest.mark.parametrize(
    ("settings", "secrets", "missing"),
    [
        ({}, {"speech_api_key": "keyring"}, ()),
        ({"speech_app_id": "1"}, {}, ("speech_access_token",)),
        ({"speech_app_id": "1"}, {"speech_access_token": "file"}, ()),
        ({}, {"speech_access_token": "cmd:op read op://x"}, ("speech_app_id",)),
        ({}, {"speech_api_key": "none"}, ("speech_api_key",)),
    ],
    ids=["new key", "half of the old way", "the old way", "a reference to half of it", "known to have none"],
)
def test_a_service_with_two_ways_lacks_the_shorter_one(
    settings: dict[str, str], secrets: dict[str, str], missing: tuple[str, ...]
) -> None:
    profile = Profile(name="v", vendor="volcengine", settings=settings, secrets=secrets)
    assert form_of("volcengine").gaps(profile)["speech"] == missing


def test_a_reference_brings_the_whole_pair() -> None:
    profile = Profile(name="v", vendor="aws", secrets={"access_key_secret": "cmd:aws-vault export x"})
    assert form_of("aws").gaps(profile) == {"speech": (), "recordings": ()}


def test_remove_forgets_secrets_too(desk: Desk) -> None:
    desk.add(PAIR)
    remove("x", desk.profiles, desk.stores)
    assert desk.keyring.kept == {}
    accounts = desk.profiles.load()
    assert (accounts.default, accounts.profiles) == ("", {})
    with pytest.raises(NotFound):
        remove("x", desk.profiles, desk.stores)


def test_a_name_that_is_taken_is_guarded_and_its_secrets_stay(desk: Desk) -> None:
    desk.add(PAIR)
    with pytest.raises(Guarded, match="'x' already"):
        desk.add(replace(PAIR, secrets={"access_key_secret": "other-EXAMPLE"}))
    assert desk.keyring.kept == {"x/access_key_secret": CANARY}


def test_replacing_forgets_what_the_new_profile_keeps_elsewhere(desk: Desk) -> None:
    desk.add(PAIR)
    desk.add(replace(PAIR, store="file"), replacing=True)
    assert desk.keyring.kept == {}
    assert desk.stores["file"].get("x", "access_key_secret") == Secret(CANARY)


def test_a_store_that_refuses_leaves_nothing_behind(desk: Desk) -> None:
    desk.keyring.broken = True
    with pytest.raises(ConfigError):
        desk.add(pair("aws", "ASIAEXAMPLE", security_token="t-EXAMPLE"))
    assert desk.profiles.load().profiles == {}
    assert desk.stores["state"].get("x", "security_token") is None


def test_a_profile_file_that_is_broken_is_found_before_anything_is_stored(desk: Desk) -> None:
    desk.profiles.path.parent.mkdir()
    desk.profiles.path.write_text("broken")
    with pytest.raises(ConfigError):
        desk.add(PAIR)
    assert desk.keyring.kept == {}


def test_a_second_store_that_refuses_takes_the_first_secret_back(desk: Desk) -> None:
    (desk.root / "state").write_text("in the way")
    with pytest.raises(ConfigError, match="cannot create"):
        desk.add(pair("aws", "ASIAEXAMPLE", security_token="t-EXAMPLE"))
    assert desk.keyring.kept == {}
    assert desk.profiles.load().profiles == {}


def test_a_session_token_rests_in_the_state_directory(desk: Desk) -> None:
    desk.add(pair("aws", "ASIAEXAMPLE", security_token="t-EXAMPLE"))
    assert list(desk.keyring.kept) == ["x/access_key_secret"]
    assert desk.profiles.load().profiles["x"].secrets["security_token"] == "state"


@pytest.mark.parametrize(
    ("vendor", "key_id"), [("aws", "ASIA1"), ("aliyun", "STS.1"), ("volcengine", "AKTP1")]
)
def test_a_temporary_id_without_its_token_is_refused(desk: Desk, vendor: str, key_id: str) -> None:
    draft = pair(vendor, f" {key_id}")
    assert missing(draft, FORMS[vendor]) == ("security_token",)
    with pytest.raises(CredentialError, match="security_token is missing"):
        desk.add(draft)
    assert desk.keyring.kept == {}


@pytest.mark.parametrize(
    ("vendor", "start"), [("aws", "AKIA"), ("aliyun", "LTAI"), ("volcengine", "AKLT"), ("tencent", "AKID")]
)
def test_a_swapped_pair_is_refused_and_a_strange_id_is_doubted(desk: Desk, vendor: str, start: str) -> None:
    with pytest.raises(BadInput, match="are swapped"):
        desk.add(pair(vendor, "wJalrSECRET", f"{start}EXAMPLE"))
    assert f"does not begin with {start}" in desk.add(pair(vendor, "strange"))[0]
    assert "strange" not in desk.add(pair(vendor, "strange"), replacing=True)[0]


def test_one_text_twice_is_refused() -> None:
    with pytest.raises(BadInput, match="are the same text"):
        Desk(Path()).add(pair("aws", "AKIA1", "AKIA1"))


def test_a_permanent_id_with_a_token_is_doubted(desk: Desk) -> None:
    assert "looks permanent" in desk.add(pair("aws", "AKIA1", security_token="t"))[0]


@pytest.mark.parametrize(
    ("pasted", "bare", "removed"),
    [
        ("key", "key", ()),
        (" key\t", "key", ("blanks",)),
        ("key\r\n", "key", ("line breaks",)),
        ('"key"\n', "key", ("line breaks", "quotes")),
        ("\ufeffkey", "key", ("invisible characters",)),
        ("“ key ”", "key", ("quotes", "blanks")),
        ("\u200b'key'", "key", ("invisible characters", "quotes")),
        ("'key", "'key", ()),
        ("a b", "a b", ()),
        ('""', "", ("quotes",)),
    ],
)
def test_what_pasting_adds_is_removed_and_named(pasted: str, bare: str, removed: tuple[str, ...]) -> None:
    assert cleaned(pasted) == (bare, removed)


def test_what_was_removed_is_said_without_the_secret(desk: Desk) -> None:
    notes = desk.add(replace(PAIR, secrets={"access_key_secret": f' "{CANARY}"\n'}))
    assert notes == ["removed blanks and quotes around access_key_secret"]
    assert desk.keyring.kept == {"x/access_key_secret": CANARY}


@pytest.mark.parametrize(("text", "words"), [(" ", "is empty"), (f"{CANARY}\nb", "line break")])
def test_a_secret_that_cannot_be_one_is_refused(desk: Desk, text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        desk.add(replace(PAIR, secrets={"access_key_secret": text}))
    assert CANARY not in f"{caught.value} {caught.value.facts}"


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"fields": {"access_key_secret": CANARY}}, UsageError, "does not belong on the command line"),
        ({"fields": {"nonsense": "x"}}, UsageError, "aliyun has no field 'nonsense'"),
        ({"fields": {"access_key_id": "LTAI1"}, "secrets": {}}, UsageError, "access_key_secret missing"),
        ({"fields": {}, "secrets": {}}, UsageError, "access_key_id, access_key_secret missing"),
        ({"fields": {**PAIR.fields, "endpoint.x": "ftp://a"}}, UsageError, "endpoint.x is no URL"),
        ({"name": "a/b"}, UsageError, "'a/b' is no name"),
    ],
)
def test_fields_that_will_not_do_are_refused_before_anything_is_stored(
    desk: Desk, change: dict[str, object], error: type[VoicectlError], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        desk.add(replace(PAIR, **change))  # type: ignore[arg-type]
    assert CANARY not in str(caught.value)
    assert desk.keyring.kept == {}
    assert not desk.profiles.path.exists()


def test_a_value_out_of_few_is_checked(desk: Desk) -> None:
    draft = Draft(name="e", vendor="emotivoice", fields={"api": "soap"})
    with pytest.raises(UsageError, match="openai, v1tts, youdao, not 'soap'"):
        desk.add(draft)


def test_a_server_without_a_key_is_recorded_as_such(desk: Desk) -> None:
    desk.add(Draft(name="e", vendor="emotivoice", fields={"base_url": "http://127.0.0.1:8000"}))
    profile = desk.profiles.load().profiles["e"]
    assert profile.secrets == {"api_key": "none"}
    assert listed(desk.profiles.load())[0]["secrets"] == []


def test_this_machines_own_speech_can_be_a_profile_without_any_secret(desk: Desk) -> None:
    desk.add(Draft(name="here", vendor="local"))
    assert listed(desk.profiles.load())[0]["secrets"] == []


def bearer(**fields: str) -> Draft:
    return Draft(name="b", vendor="openai", fields=fields, secrets={"api_key": CANARY})


@pytest.mark.parametrize(
    ("draft", "host"),
    [
        (bearer(), "api.openai.com"),
        (bearer(base_url="https://API.groq.example:8443/v1"), "api.groq.example"),
        (bearer(**{"endpoint.speech": "https://own.example"}), "own.example"),
    ],
)
def test_a_bearer_secret_is_bound_to_its_host(desk: Desk, draft: Draft, host: str) -> None:
    desk.add(draft)
    profile = desk.profiles.load().profiles["b"]
    assert profile.hosts == {"api_key": host}
    check_host(profile, "api_key", f"https://{host}:9/v1")
    with pytest.raises(Guarded, match=f"was stored for {host}, not for evil.example"):
        check_host(profile, "api_key", "https://evil.example/v1")
    with pytest.raises(Guarded):
        check_host(profile, "api_key", f"https://{host}.evil.example")
    check_host(profile, "api_key", "evil.example", allowed=["evil.example"])


def test_a_key_pair_is_bound_to_no_host(desk: Desk) -> None:
    desk.add(PAIR)
    check_host(desk.profiles.load().profiles["x"], "access_key_secret", "anywhere.example")


@pytest.mark.parametrize(
    ("text", "fields", "expected"),
    [
        ("only\n", {}, {"access_key_secret": "only\n"}),
        ("c2VjcmV0PT0=\n", {}, {"access_key_secret": "c2VjcmV0PT0=\n"}),
        (
            "\ufeffaccess_key_id=LTAI1\r\n\naccess_key_secret = a=b \n",
            {},
            {"access_key_id": "LTAI1", "access_key_secret": " a=b "},
        ),
        ("dashscope_api_key=d", {}, {"dashscope_api_key": "d"}),
    ],
)
def test_stdin_is_one_secret_or_lines_of_fields(
    text: str, fields: dict[str, str], expected: dict[str, str]
) -> None:
    assert secrets_in(text, FORMS["aliyun"], fields) == expected


def test_one_secret_goes_with_the_key_id_that_was_given() -> None:
    form = FORMS["emotivoice"]
    assert secrets_in("s", form, {}) == {"api_key": "s"}
    assert secrets_in("s", form, {"access_key_id": "i"}) == {"access_key_secret": "s"}


@pytest.mark.parametrize("text", ["", "\n \n", "api_key=x\nnonsense", f"api_key=x\n{CANARY}=y"])
def test_stdin_that_makes_no_sense_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        secrets_in(text, FORMS["openai"], {})
    assert CANARY not in f"{caught.value} {caught.value.facts}"


@pytest.mark.parametrize("name", ["x", "work-1", "a.b@c+d_e", "_x", "工作", "9"])
def test_names_that_shells_and_files_can_take(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "-x", ".x", "a b", "a/b", "a\\b", "a\nb", "a$b", "a'b", "\x1b[1m", "x" * 65], ids=repr
)
def test_names_that_would_hurt_somewhere_are_refused(name: str) -> None:
    with pytest.raises(UsageError):
        check_name(name)


def test_no_repr_shows_a_secret() -> None:
    assert CANARY not in repr(PAIR)
