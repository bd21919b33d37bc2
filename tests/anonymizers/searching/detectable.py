"""Made-up numbers, addresses and keys of every kind that the detectors know, and the forms in which people write them."""

import base64
import html
import json
import quopri
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from email.header import Header
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote

from hypothesis import strategies as st
from stdnum import luhn
from stdnum.ee import ik
from stdnum.eu import eic
from stdnum.iso7064 import mod_97_10

from anonymizers.searching.detectors import Kind


def digits(count: int, first: str = "0123456789") -> st.SearchStrategy[str]:
    """Numbers of so many digits."""
    return st.tuples(st.sampled_from(first), st.text("0123456789", min_size=count - 1, max_size=count - 1)).map("".join)


def _code(born: date, serial: int) -> str:
    front = f"{2 * (born.year // 100) - 35 + serial % 2}{born:%y%m%d}{serial:03}"
    return front + ik.calc_check_digit(front + "0")


BIRTHDAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))
ISIKUKOOD = st.builds(_code, BIRTHDAYS, st.integers(0, 999))
LATVIAN = st.builds(lambda born, rest: f"{born:%d%m%y}-{born.year // 100 - 18}{rest}", BIRTHDAYS, digits(4)) | digits(
    9
).map(lambda rest: f"32{rest[:4]}-{rest[4:]}")


def _iban(country: str, account: str) -> str:
    return f"{country}{mod_97_10.calc_check_digits(account + country)}{account}"


IBAN = (
    st.builds(_iban, st.just("EE"), digits(16))
    | st.builds(_iban, st.just("LT"), digits(16))
    | st.builds(_iban, st.just("DE"), digits(18))
    | st.builds(_iban, st.just("FI"), digits(14))
    | st.builds(lambda rest: _iban("LV", "HABA" + rest), digits(13))
    | st.builds(lambda rest: _iban("GB", "MIDL" + rest), digits(14))
)


def _eic(front: str) -> str:
    return front + eic.calc_check_digit(front + "0")


EIC_ESTONIAN = (
    digits(8).map(lambda rest: _eic(f"38ZEE-{rest}-"))
    | digits(11).map(lambda rest: _eic(f"38ZG{rest}"))
    | digits(12).map(lambda rest: _eic(f"38Z{rest}"))
).filter(lambda code: code[-1] != "-")
EIC_ABROAD = (
    st.tuples(digits(2), st.sampled_from("XYZ"), digits(12)).map("".join).map(_eic).filter(lambda code: code[-1] != "-")
)


def _card(front: str) -> str:
    return front + luhn.calc_check_digit(front)


CARD = (
    digits(14).map(lambda rest: _card("4" + rest))
    | digits(13).map(lambda rest: _card("53" + rest))
    | digits(12).map(lambda rest: _card("37" + rest))
    | digits(11).map(lambda rest: _card("36" + rest))
)
MOBILE = digits(6).map(lambda rest: "5" + "123456789"[int(rest[0]) % 9] + rest[1:] + rest[0])
LANDLINE = digits(6).map(lambda rest: "6" + rest)
ESTONIAN_TELEPHONE = st.builds(
    lambda code, rest: code + rest, st.sampled_from(["+372 ", "00372", "+372"]), MOBILE | LANDLINE
)
TELEPHONE_ABROAD = st.builds(
    lambda code, rest: f"{code} {rest}",
    st.sampled_from(["+371", "+370", "+358", "+44", "+1", "0049", "+46 (0)"]),
    digits(8, "23456789"),
)

NAMES = st.sampled_from(["mari", "mari.maasikas", "m_maasikas+kiri", "jüri-õun", "M.M.99", "tiit"])
HOSTS = st.sampled_from(["naide.ee", "post.naide.ee", "firma-näide.com", "naide.museum", "xn--nide-loa.ee"])
EMAIL = st.builds(lambda name, host: f"{name}@{host}", NAMES, HOSTS)
HEXADECIMAL = "0123456789abcdef"
MAC = st.builds(
    lambda octets, sign: sign.join(f"{octet:02x}" for octet in octets),
    st.lists(st.integers(0, 255), min_size=6, max_size=6),
    st.sampled_from(":-"),
)
IPV4 = st.integers(2**24, 2**32 - 1).map(lambda number: str(IPv4Address(number)))
IPV6 = st.integers(2**124, 2**128 - 1).flatmap(
    lambda number: st.sampled_from([str(IPv6Address(number)), IPv6Address(number).exploded])
) | st.integers(2**16, 2**32 - 1).map(lambda number: f"2001:db8::{number >> 16:x}:{number & 0xFFFF:x}")
JWT = st.builds(
    lambda body, mark: ".".join(
        base64.urlsafe_b64encode(part).decode().rstrip("=")
        for part in (b'{"alg":"HS256"}', json.dumps(body).encode(), mark)
    ),
    st.fixed_dictionaries({"sub": digits(6)}),
    st.binary(min_size=32, max_size=32),
)
DIGEST = st.sampled_from([32, 40, 64, 128]).flatmap(lambda size: st.text(HEXADECIMAL, min_size=size, max_size=size))
SESSION = st.sampled_from([16, 20, 24, 36, 48]).flatmap(lambda size: st.text(HEXADECIMAL, min_size=size, max_size=size))
_MANY_DIGITS = re.compile(r"\d{7}")
"""May be a telephone number or pass for a card, and is told as that first."""
CLICK_ID = st.builds(
    lambda name, rest: f"{name}={rest}",
    st.sampled_from(["gclid", "fbclid", "msclkid", "_ga", "utm_term", "mc_eid", "GCLID"]),
    st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=12),
)
STREETS = st.sampled_from(["Narva mnt", "Pärnu maantee", "Pika tn", "Õuna tänav", "Sõpruse pst", "Kaskede tee"])
TOWNS = st.sampled_from(["Tallinn", "Tartu", "Põltsamaa", "Kohtla-Järve", "Võru vald"])
HOUSES = st.builds(
    lambda house, rest: f"{house}{rest}", st.integers(1, 399), st.sampled_from(["", "a", "-7", "b-12", "/2"])
)
ADDRESS = st.builds(lambda street, house: f"{street} {house}", STREETS, HOUSES) | st.builds(
    lambda house, town, code: f"Maasika {house}, {town} {code}", HOUSES, TOWNS, digits(5, "123456789")
)


def wrong_last(text: str) -> str:
    """The same with another last digit, so that a check digit there is wrong."""
    place = max(place for place, letter in enumerate(text) if letter.isdigit())
    return text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :]


OF_A_PERSON: Mapping[str, tuple[Kind, st.SearchStrategy[str]]] = {
    "isikukood": (Kind.PERSONAL_CODE, ISIKUKOOD),
    "isikukood with a wrong check digit": (Kind.PERSONAL_CODE, ISIKUKOOD.map(wrong_last)),
    "Latvian code": (Kind.PERSONAL_CODE, LATVIAN),
    "IBAN": (Kind.IBAN, IBAN),
    "IBAN with a wrong digit": (Kind.IBAN, IBAN.map(wrong_last)),
    "Estonian metering point": (Kind.METERING_POINT, EIC_ESTONIAN),
    "Estonian metering point with a wrong digit": (Kind.METERING_POINT, EIC_ESTONIAN.map(wrong_last)),
    "metering point abroad": (Kind.METERING_POINT, EIC_ABROAD),
    "card": (Kind.CARD, CARD),
    "Estonian telephone": (Kind.TELEPHONE, ESTONIAN_TELEPHONE),
    "telephone abroad": (Kind.TELEPHONE, TELEPHONE_ABROAD),
    "e-mail": (Kind.EMAIL, EMAIL),
    "UUID": (Kind.UUID, st.uuids(version=4).map(str)),
    "UUID in capitals": (Kind.UUID, st.uuids().map(lambda value: str(value).upper())),
    "IPv4": (Kind.IP_ADDRESS, IPV4),
    "IPv6": (Kind.IP_ADDRESS, IPV6),
    "MAC": (Kind.HARDWARE_ADDRESS, MAC),
    "JWT": (Kind.SIGNED_TOKEN, JWT),
    "digest": (Kind.DIGEST, DIGEST),
    "UUID without hyphens": (Kind.DIGEST, st.uuids().map(lambda value: uuid.UUID(str(value)).hex)),
    "session": (Kind.HEXADECIMAL, SESSION.filter(lambda word: not _MANY_DIGITS.search(word))),
    "click id": (Kind.CLICK_ID, CLICK_ID),
    "street address": (Kind.STREET_ADDRESS, ADDRESS),
}
"""What it is -> the kind that must be told, and how to make one up."""
UNDER_ANY_KIND: Mapping[str, st.SearchStrategy[str]] = {
    "session with a number in it": SESSION,
    "card with a wrong check digit": CARD.map(wrong_last),
    "Estonian telephone without a country": MOBILE | LANDLINE,
    "customer number": digits(10),
    "contract": digits(7),
}
"""What must be found, under whichever kind."""


def _by_codes(text: str, pattern: str) -> str:
    return "".join(pattern.format(ord(letter)) for letter in text)


def _full_width(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)


FORMS: Mapping[str, Callable[[str], str]] = {
    "as it is": str,
    "in capitals": str.upper,
    "in a sentence": lambda text: f"Ask {text}.",
    "in brackets": lambda text: f"({text})",
    "in a URL": lambda text: f"https://a.example/?q={quote(text)}&x=1",
    "in a path": lambda text: f"/a/{quote(text, safe='')}/b",
    "percent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "percent twice": lambda text: quote(quote(text, safe=""), safe=""),
    "percent five times": lambda text: quote(
        quote(quote(quote(quote(text, safe=""), safe=""), safe=""), safe=""), safe=""
    ),
    "HTML names": lambda text: html.escape(text).replace("@", "&commat;").replace(".", "&period;"),
    "HTML decimal": lambda text: _by_codes(text, "&#{};"),
    "HTML hexadecimal": lambda text: _by_codes(text, "&#x{:x};"),
    "JSON": lambda text: _by_codes(text, "\\u{:04x}"),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64 twice": lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
    "base64 in percent": lambda text: quote(base64.b64encode(text.encode()).decode(), safe=""),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
    "hexadecimal in capitals": lambda text: text.encode().hex().upper(),
    "quoted-printable": lambda text: quopri.encodestring(text.encode(), quotetabs=True).decode().replace("=\n", ""),
    "mail word": lambda text: Header(text, "utf-8").encode(),
    "full width": _full_width,
    "zero width": lambda text: "\u200b".join(text),
    "soft hyphens": lambda text: "\u00ad".join(text),
    "byte order mark": lambda text: "\ufeff" + text,
    "right to left mark": lambda text: "\u200f" + text + "\u200e",
}
"""Name -> a form in which anything may be written."""
SPACED: Mapping[str, Callable[[str], str]] = {
    "blanks": lambda text: " ".join(text[place : place + 4] for place in range(0, len(text), 4)),
    "hyphens": lambda text: "-".join(text[place : place + 3] for place in range(0, len(text), 3)),
    "dots": lambda text: ".".join(text[place : place + 2] for place in range(0, len(text), 2)),
    "every digit apart": " ".join,
    "long dashes": lambda text: "–".join((text[:6], text[6:])),
    "hard blanks": lambda text: "\u00a0".join((text[:3], text[3:7], text[7:])),
}
"""Name -> a way to space a number."""
EMAIL_FORMS: Mapping[str, Callable[[str], str]] = {
    "mailto": lambda text: f"mailto:{text}?subject=x",
    "at in brackets": lambda text: text.replace("@", " [at] "),
    "at and dot in brackets": lambda text: text.replace("@", "(at)").replace(".", "(dot)"),
    "at and dot in words": lambda text: text.replace("@", " at ").replace(".", " dot "),
    "blanks around at": lambda text: text.replace("@", " @ "),
    "small at": lambda text: text.replace("@", "﹫"),
    "name and address": lambda text: f"Mari Maasikas <{text}>",
}
"""Name -> a way to write an e-mail address, besides those for anything."""


def days() -> st.SearchStrategy[str]:
    """What a release may well say of days and hours."""
    day = st.dates(date(2000, 1, 1), date(2098, 12, 31))
    return (
        day.map(str)
        | day.map(lambda when: f"{when:%d.%m.%Y}")
        | day.map(lambda when: f"daily/date={when}.r2")
        | day.map(lambda when: f"site-daily-date-{when}")
        | day.map(lambda when: f"{when:%G-W%V}")
        | day.map(lambda when: ", ".join(str(when + timedelta(days=more)) for more in range(7)))
        | day.map(lambda when: f"Heating season {when.year}-{when.year + 1} in 95 of 100 cases, 18:00 to 21:59")
    )
