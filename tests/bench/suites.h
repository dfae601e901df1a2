/*
 * Suites: each starts what it needs, measures, adds its rows, and ends all that it started.
 */
#pragma once

#include <stdbool.h>

#define SUITES_ROUNDS_MAX 64u

struct suite_options {
    const char *self; /* path of this program, for its roles */
    unsigned n_rounds;
    bool quick;
};

/* 0 on success; rows are added then alone. */
typedef int (*suite_fn)(const struct suite_options *options);

int suite_calls(
    const struct suite_options *options); /* calls.c: call.*, rate.*, wakeups.*, cpu.* */
int suite_links(const struct suite_options *options);  /* links.c: memory.*, reconnect.* */
int suite_resume(const struct suite_options *options); /* resume.c: after the loss of a link */
int suite_transfers(
    const struct suite_options *options); /* transfers.c: large calls, and small ones beside them */
int suite_callers(const struct suite_options *options);     /* callers.c: many callers at once */
int suite_fanout(const struct suite_options *options);      /* fanout.c: events to many readers */
int suite_slow_reader(const struct suite_options *options); /* fanout.c: one of them is stuck */
int suite_filters(const struct suite_options *options);     /* filters.c: judging an event */
int suite_hdf(const struct suite_options *options);         /* hdf.c: HDF beside the core */
int suite_legato(const struct suite_options *options);      /* legato.c: Legato beside it */
int suite_phoenix(const struct suite_options *options);     /* phoenix.c: Phoenix beside it */
int suite_portfolio(const struct suite_options *options);   /* portfolio.c: the event broker */
