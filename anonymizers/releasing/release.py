"""A release: the files of one published folder, as bytes, composed from noisy tables and the site and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from anonymizers.contract import Sources
from anonymizers.counting.measure import NoisyTable
from anonymizers.counting.mechanism import mechanisms
from anonymizers.counting.statistic import STATISTICS
from anonymizers.local_day import LocalDay
from anonymizers.releasing.containers import csv_bytes, parquet_bytes
from anonymizers.releasing.describe import SCHEMA_VERSION, as_json, datapackage, privacy, readme, release_name
from anonymizers.site import Site

SUCCESS = "_SUCCESS"
DATA_FILES = tuple(f"{statistic.name}{ending}" for statistic in STATISTICS for ending in (".parquet", ".csv.gz"))
FILES = (*DATA_FILES, "datapackage.json", "privacy.json", "README.md", "manifest.json", "SHA256SUMS", SUCCESS)
"""The closed list of names in a daily release, in the order of writing."""


@dataclass(frozen=True)
class Release:
    """The files of one release by name. `name` is its folder below the published store."""

    name: str
    files: Mapping[str, bytes]

    @property
    def digest(self) -> str:
        """SHA-256 over names and contents."""
        whole = "".join(f"{name}\0{sha256(content).hexdigest()}\n" for name, content in sorted(self.files.items()))
        return sha256(whole.encode()).hexdigest()


def compose(site: Site, day: LocalDay, tables: Sequence[NoisyTable], caveats: Sequence[str] = ()) -> Release:
    """The release of a day. Equal tables give equal bytes; nothing in it knows when or where it was made.

    `caveats` are sentences on what the guarantee does not cover on this site, printed in `privacy.json`.
    """
    data = {f"{table.statistic.name}.parquet": parquet_bytes(table.rows) for table in tables}
    data |= {f"{table.statistic.name}.csv.gz": csv_bytes(table.rows) for table in tables}
    files = {name: data[name] for name in DATA_FILES}
    files["datapackage.json"] = datapackage(site, day, tables, data)
    files["privacy.json"] = privacy(site, day, tables, caveats)
    files["README.md"] = readme(site, day, tables)
    files["manifest.json"] = _manifest(site, day, files)
    files["SHA256SUMS"] = _sums(files)
    files[SUCCESS] = b""
    return Release(release_name(day), files)


def compose_empty(site: Site, day: LocalDay, caveats: Sequence[str] = ()) -> Release:
    """The release of a day on which nothing was told: all that is public before any data is read."""
    tables = [
        NoisyTable(
            statistic,
            statistic.schema().empty_table(),
            mechanisms(statistic, site.tables.of(statistic.name), site.budget),
        )
        for statistic in STATISTICS
    ]
    return compose(site, day, tables, caveats)


def caveats(sources: Sources) -> tuple[str, ...]:
    """What the guarantee of a site's releases does not cover, from its contracts."""
    told = []
    for name, source in {"clickstream": sources.clickstream, "ad_beacons": sources.ad_beacons}.items():
        if source and source.consent and source.consent.not_recorded:
            told.append(f"{name}: consent is not recorded by this source. {source.consent.not_recorded}")
        if source and source.format == "csv" and source.quoted:
            told.append(
                f"{name}: one unclosed quote in a quoted CSV file can keep lines of other visitors from counting."
            )
    return tuple(told)


def _manifest(site: Site, day: LocalDay, files: Mapping[str, bytes]) -> bytes:
    return as_json(
        {
            "release": release_name(day),
            "site": site.site,
            "schema_version": SCHEMA_VERSION,
            "policy_version": site.policy.version,
            "files": [
                {"path": name, "bytes": len(content), "sha256": sha256(content).hexdigest()}
                for name, content in files.items()
            ],
        }
    )


def _sums(files: Mapping[str, bytes]) -> bytes:
    return "".join(f"{sha256(content).hexdigest()}  {name}\n" for name, content in files.items()).encode()
