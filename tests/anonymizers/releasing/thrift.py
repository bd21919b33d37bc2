"""Thrift's compact protocol, read back field by field without knowing any schema: no field of a footer can hide."""

import struct
from typing import Any

_INTEGERS, _LISTS = (4, 5, 6), (9, 10)
_BYTE, _DOUBLE, _BINARY, _STRUCT = 3, 7, 8, 12


def read_struct(content: bytes, place: int = 0) -> tuple[dict[int, Any], int]:
    """A struct as field number -> value, and the place behind it."""
    return _value(_STRUCT, content, place)


def varint(content: bytes, place: int) -> tuple[int, int]:
    """A number of seven bits a byte, and the place behind it."""
    number = shift = 0
    while True:
        byte, place = content[place], place + 1
        number, shift = number | (byte & 127) << shift, shift + 7
        if byte < 128:
            return number, place


def _signed(number: int) -> int:
    return number >> 1 ^ -(number & 1)


def _value(kind: int, content: bytes, place: int) -> tuple[Any, int]:
    if kind in (1, 2):
        return kind == 1, place
    if kind == _BYTE:
        return content[place], place + 1
    if kind in _INTEGERS:
        number, place = varint(content, place)
        return _signed(number), place
    if kind == _DOUBLE:
        return struct.unpack("<d", content[place : place + 8])[0], place + 8
    if kind == _BINARY:
        size, place = varint(content, place)
        return content[place : place + size], place + size
    if kind in _LISTS:
        return _list(content, place)
    assert kind == _STRUCT, "no map stands in any struct of Parquet"
    fields: dict[int, Any] = {}
    last = 0
    while (header := content[place]) != 0:
        place += 1
        if header >> 4:
            last += header >> 4
        else:
            number, place = varint(content, place)
            last = _signed(number)
        fields[last], place = _value(header & 15, content, place)
    return fields, place + 1


def _list(content: bytes, place: int) -> tuple[list[Any], int]:
    size, kind, place = content[place] >> 4, content[place] & 15, place + 1
    if size == 15:
        size, place = varint(content, place)
    items = []
    for _ in range(size):
        item, place = (content[place], place + 1) if kind in (1, 2) else _value(kind, content, place)
        items.append(item)
    return items, place
