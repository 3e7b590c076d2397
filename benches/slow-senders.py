#!/usr/bin/env python3
"""How much memory boathook needs while many connections each send a little at a time and never come to an end.

Starts a boathook of its own on loopback, with a temporary state directory and nothing to deploy to, keeps so many connections open, each
from an address of its own (127.x.y.z) and opened again when boathook closes it, and looks at boathook's resident memory and at how long a
health check takes meanwhile. Linux only; the standard library is enough.

    benches/slow-senders.py [--boathook target/release/boathook] [--connections 1000] [--seconds 30]
"""

import argparse
import asyncio
import collections
import os
import pathlib
import resource
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
HEAD = b"POST /webhook/deploy HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-github-event: deployment\r\n"
BODY = HEAD + b"content-length: 262144\r\n\r\n"
# What each connection sends at once; after that it sends a byte a second.
KINDS = {
    "idle": b"",
    "headers": HEAD + b"x-slow: ",
    "large headers": HEAD + b"x-slow: " + b"x" * 120_000,
    "bodies": BODY,
    "large bodies": BODY + b" " * 200_000,
}


def begin(boathook, directory, port):
    (directory / "secret").write_text("not a secret, but long enough for this")
    (directory / "secret").chmod(0o600)
    environment = {
        "PATH": os.environ["PATH"],
        "BOATHOOK__SERVER__LISTEN": f"127.0.0.1:{port}",
        "BOATHOOK__OPERATOR__SOCKET": str(directory / "socket"),
        "BOATHOOK__STATE__DIRECTORY": str(directory / "state"),
        "BOATHOOK__LOG__LEVEL": "error",
        "BOATHOOK__ENVIRONMENTS__DEVELOPMENT__SECRETS": f"[{{id: dribble, file: {directory}/secret}}]",
        "BOATHOOK__ENVIRONMENTS__STAGING__ENABLED": "false",
        "BOATHOOK__ENVIRONMENTS__PRODUCTION__ENABLED": "false",
    }
    return subprocess.Popen([boathook, "serve", "--config", str(ROOT / "config")], env=environment)


def resident(process):
    """KiB in memory."""
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise SystemExit("boathook has ended")


async def health(port):
    """Seconds until a health check is answered."""
    began = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise SystemExit(f"the health check was answered with {answer[:60]!r}")
    return time.monotonic() - began


async def dribble(number, port, first, answers):
    """One sender: a connection, and another a second after it is closed."""
    address = f"127.{1 + number // 250 // 250}.{number // 250 % 250}.{1 + number % 250}"
    while True:
        answer = b""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
            answers["opened"] += 1
            writer.write(first)
            while not answer:
                try:
                    answer = await asyncio.wait_for(reader.read(4096), 1) or b"closed"
                except asyncio.TimeoutError:
                    writer.write(b"x")
            writer.close()
        except OSError:
            answer = answer or b"reset"
        await asyncio.sleep(1)
        answers[answer[9:12].decode() if answer.startswith(b"HTTP/1.1 ") else answer.decode()] += 1


async def attack(process, port, kind, connections, seconds):
    before, answers = resident(process), collections.Counter()
    senders = [asyncio.create_task(dribble(number, port, KINDS[kind], answers)) for number in range(connections)]
    memory, slowest = [], 0
    for _ in range(seconds):
        await asyncio.sleep(1)
        memory.append(resident(process))
        slowest = max(slowest, await health(port))
    while senders:
        for sender in senders:
            sender.cancel()
        _, senders = await asyncio.wait(senders, timeout=1)
    await asyncio.sleep(2)
    told = ", ".join(f"{count} {what}" for what, count in sorted(answers.items()))
    print(
        f"{kind:>14}: {before / 1024:6.1f} MiB before, {max(memory[: seconds // 2]) / 1024:6.1f} at most in the first half, "
        f"{max(memory[seconds // 2 :]) / 1024:6.1f} in the second, {resident(process) / 1024:6.1f} after; "
        f"health check within {slowest * 1000:.0f} ms; {told}",
        flush=True,
    )


async def run(arguments):
    with tempfile.TemporaryDirectory(prefix="boathook-dribble-") as directory:
        process = begin(arguments.boathook, pathlib.Path(directory), arguments.port)
        try:
            for _ in range(100):
                try:
                    await health(arguments.port)
                    break
                except OSError:
                    await asyncio.sleep(0.1)
            for kind in arguments.kind or KINDS:
                await attack(process, arguments.port, kind, arguments.connections, arguments.seconds)
        finally:
            process.terminate()
            process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--boathook", default="boathook", help="the program (default: the one on PATH)")
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=30, help="how long each kind goes on")
    parser.add_argument("--port", type=int, default=18_999)
    parser.add_argument("--kind", action="append", choices=KINDS, help="one kind only; may be given again")
    arguments = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(run(arguments))


if __name__ == "__main__":
    main()
