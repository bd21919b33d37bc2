"""The four places that these tests deliver to: a folder, and on loopback real servers of SFTP, S3 and Google's storage."""

from collections.abc import Iterator

import pytest

from anonymizers.delivering.destination import Destination
from tests.pipelines.outlets.google import GoogleRoom, google_server, service_account
from tests.pipelines.outlets.rooms import BucketRoom, FolderRoom, Room
from tests.pipelines.outlets.servers import BUCKET, PASSWORD, USER, Line, SftpServer, client, s3_server


@pytest.fixture(scope="module")
def folder_room(tmp_path_factory: pytest.TempPathFactory) -> FolderRoom:
    folder = tmp_path_factory.mktemp("partner")
    return FolderRoom(Destination(kind="folder", to="$OUT"), {"OUT": str(folder)}, folder=folder)


@pytest.fixture(scope="module")
def sftp_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SftpServer]:
    server = SftpServer(tmp_path_factory.mktemp("sftp"))
    yield server
    server.close()


def sftp_room_of(server: SftpServer, *, stranger: bool = False) -> FolderRoom:
    """The way to a server, by a line that can break."""
    line = Line(server.port)
    to = Destination(
        kind="sftp",
        to=f"{USER}:$SFTP_PASSWORD@127.0.0.1:{line.port}/",
        known_hosts=server.known_host(line.port, stranger=stranger),
    )
    return FolderRoom(to, {"SFTP_PASSWORD": PASSWORD}, line, folder=server.folder)


@pytest.fixture(scope="module")
def sftp_room(sftp_server: SftpServer) -> Iterator[FolderRoom]:
    room = sftp_room_of(sftp_server)
    yield room
    assert room.line is not None
    room.line.close()


@pytest.fixture(scope="module")
def s3_room() -> Iterator[BucketRoom]:
    with s3_server() as port, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "tests")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        line = Line(port)
        to = Destination(kind="s3", to=f"s3://{BUCKET}/in", endpoint=f"http://127.0.0.1:{line.port}")
        yield BucketRoom(to, {}, line, client=client(port))
        line.close()


@pytest.fixture(scope="module")
def gs_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GoogleRoom]:
    key = tmp_path_factory.mktemp("google")
    with google_server() as (port, bucket), service_account(key) as file, pytest.MonkeyPatch.context() as patch:
        line = Line(port)
        patch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{line.port}")
        to = Destination(kind="gs", to=f"gs://{BUCKET}/in", key="$GOOGLE_KEY")
        yield GoogleRoom(to, {"GOOGLE_KEY": str(file)}, line, bucket=bucket)
        line.close()


@pytest.fixture(params=["folder_room", "sftp_room", "s3_room", "gs_room"])
def room(request: pytest.FixtureRequest) -> Room:
    """Each of the four, empty."""
    found: Room = request.getfixturevalue(request.param)
    found.empty()
    found.paused.clear()
    if found.line is not None:
        found.line.mend()
    return found
