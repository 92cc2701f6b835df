"""Where our directories are, for each environment."""

from pathlib import Path

import pytest

from voicectl.core.errors import ConfigError
from voicectl.profiles.paths import directories, needed


def test_home_alone_gives_the_xdg_places() -> None:
    found = directories({"HOME": "/home/a"}, "linux")
    assert found.config == Path("/home/a/.config/voicectl")
    assert found.cache == Path("/home/a/.cache/voicectl")
    assert found.state == Path("/home/a/.local/state/voicectl")


def test_xdg_variables_move_a_place_and_a_relative_one_is_ignored() -> None:
    found = directories({"HOME": "/h", "XDG_CONFIG_HOME": "/c", "XDG_CACHE_HOME": "rel"}, "linux")
    assert found.config == Path("/c/voicectl")
    assert found.cache == Path("/h/.cache/voicectl")


def test_our_own_variables_win_and_are_taken_as_they_are() -> None:
    environment = {"XDG_STATE_HOME": "/s", "VOICECTL_STATE_DIR": "/own", "VOICECTL_CONFIG_DIR": "/conf"}
    found = directories(environment, "linux")
    assert (found.state, found.config, found.cache) == (Path("/own"), Path("/conf"), None)


@pytest.mark.parametrize("environment", [{}, {"HOME": ""}, {"HOME": "relative"}], ids=str)
def test_without_a_home_there_are_no_places(environment: dict[str, str]) -> None:
    assert directories(environment, "linux").cache is None


def test_a_place_that_is_needed_and_missing_names_its_variable() -> None:
    with pytest.raises(ConfigError) as caught:
        needed(None, "VOICECTL_CONFIG_DIR")
    assert "VOICECTL_CONFIG_DIR" in caught.value.hint


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_desktops_ask_platformdirs(platform: str) -> None:
    found = directories({"VOICECTL_CACHE_DIR": "/c"}, platform)
    assert found.config is not None
    assert found.config.name == "voicectl"
    assert found.cache == Path("/c")
