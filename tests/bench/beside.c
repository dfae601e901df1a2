/*
 * Two sides. Neither is always the first of a pair, so that whatever changes meanwhile on the
 * machine is no side's.
 */
#include "tests/bench/beside.h"

#include <stdio.h>

#define WORDS_MAX 8u /* of a role */

/* ---- processes ---- */

int beside_start_role(const struct beside *beside, const char *const role[], bool remote,
                      struct child *child)
{
    struct stage_settings settings = {.list = {NULL}};
    const char *argv[WORDS_MAX + 3] = {beside->self, "role"};
    for (size_t i = 0; i < WORDS_MAX && role[i] != NULL; i++)
        argv[2 + i] = role[i];
    stage_make_settings(&settings, &beside->stage,
                        remote ? beside->stage.remote : beside->stage.local);
    return child_start(child, argv, settings.list, "ready", NULL, 0);
}

int beside_start(struct beside *beside, const struct suite_options *options, const char *family,
                 const char *const role[], bool onecore)
{
    *beside = (struct beside){.names = {"core", family},
                              .self = options->self,
                              .placement = onecore ? "onecore" : "free",
                              .n_rounds = options->n_rounds,
                              .n_pairs = options->n_rounds * BESIDE_PAIRS,
                              .onecore = onecore,
                              .quick = options->quick};
    beside->services[BESIDE_CORE] = &beside->stage.service;
    beside->services[BESIDE_FAMILY] = &beside->service;
    if (stage_start_gateway(&beside->stage, options->self, onecore) != 0)
        return 1;
    return role != NULL ? beside_start_role(beside, role, false, &beside->service) : 0;
}

void beside_end(struct beside *beside)
{
    child_end(&beside->service);
    stage_end(&beside->stage);
}

void beside_end_drivers(struct child drivers[BESIDE_SIDES])
{
    for (int side = 0; side < BESIDE_SIDES; side++)
        child_end(&drivers[side]);
}

const char *beside_far_or_near(bool remote)
{
    return remote ? "remote" : "local";
}

/* ---- rounds ---- */

static struct child_cost cost_of(const struct beside *beside, const struct child *driver, int side)
{
    const struct child *const all[] = {driver, &beside->stage.gateway, beside->services[side]};
    struct child_cost sum = {0, 0};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct child_cost cost = child_cost(all[i]);
        sum.cpu_ns += cost.cpu_ns;
        sum.switches += cost.switches;
    }
    return sum;
}

static int measure_one(const struct beside *beside, struct child *driver, int side,
                       const struct order *order, struct beside_pair *pair, unsigned round)
{
    struct figures figures = {0};
    struct child_cost before = cost_of(beside, driver, side);
    int failed = driver_ask(driver, order, &figures);
    struct child_cost after = cost_of(beside, driver, side);
    pair->p50[side][round] = figures.p50_us;
    pair->p99[side][round] = figures.p99_us;
    pair->rate[side][round] = figures.per_second;
    pair->wakeups[side][round] = (double)(after.switches - before.switches) / order->n;
    pair->cpu_us[side][round] = (double)(after.cpu_ns - before.cpu_ns) / 1000.0 / order->n;
    return failed;
}

int beside_measure(const struct beside *beside, struct child drivers[BESIDE_SIDES],
                   const struct order *order, struct beside_pair *pair)
{
    int failed = 0;
    for (unsigned round = 0; round < beside->n_pairs && !failed; round++) {
        for (unsigned i = 0; i < BESIDE_SIDES && !failed; i++) {
            int side = (int)((i + round) % BESIDE_SIDES);
            failed = measure_one(beside, &drivers[side], side, order, pair, round);
        }
        pair->p50_ratio[round] = pair->p50[BESIDE_FAMILY][round] / pair->p50[BESIDE_CORE][round];
        pair->rate_ratio[round] = pair->rate[BESIDE_FAMILY][round] / pair->rate[BESIDE_CORE][round];
    }
    return failed;
}

/* ---- rows ---- */

static void add_cost(const struct beside *beside, const char *what, const char *which,
                     const char *unit, double values[BESIDE_SIDES][BESIDE_PAIRS_MAX])
{
    double family = figures_median(values[BESIDE_FAMILY], beside->n_pairs);
    struct row row = {.value = family,
                      .unit = unit,
                      .against = beside->names[BESIDE_CORE],
                      .ratio = family / figures_median(values[BESIDE_CORE], beside->n_pairs)};
    snprintf(row.name, sizeof row.name, "%s.%s.%s.%s", beside->names[BESIDE_FAMILY], what,
             beside->placement, which);
    rows_add(&row);
}

static void add_costs(const struct beside *beside, const char *what, struct beside_pair *pair)
{
    add_cost(beside, what, "wakeups", "wake-ups", pair->wakeups);
    add_cost(beside, what, "cpu", "us CPU", pair->cpu_us);
}

void beside_add_times(const struct beside *beside, const char *what, struct beside_pair *pair,
                      const char *note)
{
    for (int side = 0; side < BESIDE_SIDES; side++) {
        struct row row = {.value = figures_median(pair->p50[side], beside->n_pairs),
                          .unit = "us",
                          .p99 = figures_median(pair->p99[side], beside->n_pairs)};
        snprintf(row.name, sizeof row.name, "%s.%s.%s", beside->names[side], what,
                 beside->placement);
        if (side == BESIDE_FAMILY) {
            row.against = beside->names[BESIDE_CORE];
            row.ratio = figures_median(pair->p50_ratio, beside->n_pairs);
            row.note = note;
            row.kind = beside->onecore ? ROWS_AT_MOST : ROWS_NO_AIM;
            row.aim = BESIDE_MOST;
        }
        rows_add(&row);
    }
    add_costs(beside, what, pair);
}

void beside_add_rates(const struct beside *beside, const char *what, struct beside_pair *pair,
                      const char *note)
{
    for (int side = 0; side < BESIDE_SIDES; side++) {
        struct row row = {.value = figures_median(pair->rate[side], beside->n_pairs) / 1000.0,
                          .unit = "k/s"};
        snprintf(row.name, sizeof row.name, "%s.%s.%s", beside->names[side], what,
                 beside->placement);
        if (side == BESIDE_FAMILY) {
            row.against = beside->names[BESIDE_CORE];
            row.ratio = figures_median(pair->rate_ratio, beside->n_pairs);
            row.note = note;
        }
        rows_add(&row);
    }
    add_costs(beside, what, pair);
}
