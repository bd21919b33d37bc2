"""Values of made-up people, the forms in which they are written, and the places where they are hidden: the corpus of recall."""

import base64
import bz2
import gzip
import html
import io
import json
import lzma
import quopri
import re
import sqlite3
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Mapping
from email.header import Header
from urllib.parse import quote, quote_plus

import pyarrow as pa
import pyarrow.parquet as pq

VALUES: Mapping[str, str] = {
    "name": "Õie-Žanna Mäekülaššk",
    "plain name": "Marius Tammeveski",
    "company": "Kõrvõkülä Ehitüs OÜ",
    "e-mail": "oie.maekula73@postkast.näide.ee",
    "isikukood": "47101010033",
    "phone": "+372 5123 4567",
    "address": "Jüri-Värava põik 12a-7, Võru, 65608",
    "metering point": "38ZEE-00720081-K",
    "cookie": "7f3k9q2xw81mz04b",
    "token in an address": "/tühista/r7Kx2mQ9vB?kasutaja=õie",
}

_TWINS = str.maketrans("aoecpxyAOECPXTHKMB", "аоесрхуАОЕСРХТНКМВ")
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_LOOSE = {"-": " \u2013 "[1], " ": "\u00a0"}


def _hidden_between(text: str, sign: str) -> str:
    return sign.join(text)


def _base32(text: str) -> str:
    return base64.b32encode(text.encode()).decode()


def _base64(text: str, codec: str = "utf-8") -> str:
    return base64.b64encode(text.encode(codec)).decode()


def _in_lines(text: str) -> str:
    packed = _base64(f"see also: {text}")
    return "Content:\n" + "\r\n".join(packed[start : start + 20] for start in range(0, len(packed), 20))


def _punycode(text: str) -> str:
    def label(word: str) -> str:
        return word if word.isascii() else "xn--" + word.casefold().encode("punycode").decode()

    return re.sub(r"[\w-]+", lambda word: label(word.group()), text)


def _entities(text: str, form: str) -> str:
    return "".join(form.format(ord(letter)) for letter in text)


FORMS: Mapping[str, Callable[[str], str]] = {
    "as it is": str,
    "small": str.lower,
    "capitals": str.upper,
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "without accents": lambda text: "".join(
        c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn"
    ),
    "full width": lambda text: text.translate(_WIDE),
    "look-alike letters": lambda text: text.translate(_TWINS),
    "zero-width signs": lambda text: _hidden_between(text, "\u200b"),
    "soft hyphens": lambda text: _hidden_between(text, "\u00ad"),
    "other dashes and blanks": lambda text: text.translate(str.maketrans(_LOOSE)),
    "percent": lambda text: quote(text, safe=""),
    "percent twice": lambda text: quote(quote(text, safe=""), safe=""),
    "percent, windows-1257": lambda text: quote(text.encode("cp1257"), safe=""),
    "form": lambda text: quote_plus(text),
    "named entities": lambda text: html.escape(text).encode("ascii", "xmlcharrefreplace").decode(),
    "decimal entities": lambda text: _entities(text, "&#{};"),
    "hexadecimal entities": lambda text: _entities(text, "&#x{:x};"),
    "base64": _base64,
    "base64 for addresses, unpadded": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64 in lines": _in_lines,
    "base64 of UTF-16": lambda text: _base64(text, "utf-16-le"),
    "base64 of windows-1257": lambda text: _base64(text, "cp1257"),
    "base64 in percent": lambda text: quote(_base64(text), safe=""),
    "base64 in base64": lambda text: _base64(_base64(text)),
    "base32": _base32,
    "hexadecimal": lambda text: text.encode().hex(),
    "hexadecimal, spaced": lambda text: text.encode().hex(" ").upper(),
    "JSON": lambda text: json.dumps(text),
    "JSON in JSON": lambda text: json.dumps(json.dumps({"seen": text})),
    "backslash and hexadecimal": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
    "quoted-printable": lambda text: quopri.encodestring(text.encode()).decode(),
    "mail word": lambda text: Header(text, "utf-8", maxlinelen=40).encode(),
    "punycode": _punycode,
    "UTF-8 read as Latin-1": lambda text: text.encode().decode("latin-1"),
    "UTF-8 read as windows-1257": lambda text: text.encode().decode("cp1257", errors="ignore"),
    "UTF-16 letter by letter": lambda text: _hidden_between(text, "\x00") + "\x00",
    "gzip in base64": lambda text: base64.b64encode(gzip.compress(text.encode())).decode(),
    "at and dot": lambda text: text.replace("@", " (at) ").replace(".", " dot ") if "@" in text else text,
    "wrapped": lambda text: text.replace(" ", "\n  "),
    "glued": lambda text: f"user_{text}_end",
}
"""Thirty and more; each takes a value and gives a text."""

CANNOT = {("UTF-8 read as windows-1257", label) for label in VALUES if not VALUES[label].isascii()}
"""Bytes that windows-1257 does not have are lost in that reading, and the value with them."""


def _parquet(text: str, **options: object) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"said": [f"see: {text}", "nothing"]}), sink, **options)
    return sink.getvalue()


def _delta(text: str) -> bytes:
    """Parquet that tells of a value only how it goes on from the one before: the pages hold it in halves."""
    said, sink = f"see: {text}", io.BytesIO()
    words = pa.table({"said": [f"{said[: len(said) // 2]}~~~~", said]})
    pq.write_table(words, sink, use_dictionary=False, column_encoding="DELTA_BYTE_ARRAY", write_statistics=False)
    assert said.encode() not in sink.getvalue()
    return sink.getvalue()


def suppressed(text: str) -> bytes:
    """Parquet whose dictionary keeps a word that no row uses any more (LEAKS 11)."""
    words = pa.DictionaryArray.from_arrays(pa.array([0, 0], pa.int32()), ["solar", text])
    sink = io.BytesIO()
    pq.write_table(pa.table({"topic": words}), sink, compression="zstd")
    content = sink.getvalue()
    assert text not in pq.read_table(io.BytesIO(content))["topic"].cast(pa.string()).to_pylist()
    return content


def _footer(text: str) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"n": [1]}).replace_schema_metadata({"origin": text}), sink)
    return sink.getvalue()


def _zipped(text: str) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("member", f"see: {text}")
    return sink.getvalue()


def _tarred(text: str) -> bytes:
    sink, said = io.BytesIO(), f"see: {text}".encode()
    with tarfile.open(fileobj=sink, mode="w:gz") as archive:
        member = tarfile.TarInfo("member")
        member.size = len(said)
        archive.addfile(member, io.BytesIO(said))
    return sink.getvalue()


def database(text: str) -> bytes:
    """SQLite with a cell over several pages, the text across the end of the first."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE told (said TEXT)")
    connection.execute("INSERT INTO told VALUES (?)", ("- " * 1800 + "x " * 200 + text + " -" * 300,))
    connection.commit()
    content = connection.serialize()
    connection.close()
    return content


PLACES: Mapping[str, Callable[[str], tuple[str, bytes]]] = {
    "text": lambda text: ("README.md", f"# About\n\nsee: {text}\n".encode()),
    "JSON": lambda text: ("privacy.json", json.dumps({"a": [1, {"seen": text}]}, ensure_ascii=False).encode()),
    "CSV, gzip": lambda text: ("a.csv.gz", gzip.compress(f'topic,visitors\r\n"{text}",1200\r\n'.encode())),
    "name of a file": lambda text: (f"{text}.csv", b"topic"),
    "name in a gzip head": lambda text: ("b.csv.gz", _named_gzip(text)),
    "Parquet page": lambda text: ("a.parquet", _parquet(text, compression="zstd")),
    "Parquet, delta": lambda text: ("d.parquet", _delta(text)),
    "Parquet dictionary": lambda text: ("s.parquet", suppressed(text)),
    "Parquet footer": lambda text: ("f.parquet", _footer(text)),
    "UTF-16": lambda text: ("wide.txt", text.encode("utf-16")),
    "zip": lambda text: ("c.zip", _zipped(text)),
    "tar, gzip": lambda text: ("c.tgz", _tarred(text)),
    "bz2": lambda text: ("c.bz2", bz2.compress(text.encode())),
    "xz": lambda text: ("c.xz", lzma.compress(text.encode())),
    "zlib": lambda text: ("blob", zlib.compress(text.encode())),
    "zstd": lambda text: ("c.zst", pa.compress(text.encode(), codec="zstd", asbytes=True)),
    "SQLite": lambda text: ("told.db", database(text)),
}
"""Sixteen and more; each takes a text and gives a file's name and content."""


def _named_gzip(text: str) -> bytes:
    packed = gzip.compress(b"topic")
    return packed[:3] + b"\x08" + packed[4:10] + text.encode().replace(b"\x00", b"") + b"\x00" + packed[10:]
