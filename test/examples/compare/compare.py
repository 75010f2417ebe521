#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs compare as a user would, very briefly, and reads what it wrote.

    compare.py COMPARE SCHEMA LINES_SO

COMPARE is the program, SCHEMA the JSON Schema of its results, LINES_SO a
handler as a shared object that sends every line back. What is measured is not
looked at: only that it is there, and that the files agree with each other.
"""

import json
import math
import os
import re
import statistics
import subprocess
import sys
import tempfile

import jsonschema

PATTERNS = ["hsha", "lf", "lf:promote=always", "reactor"]
METRICS = ["requests_per_second", "p50_us", "p99_us", "p999_us", "max_us",
           "cpu_us"]
BRIEF = ["--seconds", "0.02", "--patterns", ",".join(PATTERNS)]

compare, schema_path, handler = map(os.path.abspath, sys.argv[1:4])


def run(*arguments, status=0):
    """Returns (standard output, standard error)."""
    done = subprocess.run([compare, *arguments], capture_output=True,
                          text=True, timeout=200, check=False)
    assert done.returncode == status, (arguments, done)
    return done.stdout, done.stderr


def measure():
    """A run that has every part; returns its table."""
    return run(*BRIEF, "--workloads", "echo,mixed", "--sweep",
               "block=0,1ms", "--json", "all.json", "--markdown", "all.md",
               "--html", "all.html")[0]


def load(path="all.json"):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def results_keep_to_the_schema():
    with open(schema_path, encoding="utf-8") as file:
        jsonschema.validate(load(), json.load(file))


def results_have_every_part():
    results = load()
    assert [v["id"] for v in results["variants"]] == PATTERNS
    assert [w["id"] for w in results["workloads"]] == ["echo", "mixed"]
    assert [(r["workload"], r["variant"]) for r in results["results"]] == \
        [(w, v) for w in ("echo", "mixed") for v in PATTERNS]
    assert [t["variant"] for t in results["timelines"]] == PATTERNS
    assert all(t["spans"] for t in results["timelines"])
    assert len(results["sweeps"][0]["points"]) == 2 * len(PATTERNS)
    assert len(results["verdicts"]) == 3
    assert results["seconds"] > 0
    assert results["command"].startswith("compare --seconds 0.02")
    configuration = results["variants"][2]["configuration"]
    assert configuration["leader-followers.promote"] == "always"
    assert configuration["limits.turn"] == "64KiB"
    assert results["variants"][2]["pattern"] == "leader-followers"


def medians_are_those_of_the_rounds():
    for result in load()["results"]:
        assert len(result["rounds"]) == 7
        for metric in METRICS:
            values = [r[metric] for r in result["rounds"]]
            median = result["median"][metric]
            for given, true in ((median["value"], statistics.median(values)),
                                (median["min"], min(values)),
                                (median["max"], max(values))):
                assert math.isclose(given, true, rel_tol=1e-4), result


def relatives_are_ratios_round_by_round():
    results = load()
    for workload in results["workloads"]:
        rows = [r for r in results["results"]
                if r["workload"] == workload["id"]]
        metric = workload["metric"]
        first = [r[metric] for r in rows[0]["rounds"]]
        for row in rows:
            ratios = [r[metric] / f for r, f in zip(row["rounds"], first)]
            relative = row["relative"]
            assert relative["to"] == PATTERNS[0]
            assert math.isclose(relative["value"],
                                statistics.median(ratios), rel_tol=1e-3)
            assert math.isclose(relative["low"], min(ratios), rel_tol=1e-3)
            assert math.isclose(relative["high"], max(ratios), rel_tol=1e-3)


def counters_tell_the_patterns_apart():
    rows = {r["variant"]: r["per_request"] for r in load()["results"]
            if r["workload"] == "echo"}
    assert rows["hsha"]["queued"] > 0
    assert rows["lf"]["queued"] == rows["reactor"]["queued"] == 0
    assert rows["reactor"]["wakes"] == 0
    assert rows["lf:promote=always"]["wakes"] > 0


def traces_tell_where_the_time_went():
    for result in load()["results"]:
        assert all(us >= 0 for us in result["where"].values()), result
        assert result["where"]["output_us"] > 0


def tables_come_again_from_the_file():
    table, _ = run("--from", "all.json", "--markdown", "again.md",
                   "--json", "again.json")
    with open("all.md", encoding="utf-8") as one, \
            open("again.md", encoding="utf-8") as other:
        assert one.read() == other.read()
    with open("all.json", encoding="utf-8") as one, \
            open("again.json", encoding="utf-8") as other:
        assert one.read() == other.read()
    for workload in load()["workloads"]:
        assert f"\n{workload['id']}: {workload['title']}" in table
    assert max(map(len, table.partition("pinned:")[2].splitlines())) <= 100
    assert not os.path.exists("report.html")


def conditions_decide_the_status():
    run("--from", "all.json", "--fail-if", "rate(lf) < 0")
    _, error = run("--from", "all.json", "--fail-if",
                   "rate(lf, echo) > 0 && cpu('reactor') > 0", status=3)
    assert "echo: " in error and "is true" in error
    _, error = run("--from", "all.json", "--fail-if", "p99(tpc) > 1",
                   status=2)
    assert '"tpc", which was not measured' in error


def few_rounds_are_not_judged():
    table, _ = run(*BRIEF, "--reps", "6", "--workloads", "echo", "--sweep",
                   "threads=1,2", "--json", "few.json", "--markdown",
                   "few.md", "--html", "few.html")
    results = load("few.json")
    with open(schema_path, encoding="utf-8") as file:
        jsonschema.validate(results, json.load(file))
    why = "not judged: fewer than 7 rounds were run"
    assert results["verdicts"] == ["echo: " + why, "threads: " + why]
    assert {r["relative"]["verdict"] for r in results["results"]} == \
        {"not judged"}
    for report in (table, *map(read, ("few.md", "few.html"))):
        assert "no difference" not in report and why in report
        assert not re.search(r"\d =$", report, re.MULTILINE)


def a_report_is_written_without_asking():
    run(*BRIEF, "--reps", "1", "--workloads", "echo")
    assert os.path.getsize("report.html") > 0
    os.unlink("report.html")
    run(*BRIEF, "--reps", "1", "--workloads", "echo", "--no-html")
    assert not os.path.exists("report.html")


def a_handler_of_ones_own_is_compared():
    with open("request", "w", encoding="utf-8") as file:
        file.write("a line\n")
    for reply in (["--reply-frame"], ["--reply-bytes", "7"]):
        run(*BRIEF, "--reps", "1", "--handler", handler, "--request",
            "request", *reply, "--json", "own.json", "--no-html")
        results = load("own.json")
        assert [w["id"] for w in results["workloads"]] == ["handler"]
        assert all(r["rounds"][0]["requests"] > 0
                   for r in results["results"])


def a_reply_of_another_length_is_noticed():
    _, error = run(*BRIEF, "--reps", "1", "--handler", handler, "--request",
                   "request", "--reply-bytes", "6", "--no-html", status=1)
    assert "a reply too many" in error


def what_is_wrong_is_named():
    for arguments, named in (
            (["--patterns", "no"], '--patterns: "no" is unknown'),
            (["--set", "limits.turm=1"], "limits.turm"),
            (["--handler", "none.so", "--request", "request",
              "--reply-bytes", "1"], "none.so"),
            (["--handler", handler, "--request", "none",
              "--reply-bytes", "1"], '--request: "none"')):
        _, error = run(*arguments, "--no-html", status=2)
        assert named in error, error
    for arguments, named in (
            (["--from", "none.json"], '"none.json" cannot be opened'),
            (["--from", "all.md"], "line 1"),
            (["--json", "no/where.json"], '"no/where.json"')):
        _, error = run(*arguments, "--no-html", status=1)
        assert named in error, error


def the_table_goes_aside_for_a_file():
    output, error = run("--from", "all.json", "--json", "-")
    assert json.loads(output)["schema"] == "echelon-compare/1"
    assert re.search(r"^echo: ", error, re.MULTILINE)


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        measure()
        for test in (results_keep_to_the_schema, results_have_every_part,
                     medians_are_those_of_the_rounds,
                     relatives_are_ratios_round_by_round,
                     counters_tell_the_patterns_apart,
                     traces_tell_where_the_time_went,
                     tables_come_again_from_the_file,
                     conditions_decide_the_status,
                     few_rounds_are_not_judged,
                     a_report_is_written_without_asking,
                     a_handler_of_ones_own_is_compared,
                     a_reply_of_another_length_is_noticed,
                     what_is_wrong_is_named,
                     the_table_goes_aside_for_a_file):
            test()
            print(f"{test.__name__}: passed")


main()
