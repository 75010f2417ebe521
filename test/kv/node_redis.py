#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs node-redis, as Debian has it, against kv.

    node_redis.py KV PATTERN [--modules FOLDER]

node_redis.js: connecting, pipelines, transactions, WATCH. --modules is where
the module `redis` is, if not where Debian has it.
"""

import argparse
import os
import shutil
import subprocess
import sys

import servers

DEBIAN_MODULES = "/usr/share/nodejs"
SKIPPED = 77
RUN_SECONDS = 120


def find_or_skip(modules):
    node = shutil.which("node")
    missing = "nodejs" if node is None else \
        "node-redis" if not os.path.isdir(f"{modules}/redis") else None
    if missing is not None:
        print(f"node_redis.py: skipped: the package {missing} is missing")
        sys.exit(SKIPPED)
    return node


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("pattern")
    parser.add_argument("--modules", default=DEBIAN_MODULES)
    arguments = parser.parse_args()
    node = find_or_skip(arguments.modules)
    script = os.path.join(
        os.path.dirname(os.path.abspath(__file__)), "node_redis.js")
    with servers.kv(arguments.program, arguments.pattern) as port:
        result = subprocess.run(
            [node, script, str(port)], check=False, timeout=RUN_SECONDS,
            env=dict(os.environ, NODE_PATH=arguments.modules),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if result.returncode != 0:
            raise servers.Failed(result.stdout.decode("utf-8", "replace"))
    print("node-redis: right")


if __name__ == "__main__":
    servers.run(main)
