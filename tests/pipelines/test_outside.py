"""What stands outside the restricted store: every file of a home but those of the stores that hold people by their purpose."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from anonymizers.searching.marks import find
from pipelines.home import Home, write_public
from pipelines.outside import Outside, outside


def test_everything_but_the_restricted_and_the_raw_store_is_outside(tmp_path):
    home = Home(tmp_path)
    for name in (
        "dagster/logs/a.log",
        "published/daily/x.csv",
        "ledger.db",
        ".hidden",
        "restricted/k",
        "raw/c/p.parquet",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "link").symlink_to(tmp_path / "restricted" / "k")
    expected = [".hidden", "dagster/logs/a.log", "ledger.db", "published/daily/x.csv"]
    assert [name for name, _ in outside(home)] == expected
    assert [content.decode() for _, content in Outside(home).files()] == expected


def test_a_database_is_read_with_its_write_ahead_log(tmp_path):
    """A long cell that was just written stands torn in the log, and nowhere else."""
    said = "Õie Mäekülaššk, " * 400
    database = sqlite3.connect(tmp_path / "events.db")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE told (said TEXT)")
    database.commit()
    database.execute("INSERT INTO told VALUES (?)", (said,))
    database.commit()
    found = find({"cell": said.strip()[:3900]}, outside(Home(tmp_path)))
    database.close()
    assert [finding.place for finding in found] == ["events.db rows"]


def test_a_clean_database_is_read_again_once_its_write_ahead_log_grows(tmp_path):
    """Until somebody folds the log in, the database's own bytes stay as they are."""
    database = sqlite3.connect(tmp_path / "events.db")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE told (said TEXT)")
    database.commit()
    before, searched = (tmp_path / "events.db").stat(), Outside(Home(tmp_path))
    assert "events.db" in dict(searched.files())
    searched.settle()
    assert not dict(searched.files())
    database.execute("INSERT INTO told VALUES ('Mari Maasikas')")
    database.commit()
    after, again = (tmp_path / "events.db").stat(), [name for name, _ in Outside(Home(tmp_path)).files()]
    database.close()
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns), "the control"
    assert again.count("events.db") == 2, "as its bytes, and as it is with its log"


def test_a_page_as_long_and_as_old_as_the_one_before_is_read_again(tmp_path):
    """Everything published is from 1980."""
    home, name = Home(tmp_path), "published/index.html"
    (tmp_path / "published").mkdir()
    for said in (b"before", b"behind"):
        (tmp_path / name).unlink(missing_ok=True)
        write_public(tmp_path / name, said)
        searched = Outside(home)
        assert list(searched.files()) == [(name, said)]
        searched.settle()
        assert not list(Outside(home).files())


@contextmanager
def nobody() -> Iterator[Path]:
    """A folder, for a user to whom its modes mean something."""
    who = os.geteuid()
    with tempfile.TemporaryDirectory() as folder:
        if not who:
            os.chown(folder, 65534, 65534)
            os.seteuid(65534)
        try:
            yield Path(folder)
        finally:
            os.seteuid(who)


def test_what_cannot_be_read_is_told_and_ends_no_search():
    with nobody() as root:
        for name in ("a/b", "c/d", "e", "f"):
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_bytes(b"said")
        for name, mode in (("a", 0), ("c", 0o400), ("e", 0)):
            (root / name).chmod(mode)
        assert list(Outside(Home(root)).files()) == [("f", b"said"), ("a", None), ("c/d", None), ("e", None)]
        for name in ("a", "c"):
            (root / name).chmod(0o700)


def test_a_home_whose_folders_are_links_is_read_all_the_same(tmp_path):
    """Dagster's folder on another disk; but never the restricted store, by whichever name."""
    root, elsewhere = tmp_path / "home", tmp_path / "disk"
    for name in ("dagster/a.log", "restricted/k", "kept/k2"):
        (elsewhere / name).parent.mkdir(parents=True)
        (elsewhere / name).write_bytes(name.encode())
    root.mkdir()
    (root / "dagster").symlink_to(elsewhere / "dagster")
    (root / "restricted").symlink_to(elsewhere / "restricted")
    (root / "another name").symlink_to(elsewhere / "restricted")
    (root / "circle").symlink_to(root)
    assert [name for name, _ in outside(Home(root))] == ["dagster/a.log"]
