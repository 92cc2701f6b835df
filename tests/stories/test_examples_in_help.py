"""Every example that help shows is pasted into a shell, before a cloud that the sandbox plays."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from random import randrange
from sysconfig import get_path
from typing import NamedTuple

import pytest

from tests.cli.test_examples import COMMANDS
from tests.conftest import Program
from voicectl.cli.help_text import ROOT_EXAMPLES, examples_in
from voicectl.testing.sandbox import Sandbox

pytest_plugins = ["voicectl.testing.sandbox"]

NOT_HERE = {
    "gateway serve": "runs until it is told to end",
    "call listen": "runs until it is told to end",
    "aws-vault": "is another program",
    "gateway voice": "wants a voice of one's own",
    "--network": "asks the vendors' own services",
    "| sh": "asks the vendor itself",
    "…": "has a gap to be filled",
}
VENDORS = {
    "call create --to": "aliyun",
    "call create --from": "twilio",
    "call batch": "aliyun",
    "token": "aliyun",
    "sign": "aws",
    "auth exec": "aws",
}
"""Whom an example is for where it leaves that to the default profile."""
ASKING = ("call create", "call cancel", "profile remove", "profile import")
"""What would ask a person gets `--yes`, because nobody is there."""
OTHER_CODES = {
    "profile add work --vendor aws --region": 2,  # asks for the keys, and nobody is there
    "call cancel": 76,  # it was dialled already
    "sign explain request.txt --against": 3,  # what the server answered is not explained by the request
    "sign verify -": 3,  # the request is signed by another scheme
    "gateway audit list": 5,  # nothing was served
    "gateway audit export": 5,
    "gateway audit verify": 5,
    "gateway audit purge": 5,
}
PROGRAMS = {"pbpaste": "cat request.txt", "aws": "true", "python": "true"}
SHELLS = {"| source": ("fish", "-c")}
VECTORS = Path(__file__).parents[1] / "vectors" / "aws.json"
BASH = ("bash", "-o", "pipefail", "-c")
FILES = {
    "book.txt": "It was a dark night. The wind blew.",
    "lines.jsonl": '{"id": "a", "text": "one"}\n{"id": "b", "text": "two"}\n',
    "lines.csv": "id,lang,text\na,en,one\nb,en,two\n",
    "patients.csv": "id,to,var.name\na,1380013NUMBER,Li\n",
    "rules.toml": '[[rule]]\nid = "threat"\nemotions = "*"\nterms = ["forbidden"]\n',
    "body.json": '{"Text": "hi"}',
    "answer.txt": "HTTP/1.1 403 Forbidden\n\n<Code>SignatureDoesNotMatch</Code>",
    ".aws/credentials": "[work]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = EXAMPLE\n",
    ".aliyun/config.json": '{"current": "work", "profiles": [{"name": "work", "mode": "AK", '
    '"access_key_id": "LTAIEXAMPLE", "access_key_secret": "EXAMPLE", "region_id": "cn-shanghai"}]}',
}
EXAMPLES = tuple(
    dict.fromkeys(
        [*ROOT_EXAMPLES, *(each for command in COMMANDS.values() for each in examples_in(command.help))]
    )
)


class Desk(NamedTuple):
    """Where examples are tried: a home with what they speak of, and the ids that stand for theirs."""

    program: Program
    ids: Mapping[str, str]

    def run(self, words: str, environ: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*next((shell for part, shell in SHELLS.items() if part in words), BASH), words],
            cwd=self.program.home,
            env=self.program.environment(environ),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=60,
            check=False,
        )

    def in_home(self, home: Path) -> Desk:
        shutil.copytree(self.program.home, home)
        patients = home / "patients.csv"
        patients.write_text(patients.read_text().replace("NUMBER", f"{randrange(10_000):04}"))
        return self._replace(program=Program(home, self.program.environ))


@pytest.fixture(scope="module")
def laid_out(sandbox_started: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Return a desk that is copied for each example."""
    place = tmp_path_factory.mktemp("desk")
    home, programs = place / "home", place / "programs"
    for name, words in FILES.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(words, encoding="utf-8")
    (home / "case.json").write_text(json.dumps(json.loads(VECTORS.read_text())[0]))
    (home / ".config/fish/completions").mkdir(parents=True)
    programs.mkdir()
    for name, script in PROGRAMS.items():
        (programs / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (programs / name).chmod(0o755)
    path = os.pathsep.join((str(programs), get_path("scripts"), os.environ["PATH"]))
    secrets = {"KEY": "sk-EXAMPLE", "NEW_SECRET": "EXAMPLE"}
    desk = Desk(Program(home, {**sandbox_started.environment, **secrets, "PATH": path}), {})
    return desk._replace(ids=_prepared(desk))


def _prepared(desk: Desk) -> dict[str, str]:
    """Make the account, the request, the token, the call and the key of the examples; return their ids."""
    signed = "--vendor aws --service polly --url $VOICECTL_ENDPOINT_URL/v1/voices"
    steps = {
        "account": "printf %s $AWS_SECRET_ACCESS_KEY | voicectl profile add work --vendor aws"
        " --region us-east-1 --set access_key_id=$AWS_ACCESS_KEY_ID --store file --secret-stdin",
        "request": f"voicectl sign curl {signed} > request.txt",
        "token": "voicectl token refresh --vendor aliyun",
        "ID": "voicectl call create --vendor volcengine --to 13800138000 --text hi"
        " --param NumberPoolNo=NP000001 --yes --query id -O text",
        "K7abcdef": "voicectl gateway key issue --name web --tags tts.basic --query id -O text",
    }
    ids = {}
    for name, words in steps.items():
        done = desk.run(words)
        assert done.returncode == 0, done.stderr
        ids[name] = done.stdout.strip()
    return {name: ids[name] for name in ("ID", "K7abcdef")}


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_can_be_pasted(example: str, laid_out: Desk, tmp_path: Path) -> None:
    for part, reason in NOT_HERE.items():
        if part in example:
            pytest.skip(f"{part} {reason}")
    words = example
    for name, found in laid_out.ids.items():
        words = re.sub(rf"\b{name}\b", found, words)
    if re.search("profile (add|import)", words) and "--dry-run" not in words:
        words += " --store file"
    if "--yes" not in words and any(part in words for part in ASKING):
        words += " --yes"
    vendor = next((found for part, found in VENDORS.items() if f"voicectl {part}" in words), "")
    is_named = re.search(r"--vendor|-p |profile ", words)
    done = laid_out.in_home(tmp_path / "home").run(words, {} if is_named else {"VOICECTL_VENDOR": vendor})
    expected = next((code for part, code in OTHER_CODES.items() if f"voicectl {part}" in words), 0)
    assert done.returncode == expected, done.stderr
