"""Frozen releases: a day and a week of each version of the layout, as they were composed when it was the newest.

What is frozen is never written again. `python -m tests.anonymizers.reading.frozen` freezes the newest version, if it is not.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from minisign import KeyPair, PublicKey

from anonymizers.counting.statistic import STATISTICS
from anonymizers.releasing.describe import SCHEMA_VERSION
from anonymizers.releasing.release import files
from anonymizers.releasing.signature import MANIFEST, public_text, read_public, sign
from pipelines.site_folder import read_site_folder
from tests.anonymizers.releasing.candidates import EDITIONS, composed, rehearsed
from tests.worlds import SITES

FROZEN = Path(__file__).parent / "releases"
_TOPICS, _SEGMENTS = ("solar", "ev_charging"), ("solar_intenders_today", "solar_intenders")


def frozen_versions() -> list[str]:
    """The versions that are frozen."""
    return sorted(path.stem.removeprefix("v") for path in FROZEN.glob("v*.zip"))


def frozen_releases(version: str) -> Mapping[str, Mapping[str, bytes]]:
    """Release -> its files."""
    releases: dict[str, dict[str, bytes]] = {}
    with ZipFile(FROZEN / f"v{version}.zip") as archive:
        for name in archive.namelist():
            release, file = name.rsplit("/", 1)
            releases.setdefault(release, {})[file] = archive.read(name)
    return releases


def frozen_shape(version: str) -> object:
    """What was promised of a version: `shape` as it was then."""
    return json.loads((FROZEN / f"v{version}.json").read_text(encoding="utf-8"))


def frozen_key(version: str) -> PublicKey | None:
    """The key that the releases of a version are signed by; None of those from before releases were signed."""
    file = FROZEN / f"v{version}.pub"
    return read_public(file.read_bytes()) if file.exists() else None


def shape() -> object:
    """Window -> the files of a release, and of each table its columns: name, type, and whether a value may be empty."""
    return {
        window: {
            "files": list(files(window)),
            "tables": {
                table.name: [[field.name, str(field.type), field.nullable] for field in table.schema()]
                for table in tables
            },
        }
        for window, tables in STATISTICS.items()
    }


def freeze() -> None:
    """Freeze the newest version: made-up numbers of a small copy of the demo site, signed by a key that is thrown away."""
    site = read_site_folder(SITES / "elektrum").site
    site = replace(
        site,
        topics=tuple(topic for topic in site.topics if topic.topic in _TOPICS),
        segments=tuple(segment for segment in site.segments if segment.segment in _SEGMENTS),
    )
    key = KeyPair.generate()
    with ZipFile(FROZEN / f"v{SCHEMA_VERSION}.zip", "x", ZIP_DEFLATED) as archive:
        for edition in EDITIONS:
            release = composed(rehearsed(site), edition)
            signature = sign(release.files[MANIFEST], release.name, key.secret_key)
            for name, content in replace(release, signature=signature).written.items():
                archive.writestr(ZipInfo(f"{release.name}/{name}"), content, ZIP_DEFLATED, 9)
    (FROZEN / f"v{SCHEMA_VERSION}.pub").write_bytes(public_text(key.public_key))
    told = json.dumps(shape(), indent=1).replace("\n     ", " ").replace("\n    ]", "]")
    (FROZEN / f"v{SCHEMA_VERSION}.json").write_text(told + "\n", encoding="utf-8")


if __name__ == "__main__":
    freeze()
