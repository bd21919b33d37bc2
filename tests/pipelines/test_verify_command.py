"""`koond verify` and `koond keys` as people use them: folders, the web, a bucket; with a key and without one."""

import base64
import functools
import http.server
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from minisign import KeyPair, PublicKey
from typer.testing import CliRunner

from anonymizers.delivering.notice import Notice
from anonymizers.releasing.signature import SIGNATURE, public_text, sign
from pipelines.command_line import app
from tests.anonymizers.releasing.candidates import EDITIONS
from tests.pipelines.market import DAILY as WHOLE
from tests.pipelines.market import Market, partner
from tests.pipelines.outlets.servers import BUCKET, client, s3_server
from tests.pipelines.published import Site

SHOWN = "public-read"
DAILY, WEEKLY = (edition.release for edition in EDITIONS)


def koond(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A day signed by a first key, a week by its successor's successor."""
    made = Site(tmp_path_factory.mktemp("site"))
    made.publish(EDITIONS[0])
    made.keys.rotate()
    made.keys.rotate()
    made.publish(EDITIONS[1])
    return made


@pytest.fixture
def published(site: Site, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(site.home.published, tmp_path / "published"))


def keys_of(site: Site) -> list[str]:
    return [each.key for each in site.ledger.signing_keys()]


def line_of(published: Path, key: str) -> str:
    """The public key itself, as a contract has it."""
    return (published / "keys" / f"{key}.pub").read_text().splitlines()[1]


@pytest.mark.parametrize("form", ["{}", "{}/", "file://{}"])
def test_a_folder_is_good_and_says_what_a_key_from_beside_it_proves(site, published, form):
    for release, key in ((DAILY, keys_of(site)[0]), (WEEKLY, keys_of(site)[2])):
        code, out, err = koond("verify", form.format(published / release))
        assert (code, out) == (0, "") and re.search(r": good; \d+ checks passed", err)
        assert (
            f"signed by key {line_of(published, key)}," in err
            and "proves only that the whole site" in err
            and "contract" in err
        )


def test_a_folder_is_found_from_inside_it(published, monkeypatch):
    monkeypatch.chdir(published / DAILY)
    assert koond("verify", ".")[0] == 0


def test_the_key_of_the_contract_is_taken_as_a_file_or_as_its_line(site, published, tmp_path):
    text = (published / "keys" / f"{keys_of(site)[0]}.pub").read_text()
    (tmp_path / "koond.pub").write_text(text)
    shutil.rmtree(published / "keys")
    for given in (tmp_path / "koond.pub", text.splitlines()[1]):
        code, out, err = koond("verify", published / DAILY, "--key", given)
        assert (code, out) == (0, "") and f"signed by key {text.splitlines()[1]}, the given one" in err
    assert koond("verify", published / DAILY, "--key", "no key")[0] == 1


def test_a_key_of_the_contract_is_followed_to_its_successors_and_to_nobody_else(site, published):
    first, second, third = keys_of(site)
    given = published / "keys" / f"{first}.pub"
    code, _, err = koond("verify", published / WEEKLY, "--key", given)
    old, new = line_of(published, first), line_of(published, third)
    assert code == 0 and f"signed by key {new}, to which the given key {old} has handed over" in err
    link = published / "keys" / f"{third}.pub.minisig"
    whole = link.read_bytes()
    for content in (None, b"", (published / "keys" / f"{second}.pub.minisig").read_bytes()):
        link.unlink(missing_ok=True)
        if content is not None:
            link.write_bytes(content)
        code, out, _ = koond("verify", published / WEEKLY, "--key", given)
        assert code == 1 and third in out and first in out
    link.write_bytes(whole)
    later = published / "keys" / f"{third}.pub"
    code, out, _ = koond("verify", published / DAILY, "--key", later)
    assert code == 1 and "made with key" in out, "a later key vouches for no earlier one"


def test_whoever_signs_the_whole_site_anew_is_seen_by_whoever_has_the_key(published, tmp_path):
    mine = KeyPair.generate()
    (tmp_path / "contract.pub").write_bytes(public_text(mine.public_key))
    code, out, _ = koond("verify", published / DAILY, "--key", tmp_path / "contract.pub")
    assert code == 1 and out.count("\n") == 1 and "made with key" in out


def test_a_key_of_the_same_id_is_seen_by_whoever_compares_what_is_printed(site, published):
    """An id is eight bytes that anybody may write into a key of one's own; of what is printed, 32 bytes are not."""
    real, line = keys_of(site)[0], line_of(published, keys_of(site)[0])
    mine = KeyPair.generate().secret_key
    mine._keynum_sk.key_id[:] = base64.b64decode(line)[2:10]
    mine._update_checksum()
    manifest = (published / DAILY / "manifest.json").read_bytes()
    (published / DAILY / SIGNATURE).write_bytes(sign(manifest, DAILY, mine))
    (published / "keys" / f"{real}.pub").write_bytes(public_text(PublicKey.from_secret_key(mine)))
    code, _, err = koond("verify", published / DAILY)
    forged = line_of(published, real)
    assert code == 0 and f"signed by key {forged}," in err and "compare all of it" in err
    assert forged != line and line not in err and real not in err, "no word of an id, which would be the same"
    assert koond("verify", published / DAILY, "--key", line)[0] == 1


def test_a_part_is_good_and_never_passes_for_the_whole(tmp_path):
    market = Market(tmp_path, partner(), partner(partner="heat_shop", daily=("totals",)))
    market.publish(WHOLE)
    market.courier.deliver_waiting()
    [public] = (market.home.published / "keys").glob("*.pub")
    place = market.home.published / WHOLE.name
    assert "part" not in koond("verify", place, "--key", public)[2]
    for name in ("solar_shop", "heat_shop"):
        shutil.rmtree(place)
        shutil.copytree(market.out / name / WHOLE.name, place)
        comment = (place / SIGNATURE).read_text().splitlines()[2]
        assert comment == f"trusted comment: koond delivery {WHOLE.name} for {name}"
        code, out, err = koond("verify", place, "--key", public)
        assert (code, out) == (0, "") and f"good, the part that was agreed with {name} and not the whole release" in err


@pytest.mark.parametrize("form", ["{}", "file://{}"])
def test_a_link_passes_no_other_release_off_as_the_one_that_it_is_called(published, form):
    link = published / "daily" / "date=2026-11-21"
    link.symlink_to(published / DAILY)
    code, out, _ = koond("verify", form.format(link))
    assert code == 1 and f"manifest.json is of {DAILY}, and stands in a folder of another name" in out


def test_a_name_cannot_write_lines_of_its_own(published):
    """Nor move the cursor, nor turn the direction of writing."""
    (published / DAILY / "a\n\x1b[2K\rdate=2026-11-20: good; 9 checks passed\nsigned by key X\u202e").write_text("")
    code, out, err = koond("verify", published / DAILY)
    assert (
        code == 1 and out.count("\n") == 1 and "\\n\\x1b[2K\\rdate=2026-11-20" in out and out.rstrip("\n").isprintable()
    )
    assert "good" not in err


def test_a_release_that_the_site_calls_wrong_is_not_good(published):
    notice = Notice(DAILY, "wrong_input")
    (published / notice.path).write_bytes(notice.content)
    code, out, err = koond("verify", published / DAILY)
    assert (
        code == 1
        and out == "the site has marked the release wrong (wrong_input); do not use it\n"
        and "good" not in err
    )


def changes() -> dict[str, tuple[str, str]]:
    return {
        "a byte of a table": ("topics.parquet", "topics.parquet was changed"),
        "a byte of the manifest": ("manifest.json", "does not fit"),
        "a byte of the sums": ("SHA256SUMS", "SHA256SUMS was changed"),
        "a byte of the signature": (SIGNATURE, SIGNATURE),
    }


@pytest.mark.parametrize("what", changes())
def test_each_change_is_told_in_one_line_with_a_remedy_and_another_exit_code(published, what):
    name, says = changes()[what]
    path = published / DAILY / name
    content = bytearray(path.read_bytes())
    content[-40] ^= 1
    path.write_bytes(bytes(content))
    code, out, err = koond("verify", published / DAILY)
    assert code == 1 and says in out and out.count("\n") == 1 and "again" in out and "1 thing(s) wrong" in err


@pytest.mark.parametrize("name", ["topics.csv.gz", "manifest.json", "_SUCCESS", SIGNATURE, "SHA256SUMS", "README.md"])
def test_a_missing_file_is_told(published, name):
    (published / DAILY / name).unlink()
    code, out, _ = koond("verify", published / DAILY)
    assert code == 1 and out.startswith(f"{name} is missing") and out.count("\n") == 1


def test_a_signed_comment_that_was_changed_is_told(published):
    path = published / DAILY / SIGNATURE
    path.write_text(path.read_text().replace("2026-11-20", "2026-11-21"))
    code, out, _ = koond("verify", published / DAILY)
    assert code == 1 and "does not fit" in out


def test_an_old_release_in_the_place_of_a_new_one_is_told(published):
    (published / DAILY).rename(published / "daily" / "date=2026-11-21")
    code, out, _ = koond("verify", published / "daily" / "date=2026-11-21")
    assert code == 1 and f"manifest.json is of {DAILY}, and stands in a folder of another name" in out


def test_a_release_without_signature_is_wrong_unless_it_was_asked_for(published):
    (published / DAILY / SIGNATURE).unlink()
    assert koond("verify", published / DAILY)[0] == 1
    code, out, err = koond("verify", published / DAILY, "--unsigned")
    assert (code, out) == (0, "") and "not signed: nothing shows who made it" in err


def test_what_else_lies_in_the_folder_is_told_and_not_read(published):
    (published / DAILY / "more").mkdir()
    (published / DAILY / "notes.txt").write_text("mari")
    code, out, _ = koond("verify", published / DAILY)
    assert code == 1 and "more is in the folder" in out and "notes.txt is in the folder" in out and "mari" not in out


def test_what_is_no_folder_is_a_mistake_of_the_call(tmp_path):
    assert koond("verify", tmp_path / "nothing")[0] == 2
    assert koond("verify", tmp_path)[1].startswith("manifest.json is missing")
    code, _, err = koond("verify", "gopher://example/x")
    assert code == 1 and err.startswith("refused: verify:") and err.count("\n") == 1


@pytest.fixture
def web(published: Path) -> Iterator[str]:
    """The address of a web server that shows the published store."""
    handler = functools.partial(_Quiet, directory=str(published))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        """Say nothing."""


def test_an_address_of_the_web_is_as_good_as_a_folder(site, published, web):
    first, _, third = keys_of(site)
    assert koond("verify", f"{web}/{DAILY}")[0] == 0 and koond("verify", f"{web}/{DAILY}/")[0] == 0
    code, _, err = koond("verify", f"{web}/{WEEKLY}", "--key", published / "keys" / f"{first}.pub")
    assert code == 0 and f"signed by key {line_of(published, third)}, to which" in err
    (published / DAILY / "topics.csv.gz").unlink()
    code, out, _ = koond("verify", f"{web}/{DAILY}")
    assert code == 1 and out.startswith("topics.csv.gz is missing")
    assert koond("verify", f"{web}/daily/date=2026-01-01")[1].startswith("manifest.json is missing")


def test_what_a_web_server_shows_for_whatever_it_is_asked_for_is_no_notice(published, web):
    notice = Notice(DAILY, "wrong_input")
    for other in (b"", b"<html>", b"[]", b"{}", b"[" * 100_000):
        (published / notice.path).write_bytes(other)
        assert koond("verify", f"{web}/{DAILY}")[0] == 0
    for length in (1, len(notice.content) - 2):
        (published / notice.path).write_bytes(notice.content[:length])
        code, out, _ = koond("verify", f"{web}/{DAILY}")
        assert code == 1 and "its notice cannot be read" in out, "it breaks off"


def test_a_server_that_does_not_answer_is_told_in_one_line():
    code, _, err = koond("verify", f"http://127.0.0.1:9/{DAILY}")
    assert code == 1 and "cannot be read (URLError)" in err and err.count("\n") == 1


def test_a_bucket_is_as_good_as_a_folder_without_any_account(published, monkeypatch):
    """One that shows its files to everybody."""
    with s3_server() as port:
        client(port).put_bucket_acl(Bucket=BUCKET, ACL=SHOWN)
        for path in sorted(published.rglob("*")):
            if path.is_file():
                name = path.relative_to(published).as_posix()
                client(port).put_object(Bucket=BUCKET, Key=f"site/{name}", Body=path.read_bytes(), ACL=SHOWN)
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        code, out, err = koond("verify", f"s3://{BUCKET}/site/{DAILY}")
        assert (code, out) == (0, ""), (out, err)
        client(port).put_object(Bucket=BUCKET, Key=f"site/{DAILY}/README.md", Body=b"x", ACL=SHOWN)
        client(port).put_object(Bucket=BUCKET, Key=f"site/{DAILY}/more.txt", Body=b"x", ACL=SHOWN)
        code, out, _ = koond("verify", f"s3://{BUCKET}/site/{DAILY}")
        assert code == 1 and "README.md was changed" in out and "more.txt is in the folder" in out


def test_keys_are_made_listed_and_rotated(tmp_path):
    where = ("--site", "elektrum", "--home", tmp_path / "home")
    assert koond("keys", *where)[0] == 2 and not (tmp_path / "home" / "ledger.db").exists()
    code, made, _ = koond("keys", "make", *where)
    assert code == 0 and koond("keys", "make", *where)[1] == made
    rotated = koond("keys", "rotate", *where)[1].strip()
    first, second = koond("keys", *where)[1].splitlines()
    (one, day, last), (two, *_) = first.split(), second.split()
    shown = tmp_path / "home" / "published" / "keys"
    assert line_of(shown.parent, one.removesuffix(".pub")) == made.strip() and day == last
    assert line_of(shown.parent, two.removesuffix(".pub")) == rotated and second.endswith("today")
    assert {path.name for path in shown.iterdir()} == {one, two, f"{two}.minisig"}
    assert f"signing/{two.removesuffix('.pub')}" in koond("ledger", *where)[1]
    [secret] = (tmp_path / "home" / "restricted" / "signing").iterdir()
    secret.unlink()
    code, out, err = koond("keys", "rotate", *where)
    assert (
        (code, out) == (1, "")
        and "--without-handover" in err
        and koond("keys", *where)[1].splitlines() == [first, second]
    )
    code, third, err = koond("keys", "rotate", "--without-handover", *where)
    assert code == 0 and third.strip() != rotated and "no key vouches for this one" in err
    assert not (shown / f"{koond('keys', *where)[1].splitlines()[2].split()[0]}.minisig").exists()
