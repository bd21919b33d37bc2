"""README.md of a delivery that is a part of a release: which tables it holds, what the numbers mean, how to check it."""

from collections.abc import Collection, Mapping
from typing import Any

from anonymizers.releasing.readme import WITHOUT_KOOND


def subset_readme(release: str, package: Mapping[str, Any], formats: Collection[str]) -> bytes:
    """Of `release`, by its name, the tables that `package` (the delivery's datapackage.json) names."""
    tables = {resource["path"].partition(".")[0]: resource for resource in package["resources"]}
    first = next(iter(tables))
    weekly = release.startswith("weekly/")
    read = (
        [f"`SELECT * FROM '{first}.parquet'` in DuckDB, `pandas.read_parquet('{first}.parquet')` in Python."]
        if "parquet" in formats
        else [f"`SELECT * FROM '{first}.csv.gz'` in DuckDB, `pandas.read_csv('{first}.csv.gz')` in Python."]
    )
    lines = [
        f"# {package['title']}",
        "",
        f"The agreed part of the release `{release}`. Every number here is an estimate: random noise has been added, so that",
        f"nobody can tell from these files whether any one visitor was on the site that {'week' if weekly else 'day'}.",
        "",
        "| table | one row for each |",
        "| --- | --- |",
        *(f"| `{name}` | {', '.join(resource['schema']['primaryKey'])} |" for name, resource in tables.items()),
        "",
        "- `datapackage.json` explains every column, `segments.json` every segment that was agreed, `privacy.json` the",
        "  guarantee of the whole release, `checks.json` what it was checked for before publication.",
        "- `<number>_low` and `<number>_high` enclose the true number in about 95 of 100 cases.",
        "- A topic or a browser that is too small to tell from nothing stands in the rows of `other`. Of the others all rows",
        "  are here: where `_low` is 0, a row is mostly noise. So a part may come out larger than its whole.",
        "- Do not add up `visitors` over rows, days or weeks: the same visitor stands in several.",
        "- `manifest.json` names the release, and the digest there of each file that these were made from.",
        "",
        f"Read it: {read[0]}",
        "Check it with the site's public key, as your contract has it: `koond verify . --key KEY`; or, without koond, both of",
        *WITHOUT_KOOND,
        "",
    ]
    return "\n".join(lines).encode()
