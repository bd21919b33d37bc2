"""Open a partner's place: what `$NAME` stands for, credentials, host keys. The one module that sees a secret of an outlet."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import fsspec

from anonymizers.delivering.destination import VARIABLE, Destination, names_a_file, overlap
from anonymizers.refusal import Reason, Refusal
from pipelines.outlets.folder_place import FolderPlace
from pipelines.outlets.patience import wait_for
from pipelines.outlets.places import SECONDS, Place, SftpPlace, StorePlace

_EXTRA = {"sftp": "sftp", "s3": "s3", "gs": "gcs", "az": "azure"}
_FRESH = {"skip_instance_cache": True}
_UNCACHED = {**_FRESH, "use_listings_cache": False}
_CONNECT, _ANSWER = 15, 30
"""Seconds, for a connection and for an answer on it."""


def open_place(outlet: Destination, environment: Mapping[str, str]) -> Place:
    """Connect to where an outlet points. Refuses (`Reason.SITE_FOLDER`) what is not set up here; raises whatever the
    store's library raises when the store does not answer."""
    try:
        return _OPEN[outlet.kind](
            outlet, {name: fill(part, environment) for name, part in outlet.parts.items()}, environment
        )
    except ImportError:
        extra = _EXTRA[outlet.kind]
    raise _refusal(f"an outlet of kind {outlet.kind} needs its library; install koond[{extra}]")


def fill(text: str, environment: Mapping[str, str]) -> str:
    """A text with the values of its variables. Refuses (`Reason.SITE_FOLDER`) a variable that is not set, by its name."""
    missing = [name for name in re.findall(VARIABLE, text) if not environment.get(name[1:])]
    if missing:
        raise _refusal(f"{missing[0]} is not set; set it in the environment of koond, or mend partners.yaml")
    return re.sub(VARIABLE, lambda found: environment[found[0][1:]], text)


def folder_of(outlet: Destination, environment: Mapping[str, str]) -> Path:
    """The folder that an outlet of kind `folder` points to."""
    folder = Path(fill(outlet.to, environment)).expanduser()
    if not folder.is_absolute():
        raise _refusal("a partner's folder is written from its root on; mend the variable that partners.yaml names")
    return folder


def same_place(one: Destination, other: Destination, environment: Mapping[str, str]) -> bool:
    """Whether two outlets lead to one place, or one into the other, whatever variables they are written with. One that is
    not set leads nowhere."""
    try:
        return overlap(_spelled_out(one, environment), _spelled_out(other, environment))
    except Refusal:
        return False


def _spelled_out(outlet: Destination, environment: Mapping[str, str]) -> tuple[str, ...]:
    if outlet.kind == "folder":
        return outlet.place(lambda _: str(folder_of(outlet, environment)))
    return outlet.place(lambda text: fill(text, environment))


def _folder(outlet: Destination, parts: Mapping[str, str], environment: Mapping[str, str]) -> Place:
    folder = folder_of(outlet, environment)
    if not wait_for(folder.is_dir, SECONDS):  # never made here: it may be a disk that is not mounted
        raise _refusal("the partner's folder is not there; make it, or mount what it stands on")
    return FolderPlace(str(folder))


def _sftp(outlet: Destination, parts: Mapping[str, str], environment: Mapping[str, str]) -> Place:
    trusted = _host_keys(outlet.known_hosts or "", environment)
    more: dict[str, Any] = {"password": parts["password"]} if "password" in parts else {}
    if outlet.key is not None:
        more["client_keys"] = [str(_file(outlet.key, environment, "the private key"))]
    store = fsspec.filesystem(
        "ssh",
        host=parts["host"],
        port=int(parts.get("port", 22)),
        username=parts["user"],
        known_hosts=trusted,
        config=None,  # no file of somebody's may change whom we trust
        connect_timeout=_CONNECT,
        login_timeout=_ANSWER,
        keepalive_interval=_CONNECT,
        timeout=_CONNECT + _ANSWER,
        **more,
        **_FRESH,
    )
    return SftpPlace(store, parts["path"])


def _host_keys(given: str, environment: Mapping[str, str]) -> Any:
    """Host keys that are trusted. Fails closed: asyncssh would trust everybody if it were given none at all."""
    import asyncssh

    lines = given
    if names_a_file(given):
        lines = _file(given, environment, "the file of known_hosts").read_text(encoding="utf-8")
    try:
        return asyncssh.import_known_hosts(lines)
    except ValueError:
        pass
    raise _refusal("known_hosts cannot be read; write lines as ssh-keyscan does")


def _s3(outlet: Destination, parts: Mapping[str, str], environment: Mapping[str, str]) -> Place:
    once = {"connect_timeout": _CONNECT, "read_timeout": _ANSWER, "retries": {"total_max_attempts": 1}}
    more = {"profile": outlet.profile} if outlet.profile else {}
    store = fsspec.filesystem("s3", endpoint_url=outlet.endpoint, config_kwargs=once, **more, **_UNCACHED)
    store.retries = 1  # koond tries again itself, and looks first at what stands
    return StorePlace(store, parts["bucket"] + parts["path"])


def _gs(outlet: Destination, parts: Mapping[str, str], environment: Mapping[str, str]) -> Place:
    from gcsfs.core import GCSFileSystem  # what fsspec opens asks an experimental service first

    # Not gcsfs's own search for credentials, which ends with nobody's.
    token = str(_file(outlet.key, environment, "the service account")) if outlet.key else "google_default"
    return StorePlace(
        GCSFileSystem(token=token, requests_timeout=_ANSWER, **_UNCACHED), parts["bucket"] + parts["path"]
    )


def _az(outlet: Destination, parts: Mapping[str, str], environment: Mapping[str, str]) -> Place:
    account = {"account_name": outlet.account} if outlet.account else {}
    store = fsspec.filesystem(
        "az", anon=False, connection_timeout=_CONNECT, read_timeout=_ANSWER, **account, **_UNCACHED
    )
    return StorePlace(store, parts["bucket"] + parts["path"])


_OPEN = {"folder": _folder, "sftp": _sftp, "s3": _s3, "gs": _gs, "az": _az}


def _file(named: str, environment: Mapping[str, str], what: str) -> Path:
    path = Path(fill(named, environment)).expanduser()
    if not path.is_file():
        raise _refusal(f"{what} is not there; mend its place in partners.yaml")
    return path


def _refusal(sentence: str) -> Refusal:
    return Refusal("delivery", Reason.SITE_FOLDER, sentence)
