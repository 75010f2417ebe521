#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs redis-cli and redis-benchmark, which nobody here wrote, against kv.

    clients.py KV PATTERN [--requests N]

redis-cli says every command that kv has, once each at least, one process per
command, and then all again through its standard input; with -3, where it must
print what it prints for redis-server. It loads by --pipe, and twenty more are
served while DEBUG SLEEP blocks a handler. redis-benchmark runs all its default
tests, 50 clients, without and with pipelining and with -3, and must not
complain about anything.
"""

import argparse
import re
import subprocess

import resp_text as resp
import servers

RUN_SECONDS = 300

# What is said, and what redis-cli prints; a pattern where it begins with "re:".
COMMANDS = [
    ("FLUSHALL", "OK"),
    ("PING", "PONG"),
    ("ECHO hello", "hello"),
    ("SELECT 0", "OK"),
    ("AUTH default x", "OK"),
    ("HELLO 3", r"re:server redis\nversion 7\.0\.15\nproto 3\nid \d+\n"
                r"(.*\n)*"),
    ("HELLO 4", "NOPROTO unsupported protocol version\n"),
    ("HELLO 2", r"re:server\nredis\nversion\n7\.0\.15\nproto\n2\nid\n\d+\n"
                r"(.*\n)*"),
    ("CLIENT SETNAME me", "OK"),
    ("CLIENT GETNAME", r"re:(me)?"),
    ("CLIENT SETINFO LIB-NAME test", "OK"),
    ("CLIENT ID", r"re:\d+"),
    ("CLIENT LIST", r"re:(id=\d+ addr=127\.0\.0\.1:\d+ name=.*\n)+"),
    ("CLIENT INFO", r"re:id=\d+ addr=127\.0\.0\.1:\d+ name=.*\n"),
    ("COMMAND COUNT", r"re:\d+"),
    ("COMMAND DOCS", ""),
    ("CONFIG GET save", "save\n"),
    ("CONFIG SET save x", r"re:ERR CONFIG SET failed .*\n"),
    ("INFO", r"re:# Server\r\nredis_version:7\.0\.15\r\n(.*\n)*loading:0\r\n"
             r"(.*\n)*"),
    ("SET a 1", "OK"),
    ("GET a", "1"),
    ("SET a 2 NX", ""),
    ("SET a 3 XX GET", "1"),
    ("SETEX b 100 x", "OK"),
    ("SETNX b y", "0"),
    ("GETSET b z", "x"),
    ("APPEND b more", "5"),
    ("STRLEN b", "5"),
    ("INCR n", "1"),
    ("DECR n", "0"),
    ("INCRBY n 10", "10"),
    ("DECRBY n 3", "7"),
    ("INCR b", "ERR value is not an integer or out of range\n"),
    ("MSET x 1 y 2", "OK"),
    ("MGET x y nosuch", "1\n2\n"),
    ("EXISTS x y nosuch", "2"),
    ("TYPE x", "string"),
    ("EXPIRE x 100", "1"),
    ("PEXPIRE y 100000", "1"),
    ("TTL x", r"re:100|99"),
    ("PTTL y", r"re:\d+"),
    ("PERSIST x", "1"),
    ("KEYS x*", "x"),
    ("DEL a b n x y", "5"),
    ("LPUSH l b a", "2"),
    ("RPUSH l c", "3"),
    ("LRANGE l 0 -1", "a\nb\nc"),
    ("LLEN l", "3"),
    ("LINDEX l 1", "b"),
    ("LPOP l", "a"),
    ("RPOP l 2", "c\nb"),
    ("SADD s 1 2 3", "3"),
    ("SREM s 2", "1"),
    ("SCARD s", "2"),
    ("SISMEMBER s 1", "1"),
    ("SMEMBERS s", "1\n3"),
    ("SPOP s 2", r"re:1\n3|3\n1"),
    ("HSET h f v g w", "2"),
    ("HMSET h f v g w", "OK"),
    ("HGET h f", "v"),
    ("HMGET h f g nosuch", "v\nw\n"),
    ("HLEN h", "2"),
    ("HEXISTS h f", "1"),
    ("HGETALL h", "f\nv\ng\nw"),
    ("HKEYS h", "f\ng"),
    ("HVALS h", "v\nw"),
    ("HINCRBY h n 3", "3"),
    ("HDEL h f", "1"),
    ("GET h", "WRONGTYPE Operation against a key holding the wrong kind of "
              "value\n"),
    ("ZADD z 1 a 2.5 b 3 c", "3"),
    ("ZSCORE z b", "2.5"),
    ("ZCARD z", "3"),
    ("ZRANGE z 0 -1 WITHSCORES", "a\n1\nb\n2.5\nc\n3"),
    ("ZPOPMIN z", "a\n1"),
    ("DBSIZE", "2"),
    ("DEBUG SLEEP 0.01", "OK"),
    ("WATCH a", "OK"),
    ("UNWATCH", "OK"),
    ("EXEC", "ERR EXEC without MULTI\n"),
    ("DISCARD", "ERR DISCARD without MULTI\n"),
    ("MULTI", "OK"),
    ("RESET", "RESET"),
    ("FLUSHDB", "OK"),
    ("COMMAND", r"re:append\n3\n(.*\n)*"),
    ("QUIT", "OK"),
]

# What one redis-cli says in a row, and all that it prints.
TRANSACTION = [
    ("WATCH t", "OK"),
    ("MULTI", "OK"),
    ("SET t 1", "QUEUED"),
    ("INCRBY t 41", "QUEUED"),
    ("LPUSH t x", "QUEUED"),
    ("GET t", "QUEUED"),
    ("EXEC", "OK\n42\nWRONGTYPE Operation against a key holding the wrong "
             "kind of value\n\n42"),
    ("MULTI", "OK"),
    ("INCR t", "QUEUED"),
    ("nosuch", "ERR unknown command 'nosuch', with args beginning with: \n"),
    ("EXEC", "EXECABORT Transaction discarded because of previous errors.\n"),
    ("MULTI", "OK"),
    ("INCR t", "QUEUED"),
    ("DISCARD", "OK"),
    ("GET t", "42"),
    ("FLUSHALL", "OK"),
]

DEFAULT_TESTS = ("PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "LPUSH",
                 "RPUSH", "LPOP", "RPOP", "SADD", "HSET", "SPOP", "ZADD",
                 "ZPOPMIN", "LRANGE_100", "LRANGE_300", "LRANGE_500",
                 "LRANGE_600", "MSET")


def call(program, port, *arguments, given=None):
    result = subprocess.run(
        [program, "-p", str(port), *arguments], input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=RUN_SECONDS, check=False)
    text = result.stdout.decode("latin-1")
    if result.returncode not in (0, 1):
        raise servers.Failed(f"{program}: {result.returncode}: {text}")
    return text


def is_as_expected(printed, expected):
    """redis-cli ends what it prints with one newline."""
    if expected.startswith("re:"):
        return re.fullmatch(f"(?:{expected[3:]})\n?", printed) is not None
    return printed == expected + "\n"


def check_each(port):
    for said, expected in COMMANDS:
        printed = call("redis-cli", port, *said.split())
        if not is_as_expected(printed, expected):
            raise servers.Failed(
                f"{said}\n  printed  {printed!r}\n  expected {expected!r}")
    print(f"redis-cli, one by one: {len(COMMANDS)} right")


def check_all_at_once(port):
    """Between any two a mark is echoed, at which the output is cut."""
    said = [pair for pair in COMMANDS if pair[0] not in ("MULTI", "QUIT")]
    lines = "".join(f"{command}\nECHO mark\n" for command, _ in said)
    printed = call("redis-cli", port, given=lines.encode())
    parts = re.split(r"^mark\n", printed, flags=re.M)
    for (command, expected), part in zip(said, parts):
        if not is_as_expected(part, expected):
            raise servers.Failed(
                f"{command}, by standard input\n  printed  {part!r}\n"
                f"  expected {expected!r}")
    if len(parts) != len(said) + 1:
        raise servers.Failed(f"{len(parts) - 1} marks of {len(said)}")
    print(f"redis-cli, all at once: {len(said)} right")


def check_transaction(port):
    lines = "".join(f"{command}\n" for command, _ in TRANSACTION)
    printed = call("redis-cli", port, given=lines.encode())
    expected = "".join(f"{reply}\n" for _, reply in TRANSACTION)
    if printed != expected:
        raise servers.Failed(f"a transaction in redis-cli:\n{printed}")
    print("redis-cli, a transaction: right")


def check_resp3(ports):
    """What redis does not know, or names itself, is not compared."""
    said = [command for command, expected in COMMANDS
            if not expected.startswith("re:") and command not in
            ("MULTI", "QUIT", "RESET", "CLIENT SETINFO LIB-NAME test",
             "COMMAND DOCS")]
    said += ["ZADD z 1.5 a 2 b", "ZRANGE z 0 -1 WITHSCORES", "ZPOPMIN z 2",
             "DEBUG PROTOCOL map", "DEBUG PROTOCOL set", "SADD s 1 2",
             "SMEMBERS s", "SREM s 2", "SPOP s 2", "GET nosuch", "FLUSHALL"]
    said += [command for command, _ in TRANSACTION]
    lines = "".join(f"{command}\n" for command in said)
    expected, got = (call("redis-cli", port, "-3", given=lines.encode())
                     for port in ports)
    if expected != got:
        raise servers.Failed(
            f"redis-cli -3\n  redis {expected!r}\n  kv    {got!r}")
    print(f"redis-cli -3: prints the same for {len(said)} commands")


def check_completeness(port):
    """Every command that kv names is said above."""
    with servers.connect(port) as connection:
        connection.sendall(resp.array([b"COMMAND"]))
        got = bytearray()
        while not resp.split(bytes(got))[0]:
            got += connection.recv(65536)
    names = set(re.findall(rb"\*6\r\n\$\d+\r\n(\w+)\r\n", bytes(got)))
    said = {said.split()[0].lower().encode() for said, _ in COMMANDS}
    if not names or names - said:
        raise servers.Failed(f"nobody says {sorted(names - said)}")
    print(f"redis-cli says all {len(names)} commands")


def check_pipe(port):
    count = 20000
    load = b"".join(resp.array([b"SET", b"key:%d" % i, b"\r\n%d" % i])
                    for i in range(count))
    printed = call("redis-cli", port, "--pipe", given=load)
    if f"errors: 0, replies: {count}" not in printed:
        raise servers.Failed(f"redis-cli --pipe: {printed}")
    if call("redis-cli", port, "DBSIZE") != f"{count}\n":
        raise servers.Failed("redis-cli --pipe: keys are missing")
    call("redis-cli", port, "FLUSHALL")
    print(f"redis-cli --pipe: {count} keys")


def are_served_beside_sleeper(port, seconds):
    """Whether 1000 requests are answered before one that sleeps."""
    with servers.connect(port) as sleeper:
        sleeper.sendall(resp.array([b"DEBUG", b"SLEEP", b"%d" % seconds]))
        call("redis-cli", port, "SET", "awake", "0")
        for _ in range(20):
            call("redis-cli", port, "-r", "50", "INCR", "awake")
        sleeper.settimeout(0)
        try:
            early = sleeper.recv(64)
        except BlockingIOError:
            early = b""
        if call("redis-cli", port, "GET", "awake") != "1000\n":
            raise servers.Failed("requests beside DEBUG SLEEP are lost")
        sleeper.settimeout(seconds + 60)
        if (early or sleeper.recv(64)) != b"+OK\r\n":
            raise servers.Failed("DEBUG SLEEP does not answer")
    return early == b""


def check_blocking(port, pattern):
    """A handler that sleeps keeps nobody else waiting (G5)."""
    if pattern.split(":")[0] in ("reactor", "reactor-per-thread"):
        print("DEBUG SLEEP: the reactor has one thread, no G5")
        return
    # Who waited for the sleeper would do so however long it sleeps.
    for seconds in (1, 4, 16, 64):
        if are_served_beside_sleeper(port, seconds):
            break
    else:
        raise servers.Failed("1000 requests waited for DEBUG SLEEP")
    print("DEBUG SLEEP: others are served meanwhile")


def check_benchmark(port, requests, *options):
    printed = call("redis-benchmark", port, "-q", "-c", "50", "-n",
                   str(requests), *options)
    # Its progress overwrites itself and is no finding.
    text = "\n".join(line for line in re.split(r"[\r\n]+", printed)
                     if line.strip() and "rps=" not in line)
    if re.search(r"WARN|[Ee]rror|ERR", printed):
        raise servers.Failed(f"redis-benchmark complains:\n{text}")
    for name in DEFAULT_TESTS:
        if re.search(rf"^\s*{name}\b.*: [\d.]+ requests per second", text,
                     re.M) is None:
            raise servers.Failed(f"redis-benchmark without {name}:\n{text}")
    print(f"redis-benchmark {' '.join(options)}:\n{text}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("pattern")
    parser.add_argument("--requests", type=int, default=100000)
    arguments = parser.parse_args()
    with servers.redis() as redis, \
            servers.kv(arguments.program, arguments.pattern) as port:
        check_resp3((redis, port))
        check_completeness(port)
        check_each(port)
        check_all_at_once(port)
        check_transaction(port)
        check_pipe(port)
        check_blocking(port, arguments.pattern)
        check_benchmark(port, arguments.requests)
        check_benchmark(port, arguments.requests, "-P", "16")
        check_benchmark(port, arguments.requests // 4, "-3", "-P", "4")


if __name__ == "__main__":
    servers.run(main)
