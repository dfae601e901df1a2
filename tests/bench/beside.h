/*
 * A family beside the core: both do the same, in rounds that take turns. What counts is the ratio
 * of two rounds that followed one another; the figures are medians of all.
 */
#pragma once

#include <stdbool.h>

#include "tests/bench/driver.h"
#include "tests/bench/rows.h"
#include "tests/bench/stage.h"
#include "tests/bench/suites.h"

#define BESIDE_PAIRS 3u /* of short rounds, for each round of the other suites' */
#define BESIDE_PAIRS_MAX (BESIDE_PAIRS * SUITES_ROUNDS_MAX)
/* What one may cost, in the core's, on one core: spread over more, where the system happens to put
 * two processes decides more than what they do. */
#define BESIDE_MOST 1.10

enum { BESIDE_CORE, BESIDE_FAMILY, BESIDE_SIDES };

/* Processes of one placement. */
struct beside {
    struct stage stage;
    struct child service;                       /* the family's */
    const struct child *services[BESIDE_SIDES]; /* borrowed: whose cost is each side's */
    const char *names[BESIDE_SIDES];
    const char *self, *placement;
    unsigned n_rounds, n_pairs;
    bool onecore, quick;
};

/* What is measured of both sides, in all rounds. */
struct beside_pair {
    double p50[BESIDE_SIDES][BESIDE_PAIRS_MAX], p99[BESIDE_SIDES][BESIDE_PAIRS_MAX];
    double rate[BESIDE_SIDES][BESIDE_PAIRS_MAX], wakeups[BESIDE_SIDES][BESIDE_PAIRS_MAX];
    double cpu_us[BESIDE_SIDES][BESIDE_PAIRS_MAX];
    double p50_ratio[BESIDE_PAIRS_MAX], rate_ratio[BESIDE_PAIRS_MAX];
};

/* Gateway, the stage's core service, and @family's, the role that @role begins; NULL: none. The
 * core's side is the stage's service until services[] says otherwise. 0 on success; beside_end() it
 * either way. */
int beside_start(struct beside *beside, const struct suite_options *options, const char *family,
                 const char *const role[], bool onecore);
void beside_end(struct beside *beside);
/* A process of the role that @role begins, on this host or over TLS. 0 once it is ready. */
int beside_start_role(const struct beside *beside, const char *const role[], bool remote,
                      struct child *child);
void beside_end_drivers(struct child drivers[BESIDE_SIDES]);
const char *beside_far_or_near(bool remote);

/* @order, beside->n_pairs times by each driver. 0 on success. */
int beside_measure(const struct beside *beside, struct child drivers[BESIDE_SIDES],
                   const struct order *order, struct beside_pair *pair);

/* Rows of what @pair has, which they sort: SIDE.WHAT.PLACEMENT, and what it cost, all processes
 * together. @note: as a row's. */
void beside_add_times(const struct beside *beside, const char *what, struct beside_pair *pair,
                      const char *note);
void beside_add_rates(const struct beside *beside, const char *what, struct beside_pair *pair,
                      const char *note);
