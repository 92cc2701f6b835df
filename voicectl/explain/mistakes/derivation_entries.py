"""The catalogue's entries about the key; how each is made again lies in `derivation.py`."""

from __future__ import annotations

from base64 import b64encode

from voicectl.explain.attempt import Mistake, any_of
from voicectl.explain.mistakes import derivation

MISTAKES = (
    Mistake(
        id="key-missing-prefix",
        title="the HMAC started from the bare secret, without the vendor's prefix",
        shows="every call fails, the string to sign is right",
        fix="Begin the chain with the prefix and the secret: AWS4, TC3 or aliyun_v4. Usual culprit: code "
        "ported from Volcengine, which has none.",
        code='key = hmac_sha256("AWS4" + secret, date)',
        weight=3,
        tries=derivation.without_prefix,
    ),
    Mistake(
        id="key-wrong-prefix",
        title="another prefix stands before the secret than this vendor's",
        shows="every call fails, the string to sign is right",
        fix="Use this vendor's own prefix, exactly once: AWS4 for AWS, TC3 for Tencent, aliyun_v4 for OSS, "
        "none for Volcengine, ACS3 and RPC. Usual culprit: code ported from another cloud.",
        weight=1,
        tries=derivation.prefixes,
    ),
    Mistake(
        id="key-missing-amp",
        title="the '&' behind the secret is missing",
        shows="refused although the server echoes the very same string",
        fix="Append '&' to the secret for the RPC signature, also with a temporary key.",
        code='key = secret + "&"',
        schemes=("aliyun-rpc",),
        weight=4,
        tries=derivation.without_suffix,
    ),
    Mistake(
        id="key-amp-added",
        title="'&' was appended to the secret, which only the RPC signature wants",
        shows="every call fails, the string to sign is right",
        fix="Use the bare secret: ACS3 and OSS do not append '&'. Usual culprit: code kept from the RPC "
        "signature.",
        weight=3,
        tries=derivation.with_suffix,
    ),
    Mistake(
        id="key-wrong-affix",
        title="something else is appended to the secret than the one '&' of the rule",
        shows="every call fails, the string to sign is right",
        fix="The key is the secret, and for Aliyun RPC one raw '&' behind it.",
        weight=1,
        tries=derivation.other_suffixes,
    ),
    Mistake(
        id="key-no-derivation",
        title="no signing key was derived: the secret itself signed the string",
        shows="every call fails, the string to sign is right",
        fix="Derive the key step by step by date, region, service and the vendor's last word.",
        schemes=derivation.V4,
        weight=3,
        tries=derivation.underived,
    ),
    Mistake(
        id="key-hex-chain",
        title="hexadecimal text of each derived key was used as the next key",
        shows="every call fails, the string to sign is right",
        fix="Feed raw digests from one HMAC into the next, and write hexadecimal only at the end. Usual "
        "culprits: JavaScript's digest('hex'), PHP's hash_hmac without its fourth argument true, Python's "
        "hexdigest(), openssl without -binary.",
        code="hash_hmac('sha256', $data, $key, true)",
        schemes=derivation.V4,
        weight=3,
        tries=derivation.text_chain(
            ("hexadecimal text", derivation.hex_bytes),
            ("hexadecimal text in capitals", derivation.upper_hex_bytes),
        ),
    ),
    Mistake(
        id="key-base64-chain",
        title="base64 text of each derived key was used as the next key",
        shows="every call fails, the string to sign is right",
        fix="Feed raw digests from one HMAC into the next. Usual culprits: JavaScript's digest('base64'), "
        "CryptoJS' toString(Base64).",
        schemes=derivation.V4,
        weight=1,
        tries=derivation.text_chain(("base64 text", b64encode)),
    ),
    Mistake(
        id="key-args-swapped",
        title="the HMAC got key and message in each other's place",
        shows="every call fails, the string to sign is right",
        fix="Check the order of the arguments: Python hmac.new(key, message), PHP hash_hmac(name, message, "
        "key), Go hmac.New(hash, key), CryptoJS.HmacSHA256(message, key).",
        weight=3,
        tries=derivation.args_swapped,
    ),
    Mistake(
        id="key-chain-skipped",
        title="an element is left out where the signing key is derived",
        shows="every call fails, the string to sign is right",
        fix="Derive by every element of the scope in turn, the vendor's last word included.",
        schemes=derivation.V4,
        weight=1,
        tries=derivation.skipped,
    ),
    Mistake(
        id="key-chain-order",
        title="the elements are taken in another order where the signing key is derived",
        shows="every call fails, the string to sign is right",
        fix="Derive in the order of the scope: date, region, service, the vendor's last word.",
        schemes=derivation.V4,
        weight=1,
        tries=derivation.disordered,
    ),
    Mistake(
        id="key-chain-joined",
        title="the signing key is not derived one element after the other",
        shows="every call fails, the string to sign is right",
        fix="Each HMAC takes the digest of the one before as its key and the next element as its message.",
        schemes=derivation.V4,
        tries=derivation.joined,
    ),
    Mistake(
        id="key-scope-mismatch",
        title="scope and key disagree about the date, the region or the service",
        shows="every call fails, the string to sign is right",
        fix="Take the elements of scope and key from the same variables.",
        schemes=derivation.V4,
        weight=3,
        tries=derivation.scope_mismatch,
    ),
    Mistake(
        id="key-wrong-hash",
        title="another hash function is used in the HMAC",
        shows="every call fails, the string to sign is right",
        fix="Use the function that the scheme names: SHA-1 for Aliyun RPC and OSS version 1, SHA-256 for "
        "all the others.",
        weight=2,
        tries=derivation.other_hashes,
    ),
    Mistake(
        id="key-no-hmac",
        title="a plain hash is used in place of an HMAC",
        shows="every call fails, the string to sign is right",
        fix="Use the HMAC function, with the key as a key: hash(key + text) is something else.",
        weight=1,
        tries=any_of(derivation.no_hmac),
    ),
)
