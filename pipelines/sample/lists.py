"""The made-up portal's words: people, addresses, pages, searches, referrers, browsers, and what is combined from them.

Columns of text are built here too, without a Python loop a row. No tables, and nobody's behaviour: see `population`.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, TypeAlias
from urllib.parse import quote_plus

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.random import Generator

Numbers: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Text: TypeAlias = pa.StringArray
Patch: TypeAlias = tuple[Numbers, Text]

SITE = "https://www.elektrum-portaal.example"
RESET_PAGE = "/iseteenindus/taasta"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


def _words(text: str, mark: str | None = None) -> list[str]:
    return text.split(mark)


# fmt: off
# Faker's et_EE knows about fifty first names of each sex; these add double names and the letters that break encodings.
MORE_MEN = _words("Jüri Märt Tõnu Ülo Õnne-Mart Karl-Erik Ott Rasmus Kristjan Siim Rein Väino Žan Mihkel Hannes Taavi")
MORE_WOMEN = _words("Mari-Liis Anna-Maria Ülle Õie Käthlin Žanna Kärt Liisi Triin Kadri Hele-Riin Eha Pille Tiiu Mai")

STREETS = _words(
    "Pärnu mnt|Narva mnt|Tartu mnt|Õismäe tee|Sõpruse pst|Tammsaare tee|Kase|Kuuse|Männi|Tamme|Pihlaka|Toome|Sireli|"
    "Vahtra|Lepa|Haava|Saare|Paju|Kadaka|Jõe|Järve|Mere|Metsa|Nurme|Põllu|Aia|Kooli|Kiriku|Turu|Raekoja|Riia|Võru|"
    "Viljandi mnt|Lai|Pikk|Uus|Vana|Kesk|Rohu|Lille|Roosi|Pargi|Kalda|Ranna|Sadama|Jaama|Raudtee|Veski|Silla|Mäe|Oru|"
    "Künka|Allika|Kopli|Endla|Liivalaia|Gonsiori|Kreutzwaldi|Vilmsi|Koidula|Jakobsoni|Vabaduse|Võidu|Ööbiku|Lõokese",
    "|",
)
# Town and the smallest of the hundred postcodes given to it.
TOWNS = (
    ("Tallinn", 10100), ("Tallinn", 11300), ("Tallinn", 12600), ("Tallinn", 13500), ("Tartu", 50100), ("Tartu", 51000),
    ("Narva", 20200), ("Pärnu", 80000), ("Kohtla-Järve", 30300), ("Viljandi", 71000), ("Rakvere", 44300),
    ("Maardu", 74100), ("Kuressaare", 93800), ("Sillamäe", 40200), ("Valga", 68200), ("Võru", 65600), ("Jõhvi", 41500),
    ("Haapsalu", 90500), ("Keila", 76600), ("Paide", 72700), ("Põlva", 63300), ("Saue", 76500), ("Elva", 61500),
    ("Rapla", 79500), ("Jõgeva", 48300), ("Viimsi", 74000), ("Türi", 72200), ("Kärdla", 92400), ("Otepää", 67400),
)
COMPANY_HEADS = _words(
    "Põhjala Tamme Mere Ranniku Koidu Virmalise Kolm Metsa Sinilille Pääsu Saare Lõuna Vana Uus Kivi Raud Hõbe Õun"
)
COMPANY_BRANCHES = _words(
    "Puit Ehitus Transport Kinnisvara Pagar Talu Metall Elekter Kohvik Autod Disain Ravi Kaubad Aed Tekstiil Tarkvara"
)
COMPANY_FORMS = ("OÜ", "OÜ", "OÜ", "AS", "FIE", "MTÜ", "Korteriühistu")
# Reserved names only, so that no made-up address can reach anybody.
MAIL_DOMAINS = (
    "postkast.example", "postkast.example", "postkast.example", "kiri.example", "kuum.example", "meil.example",
    "kodu.example", "ulikool.example", "kool.example", "firma.example", "mail.postkast.example",
)

# Share of interest by topic; a topic that is not named has the last figure.
POPULARITY = {
    "invoices": 18, "home_page": 15, "exchange_prices": 14, "meter_readings": 13, "contracts": 8, "packages": 6,
    "outages": 4.5, "customer_service": 4, "news": 2.5, "solar": 2.5, "ev_charging": 1.8, "heat_pumps": 1.6,
    "energy_saving": 1.6, "gas": 1.4, "business": 1.4, "smart_home": 1, "green_energy": 0.8, "appliances": 0.7,
    "moving_home": 0.4, "insurance": 0.35,
}
OTHER_POPULARITY = 1.0
TITLES = {
    "home_page": "Avaleht", "invoices": "Minu arved", "meter_readings": "Näidud ja tarbimine",
    "packages": "Elektripaketid", "exchange_prices": "Börsihind tunniti", "solar": "Päikesepaneelid",
    "heat_pumps": "Soojuspumbad", "contracts": "Minu lepingud", "ev_charging": "Elektriauto laadimine",
    "gas": "Maagaas", "outages": "Katkestused", "moving_home": "Kolimine", "business": "Ärikliendile",
    "energy_saving": "Energia säästmine", "smart_home": "Nutikodu", "appliances": "Kodumasinad",
    "insurance": "Kodukindlustus", "green_energy": "Roheenergia", "customer_service": "Abi ja kontakt",
    "news": "Uudised",
}
# Shares of the day's visits by local hour: night low, peaks at breakfast and in the evening.
RHYTHM = (14, 8, 5, 4, 4, 8, 22, 46, 72, 76, 70, 58, 54, 52, 50, 50, 54, 62, 76, 84, 82, 70, 46, 26)

# What stands below a topic's path: on Estonian, English and logged-in pages.
DEEPER = {
    "et": ("ulevaade", "hinnad", "tingimused", "kkk", "kalkulaator", "tellimine", "2026/10", "vordlus", "juhend"),
    "en": ("overview", "prices", "terms", "faq", "calculator", "order", "2026/10", "compare", "guide"),
    "self": ("ulevaade", "ajalugu", "seaded", "2026/09", "2026/10", "graafik/paev", "graafik/kuu", "lae-alla"),
}
ARTICLES = tuple(
    f"{head}-{tail}"
    for head in ("kuidas-valida", "viis-nouannet", "mis-muutub", "kliendilugu", "talveks-valmis")
    for tail in ("kodus", "korteris", "eramajas", "2025", "2026", "ettevottes")
)
# Pages under no topic's prefix: an application's own requests, files, old addresses, what scanners try.
STRAY_PAGES = (
    "/assets/app.3f9c1b.css", "/static/main.8d21.js", "/api/v2/session", "/api/v2/consumption/hourly", "/favicon.ico",
    "/otsing", "/manifest.json", "/vana/avaleht.aspx", "/arvedusest", "/wp-login.php", "/.env", "/logi-sisse",
    "/api/v1/prices.json", "/kampaania/sugis", "/fonts/brand.woff2", "/sitemap.xml", "/robots.txt", "/pakett",
)
SEARCHES = (
    "elektri hind", "börsihind homme", "elektri hind täna tunniti", "näidu esitamine", "arve maksmine",
    "e-arve püsimakse", "elektrileping kolimisel", "lepingu lõpetamine", "päikesepaneelid hind", "soojuspumba toetus",
    "elektriauto laadija koju", "kontakt telefon", "katkestus tallinn", "voolukatkestus tartu", "fikseeritud pakett",
    "roheline energia tõend", "gaasi hind", "kuidas lugeda arvestit", "iseteenindus parool", "kodukindlustus",
    "nutikas termostaat", "электричество цена", "electricity price estonia", "submit meter reading",
    "change electricity supplier", "elektrum", "elektrum iseteenindus", "võlgnevus", "maksegraafik",
    "hääletu elektrikatkestus", "mikrotootja müük börsile", "kilowatt-tunni hind",
)
CAMPAIGNS = ("sugis-2026", "paike-kevad", "fix12", "nutikodu-stardipakett", "uudiskiri-10", "brand")
LANGUAGES = ("?lang=et", "?lang=en", "?lang=ru", "?lang=ru&mode=mobile")
SENDERS = (("uudiskiri", "email"), ("facebook", "cpc"), ("google", "cpc"), ("delfi", "display"), ("lehed", "display"))
MARKS = tuple(
    f"?utm_source={source}&utm_medium={medium}&utm_campaign={campaign}"
    for (source, medium), campaign in product(SENDERS, CAMPAIGNS)
)
GOOGLE = tuple(
    f"https://www.google.{land}/{rest}"
    for land in ("com", "ee")
    for rest in ("", *(f"search?q={quote_plus(words)}" for words in SEARCHES))
)
OTHER_SITES = (
    "https://www.facebook.com/", "https://m.facebook.com/", "https://l.facebook.com/", "https://lm.facebook.com/",
    "https://t.co/Qx81", "https://www.bing.com/", "https://duckduckgo.com/",
    "https://www.hinnavaatlus.example/elekter?sort=hind", "android-app://com.google.android.gm/",
)
STRAY_AD_TOPICS = ("Heat-Pump", "test-campaign", "casino", "unknown", "")

ROBOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    f"Mozilla/5.0 {WEBKIT[:-1]}; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0 Safari/537.36",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} HeadlessChrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", "curl/8.5.0", "python-requests/2.32.3",
    "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)", "Go-http-client/2.0",
)
PHONES = _words(
    "SM-S928B SM-S926B SM-S921B SM-S918B SM-S911B SM-S901B SM-G991B SM-G998B SM-A556B SM-A546B SM-A536B SM-A528B "
    "SM-A356B SM-A346B SM-A256B SM-A156B SM-A145R SM-A135F SM-A127F SM-M346B 2201117TY 23021RAA2Y 2312DRA50G "
    "23127PN0CG M2101K6G XQ-DQ54 CPH2581 CPH2473 moto_g84_5G moto_g54 LE2123 AC2003 Pixel_9 Pixel_8a Pixel_8 Pixel_7a "
    "Pixel_6 Nokia_G42 ELE-L29 VOG-L29 RMX3890"
)
TABLETS = _words("SM-X200 SM-X210 SM-X510 SM-X700 SM-T500 SM-T290 SM-P613 Lenovo_TB-X606F Lenovo_TB330FU")
# fmt: on


def list_pages(prefixes: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """Give the paths of a topic's pages: Estonian, English, logged-in; most visited first."""
    kinds: dict[str, list[str]] = {kind: [] for kind in DEEPER}
    for prefix in prefixes:
        logged_in, english = prefix.startswith("/iseteenindus"), f"{prefix}/".startswith("/en/")
        kinds["self" if logged_in else "en" if english else "et"].append(prefix)
    kinds["et"] = kinds["et"] or prefixes[:1]  # type: ignore[assignment]
    below = {**DEEPER, "et": (*DEEPER["et"], *ARTICLES)}
    for kind, roots in kinds.items():
        # A front page (/, /et) has nothing of its own below it: /et/hinnad would be nobody's.
        kinds[kind] = [*roots, *(f"{root}/{leaf}" for leaf in below[kind] for root in roots if len(root) > 3)]
    return kinds["et"], kinds["en"] or kinds["et"], kinds["self"] or kinds["et"]


def list_human_agents() -> list[tuple[str, float]]:
    """Give some 2,000 browsers' user agents, each with its relative share of visitors; the newest versions lead."""
    shares: dict[str, float] = {}
    for agent, share in [*_desktop_agents(), *_android_agents(), *_apple_agents()]:
        shares[agent] = shares.get(agent, 0.0) + share
    return list(shares.items())


def _desktop_agents() -> Iterator[tuple[str, float]]:
    systems = {"Windows NT 10.0; Win64; x64": 30, "Macintosh; Intel Mac OS X 10_15_7": 5, "X11; Linux x86_64": 1.2}
    systems["X11; CrOS x86_64 14541.0.0"] = 0.5
    for (system, weight), version in product(systems.items(), range(98, 149)):
        chrome = f"Mozilla/5.0 ({system}) {WEBKIT} Chrome/{version}.0.0.0 Safari/537.36"
        share = weight * 0.62 ** (148 - version) + 0.003
        yield chrome, share * 0.6
        if "CrOS" not in system:
            yield f"{chrome} Edg/{version}.0.0.0", share * 0.25
            yield f"{chrome} OPR/{version - 16}.0.0.0", share * 0.03
            gecko = f"Mozilla/5.0 ({system.replace('10_15_7', '10.15')}; rv:{version}.0) Gecko/20100101"
            yield f"{gecko} Firefox/{version}.0", share * 0.12 + (0.02 * weight if version in (115, 128, 140) else 0)


def _android_agents() -> Iterator[tuple[str, float]]:
    for version in range(100, 149):
        share = 0.6 ** (148 - version) + 0.001
        chrome = f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/{version}.0.0.0"
        yield f"{chrome} Mobile Safari/537.36", 11 * share
        yield f"{chrome} Safari/537.36", 0.8 * share
        gecko = f"Mozilla/5.0 (Android {11 + version % 5}; Mobile; rv:{version}.0) Gecko/{version}.0"
        yield f"{gecko} Firefox/{version}.0", 0.4 * share
    for rank, (model, version) in enumerate(product((*PHONES, *TABLETS), (148, 147, 146, 143, 138, 131))):
        device = f"Mozilla/5.0 (Linux; Android {16 - rank % 5}; {model.replace('_', ' ')}"
        mobile = "Safari/537.36" if model in TABLETS else "Mobile Safari/537.36"
        chrome = f"Chrome/{version}.0.{7000 + 27 * (version - 110)}.{40 + rank % 150} {mobile}"
        share = 2.2 / (rank + 8)
        yield f"{device}) {WEBKIT} {chrome}", share * 0.5
        app = f"[FB_IAB/FB4A;FBAV/{version + 374}.0.0.38.109;]"
        yield f"{device}; wv) {WEBKIT} Version/4.0 {chrome} {app}", share * 0.4
        if model.startswith("SM"):
            yield f"{device}) {WEBKIT} SamsungBrowser/{23 + version % 7}.0 Chrome/{version - 12}.0.0.0 {mobile}", share


def _apple_agents() -> Iterator[tuple[str, float]]:
    kit = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
    for age, major in enumerate((26, 18, 17, 16, 15, 14)):  # Apple's numbers leap from 18 to 26
        for minor in range(8):
            share = 0.5**age * 0.9 ** (7 - minor)
            iphone = f"Mozilla/5.0 (iPhone; CPU iPhone OS {major}_{minor} like Mac OS X) {kit}"
            safari = f"{kit} Version/{major}.{minor}"
            yield f"{iphone} Version/{major}.{minor} Mobile/15E148 Safari/604.1", 4 * share
            ipad = f"Mozilla/5.0 (iPad; CPU OS {major}_{minor} like Mac OS X)"
            yield f"{ipad} {safari} Mobile/15E148 Safari/604.1", 0.4 * share
            yield f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {safari} Safari/605.1.15", 1.2 * share
            for version in (130, 141, 147, 148):
                yield f"{iphone} CriOS/{version}.0.{7000 + minor}.62 Mobile/15E148 Safari/604.1", 0.2 * share
            for phone in ("iPhone13,2", "iPhone14,5", "iPhone15,3", "iPhone16,1", "iPhone17,3"):
                app = f"[FBAN/FBIOS;FBAV/521.0.0.{40 + minor};FBDV/{phone};FBSV/{major}.{minor}]"
                yield f"{iphone} Mobile/15E148 {app}", 0.08 * share


_element_wise: Any = pc.binary_join_element_wise  # its stub knows no mixture of columns and single texts


def text(values: Sequence[str | None]) -> Text:
    """A column of the given texts."""
    return pa.array(values, pa.string())


def join(*parts: Text | str) -> Text:
    """Row by row, the parts one after another; null where any part is null."""
    joined: Text = _element_wise(*parts, "")
    return joined


def overlay(pool: Text, index: Numbers, patches: Sequence[Patch]) -> Text:
    """`pool[index]`, and at each patch's rows the patch's texts; later patches win."""
    index, size = index.astype(np.int64), len(pool)
    for rows, texts in patches:
        index[rows] = np.arange(size, size + len(texts))
        size += len(texts)
    return pa.concat_arrays([pool, *(texts for _, texts in patches)]).take(index)


def keep(rows: Numbers, column: Text) -> Text:
    """The column where `rows` is true, null elsewhere."""
    return column.take(pa.array(np.arange(len(rows)), pa.int64(), mask=~rows))


def digits(numbers: Numbers, width: int, prefix: str = "") -> Text:
    """Each number with leading zeros; `digits(np.array([7]), 3, "EE")` is EE007."""
    return _fixed(digit_matrix(numbers, width) + ord("0"), prefix)


def digit_matrix(numbers: Numbers, width: int) -> Numbers:
    """One row a number, one column a decimal place, the highest first."""
    return np.stack([numbers // 10**place % 10 for place in reversed(range(width))], axis=1)


def tokens(rng: Generator, count: int, width: int, prefix: str = "") -> Text:
    """Random base64url texts, as click identifiers and session tokens are."""
    return _fixed(_ALPHABET[rng.integers(0, 64, (count, width), np.uint8)], prefix)


def uuids(octets: Numbers) -> Text:
    """Version-4 UUIDs, lower case with hyphens, of sixteen octets (uint8) each."""
    signs = _HEX[np.stack([octets >> 4, octets & 15], axis=2).reshape(len(octets), 32)]
    signs[:, 12], signs[:, 16] = ord("4"), _HEX[8 + octets[:, 8] // 64]
    letters = np.full((len(octets), 36), ord("-"), np.uint8)
    for hyphens, (begin, end) in enumerate(((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))):
        letters[:, begin + hyphens : end + hyphens] = signs[:, begin:end]
    return _fixed(letters)


_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
_ALPHABET = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", np.uint8)


def _fixed(letters: Numbers, prefix: str = "") -> Text:
    head = np.broadcast_to(np.frombuffer(prefix.encode(), np.uint8), (len(letters), len(prefix)))
    body = np.ascontiguousarray(np.hstack([head, letters.astype(np.uint8)]) if prefix else letters.astype(np.uint8))
    ends = np.arange(len(body) + 1, dtype=np.int32) * np.int32(body.shape[1])
    return pa.StringArray.from_buffers(len(body), pa.py_buffer(ends.data), pa.py_buffer(body.data))
