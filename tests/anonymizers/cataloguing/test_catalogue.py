"""The catalogue says what the releases say and nothing else: every number, every byte, whatever stands around them."""

import json
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anonymizers.cataloguing.catalogue import FILES, catalogue
from anonymizers.cataloguing.changes import changes_between
from anonymizers.cataloguing.heat import last_four_weeks, means_of
from anonymizers.cataloguing.means import mean_of_a_day, mean_of_days, sums_over
from anonymizers.cataloguing.opened import open_store
from anonymizers.cataloguing.speech import own_words
from anonymizers.cataloguing.standing import Store
from anonymizers.local_day import days_of_week, iso_week
from anonymizers.releasing.edition import daily_base, daily_edition, weekly_edition
from anonymizers.releasing.release import compose_empty
from anonymizers.searching.outside_scan import scan_outside
from anonymizers.segments.describe import describe
from anonymizers.segments.describe_in_estonian import describe_in_estonian
from anonymizers.vocabulary import DAYPARTS
from tests.anonymizers.cataloguing.conftest import CORRECTED, WRONG
from tests.anonymizers.cataloguing.pages import Page, number
from tests.anonymizers.cataloguing.shelves import LAST, made_up, store_of

HTML = ("index.html", "index.et.html")


def rows_of(store: Store, release: str, table: str) -> list[dict]:
    return pq.read_table(pa.BufferReader(store.files[release][f"{table}.parquet"])).to_pylist()


def numbers_in(row: dict) -> list[int | None]:
    metrics = [name for name in row if f"{name}_low" in row]
    return [row[f"{metric}{end}"] for metric in metrics for end in ("", "_low", "_high")]


def key_in(row: dict) -> str:
    ends = ("", "_low", "_high")
    metrics = {f"{name}{end}" for name in row if f"{name}_low" in row for end in ends}
    return "|".join(str(row[name]) for name in list(row)[1:] if name not in metrics)


def test_the_same_releases_give_the_same_bytes_in_whatever_order_they_were_found(store, made):
    backwards = Store(dict(reversed(store.files.items())), store.notices)
    assert catalogue(backwards) == made
    assert tuple(made) == FILES == ("index.html", "index.et.html", "latest.json")


@pytest.mark.parametrize("name", HTML)
def test_every_number_behind_a_figure_stands_in_the_parquet_that_it_names(store, made, name):
    page = Page(made[name])
    seen = set()
    for shown in page.tables:
        if shown.derived:
            continue
        seen.add(shown.table)
        if shown.table == "segments" and all(re.fullmatch(r"20\d\d-.*", key) for key in shown.rows):
            for period, numbers in shown.rows.items():  # a trend: one row of each release
                [release] = [
                    each.release for each in open_store(store).every if each.state == "final" and each.period == period
                ]
                assert numbers in [numbers_in(row) for row in rows_of(store, release, "segments")]
            continue
        told = {}
        for row in rows_of(store, shown.release, shown.table):
            told.setdefault(key_in(row), []).append(numbers_in(row))
            told.setdefault(key_in(row).rpartition("|")[2], []).append(numbers_in(row))
        for key, numbers in shown.rows.items():
            assert any(numbers == found[: len(numbers)] for found in told[key]), (shown.table, key)
    assert seen == {"segments", "browsers", "segment_topics", "segment_browsers", "segment_frequency"}


@pytest.mark.parametrize("name", HTML)
def test_every_large_number_of_the_page_stands_in_the_release_that_it_names(store, made, name):
    marked = [(told, text) for told, text in Page(made[name]).marked if "data-release" in told]
    assert len(marked) >= 4 + 22
    for told, text in marked:
        metric = {"segments": "visitors", "totals": "events"}[told["data-table"]]
        [row] = [
            row for row in rows_of(store, told["data-release"], told["data-table"]) if key_in(row) == told["data-key"]
        ]
        assert number(text) == int(told["value"]) == row[metric]


def test_every_number_in_a_sentence_stands_in_a_release_or_follows_from_several(store, made):
    """Sentences are read as text, without knowing who wrote them: nothing else may have a thousands sign."""
    shelf = open_store(store)
    whole = {
        value
        for each in (*shelf.nights, *shelf.weeks)
        for name in each.files
        if name.endswith(".parquet")
        for row in each.rows(name.removesuffix(".parquet"))
        for value in numbers_in(row)
    }
    changes = set()
    for releases in (shelf.weeks, shelf.nights):
        for older in releases[1:]:
            for change in changes_between(releases[0], older).values():
                changes |= {abs(end) for end in (change.interval.number, change.interval.low, change.interval.high)}
    page = Page(made["index.html"])
    derived = {int(told["value"]) for told, _ in page.marked if "data-release" not in told}
    derived |= {value for shown in page.tables for cells in shown.rows.values() for value in cells if shown.derived}
    nights = last_four_weeks(shelf.nights)
    for card in [None, *(each for releases in (shelf.weeks, shelf.nights) for each in releases[0].segments)]:
        means = means_of(nights).of_topics(card.topics if card else ())
        whole_days = [day for day in range(7) if all((day, part) in means for part in DAYPARTS)]
        parts = [mean_of_days([means[day, part] for day in whole_days]) for part in DAYPARTS]
        most = max(parts, key=lambda each: each.number)
        derived |= {most.number, most.low, most.high, round(max(each.half for each in means.values()))}
    found = {number(text) for text in re.findall(r"\d{1,3}(?:,\d{3})+", " ".join(page.texts))}
    assert len(found) > 100 and not found - whole - changes - derived


def test_a_part_of_the_day_is_judged_by_no_narrower_interval_than_the_sum_over_all_nights_has(store):
    """Made anew here by `sum_days`, from all nights at once."""
    nights = last_four_weeks(open_store(store).nights)
    told = sums_over(nights, "topic_dayparts")
    topics = {each.row["topic"] for each in told}
    for topic in topics:
        means = means_of(nights).of_topics((topic,))
        for part in DAYPARTS:
            whole = mean_of_a_day([each for each in told if (each.row["topic"], each.row["daypart"]) == (topic, part)])
            shown = mean_of_days([means[day, part] for day in range(7) if (day, part) in means])
            assert shown.half >= whole.half - 2, (topic, part)
    assert len(topics) > 5


def test_the_hours_are_the_mean_of_the_last_four_weeks(store, made):
    """Made anew here, from the Parquet alone."""
    nights = last_four_weeks(open_store(store).nights)
    shown = [table for table in Page(made["index.html"]).tables if table.table == "hours"]
    assert len(shown) == 1, "clicks by the hour are mostly noise"
    for table, action in zip(shown, ("page_view",), strict=True):
        for hour, (value, low, high) in table.rows.items():
            told = [
                row
                for night in nights
                for row in night.rows("hours")
                if (str(row["hour"]), row["action"]) == (hour, action)
            ]
            assert value == round(sum(row["events"] for row in told) / len(nights))
            widest = max(row["events_high"] - row["events_low"] for row in told)
            assert low <= value <= high and high - low <= widest + 2


def test_the_heat_map_is_the_mean_of_the_last_four_weeks(store, made):
    """Made anew here, from the Parquet alone."""
    nights = last_four_weeks(open_store(store).nights)
    by_cell: dict[tuple[int, str], list[int]] = {}
    for night in nights:
        parts: dict[str, int] = {}
        for row in night.rows("topic_dayparts"):
            parts[row["daypart"]] = parts.get(row["daypart"], 0) + row["events"]
        for part, events in parts.items():
            by_cell.setdefault((night.start.weekday(), part), []).append(events)
    expected = [round(sum(by_cell[cell]) / len(by_cell[cell])) for cell in sorted(by_cell, key=lambda cell: cell[0])]
    heat = [int(told["value"]) for told, _ in Page(made["index.html"]).marked if "data-release" not in told]
    assert heat[: 7 * 6] == expected


@pytest.mark.parametrize("ending", [".parquet", "privacy.json", "segments.json"])
def test_what_is_not_final_has_no_way_into_the_pages(site, store, made, ending):
    """Of what was corrected or is wrong the page knows that it stands there, and not one number."""
    other = made_up(site, daily_edition(WRONG), seed=99)
    files = dict(store.files)
    for release, source in (
        (daily_base(WRONG), other),
        (daily_base(CORRECTED), made_up(site, daily_edition(CORRECTED), seed=98)),
    ):
        changed = {name: content for name, content in source.files.items() if name.endswith(ending)}
        assert any(store.files[release][name] != content for name, content in changed.items()) or ending != ".parquet"
        files[release] = {**store.files[release], **changed}
    assert catalogue(Store(files, store.notices)) == made


def test_a_number_of_a_final_release_has(site, store, made):
    """The control: the same change where the release is final is seen."""
    changed = made_up(site, daily_edition(LAST), seed=99)
    assert (
        catalogue(Store({**store.files, changed.name: changed.files}, store.notices))["index.html"]
        != made["index.html"]
    )


@pytest.mark.parametrize("name", HTML)
def test_corrections_and_wrong_days_are_told_with_their_reason(made, name):
    text = " ".join(Page(made[name]).texts)
    assert ("use revision 2" in text) == (name == "index.html")
    assert ("wrong input" if name == "index.html" else "vigased lähteandmed") in text
    assert f"{daily_base(CORRECTED)}.r2/README.md" in Page(made[name]).links


@pytest.mark.parametrize("name", HTML)
def test_epsilon_and_delta_are_those_of_the_newest_privacy_json(store, made, name):
    told = json.loads(store.files[daily_base(LAST)]["privacy.json"])
    spent, horizon = told["privacy_loss"]["privacy_parameters"], told["accounting"]["composition"]["horizons"][-1]
    text = " ".join(Page(made[name]).texts).replace(",", ".")
    composed = [f"{horizon[name]:.1f}" for name in ("epsilon", "epsilon_with_all_corrections")]
    assert spent["delta"] == 1e-7
    for figure in (f"{spent['epsilon']:.3f}", "10⁻⁷", *composed, str(horizon["days"])):
        assert figure in text


@pytest.mark.parametrize("name", HTML)
def test_a_page_loads_nothing_and_its_policy_lets_nothing_in(store, made, name):
    page = Page(made[name])
    assert page.asked == [("link", "data:,")]
    assert "style" not in page.attributes and not {each for each in page.attributes if each.startswith("on")}
    for text in (page.style, page.script):
        assert f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" in page.policy
    assert page.policy.startswith("default-src 'none'") and "unsafe" not in page.policy
    assert "url(" not in page.style and "@import" not in page.style and "fetch" not in page.script
    for link in page.links:
        release, _, file = link.rpartition("/")
        known = link.startswith(("#", "https://www.elektrum-portaal.example")) or link in made
        assert known or file in store.files[release], link


def test_both_languages_show_the_same_numbers_and_no_token_is_left(made):
    english, estonian = (Page(made[name]) for name in HTML)
    assert [shown.rows for shown in english.tables] == [shown.rows for shown in estonian.tables]
    for name in HTML:
        assert not re.search("[\ue000-\uf8ff]", made[name].decode())
    assert '<html lang="et">' in made["index.et.html"].decode()
    own = set(re.findall(r"\w{5,}", " ".join(english.texts))) & set(re.findall(r"\w{5,}", " ".join(estonian.texts)))
    assert not own & {"visitors", "Segments", "Download", "noise", "privacy", "release"}


def test_each_page_tells_titles_and_descriptions_in_its_own_language(site, made):
    english, estonian = (" ".join(Page(made[name]).texts) for name in HTML)
    for segment in site.segments:
        said = segment.title, describe(segment, site.topic_titles)
        told = segment.title_et, describe_in_estonian(segment, site.topic_titles_et)
        assert all(text in english and text not in estonian for text in said), segment.segment
        assert all(text in estonian and text not in english for text in told), segment.segment
    assert site.title in english and site.title_et in estonian
    assert not set(site.topic_titles.values()) & set(re.findall(r">([^<]+)</text>", made["index.et.html"].decode()))


def test_a_release_without_estonian_is_told_in_english_and_marked_so(site):
    segments, topics = (tuple(replace(each, title_et=None) for each in them) for them in (site.segments, site.topics))
    made = catalogue(
        store_of(
            [made_up(replace(site, title_et=None, unit_et=None, segments=segments, topics=topics), daily_edition(LAST))]
        )
    )
    told = made["index.et.html"].decode()
    for segment in segments:
        assert (f'<span class="title" lang="en">{segment.title}</span>' in told) == (segment.window == "day")
    assert 'class="title" lang="et"' not in told and f'lang="en">{site.title}' in told


def test_markup_in_a_title_stays_text(site):
    markup, script = '<b onclick="x">&</script>', "A</script><script>alert(1)"
    segments = tuple(
        replace(each, title=markup + each.title[:40], title_et=markup + each.title[:40]) for each in site.segments
    )
    spoilt = replace(site, title=script, title_et=script, segments=segments)
    made = catalogue(store_of([made_up(spoilt, daily_edition(LAST))]))
    for name in HTML:
        page = Page(made[name])
        assert "alert(1)" not in page.script and "onclick" not in page.attributes
        assert "alert" in " ".join(page.texts) and json.loads(page.block)["@type"] == "Dataset"


def test_a_store_may_be_empty_or_hold_one_release_or_tell_nothing(site):
    week = iso_week(LAST)
    nothing = [
        compose_empty(site, daily_edition(LAST)),
        compose_empty(site, weekly_edition(week, tuple(days_of_week(week)))),
    ]
    one = [made_up(site, daily_edition(LAST))]
    weekly = [made_up(site, weekly_edition(week, tuple(days_of_week(week))))]
    assert b"Nothing is published yet" in catalogue(store_of([]))["index.html"]
    for releases in (nothing, one, weekly):
        made = catalogue(store_of(releases))
        assert len(Page(made["index.html"]).links) > 10
    assert b"too small to tell" in catalogue(store_of(nothing))["index.html"]


def test_a_release_that_names_no_topics_is_shown_without_them(site):
    """As releases were before `segments.json` named them."""
    old = made_up(site, daily_edition(LAST))
    words = json.loads(old.files["segments.json"])
    bare = {
        "standard": words["standard"],
        "segments": [{k: v for k, v in each.items() if k != "topics"} for each in words["segments"]],
    }
    files = {**old.files, "segments.json": json.dumps(bare).encode()}
    page = Page(catalogue(Store({old.name: files}, {}))["index.html"])
    assert "Solar intenders of the day" in " ".join(page.texts)


def test_the_page_describes_itself_to_search_machines_as_a_dataset(store, made):
    block = json.loads(Page(made["index.html"]).block)
    assert block["@type"] == "Dataset" and block["temporalCoverage"] == f"2026-11-07/{LAST}"
    for file in block["distribution"]:
        release, _, name = file["contentUrl"].rpartition("/")
        assert name in store.files[release]


def test_no_number_of_a_page_looks_like_anybodys(site, made):
    """As the search of what stands outside reads it (promise 3): else it would cry wolf every night."""
    nobody = [compose_empty(site, edition) for edition in (daily_edition(LAST), weekly_edition(iso_week(LAST), ()))]
    told = scan_outside(made.items(), {**catalogue(store_of(nobody)), "words": own_words().encode()}, {})
    assert told.files == len(made) and not told.looks and not told.unreadable
