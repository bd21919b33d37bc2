"""A release: the files of one published folder, as bytes, composed from noisy tables and the site and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType

from anonymizers.contract import Sources
from anonymizers.counting.statistic import STATISTICS
from anonymizers.estimating.estimate import NoisyTable
from anonymizers.releasing.checks import checks_json
from anonymizers.releasing.containers import csv_bytes, parquet_bytes
from anonymizers.releasing.describe import SCHEMA_VERSION, as_json, datapackage
from anonymizers.releasing.edition import Edition
from anonymizers.releasing.label import segments_json
from anonymizers.releasing.privacy import privacy
from anonymizers.releasing.readme import readme
from anonymizers.releasing.signature import MANIFEST, SIGNATURE
from anonymizers.site import Site

SUCCESS = "_SUCCESS"
_NOTHING: Mapping[str, Sequence[str]] = MappingProxyType({})


def data_files(window: str) -> tuple[str, ...]:
    """The names of a release's tables, each as Parquet and CSV."""
    return tuple(f"{statistic.name}{ending}" for statistic in STATISTICS[window] for ending in (".parquet", ".csv.gz"))


def files(window: str) -> tuple[str, ...]:
    """The closed list of names that the gate judges, in the order of writing; the signature comes later, before `SUCCESS`."""
    words = ("segments.json", "datapackage.json", "privacy.json", "checks.json", "README.md")
    return (*data_files(window), *words, MANIFEST, "SHA256SUMS", SUCCESS)


@dataclass(frozen=True)
class Release:
    """The files of one release by name. `name` is its folder below the published store."""

    name: str
    files: Mapping[str, bytes]
    """What the gate judges. The signature is no part of it, for it is made afterwards."""
    signature: bytes | None = None
    """The content of `SIGNATURE`; None of a candidate, and of what was published before releases were signed."""

    @property
    def written(self) -> Mapping[str, bytes]:
        """All files in the order of writing, the signature right before `SUCCESS`."""
        signature = {} if self.signature is None else {SIGNATURE: self.signature}
        last = {name: content for name, content in self.files.items() if name == SUCCESS}
        return {name: content for name, content in self.files.items() if name != SUCCESS} | signature | last

    @property
    def digest(self) -> str:
        """SHA-256 over names and contents of what the gate judges."""
        whole = "".join(f"{name}\0{sha256(content).hexdigest()}\n" for name, content in sorted(self.files.items()))
        return sha256(whole.encode()).hexdigest()


def compose(
    site: Site,
    edition: Edition,
    tables: Sequence[NoisyTable],
    caveats: Sequence[str] = (),
    searched: Mapping[str, Sequence[str]] = _NOTHING,
) -> Release:
    """The release of a day or week. Equal tables give equal bytes; nothing in it knows when or where it was made.

    `caveats` are sentences on what the guarantee does not cover on this site, printed in `privacy.json`; `searched` is
    raw table -> the columns whose values the release is searched for, printed in `checks.json`.
    """
    site = site.under_policy_of(edition.last_day)
    data = {f"{table.statistic.name}.parquet": parquet_bytes(table.rows) for table in tables}
    data |= {f"{table.statistic.name}.csv.gz": csv_bytes(table.rows) for table in tables}
    composed = {name: data[name] for name in data_files(edition.window)}
    segments = [segment for segment in site.segments if segment.window == edition.window]
    composed["segments.json"] = segments_json(segments, site)
    composed["datapackage.json"] = datapackage(site, edition, tables, data)
    composed["privacy.json"] = privacy(site, edition, caveats)
    composed["checks.json"] = checks_json(site, edition, searched)
    composed["README.md"] = readme(site, edition, tables)
    composed[MANIFEST] = _manifest(site, edition, composed)
    composed["SHA256SUMS"] = _sums(composed)
    composed[SUCCESS] = b""
    return Release(edition.release, composed)


def compose_empty(
    site: Site, edition: Edition, caveats: Sequence[str] = (), searched: Mapping[str, Sequence[str]] = _NOTHING
) -> Release:
    """The release in which nothing is told: all that is public before any data is read."""
    tables = [NoisyTable(statistic, statistic.schema().empty_table()) for statistic in STATISTICS[edition.window]]
    return compose(site, edition, tables, caveats, searched)


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


def _manifest(site: Site, edition: Edition, composed: Mapping[str, bytes]) -> bytes:
    return as_json(
        {
            "release": edition.release,
            "site": site.site,
            "schema_version": SCHEMA_VERSION,
            "policy_version": site.policy.version,
            "files": [
                {"path": name, "bytes": len(content), "sha256": sha256(content).hexdigest()}
                for name, content in composed.items()
            ],
        }
    )


def _sums(composed: Mapping[str, bytes]) -> bytes:
    return "".join(f"{sha256(content).hexdigest()}  {name}\n" for name, content in composed.items()).encode()
