#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Many clients at once on the same keys: nothing is lost, torn or doubled.

    atomicity.py KV PATTERN [--requests N]

INCR from all clients adds up; what one MSET wrote, an MGET sees all or none
of, FLUSHALL or not; each element pushed is popped once. What transactions move
from one key to another is never seen on neither or on both, and of those that
watched a key only one gets through. A client that reads late gets every reply
to commands that ran exactly once.
"""

import argparse
import random
import threading

import resp_text as resp
import servers

CLIENTS = 8
BATCH = 100
OUTPUT_BYTES = 256 * 1024
KEYS = [b"torn:%d" % i for i in range(20)]


class Client:
    def __init__(self, port, receive_bytes=None):
        self.connection = servers.connect(port, receive_bytes)
        self.stream = self.connection.makefile("rb")

    def send(self, *words):
        self.connection.sendall(resp.array(words))

    def reply(self):
        line = self.stream.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b":":
            return int(rest)
        if kind == b"$":
            length = int(rest)
            return None if length < 0 else self.stream.read(length + 2)[:-2]
        if kind == b"*":
            count = int(rest)
            return None if count < 0 else [self.reply() for _ in range(count)]
        if kind == b"+":
            return rest
        raise servers.Failed(f"reply {line!r}")

    def ask(self, *words):
        self.send(*words)
        return self.reply()

    def ask_often(self, count, *words):
        """Pipelined, so that the server is never waiting for us."""
        many = resp.array(words) * BATCH
        replies = []
        for _ in range(count // BATCH):
            self.connection.sendall(many)
            replies += [self.reply() for _ in range(BATCH)]
        return replies

    def transact(self, *commands):
        """MULTI, the commands and EXEC, in one write; EXEC's reply."""
        self.connection.sendall(
            resp.array([b"MULTI"]) +
            b"".join(resp.array(words) for words in commands) +
            resp.array([b"EXEC"]))
        before = [self.reply() for _ in range(len(commands) + 1)]
        if before != [b"OK"] + [b"QUEUED"] * len(commands):
            raise servers.Failed(f"MULTI and commands: {before}")
        return self.reply()

    def close(self):
        self.stream.close()
        self.connection.close()


def in_parallel(port, bodies):
    """Runs each body with a client of its own; raises what one raised."""
    failures = []

    def run(body):
        client = Client(port)
        try:
            body(client)
        except Exception as failure:  # pylint: disable=broad-except
            failures.append(failure)
        finally:
            client.close()

    threads = [threading.Thread(target=run, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise servers.Failed(str(failures[0]))


def once(port, *words):
    client = Client(port)
    try:
        return client.ask(*words)
    finally:
        client.close()


def check_counting(port, requests):
    def count(client):
        seen = client.ask_often(requests, b"INCR", b"count")
        if sorted(set(seen)) != seen:
            raise servers.Failed("INCR gave one client numbers out of order")

    in_parallel(port, [count] * CLIENTS)
    total = once(port, b"GET", b"count")
    if total != b"%d" % (CLIENTS * requests):
        raise servers.Failed(f"INCR: {total!r} of {CLIENTS * requests}")
    print(f"INCR: {CLIENTS} clients, {CLIENTS * requests} counted")


def check_tearing(port, requests):
    def write(value, step):
        # Forwards and backwards, so that locks taken in the order of the
        # words would wait for each other.
        pairs = [word for key in KEYS[::step] for word in (key, value)]

        def body(client):
            client.ask_often(requests, b"MSET", *pairs)
        return body

    def read(client):
        for values in client.ask_often(requests, b"MGET", *KEYS):
            if len(set(values)) != 1:
                raise servers.Failed(f"MGET saw a torn MSET: {values}")

    def flush(client):
        for _ in range(requests // 20):
            client.ask(b"FLUSHALL")
            client.ask(b"DEL", *KEYS)

    in_parallel(port, [write(b"one", 1), write(b"two", -1),
                       write(b"three", 1), read, read, read, flush])
    print(f"MSET: {3 * requests} seen whole or not at all")


def check_passing(port, requests):
    total = CLIENTS // 2 * requests
    popped = []

    def push(number):
        def body(client):
            for i in range(requests):
                client.ask(b"LPUSH", b"queue", b"%d:%d" % (number, i))
        return body

    def pop(client):
        while len(popped) < total:
            element = client.ask(b"RPOP", b"queue")
            if element is not None:
                popped.append(element)

    half = CLIENTS // 2
    in_parallel(port, [push(n) for n in range(half)] + [pop] * half)
    if len(set(popped)) != total or once(port, b"EXISTS", b"queue") != 0:
        raise servers.Failed(f"{len(set(popped))} of {total} passed on")
    print(f"LPUSH, RPOP: {total} elements passed on once each")


def check_moving(port, requests):
    """However the keys lie, a transaction is one step for everybody else."""
    total = 1000 * len(KEYS)
    once(port, b"MSET", *[word for key in KEYS for word in (key, b"1000")])

    def move(client):
        for _ in range(requests):
            one, other = random.sample(KEYS, 2)
            moved = client.transact([b"DECR", one], [b"GET", other],
                                    [b"INCR", other])
            if moved[2] != int(moved[1]) + 1:
                raise servers.Failed(f"torn inside of EXEC: {moved}")

    def add_up(client):
        for i in range(requests):
            values = client.ask(b"MGET", *KEYS) if i % 2 == 0 else \
                client.transact(*[[b"GET", key] for key in KEYS])
            if sum(map(int, values)) != total:
                raise servers.Failed(f"half of an EXEC was seen: {values}")

    in_parallel(port, [move] * 4 + [add_up] * 2)
    print(f"EXEC: {4 * requests} seen whole or not at all")


def check_optimism(port, requests):
    """Of those that read one value and want to replace it, one may."""
    retries = []

    def count(client):
        done = 0
        while done < requests:
            client.ask(b"WATCH", b"watched")
            seen = int(client.ask(b"GET", b"watched") or 0)
            if client.transact([b"SET", b"watched", b"%d" % (seen + 1)]):
                done += 1
            else:
                retries.append(seen)

    in_parallel(port, [count] * CLIENTS)
    total = once(port, b"GET", b"watched")
    if total != b"%d" % (CLIENTS * requests):
        raise servers.Failed(f"WATCH: {total!r} of {CLIENTS * requests}")
    print(f"WATCH: {CLIENTS * requests} counted, {len(retries)} tried again")


def check_late_reader(port):
    """
    Replies of nearly limits.output to a client that takes them in small
    pieces. Input goes on when a quarter of the limit is still unsent; then
    a reply finds no room and has to wait, and its element must not be lost.
    """
    count = 200
    elements = [b"%d:" % i + b"x" * (OUTPUT_BYTES * 9 // 10)
                for i in range(count)]
    for element in elements:
        once(port, b"RPUSH", b"late", element)
    client = Client(port, 8192)
    client.connection.sendall(resp.array([b"LPOP", b"late"]) * count)
    for i, element in enumerate(elements):
        got = client.reply()
        if got != element:
            raise servers.Failed(
                f"LPOP {i} gave {got if got is None else got[:20]!r}")
    client.close()
    print(f"a late reader: {count} commands ran once each")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("pattern")
    parser.add_argument("--requests", type=int, default=2000,
                        help=f"of each client; a multiple of {BATCH}")
    arguments = parser.parse_args()
    with servers.kv(arguments.program, arguments.pattern) as port:
        check_counting(port, 5 * arguments.requests)
        check_tearing(port, arguments.requests)
        check_passing(port, arguments.requests)
        check_moving(port, arguments.requests)
        check_optimism(port, arguments.requests // 4)
    with servers.kv(arguments.program, arguments.pattern,
                    "--set", f"limits.output={OUTPUT_BYTES}") as port:
        check_late_reader(port)


if __name__ == "__main__":
    servers.run(main)
