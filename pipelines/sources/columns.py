"""Columns of a source as SQL: the visitor, trimmed names, the rows that count. Which files and formats, in other modules."""

import re
import sys
from collections.abc import Iterable, Mapping, Sequence

from anonymizers.contract import Source
from anonymizers.refusal import Reason, Refusal
from pipelines.engines.duckdb_engine import literal

_BLANKS = "".join(sign for sign in map(chr, range(sys.maxunicode + 1)) if sign.isspace())


def refuse_missing(name: str, columns_of: Mapping[str, Sequence[str]], wanted: Iterable[str]) -> None:
    """Engines do not tell `URL` from `url`, so a column that stands twice but for its case is as bad as none."""
    for file, columns in columns_of.items():
        lower = [column.lower() for column in columns]
        missing = [column for column in wanted if column not in columns or lower.count(column.lower()) > 1]
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            raise Refusal(
                name,
                Reason.COLUMN_MISSING,
                f"{file} lacks the column {missing[0]}{more}, or has it twice; mend the export or sources.yaml",
            )


def name_visitor(source: Source) -> str:
    """SQL for the privacy unit: prefixed with the column it came from, so that no account can equal a cookie."""
    present = {role: trim(role) for role in source.visitor}
    if source.visitor_together:  # each with its length before it, so that ('a|b', 'c') is not ('a', 'b|c')
        return (
            "("
            + " || '|' || ".join(f"CAST(length({value}) AS STRING) || ':' || {value}" for value in present.values())
            + ")"
        )
    return "coalesce(" + ", ".join(f"'{role}:' || {value}" for role, value in present.items()) + ")"


def trim(column: str) -> str:
    """SQL for a value without blanks around it, NULL when nothing is left: without all that `str.strip` takes away, for a
    name is hashed by the engine here, and by Python in a request. Trims only what needs it, for the time."""
    ends = f"{column} >= '!' AND {column} < '\x7f' AND right({column}, 1) >= '!' AND right({column}, 1) < '\x7f'"
    return f"CASE WHEN {ends} THEN {column} ELSE nullif(trim(BOTH {literal(_BLANKS)} FROM {column}), '') END"


def text_list(values: Iterable[str]) -> str:
    """SQL for a list of texts, as `as_listed` makes them of a column."""
    return ", ".join(literal(re.sub("[.]0+$", "", value.strip().lower())) for value in values)


def as_listed(column: str) -> str:
    """SQL for a value without regard to case, and to zeros behind a point: exports make 1.0 of a 1 that may be empty."""
    return f"regexp_replace(lower({trim(column)}), '[.]0+$', '')"


def taken(source: Source) -> list[str]:
    """SQL conditions for the rows that the contract takes: pages, and the kinds of events that it names."""
    kept = [f"{role} IN ({', '.join(map(literal, values))})" for role, values in source.only.items()]
    if source.not_pages:
        endings = "|".join(source.not_pages)
        kept.append(f"NOT coalesce(regexp_extract(lower(url), '[.]({endings})([?#]|$)', 1) <> '', FALSE)")
    return kept
