"""Secrets that the gateway derives from its one master secret, so that none of them is kept anywhere.

Who asks for them is `gateway/`'s matter; the scheme that signs with them is `gateway_hmac.py`.
"""

from __future__ import annotations

from string import ascii_lowercase, ascii_uppercase, digits

from voicectl.core.credentials import Credentials, Secret
from voicectl.core.request import utf8
from voicectl.signing.canonical import hmac_sha256

ALPHABET = digits + ascii_uppercase + ascii_lowercase
SECRET_LENGTH = 43
"""As many digits of base 62 as 256 bits take."""


def signing_secret(master: Secret, env: str, key_id: str, generation: int) -> Secret:
    """Return the secret with which the holder of one generation of a key signs requests."""
    number = int.from_bytes(derived(master, f"sign|{key_id}|{generation}"), "big")
    written = ""
    while number:
        number, digit = divmod(number, len(ALPHABET))
        written = ALPHABET[digit] + written
    return Secret(f"sk_{env}_{written.rjust(SECRET_LENGTH, ALPHABET[0])}")


def signing_credentials(master: Secret, env: str, key_id: str, generation: int) -> Credentials:
    """Return the same as what a signer takes; the key id is not part of what is signed."""
    return Credentials(secret=signing_secret(master, env, key_id, generation))


def derived(master: Secret, purpose: str) -> bytes:
    """Return 32 bytes that only this master gives for this purpose."""
    return hmac_sha256(bytes.fromhex(master.reveal()), utf8(purpose))


def shown_once(secret: Secret) -> str:
    """Return a secret as text for the one moment in which its owner is told."""
    return secret.reveal()


SANDBOX_MASTER = Secret("766f69636563746c2073616e64626f78206b6e6f776e20746f20616c6c202020")
"""The master of test keys, which reach nothing but the sandbox: everybody may know it."""
