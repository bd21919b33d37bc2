"""Where a release can be read from: a folder, or an address of the web or of a bucket. Reads the manifest, and what it names.

What is wrong with it is for `anonymizers/releasing/verify.py`; sending releases away belongs to `outlets/`.
"""

import json
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Protocol
from urllib.error import HTTPError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import urlopen

import fsspec
from minisign import PublicKey

from anonymizers.cataloguing.standing import NOTICE
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.signature import MANIFEST, SIGNATURE, follows, key_id, read_public, signed_by
from anonymizers.releasing.verify import named_files

_DOCUMENT, _SECONDS, _HANDOVERS = 1_000_000, 60, 100
_ANONYMOUS: Mapping[str, Mapping[str, Any]] = {
    "s3": {"anon": True},
    "gs": {"token": "anon"},
    "gcs": {"token": "anon"},
    "abfs": {"anon": True},
    "az": {"anon": True},
}
"""Options of those that anybody may read without an account, by protocol."""


class Place(Protocol):
    """A folder with a release in it."""

    @property
    def folder(self) -> str:
        """What the folder is called."""
        ...

    def read(self, name: str, most: int) -> bytes | None:
        """A file, given from the folder; no more than `most` bytes and one; None where there is none."""
        ...

    def names(self) -> list[str]:
        """What is in the folder; empty where a place cannot tell."""
        ...


@dataclass(frozen=True)
class Found:
    """A release as it was found."""

    folder: str
    files: dict[str, bytes]
    strange: list[str]
    """Names in the folder that the manifest does not know."""


def open_place(address: str) -> Place:
    """A folder, `file://`, `http(s)://`, or whatever else fsspec opens, such as `s3://`. Refuses what it cannot open."""
    try:
        if urlsplit(address).scheme in ("http", "https"):
            return _Web(address)
        files, path = fsspec.url_to_fs(address, skip_instance_cache=True)
        return _Files(files, path, address)
    except ImportError:
        raise Refusal(
            "verify", Reason.STORE, f"{_scheme(address)} needs its driver; install koond[s3,gcs,azure,sftp]"
        ) from None
    except Exception:  # some drivers connect right here, and each has errors of its own
        raise Refusal(
            "verify", Reason.STORE, f"{without_secrets(address)} is no folder and no address that can be opened"
        ) from None


def read_manifest_at(place: Place) -> dict[str, bytes]:
    """The manifest and its signature, as far as they are there: all to be read before it is known who made them."""
    documents = {name: place.read(name, _DOCUMENT) for name in (MANIFEST, SIGNATURE)}
    return {name: content for name, content in documents.items() if content is not None}


def read_release_at(place: Place, documents: Mapping[str, bytes]) -> Found:
    """What `read_manifest_at` gave, and the files that the manifest names, none longer than it says."""
    try:
        named = named_files(documents.get(MANIFEST, b"{}"))
    except ValueError:
        named = {}
    found = {name: place.read(name, most) for name, most in named.items()}
    files = {**documents, **{name: content for name, content in found.items() if content is not None}}
    return Found(place.folder, files, sorted(set(place.names()) - set(named) - {MANIFEST, SIGNATURE}))


def told_wrong(place: Place) -> str | None:
    """Why the site says, in a notice beside the release, that it is wrong; None where there is no notice."""
    content = place.read(f"../{place.folder}{NOTICE}", _DOCUMENT)
    if content is None:
        return None
    try:
        notice = json.loads(content)
    except (ValueError, RecursionError):
        notice = None
    if isinstance(notice, dict) and notice.get("state") == "wrong":
        return str(notice.get("reason", "no reason is given"))
    # A web server may show something for whatever it is asked for; a place that can tell what is in it does not.
    is_there = bool(place.names()) or (notice is None and content.startswith(b"{"))
    return "its notice cannot be read" if is_there else None


def key_beside(place: Place, signature: bytes) -> PublicKey | None:
    """The public key that a site shows for a signature, two folders above the release; None where it shows none."""
    maker = signed_by(signature)
    shown = place.read(_of_key(maker), _DOCUMENT) if maker else None
    key = read_public(shown) if shown else None
    return key if key and key_id(key) == maker else None


def successor_of(key: PublicKey, place: Place, signature: bytes) -> PublicKey | None:
    """The key of a signature, if `key` handed over to it, by way of others or at once; None where it did not."""
    wanted = signed_by(signature)
    links: list[tuple[bytes, bytes]] = []
    while wanted and wanted != key_id(key) and len(links) < _HANDOVERS:
        shown, handed_over = place.read(_of_key(wanted), _DOCUMENT), place.read(f"{_of_key(wanted)}.minisig", _DOCUMENT)
        if shown is None or handed_over is None:
            return None
        links.append((shown, handed_over))
        wanted = signed_by(handed_over)
    for shown, handed_over in reversed(links):
        if not follows(shown, handed_over, key):
            return None
        key = read_public(shown)
    return key if signed_by(signature) == key_id(key) else None


def _of_key(key: str) -> str:
    return f"../../keys/{key}.pub"


def without_secrets(address: str) -> str:
    """An address for people's eyes: without a password, or a query that may be signed."""
    return re.sub(r"://.*@", "://", re.split(r"[?#]", address)[0])


def _scheme(address: str) -> str:
    return f"{address.partition('://')[0]}://"


class _Files:
    """Through fsspec; a public bucket without an account too."""

    def __init__(self, files: Any, path: str, address: str) -> None:
        self._files, self._path, self._address = files, path.rstrip("/"), address

    @property
    def folder(self) -> str:
        return posixpath.basename(self._path)

    def read(self, name: str, most: int) -> bytes | None:
        path = posixpath.normpath(posixpath.join(self._path, name))
        try:
            with self._files.open(path, "rb") as file:
                return bytes(file.read(most + 1))
        except (FileNotFoundError, IsADirectoryError):
            return None
        except Exception as error:
            protocol = urlsplit(self._address).scheme
            options = _ANONYMOUS.get(protocol, {})
            if options and not all(self._files.storage_options.get(name) == value for name, value in options.items()):
                self._files = fsspec.filesystem(protocol, skip_instance_cache=True, **options)
                return self.read(name, most)
            if options and isinstance(error, PermissionError):  # a bucket, of a name that it has not
                return None
            raise _unreachable(self._address, error) from None

    def names(self) -> list[str]:
        try:
            return [posixpath.basename(each.rstrip("/")) for each in self._files.ls(self._path, detail=False)]
        except Exception:
            return []


class _Web:
    """Through a web server, which shows no list of files."""

    def __init__(self, address: str) -> None:
        self._address = urlsplit(address)

    @property
    def folder(self) -> str:
        return posixpath.basename(self._address.path.rstrip("/"))

    def read(self, name: str, most: int) -> bytes | None:
        path = posixpath.normpath(posixpath.join(self._address.path or "/", name))
        address = urlunsplit((self._address.scheme, self._address.netloc, path, self._address.query, ""))
        try:
            with urlopen(address, timeout=_SECONDS) as answer:
                return bytes(answer.read(most + 1))
        except (OSError, HTTPException, ValueError) as error:
            # 403: what a bucket says of a name that it has not, to whom may not list
            if isinstance(error, HTTPError) and error.code in (403, 404, 410):
                return None
            raise _unreachable(urlunsplit(self._address), error) from None

    def names(self) -> list[str]:
        return []


def _unreachable(address: str, error: Exception) -> Refusal:
    return Refusal(
        "verify",
        Reason.STORE,
        f"{without_secrets(address)} cannot be read ({type(error).__name__}); try again, or fetch it first",
    )
