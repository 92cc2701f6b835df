"""Prints how a recording is brought on loopback: python tests/bench/recordings.py [speed|kills]

`speed`: 1 GiB against curl, as fast as it goes and at 100 MB/s, with the peak memory of the same runs;
medians of interleaved rounds. `kills`: 200 MB with a kill -9 at 30 random moments; how many bytes were sent
too many.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from random import Random

ROUNDS, PACED_ROUNDS, KILLS = 5, 1, 30
LONG, KILLED = 1 << 30, 200_000_000
# A server of its own process: ranges, an ETag, a pace if one is given, and a count of the bytes that left.
SERVER = """
import os, re, socket, sys, threading, time
path, pace, counted = sys.argv[1], float(sys.argv[2]), sys.argv[3]
size, sent, counting = os.path.getsize(path), 0, threading.Lock()
begun = {"at": None, "sent": 0}

def wait(count):
    # One pace for all connections together.
    with counting:
        now = time.monotonic()
        if begun["at"] is None or now - begun["at"] - begun["sent"] / pace > 0.5:
            begun.update(at=now, sent=0)
        begun["sent"] += count
        due = begun["at"] + begun["sent"] / pace
    time.sleep(max(0, due - time.monotonic()))

def serve(connection):
    global sent
    data = b""
    with connection, open(path, "rb") as file:
        while True:
            while b"\\r\\n\\r\\n" not in data:
                more = connection.recv(65536)
                if not more:
                    return
                data += more
            head, _, data = data.partition(b"\\r\\n\\r\\n")
            asked = re.search(rb"(?i)range: bytes=(\\d+)-(\\d*)", head)
            start = int(asked[1]) if asked else 0
            end = min(size, int(asked[2]) + 1 if asked and asked[2] else size)
            status = b"206 Partial Content" if asked else b"200 OK"
            lines = [b"HTTP/1.1 " + status, b"Content-Type: audio/wav", b'ETag: "one"']
            lines += [b"Content-Range: bytes %d-%d/%d" % (start, end - 1, size)] if asked else []
            lines += [b"Content-Length: %d" % (end - start), b"", b""]
            connection.sendall(b"\\r\\n".join(lines))
            while start < end:
                step = min(end - start, 1 << 18) if pace else end - start
                if pace:
                    wait(step)
                count = connection.sendfile(file, start, step)
                start += count
                with counting:
                    sent += count
                    with open(counted, "w") as note:
                        note.write(str(sent))

def served(connection):
    try:
        serve(connection)
    except OSError:
        pass  # the client was killed

listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=served, args=(listener.accept()[0],), daemon=True).start()
"""


@contextmanager
def server(path: Path, pace: float) -> Iterator[str]:
    """Serve a file, at so many bytes a second; 0 is as fast as it goes."""
    words = [sys.executable, "-c", SERVER, str(path), str(pace), str(path.with_suffix(".sent"))]
    running = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert running.stdout
    try:
        yield f"http://127.0.0.1:{int(running.stdout.readline())}/one.wav"
    finally:
        running.kill()
        running.wait()


def made(folder: Path, size: int) -> Path:
    path, chance = folder / "one.bin", Random(size)
    with path.open("wb") as file:
        for _ in range(size // (1 << 20)):
            file.write(chance.randbytes(1 << 20))
        file.write(chance.randbytes(size % (1 << 20)))
    return path


def ours(url: str, out: Path) -> list[str]:
    return [sys.executable, "-m", "voicectl", "recording", "download", "--url", url, "-o", str(out)]


def cost(command: list[str], environ: dict[str, str], out: Path) -> tuple[float, float]:
    """Return seconds on the wall and peak megabytes of one run; a failure ends the bench."""
    out.unlink(missing_ok=True)
    os.sync()
    begun = time.perf_counter()
    child = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{command}: exit {child.returncode}")
    return time.perf_counter() - begun, usage.ru_maxrss / 1024


def speed(folder: Path, environ: dict[str, str]) -> None:
    path = made(folder, LONG)
    print(f"{'1 GiB':<12} {'curl s':>8} {'ours s':>8} {'ratio':>6} {'peak MB':>8}")
    for words, pace, rounds in (("unpaced", 0.0, ROUNDS), ("at 100 MB/s", 1e8, PACED_ROUNDS)):
        with server(path, pace) as url:
            out = folder / "out.wav"
            theirs, own, memory = [], [], 0.0
            for _ in range(rounds):
                theirs.append(cost(["curl", "-s", "-o", str(out), url], environ, out)[0])
                seconds, peak = cost(ours(url, out), environ, out)
                own.append(seconds)
                memory = max(memory, peak)
        ratio = statistics.median(a / b for a, b in zip(theirs, own, strict=True))
        print(
            f"{words:<12} {statistics.median(theirs):>8.2f} {statistics.median(own):>8.2f} "
            f"{ratio:>6.2f} {memory:>8.1f}"
        )


def kills(folder: Path, environ: dict[str, str]) -> None:
    path, out, chance = made(folder, KILLED), folder / "out.wav", Random(30)
    wanted = sha256(path.read_bytes()).hexdigest()
    # So slow that it cannot be whole before the last kill.
    with server(path, 8e6) as url:
        for _ in range(KILLS):
            child = subprocess.Popen(ours(url, out), env=environ, stdout=subprocess.DEVNULL)
            time.sleep(0.3 + chance.random() * 0.5)
            if child.poll() is not None:
                sys.exit("a run ended before it was killed: pace the server slower")
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
        done = subprocess.run(ours(url, out), env=environ, capture_output=True, check=True)
    told, sent = json.loads(done.stdout), int(path.with_suffix(".sent").read_text())
    is_right = told["sha256"] == wanted == sha256(out.read_bytes()).hexdigest()
    verdict = "right" if is_right else "WRONG"
    print(f"200 MB, {KILLS} kills: {verdict} sha256, {sent / KILLED - 1:.2%} bytes too many")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environ = {**os.environ, "HOME": name, "VOICECTL_NO_KEYRING": "1"}
        for bench in (speed, kills):
            if bench.__name__ in sys.argv[1:] or not sys.argv[1:]:
                bench(folder, environ)


if __name__ == "__main__":
    main()
