#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compares kv with Debian's redis-server, byte by byte.

    compare_with_redis.py KV PATTERN [--seed N] [--rounds N]

Sends the list commands.txt to both: whole, and in random pieces, in RESP2 and
in RESP3; the replies must be the same bytes. Broken streams go to connections
of their own, which both servers must answer alike and close. The scenes of
sessions.txt have several connections: transactions, and who watches what.
"""

import argparse
import itertools
import os
import random
import re
import socket
import threading
import time

import resp_text as resp
import servers
import sessions

HELLO_3 = ("HELLO 3", resp.array([b"HELLO", b"3"]))
SENTINEL = b"the end of the list"
WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')


def unescape(text):
    return text.encode("latin-1").decode("unicode_escape").encode("latin-1")


def words_of(line):
    return [unescape(quoted) if bare == "" else bare.encode()
            for quoted, bare in WORD.findall(line)]


class Commands:
    """The list: bytes of one connection, and those of their own."""

    def __init__(self, path):
        self.shared = []  # (line, bytes)
        self.shapes = []
        self.alone = []
        with open(path, encoding="ascii") as lines:
            for line in lines:
                self.add(line.rstrip("\n"))

    def add(self, line):
        kind, rest = line[:1], line[2:]
        if kind in ("", "#"):
            return
        if kind == "!":
            self.shared.append((line, unescape(rest)))
        elif kind == "@":
            self.alone.append((line, unescape(rest)))
        elif kind == "?":
            self.shapes.append((line, resp.array(words_of(rest))))
        else:
            self.shared.append((line, resp.array(words_of(line))))


def whole(data):
    yield data


def pieces(data, chance):
    """Cuts data into pieces, most of them short."""
    at = 0
    while at < len(data):
        length = chance.choice((1, 1, 2, 3, 7, 20, 100))
        yield data[at:at + length]
        at += length
        if chance.random() < 0.1:
            # Lets pieces arrive apart; nothing depends on that they do.
            time.sleep(0.0005)


def receive(connection, is_all, received):
    try:
        while not is_all(received):
            part = connection.recv(65536)
            if part == b"":
                return
            received += part
    except OSError as error:
        received += b"[%s]" % str(error).encode()


def talk(port, parts, is_all):
    """Sends the parts while it receives; returns what came."""
    received = bytearray()
    with servers.connect(port) as connection:
        reader = threading.Thread(
            target=receive, args=(connection, is_all, received))
        reader.start()
        try:
            for part in parts:
                connection.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            pass
        reader.join()
    return bytes(received)


def exchange(port, entries, cut):
    """Sends these entries on one connection; returns all of the replies."""
    end = resp.array([b"ECHO", SENTINEL])
    data = b"".join(sent for _, sent in entries) + end
    last = b"$%d\r\n%s\r\n" % (len(SENTINEL), SENTINEL)
    got = talk(port, cut(data), lambda got: got.endswith(last))
    return sessions.without_id(got)


def replies_of(sent):
    """How many replies an entry has, to name it when one is wrong."""
    if sent.startswith(b"*") and b"PING\r\n\r\n" not in sent:
        count = sent[1:sent.index(b"\r\n")]
        if count.isdigit() and count != b"0":
            return 1
    return None


def describe(entries, expected, got):
    """Says where two streams of replies part."""
    wanted, rest = resp.split(expected)
    seen, cut = resp.split(got)
    at = 0
    while at < min(len(wanted), len(seen)) and wanted[at] == seen[at]:
        at += 1
    before = b"" if at == 0 else wanted[at - 1]
    text = [f"reply {at + 1} of {len(wanted)} differs",
            f"  redis {wanted[at] if at < len(wanted) else rest!r}",
            f"  kv    {seen[at] if at < len(seen) else cut!r}",
            f"  behind {before!r}"]
    line = line_of_reply(entries, at)
    if line is not None:
        text.append(f"  the command: {line}")
    return "\n".join(text)


def line_of_reply(entries, at):
    """The list's line whose reply is the at-th, if only arrays precede."""
    for line, sent in entries:
        count = replies_of(sent)
        count = len(replies_alone[line]) if count is None else count
        if at < count:
            return line
        at -= count
    return None


replies_alone = {}


def learn_counts(port, entries):
    """Asks redis how many replies each line of raw bytes has."""
    for line, sent in entries:
        if replies_of(sent) is None:
            got = exchange(port, [(line, sent)], whole)
            replies_alone[line] = resp.split(got)[0][:-1]


def compare(ports, entries, cut, name):
    expected = exchange(ports[0], entries, whole)
    got = exchange(ports[1], entries, cut)
    if expected != got:
        raise servers.Failed(f"{name}:\n" + describe(entries, expected, got))
    print(f"{name}: {len(entries)} lines, {len(expected)} bytes equal")


def compare_shapes(ports, entries):
    """A reply's shape is its kind; the lists of both differ in length."""
    for line, sent in entries:
        kinds = []
        for port in ports:
            replies = resp.split(exchange(port, [(line, sent)], whole))[0]
            if len(replies) != 2:
                raise servers.Failed(f"{line}: {len(replies) - 1} replies")
            kind = resp.shape(replies[0])
            kinds.append("list" if isinstance(kind, list) else kind)
        if kinds[0] != kinds[1]:
            raise servers.Failed(f"{line}: redis {kinds[0]}, kv {kinds[1]}")
    print(f"shapes: {len(entries)} equal")


def close_politely(port, data, cut):
    """Sends, says FIN when answered, and returns all until the FIN."""
    return talk(port, cut(data), lambda got: False)


def compare_alone(ports, entries, cut, name):
    for line, sent in entries:
        expected = close_politely(ports[0], sent, whole)
        got = close_politely(ports[1], sent, cut)
        if expected != got:
            raise servers.Failed(
                f"{name}: {line}\n  redis {expected!r}\n  kv    {got!r}")
    print(f"{name}: {len(entries)} streams answered and closed alike")


def check_long_lines(ports):
    """What is too long for a line is refused, in one piece or many."""
    for start, end in ((b"PING ", b""), (b"*1", b""), (b"*1\r\n$1", b"")):
        sent = start + b"1" * 70000 + end
        expected = close_politely(ports[0], sent, whole)
        got = close_politely(ports[1], sent, whole)
        # Closing with unread input may reset: what came before counts.
        if expected.split(b"[")[0] != got.split(b"[")[0]:
            raise servers.Failed(
                f"long line {start!r}: redis {expected!r}, kv {got!r}")
    print("long lines: refused alike")


def ask(connection, *words):
    connection.sendall(resp.array(words))
    got = bytearray()
    while not resp.split(bytes(got))[0]:
        got += connection.recv(65536)
    return bytes(got)


def check_expiry(port):
    """What has expired is gone, also from the count, without being asked."""
    with servers.connect(port) as connection:
        ask(connection, b"FLUSHALL")
        for i in range(100):
            ask(connection, b"SET", b"short%d" % i, b"v", b"PX", b"20")
        servers.until(lambda: ask(connection, b"GET", b"short0") == b"$-1\r\n",
                      10, "the key does not expire")
        servers.until(
            lambda: sweep(connection) == b":0\r\n", 20,
            "expired keys that nobody asks for stay")
    print("expiry: keys go, asked for or not")


def check_limits(port):
    """A reply above limits.output is an error, and the stream goes on."""
    with servers.connect(port) as connection:
        for _ in range(6):
            ask(connection, b"APPEND", b"long", b"x" * 900000)
        reply = ask(connection, b"GET", b"long")
        if not reply.startswith(b"-ERR ") or len(reply) > 100:
            raise servers.Failed(f"GET of 5.4 MB: {reply[:200]!r}")
        if ask(connection, b"STRLEN", b"long") != b":5400000\r\n":
            raise servers.Failed("STRLEN behind a reply that was refused")
        for words in ([b"MULTI"], [b"INCR", b"ran"], [b"GET", b"long"]):
            ask(connection, *words)
        reply = ask(connection, b"EXEC")
        if not reply.startswith(b"-ERR ") or len(reply) > 100:
            raise servers.Failed(f"EXEC of 5.4 MB: {reply[:200]!r}")
        if ask(connection, b"GET", b"ran") != b"$1\r\n1\r\n":
            raise servers.Failed("a transaction whose reply was refused")
        ask(connection, b"DEL", b"ran")
        ask(connection, b"DEL", b"long")
    print("limits: a reply that is too long is refused, the stream goes on")


others = itertools.count()


def sweep(connection):
    """Commands on other keys look for what has expired."""
    for _ in range(400):
        ask(connection, b"GET", b"other%d" % next(others))
    return ask(connection, b"DBSIZE")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("pattern")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    seed = arguments.seed
    seed = random.SystemRandom().getrandbits(32) if seed is None else seed
    print(f"pattern {arguments.pattern}, --seed {seed}", flush=True)
    chance = random.Random(seed)
    folder = os.path.dirname(os.path.abspath(__file__))
    commands = Commands(os.path.join(folder, "commands.txt"))

    def cut(data):
        return pieces(data, chance)

    with servers.redis() as redis, \
            servers.kv(arguments.program, arguments.pattern) as kv:
        ports = redis, kv
        learn_counts(redis, commands.shared)
        compare(ports, commands.shared, whole, "whole")
        for number in range(arguments.rounds):
            compare(ports, commands.shared, cut, f"pieces {number + 1}")
        compare(ports, [HELLO_3] + commands.shared, whole, "RESP3, whole")
        compare(ports, [HELLO_3] + commands.shared, cut, "RESP3, pieces")
        compare_shapes(ports, commands.shapes)
        sessions.compare(
            ports, os.path.join(folder, "sessions.txt"), words_of)
        compare_alone(ports, commands.alone, whole, "alone, whole")
        compare_alone(ports, commands.alone, cut, "alone, pieces")
        check_long_lines(ports)
        check_expiry(kv)
        check_limits(kv)


if __name__ == "__main__":
    socket.setdefaulttimeout(60)
    servers.run(main)
