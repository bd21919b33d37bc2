"""Where things are: KOOND_HOME, KOOND_SITE, KOOND_LEDGER_URL, and the site folders that koond ships."""

import os
from pathlib import Path

_HERE = Path(__file__).parent
_SHIPPED = next(folder for folder in (_HERE.parent / "sites", _HERE / "sites") if folder.is_dir())


def home_folder(given: Path | None = None) -> Path:
    """The folder that holds all state: as given, else KOOND_HOME, else `demo-home` here."""
    return (given or Path(os.environ.get("KOOND_HOME", "demo-home"))).expanduser().resolve()


def site_folder(given: Path | None = None) -> Path:
    """The site folder: as given, else KOOND_SITE, else the shipped demo site. A shipped site's name alone will do."""
    named = given or Path(os.environ.get("KOOND_SITE", "elektrum"))
    shipped = _SHIPPED / named
    by_name = len(named.parts) == 1 and not named.is_dir() and shipped.is_dir()
    return shipped if by_name else named.resolve()


def ledger_url(file: Path) -> str | Path:
    """Where the ledger is: the database that KOOND_LEDGER_URL names, else `file`. May hold a password: never print it."""
    return os.environ.get("KOOND_LEDGER_URL") or file


def shipped_dagster_yaml() -> Path:
    """The instance settings that koond ships."""
    return _HERE / "dagster.yaml"
