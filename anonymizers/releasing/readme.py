"""README.md of a release: what a reader who has never heard of koond needs first.

The commands by which files are checked are the page's and a partner's, too. `SHA256SUMS` is none of them: nobody signs it.
"""

from collections.abc import Sequence

from anonymizers.estimating.estimate import NoisyTable
from anonymizers.releasing.edition import Edition
from anonymizers.site import Site
from anonymizers.vocabulary import DAY, WEEK

CHECK_SIGNATURE = "minisign -Vm manifest.json -P KEY"
"""Is the manifest the site's?"""
CHECK_FILES = (
    """python3 -c "import json; [print(f['sha256'], '', f['path']) for f in json.load(open('manifest.json'))['files']]" """
    "| sha256sum --check"
)
"""Are the files those of the manifest?"""
WITHOUT_KOOND = (
    "",
    f"    {CHECK_SIGNATURE}",
    f"    {CHECK_FILES}",
    "",
    "The comment that the first prints must name this release. `SHA256SUMS` is not signed: it shows what was damaged, and",
    "not what was forged.",
)
"""Lines of Markdown: both, and what they say."""
_WHEN = {DAY: "that day", WEEK: "that week"}


def readme(site: Site, edition: Edition, tables: Sequence[NoisyTable]) -> bytes:
    """What the files are, what the numbers mean, how to read and check them."""
    first = tables[0].statistic
    lines = [
        f"# {site.title}: audience statistics of {edition.period}",
        "",
        "Every number here is an estimate: random noise has been added, so that nobody can tell from these files whether",
        f"any one visitor was on the site {_WHEN[edition.window]} "
        f"(differential privacy, epsilon at most {site.budget.epsilon:g}, delta {site.budget.delta:g}).",
        "Every word comes from a list that was fixed before the data was read.",
        *_days(edition),
        "",
        "| table | one row for each | numbers |",
        "| --- | --- | --- |",
        *(_line(table, first.schema().names[0]) for table in tables),
        "",
        "- Each table is here twice: `.parquet`, and `.csv.gz` for spreadsheets. `datapackage.json` explains every column,",
        "  `segments.json` every segment, `privacy.json` the guarantee, `checks.json` what was checked before publication.",
        "- `<number>_low` and `<number>_high` enclose the true number in about 95 of 100 cases.",
        "- A topic or a browser that is too small to tell from nothing stands in the rows of `other`. Of the others all rows",
        "  are here: where `_low` is 0, a row is mostly noise. So a part may come out larger than its whole.",
        "- Do not add up `visitors` over rows, days or weeks: the same visitor stands in several.",
    ]
    if edition.window == DAY:
        lines.append("- `events` may be added up: every table gives the same sums.")
    else:
        lines.append("- `affinity` 150 means: half again as usual among the segment's visitors as among all visitors.")
    lines += [
        f"- Privacy policy of the site: version {site.policy.version}, {site.policy.url}",
        "",
        f"Read it: `SELECT * FROM '{tables[1].statistic.name}.parquet'` in DuckDB, "
        f"`pandas.read_parquet('{tables[1].statistic.name}.parquet')` in Python.",
        "Check it with the site's public key, as your contract has it (`keys` beside this folder's parent has a copy), here:",
        "`koond verify . --key KEY`; or, without koond, both of",
        *WITHOUT_KOOND,
        "",
    ]
    return "\n".join(lines).encode()


def _line(table: NoisyTable, period: str) -> str:
    statistic = table.statistic
    numbers = [*statistic.metrics, *([statistic.index] if statistic.index else [])]
    return f"| `{statistic.name}` | {', '.join((period, *statistic.keys))} | {', '.join(numbers)} |"


def _days(edition: Edition) -> list[str]:
    if edition.window == DAY or len(edition.days) == 7:
        return []
    told = ", ".join(day.isoformat() for day in edition.days) or "none"
    return ["", f"Not every day of the week could be counted. Counted: {told}."]
