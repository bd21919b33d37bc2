"""The signature of a release: minisign (Ed25519) over its manifest. What else can be checked: `verify.py`.

Ed25519 draws nothing: the same manifest and key give the same bytes. The signed comment is fixed words, the release's name
and, of a part, the partner's, so that no signature says when or where it was made, and none fits another release or part.
"""

import binascii
import json
from base64 import b64decode

from minisign import Error, PublicKey, SecretKey, Signature

from anonymizers.refusal import Reason, Refusal

MANIFEST = "manifest.json"
SIGNATURE = f"{MANIFEST}.minisig"
"""The file beside the manifest where every minisign looks for it."""
KEYS = "keys"
"""Where public keys stand below the published store, each as `<KEYID>.pub`, with `<KEYID>.pub.minisig` by the key before."""
_COMMENT = "signature by koond"
_KEY = "minisign public key"


def sign(manifest: bytes, release: str, key: SecretKey) -> bytes:
    """The content of `SIGNATURE` for the manifest of a release, or of a partner's part of one; `release` is its name."""
    return _sign(manifest, _comment(manifest, release), key)


def hand_over(successor: PublicKey, key: SecretKey) -> bytes:
    """What a key signs before it is retired: that `successor` follows it. Content of the file `<KEYID>.pub.minisig`."""
    return _sign(public_text(successor), f"koond key {key_id(successor)}", key)


def public_text(key: PublicKey) -> bytes:
    """A public key as minisign writes it to a file."""
    return f"untrusted comment: {_KEY} {key_id(key)}\n{public_line(key)}\n".encode()


def public_line(key: PublicKey) -> str:
    """The whole of a public key in 56 characters: what a contract has, and `minisign -P` and `--key` take."""
    return str(key.to_base64().decode())


def read_public(text: bytes) -> PublicKey:
    """The public key in a file of minisign, or in the one line of it that is the key. Refuses anything else."""
    try:
        return PublicKey.from_bytes(text) if b"\n" in text.strip() else PublicKey.from_base64(text.strip())
    except (Error, UnicodeDecodeError):
        raise Refusal(
            "verify", Reason.STORE, "this is no public key of minisign; take the file KEYID.pub or its second line"
        ) from None


def key_id(key: PublicKey) -> str:
    """The id of a key as minisign shows it: sixteen hexadecimal digits that name its file. Anybody can make another key of
    the same id: what tells one key from another is its `public_line`."""
    return _id(key.to_base64())


def signed_by(signature: bytes) -> str | None:
    """The id of the key that a signature says it was made with; None where it is none."""
    try:
        Signature.from_bytes(signature)
    except (Error, UnicodeDecodeError):
        return None
    return _id(signature.splitlines()[1])


def wrong_signature(signature: bytes, manifest: bytes, release: str, key: PublicKey) -> list[str]:
    """What is wrong with the signature of a release, a sentence each; empty when `key` made it for this very release, or for
    the part of it that was agreed with the partner of whom the manifest speaks."""
    return _wrong(signature, manifest, _comment(manifest, release), key)


def partner_of(manifest: bytes) -> str | None:
    """Whose part of a release a manifest stands for; None where it stands for the whole."""
    try:
        return str(json.loads(manifest)["delivery"]["partner"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return None


def follows(successor: bytes, handed_over: bytes, key: PublicKey) -> bool:
    """Whether `key` signed that the public key in `successor` follows it."""
    try:
        named = f"koond key {key_id(read_public(successor))}"
    except Refusal:
        return False
    return _wrong(handed_over, successor, named, key) == []


def _comment(manifest: bytes, release: str) -> str:
    partner = partner_of(manifest)
    return f"koond release {release}" if partner is None else f"koond delivery {release} for {partner}"


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
