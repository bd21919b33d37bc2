"""Charts hold every number that they are given, leave nothing to a font or a clock, and are drawn without a network."""

import json
import re
import sys
from dataclasses import replace
from itertools import pairwise
from subprocess import PIPE, Popen

import pytest
import vl_convert
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.cataloguing.charts import Bar, Point, bars, nice_ticks, trend
from anonymizers.cataloguing.drawing import draw, speak
from anonymizers.cataloguing.interval import Interval, total
from tests.anonymizers.trials import trials

counts = st.integers(0, 10**7)


@st.composite
def intervals(draw):
    """A count and its interval."""
    number = draw(counts)
    return Interval(number, max(0, number - draw(st.integers(0, 5000))), number + draw(st.integers(0, 5000)))


@given(counts, st.integers(0, 10**7))
@trials(100)
def test_ticks_are_few_round_even_and_enclose_what_is_drawn(low, span):
    ticks = nice_ticks(low, low + span)
    assert ticks[0] <= low and low + span <= ticks[-1] and 2 <= len(ticks) <= 7
    [step] = {after - before for before, after in pairwise(ticks)}
    assert re.fullmatch(r"[125]0*", str(step)) and all(tick % step == 0 for tick in ticks)


@given(st.lists(intervals(), min_size=1, max_size=9))
@trials(60)
def test_a_sum_encloses_the_true_one_whenever_all_parts_do(parts):
    """Whatever way the noise of the parts goes together: no independence is asked for."""
    made = total(parts)
    for end in ("low", "high"):
        assert made.low <= sum(getattr(part, end) for part in parts) <= made.high
    assert made.low <= made.number <= made.high


SOME = [Interval(120, 90, 150), Interval(80, 60, 100), Interval(7, 0, 19)]


def drawn_bars(base: int = 0) -> str:
    return draw(bars([Bar(f"Topic {place}", each) for place, each in enumerate(SOME)], base))


def test_bars_carry_label_number_and_both_ends_of_each_row():
    drawing = drawn_bars()
    assert [text for text in re.findall(r">([^<]+)</text>", drawing) if text.startswith("Topic")] == [
        "Topic 0",
        "Topic 1",
        "Topic 2",
    ]
    assert speak(drawing, lambda kind, what: f"[{kind} {what}]").count("[number ") == 3
    widths = [float(found) for found in re.findall(r'<line [^>]*x2="([\d.]+)"', drawing)]
    scale = widths[0] / (150 - 90)
    assert widths == pytest.approx([60 * scale, 40 * scale, 19 * scale], abs=0.2)


def test_a_missing_day_breaks_the_line():
    whole = trend([Point(place, SOME[0]) for place in range(20)], {})
    holed = trend([Point(place, None if place == 9 else SOME[0]) for place in range(20)], {})
    count = [len(re.findall(r'd="M[^"]*L[^"]*" stroke=', draw(spec))) for spec in (whole, holed)]
    moves = [
        max(line.count("M") for line in re.findall(r'd="(M[^"]*)" stroke=', draw(spec))) for spec in (whole, holed)
    ]
    assert count[0] and moves == [1, 2]


def test_a_point_between_gaps_is_drawn_however_many_there_are():
    """As the newest night is, when the one before it is wrong: of a line and a band through one point nothing is seen."""
    for count in (8, 40):
        whole = draw(trend([Point(place, SOME[0]) for place in range(count)], {}))
        points = [Point(place, None if place == count - 2 else SOME[0]) for place in range(count)]
        drawing = draw(trend(points, {}))
        dots, rules = r'<path transform="translate\(276[^>]*A', r'<line transform="translate\(276[^>]*var\(--mark\)'
        assert re.search(dots, drawing) and re.search(rules, drawing)
        assert count == 8 or not re.search(dots, whole)
        assert "#" not in drawing, "every colour is the page's"


def test_no_letter_is_given_to_vega():
    """It would measure it by the fonts of the machine, and other fonts would move a byte."""
    for chart in (bars([Bar("one", each) for each in SOME]), trend([Point(0, SOME[0]), Point(7, SOME[1])], {0: "one"})):
        assert '"text"' not in json.dumps(chart.spec) and all(
            layer["encoding"].get("x", {}).get("axis") is None for layer in chart.spec["layer"]
        )
        assert "<text" not in draw(replace(chart, labels=())) and draw(chart).count("<text") == len(chart.labels)


def test_a_drawing_fetches_nothing(tmp_path):
    """Not even from this machine. The control: the same drawing without that rule asks. The server is a process of its own,
    for Vega lets no other thread run while it waits."""
    (tmp_path / "rows.json").write_text("[]")
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(tmp_path)]
    with Popen(command, stdout=PIPE, stderr=PIPE, text=True) as server:
        port = int(re.search(r"port (\d+)", server.stdout.readline())[1])
        chart = bars([Bar("one", SOME[0])])
        remote = {**chart.spec, "data": {"url": f"http://127.0.0.1:{port}/rows.json"}}
        try:
            with pytest.raises(ValueError):
                draw(replace(chart, spec=remote))
            vl_convert.vegalite_to_svg(remote | {"description": "the control"})
        finally:
            server.kill()  # what a library made of other signals, it inherited
        asked = server.stderr.read()
    assert asked.count("GET /rows.json") == 1


def test_markup_in_a_label_stays_text():
    assert "&lt;b&gt;&amp;" in draw(bars([Bar("<b>&", SOME[0])]))
