"""Requests of people, as files: read strictly, and told of by number alone. Carried out in `requests.py`."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from anonymizers.refusal import Reason, Refusal
from anonymizers.requests import Request
from pipelines.home import Home

DROP_FOLDER = "requests"
"""Below the restricted store: whoever takes requests puts a file there, and a sensor finds it."""
_LARGEST = 1_000_000
_SETTLES = 2.0
"""Seconds for which a file must stay as it is: one that is read while it is written would be carried out by half."""
_PATIENCE = 30
"""How often a file that is still being written is waited for."""
Seen = tuple[int, int, int]


@dataclass(frozen=True)
class Waiting:
    """A request in the drop folder, and the file as it was when it was read."""

    path: Path
    request: Request
    seen: Seen

    def remove(self) -> None:
        """Remove the file that was read; another one that took its place since then stays and waits."""
        if _seen(self.path) == self.seen:
            self.path.unlink(missing_ok=True)


def read_request(path: Path) -> Request:
    """The request in a YAML (or JSON) file. Raises Refusal that says what is wrong where, and nothing of what stands there."""
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError
        return TypeAdapter(Request).validate_python(yaml.safe_load(path.read_text(encoding="utf-8-sig")))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(step) for step in first["loc"][:1] if step in Request.__dataclass_fields__)
        why = f"{place or 'the request'} is not as it should be ({first['type']})"
    except (yaml.YAMLError, ValueError, RecursionError):
        why = "it is no YAML of a reasonable size in UTF-8"
    except OSError as error:
        why = f"it cannot be read ({type(error).__name__})"
    raise _not_carried_out(why)


def waiting(home: Home) -> Sequence[Waiting]:
    """The requests in the drop folder, by number. Refuses while any of them cannot be read, for it may be an objection."""
    found, refusals = readable(home)
    if refusals:
        raise refusals[0]
    return found


def readable(home: Home, clock: Callable[[], float] = time.time) -> tuple[Sequence[Waiting], Sequence[Refusal]]:
    """The requests in the drop folder that can be read, by number, and why others cannot."""
    found, refusals = [], []
    for path in _files(home):
        try:
            seen = _settled(path, clock)
            if seen is not None:
                found.append(Waiting(path, read_request(path), seen))
        except Refusal as refusal:
            refusals.append(refusal)
    return sorted(found, key=lambda each: each.request.request), refusals


def waiting_numbers(home: Home) -> Sequence[tuple[int, int]]:
    """The numbers of the requests that wait and can be read, each with the time of its file's last change."""
    numbers = []
    for path in _files(home):
        try:
            numbers.append((read_request(path).request, path.stat().st_mtime_ns))
        except (Refusal, FileNotFoundError):
            continue
    return sorted(set(numbers))


def _files(home: Home) -> Sequence[Path]:
    found = home.restricted(DROP_FOLDER).iterdir()
    return sorted(path for path in found if path.is_file() and not path.name.startswith("."))


def _settled(path: Path, clock: Callable[[], float]) -> Seen | None:
    """The file once nobody writes it any more; None where it is gone, for another run has carried it out."""
    for _ in range(_PATIENCE):
        seen = _seen(path)
        if seen is None:
            return None
        age = clock() - seen[1] / 1e9
        if not -_SETTLES < age < _SETTLES:
            return seen
        time.sleep(_SETTLES - max(age, 0))
    raise _not_carried_out("it is still being written; write it elsewhere and move it here")


def _seen(path: Path) -> Seen | None:
    try:
        state = path.stat()
    except FileNotFoundError:
        return None
    return state.st_ino, state.st_mtime_ns, state.st_size


def _not_carried_out(why: str) -> Refusal:
    return Refusal(
        "requests", Reason.STORE, f"a request file is not carried out: {why}; mend it as docs/requests.md says"
    )
