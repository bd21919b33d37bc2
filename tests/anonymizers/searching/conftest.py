"""What these tests share with those of releases: each on the release of a day and on that of its week."""

from tests.anonymizers.releasing.conftest import edition, empty, pair, release

__all__ = ["edition", "empty", "pair", "release"]
