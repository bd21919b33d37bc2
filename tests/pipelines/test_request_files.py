"""A request file is read whole or not at all, and only the file that was read is removed."""

import os
import threading
import time
from pathlib import Path

import pytest

from anonymizers.refusal import Refusal
from pipelines.home import Home
from pipelines.request_files import readable, waiting, waiting_numbers

WHOLE = "request: 5\nwish: suppress\naccounts:\n- EE01\n- EE02\n"


def drop(home: Home, text: str, name: str = "a.yaml") -> Path:
    """A file in the drop folder, written long ago."""
    path = home.restricted("requests") / name
    path.write_text(text)
    os.utime(path, (1_000_000_000, 1_000_000_000))
    return path


def test_a_file_that_is_still_being_written_is_waited_for(tmp_path: Path) -> None:
    home = Home(tmp_path)
    path = home.restricted("requests") / "a.yaml"
    path.write_text(WHOLE[:-5])

    def go_on() -> None:
        time.sleep(0.5)
        path.write_text(WHOLE)

    writer = threading.Thread(target=go_on)
    writer.start()
    (found,) = waiting(home)
    writer.join()
    assert found.request.accounts == ("EE01", "EE02")


def test_a_file_that_took_the_place_of_the_one_that_was_read_stays(tmp_path: Path) -> None:
    home = Home(tmp_path)
    path = drop(home, WHOLE)
    (found,) = waiting(home)
    new = drop(home, WHOLE.replace("5", "6"), ".b.yaml")
    new.replace(path)
    found.remove()
    (again,) = waiting(home)
    assert again.request.request == 6
    again.remove()
    again.remove()  # another run may have been faster
    assert waiting(home) == []


def test_one_file_that_cannot_be_read_hides_no_other_one_but_stops_who_must_hear_all(tmp_path: Path) -> None:
    home = Home(tmp_path)
    drop(home, "\ufeff" + WHOLE)
    drop(home, "request: 4\nwish: suppres\n", "b.yaml")
    found, refusals = readable(home)
    assert [each.request.request for each in found] == [5] and len(refusals) == 1
    assert waiting_numbers(home) == [(5, 1_000_000_000_000_000_000)]
    with pytest.raises(Refusal, match="a request file is not carried out"):
        waiting(home)
