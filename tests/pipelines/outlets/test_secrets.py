"""Secrets stay in the environment, strangers get nothing, and an error tells its class and its place alone."""

import logging
import socket
from pathlib import Path

import asyncssh
import pytest

from anonymizers.delivering.destination import Destination
from anonymizers.refusal import Reason, Refusal
from anonymizers.vocabulary import DAY
from pipelines.home import Home
from pipelines.outlets.opening import fill, open_place
from pipelines.outlets.outlet import FsspecOutlet, outlets
from tests.anonymizers.delivering.made import delivery_of
from tests.pipelines.outlets.conftest import sftp_room_of
from tests.pipelines.outlets.rooms import FolderRoom
from tests.pipelines.outlets.servers import PASSWORD, USER, SftpServer

DELIVERY = delivery_of(DAY)


def test_a_server_with_another_host_key_is_told_nothing(sftp_server: SftpServer):
    """Not even the name to log in with."""
    room = sftp_room_of(sftp_server, stranger=True)
    before = sftp_server.logins
    with pytest.raises(Refusal, match="HostKeyNotVerifiable") as refused:
        room.outlet().send(DELIVERY)
    assert sftp_server.logins == before and room.paused == []
    assert room.files(DELIVERY.folder) is None
    assert "nothing was sent" in refused.value.sentence
    trusted = sftp_room_of(sftp_server)
    trusted.outlet().holds(DELIVERY)
    assert sftp_server.logins > before, "the control: a known server is logged in to"


@pytest.mark.parametrize("known", ["", "# nobody\n", "other.example ssh-ed25519 {key}\n"])
def test_a_file_of_known_hosts_without_the_server_trusts_nobody(sftp_server: SftpServer, tmp_path: Path, known):
    room = sftp_room_of(sftp_server)
    line = sftp_server.known_host(room.line.port)  # type: ignore[union-attr]
    file = tmp_path / "known_hosts"
    file.write_text(known.replace("{key}", line.split()[2]))
    to = Destination(kind="sftp", to=room.to.to, known_hosts=str(file))
    before = sftp_server.logins
    with pytest.raises(Refusal, match="HostKeyNotVerifiable"):
        FsspecOutlet(to, room.environment, room.paused.append).send(DELIVERY)
    assert sftp_server.logins == before
    file.write_text(line)
    assert FsspecOutlet(to, room.environment, room.paused.append).holds(DELIVERY) is False


def test_a_private_key_logs_in_instead_of_a_password(sftp_server: SftpServer, sftp_room: FolderRoom, tmp_path: Path):
    file = tmp_path / "id_koond"
    to = Destination(
        kind="sftp",
        to=sftp_room.to.to.replace(":$SFTP_PASSWORD", ""),
        known_hosts=sftp_room.to.known_hosts,
        key=str(file),
    )
    file.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    with pytest.raises(Refusal, match="login"):
        FsspecOutlet(to, {}, sftp_room.paused.append).holds(DELIVERY)
    file.write_bytes(sftp_server.client_key.export_private_key())
    assert FsspecOutlet(to, {}, sftp_room.paused.append).holds(DELIVERY) is False


def test_a_wrong_password_is_not_tried_twice(sftp_room: FolderRoom):
    wrong = FolderRoom(sftp_room.to, {"SFTP_PASSWORD": "guessed-wrong"}, sftp_room.line, folder=sftp_room.folder)
    with pytest.raises(Refusal, match="login") as refused:
        wrong.outlet().send(DELIVERY)
    assert wrong.paused == [] and "guessed-wrong" not in str(refused.value)


def test_an_error_tells_class_and_place_and_neither_address_nor_secret(sftp_room: FolderRoom, caplog, capfd):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    to = Destination(kind="sftp", to=f"{USER}:$SFTP_PASSWORD@127.0.0.1:{port}/", known_hosts=sftp_room.to.known_hosts)
    with caplog.at_level(logging.DEBUG), pytest.raises(Refusal) as refused:
        FsspecOutlet(to, sftp_room.environment, lambda _: None).send(DELIVERY)
    told = str(refused.value) + caplog.text + "".join(capfd.readouterr())
    assert "sftp outlet, connecting" in told and "ConnectionRefusedError" in told
    for secret in (PASSWORD, "127.0.0.1", str(port)):
        assert secret not in told
    assert refused.value.__cause__ is None and refused.value.__context__ is None
    assert PASSWORD not in repr(FsspecOutlet(to, sftp_room.environment))


def test_s3_without_credentials_is_told_as_such(s3_room, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(Refusal, match="no credentials") as refused:
        FsspecOutlet(s3_room.to, {}, s3_room.paused.append).send(DELIVERY)
    assert s3_room.to.endpoint not in str(refused.value)


def test_a_bucket_that_is_not_there_is_told_as_such(s3_room):
    to = Destination(kind="s3", to="s3://nobodys-bucket/in", endpoint=s3_room.to.endpoint)
    paused: list[float] = []
    with pytest.raises(Refusal, match="folder or bucket is not there"):
        FsspecOutlet(to, {}, paused.append).send(DELIVERY)
    assert paused == []


def test_a_variable_that_is_not_set_is_named_and_its_value_never_read_as_part_of_an_address(sftp_room: FolderRoom):
    with pytest.raises(Refusal, match=r"\$SFTP_PASSWORD is not set") as refused:
        FsspecOutlet(sftp_room.to, {}, sftp_room.paused.append).send(DELIVERY)
    assert refused.value.reason is Reason.SITE_FOLDER
    assert fill("$A-$B", {"A": "$B", "B": "@/:"}) == "$B-@/:"


def test_a_folder_that_is_not_mounted_is_not_made(tmp_path: Path):
    to = Destination(kind="folder", to=str(tmp_path / "mount" / "solar"))
    with pytest.raises(Refusal, match="mount what it stands on"):
        open_place(to, {})
    assert not (tmp_path / "mount").exists()


@pytest.mark.parametrize("place", ["$OUT/restricted/mailing_list", "$OUT"])
def test_a_folder_inside_the_home_is_no_partners_place(tmp_path: Path, place):
    """Whatever the variable in it stands for."""
    home = Home(tmp_path / "home")
    with pytest.raises(Refusal, match="into the home folder"):
        outlets(home, {"OUT": str(home.root)})(Destination(kind="folder", to=place))
    link = tmp_path / "innocent"
    home.root.mkdir()
    link.symlink_to(home.root)
    with pytest.raises(Refusal, match="into the home folder"):
        outlets(home, {"OUT": str(link)})(Destination(kind="folder", to=place))


def test_variables_that_lead_to_one_place_or_into_it_are_refused(tmp_path: Path):
    """What partners.yaml cannot show."""
    home, key = Home(tmp_path / "home"), "sftp.example ssh-ed25519 AAAA"
    folders = [Destination(kind="folder", to=to) for to in ("$SOLAR", "$HEAT/in", "$WIND")]
    hosts = [
        Destination(kind="sftp", to=f"koond:$PASS@{to}/in", known_hosts=key) for to in ("$HOST", "sftp.example:22")
    ]
    here = {"SOLAR": str(tmp_path / "in"), "HEAT": str(tmp_path), "HOST": "SFTP.example"}
    opened = outlets(home, here, [*folders, *hosts])
    for to in (*folders[:2], *hosts):
        with pytest.raises(Refusal, match="go to the same place") as refused:
            opened(to)
        assert str(tmp_path) not in str(refused.value)
    with pytest.raises(Refusal, match="go to the same place"):
        outlets(home, {**here, "HEAT": str(tmp_path / "in/solar")}, folders)(folders[0])
    outlets(home, {**here, "HEAT": "/srv", "HOST": "sftp.solar.example"}, [*folders, *hosts])(folders[0])


@pytest.mark.parametrize(
    ("outlet", "module"),
    [
        ({"kind": "gs", "to": "bucket/in", "key": "$KEY"}, "gcsfs"),
        ({"kind": "az", "to": "box/in", "account": "solar"}, "adlfs"),
    ],
)
def test_the_other_stores_are_opened_by_their_own_libraries(outlet, module, tmp_path: Path, monkeypatch):
    """No server of theirs stands here; that they are set up, and with nobody's anonymous access, is all that is shown."""
    key = tmp_path / "key.json"
    key.write_text(service_account())
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "c2VjcmV0")
    place = open_place(Destination(**outlet), {"KEY": str(key)})
    assert type(place.store).__module__.split(".")[0] == module and not place.renames
    assert place.path("daily/x") == f"{outlet['to']}/daily/x"
    assert not getattr(place.store, "anon", False)


def service_account() -> str:
    """A service account's file with a key made here."""
    import json

    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    told = {"type": "service_account", "project_id": "p", "private_key": pem, "client_email": "koond@p.example"}
    return json.dumps({**told, "token_uri": "https://token.example/", "private_key_id": "1", "client_id": "1"})
