"""Where a partner's deliveries go, as partners.yaml says it. What `$NAME` stands for, and how to get there, is not here."""

import posixpath
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass

from anonymizers.contract import Misplaced

VARIABLE = r"\$[A-Za-z_][A-Za-z0-9_]*"
_BUCKET = rf"(?P<bucket>{VARIABLE}|[A-Za-z0-9][A-Za-z0-9._-]*)(?P<path>(?:/[^\s/:?#]+)*)/?"
_FORMS: Mapping[str, tuple[str, str]] = {
    "folder": (rf"(?P<path>(?:/|~/|{VARIABLE}(?=/|$)).*)", "write a folder from its root on, or $NAME/folder"),
    "sftp": (
        rf"(?:sftp://)?(?P<user>[^:@/\s]+)(?::(?P<password>{VARIABLE}))?@"
        rf"(?P<host>[^:@/\s\[\]]+)(?::(?P<port>[0-9]{{1,5}}))?(?P<path>/\S*)",
        "write user@host:22/folder, with a password user:$NAME@host:22/folder; the secret itself stands in the "
        "environment, and never here",
    ),
    "s3": (rf"(?:s3://)?{_BUCKET}", "write bucket/folder; keys stand in the environment, and never here"),
    "gs": (rf"(?:gs://)?{_BUCKET}", "write bucket/folder; keys stand in the environment, and never here"),
    "az": (rf"(?:az://)?{_BUCKET}", "write container/folder; keys stand in the environment, and never here"),
}
_ENDPOINT = re.compile(r"https://[A-Za-z0-9._-]+(?::[0-9]{1,5})?/?|http://(?:127\.0\.0\.1|localhost)(?::[0-9]{1,5})?/?")
_FILE = re.compile(rf"(?:/|~/|{VARIABLE}(?=/|$))\S*")
_HOST_KEY = re.compile(r"\s(?:ssh|ecdsa|sk)-[a-z0-9@.-]+\s")
_ONLY_OF = {
    "known_hosts": ("sftp",),
    "key": ("sftp", "gs"),
    "profile": ("s3",),
    "endpoint": ("s3",),
    "account": ("az",),
}


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Destination:
    """Where a partner's deliveries go. It says nothing of what goes there: that is `Delivery`, and nothing else fits.

    `$NAME` stands for an environment variable, so that no secret stands in the file.
    """

    kind: Literal["folder", "sftp", "s3", "gs", "az"]
    to: Annotated[str, Field(min_length=3, max_length=300)]
    """A folder; `user@host:22/folder`; `bucket/folder`."""
    known_hosts: Annotated[str, Field(min_length=3, max_length=8000)] | None = None
    """Of SFTP: a file of known_hosts, or its lines themselves. No server is given anything whose host key is not in it."""
    key: Annotated[str, Field(min_length=2, max_length=300)] | None = None
    """A file: the private key (SFTP), or the service account (Google). Without it, the library's own way to credentials."""
    profile: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    """Of S3: the profile in AWS's own configuration that has the credentials."""
    endpoint: Annotated[str, Field(max_length=200)] | None = None
    """Of S3: the address of a store that speaks S3 and is not Amazon's."""
    account: Annotated[str, Field(min_length=3, max_length=80)] | None = None
    """Of Azure: the storage account."""

    @model_validator(mode="after")
    def _can_be_reached(self) -> "Destination":
        form, remedy = _FORMS[self.kind]
        if not re.fullmatch(form, self.to) or "/../" in f"{self.to}/":
            raise Misplaced(remedy, "to")
        for name, kinds in _ONLY_OF.items():
            if getattr(self, name) is not None and self.kind not in kinds:
                raise Misplaced(f"it belongs to {' and '.join(kinds)} alone; remove it", name)
        if self.kind == "sftp" and self.known_hosts is None:
            raise Misplaced(
                "it is missing: no server is trusted whose host key is not known; name a file of known_hosts, or write "
                "the server's line here",
                "known_hosts",
            )
        if (
            self.known_hosts is not None
            and not names_a_file(self.known_hosts)
            and not _HOST_KEY.search(self.known_hosts)
        ):
            raise Misplaced(
                "name a file from its root on, or write the server's line as ssh-keyscan does", "known_hosts"
            )
        if self.key is not None and not names_a_file(self.key):
            raise Misplaced("name a file from its root on; the key itself never stands here", "key")
        if self.endpoint is not None and not _ENDPOINT.fullmatch(self.endpoint):
            raise Misplaced("write https://host or https://host:port, without user and password", "endpoint")
        return self

    @property
    def parts(self) -> Mapping[str, str]:
        """What `to` is made of: path, and user, password, host and port, or bucket; what it does not name is left out."""
        found = re.fullmatch(_FORMS[self.kind][0], self.to)
        return {name: text for name, text in found.groupdict().items() if text is not None} if found else {}

    def place(self, fill: Callable[[str], str] = str) -> tuple[str, ...]:
        """The same for all spellings of one place, whatever the credentials; `fill` puts in what variables stand for."""
        parts = {name: fill(text) for name, text in self.parts.items() if name != "password"}
        path = posixpath.normpath(re.sub("^/+", "/", parts["path"] or "/"))
        if self.kind == "folder":
            return self.kind, path
        if self.kind == "sftp":
            return self.kind, parts["user"], _host(parts["host"]), str(int(parts.get("port", 22))), path
        return self.kind, _endpoint(self.endpoint), (self.account or "").lower(), parts["bucket"].lower(), path


def overlap(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two places are one, or one lies in the other: who may read a folder may read what lies in it."""
    ways = [f"{place[-1].rstrip('/')}/" for place in (one, other)]
    return one[:-1] == other[:-1] and (ways[0].startswith(ways[1]) or ways[1].startswith(ways[0]))


def _host(name: str) -> str:
    return name.lower().rstrip(".")


def _endpoint(address: str | None) -> str:
    """Empty for Amazon's own, where a bucket's name is one in the world."""
    found = urlsplit(address or "")
    host = _host(found.hostname or "")
    if not host or host.endswith(".amazonaws.com"):
        return ""
    return f"{found.scheme}://{host}:{found.port or {'http': 80, 'https': 443}[found.scheme]}"


def names_a_file(text: str) -> bool:
    """Whether `known_hosts` or `key` is the place of a file, with or without a variable."""
    return _FILE.fullmatch(text) is not None
