"""The made-up people of a drill: what each is there to try, and their rows in every raw table of a site.

One row, its usual values and its marks are `writing`'s; the files are written by `formats`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from types import MappingProxyType

from anonymizers.contract import Purpose, Role, Sources
from anonymizers.local_day import LocalDay
from anonymizers.site import Site
from anonymizers.vocabulary import AD_ACTIONS
from pipelines.drill.marks import MarkBook
from pipelines.drill.rows import PlantedRow, RawColumn, Value
from pipelines.drill.writing import SECOND, Writer
from pipelines.drill.written_forms import ACCENTED_FORMS, FORMS, NUMBER_FORMS

PEOPLE: Mapping[str, str] = MappingProxyType(
    {
        "active": "consented and came three times",
        "registered": "made an account today and is logged in",
        "heavy": "came 10,000 times",
        "refused": "refused consent",
        "silent": "never answered the question of consent",
        "opted out": "objects by the browser's own signal",
        "unclear": "answers the question of consent with words of no list",
        "robot": "is a robot",
        "broken": "has a row that cannot be read",
        "addressed": "has personal data in every part of a page's address",
        "numbered": "has personal code, phone, bank account and metering point in addresses and titles",
        "lettered": "has Estonian letters in addresses, titles and names",
        "written": "is written in every form that hides a word",
        "subjects": "saw a page and an advertisement of every topic, and of none",
        "unlisted": "has words of no list where words of a closed list belong",
        "unnamed": "fills the columns that the contract does not name",
    }
)
"""Who is planted, and what for."""

HEAVY_EVENTS = 10_000
ROBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
_OF_ACCOUNTS = {Role.ISIKUKOOD: "personal code", Role.PHONE: "phone", Role.METERING_POINT: "metering point"}
_FREE_TEXTS = (Role.URL, Role.REFERRER, Role.PAGE_TITLE, Role.USER_AGENT)


def plant(
    site: Site, sources: Sources, columns: Mapping[str, Sequence[RawColumn]], day: LocalDay, book: MarkBook
) -> list[PlantedRow]:
    """Rows of all people for every raw table that the site has; their marks go into the book.

    Every row has a second of the day of its own, so that it can be told from every other planted row.
    """
    instants = (day.start_us + second * SECOND for second in count(600, 2))
    rows: list[PlantedRow] = []
    for table in columns:
        source = sources.of(table)
        if source is not None:
            writer = Writer(site, table, source, columns[table], book, instants)
            rows += write_accounts(writer) if table == "registrations" else write_events(writer)
    return rows


def write_events(writer: Writer) -> Iterator[PlantedRow]:
    """Events of everybody whom this source's contract can tell."""
    yield from (writer.row("active") for _ in range(3))
    yield writer.row("registered", account=True)
    if Role.URL in writer.source.readable(Purpose.AUDIENCE):
        yield from _come_often(writer)
    yield from _without_consent(writer)
    robot = writer.word("robot", Role.USER_AGENT)
    yield writer.row("robot", counts=False, given={Role.USER_AGENT: f"{ROBOT} {robot}"})
    yield writer.broken_row("broken")
    yield from _addressed(writer)
    yield from _numbered(writer)
    yield from _in_forms(writer, "lettered", ACCENTED_FORMS, _FREE_TEXTS, accented=True)
    yield from _in_forms(writer, "written", FORMS, _FREE_TEXTS, accented=False)
    yield from _of_every_topic(writer)
    yield from _unlisted(writer)
    yield writer.row("unnamed", unnamed=True)


def write_accounts(writer: Writer) -> Iterator[PlantedRow]:
    """Accounts made on the day."""
    names = (Role.NAME, Role.COMPANY, Role.EMAIL, Role.ADDRESS)
    yield writer.row("registered", account=True)
    yield writer.broken_row("broken")
    yield writer.row("unnamed", account=True, unnamed=True)
    yield from _in_forms(writer, "lettered", ACCENTED_FORMS, names, accented=True)
    yield from _in_forms(writer, "written", FORMS, names, accented=False)
    for form, write in NUMBER_FORMS.items():
        numbers = {role: kind for role, kind in _OF_ACCOUNTS.items() if role in writer.roles and _fits(kind, form)}
        given: dict[Role, Value] = {
            role: write(writer.number("numbered", role, kind, form)) for role, kind in numbers.items()
        }
        yield writer.row("numbered", account=True, given=given)


def _come_often(writer: Writer) -> Iterator[PlantedRow]:
    first = writer.row("heavy")
    event = first.values.get(Role.EVENT_ID)
    for number in range(HEAVY_EVENTS):
        again: dict[Role, Value] = {Role.EVENT_ID: f"{event}-{number}"} if event is not None else {}
        if writer.holds(Role.EVENT_ID) != "text":
            again = {}
        yield writer.again(first, again)


def _without_consent(writer: Writer) -> Iterator[PlantedRow]:
    source = writer.source
    if source.consent is not None and source.consent.granting:
        refusal = "necessary" if "necessary" not in source.consent.granting else "refused"
        yield writer.row("refused", counts=False, given={Role.CONSENT: refusal})
        yield writer.row("silent", counts=False, given={Role.CONSENT: None})
    if Role.OPT_OUT in source.readable(Purpose.AUDIENCE):
        objects = True if writer.holds(Role.OPT_OUT) == "truth" else "true"
        yield writer.row("opted out", counts=False, given={Role.OPT_OUT: objects})


def _addressed(writer: Writer) -> Iterator[PlantedRow]:
    """Every part of an address, and what is no address of a page."""
    if Role.URL not in writer.roles:
        return
    site, topic = writer.root, writer.prefix
    for part, written in {
        "first part of the path": f"{site}/{{0}}",
        "second part of the path": f"{site}{topic}/{{0}}",
        "deep in the path": f"{site}{topic}/a/b/c/d/{{0}}/e",
        "path parameter": f"{site}{topic};sid={{0}}",
        "query": f"{site}{topic}?email={{0}}%40drill.example",
        "name in the query": f"{site}{topic}?{{0}}=1",
        "fragment": f"{site}{topic}#token={{0}}",
        "click id": f"{site}{topic}?gclid={{0}}&utm_campaign=drill",
        "address in the query": f"{site}{topic}?next=https%3A%2F%2Fdrill.example%2F{{0}}%3Fa%3D1",
        "user of the host": f"https://{{0}}:{{0}}@drill.example{topic}",
        "host": f"https://{{0}}.drill.example{topic}",
        "mail address": "mailto:{0}@drill.example",
    }.items():
        word = writer.word("addressed", Role.URL, part)
        yield writer.row("addressed", given={Role.URL: written.format(word)})


def _numbered(writer: Writer) -> Iterator[PlantedRow]:
    for kind in writer.kinds_of_numbers:
        for form, write in NUMBER_FORMS.items():
            if not _fits(kind, form):
                continue
            given: dict[Role, Value] = {
                role: writer.around(role, write(writer.number("numbered", role, kind, form)))
                for role in (Role.URL, Role.REFERRER, Role.PAGE_TITLE)
                if role in writer.roles
            }
            yield writer.row("numbered", given=given)


def _fits(kind: str, form: str) -> bool:
    """A metering point has dashes of its own, and is written with them."""
    return not (kind == "metering point" and "between" in form)


def _in_forms(
    writer: Writer, person: str, forms: Mapping[str, Callable[[str], str]], roles: Sequence[Role], *, accented: bool
) -> Iterator[PlantedRow]:
    for form, write in forms.items():
        given: dict[Role, Value] = {
            role: writer.around(role, write(writer.word(person, role, form, accented=accented)))
            for role in roles
            if writer.holds(role) == "text"
        }
        yield writer.row(person, account=writer.table == "registrations", given=given)


def _of_every_topic(writer: Writer) -> Iterator[PlantedRow]:
    if writer.table == "ad_beacons":
        for topic in (*writer.site.topic_names[:-1], "no topic of the list"):
            yield writer.row("subjects", given={Role.AD_TOPIC: topic})
        for action in AD_ACTIONS:
            yield writer.row("subjects", given={Role.ACTION: action})
        return
    for prefix in (*(topic.prefixes[0] for topic in writer.site.topics if topic.prefixes), "/no-topic-of-the-list"):
        word = writer.word("subjects", Role.URL, "query")
        yield writer.row("subjects", given={Role.URL: f"{writer.root}{prefix}?q={word}"})


def _unlisted(writer: Writer) -> Iterator[PlantedRow]:
    """A word in place of a word of a closed list: the event counts only where the list has room for others."""
    for role in (Role.CONSENT, Role.OPT_OUT):  # somebody else's: such an answer takes all of a visitor's day away
        if writer.holds(role) == "text":
            yield writer.row("unclear", counts=False, given={role: writer.word("unclear", role)})
    for role in (Role.KIND, Role.STATUS, Role.AD_TOPIC, Role.ACTION):
        if writer.holds(role) == "text":
            counts = role is Role.AD_TOPIC or (role in (Role.KIND, Role.STATUS) and role not in writer.source.only)
            yield writer.row("unlisted", counts=counts, given={role: writer.word("unlisted", role)})
