"""Keys and tokens never print themselves, whatever holds them and however it is asked to."""

from __future__ import annotations

import traceback
from dataclasses import replace

import pytest

from tests.transport.parts import NOON, Drawer, client
from voicectl.core.credentials import Credentials, Secret, SecretsInUse
from voicectl.core.request import Reply, ReplyStream, Request
from voicectl.core.signature import Signed, SigningTrace
from voicectl.core.token import Token, Tokens
from voicectl.core.vendor import NotSent
from voicectl.transport.proxies import Proxy

TEXT, CHANGED = "EXAMPLE-secret-0123456789", "changed-EXAMPLE-secret"
SECRET = Secret(TEXT)
KEYS = Credentials(key_id="AK", secret=SECRET, security_token=Secret(CHANGED))
REQUEST = Request(method="GET", host="h", query=TEXT, headers=(("A", TEXT),), body=TEXT.encode())
SIGNED = Signed(REQUEST, SigningTrace(scheme="s", moment=client().clock.moment(), canonical_request=TEXT))
IN_USE = SecretsInUse()
IN_USE.take(SECRET)
HOLDERS = {
    "secret": SECRET,
    "changed": SECRET.changed(lambda text: f"changed-{text}"),
    "keys": KEYS,
    "keys in a row": [KEYS, (KEYS,), {"k": KEYS}],
    "keys with another end": replace(KEYS, expires_at=NOON),
    "token": Token(credentials=KEYS),
    "tokens": Tokens(kind="k", source=Drawer([KEYS])),  # type: ignore[arg-type]
    "client": client(source=Drawer([KEYS])),
    "in use": IN_USE,
    "signed": SIGNED,
    "not sent": NotSent(SIGNED),
    "reply": Reply(status=200, headers={"a": TEXT}, body=TEXT.encode()),
    "stream": ReplyStream(status=200, headers={"a": TEXT}, chunks=iter((TEXT.encode(),))),
    "proxy": Proxy(f"http://me:{TEXT}@h:1", "HTTPS_PROXY", True),
}


@pytest.mark.parametrize("holder", HOLDERS.values(), ids=HOLDERS)
def test_no_holder_of_a_secret_shows_it(holder: object) -> None:
    for shown in (repr(holder), str(holder), f"{holder}", f"{holder!r:>100}", "%s" % (holder,)):  # noqa: UP031
        assert "EXAMPLE" not in shown


def test_a_mistake_with_a_secret_does_not_tell_it() -> None:
    def misuse() -> None:
        len(SECRET)  # type: ignore[arg-type]

    with pytest.raises(TypeError) as caught:
        misuse()
    assert TEXT not in "".join(traceback.format_exception(caught.value))


def test_what_is_in_use_is_hidden_from_then_on_and_nothing_else() -> None:
    in_use = SecretsInUse()
    told = f"a key {TEXT}, a token token-EXAMPLE-other"
    assert in_use.hidden_in(told) == told
    in_use.take(SECRET, None, Secret(""))
    assert in_use.hidden_in(told) == "a key ***, a token token-EXAMPLE-other"
    in_use.take(Secret("token-EXAMPLE-other"))
    assert in_use.hidden_in(told) == "a key ***, a token ***"
    assert in_use.hidden_in_bytes(told.encode()) == b"a key ***, a token ***"
