"""An error in a step of the site's own uses: no value of a person gets out with it, and no release waits for it."""

from pathlib import Path

import pytest

import assets.own_uses
import pipelines.own_use_stores
from pipelines.mailing_records import MailingRecordStore
from pipelines.retention import RetentionStore
from pipelines.suppressions import SuppressionStore
from tests.faults.test_silence import MARK, Place, assert_silent, each_of, failing
from tests.promises.launched import launch
from tests.worlds import World, page_view, registration

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


def marked(root: Path) -> World:
    view = page_view(ip=MARK, status="500", cookies=f"mail={MARK}")
    return World(root, [view], registrations=[registration(email=MARK, newsletter_consent=True)])


@each_of(*PLACES)
def test_p3_an_error_in_an_own_use_shows_no_value(place, owner, name, tmp_path, monkeypatch, capfd):
    world = marked(tmp_path)
    monkeypatch.setattr(owner, name, failing)
    assert not launch(world, *OWN_USES)
    assert_silent(world, "failed", capfd)


def test_a_night_publishes_though_every_own_use_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = marked(tmp_path)
    for _, owner, name in PLACES:
        if owner is not SuppressionStore:
            monkeypatch.setattr(owner, name, failing)
    assert world.run() is not None, "the run tells that something failed"
    assert (world.release / "_SUCCESS").exists()
