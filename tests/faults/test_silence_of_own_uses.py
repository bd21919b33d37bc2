"""An error in a step of the site's own uses: no value of a person gets out with it, and no release waits for it."""

import tempfile
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest

import assets.own_uses
import pipelines.own_use_stores
from pipelines.mailing_records import MailingRecordStore
from pipelines.retention import RetentionStore
from pipelines.suppressions import SuppressionStore
from tests.faults.outside import Outside
from tests.faults.places import Place
from tests.faults.planted import planted
from tests.faults.spills import SPILLS, forget_handlers
from tests.faults.test_silence import assert_silent, with_spills
from tests.promises.launched import launch

PLACES: list[Place] = [
    ("who is left out", SuppressionStore, "excluded"),
    ("the key of the tokens", MailingRecordStore, "key"),
    ("the tokens that came back", MailingRecordStore, "unsubscribed"),
    ("drawing up the mailing list", assets.own_uses, "draw_up"),
    ("storing the mailing list", pipelines.own_use_stores, "write_mailing_list"),
    ("diagnosing the server", assets.own_uses, "diagnose"),
    ("auditing the cookies", assets.own_uses, "audit"),
    ("packing a table", pipelines.own_use_stores, "_parquet"),
    ("storing a file", pipelines.own_use_stores, "write_private"),
    ("deleting what is due", RetentionStore, "delete_due"),
]
OWN_USES = ("suppressions", "mailing_list", "server_diagnostics", "cookie_audit", "retention")


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of its own for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    forget_handlers()


@with_spills(*PLACES)
def test_p3_a_spill_in_an_own_use_shows_no_value(owner, name, spill, tmp_path, temporary, monkeypatch, capfd):
    world = planted(tmp_path)
    outside = Outside(world.home.root, temporary)
    monkeypatch.setattr(owner, name, SPILLS[spill])
    assert not launch(world, *OWN_USES)
    assert_silent(outside, "failed", capfd)


def test_a_night_publishes_though_every_own_use_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = planted(tmp_path)
    for (_, owner, name), spill in zip(PLACES, cycle(SPILLS.values()), strict=False):
        if owner is not SuppressionStore:
            monkeypatch.setattr(owner, name, spill)
    assert world.run() is not None, "the run tells that something failed"
    assert (world.release / "_SUCCESS").exists()
