"""What strangers serve as a release: it is judged before it is read, read within bounds, and told in one plain line."""

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from minisign import KeyPair

from anonymizers.releasing.signature import MANIFEST, SIGNATURE, key_id, public_text, sign
from pipelines.release_places import without_secrets
from tests.pipelines.test_verify_command import koond

RELEASE = "daily/date=2026-11-20"
PAIR = KeyPair.generate()
LINE = public_text(PAIR.public_key).decode().splitlines()[1]
_BROKEN_CHUNK = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc"


class Server(http.server.ThreadingHTTPServer):
    """Serves what a test puts there, and 50 MB of nothing for whatever else it is asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.shown: dict[str, bytes | None] = {}
        self.raw: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.address = f"http://127.0.0.1:{self.server_address[1]}/{RELEASE}"

    def show(self, told: object, *, pair: KeyPair | None = PAIR) -> None:
        """A manifest, signed by a key that stands where the site's own would."""
        manifest = json.dumps(told).encode()
        self.shown = {MANIFEST: manifest, SIGNATURE: None, f"{RELEASE.split('/')[1]}.wrong.json": None}
        if pair is not None:
            self.shown[SIGNATURE] = sign(manifest, RELEASE, pair.secret_key)
            self.shown[f"{key_id(pair.public_key)}.pub"] = public_text(pair.public_key)


class _Answers(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        name = self.path.rsplit("/", 1)[1]
        self.server.asked.append(name)
        if name in self.server.raw:
            self.wfile.write(self.server.raw[name])
            self.close_connection = True
            return
        content = self.server.shown.get(name, b"x" * 50_000_000)
        self.send_response(200 if content is not None else 404)
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of somebody whom nobody trusts."""
    made = Server()
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def manifest_of(*sizes: object) -> dict[str, object]:
    return {"release": RELEASE, "files": [{"path": f"t{at}.parquet", "bytes": size} for at, size in enumerate(sizes)]}


def test_no_file_is_asked_for_before_the_signature_was_found_good(server):
    server.show(manifest_of(1000), pair=KeyPair.generate())
    code, out, _ = koond("verify", server.address, "--key", LINE)
    assert code == 1 and "made with key" in out
    assert not [name for name in server.asked if name.endswith(".parquet")]
    server.show(manifest_of(1000), pair=None)
    code, out, _ = koond("verify", server.address)
    assert code == 1 and f"{SIGNATURE} is missing" in out
    assert not [name for name in server.asked if name.endswith(".parquet")]
    server.show(manifest_of(1000))
    koond("verify", server.address)
    assert [name for name in server.asked if name.endswith(".parquet")], "the control"


TOO_MUCH = {
    "a file": (10**11,), "a number of 25 digits": (10**24,), "all together": (15_000_000,) * 5, "files": (1,) * 201,
}  # fmt: skip


@pytest.mark.parametrize("what", TOO_MUCH)
@pytest.mark.parametrize("words", [(), ("--key", LINE), ("--unsigned",)], ids=("beside", "key", "unsigned"))
def test_a_manifest_that_names_more_than_a_release_has_is_not_followed(server, what, words):
    server.show(manifest_of(*TOO_MUCH[what]), pair=None if words == ("--unsigned",) else PAIR)
    code, out, _ = koond("verify", server.address, *words)
    assert code == 1 and out == "manifest.json names more than a release has; do not use it, and tell the site\n"
    assert not [name for name in server.asked if name.endswith(".parquet")]


def test_a_line_that_breaks_is_told_in_one_line(server):
    server.show(manifest_of(1000))
    server.raw["t0.parquet"] = _BROKEN_CHUNK
    code, out, err = koond("verify", server.address)
    assert (code, out) == (1, "") and "cannot be read (IncompleteRead)" in err and err.count("\n") == 1
    server.raw["t0.parquet"] = b"no web server"
    code, out, err = koond("verify", server.address)
    assert (code, out) == (1, "") and "cannot be read (BadStatusLine)" in err and err.count("\n") == 1


NO_ADDRESSES = [
    f"http://127.0.0.1:abc/{RELEASE}", f"http://[::1/{RELEASE}", "http://a b/c", "http://", "http://\u00e4\ud800/c", "s3://",
    "nothing://x", "http://127.0.0.1:9/\n",
]  # fmt: skip


@pytest.mark.parametrize("address", NO_ADDRESSES)
def test_what_is_no_address_is_told_in_one_line(address):
    code, out, err = koond("verify", address)
    assert (code, out) == (1, "") and err.startswith("refused: verify:") and err.count("\n") == 1


@pytest.mark.parametrize(
    "key", ["x" * 1000, "a" * 300 + "\n", "/", "\u00e4", "\ud800", "a\0b", "~nobody-at-all/x", "", "/dev/zero"]
)
def test_what_is_no_key_is_told_in_one_line(tmp_path, key):
    code, out, err = koond("verify", tmp_path, "--key", key)
    assert (code, out) == (1, "") and "this is no public key" in err and err.count("\n") == 1


@pytest.mark.parametrize("folder", ["~nobody-at-all/x", "x" * 1000, "a\0b", ""])
def test_what_is_no_folder_is_a_mistake_of_the_call_whatever_it_looks_like(folder, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert koond("verify", folder)[0] == (2 if folder else 1)


@pytest.mark.parametrize("scheme", ["http", "https", "nothing"])
def test_no_password_and_no_signed_query_is_printed(scheme):
    for address in ("u:hunter2@127.0.0.1:9/a", "127.0.0.1:9/a?sig=hunter2", "u:h/u@nter2@127.0.0.1:9/a#hunter2"):
        code, out, err = koond("verify", f"{scheme}://{address}")
        assert code == 1 and "hunter2" not in out + err and "nter2" not in out + err
    assert without_secrets("https://u:p@host:9/daily/date=2026-11-20?sig=x#y") == "https://host:9/daily/date=2026-11-20"
    assert without_secrets("s3://bucket/daily") == "s3://bucket/daily"


def test_reading_many_releases_prints_no_password_either(tmp_path: Path):
    code, out, err = koond("read", "--table", "totals", "--published", "http://u:hunter2@127.0.0.1:9/p?sig=hunter3")
    assert code == 1 and "hunter" not in out + err
