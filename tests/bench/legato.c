/*
 * What Legato adds to the core: requests beside calls, in rounds that take turns, and a file
 * through a descriptor beside large calls over the same kind of link. What counts is the ratio of
 * two rounds that followed one another; the figures are medians of all. Each side has a service
 * process of its own: a Legato server reads its link in its event loop, a core service in its
 * workers.
 */
#include <stdio.h>

#include "tests/bench/driver.h"
#include "tests/bench/roles.h"
#include "tests/bench/rows.h"
#include "tests/bench/stage.h"
#include "tests/bench/suites.h"

#define PAIRS 3u /* of short rounds, for each round of the others' */
#define PAIRS_MAX (PAIRS * SUITES_ROUNDS_MAX)
#define FILE_SIZE "67108864"
#define FILE_OCTETS (64u << 20)
#define N_BULK 4u /* large calls, each there and back */
#define MOST 1.10 /* what a request may cost, in calls, on one core: see hdf.c */
#define LEAST_OF_BULK 0.5
#define ORIGINAL_SYNC "the original: 69 us, local"
#define ORIGINAL_RATE "the original: 282 k/s, local"

enum { CORE, LEGATO, N_SIDES };
static const char *const side_names[N_SIDES] = {"core", "legato"};

/* Processes of one placement. */
struct place {
    struct stage stage;
    struct child service;
    const char *self, *name;
    unsigned n_pairs;
    bool onecore, quick;
};

/* What is measured of both sides, in all rounds. */
struct pair {
    double p50[N_SIDES][PAIRS_MAX], p99[N_SIDES][PAIRS_MAX], rate[N_SIDES][PAIRS_MAX];
    double wakeups[N_SIDES][PAIRS_MAX], cpu_us[N_SIDES][PAIRS_MAX];
    double p50_ratio[PAIRS_MAX], rate_ratio[PAIRS_MAX];
};

static const char *far_or_near(bool remote)
{
    return remote ? "remote" : "local";
}

static int start(struct place *place, const char *self, bool onecore)
{
    struct stage_settings near = {.list = {NULL}};
    const char *const service[] = {self, "role", "legato-service", NULL};
    place->self = self;
    place->onecore = onecore;
    place->name = onecore ? "onecore" : "free";
    if (stage_start_gateway(&place->stage, self, onecore) != 0)
        return 1;
    stage_make_settings(&near, &place->stage, place->stage.local);
    return child_start(&place->service, service, near.list, "ready", NULL, 0);
}

static void end(struct place *place)
{
    child_end(&place->service);
    stage_end(&place->stage);
}

/* The core's driver, and Legato's in @role. */
static int start_drivers(const struct place *place, struct child drivers[N_SIDES], const char *role,
                         const char *argument, bool remote)
{
    struct stage_settings settings = {.list = {NULL}};
    stage_make_settings(&settings, &place->stage,
                        remote ? place->stage.remote : place->stage.local);
    const char *const core[] = {place->self, "role", "core-client", STAGE_SERVICE, NULL};
    const char *const legato[] = {place->self, "role", role, argument, NULL};
    return child_start(&drivers[CORE], core, settings.list, "ready", NULL, 0) ||
           child_start(&drivers[LEGATO], legato, settings.list, "ready", NULL, 0);
}

static void end_drivers(struct child drivers[N_SIDES])
{
    for (int side = 0; side < N_SIDES; side++)
        child_end(&drivers[side]);
}

static struct child_cost cost_of(const struct place *place, const struct child *driver, int side)
{
    const struct child *const all[] = {driver, &place->stage.gateway,
                                       side == CORE ? &place->stage.service : &place->service};
    struct child_cost sum = {0, 0};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct child_cost cost = child_cost(all[i]);
        sum.cpu_ns += cost.cpu_ns;
        sum.switches += cost.switches;
    }
    return sum;
}

static int measure(struct place *place, struct child drivers[N_SIDES], const struct order *order,
                   struct pair *pair)
{
    int failed = 0;
    for (unsigned round = 0; round < place->n_pairs && !failed; round++) {
        for (unsigned i = 0; i < N_SIDES && !failed; i++) {
            int side = (int)((i + round) % N_SIDES); /* none is always the first */
            struct figures figures = {0};
            struct child_cost before = cost_of(place, &drivers[side], side);
            failed = driver_ask(&drivers[side], order, &figures);
            struct child_cost after = cost_of(place, &drivers[side], side);
            pair->p50[side][round] = figures.p50_us;
            pair->p99[side][round] = figures.p99_us;
            pair->rate[side][round] = figures.per_second;
            pair->wakeups[side][round] = (double)(after.switches - before.switches) / order->n;
            pair->cpu_us[side][round] = (double)(after.cpu_ns - before.cpu_ns) / 1000.0 / order->n;
        }
        pair->p50_ratio[round] = pair->p50[LEGATO][round] / pair->p50[CORE][round];
        pair->rate_ratio[round] = pair->rate[LEGATO][round] / pair->rate[CORE][round];
    }
    return failed;
}

/* What both sides cost, all processes together; sorts what it takes a median of. */
static void add_cost_rows(const struct place *place, const char *what, struct pair *pair)
{
    unsigned n = place->n_pairs;
    double wakeups = figures_median(pair->wakeups[LEGATO], n);
    double cpu_us = figures_median(pair->cpu_us[LEGATO], n);
    struct row row = {.value = wakeups,
                      .unit = "wake-ups",
                      .against = "core",
                      .ratio = wakeups / figures_median(pair->wakeups[CORE], n)};
    snprintf(row.name, sizeof row.name, "legato.%s.%s.wakeups", what, place->name);
    rows_add(&row);
    row.unit = "us CPU";
    row.value = cpu_us;
    row.ratio = cpu_us / figures_median(pair->cpu_us[CORE], n);
    snprintf(row.name, sizeof row.name, "legato.%s.%s.cpu", what, place->name);
    rows_add(&row);
}

static void add_sync_rows(const struct place *place, const char *what, struct pair *pair)
{
    for (int side = 0; side < N_SIDES; side++) {
        struct row row = {.value = figures_median(pair->p50[side], place->n_pairs),
                          .unit = "us",
                          .p99 = figures_median(pair->p99[side], place->n_pairs)};
        snprintf(row.name, sizeof row.name, "%s.%s.%s", side_names[side], what, place->name);
        if (side == LEGATO) {
            row.against = "core";
            row.ratio = figures_median(pair->p50_ratio, place->n_pairs);
            row.note = ORIGINAL_SYNC;
            row.kind = place->onecore ? ROWS_AT_MOST : ROWS_NO_AIM;
            row.aim = MOST;
        }
        rows_add(&row);
    }
    add_cost_rows(place, what, pair);
}

static void add_rate_rows(const struct place *place, const char *what, struct pair *pair)
{
    for (int side = 0; side < N_SIDES; side++) {
        struct row row = {.value = figures_median(pair->rate[side], place->n_pairs) / 1000.0,
                          .unit = "k/s"};
        snprintf(row.name, sizeof row.name, "%s.%s.%s", side_names[side], what, place->name);
        if (side == LEGATO) {
            row.against = "core";
            row.ratio = figures_median(pair->rate_ratio, place->n_pairs);
            row.note = ORIGINAL_RATE;
        }
        rows_add(&row);
    }
    add_cost_rows(place, what, pair);
}

static int measure_requests(struct place *place, bool remote)
{
    static const struct {
        const char *name;
        unsigned outstanding, n;
        void (*add_rows)(const struct place *place, const char *what, struct pair *pair);
    } scenes[] = {{"sync", 1, 1500, add_sync_rows}, {"async", 256, 30000, add_rate_rows}};
    struct child drivers[N_SIDES] = {{0}};
    static struct pair pair;
    int failed = start_drivers(place, drivers, "legato-client", NULL, remote);
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes && !failed; i++) {
        const struct order order = {.size = 64,
                                    .outstanding = scenes[i].outstanding,
                                    .n = place->quick ? scenes[i].n / 3 : scenes[i].n};
        char what[32];
        snprintf(what, sizeof what, "%s.%s.64", scenes[i].name, far_or_near(remote));
        failed = measure(place, drivers, &order, &pair);
        if (!failed)
            scenes[i].add_rows(place, what, &pair);
    }
    end_drivers(drivers);
    return failed;
}

/* The descriptor itself is passed on one host: there it is no stream, and has no aim. */
static int measure_file(struct place *place, bool remote)
{
    struct child drivers[N_SIDES] = {{0}};
    double rates[PAIRS_MAX], bulks[PAIRS_MAX], ratios[PAIRS_MAX];
    const struct order file = {.size = FILE_OCTETS, .outstanding = 1, .n = 1};
    const struct order bulk = {.size = BENCH_LARGE, .outstanding = 1, .n = N_BULK};
    unsigned n = place->n_pairs / PAIRS;
    int failed = start_drivers(place, drivers, "legato-file", FILE_SIZE, remote);
    for (unsigned round = 0; round < n && !failed; round++) {
        struct figures through = {0}, calls = {0};
        failed = driver_ask(&drivers[LEGATO], &file, &through) ||
                 driver_ask(&drivers[CORE], &bulk, &calls);
        rates[round] = through.per_second * FILE_OCTETS / 1e6;
        bulks[round] = 2 * calls.per_second * BENCH_LARGE / 1e6;
        ratios[round] = rates[round] / bulks[round];
    }
    end_drivers(drivers);
    if (failed)
        return failed;
    struct row row = {.value = figures_median(bulks, n), .unit = "MB/s"};
    snprintf(row.name, sizeof row.name, "core.bulk.%s.16777216.%s", far_or_near(remote),
             place->name);
    rows_add(&row);
    row = (struct row){.value = figures_median(rates, n),
                       .unit = "MB/s",
                       .against = "bulk",
                       .ratio = figures_median(ratios, n),
                       .kind = remote ? ROWS_AT_LEAST : ROWS_NO_AIM,
                       .aim = LEAST_OF_BULK};
    snprintf(row.name, sizeof row.name, "legato.file.%s.67108864.%s", far_or_near(remote),
             place->name);
    rows_add(&row);
    return 0;
}

static int run_placement(const struct suite_options *options, bool onecore)
{
    struct place place = {.n_pairs = options->n_rounds * PAIRS, .quick = options->quick};
    int failed = start(&place, options->self, onecore);
    for (int remote = 0; remote <= 1 && !failed; remote++)
        failed = measure_requests(&place, remote);
    for (int remote = 0; remote <= 1 && !failed && !onecore; remote++)
        failed = measure_file(&place, remote);
    end(&place);
    return failed;
}

int suite_legato(const struct suite_options *options)
{
    int failed = run_placement(options, true);
    return failed ? failed : run_placement(options, false);
}
