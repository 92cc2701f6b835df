"""Wrong ways from the secret to the key. What is said about them lies in `derivation_entries.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from hashlib import new as new_hash
from hmac import digest as hmac_digest
from itertools import permutations
from typing import Any

from voicectl.core.request import utf8
from voicectl.explain.attempt import Attempt, Tries, Try
from voicectl.explain.mistakes.places import dates_near, regions, services, spellings_of_day
from voicectl.signing import canonical
from voicectl.signing.canonical import Mac

V4 = ("aws", "aliyun-oss-v4", "volcengine", "tos4", "tencent")
PREFIXES = {
    "AWS4": "AWS's",
    "aliyun_v4": "Aliyun OSS's",
    "TC3": "Tencent's",
    "aws4": "a small-letter",
    "Aliyun_v4": "a capital-letter",
    "aliyun_v1": "an older",
    "tc3": "a small-letter",
    "AWS": "a cut",
    "ACS3": "Aliyun's",
    "HMAC-SHA256": "the algorithm as",
    "VOLC": "a made-up",
    "volc": "a made-up",
    "TOS4": "TOS's",
    "OSS4": "OSS's",
    "SDK": "Huawei's",
    "GOOG4": "Google's",
}


def sealing(attempt: Attempt, mac: Mac) -> Attempt:
    """Change the last HMAC, not those that derive the key."""
    if not attempt.has("derive_key"):
        return attempt.stepping(mac=mac)
    derive, right = attempt.of("derive_key"), attempt.of("mac")
    return attempt.stepping(mac=mac, derive_key=lambda _, secret, parts: derive(right, secret, parts))


def deriving(attempt: Attempt, mac: Mac) -> Attempt:
    """Change the HMACs that derive the key, not the last one."""
    derive = attempt.of("derive_key")
    return attempt.stepping(derive_key=lambda _, secret, parts: derive(mac, secret, parts))


def prefixes(attempt: Attempt) -> Iterator[Try]:
    if not attempt.has("key_prefix"):
        return
    right = attempt.of("key_prefix")
    algorithm = attempt.of("algorithm") if attempt.has("algorithm") else ""
    for prefix, whose in (*PREFIXES.items(), (algorithm, "the algorithm as")):
        if prefix and prefix != right:
            yield Try(
                f"{whose} prefix {prefix!r} stands before the secret", attempt.stepping(key_prefix=prefix)
            )
    for prefix, note in (
        (right + right, f"the prefix {right!r} stands before the secret twice"),
        (right + " ", f"a space stands between the prefix {right!r} and the secret"),
        (right + "+", f"a '+' stands between the prefix {right!r} and the secret"),
    ):
        if right:
            yield Try(note, attempt.stepping(key_prefix=prefix))
    if right:
        note = f"the prefix {right!r} stands behind the secret"
        yield Try(note, attempt.stepping(key_prefix="", key_suffix=right))


def without_prefix(attempt: Attempt) -> Iterator[Try]:
    if attempt.has("key_prefix") and attempt.of("key_prefix"):
        note = f"the prefix {attempt.of('key_prefix')!r} before the secret is missing"
        yield Try(note, attempt.stepping(key_prefix=""))


def without_suffix(attempt: Attempt) -> Iterator[Try]:
    if attempt.has("key_suffix") and attempt.of("key_suffix"):
        yield Try("the secret is used without its final '&'", attempt.stepping(key_suffix=""))


def with_suffix(attempt: Attempt) -> Iterator[Try]:
    if attempt.has("key_suffix") and not attempt.of("key_suffix"):
        yield Try("'&' is appended to the secret", attempt.stepping(key_suffix="&"))


def other_suffixes(attempt: Attempt) -> Iterator[Try]:
    if not attempt.has("key_suffix"):
        return
    for suffix in ("&&", "%26", "=", "&\n", "&amp;", "\n&"):
        yield Try(f"{suffix!r} is appended to the secret", attempt.stepping(key_suffix=suffix))
    if attempt.of("key_suffix"):
        note = "'&' stands before the secret"
        yield Try(note, attempt.stepping(key_prefix="&", key_suffix=""))


# The chain -------------------------------------------------------------------------------------


def _chains(attempt: Attempt) -> bool:
    return attempt.has("key_parts", "derive_key") and bool(attempt.of("key_parts"))


def underived(attempt: Attempt) -> Iterator[Try]:
    if not _chains(attempt):
        return
    note = "the string to sign is signed with {} itself; no key is derived"
    prefixed = note.format("the prefixed secret" if attempt.of("key_prefix") else "the secret")
    yield Try(prefixed, attempt.stepping(derive_key=canonical.underived))
    if attempt.of("key_prefix"):
        bare = attempt.stepping(derive_key=canonical.underived, key_prefix="")
        yield Try(note.format("the bare secret"), bare)


def _written(write: Callable[[bytes], bytes], last: bool) -> Any:
    """Return a chain that passes each digest on as text, the last one too or not."""

    def derive(mac: Mac, secret: bytes, parts: Iterable[str]) -> bytes:
        key = secret
        elements = list(parts)
        for number, part in enumerate(elements, 1):
            key = mac(key, utf8(part))
            if last or number < len(elements):
                key = write(key)
        return key

    return derive


def hex_bytes(data: bytes) -> bytes:
    return data.hex().encode()


def upper_hex_bytes(data: bytes) -> bytes:
    return data.hex().upper().encode()


def text_chain(*writes: tuple[str, Callable[[bytes], bytes]]) -> Tries:
    def tries(attempt: Attempt) -> Iterator[Try]:
        if not _chains(attempt):
            return
        for name, write in writes:
            for last, which in ((True, "each derived key"), (False, "each derived key but the last")):
                note = f"{which} is passed on as {name}"
                yield Try(note, attempt.stepping(derive_key=_written(write, last)))
            yield Try(f"the derived key is used as {name}", attempt.stepping(derive_key=_only_last(write)))

    return tries


def _only_last(write: Callable[[bytes], bytes]) -> Any:
    def derive(mac: Mac, secret: bytes, parts: Iterable[str]) -> bytes:
        return write(canonical.chained(mac, secret, parts))

    return derive


def _swapped(mac: Mac) -> Mac:
    return lambda key, message: mac(message, key)


def args_swapped(attempt: Attempt) -> Iterator[Try]:
    if not attempt.has("mac"):
        return
    other = _swapped(attempt.of("mac"))
    if not _chains(attempt):
        yield Try("key and message change places in the HMAC", attempt.stepping(mac=other))
        return
    yield Try("key and message change places in every HMAC", attempt.stepping(mac=other))
    yield Try("key and message change places in the HMACs that derive the key", deriving(attempt, other))
    yield Try("key and message change places in the last HMAC", sealing(attempt, other))
    first_only = attempt.stepping(derive_key=_first_swapped)
    yield Try("secret and date change places in the first HMAC", first_only)


def _first_swapped(mac: Mac, secret: bytes, parts: Iterable[str]) -> bytes:
    first, *rest = parts
    return canonical.chained(mac, mac(utf8(first), secret), rest)


def skipped(attempt: Attempt) -> Iterator[Try]:
    if not _chains(attempt):
        return
    parts: tuple[str, ...] = attempt.of("key_parts")
    names = [_name(part) for part in parts]
    for number in range(len(parts)):
        left = parts[:number] + parts[number + 1 :]
        note = f"the {names[number]} is left out where the key is derived"
        yield Try(note, attempt.stepping(key_parts=left))
    for length in range(1, len(parts) - 1):
        note = f"the key is derived by {' and '.join(names[:length])} only"
        yield Try(note, attempt.stepping(key_parts=parts[:length]))


def _name(part: str) -> str:
    return part if part in {"date", "region", "service"} else f"word {part!r}"


def disordered(attempt: Attempt) -> Iterator[Try]:
    if not _chains(attempt):
        return
    parts: tuple[str, ...] = attempt.of("key_parts")
    for order in permutations(parts):
        if order != parts:
            note = f"the key is derived in the order {', '.join(order)}"
            yield Try(note, attempt.stepping(key_parts=order))


def joined(attempt: Attempt) -> Iterator[Try]:
    if not _chains(attempt):
        return
    for between in ("/", "", "\n"):
        note = f"the key is derived by one HMAC of all elements joined by {between!r}"
        yield Try(note, attempt.stepping(derive_key=partial(_one_step, between)))
    note = "the last element is used a second time where the key is derived"
    yield Try(note, attempt.stepping(key_parts=(*attempt.of("key_parts"), attempt.of("key_parts")[-1])))
    note = "the key is derived from the scope's elements without chaining: each HMAC takes the secret"
    yield Try(note, attempt.stepping(derive_key=_unchained))


def _one_step(between: str, mac: Mac, secret: bytes, parts: Iterable[str]) -> bytes:
    return mac(secret, utf8(between.join(parts)))


def _unchained(mac: Mac, secret: bytes, parts: Iterable[str]) -> bytes:
    return mac(secret, utf8(list(parts)[-1]))


def scope_mismatch(attempt: Attempt) -> Iterator[Try]:
    """Derive the key by other elements than the scope shows."""
    if not _chains(attempt):
        return
    parts: tuple[str, ...] = attempt.of("key_parts")
    claims = attempt.claims
    others: dict[str, Sequence[str]] = {
        "date": (*dates_near(claims.date), *spellings_of_day(attempt)),
        "region": regions(attempt),
        "service": services(attempt),
    }
    for element, values in others.items():
        if element not in parts:
            continue
        shown = getattr(claims, element)
        for value in values:
            if value != shown:
                changed = tuple(value if part == element else part for part in parts)
                note = f"the key is derived with {element} {value!r}, the scope shows {shown!r}"
                yield Try(note, attempt.stepping(key_parts=changed))


# The hash --------------------------------------------------------------------------------------


def _hmac(name: str) -> Mac:
    return lambda key, message: hmac_digest(key, message, name)


def _hash_of_both(name: str, order: str) -> Mac:
    def mac(key: bytes, message: bytes) -> bytes:
        data = {"key first": key + message, "message first": message + key, "message": message}[order]
        return new_hash(name, data, usedforsecurity=False).digest()

    return mac


def other_hashes(attempt: Attempt) -> Iterator[Try]:
    if not attempt.has("mac"):
        return
    for name in ("sha1", "sha256", "sha512", "md5", "sha384", "sha224", "sha3_256"):
        other = _hmac(name)
        yield Try(f"the HMACs use {name.upper()}", attempt.stepping(mac=other))
        if _chains(attempt):
            yield Try(f"the last HMAC uses {name.upper()}", sealing(attempt, other))
            yield Try(f"the HMACs that derive the key use {name.upper()}", deriving(attempt, other))


def no_hmac(attempt: Attempt) -> Iterator[Try]:
    if not attempt.has("mac"):
        return
    names = ("sha1", "md5") if attempt.of("mac") is canonical.hmac_sha1 else ("sha256", "sha1", "md5")
    for name in names:
        for order in ("key first", "message first", "message"):
            note = {
                "key first": f"the signature is the plain {name.upper()} of key and string",
                "message first": f"the signature is the plain {name.upper()} of string and key",
                "message": f"the signature is the plain {name.upper()} of the string, without any key",
            }[order]
            other = _hash_of_both(name, order)
            yield Try(note, sealing(attempt, other))
            if _chains(attempt):
                note = f"{note}; the key is the secret itself"
                yield Try(note, attempt.stepping(mac=other, derive_key=canonical.underived))
