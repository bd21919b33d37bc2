"""What stands outside the restricted store: every file of a home but those of the stores that hold people by their purpose."""

import sqlite3

from anonymizers.searching.marks import find
from pipelines.home import Home
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
