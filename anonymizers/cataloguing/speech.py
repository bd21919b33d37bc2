"""How each language of the page says things: words, names, numbers, days and weeks. The words stand in `words.py`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from anonymizers.cataloguing.interval import Interval
from anonymizers.cataloguing.opened import Opened
from anonymizers.cataloguing.text import Text
from anonymizers.cataloguing.words import WORDS
from anonymizers.local_day import days_of_week, iso_week

LANGUAGES = ("en", "et")
_PLACE: Mapping[str, int] = {language: place for place, language in enumerate(LANGUAGES)}
_WEEK = 7
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SPACE, _DASH = "\u00a0", "\u2060–\u2060"
"""At which no line ends."""
_NAMES: Mapping[str, str] = {
    "chrome": "Chrome", "safari": "Safari", "edge": "Edge", "firefox": "Firefox", "samsung_internet": "Samsung",
    "opera": "Opera", "windows": "Windows", "macos": "macOS", "linux": "Linux", "android": "Android", "ios": "iOS",
    "chromeos": "ChromeOS",
}  # fmt: skip
"""Names that are the same in every language."""
_WEEKDAYS = (
    ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    ("esmaspäev", "teisipäev", "kolmapäev", "neljapäev", "reede", "laupäev", "pühapäev"),
)
_WEEKDAYS_SHORT = (("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), ("E", "T", "K", "N", "R", "L", "P"))
_MONTHS = (
    ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    ("jaan", "veebr", "märts", "apr", "mai", "juuni", "juuli", "aug", "sept", "okt", "nov", "dets"),
)


@dataclass(frozen=True)
class Speech:
    """One language's way to say things."""

    language: str

    @property
    def _place(self) -> int:
        return _PLACE[self.language]

    def say(self, key: str, **what: object) -> str:
        """The words of a key, with what belongs in them."""
        return WORDS[key][self._place].format(**what)

    def tell(self, text: Text) -> str:
        """Words of the site in this language, or else in English."""
        return (text.et if self.language == "et" else None) or text.en

    def told_in(self, text: Text) -> str:
        """The language in which `tell` tells these words."""
        return self.language if self.language == "et" and text.et else "en"

    def name(self, word: str) -> str:
        """A member of one of koond's closed lists, for readers."""
        return _NAMES.get(word) or self.say(word)

    def number(self, number: float) -> str:
        """A whole number with its thousands apart."""
        told = f"{abs(round(number)):,}".replace(",", (",", _SPACE)[self._place])
        return f"−{told}" if round(number) < 0 else told

    def decimal(self, number: float, digits: int) -> str:
        """A number with digits behind the decimal sign."""
        return f"{number:.{digits}f}".replace(".", (".", ",")[self._place])

    def power(self, number: float) -> str:
        """A very small number, as 10⁻⁷ or 2 · 10⁻⁷."""
        factor, _, exponent = f"{number:e}".partition("e")
        power = f"10{str(int(exponent)).translate(_RAISED)}"
        times = f"{float(factor):g}".replace(".", (".", ",")[self._place])
        return power if times == "1" else f"{times}{_SPACE}·{_SPACE}{power}"

    def signed(self, number: int) -> str:
        """A difference, with its sign."""
        return f"+{self.number(number)}" if number > 0 else self.number(number)

    def short(self, number: int) -> str:
        """A number in a cell of a few letters: 940, 1.2k, 12k."""
        if abs(number) < 1000:
            return str(number)
        thousands = number / 1000
        return self.say("thousands", number=self.decimal(thousands, 1 if thousands < 9.95 else 0))

    def enclosed(self, interval: Interval) -> str:
        """A number with its interval."""
        return self._with_ends("enclosed", interval)

    def between(self, interval: Interval) -> str:
        """The interval alone."""
        return self._with_ends("interval", interval)

    def ends(self, interval: Interval) -> str:
        """The ends of the interval, in a table."""
        return self._with_ends("ends", interval)

    def _with_ends(self, key: str, interval: Interval) -> str:
        number, low, high = (self.number(each) for each in (interval.number, interval.low, interval.high))
        return self.say(key, number=number, low=low, high=high).replace("–", _DASH)

    def weekday(self, place: int) -> str:
        """Monday is 0."""
        return _WEEKDAYS[self._place][place]

    def weekday_short(self, place: int) -> str:
        """Monday is 0."""
        return _WEEKDAYS_SHORT[self._place][place]

    def day_short(self, day: date) -> str:
        """As below a chart."""
        month = _MONTHS[self._place][day.month - 1]
        return f"{day.day}{('', '.')[self._place]}{_SPACE}{month}"

    def day(self, day: date) -> str:
        """With weekday and year."""
        comma, weekday = ((" ", ", ")[self._place], _WEEKDAYS_SHORT[self._place][day.weekday()])
        return f"{weekday}{comma}{self.day_short(day)}{_SPACE}{day.year}"

    def week(self, week: str) -> str:
        """With its days."""
        monday, sunday = days_of_week(week)[0], days_of_week(week)[-1]
        first = self.day_short(monday) if monday.month != sunday.month else f"{monday.day}{('', '.')[self._place]}"
        number = int(week.partition("W")[2])
        days = f"{first}{_DASH}{self.day_short(sunday)}{_SPACE}{sunday.year}"
        return f"{('week', 'nädal')[self._place]}{_SPACE}{number} ({days})"

    def period(self, period: str) -> str:
        """A day as `2026-11-21`, or a week as `2026-W47`."""
        return self.week(period) if "W" in period else self.day(date.fromisoformat(period))

    def counted(self, release: Opened) -> str:
        """The period of a release, and how many days it counts if some are left out."""
        period = self.period(release.listed.period)
        return period if release.whole else self.say("counts_days", period=period, days=len(release.days))

    def counted_short(self, week: Opened) -> str:
        """How many days a week counts, in a sentence that calls it as the chart does."""
        name = self._week_short(week.start.toordinal())
        return self.say("week_counts_days", week=name, days=len(week.days))

    def token(self, kind: str, what: str) -> str:
        """What stands for a token of a chart."""
        ways: Mapping[str, Callable[[], str]] = {
            "number": lambda: self.number(int(what)),
            "day": lambda: self.day_short(date.fromordinal(int(what))),
            "week": lambda: self._week_short(*map(int, what.split("+"))),
            "hour": lambda: f"{int(what):02}",
            "word": lambda: " · ".join(self.name(word) for word in what.split("+")),
            "band": lambda: self.band(what),
        }
        return ways[kind]()

    def _week_short(self, monday: int, days: int = _WEEK) -> str:
        number = iso_week(date.fromordinal(monday)).partition("W")[2]
        return f"{('W', 'N')[self._place]}{number}{f' {days}/{_WEEK}' if days < _WEEK else ''}"

    def band(self, band: str) -> str:
        """A band of frequency."""
        told = band.replace("exactly ", "").replace(" and more", "+").replace(" to ", "–").replace("-", "–")
        return self.say("event_of") if told == "1" else self.say("events_of", band=told)


def own_words() -> str:
    """Every word that a page has of its own, in both languages: what stands there whoever came."""
    return "\n".join(
        text
        for table in (WORDS.values(), _WEEKDAYS, _WEEKDAYS_SHORT, _MONTHS, (_NAMES.values(),))
        for words in table
        for text in words
    )
