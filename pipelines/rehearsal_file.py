"""`rehearsal.json` of a site folder: what the attacks told, read strictly and written by `koond rehearse` alone.

Running the attacks is not here (`rehearse.py`).
"""

import json
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from anonymizers.refusal import Reason, Refusal
from anonymizers.rehearsal import Judgement, Rehearsal

REHEARSAL = "rehearsal.json"
_STRANGE = ("unexpected_keyword_argument", "extra_forbidden")
_REMEDY = "let koond rehearse --write write it anew, or remove it"


def read_rehearsal(folder: Path) -> Rehearsal | None:
    """What a site folder's rehearsal told; None where there is none. Raises Refusal with one sentence for a wrong file."""
    wrong = ""
    try:
        return TypeAdapter(Rehearsal).validate_json((folder / REHEARSAL).read_bytes(), strict=True)
    except FileNotFoundError:
        return None
    except OSError as error:
        wrong = f"the file cannot be read ({type(error).__name__}); mend its place and its mode"
    except ValidationError as error:
        # The last part of a place may be a key of the file's own making, which could be anybody's name.
        known = (detail["loc"][: -1 if detail["type"] in _STRANGE else None] for detail in error.errors())
        places = sorted({".".join(map(str, loc)) or "the file" for loc in known})
        more = f" and {len(places) - 1} more" if len(places) > 1 else ""
        wrong = f"{places[0]}{more}: not as koond writes it; {_REMEDY}"
    raise Refusal("site", Reason.SITE_FOLDER, wrong)


def rehearsal_text(judgement: Judgement) -> str:
    """The text of `rehearsal.json`, its figures without the marks: equal rehearsals, equal text."""
    return json.dumps(asdict(judgement.rehearsal), indent=2) + "\n"
