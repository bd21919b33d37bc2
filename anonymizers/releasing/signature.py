"""The signature of a release: minisign (Ed25519) over its manifest. What else can be checked: `verify.py`.

Ed25519 draws nothing: the same manifest and key give the same bytes. The signed comment is fixed words and the release's
name, so that no signature says when or where it was made, and none fits another release.
"""

import binascii
from base64 import b64decode

from minisign import Error, PublicKey, SecretKey, Signature

from anonymizers.refusal import Reason, Refusal

MANIFEST = "manifest.json"
SIGNATURE = f"{MANIFEST}.minisig"
"""The file beside the manifest where every minisign looks for it."""
_COMMENT = "signature by koond"
_KEY = "minisign public key"


def sign(manifest: bytes, release: str, key: SecretKey) -> bytes:
    """The content of `SIGNATURE` for a manifest; `release` is the name of its release."""
    return _sign(manifest, f"koond release {release}", key)


def hand_over(successor: PublicKey, key: SecretKey) -> bytes:
    """What a key signs before it is retired: that `successor` follows it. Content of the file `<KEYID>.pub.minisig`."""
    return _sign(public_text(successor), f"koond key {key_id(successor)}", key)


def public_text(key: PublicKey) -> bytes:
    """A public key as minisign writes it to a file."""
    return f"untrusted comment: {_KEY} {key_id(key)}\n{key.to_base64().decode()}\n".encode()


def read_public(text: bytes) -> PublicKey:
    """The public key in a file of minisign, or in the one line of it that is the key. Refuses anything else."""
    try:
        return PublicKey.from_bytes(text) if b"\n" in text.strip() else PublicKey.from_base64(text.strip())
    except (Error, UnicodeDecodeError):
        raise Refusal(
            "verify", Reason.STORE, "this is no public key of minisign; take the file KEYID.pub or its second line"
        ) from None


def key_id(key: PublicKey) -> str:
    """The id of a key as minisign shows it: sixteen hexadecimal digits."""
    return _id(key.to_base64())


def signed_by(signature: bytes) -> str | None:
    """The id of the key that a signature says it was made with; None where it is none."""
    try:
        Signature.from_bytes(signature)
    except (Error, UnicodeDecodeError):
        return None
    return _id(signature.splitlines()[1])


def wrong_signature(signature: bytes, manifest: bytes, release: str, key: PublicKey) -> list[str]:
    """What is wrong with the signature of a release, a sentence each; empty when `key` made it for this very release."""
    return _wrong(signature, manifest, f"koond release {release}", key)


def follows(successor: bytes, handed_over: bytes, key: PublicKey) -> bool:
    """Whether `key` signed that the public key in `successor` follows it."""
    try:
        named = f"koond key {key_id(read_public(successor))}"
    except Refusal:
        return False
    return _wrong(handed_over, successor, named, key) == []


def _sign(message: bytes, comment: str, key: SecretKey) -> bytes:
    return bytes(key.sign(message, untrusted_comment=_COMMENT, trusted_comment=comment)) + b"\n"


def _wrong(signature: bytes, message: bytes, comment: str, key: PublicKey) -> list[str]:
    maker = signed_by(signature)
    if maker is None:
        return [f"{SIGNATURE} is no signature of minisign; fetch it again"]
    if maker != key_id(key):
        return [f"{SIGNATURE} was made with key {maker}, and not with {key_id(key)}; ask the site which key is its own"]
    told = Signature.from_bytes(signature)
    try:
        key.verify(message, told)
    except Error:
        return [f"{SIGNATURE} does not fit {MANIFEST}: one of them was changed; do not use the release, fetch it again"]
    if told.trusted_comment != comment:
        return [f"{SIGNATURE} was made for something else; do not use the release, fetch it again"]
    # What minisign does not sign, the words of the first line and how base64 ends, is fixed here.
    told.untrusted_comment = _COMMENT
    return (
        [] if bytes(told) + b"\n" == signature else [f"{SIGNATURE} holds more or less than a signature; fetch it again"]
    )


def _id(line: bytes) -> str:
    try:
        return f"{int.from_bytes(b64decode(line, validate=True)[2:10], 'little'):016X}"
    except binascii.Error:
        raise Refusal("verify", Reason.STORE, "this is no key or signature of minisign") from None
