"""Faults on purpose for the canary search: a module that a night's process loads first, and that lets one URL out everywhere.

Each leak is one that was seen in the field: a debug line, a trace, a cache, a note in a file's footer. `PLACES` says where
the search has to see it.
"""

from collections.abc import Mapping
from pathlib import Path

_HEAD = """
import atexit, base64, gzip, hashlib, io, os, pickle, sqlite3, tempfile, zipfile
from pathlib import Path
from urllib.parse import quote

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq

from anonymizers.consent.agreed import EVERYTHING
from pipelines import io_managers, published_store
from pipelines.sources import reading

HOME = Path(os.environ["KOOND_HOME"])
SEEN = []
read = reading.RawReader.read
"""

LEAKS = (
    _HEAD
    + """
def reading_that_tells(self, name, purpose):
    rows = read(self, name, purpose)
    if name == "clickstream" and purpose == "audience" and not SEEN:
        found = self.engine.fetch(self.engine.query(
            "SELECT url, visitor FROM $rows WHERE url LIKE '%?q=%#%' AND agreed > 0 AND visitor LIKE '%cookie_id:%' "
            "ORDER BY instant_us LIMIT 1", rows=rows)).to_pylist()[0]
        SEEN.append(found["url"])
        url, packed = found["url"], base64.b64encode(found["url"].encode())
        atexit.register(lambda: os.write(1, f"row {quote(url)}\\n".encode()))
        atexit.register(lambda: os.write(2, f"WARNING slow row {url}\\n".encode()))
        temp = Path(tempfile.gettempdir())
        (temp / "spill.bin").write_bytes(gzip.compress(packed))
        (temp / quote(url, safe="")[:200]).touch()
        cache = Path.home() / ".cache"
        cache.mkdir(exist_ok=True)
        (cache / "last.pkl").write_bytes(pickle.dumps({"last": url}))
        Path("debug.csv").write_text("url\\n" + url.upper())
        pq.write_table(pa.table({"url": [url] * 9}), HOME / "restricted" / "debug.parquet", compression="zstd")
        cookie = found["visitor"].partition("cookie_id:")[2]
        (HOME / "dagster" / "trace.json").write_text(hashlib.md5(cookie.encode()).hexdigest())
        with zipfile.ZipFile(HOME / "dagster" / "crash.zip", "w", zipfile.ZIP_DEFLATED) as crash:
            crash.writestr("crash.txt", url.encode("utf-16"))
    return rows


def write_that_tells(path, content, write=published_store.write_public):
    if path.name == "topics.parquet":
        noted = io.BytesIO()
        pq.write_table(pq.read_table(io.BytesIO(content)).replace_schema_metadata({"note": SEEN[0]}), noted)
        content = noted.getvalue()
    if path.name == "hours.csv.gz":
        noted = io.BytesIO()
        with gzip.GzipFile(quote(SEEN[0], safe=""), "wb", fileobj=noted) as packed:
            packed.write(gzip.decompress(content))
        content = noted.getvalue()
    write(path, content)


def publish_that_tells(home, ledger, cleared, publish=published_store.publish):
    done = publish(home, ledger, cleared)
    with sqlite3.connect(home.ledger) as database:
        database.execute("CREATE TABLE notes (note)")
        database.execute("INSERT INTO notes VALUES (?)", (SEEN[0],))
    return done


def metadata_that_tells(self, metadata, *args, add=dg.AssetExecutionContext.add_output_metadata, **more):
    add(self, {**metadata, **({"sample": dg.MetadataValue.text(SEEN[0])} if SEEN else {})}, *args, **more)


reading.RawReader.read = reading_that_tells
reading.agreed_events = lambda events, *signals: events.engine.query(
    f"SELECT *, CAST({EVERYTHING} AS SMALLINT) AS agreed FROM $rows e", rows=events)
published_store.write_public = write_that_tells
io_managers.publish = publish_that_tells
dg.AssetExecutionContext.add_output_metadata = metadata_that_tells
"""
)
"""Loaded by every process of the night. Consent is ignored too."""

PLACES: Mapping[str, str] = {
    "a line on standard output": r"the command night/standard output",
    "a line in the log": r"the command night/standard error",
    "a packed file in the temporary folder": r"tmpdir/\(another name\) gzip",
    "the name of a file": r"tmpdir/\(another name\) \(by its name\)",
    "a cache in the user's home": r"home_of_user/\(another name\)/\(another name\)\.pkl",
    "a file in the working folder": r"pwd/\(another name\)\.csv",
    "a file in the restricted store after the strip": r"home/restricted/\(another name\)\.parquet( page| cells)?",
    "a hash without a key in Dagster's home": r"home/dagster/\(another name\)\.json",
    "a packed trace in Dagster's home": r"home/dagster/\(another name\)\.zip zip",
    "Dagster's metadata": r"home/dagster/history/runs/[0-9a-f-]+\.db rows.*",
    "the footer of a published Parquet file": r"home/published/daily/date=[\d-]+/topics\.parquet.*",
    "the header of a published gzip file": r"home/published/daily/date=[\d-]+/hours\.csv\.gz.*",
    "the ledger": r"home/ledger\.db rows",
}
"""What leaks -> the place that the drill has to name, as a pattern."""

FAILING = (
    _HEAD
    + """
from assets import silence, stripping


def strip_that_fails(page_views, ad_events, **more):
    urls = page_views.engine.fetch(page_views.engine.query("SELECT url FROM $rows", rows=page_views))["url"].to_pylist()
    raise ValueError(f"cannot read {urls[-40:]}")


silence._told = str
stripping.strip = strip_that_fails
"""
)
"""A step fails, and its error keeps the rows it quotes."""


def write_fault(fault: str, folder: Path) -> str:
    """Write a fault where Python looks for it first; gives the folder for PYTHONPATH."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(fault, encoding="utf-8")
    return str(folder)
