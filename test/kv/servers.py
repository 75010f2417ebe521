# SPDX-License-Identifier: BSD-2-Clause
"""Starts and ends the servers that the tests of kv talk to.

Each server is a child of its own on a free port of the loopback, found in
what it prints or chosen by the kernel just before; leaving the `with` block
ends it and, for kv, checks that it drained and left with status 0.
"""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

START_SECONDS = 20
STOP_SECONDS = 20


class Failed(Exception):
    """A test's finding, with the sentence that says it."""


def connect(port, receive_bytes=None):
    """Connects; nothing waits longer than a minute for this server."""
    connection = socket.socket()
    if receive_bytes is not None:
        connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    connection.settimeout(60)
    connection.connect(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def until(condition, seconds, what):
    """Waits until condition() is true."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise Failed(f"waited {seconds} s: {what}")
        time.sleep(0.01)


def end(process):
    """Ends a child that is still there, one way or the other."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        return process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise Failed(f"{process.args[0]} does not end on SIGTERM") from None


def bound_port(line):
    match = re.fullmatch(r"listening on .*:(\d+)\n", line)
    if match is None:
        raise Failed(f"kv's first line is {line!r}")
    return int(match.group(1))


@contextlib.contextmanager
def kv(program, pattern, *arguments):
    """Runs kv under a pattern; gives its port."""
    process = subprocess.Popen(
        [program, "--listen", "127.0.0.1:0", "--pattern", pattern,
         *arguments],
        stdout=subprocess.PIPE, text=True)
    try:
        yield bound_port(process.stdout.readline())
    finally:
        status = end(process)
        process.stdout.close()
    if status != 0:
        raise Failed(f"kv left with status {status}")


def free_port():
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return chosen.getsockname()[1]


def answers(process, port):
    if process.poll() is not None:
        raise Failed("redis-server did not start")
    try:
        with connect(port) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64) == b"+PONG\r\n"
    except ConnectionRefusedError:
        return False


@contextlib.contextmanager
def redis():
    """Runs Debian's redis-server, without file or memory; gives its port."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            ["redis-server", "--save", "", "--appendonly", "no",
             "--bind", "127.0.0.1", "--port", str(port), "--dir", folder,
             "--enable-debug-command", "yes"],
            stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        try:
            until(lambda: answers(process, port), START_SECONDS,
                  "redis-server does not answer")
            yield port
        finally:
            end(process)


def run(main):
    """Calls main(), says what failed, and exits."""
    name = os.path.basename(sys.argv[0])
    try:
        main()
    except (Failed, OSError) as failure:
        print(f"{name}: FAILED: {failure}")
        sys.exit(1)
    print(f"{name}: passed")
