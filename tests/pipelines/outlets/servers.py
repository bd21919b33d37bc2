"""Real servers on loopback: SFTP (asyncssh), S3 over HTTP (moto's), and a line to them that breaks after so many bytes."""

import asyncio
import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import boto3
from moto.server import ThreadedMotoServer

BUCKET = "partner-bucket"
USER, PASSWORD = "koond", "p@ss/word:#1"


class Line:
    """A TCP line to a server that carries so many bytes, both ways together, then breaks and stays broken until mended."""

    def __init__(self, port: int) -> None:
        self._port, self._lock = port, threading.Lock()
        self._left: int | None = None
        self.carried = self.asked = 0
        self._ends: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def mend(self, carries: int | None = None) -> None:
        """From now on it carries so many bytes more; None: all."""
        with self._lock:
            self._left, self.carried = carries, 0

    def close(self) -> None:
        """Take it away."""
        self._listener.close()
        self._break()

    def _accept(self) -> None:
        while True:
            try:
                here, _ = self._listener.accept()
            except OSError:
                return
            self.asked += 1
            if self._left is not None and self._left <= 0:
                here.close()
                continue
            there = socket.create_connection(("127.0.0.1", self._port))
            for end in (here, there):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._ends |= {here, there}
            for one, other in ((here, there), (there, here)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while content := one.recv(4096):
                with self._lock:
                    part = content if self._left is None else content[: max(self._left, 0)]
                    self.carried += len(part)
                    self._left = None if self._left is None else self._left - len(content)
                    broken = self._left is not None and self._left <= 0
                other.sendall(part)
                if broken:
                    self._break()
                    return
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _break(self) -> None:
        for end in tuple(self._ends):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._ends.clear()


class _Server(asyncssh.SSHServer):
    def __init__(self, owner: "SftpServer") -> None:
        self._owner = owner

    def begin_auth(self, username: str) -> bool:
        self._owner.logins += 1
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == USER and key.public_data == self._owner.client_key.public_data


class _Forgetful(asyncssh.SFTPServer):
    """Keeps only half of what is written to a file of one name, and says that all is well."""

    forgets = b"hours.parquet"

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        name = file_obj.name  # type: ignore[attr-defined]
        kept = data[: len(data) // 2] if os.fsencode(name).endswith(self.forgets) else data
        super().write(file_obj, offset, kept)  # type: ignore[no-untyped-call]
        return len(data)


class SftpServer:
    """An SFTP server over a folder, with a host key of its own, made here."""

    def __init__(self, folder: Path, *, forgetful: bool = False) -> None:
        self.folder, self.logins = folder, 0
        self._forgetful = forgetful
        self._key, self.client_key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._listening = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(20)
        self.port = int(self._listening.get_port())

    async def _listen(self) -> asyncssh.SSHAcceptor:
        kind = _Forgetful if self._forgetful else asyncssh.SFTPServer
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=lambda: _Server(self),
            server_host_keys=[self._key],
            sftp_factory=lambda channel: kind(channel, chroot=os.fsencode(self.folder)),
        )

    def known_host(self, port: int, *, stranger: bool = False) -> str:
        """The line of known_hosts for this server behind a port; or one with somebody else's key."""
        key = asyncssh.generate_private_key("ssh-ed25519") if stranger else self._key
        return f"[127.0.0.1]:{port} {key.export_public_key().decode().strip()}\n"

    def close(self) -> None:
        """Stop it."""
        self._loop.call_soon_threadsafe(self._listening.close)
        self._loop.call_soon_threadsafe(self._loop.stop)


@contextlib.contextmanager
def s3_server() -> Iterator[int]:
    """The port of an S3 server with an empty bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        _, port = server.get_host_and_port()
        client(port).create_bucket(Bucket=BUCKET)
        yield port
    finally:
        server.stop()


def client(port: int) -> "boto3.client":  # type: ignore[valid-type]
    """Another library's way to the same server, by which tests look at what stands there."""
    return boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id="tests",
        aws_secret_access_key="tests",
    )
