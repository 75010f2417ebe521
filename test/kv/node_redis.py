#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs node-redis, as Debian has it, against kv.

    node_redis.py KV PATTERN [--modules FOLDER]

node_redis.js: connecting, pipelines, transactions, WATCH. Then those of
node-redis's own examples, unmodified, that say only what kv has. --modules is
where the module `redis` is, if not where Debian has it.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile

import servers

DEBIAN_MODULES = "/usr/share/nodejs"
SKIPPED = 77
RUN_SECONDS = 120
FOLDER = os.path.dirname(os.path.abspath(__file__))

# Each with what it prints.
EXAMPLES = "/usr/share/doc/node-redis/examples"
EXPECTED = {
    "command-with-modifiers.js": "null\nmyvalue\n",
    "transaction-with-watch.js": "Transaction completed Successfully!\n",
}


def find_or_skip(modules):
    node = shutil.which("node")
    missing = "nodejs" if node is None else \
        "node-redis" if not os.path.isdir(f"{modules}/redis") else None
    if missing is not None:
        print(f"node_redis.py: skipped: the package {missing} is missing")
        sys.exit(SKIPPED)
    return node


def run_node(node, port, modules, *arguments, folder=None):
    """Returns what it prints."""
    result = subprocess.run(
        [node, *arguments], check=False, timeout=RUN_SECONDS, cwd=folder,
        env=dict(os.environ, NODE_PATH=modules, KV_PORT=str(port)),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    printed = result.stdout.decode("utf-8", "replace")
    if result.returncode != 0:
        raise servers.Failed(f"node {arguments}:\n{printed}")
    return printed


def check_examples(node, port, modules):
    """They import `redis` from a folder node_modules beside them."""
    names = [name for name in EXPECTED
             if os.path.exists(f"{EXAMPLES}/{name}")]
    if not names:
        print("node-redis's examples are not installed")
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(f"{folder}/node_modules")
        os.symlink(f"{modules}/redis", f"{folder}/node_modules/redis")
        with open(f"{folder}/package.json", "w", encoding="ascii") as file:
            file.write('{"type": "module"}\n')
        for name in names:
            shutil.copy(f"{EXAMPLES}/{name}", folder)
            printed = run_node(
                node, port, modules, "--require",
                f"{FOLDER}/node_redirect.js", name, folder=folder)
            if printed != EXPECTED[name]:
                raise servers.Failed(f"{name} prints {printed!r}")
            print(f"node-redis's {name}: right")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("pattern")
    parser.add_argument("--modules", default=DEBIAN_MODULES)
    arguments = parser.parse_args()
    node = find_or_skip(arguments.modules)
    modules = arguments.modules
    with servers.kv(arguments.program, arguments.pattern) as port:
        run_node(node, port, modules, f"{FOLDER}/node_redis.js", str(port))
        print("node-redis: right")
        check_examples(node, port, modules)


if __name__ == "__main__":
    servers.run(main)
