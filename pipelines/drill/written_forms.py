"""The forms in which a drill writes its marks: what browsers, mail programs, trackers and people make of one word.

How each is read back is the search's own business (`anonymizers.searching`); nothing here is shared with it, so that a
fault of one does not hide in the other.
"""

import base64
from collections.abc import Callable, Mapping
from types import MappingProxyType
from unicodedata import normalize
from urllib.parse import quote

_CYRILLIC = str.maketrans("aeo", "аео")
_FULL_WIDTH = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


def _percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _every_second_upper(text: str) -> str:
    return "".join(letter.upper() if place % 2 else letter for place, letter in enumerate(text))


def _between(separator: str) -> Callable[[str], str]:
    return lambda text: separator.join(text[place : place + 4] for place in range(0, len(text), 4))


FORMS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "upper case": str.upper,
        "mixed case": _every_second_upper,
        "percent": _percent,
        "percent twice": lambda text: quote(_percent(text)),
        "HTML decimal": lambda text: "".join(f"&#{ord(letter)};" for letter in text),
        "HTML hexadecimal": lambda text: "".join(f"&#x{ord(letter):X};" for letter in text),
        "base64": _base64,
        "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
        "base64 in percent": lambda text: _percent(_base64(text)),
        "base64 twice": lambda text: _base64(_base64(text)),
        "base64 in JSON": lambda text: _base64(f'{{"u": "{text}"}}'),
        "base32": lambda text: base64.b32encode(text.encode()).decode(),
        "hexadecimal": lambda text: text.encode().hex(),
        "JSON escapes": lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text),
        "backslash escapes": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
        "quoted-printable": lambda text: "".join(f"={byte:02X}" for byte in text.encode()),
        "MIME word": lambda text: f"=?utf-8?B?{_base64(text)}?=",
        "full width": lambda text: text.translate(_FULL_WIDTH),
        "zero width between": _between("\u200b"),
        "soft hyphens between": _between("\u00ad"),
        "Cyrillic look-alikes": lambda text: text.translate(_CYRILLIC),
    }
)
"""Of words without accents."""

ACCENTED_FORMS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "plain": str,
        "upper case": str.upper,
        "NFD": lambda text: normalize("NFD", text),
        "percent": quote,
        "percent NFD": lambda text: quote(normalize("NFD", text)),
        "HTML decimal": lambda text: "".join(letter if letter.isascii() else f"&#{ord(letter)};" for letter in text),
        "JSON escapes": lambda text: text.encode("ascii", "backslashreplace").decode().replace("\\x", "\\u00"),
        "base64": _base64,
        "punycode": lambda text: "xn--" + text.encode("punycode").decode(),
        "UTF-8 read as windows-1252": lambda text: text.encode().decode("cp1252"),
    }
)
"""Of words with Estonian letters."""

NUMBER_FORMS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "plain": str,
        "blanks between": _between(" "),
        "dashes between": _between("-"),
        "dots between": _between("."),
        "percent": _percent,
        "base64": _base64,
        "full width": lambda text: text.translate(_FULL_WIDTH),
    }
)
"""Of personal codes, phones, accounts and metering points."""
