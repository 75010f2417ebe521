/* SPDX-License-Identifier: BSD-2-Clause */
#include "flags.h"

#include "flags_apply.h"

const struct flag flags[FLAGS] = {
	{ "--quick", NULL, "half of the time, wider spreads", flag_set_quick,
	    false },
	{ "--full", NULL,
	    "every pattern and setting, every workload, and\n"
	    "--sweep " SWEEP_DEFAULT "; some minutes",
	    flag_set_full, false },
	{ "--patterns", "LIST",
	    "patterns, separated by commas; several settings of one\n"
	    "are joined by +, as in hsha:queue=64+overload=refuse",
	    flag_set_patterns, false },
	{ "--workloads", "LIST", "of those below", flag_set_workloads, false },
	{ "--sweep", "WHAT=LIST",
	    "one of block=" SWEEP_BLOCK_EXAMPLE " (the time that\n"
	    "the handler sleeps), threads=1,2,4, connections=1,64;\n"
	    "may be repeated",
	    flag_add_sweep, false },
	{ "--reps", "N", "rounds (7; --full: 9)", flag_set_reps, false },
	{ "--seconds", "S",
	    "measured in each round (0.15 closed loop, 0.25 open loop;\n"
	    "--quick: half of it)",
	    flag_set_seconds, false },
	{ "--rate", "N", "requests per second of block and mixed (2000, 5000)",
	    flag_set_rate, false },
	{ "--connections", "N", "connections (64; pipelined: 16)",
	    flag_set_connections, false },
	{ "--threads", "N", "threads of each pool (the library's default)",
	    flag_set_threads, false },
	{ "--set", "SECTION.KEY=VALUE",
	    "a setting of every server; may be repeated", flag_add_setting,
	    false },
	{ "--server-cpus", "LIST",
	    "processors of the servers, as 0-2,5 (all but the last)",
	    flag_set_server_cpus, false },
	{ "--client-cpus", "N", "processor of the load generator (the last)",
	    flag_set_client_cpus, false },
	{ "--handler", "FILE.so",
	    "compare a handler of your own: a shared object that\n"
	    "exports const struct echelon_handler\n"
	    "echelon_compare_handler",
	    flag_set_handler, false },
	{ "--request", "FILE", "what is sent to it, over and over",
	    flag_set_request, false },
	{ "--reply-bytes", "N", "every reply is so long", flag_set_reply_bytes,
	    false },
	{ "--reply-frame", NULL,
	    "the handler's own frame finds the ends of replies",
	    flag_set_reply_frame, false },
	{ "--driver", "NAME",
	    "the load generator: builtin; redis-benchmark, which drives\n"
	    "the program kv; wrk, which needs a --handler that speaks\n"
	    "HTTP",
	    flag_set_driver, false },
	{ "--json", "FILE",
	    "write everything as JSON; - is standard output, and the\n"
	    "table then goes to standard error",
	    flag_set_json, true },
	{ "--markdown", "FILE", "write the tables as Markdown; also -",
	    flag_set_markdown, true },
	{ "--html", "FILE", "write the report there (report.html)",
	    flag_set_html, true },
	{ "--no-html", NULL, "write no report", flag_set_no_html, true },
	{ "--from", "FILE", "measure nothing: show results of --json again",
	    flag_set_from, true },
	{ "--fail-if", "EXPRESSION",
	    "exit 3 if it is true of some workload, as in\n"
	    "'p99(lf) > 1.2 * p99(hsha)'; docs/comparison.md",
	    flag_set_fail_if, true },
	{ "--help", NULL, "print this; also -h", flag_set_help, true },
};
