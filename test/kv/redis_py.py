#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs redis-py, as Debian's python3-redis has it, against kv.

    redis_py.py KV PATTERN [--full]

Pipelines that are transactions, as redis-py makes them by default, and those
that are not; optimistic locking by WATCH from many threads; names, databases
and decoding at connect. Then the cells of redis-py's own examples, unmodified,
where they are about what kv has: each must show what its notebook says. --full
also runs the cell that takes minutes.
"""

import argparse
import ast
import asyncio
import contextlib
import glob
import inspect
import io
import json
import os
import re
import socket
import sys
import threading

import servers

DEBIAN_PYTHON = "/usr/bin/python3"
SKIPPED = 77

try:
    import redis
    from redis.exceptions import ExecAbortError, ResponseError, WatchError
except ImportError:
    # Debian's modules belong to Debian's interpreter.
    if sys.executable != DEBIAN_PYTHON and os.path.exists(DEBIAN_PYTHON):
        os.execv(DEBIAN_PYTHON, [DEBIAN_PYTHON] + sys.argv)
    print("redis_py.py: skipped: the package python3-redis is missing")
    sys.exit(SKIPPED)

THREADS = 6
EXAMPLES = "/usr/share/doc/python3-redis/examples/"
NOTEBOOKS = ("set_and_get", "pipeline", "connection", "asyncio")
# Cells about what kv does not have, or about servers elsewhere.
NOT_OURS = re.compile(r"pubsub|[Ss]entinel|username=")
SLOW = re.compile(r"incr_value|time_with")


def expect(what, got, expected):
    if got != expected:
        raise servers.Failed(f"{what}: {got!r}, and not {expected!r}")


def expect_raise(what, exception, function):
    try:
        got = function()
    except exception:
        return
    raise servers.Failed(f"{what}: no {exception.__name__}, but {got!r}")


def check_connecting(port):
    """What redis-py says before the first command."""
    named = redis.Redis(port=port, db=3, client_name="tester",
                        decode_responses=True)
    named.set("here", "drei")
    expect("name", named.client_getname(), "tester")
    mine = [client for client in named.client_list()
            if client["name"] == "tester"]
    expect("CLIENT LIST", [client["db"] for client in mine], ["3"])
    expect("another database", redis.Redis(port=port).get("here"), None)
    url = redis.from_url(
        f"redis://127.0.0.1:{port}/3?decode_responses=True"
        "&health_check_interval=1")
    expect("by URL", url.get("here"), "drei")
    user = redis.Redis(port=port, username="default", password="any")
    expect("AUTH", user.ping(), True)
    named.flushdb()
    for client in (named, url, user):
        client.close()
    print("redis-py connects, with name, database, URL, user")


def check_commands(client):
    expect("SET", client.set("k", "v", ex=100, nx=True), True)
    expect("SET NX", client.set("k", "w", nx=True), None)
    expect("GET", client.get("k"), "v")
    expect("TTL", client.ttl("k") in (99, 100), True)
    expect("INCR", client.incr("n", 5), 5)
    expect("MSET", client.mset({"a": 1, "b": "2"}), True)
    expect("MGET", client.mget("a", "b", "c"), ["1", "2", None])
    expect("RPUSH", client.rpush("l", "a", "b", "c"), 3)
    expect("LRANGE", client.lrange("l", 0, -1), ["a", "b", "c"])
    expect("LPOP", client.lpop("l", 2), ["a", "b"])
    expect("HSET", client.hset("h", mapping={"f": "1", "g": "2"}), 2)
    expect("HGETALL", client.hgetall("h"), {"f": "1", "g": "2"})
    expect("HINCRBY", client.hincrby("h", "f", 2), 3)
    expect("SADD", client.sadd("s", "x", "y"), 2)
    expect("SMEMBERS", client.smembers("s"), {"x", "y"})
    expect("ZADD", client.zadd("z", {"m": 1.5, "n": 2}), 2)
    expect("ZRANGE", client.zrange("z", 0, -1, withscores=True),
           [("m", 1.5), ("n", 2.0)])
    expect("ZPOPMIN", client.zpopmin("z"), [("m", 1.5)])
    expect("INFO", client.info("server")["redis_version"], "7.0.15")
    expect("CONFIG GET", client.config_get("save"), {"save": ""})
    expect_raise("INCR of a word", ResponseError, lambda: client.incr("k"))
    client.flushall()
    print("redis-py gets each type back")


def check_pipelines(client):
    for transaction in (True, False):
        pipe = client.pipeline(transaction=transaction)
        pipe.set("a", 1).incr("a").get("a").hset("h", "f", "v").hgetall("h")
        expect("pipeline", pipe.execute(), [True, 2, "2", 1, {"f": "v"}])
        pipe.set("a", "word").incr("a").get("a")
        replies = pipe.execute(raise_on_error=False)
        expect("an error in a pipeline",
               [type(reply) for reply in replies], [bool, ResponseError, str])
        pipe.set("a", "word").incr("a")
        expect_raise("an error in a pipeline", ResponseError, pipe.execute)
        pipe = client.pipeline(transaction=transaction)
        for i in range(10000):
            pipe.rpush("l", i)
        pipe.lrange("l", 0, -1)
        expect("a long pipeline", pipe.execute()[-1],
               [str(i) for i in range(10000)])
        client.flushall()
    pipe = client.pipeline()
    pipe.set("a", 1).execute_command("NOSUCH")
    expect_raise("an unknown command", (ExecAbortError, ResponseError),
                 pipe.execute)
    expect("behind EXECABORT", client.get("a"), None)
    print("redis-py's pipelines, transactions or not")


def check_watching(client):
    client.set("k", 1)
    with client.pipeline() as pipe:
        pipe.watch("k")
        expect("GET behind WATCH", pipe.get("k"), "1")
        client.set("k", 2)
        pipe.multi()
        pipe.set("k", 3)
        expect_raise("a key that was changed", WatchError, pipe.execute)
        pipe.watch("k")
        client.set("k", 4)
        pipe.unwatch()
        pipe.set("k", 5)
        expect("EXEC behind UNWATCH", pipe.execute(), [True])
    client.delete("k")
    print("redis-py's WATCH")


def check_locking(client, count):
    """redis-py's own loop around WATCH, from many threads."""
    failures = []

    def increase(pipe):
        value = int(pipe.get("counter") or 0)
        pipe.multi()
        pipe.set("counter", value + 1)

    def run():
        try:
            for _ in range(count):
                client.transaction(increase, "counter")
        except Exception as failure:  # pylint: disable=broad-except
            failures.append(failure)

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise servers.Failed(f"optimistic locking: {failures[0]!r}")
    expect("optimistic locking", client.get("counter"),
           str(THREADS * count))
    print(f"redis-py's optimistic locking: {THREADS * count} counted")


def redirect(port):
    """The examples connect to the default port."""
    getaddrinfo = socket.getaddrinfo

    def elsewhere(host, wanted, *arguments, **named):
        if wanted == 6379:
            host, wanted = "127.0.0.1", port
        return getaddrinfo(host, wanted, *arguments, **named)

    socket.getaddrinfo = elsewhere


def run_code(tree, mode, names, loop):
    code = compile(tree, "cell", mode, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    result = eval(code, names)  # pylint: disable=eval-used
    return loop.run_until_complete(result) if inspect.iscoroutine(result) \
        else result


def run_cell(source, names, loop):
    """Runs a cell; returns what a notebook shows under it."""
    tree = ast.parse(source)
    last = tree.body[-1]
    printed = io.StringIO()
    result = None
    with contextlib.redirect_stdout(printed):
        if isinstance(last, ast.Expr):
            tree.body.pop()
        run_code(tree, "exec", names, loop)
        if isinstance(last, ast.Expr):
            result = run_code(ast.Expression(last.value), "eval", names, loop)
    return printed.getvalue() + ("" if result is None else repr(result))


def shown_by(cell):
    return "".join("".join(output.get("text", [])) or
                   "".join(output.get("data", {}).get("text/plain", []))
                   for output in cell["outputs"])


def comparable(shown):
    """Without times and addresses."""
    shown = re.sub(r"Time taken: .*|port=\d+|host=\w+", "", shown)
    return shown.strip()


def run_notebook(path, full):
    loop = asyncio.new_event_loop()
    names = {}
    count = 0
    with open(path, encoding="utf-8") as file:
        cells = json.load(file)["cells"]
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] != "code" or NOT_OURS.search(source) or (
                SLOW.search(source) and not full):
            continue
        shown = run_cell(source, names, loop)
        wanted = shown_by(cell)
        if wanted != "" and comparable(shown) != comparable(wanted):
            raise servers.Failed(
                f"{os.path.basename(path)}:\n{source}\n"
                f"  shows    {shown!r}\n  should   {wanted!r}")
        count += 1
    loop.close()
    print(f"redis-py's {os.path.basename(path)}: {count} cells")


def check_examples(full):
    paths = [path for name in NOTEBOOKS
             for path in glob.glob(f"{EXAMPLES}{name}_examples.ipynb")]
    if not paths:
        print("redis-py's examples are not installed")
    for path in paths:
        run_notebook(path, full)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("pattern")
    parser.add_argument("--full", action="store_true")
    arguments = parser.parse_args()
    with servers.kv(arguments.program, arguments.pattern) as port:
        client = redis.Redis(port=port, decode_responses=True)
        check_connecting(port)
        check_commands(client)
        check_pipelines(client)
        check_watching(client)
        check_locking(client, 100)
        client.close()
        redirect(port)
        check_examples(arguments.full)


if __name__ == "__main__":
    servers.run(main)
