#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Files of results that are broken in one place each.

    broken.py COMPARE SAMPLE SCHEMA

SAMPLE is a file of results, SCHEMA their JSON Schema. Each of its values is
replaced in turn by null, by something of every other kind, and by what is of
its kind but extreme; of arrays whose elements are alike the first. compare
either shows the results, or refuses them and names the member: it never ends
by a signal or by a sanitizer. What the schema does not allow to be null is
refused.
"""

import copy
import json
import os
import re
import subprocess
import sys
import tempfile

import jsonschema

compare, sample_path, schema_path = map(os.path.abspath, sys.argv[1:4])

KINDS = [None, True, 7, "a text", [], {}]
EXTREMES = {str: [""], int: [-1, 1e300], float: [-1, 1e300]}

def places(value, path=()):
    """The path of each value within a value, without what is alike."""
    if path:
        yield path
    if isinstance(value, dict):
        for name in value:
            yield from places(value[name], path + (name,))
    if isinstance(value, list):
        is_tuple = path[-2:-1] in (("spans",), ("queue",), ("percentiles",))
        for i in range(len(value) if is_tuple else min(1, len(value))):
            yield from places(value[i], path + (i,))


def get(value, path):
    for step in path:
        value = value[step]
    return value


def replace(value, path, by):
    broken = copy.deepcopy(value)
    get(broken, path[:-1])[path[-1]] = by
    return broken


def name(path):
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}"
                   for step in path).lstrip(".")


def is_named(path, error):
    """Elements of a tuple are called by what they are, settings by what they
    are of."""
    text = re.escape(name(path))
    if "configuration" in path:
        text = text.partition("configuration")[0] + "configuration"
    text = re.sub(r"((?:spans|queue|percentiles)\\\[\d+\\\])\\\[\d+\\\]",
                  r"\1\\.\\w+", text)
    return re.search(text, error) is not None


def show(results):
    """Returns (exit status, standard error)."""
    with open("broken.json", "w", encoding="utf-8") as file:
        json.dump(results, file)
    done = subprocess.run([compare, "--from", "broken.json", "--json",
                           "a.json", "--markdown", "a.md", "--html",
                           "a.html", "--fail-if", "rate(lf) < 0"],
                          capture_output=True, text=True, timeout=200,
                          check=False)
    return done.returncode, done.stderr


def check(sample, path, by, validator, counts):
    status, error = show(replace(sample, path, by))
    what = (name(path), by, status, error[-2000:])
    assert status in counts, what
    assert "Sanitizer" not in error and "runtime error" not in error, what
    if status == 1:
        assert is_named(path, error), what
    else:
        assert error.count("\n") <= 1, what
    if by is None and isinstance(get(sample, path), str):
        refused = next(validator.iter_errors(replace(sample, path, by)), None)
        assert (status == 1) == (refused is not None), what
    counts[status] += 1


def main():
    with open(sample_path, encoding="utf-8") as file:
        sample = json.load(file)
    for timeline in sample["timelines"]:
        del timeline["spans"][3:], timeline["queue"][3:]
    with open(schema_path, encoding="utf-8") as file:
        validator = jsonschema.Draft202012Validator(json.load(file))
    counts = {0: 0, 1: 0, 2: 0, 3: 0}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        assert show(sample) == (0, "")
        for path in places(sample):
            old = get(sample, path)
            for by in KINDS + EXTREMES.get(type(old), []):
                if by != old:
                    check(sample, path, by, validator, counts)
    print(f"{counts[0]} shown, {counts[1]} refused, {counts[2]} without what "
          f"the condition needs, {counts[3]} of which it is true")
    assert counts[0] > 0 and counts[1] > 0


main()
