/*
 * A driver: the process that makes the calls of one subject. It reads orders from its standard
 * input, one a line, carries each out and prints its figures, until end of file.
 */
#pragma once

#include <stdbool.h>

#include "tests/bench/child.h"
#include "tests/bench/figures.h"

struct order {
    size_t size;          /* octets of one request and of its reply */
    unsigned outstanding; /* calls under way at once */
    unsigned n;           /* calls in all */
    bool in_turns;        /* a call's time is not ns, but 1,000 for each other that ended meanwhile;
                             of role_crowd() alone */
};

/* Carries out @order, writing each call's time to @ns (order->n of them). 0, or the driver ends. */
typedef int (*driver_run_fn)(void *user, const struct order *order, uint64_t *ns);

/* Says "ready", then serves orders. The process's exit status. */
int driver_serve(driver_run_fn run, void *user);

/* The other end of the pipe: has @driver carry out @order. 0 on success. */
int driver_ask(struct child *driver, const struct order *order, struct figures *figures);
/* The same so many times; the medians. */
int driver_ask_often(struct child *driver, const struct order *order, unsigned n_times,
                     struct figures *medians);
