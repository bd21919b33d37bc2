"""Which ids the taxonomies of the IAB Tech Lab have, and which of them speak of sensitive subjects. No names, no files.

Ids are facts of the standards: Audience Taxonomy 1.1, Content Taxonomy 3.1 and Ad Product Taxonomy 2.0, by the IAB
Technology Laboratory, CC BY 3.0, github.com/InteractiveAdvertisingBureau/Taxonomies. `tests/real/test_taxonomies.py`
proves these runs equal to the published files, and that each node whose path names a sensitive subject is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Taxonomy:
    """The ids of one taxonomy, as runs of numbers and single words."""

    name: str
    version: str
    runs: str
    sensitive: Mapping[str, str]
    """Subject -> the ids that no segment may carry. An id may stand under several subjects."""

    @cached_property
    def ids(self) -> frozenset[str]:
        """Every id."""
        return spread_out(self.runs)

    @cached_property
    def sensitive_ids(self) -> Mapping[str, frozenset[str]]:
        """Every refused id, by subject."""
        return {subject: spread_out(runs) for subject, runs in self.sensitive.items()}

    def check(self, id_: str) -> str:
        """The id itself. Raises ValueError, with a remedy, where the taxonomy has none such or it is sensitive."""
        if id_ not in self.ids:
            raise ValueError(f"the {self.name} {self.version} has no such id; look it up there")
        for subject, ids in self.sensitive_ids.items():
            if id_ in ids:
                raise ValueError(f"in the {self.name} {self.version} this id speaks of {subject}; choose another")
        return id_


def spread_out(runs: str) -> frozenset[str]:
    """`1-3 5 6i4dB6` -> 1, 2, 3, 5, 6i4dB6."""
    ids: set[str] = set()
    for run in runs.split():
        first, dash, last = run.partition("-")
        ids.update(map(str, range(int(first), int(last) + 1)) if dash else [run])
    return frozenset(ids)


AUDIENCE = Taxonomy(
    "IAB Audience Taxonomy",
    "1.1",
    (
        "1-197 206-348 350 352-356 359-383 385-395 397-401 404 406-551 581-594 606-1449 1451-1456 1458-1462 1465-1467 "
        "1469-1508 1538-1544 1546-1555 1585-1679"
    ),
    {
        "health": (
            "210 219-222 234 312 324 334 374 376 378-379 381-383 385-395 397-401 404 406-421 466 550-551 627 762 765 "
            "894 1200 1393 1448-1449 1451-1456 1458-1462 1465-1467 1469-1470 1555 1593"
        ),
        "politics": "235 242 292 522-533 881 1540-1543",
        "religion": "496 503 1097 1344 1474",
        "children and family": (
            "93-101 125-129 261 267 348 350 352-356 407 451 474 488 679 708 728 921 925 1034 1037-1039 1267 1345-1356 "
            "1362-1366 1377-1382 1408 1498 1501 1663"
        ),
        "financial distress": "37 46-47 60-72 114-120 163-197 281-283 535 537 906 1387-1388 1394-1395 1398",
        "ethnicity": "156-158 449 1095-1099 1381 1426",
        "sexual life": "51 159-162",
        "addiction, crime or death": "369 399 420 436 471 523 654 1467 1495 1502",
    },
)
CONTENT = Taxonomy(
    "IAB Content Taxonomy",
    "3.1",
    (
        "1-44 46 48-49 51-151 153-173 177-181 185-326 331-332 335-336 338-371 376-378 380-381 383 386-643 645-698 700 "
        "1KXCLD 6i4dB6 80DV8O 8FD8nI 8VZQHL 8YPBBL A0AH3G EZWB7V HxqYV1 I4GWl6 II436J JLBCU7 KHPC5A KHPC6A MQ2XML "
        "Rm3SiT SPSHQ5 TIFQA5 VK7KD0 VKIV56 VWGKS7 W3CW2J WQC6HR XtODT3 Z7rJBM ZJG29S avbNf2 j9PaO9 mm3UXx pg0WhF "
        "v9i3On"
    ),
    {
        "health": "97 109 119 136 190 199 212-213 219 221 223-238 286-323 399 468 494 pg0WhF",
        "politics": "77 157 386-389 394 8YPBBL I4GWl6 Z7rJBM",
        "religion": "354 361 453-463",
        "children and family": "51 134-135 142 145-146 149 166 169 186-200 224 242 303 305 344 434 436 482 575 645 666 VWGKS7",
        "financial distress": "65-67 393-395 397 405-409",
        "ethnicity": "273",
        "sexual life": "188-189 191 200 307-308 MQ2XML Rm3SiT",
        "addiction, crime or death": (
            "171 181 187 211 237 260 380 433 480 524 6i4dB6 8FD8nI HxqYV1 I4GWl6 KHPC5A Rm3SiT XtODT3 Z7rJBM ZJG29S "
            "avbNf2 j9PaO9 mm3UXx pg0WhF v9i3On"
        ),
    },
)
AD_PRODUCT = Taxonomy(
    "IAB Ad Product Taxonomy",
    "2.0",
    "1000-1582",
    {
        "health": "1043 1092 1094 1183 1208 1253-1255 1291-1294 1334 1344 1378-1395 1473 1481 1512 1519-1523",
        "politics": "1262 1454-1457 1474-1481",
        "religion": "1239 1487-1493",
        "children and family": "1060-1061 1124-1127 1166 1204 1248-1252 1305 1308 1328-1334 1387",
        "financial distress": "1338-1339 1348-1349 1353 1504",
        "ethnicity": "1332",
        "sexual life": "1001 1259-1261 1519-1523",
        "addiction, crime or death": "1000 1002-1007 1049-1057 1262 1361-1367 1418 1544-1550 1576-1582",
    },
)
