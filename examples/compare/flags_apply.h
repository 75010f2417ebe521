/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_FLAGS_APPLY_H
#define ECHELON_COMPARE_FLAGS_APPLY_H

/*
 * What each flag does with its value (NULL where it takes none). They return
 * what is wrong with it, to follow the value in quotes; NULL: nothing.
 */

#include "flags.h"

typedef const char *flag_fn(struct options *options, const char *value);

flag_fn flag_set_patterns;
flag_fn flag_set_workloads;
flag_fn flag_set_reps;
flag_fn flag_set_seconds;
flag_fn flag_set_rate;
flag_fn flag_set_connections;
flag_fn flag_add_setting;
flag_fn flag_set_threads;
flag_fn flag_set_server_cpus;
flag_fn flag_set_client_cpus;
flag_fn flag_add_sweep;
flag_fn flag_set_handler;
flag_fn flag_set_request;
flag_fn flag_set_reply_bytes;
flag_fn flag_set_reply_frame;
flag_fn flag_set_driver;
flag_fn flag_set_from;
flag_fn flag_set_fail_if;
flag_fn flag_set_json;
flag_fn flag_set_markdown;
flag_fn flag_set_html;
flag_fn flag_set_no_html;
flag_fn flag_set_quick;
flag_fn flag_set_full;
flag_fn flag_set_help;

#endif
