"""What these tests share: a published store of 60 nights and 8 weeks with its catalogue, and Debian's Chromium.

They need Chromium: KOOND_CHROMIUM names its program, or it is called chromium. `.ci/run` installs it where it may.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from minisign import KeyPair
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from anonymizers.cataloguing.catalogue import catalogue
from anonymizers.releasing.signature import key_id, public_text, sign
from anonymizers.site import Site
from pipelines.site_folder import read_site_folder
from tests.anonymizers.cataloguing.shelves import months, store_of
from tests.worlds import SITES

_ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
]  # fmt: skip


@pytest.fixture(scope="session")
def site() -> Site:
    return read_site_folder(SITES / "elektrum").site


@pytest.fixture(scope="session")
def published(site, tmp_path_factory) -> Path:
    """The published store as it stands on a disk."""
    folder = tmp_path_factory.mktemp("published")
    pair = KeyPair.generate()
    releases = [
        replace(each, signature=sign(each.files["manifest.json"], each.name, pair.secret_key)) for each in months(site)
    ]
    (folder / "keys").mkdir()
    (folder / "keys" / f"{key_id(pair.public_key)}.pub").write_bytes(public_text(pair.public_key))
    for release in releases:
        (folder / release.name).mkdir(parents=True)
        for name, content in release.written.items():
            (folder / release.name / name).write_bytes(content)
    for name, content in catalogue(store_of(releases)).items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = os.environ.get("KOOND_CHROMIUM") or shutil.which("chromium")
    if program is None:
        pytest.skip("there is no Chromium: apt-get install chromium, or let KOOND_CHROMIUM name its program")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Opened:
    """A page in the browser, with all that it asked for and said."""

    page: Page
    asked: list[str]
    said: list[str]


class Reader:
    """Opens pages as somebody would, with a screen and habits of their own."""

    def __init__(self, browser: Browser, published: Path) -> None:
        self._browser, self._published = browser, published
        self._contexts: list[BrowserContext] = []

    def open(
        self, name: str = "index.html", *, scheme: str = "light", width: int = 1280, script: bool = True, at: str = ""
    ) -> Opened:
        """The page from the disk; whatever it asks for besides is written down and gets no answer."""
        context = self._browser.new_context(
            color_scheme=scheme,
            viewport={"width": width, "height": 900},
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        self._contexts.append(context)
        opened = Opened(context.new_page(), [], [])
        own = (self._published / name).as_uri()

        def answer(route):
            url = route.request.url.partition("#")[0]
            if url == own and own not in opened.asked:
                route.continue_()
            else:
                route.abort()
            opened.asked.append(url)

        context.route("**/*", answer)
        opened.page.on("console", lambda message: opened.said.append(message.text))
        opened.page.on("pageerror", lambda error: opened.said.append(str(error)))
        opened.page.goto(own + at)
        return opened

    def close(self) -> None:
        """Close all windows."""
        for context in self._contexts:
            context.close()


@pytest.fixture
def reader(chromium, published) -> Iterator[Reader]:
    opening = Reader(chromium, published)
    yield opening
    opening.close()
