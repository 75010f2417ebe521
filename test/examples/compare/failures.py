#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What compare does when something goes wrong: before anything is measured,
in the middle of it, and at Ctrl-C.

    failures.py COMPARE SCHEMA TROUBLES_SO

TROUBLES_SO is a handler as a shared object that misbehaves as the environment
says (troubles.c).
"""

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile

import jsonschema

BRIEF = ["--seconds", "0.02", "--reps", "1", "--patterns", "lf,reactor",
         "--no-html"]

compare, schema_path, handler = map(os.path.abspath, sys.argv[1:4])
OWN = ["--handler", handler, "--request", "request", "--reply-bytes", "7"]


def limit_descriptors():
    resource.setrlimit(resource.RLIMIT_NOFILE, (300, 300))


def limit_memory():
    """Not enough for the stacks of 1000 threads."""
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))


def start(*arguments, limit=None, **environment):
    return subprocess.Popen([compare, *arguments], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True,
                            errors="surrogateescape",
                            preexec_fn=limit,
                            env={**os.environ, **environment})


def run(*arguments, status, limit=None, **environment):
    """Returns (standard output, standard error)."""
    process = start(*arguments, limit=limit, **environment)
    output, error = process.communicate(timeout=200)
    assert process.returncode == status, (arguments, process.returncode,
                                          output, error)
    return output, error


def load(path):
    with open(path, encoding="utf-8") as file:
        results = json.load(file)
    with open(schema_path, encoding="utf-8") as file:
        jsonschema.validate(results, json.load(file))
    return results


def is_there(process):
    """Does it exist, and is not just waiting to be collected?"""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def more_connections_than_descriptors_are_refused_at_once():
    for arguments, named in (
            (["--sweep", "connections=1,500"], "--sweep connections: 500"),
            (["--connections", "500"], "--connections: 500")):
        output, error = run(*BRIEF, "--workloads", "echo", *arguments,
                            status=2, limit=limit_descriptors)
        assert named in error and "ulimit" in error, error
        assert output == "", output


def a_thread_for_each_connection_needs_two_descriptors():
    for pattern, status in (("reactor", 0), ("thread-per-connection", 2)):
        run("--seconds", "0.02", "--reps", "1", "--no-html", "--patterns",
            pattern, "--workloads", "echo", "--connections", "150",
            status=status, limit=limit_descriptors)


def connections_that_servers_do_not_let_in_are_refused_at_once():
    output, error = run(*BRIEF, "--workloads", "echo", "--set",
                        "limits.connections=5", "--sweep",
                        "connections=1,6", status=2)
    assert "echo: 64 connections" in error, error
    assert "limits.connections of lf is 5" in error, error
    assert output == "", output


def a_missing_driver_is_named_with_its_package():
    for arguments, package in (
            (["--driver", "redis-benchmark"], "package redis-tools"),
            (["--driver", "wrk", "--handler", handler], "package wrk")):
        output, error = run(*BRIEF, *arguments, status=69, PATH="/nowhere")
        assert package in error, error
        assert output == "", output


def what_was_complete_before_a_failure_is_kept():
    """Servers 1 and 2 are of the rounds, 3 to 6 of the passes, 7 and 8 of the
    timelines."""
    for trouble, said in (
            ("crash", "the server ended by signal 6 (Aborted)"),
            ("exit", "the server ended with exit status 3")):
        output, error = run(*BRIEF, *OWN, "--json", f"{trouble}.json",
                            status=1, TROUBLE=trouble, TROUBLE_AT="8",
                            TROUBLE_FILE=f"{trouble}.count")
        assert f"compare: reactor: timeline: {said}\n" in error, error
        assert f"{trouble}.json" in output, output
        results = load(f"{trouble}.json")
        assert [r["variant"] for r in results["results"]] == ["lf", "reactor"]
        assert [t["variant"] for t in results["timelines"]] == ["lf"]
        assert any(w.startswith("this is not all that was asked for: ")
                   and said in w for w in results["warnings"]), results


def a_server_that_crashes_is_said_to_have_crashed():
    _, error = run(*BRIEF, *OWN, "--json", "none.json", status=1,
                   TROUBLE="crash", TROUBLE_AT="1",
                   TROUBLE_FILE="first.count")
    assert "lf: handler: the server ended by signal 6" in error, error
    assert "connection" not in error, error
    assert not os.path.exists("none.json")


def a_sweep_keeps_the_values_that_are_complete():
    _, error = run(*BRIEF, "--workloads", "echo", "--sweep",
                   "threads=1,2,1000", "--json", "sweep.json", status=1,
                   limit=limit_memory)
    assert "compare: lf: threads: " in error, error
    results = load("sweep.json")
    assert [w["id"] for w in results["workloads"]] == ["echo"]
    assert [w["value"] for w in results["sweeps"][0]["winners"]] == [1, 2]
    assert len(results["sweeps"][0]["points"]) == 4
    assert any("lf: threads: " in w for w in results["warnings"])


def an_interrupt_keeps_what_was_complete():
    process = start(*BRIEF, "--workloads", "echo,mixed", "--json",
                    "interrupted.json")
    for line in process.stdout:
        if line.startswith("echo: "):
            break
    process.send_signal(signal.SIGINT)
    output, error = process.communicate(timeout=200)
    assert process.returncode == 130, (process.returncode, output, error)
    assert error.endswith("compare: interrupted\n"), error
    results = load("interrupted.json")
    assert [w["id"] for w in results["workloads"]] == ["echo"]
    assert [r["workload"] for r in results["results"]] == ["echo", "echo"]
    assert any("it was interrupted" in w for w in results["warnings"])
    assert results["seconds"] is not None


def an_interrupt_ends_servers_that_do_not_end():
    os.mkfifo("end")
    process = start(*BRIEF, *OWN, TROUBLE="destructor", TROUBLE_FILE="end")
    with open("end", encoding="utf-8") as file:
        server = int(file.readline())
    assert server != process.pid
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=200)
    assert process.returncode == 130, (process.returncode, error)
    assert not is_there(server)


def a_server_that_does_not_end_is_killed():
    os.mkfifo("ends")
    process = start(*BRIEF, *OWN, TROUBLE="destructor", TROUBLE_FILE="ends")
    with open("ends", encoding="utf-8") as file:
        server = int(file.readline())
    _, error = process.communicate(timeout=200)
    assert process.returncode == 1, (process.returncode, error)
    assert "the server had to be killed" in error, error
    assert not is_there(server)


def make_wrk():
    """One that says what a real one says when connections fail; or that says
    nothing for ever."""
    os.mkdir("bin")
    with open("bin/wrk", "w", encoding="utf-8") as file:
        file.write("""#!/bin/sh
if [ -p wrk.begun ]; then
\techo $$ >wrk.begun
\texec cat wrk.never
fi
cat <<'END'
  Latency Distribution
     50%  123.00us
     75%  150.00us
     90%    1.00ms
     99%    1.20ms
  81011 requests in 1.00s, 10.04MB read
  Socket errors: connect 0, read 5, write 0, timeout 3
Requests/sec:  80932.14
END
""")
    os.chmod("bin/wrk", 0o755)
    return f"{os.getcwd()}/bin:{os.environ['PATH']}"


def connections_that_wrk_lost_are_told():
    wrk = [*BRIEF, "--driver", "wrk", "--handler", handler]
    path = make_wrk()
    said = "wrk had socket errors: connect 0, read 5, write 0, timeout 3"
    output, _ = run(*wrk, "--json", "wrk.json", status=0, PATH=path)
    assert f"warning: http: lf: {said}\n" in output, output
    for result in load("wrk.json")["results"]:
        assert result["errors"] == [f"round 1: {said}"], result

    os.mkfifo("wrk.begun")
    os.mkfifo("wrk.never")
    process = start(*wrk, PATH=path)
    with open("wrk.begun", encoding="utf-8") as file:
        driver = int(file.readline())
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=200)
    assert process.returncode == 130, (process.returncode, error)
    assert not is_there(driver)


def the_command_is_one_to_repeat():
    name = os.fsdecode(b"it's \xff.md")
    arguments = [*BRIEF, "--workloads", "echo", "--markdown", name,
                 "--fail-if", "rate(lf) < 0", "--json", "command.json"]
    run(*arguments, status=0)
    command = load("command.json")["command"]
    printed = subprocess.run(["bash", "-c", command.replace(
        "compare", "printf '%s\\n'", 1)], capture_output=True, check=True)
    assert printed.stdout == b"".join(os.fsencode(a) + b"\n"
                                      for a in arguments), command
    with open(name, encoding="utf-8") as file:
        assert command in file.read()


def main():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        with open("request", "w", encoding="utf-8") as file:
            file.write("a line\n")
        for test in (more_connections_than_descriptors_are_refused_at_once,
                     a_thread_for_each_connection_needs_two_descriptors,
                     connections_that_servers_do_not_let_in_are_refused_at_once,
                     a_missing_driver_is_named_with_its_package,
                     what_was_complete_before_a_failure_is_kept,
                     a_server_that_crashes_is_said_to_have_crashed,
                     a_sweep_keeps_the_values_that_are_complete,
                     an_interrupt_keeps_what_was_complete,
                     an_interrupt_ends_servers_that_do_not_end,
                     a_server_that_does_not_end_is_killed,
                     connections_that_wrk_lost_are_told,
                     the_command_is_one_to_repeat):
            test()
            print(f"{test.__name__}: passed")


main()
