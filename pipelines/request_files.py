"""Requests of people, as files: read strictly, and told of by number alone. Carried out in `requests.py`."""

from collections.abc import Sequence
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from anonymizers.refusal import Reason, Refusal
from anonymizers.requests import Request
from pipelines.home import Home

DROP_FOLDER = "requests"
"""Below the restricted store: whoever takes requests puts a file there, and a sensor finds it."""
_LARGEST = 1_000_000


def read_request(path: Path) -> Request:
    """The request in a YAML (or JSON) file. Raises Refusal that says what is wrong where, and nothing of what stands there."""
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError
        return TypeAdapter(Request).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(step) for step in first["loc"][:1] if step in Request.__dataclass_fields__)
        why = f"{place or 'the request'} is not as it should be ({first['type']})"
    except (yaml.YAMLError, ValueError, RecursionError):
        why = "it is no YAML of a reasonable size in UTF-8"
    except OSError as error:
        why = f"it cannot be read ({type(error).__name__})"
    raise Refusal(
        "requests", Reason.STORE, f"a request file is not carried out: {why}; mend it as docs/requests.md says"
    )


def waiting(home: Home) -> Sequence[tuple[Path, Request]]:
    """The requests in the drop folder, by number. Refuses while any of them cannot be read, for it may be an objection."""
    found = [(path, read_request(path)) for path in _files(home)]
    return sorted(found, key=lambda each: each[1].request)


def waiting_numbers(home: Home) -> Sequence[int]:
    """The numbers of the requests that wait and can be read."""
    numbers = []
    for path in _files(home):
        try:
            numbers.append(read_request(path).request)
        except Refusal:
            continue
    return sorted(set(numbers))


def _files(home: Home) -> Sequence[Path]:
    found = home.restricted(DROP_FOLDER).iterdir()
    return sorted(path for path in found if path.is_file() and not path.name.startswith("."))
