"""Made-up raw tables of an electricity retailer's portal: local days of views and ad beacons, and the customers.

Here stand the files; what is in them, in the other modules of this folder. Nothing is real.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import date
from itertools import islice
from pathlib import Path

import pyarrow as pa

from pipelines.sample.events import AD_BEACONS, CLICKSTREAM
from pipelines.sample.pages import TopicPaths
from pipelines.sample.people import BATCH_ROWS, open_writer, write_registrations
from pipelines.sample.population import SHORTEST
from pipelines.sample.traffic import AD_SHARE, VIEWS_A_VISITOR, Traffic

FILE_ROWS = 1_000_000


def write_sample_tables(
    raw: Path,
    day: date,
    time_zone: str,
    topics: Mapping[str, TopicPaths],
    *,
    events: int,
    seed: int,
    progress: Callable[[str], None] = lambda line: None,
) -> None:
    """Write one made-up local day below `raw`: `write_sample_days` of that day alone."""
    write_sample_days(raw, [day], time_zone, topics, events_a_day=events, seed=seed, progress=progress)


def write_sample_days(
    raw: Path,
    days: Sequence[date],
    time_zone: str,
    topics: Mapping[str, TopicPaths],
    *,
    events_a_day: int,
    seed: int,
    ad_share: float = AD_SHARE,
    views_a_visitor: float = VIEWS_A_VISITOR,
    progress: Callable[[str], None] = lambda line: None,
) -> None:
    """Write made-up local days below `raw`, whose visitors return: equal arguments give equal contents.

    A day's clickstream and beacons are the same whatever other days are asked for; the people depend on all that is
    named here but the days and the zone. Every day has exactly `events_a_day` events, at weekends too. For `ad_share`
    (0: no ad_beacons are written) and `views_a_visitor` see `Traffic`.

    clickstream/date=<day>/part-*.parquet, by instant, at most 1,000,000 rows a file: event_id string (UUID), ts
      timestamp[us, UTC], cookie_id string or null (refused, most robots), account_id string or null (not logged in),
      ip, user_agent, url string, referrer, page_title string or null, consent string or null (no answer, no cookie),
      gpc bool, status string, cookies string or null (as a Cookie header; few hold an e-mail, as real ones do)
    ad_beacons/date=<day>/part-000.parquet: ts, cookie_id, ip, user_agent, page_url, ad_id, ad_topic, action string,
      consent, gpc; each follows a page view of the same visitor by up to 20 seconds
    registrations.parquet, every account that there was on one of the days, whether its holder came or not, as at the
      end of the last day: account_id, name string, company string or null, isikukood, email, phone, address,
      customer_number, metering_point_eic string, newsletter_consent, offer_consent bool, created_at, updated_at
      timestamp[us, UTC]
    Raises ValueError when there are no days or too far apart, a number is out of range, or no topic has a path.
    """
    if not days:
        raise ValueError("there are no days to make; give at least one")
    traffic = Traffic(time_zone, topics, events_a_day, seed, ad_share, views_a_visitor)
    days, people, population = sorted(set(days)), traffic.portal.people, traffic.population
    most = SHORTEST * (population.generations - 1)
    if (days[-1] - days[0]).days > most:
        raise ValueError(f"so many people's accounts can be told apart for {most} days; ask for days closer together")
    raw.mkdir(parents=True, exist_ok=True)
    for day in days:
        batches = traffic.draw(day, BATCH_ROWS)
        _write_events(batches, traffic.views_a_day, raw, f"date={day.isoformat()}", bool(ad_share), progress)
    accounts = write_registrations(raw / "registrations.parquet", population, people, days, time_zone)
    progress(f"registrations: {accounts:,} rows")


def _write_events(
    batches: Iterator[tuple[pa.Table, pa.Table]],
    views: int,
    raw: Path,
    partition: str,
    with_beacons: bool,
    progress: Callable[[str], None],
) -> None:
    folder, beacon_folder = raw / "clickstream" / partition, raw / "ad_beacons" / partition
    for each, wanted in ((folder, True), (beacon_folder, with_beacons)):
        if wanted:
            each.mkdir(parents=True, exist_ok=True)
        for stale in each.glob("part-*.parquet"):  # a smaller day must not keep a larger day's last parts
            stale.unlink()
    with open_writer(beacon_folder / "part-000.parquet", AD_BEACONS) if with_beacons else nullcontext() as beacon_file:
        for part, first in enumerate(range(0, views, FILE_ROWS)):
            with open_writer(folder / f"part-{part:03}.parquet", CLICKSTREAM) as view_file:
                for seen, beacons in islice(batches, FILE_ROWS // BATCH_ROWS):
                    view_file.write_table(seen)
                    if beacon_file:
                        beacon_file.write_table(beacons)
            progress(f"clickstream {partition} part {part}: {min(first + FILE_ROWS, views):,} of {views:,} rows")
