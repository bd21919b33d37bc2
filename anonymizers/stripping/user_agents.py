"""User agent -> (bot, browser, device, os), each from a closed list. The string itself goes no further (LEAKS 4)."""

from collections.abc import Iterable

import crawleruseragents
import pyarrow as pa
import ua_parser

from anonymizers.vocabulary import OTHER

_BROWSERS = {
    "chrome": ("Chrome", "Chromium", "HeadlessChrome"),
    "safari": ("Safari", "Mobile Safari"),
    "edge": ("Edge",),
    "firefox": ("Firefox",),
    "samsung_internet": ("Samsung Internet",),
    "opera": ("Opera",),
}
_BROWSER_OF_FAMILY = {
    family + suffix: browser
    for browser, families in _BROWSERS.items()
    for family in families
    for suffix in ("", " Mobile", " Mobile iOS", " Mobile WebView", " iOS", " UI/WKWebView", " Mini", " Touch", " GX")
}
_SYSTEM_OF_FAMILY = {
    "Windows": "windows", "Mac OS X": "macos", "Android": "android", "iOS": "ios", "Chrome OS": "chromeos",
    "Linux": "linux", "Ubuntu": "linux", "Debian": "linux", "Fedora": "linux", "Red Hat": "linux", "SUSE": "linux",
    "Mint": "linux", "Arch Linux": "linux", "Gentoo": "linux", "CentOS": "linux", "Mandriva": "linux",
    "PCLinuxOS": "linux", "Slackware": "linux",
}  # fmt: skip
_DESKTOPS = frozenset({"windows", "macos", "linux", "chromeos"})
_TELEVISIONS = ("TV", "BRAVIA", "AFT", "Roku", "CrKey")
_LONGEST = 1_000

_COLUMNS: dict[str, pa.DataType] = {
    "user_agent": pa.string(), "bot": pa.bool_(), "browser": pa.string(), "device": pa.string(), "os": pa.string(),
}  # fmt: skip
AGENTS = pa.schema(_COLUMNS)


def classify(user_agents: Iterable[str | None]) -> pa.Table:
    """One row (`AGENTS`) for each distinct user agent.

    A bot is what ua-parser calls a spider or what the crawler-user-agents list knows; a missing user agent and one
    longer than 1,000 characters are bots too, for no browser sends those. Unknown families become `other`.
    """
    rows = [{"user_agent": text, **_classify_one(text)} for text in user_agents if text]
    return pa.Table.from_pylist(rows, schema=AGENTS)


def _classify_one(text: str) -> dict[str, str | bool]:
    if len(text) > _LONGEST:
        return {"bot": True, "browser": OTHER, "device": OTHER, "os": OTHER}
    parsed = ua_parser.parse(text).with_defaults()
    bot = parsed.device.family == "Spider" or crawleruseragents.is_crawler(text)
    system = _system(parsed.os.family)
    browser = _BROWSER_OF_FAMILY.get(parsed.user_agent.family, OTHER)
    return {"bot": bot, "browser": browser, "device": _device(text, system, parsed.device.family), "os": system}


def _system(family: str) -> str:
    windows = family.startswith("Windows") and family not in ("Windows Phone", "Windows Mobile")
    return _SYSTEM_OF_FAMILY.get(family, "windows" if windows else OTHER)


def _device(text: str, system: str, family: str) -> str:
    if any(word in text for word in _TELEVISIONS):
        return OTHER
    if system == "ios":
        return "tablet" if family == "iPad" else "mobile"
    if system == "android":
        return "mobile" if "Mobile" in text else "tablet"
    if system in _DESKTOPS:
        return "tablet" if "Tablet PC" in text and "Touch" in text else "desktop"
    return "mobile" if "Mobile" in text or "Phone" in text else OTHER
