"""Google's storage on loopback: an emulator of it, and the address that hands out a token for a service account's key."""

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from gcp_storage_emulator.server import create_server
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from tests.pipelines.outlets.rooms import Room
from tests.pipelines.outlets.servers import BUCKET


@dataclass
class GoogleRoom(Room):
    """A folder of a bucket, looked at with Google's own library."""

    bucket: storage.Bucket | None = None
    prefix: str = "in"

    def _blob(self, path: str) -> storage.Blob:
        assert self.bucket is not None
        return self.bucket.blob(f"{self.prefix}/{path}")

    def _paths(self, folder: str = "") -> list[str]:
        assert self.bucket is not None
        found = self.bucket.client.list_blobs(BUCKET, prefix=f"{self.prefix}/{folder}")
        return [each.name.removeprefix(f"{self.prefix}/") for each in found]

    def files(self, folder: str) -> dict[str, bytes] | None:
        return {path.rsplit("/", 1)[-1]: self.content(path) for path in self._paths(f"{folder}/")} or None

    def content(self, path: str) -> bytes:
        return bytes(self._blob(path).download_as_bytes())

    def put(self, path: str, content: bytes) -> None:
        self._blob(path).upload_from_string(content)

    def empty(self) -> None:
        for path in self._paths():
            self._blob(path).delete()


@contextlib.contextmanager
def google_server() -> Iterator[tuple[int, storage.Bucket]]:
    """The port of an emulator with an empty bucket, and the bucket."""
    server = create_server("127.0.0.1", 0, in_memory=True, default_bucket=BUCKET)
    server.start()
    try:
        port = server._api._httpd.server_address[1]
        options = ClientOptions(api_endpoint=f"http://127.0.0.1:{port}")
        client = storage.Client(project="tests", credentials=AnonymousCredentials(), client_options=options)
        yield port, client.bucket(BUCKET)
    finally:
        server.stop()


@contextlib.contextmanager
def service_account(folder: Path) -> Iterator[Path]:
    """The key file of a service account, as Google's console writes it, whose tokens come from here."""

    class _Tokens(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            told = json.dumps({"access_token": "tests", "token_type": "Bearer", "expires_in": 3600}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, format: str, *args: object) -> None:
            pass

    tokens = HTTPServer(("127.0.0.1", 0), _Tokens)
    threading.Thread(target=tokens.serve_forever, daemon=True).start()
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    file = folder / "service-account.json"
    file.write_text(
        json.dumps(
            {
                "type": "service_account",
                "project_id": "tests",
                "private_key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
                "client_email": "koond@tests.example",
                "token_uri": f"http://127.0.0.1:{tokens.server_port}/token",
            }
        )
    )
    yield file
    tokens.shutdown()
