"""One run of one participant, measured from outside: time and peak memory of its process and all its children."""

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

EVERY = 0.25
"""Seconds between two looks at the memory."""


@dataclass(frozen=True)
class Cost:
    """What one run took."""

    seconds: float
    """On the wall; on a machine that does other work besides, look at `cpu_seconds`."""
    cpu_seconds: float
    peak_mb: float


def run(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Cost:
    """Run a command to its end; one that fails ends the benchmark with its log's last lines.

    Memory is what is resident, pages that processes share counted once (proportional set size), so that Spark's JVM counts
    and its forked Python workers are not counted several times. Linux only: it is read from /proc.
    """
    started = time.perf_counter()
    with log.open("wb") as told:
        process = subprocess.Popen(command, env=environment, stdout=told, stderr=subprocess.STDOUT)
        peak = _Peak(process.pid)
        peak.start()
        code = process.wait()
    seconds = time.perf_counter() - started
    peak.ended.set()
    peak.join()
    if code:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-12:])
        raise SystemExit(f"failed: {' '.join(command)}\n{tail}")
    return Cost(seconds, sum(peak.ticks.values()) / os.sysconf("SC_CLK_TCK"), peak.megabytes)


class _Peak(threading.Thread):
    """Looks at a tree of processes until told to stop."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self._root = root
        self.ended = threading.Event()
        self.megabytes = 0.0
        self.ticks: dict[int, int] = {}
        """Processor time of each process when it was last seen."""

    def run(self) -> None:
        while not self.ended.wait(EVERY):
            tree = _tree(self._root)
            self.ticks |= {pid: ticks for pid in tree if (ticks := _ticks(pid))}
            # The kernel's own high-water mark is exact for one process; the sum over a tree can only be sampled.
            seen = sum(_kilobytes(pid, "smaps_rollup", "Pss:") for pid in tree) if len(tree) > 1 else 0
            highest = max((_kilobytes(pid, "status", "VmHWM:") for pid in tree), default=0)
            self.megabytes = max(self.megabytes, max(seen, highest) / 1024)


def _tree(root: int) -> list[int]:
    """A process and all its descendants."""
    parents = {int(folder.name): _stat(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()}
    tree = [root]
    for pid in tree:
        tree += [child for child, fields in parents.items() if fields and int(fields[1]) == pid]
    return [pid for pid in tree if parents.get(pid)]


def _ticks(pid: int) -> int:
    """Processor time, in user and in system mode."""
    fields = _stat(str(pid))
    return int(fields[11]) + int(fields[12]) if fields else 0


def _stat(pid: str) -> list[str]:
    """The fields of /proc/PID/stat after the name; none when the process has ended."""
    try:
        return Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _kilobytes(pid: int, file: str, field: str) -> int:
    try:
        lines = Path("/proc", str(pid), file).read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(field)), 0)
