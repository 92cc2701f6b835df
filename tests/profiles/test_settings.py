"""profiles.toml: what is read, what is written, what is refused."""

import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from voicectl.core.errors import ConfigError
from voicectl.core.profile import Accounts, Profile
from voicectl.profiles.settings import ProfileFile

CONTRACT = """\
default = "x"
[profile.x]
vendor = "aliyun"
region = "cn-shanghai"
nls_appkey = "k"
[profile.x.endpoint]
nls_gateway = "https://nls.example"
"""


@pytest.fixture
def file(tmp_path: Path) -> ProfileFile:
    return ProfileFile(tmp_path)


def written(file: ProfileFile, text: str) -> ProfileFile:
    file.path.write_text(text, encoding="utf-8")
    file.path.chmod(0o600)
    return file


def with_profile(name: str, vendor: str = "aws") -> object:
    def change(accounts: Accounts) -> Accounts:
        return replace(
            accounts, profiles={**accounts.profiles, name: Profile(name=name, vendor=vendor, region="r")}
        )

    return change


def test_the_contracts_own_example_is_read(file: ProfileFile) -> None:
    accounts = written(file, CONTRACT).load()
    assert accounts.default == "x"
    assert accounts.profiles["x"] == Profile(
        name="x",
        vendor="aliyun",
        region="cn-shanghai",
        settings={"nls_appkey": "k"},
        endpoints={"nls_gateway": "https://nls.example"},
    )


def test_no_file_and_no_home_are_no_profiles(file: ProfileFile) -> None:
    assert file.load() == ProfileFile(None).load() == Accounts()


def test_what_is_written_is_read_again(file: ProfileFile) -> None:
    profile = Profile(
        name="名字.x",
        vendor="openai",
        settings={"base_url": 'https://a.example/"'},
        endpoints={"speech": "https://b.example"},
        secrets={"api_key": "keyring"},
        hosts={"api_key": "b.example"},
    )
    accounts = Accounts(default="名字.x", profiles={"名字.x": profile})
    file.update(lambda _: accounts)
    assert file.load() == accounts
    assert file.path.stat().st_mode & 0o777 == 0o600


def test_what_this_version_does_not_know_is_kept(file: ProfileFile) -> None:
    text = CONTRACT + '[profile.x.later]\na = 1\n[later]\nb = ["c"]\n'
    written(file, text).update(with_profile("y"))
    document = tomllib.loads(file.path.read_text())
    assert document["later"] == {"b": ["c"]}
    assert document["profile"]["x"]["later"] == {"a": 1}
    assert document["profile"]["y"] == {"vendor": "aws", "region": "r"}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('default = "x"\n[profile.x]\nvendor = aws\n', ":3:10: "),
        ("[profile.x]\nvendor = [", ":2:11: "),
        ("[profile.x]\nvendor\n", ":2:7: "),
    ],
    ids=["bare word", "end of file", "no value"],
)
def test_a_broken_file_is_refused_with_its_place_and_nothing_is_lost(
    file: ProfileFile, text: str, place: str
) -> None:
    written(file, text)
    for attempt in (file.load, lambda: file.update(with_profile("y"))):
        with pytest.raises(ConfigError) as caught:
            attempt()
        assert f"{file.path}{place}" in str(caught.value)
    assert file.path.read_text() == text


def test_a_file_that_is_no_utf8_is_refused_with_its_place(file: ProfileFile) -> None:
    file.path.write_bytes(b'default = "x"\n# \xe9t\xe9\n')
    with pytest.raises(ConfigError, match=r":2:3: this is no UTF-8"):
        file.load()


def test_a_byte_order_mark_is_no_error(file: ProfileFile) -> None:
    assert written(file, "\ufeff" + CONTRACT).load().default == "x"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("default = 1", "default is no text"),
        ("profile = 1", "profile is no table"),
        ('[profile]\nx = "aws"', "profile.x is no table"),
        ("[profile.x]\nregion = 'r'", "profile.x names no vendor"),
        ("[profile.x]\nvendor = 'aws'\nnls_appkey = 5", "profile.x.nls_appkey is no text"),
        ("[profile.x]\nvendor = 'aws'\nendpoint.polly = 5", "profile.x.endpoint.polly is no text"),
        ("[profile.'a/b']\nvendor = 'aws'", "'a/b' is no name"),
    ],
)
def test_a_file_of_the_wrong_shape_is_refused_by_name(file: ProfileFile, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        written(file, text).load()


@pytest.mark.slow
def test_processes_writing_at_once_lose_nothing(file: ProfileFile) -> None:
    code = (
        "import sys; from dataclasses import replace; from pathlib import Path\n"
        "from voicectl.core.profile import Profile; from voicectl.profiles.settings import ProfileFile\n"
        "for n in range(20):\n"
        "    name = f'{sys.argv[2]}{n}'\n"
        "    add = lambda a: replace(a, profiles={**a.profiles, name: Profile(name=name, vendor='aws')})\n"
        "    ProfileFile(Path(sys.argv[1])).update(add)"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(file.directory), word]) for word in ("a", "b")
    ]
    assert [writer.wait() for writer in writers] == [0, 0]
    assert set(file.load().profiles) == {f"{word}{n}" for word in "ab" for n in range(20)}


def test_without_a_file_no_parser_is_imported(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from voicectl.profiles.paths import directories\n"
        "from voicectl.profiles.settings import ProfileFile\n"
        "where = directories({'HOME': sys.argv[1]}, 'linux')\n"
        "assert not ProfileFile(where.config).load().profiles\n"
        "heavy = {'tomllib', 'tomli_w', 'platformdirs', 'keyring', 'tempfile', 'json'}\n"
        "print(sorted(heavy & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize(
    "line", ["price.per_million = 16", 'price.per_million = "16"', '"price.per_million" = "16"']
)
def test_a_price_is_a_setting_however_it_was_written(tmp_path: Path, line: str) -> None:
    file = ProfileFile(tmp_path)
    file.path.write_text(f'[profile.x]\nvendor = "aws"\n{line}\n')
    file.path.chmod(0o600)
    assert file.load().profiles["x"].settings == {"price.per_million": "16"}
    file.update(lambda accounts: accounts)
    assert '[profile.x.price]\nper_million = "16"\n' in file.path.read_text()
    assert file.load().profiles["x"].settings == {"price.per_million": "16"}


def test_what_this_version_does_not_know_goes_with_a_renamed_profile(tmp_path: Path) -> None:
    file = ProfileFile(tmp_path)
    file.path.write_text('[profile.x]\nvendor = "aws"\n[profile.x.later]\nkind = "new"\n')
    file.path.chmod(0o600)
    file.update(lambda found: Accounts(profiles={"y": replace(found.profiles["x"], name="y")}))
    assert tomllib.loads(file.path.read_text()) == {
        "profile": {"y": {"vendor": "aws", "later": {"kind": "new"}}}
    }
