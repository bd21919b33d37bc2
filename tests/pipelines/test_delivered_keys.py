"""Keys go with the releases that they signed: whoever has the contract's key can verify what arrived, whatever came after."""

import shutil
from pathlib import Path

import pytest

from anonymizers.delivering.key_file import KeyFile
from anonymizers.delivering.outcome import State
from anonymizers.refusal import Refusal
from anonymizers.releasing.signature import key_id, public_line, public_text
from anonymizers.vocabulary import DAY
from tests.anonymizers.delivering.made import segments_of
from tests.pipelines.market import ALL, DAILY, REVISED, Market, partner
from tests.pipelines.test_verify_command import koond


def keys_at(market: Market, name: str = "solar_shop") -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (market.out / name / "keys").iterdir()}


def test_what_arrived_after_a_rotation_is_good_under_the_contracts_key_and_without_one(tmp_path: Path):
    market = Market(tmp_path, partner(), partner(partner="whole_shop", **ALL, segments=segments_of(DAY)))
    first = market.keys.make()
    market.keys.rotate()
    market.publish(DAILY)
    newest = market.keys.rotate()
    market.courier.deliver_waiting()
    for name in ("solar_shop", "whole_shop"):
        folder = market.out / name / DAILY.name
        code, out, err = koond("verify", folder, "--key", public_line(first))
        assert (code, out) == (0, "") and f"to which the given key {public_line(first)} has handed over" in err
        assert koond("verify", folder)[0] == 0
    published = {path.name: path.read_bytes() for path in (market.home.published / "keys").iterdir()}
    assert keys_at(market) == published, "today's key signed the part"
    late = {f"{key_id(newest)}.pub", f"{key_id(newest)}.pub.minisig"}
    assert keys_at(market, "whole_shop") == {name: published[name] for name in set(published) - late}


def test_keys_stand_there_before_the_first_release_under_them_and_are_written_once(tmp_path: Path):
    market = Market(tmp_path)
    market.publish(DAILY)
    market.courier.deliver_waiting()
    [key] = (market.out / "solar_shop" / "keys").iterdir()
    before = key.stat().st_mtime_ns
    (market.out / "solar_shop" / DAILY.name / "_SUCCESS").unlink()
    order: list[object] = []
    opened = market.courier.open_outlet

    class Watched:
        def __init__(self, to):
            self.way = opened(to)

        def holds(self, delivery):
            return self.way.holds(delivery)

        def send(self, delivery):
            order.append("release")
            return self.way.send(delivery)

        def tell(self, told):
            order.append(told.path)
            self.way.tell(told)

    market._open = Watched
    [outcome] = market.courier.deliver_release(DAILY.name)
    assert outcome.state is State.DELIVERED and order == [f"keys/{key.name}", "release"]
    assert key.stat().st_mtime_ns == before


def test_a_key_that_stands_published_other_than_the_ledger_has_it_leaves_nowhere(tmp_path: Path):
    market = Market(tmp_path)
    old = key_id(market.keys.make())
    market.keys.rotate()
    market.publish(DAILY)
    other = Market(tmp_path / "other").keys.make()
    path = market.home.published / "keys" / f"{old}.pub"
    whole = path.read_bytes()
    for content in (public_text(other), b""):
        path.write_bytes(content)
        [outcome] = market.courier.deliver_waiting()
        assert outcome.state is State.FAILED and f"lacks the key {old}" in outcome.sentence and market.got() == set()
        assert not (market.out / "solar_shop" / "keys").exists()
    path.write_bytes(whole)
    assert [each.state for each in market.courier.deliver_waiting()] == [State.DELIVERED]


def test_without_a_handover_the_older_keys_stay_where_they_are(tmp_path: Path):
    market = Market(tmp_path)
    market.publish(DAILY)
    market.courier.deliver_waiting()
    shutil.rmtree(market.out / "solar_shop" / "keys")
    new = market.keys.rotate(without_handover=True)
    market.publish(REVISED)
    market.courier.deliver_waiting()
    assert set(keys_at(market)) == {f"{key_id(new)}.pub"}


def test_a_key_file_holds_nothing_but_a_key_or_a_handover(tmp_path: Path):
    market = Market(tmp_path)
    public = market.keys.make()
    name, text = f"keys/{key_id(public)}.pub", public_text(public)
    signature = market.keys.sign(b"{}", DAILY.name)
    assert KeyFile(name, text).content == text and KeyFile(f"{name}.minisig", signature)
    for path, content in (
        (name, b"mari@marked.example"), (name, text + b"mari"), (name, signature), (f"{name}.minisig", text),
        (f"{name}.minisig", b""), (f"keys/{'0' * 16}.pub", text), (f"../{name}", text), (f"{name}.key", text),
        ("daily/date=2026-11-21/x", text),
    ):  # fmt: skip
        with pytest.raises(Refusal):
            KeyFile(path, content)
