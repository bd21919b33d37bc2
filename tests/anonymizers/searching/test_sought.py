"""What is sought of a value: names in other orders and joints, parts of addresses and titles, numbers glued to letters."""

import base64

import pyarrow as pa
import pytest

from anonymizers.searching.leak_scan import scan
from tests.anonymizers.searching.test_leak_scan import LITTLE, Files

NAMES = (
    *("Tõnu Põld", "Õie Jõgi", "Jüri Müür", "Külli Mägi", "Märt Pärn", "Ülo Sööt", "Jaan Tõnisson", "Mari-Liis Kõiv"),
    *("Pärtel Vähi", "Ants Kivimägi", "Kätlin Rüütel", "Õnne Pillak", "Rõõt Hõbemägi", "Mägisõ", "Mari Tamm", "Marius"),
)
PACKED = {
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 for addresses": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64 of JSON": lambda text: base64.b64encode(f'{{"n":"{text}"}}'.encode()).decode(),
    "base64 of UTF-16": lambda text: base64.b64encode(text.encode("utf-16-le")).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
    "hexadecimal, spaced": lambda text: text.encode().hex(" ").upper(),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
}


def found(engine, values, text) -> int:
    rows = engine.table(pa.table({"value": pa.array(values, pa.string())}))
    report = scan(Files({"a.txt": text.encode()}), LITTLE, {"registrations": (rows, ("value",))})
    return report.hits.get("registrations.value", 0)


@pytest.mark.parametrize("form", PACKED)
def test_a_packed_value_is_found_where_it_stands_plainly(engine, form):
    """The engine chooses the values that are unpacked: letters beyond ASCII must not make it pass one over."""
    values = [f"https://a.ee/?u={PACKED[form](name)}" for name in NAMES]
    assert found(engine, values, "\n".join(f"see {name} also" for name in NAMES)) == len(NAMES)


@pytest.mark.parametrize(
    "written", ["mari-tamm", "mari.tamm", "mari_tamm", "Tamm, Mari", "TAMM MARI", "MariTamm", "Mari  Tamm"]
)
@pytest.mark.parametrize("value", ["Mari Tamm", "https://a.ee/?name=Mari%20Tamm&x=1", "https://a.ee/?name=Mari+Tamm"])
def test_a_short_name_is_found_in_either_order_and_however_its_words_are_joined(engine, value, written):
    assert found(engine, [value, "Jaan Kask"], f"see {written} also") == 1


@pytest.mark.parametrize(
    ("value", "text", "times"),
    [
        ("Tere, Mari Tamm - Minu lehed", "Mari Tamm", 1),
        ("Pikk 7-7, Tartu 50777", "Pikk 7-7", 1),
        ("Jüri Müür", "Jueri Mueuer", 1),
        ("Ju\u0308ri Mu\u0308u\u0308r", "Jueri Mueuer", 1),
        ("?nimi=J%C3%BCri+M%C3%BC%C3%BCr", "Jueri Mueuer", 1),
        ("38001085718", "EE38001085718", 1),
        ("38001085718", "PNOEE-38001085718", 1),
        ("EE38001085718", "38001085718", 1),
        ("+372 5512 3456", "0037255123456", 1),
        ("0037255123456", "+37255123456", 1),
        ("37255123456", "1037255123456", 0),
        ("38001085718", "138001085718", 0),
        ("38001085718", "x380010857189", 0),
        ("about solar", "about solar", 0),
        ("Mari Tamm", "Mari, Jaan Tamm", 0),
        ("Ly Tamm", "Tamm Ly", 1),
        ("Ly Kuu", "Kuu Ly", 1),
    ],
)
def test_parts_of_a_value_and_glued_numbers(engine, value, text, times):
    assert found(engine, [value, "Jaan Kask"], f"see {text} also") == times
