"""The contract's rules for profiles and files, held against the real program."""

from __future__ import annotations

import pytest

from tests.conftest import Program

BROKEN = {
    "no TOML": "default = \n",
    "no vendor": 'default = "x"\n[profile.x]\nregion = "r"\n',
    "no text": 'default = "x"\n[profile.x]\nvendor = 3\n',
    "a vendor that nobody brings": 'default = "x"\n[profile.x]\nvendor = "awss"\n',
    "a default that is gone": 'default = "y"\n[profile.x]\nvendor = "aws"\n',
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_profiles_file_is_a_configuration_error(name: str, voicectl: Program) -> None:
    folder = voicectl.home / ".config" / "voicectl"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "profiles.toml").write_text(BROKEN[name])
    done = voicectl("tts", "voices")
    assert (done.returncode, done.stdout) == (78, ""), done.stderr


def test_what_is_written_lies_in_directories_that_are_ours_alone(voicectl: Program) -> None:
    add = ("profile", "add", "x", "--vendor", "aws", "--store", "file", "--set", "access_key_id=ASIAEXAMPLE")
    lines = "access_key_secret=secret-EXAMPLE\nsecurity_token=token-EXAMPLE\n"
    places = {
        f"VOICECTL_{name}_DIR": str(voicectl.home / "deep" / name) for name in ("CONFIG", "CACHE", "STATE")
    }
    assert voicectl(*add, "--secret-stdin", stdin=lines, env=places).returncode == 0
    made = [path for path in (voicectl.home / "deep").rglob("*") if path.is_dir()]
    assert len(made) >= len(places)
    assert {path.stat().st_mode & 0o777 for path in made} == {0o700}
    files = [path for path in (voicectl.home / "deep").rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


@pytest.mark.parametrize(
    ("env", "settings"),
    [
        ({"VOICECTL_ENDPOINT_URL": "nowhere"}, ()),
        ({"OPENAI_BASE_URL": "https://[::1"}, ()),
        ({}, ('base_url = "https://h:port"',)),
        ({}, ("[profile.x.endpoint]", 'speech = "nowhere"')),
    ],
    ids=["our variable", "the vendor's variable", "a field", "an endpoint"],
)
def test_an_address_that_is_none_is_a_configuration_error_unless_a_flag_gave_it(
    env: dict[str, str], settings: tuple[str, ...], voicectl: Program
) -> None:
    folder = voicectl.home / ".config" / "voicectl"
    folder.mkdir(parents=True, mode=0o700)
    lines = ('default = "x"', "[profile.x]", 'vendor = "openai"', *settings)
    (folder / "profiles.toml").write_text("\n".join(lines))
    words = ("say", "hi", "-o", "a.wav", "-n")
    done = voicectl(*words, env={"OPENAI_API_KEY": "sk-EXAMPLE", **env})
    assert (done.returncode, "is no endpoint" in done.stderr) == (78, True), done.stderr
    assert voicectl(*words, "--endpoint-url", "nowhere", env={"OPENAI_API_KEY": "sk-EXAMPLE"}).returncode == 2
