"""Versions of the layout: what was released stays readable, and no change of the layout goes without a new version."""

from hashlib import sha256

import pytest

from anonymizers.counting.statistic import STATISTICS
from anonymizers.releasing.checks import TOLD
from anonymizers.releasing.describe import SCHEMA_VERSION
from anonymizers.releasing.release import files
from anonymizers.releasing.signature import SIGNATURE
from anonymizers.releasing.verify import verify, verify_signed
from anonymizers.releasing.versions import LAYOUTS
from tests.anonymizers.reading.frozen import FROZEN, frozen_key, frozen_releases, frozen_shape, frozen_versions, shape

DIGESTS = {
    "v3.json": "ef2231dff829c3704a19443baaf2767943282f0daa453a1498223cff149c2f94",
    "v3.zip": "10af3c8cb568a752ad34247f4f6687479a113034adefd14f7ce8c9021e6d7b8d",
    "v4.json": "ef2231dff829c3704a19443baaf2767943282f0daa453a1498223cff149c2f94",
    "v4.pub": "ad351037cb5e758a8156e2287faea69d8ba90c67e098fb54fe26dccc2c4d9fe4",
    "v4.zip": "459ae9ccdea7429cc53064f077b8dc810de0197c5ac6a05f0f6b09bcf68ccc49",
}
"""SHA-256 of what is frozen. A line is only ever added."""


def test_every_version_that_stays_readable_is_frozen_and_nobody_touched_it():
    assert set(LAYOUTS) == set(frozen_versions()) and next(iter(LAYOUTS)) == "3"
    found = {path.name: sha256(path.read_bytes()).hexdigest() for path in FROZEN.iterdir() if path.is_file()}
    assert found == DIGESTS
    assert sum(len(path.read_bytes()) for path in FROZEN.iterdir()) < 100_000 * len(LAYOUTS)


@pytest.mark.parametrize("version", frozen_versions())
def test_a_release_of_each_version_verifies_for_ever(version):
    releases = frozen_releases(version)
    assert [name.split("/")[0] for name in releases] == ["daily", "weekly"]
    for name, content in releases.items():
        assert verify(content) == [], name
        assert set(LAYOUTS[version].words) <= set(content)
        key = frozen_key(version)
        assert (key is not None) == LAYOUTS[version].signed == (SIGNATURE in content)
        assert verify_signed(content, key, name, unsigned=not LAYOUTS[version].signed) == [], name


@pytest.mark.parametrize("version", frozen_versions())
def test_a_release_of_each_version_is_not_verified_once_a_file_of_it_is_gone(version):
    for content in frozen_releases(version).values():
        for name in content:
            assert name == SIGNATURE or verify({other: held for other, held in content.items() if other != name}), name


def test_files_tables_columns_and_types_are_those_of_the_newest_version():
    """Whoever changes one of them raises SCHEMA_VERSION, adds a layout, and freezes it (docs/release.md)."""
    assert list(LAYOUTS)[-1] == SCHEMA_VERSION
    assert shape() == frozen_shape(SCHEMA_VERSION)
    for window in STATISTICS:
        assert set(LAYOUTS[SCHEMA_VERSION].words) <= set(files(window))
    assert LAYOUTS[SCHEMA_VERSION].checks == TOLD
