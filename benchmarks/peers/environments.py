"""An environment for each peer: the peers' pins exclude each other and koond's. Made once, from files with exact pins."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PEERS = {"pipelinedp": "PipelineDP 0.3.1", "tumult": "Tumult Analytics 0.21", "opendp": "OpenDP 0.16, Polars"}


def python_of(peer: str) -> Path:
    """The interpreter of a peer's environment, which is made when it is missing or its pins have changed."""
    pins, folder = HERE / f"{peer}.txt", HERE / ".environments" / peer
    digest, made = hashlib.sha256(pins.read_bytes()).hexdigest(), folder / "made-from"
    python = folder / "bin" / "python"
    if not made.exists() or made.read_text() != digest:
        print(f"Making the environment of {peer} ...", file=sys.stderr, flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([_python311(), "-m", "venv", str(folder)], check=True)
        pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        subprocess.run([*pip, "--require-hashes", "-r", str(pins)], check=True)
        made.write_text(digest)
    return python


def _python311() -> str:
    """Tumult's pins have wheels for no newer Python than 3.11; one Python for all peers keeps their times comparable."""
    found = sys.executable if sys.version_info[:2] == (3, 11) else shutil.which("python3.11")
    if found is None:
        raise SystemExit(
            "the peers need Python 3.11 (Tumult's pandas 1.5 has no wheels for a newer one); install it beside"
        )
    return found
