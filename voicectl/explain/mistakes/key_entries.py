"""The catalogue's entries about the secret; how each is made again lies in `keys.py`."""

from __future__ import annotations

from voicectl.explain.attempt import Mistake
from voicectl.explain.mistakes import keys

MISTAKES = (
    Mistake(
        id="key-whitespace",
        title="the secret carries a stray blank, line end or other invisible character",
        shows="every call fails although the code is right",
        fix="Strip the secret as it is read. Usual culprits: shells' `echo KEY > file` (use `printf %s`), "
        "files read whole with their last line feed, Windows line ends, a prompt copied along.",
        code="secret = secret.strip()",
        weight=12,
        tries=keys.secrets(*keys.blank_changes()),
    ),
    Mistake(
        id="key-quoted",
        title="the secret is used with the quotes or brackets around it",
        shows="every call fails although the code is right",
        fix="Take the quotes off where the secret is read. Usual culprits: Docker's --env-file, systemd and "
        "Makefiles, which keep quotes; .env files; a value pasted from JSON.",
        weight=2,
        tries=keys.secrets(*keys.quote_changes()),
    ),
    Mistake(
        id="key-with-name",
        title="the secret is used together with the name of its variable or field",
        shows="every call fails although the code is right",
        fix="Keep only what stands behind the '='. Usual culprits: a whole line of a .env or credentials "
        "file pasted as the secret, `grep` without `cut`.",
        weight=1,
        tries=keys.secrets(*keys.name_changes()),
    ),
    Mistake(
        id="key-url-mangled",
        title="the secret was percent-encoded or decoded on its way",
        shows="secrets without '/', '+' and '=' work",
        fix="Do not pass the secret through URLs or forms; where it must be, decode exactly once. Usual "
        "culprits: Java URLDecoder and PHP urldecode ('+' becomes a space), connection strings, CI "
        "variables set through a web form.",
        weight=5,
        tries=keys.secrets(*keys.url_changes()),
    ),
    Mistake(
        id="key-escaped",
        title="the secret carries escapes of another format (JSON, HTML, backslashes)",
        shows="keys with '/', '+' or '=' fail, others work",
        fix="Read the secret with the parser of its format. Usual culprits: PHP json_encode writes '/' as "
        "'\\/', Java's Gson writes '=' as \\u003d, HTML templates write '+' as &#43;.",
        weight=1,
        tries=keys.secrets(*keys.escape_changes()),
    ),
    Mistake(
        id="key-truncated",
        title="the secret is cut short",
        shows="every call fails although the key id is known",
        fix="Copy the whole secret. Usual culprits: a double click that stops at '/' or '+', '#' read as a "
        "comment in .env and YAML files, `$` expanded by the shell, a database column that is too short.",
        weight=2,
        tries=keys.secrets(*keys.cut_changes()),
    ),
    Mistake(
        id="key-base64",
        title="the secret was base64-decoded or encoded; it is used as the text that it is",
        shows="every call fails although the string to sign is right",
        fix="Use the secret's text as it stands, also where it looks like base64 (Volcengine). Usual "
        "culprits: `base64 -d` by analogy with Azure, Kubernetes secrets read without decoding.",
        weight=2,
        tries=keys.secrets(*keys.base64_changes()),
    ),
    Mistake(
        id="key-bytes",
        title="the secret's text became other bytes (hexadecimal, UTF-16)",
        shows="every call fails although the string to sign is right",
        fix="Use the secret's UTF-8 bytes. Usual culprits: C# Encoding.Unicode.GetBytes, `xxd`, openssl's "
        "`-macopt hexkey:` in place of `key:`.",
        weight=1,
        tries=keys.secrets(*keys.byte_changes()),
    ),
    Mistake(
        id="key-case",
        title="the secret's letters were changed to capital or small ones",
        shows="every call fails although the string to sign is right",
        fix="Keep the secret's letters as they are. Usual culprits: a config library or a shell function "
        "that folds case.",
        weight=1,
        tries=keys.secrets(
            ("the secret is in small letters", str.lower),
            ("the secret is in capital letters", str.upper),
            ("capital and small letters of the secret are swapped", str.swapcase),
        ),
    ),
    Mistake(
        id="key-id-as-secret",
        title="the key id or the token is used where the secret belongs",
        shows="every call fails although the key id is known",
        fix="Pass the secret as the key of the HMAC. Usual culprits: arguments swapped in a client's "
        "constructor, two environment variables swapped.",
        weight=2,
        tries=keys.id_instead,
    ),
    Mistake(
        id="key-stand-in",
        title="a stand-in was used in place of the secret: empty, `undefined`, the variable's name",
        shows="every call fails although the code is right",
        fix="Check that the variable is set where the program runs. Usual culprits: JavaScript's undefined, "
        "Python's str(None), single quotes in a shell that keep $NAME from being replaced, examples left as "
        "they were.",
        weight=2,
        tries=keys.stand_ins,
    ),
    Mistake(
        id="key-twice",
        title="the secret was pasted twice",
        shows="every call fails although the key id is known",
        fix="Paste it once: terminals show nothing when a hidden value is pasted.",
        weight=1,
        tries=keys.secrets(
            ("the secret stands there twice", lambda s: s + s),
            ("the secret stands there twice, on two lines", lambda s: f"{s}\n{s}"),
        ),
    ),
    Mistake(
        id="key-hashed",
        title="a hash of the secret is used in place of the secret",
        shows="every call fails although the string to sign is right",
        fix="Use the secret itself as the key of the HMAC; it is not hashed first.",
        tries=keys.secrets(*keys.hash_changes()),
    ),
)
