"""One language's page as HTML: what stands where. Figures and segments come made; the markup is in `templates/`."""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from anonymizers.cataloguing.cards import Moved, cards, moved
from anonymizers.cataloguing.changes import changes_in_a_week
from anonymizers.cataloguing.charts import WIDTH
from anonymizers.cataloguing.dataset import dataset
from anonymizers.cataloguing.figure import Studio
from anonymizers.cataloguing.figures import all_visitors_trend, by_hour, devices, frequency, reach_of_segments
from anonymizers.cataloguing.heat import Means, heat_map, last_four_weeks
from anonymizers.cataloguing.interval import Interval, read_interval
from anonymizers.cataloguing.opened import Opened, Shelf
from anonymizers.cataloguing.speech import LANGUAGES, Speech
from anonymizers.cataloguing.standing import Listed, wrong_days
from anonymizers.cataloguing.text import Text
from anonymizers.releasing.readme import CHECK_FILES, CHECK_SIGNATURE
from anonymizers.releasing.signature import KEYS, SIGNATURE, signed_by
from anonymizers.vocabulary import ALL_VISITORS, DAY

PAGES: Mapping[str, str] = {
    language: f"index{'' if language == 'en' else f'.{language}'}.html" for language in LANGUAGES
}
"""Language -> the name of its page."""
_ACTIONS = ("page_view", "ad_click")
_INDENT = re.compile(r"\n\s+")


@dataclass(frozen=True)
class Headline:
    """A large number at the head of the page."""

    label: str
    interval: Interval
    moved: Moved | None
    release: str
    table: str
    key: str


def page(studio: Studio, shelf: Shelf, means: Means) -> bytes:
    """The page in the studio's language. It loads nothing: style and script stand in it, and its policy lets in no other."""
    speech, recent = studio.speech, last_four_weeks(shelf.nights)
    markup = Environment(
        loader=PackageLoader("anonymizers.cataloguing"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = (_INDENT.sub("\n", markup.get_template(name).render()) for name in ("page.css", "page.js"))
    weeks, nights = shelf.weeks, shelf.nights
    figures = [
        reach_of_segments(studio, weeks[0]) if weeks else None,
        all_visitors_trend(studio, nights),
        all_visitors_trend(studio, weeks),
        *(by_hour(studio, recent, means.hours, action) for action in _ACTIONS if recent),
        devices(studio, nights[0]) if nights else None,
        frequency(studio, weeks[0], ALL_VISITORS) if weeks else None,
    ]
    told = markup.get_template("page.html").render(
        speech=speech,
        say=speech.say,
        pages=PAGES,
        width=WIDTH,
        site=speech.tell(_site(shelf)),
        site_told_in=speech.told_in(_site(shelf)),
        style=style,
        script=script,
        hashes={name: _hash(text) for name, text in (("style", style), ("script", script))},
        dataset=_dataset(speech, shelf),
        shelf=shelf,
        headlines=_headlines(speech, shelf),
        privacy=_privacy(speech, shelf.newest),
        policy=shelf.newest[0].words("privacy.json")["policy"] if shelf.newest else None,
        unit=shelf.newest[0].unit if shelf.newest else None,
        key_file=_key_file(shelf),
        commands=(CHECK_SIGNATURE, CHECK_FILES),
        corrections=_corrections(speech, shelf),
        figures=[figure for figure in figures if figure],
        heat=heat_map(speech, recent, means.of_topics(())) if recent else None,
        cards=cards(studio, shelf, means),
    )
    return _INDENT.sub("\n", told).encode()


def _headlines(speech: Speech, shelf: Shelf) -> list[Headline]:
    found = []
    for releases, words in ((shelf.weeks, "visitors_week"), (shelf.nights, "visitors_day")):
        reach = releases[0].reach() if releases else None
        if reach:
            change = changes_in_a_week(releases).get(ALL_VISITORS)
            newest = releases[0].listed
            label = speech.say(words, period=speech.counted(releases[0]))
            found.append(Headline(label, reach, moved(speech, change), newest.release, "segments", ALL_VISITORS))
    for night in shelf.nights[:1]:
        events = {row["action"]: read_interval(row, "events") for row in night.rows("totals")}
        for action in _ACTIONS:
            if (told := events.get(action)) and not told.is_mostly_noise:
                label = speech.say(f"{action}s_day")
                found.append(Headline(label, told, None, night.listed.release, "totals", action))
    return found


def _privacy(speech: Speech, newest: Sequence[Opened]) -> list[str]:
    """The privacy statement in two sentences, of what the newest releases say themselves."""
    if not newest:
        return []
    losses: dict[tuple[str, str], list[str]] = {}
    for each in reversed(newest):
        told = each.words("privacy.json")["privacy_loss"]["privacy_parameters"]
        loss = (speech.decimal(told["epsilon"], 3), speech.power(told["delta"]))
        losses.setdefault(loss, []).append("day" if each.listed.window == DAY else "week")
    said = [
        speech.say("loss", epsilon=loss[0], delta=loss[1], each=speech.say(f"each_{'both' if len(of) > 1 else of[0]}"))
        for loss, of in losses.items()
    ]
    longest = newest[0].words("privacy.json")["accounting"]["composition"]["horizons"][-1]
    losses_of = {"year": "epsilon", "most": "epsilon_with_all_corrections"}
    year = {name: speech.decimal(longest[key], 1) for name, key in losses_of.items()} | {"days": longest["days"]}
    return [speech.say("privacy_1", losses="; ".join(said)), speech.say("privacy_2", **year)]


def _corrections(speech: Speech, shelf: Shelf) -> list[tuple[str, str]]:
    """(release, sentence) for every day and week of which a reader should know more than its numbers."""
    newest: dict[tuple[str, str], Listed] = {}
    for each in shelf.every:
        newest.setdefault((each.window, each.period), each)
    told = []
    for each in newest.values():
        period = speech.period(each.period)
        if each.state == "wrong":
            told.append((each.release, speech.say("was_wrong", period=period, reason=speech.say(each.reason or ""))))
        elif each.state == "corrected":
            told.append((each.release, speech.say("was_replaced", period=period)))
        elif each.revision > 1:
            told.append((each.release, speech.say("was_corrected", period=period, revision=each.revision)))
    wrong = wrong_days(shelf.every)
    for week in shelf.weeks:
        for day in (day for day in week.days if day.isoformat() in wrong):
            words = {"day": speech.day(day), "reason": speech.say(wrong[day.isoformat()])}
            said = speech.say("counts_wrong_day", week=speech.period(week.listed.period), **words)
            told.append((week.listed.release, said))
    return told


def _site(shelf: Shelf) -> Text:
    """The site's title, as its releases tell it."""
    if not shelf.newest:
        return Text("koond")
    if (title := shelf.newest[0].title) is not None:
        return title
    labels = [told["data_label"] for told in shelf.newest[0].words("segments.json")["segments"]]
    return Text(labels[0]["provider_name"] if labels else shelf.newest[0].words("manifest.json")["site"])


def _key_file(shelf: Shelf) -> str:
    """Where the public key stands by which the newest release is signed; nothing where it is not signed."""
    signature = shelf.newest[0].files.get(SIGNATURE) if shelf.newest else None
    key = signed_by(signature) if signature else None
    return f"{KEYS}/{key}.pub" if key else ""


def _dataset(speech: Speech, shelf: Shelf) -> dict[str, Any]:
    name = f"{speech.tell(_site(shelf))}: {speech.say('catalogue')}"
    offered = {each.listed.release: each.files for each in shelf.newest}
    days = [each.start for each in shelf.nights]
    return dataset(offered, name=name, description=speech.say("lead"), language=speech.language, days=days)


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
