/*
 * What Legato adds to the core: requests beside calls, and a file through a descriptor beside large
 * calls over the same kind of link. Each side has a service process of its own: a Legato server
 * reads its link in its event loop, a core service in its workers.
 */
#include <stdio.h>

#include "tests/bench/beside.h"
#include "tests/bench/roles.h"

#define FILE_SIZE "67108864"
#define FILE_OCTETS (64u << 20)
#define N_BULK 4u /* large calls, each there and back */
#define LEAST_OF_BULK 0.5
#define ORIGINAL_SYNC "the original: 69 us, local"
#define ORIGINAL_RATE "the original: 282 k/s, local"

/* The core's driver, and Legato's in @role. */
static int start_drivers(const struct beside *beside, struct child drivers[BESIDE_SIDES],
                         const char *role, const char *argument, bool remote)
{
    const char *const core[] = {"core-client", STAGE_SERVICE, NULL};
    const char *const legato[] = {role, argument, NULL};
    return beside_start_role(beside, core, remote, &drivers[BESIDE_CORE]) ||
           beside_start_role(beside, legato, remote, &drivers[BESIDE_FAMILY]);
}

static int measure_requests(const struct beside *beside, bool remote)
{
    static const struct {
        const char *name, *note;
        unsigned outstanding, n;
        void (*add_rows)(const struct beside *beside, const char *what, struct beside_pair *pair,
                         const char *note);
    } scenes[] = {{"sync", ORIGINAL_SYNC, 1, 1500, beside_add_times},
                  {"async", ORIGINAL_RATE, 256, 30000, beside_add_rates}};
    struct child drivers[BESIDE_SIDES] = {{0}};
    static struct beside_pair pair;
    int failed = start_drivers(beside, drivers, "legato-client", NULL, remote);
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes && !failed; i++) {
        const struct order order = {.size = 64,
                                    .outstanding = scenes[i].outstanding,
                                    .n = beside->quick ? scenes[i].n / 3 : scenes[i].n};
        char what[32];
        snprintf(what, sizeof what, "%s.%s.64", scenes[i].name, beside_far_or_near(remote));
        failed = beside_measure(beside, drivers, &order, &pair);
        if (!failed)
            scenes[i].add_rows(beside, what, &pair, scenes[i].note);
    }
    beside_end_drivers(drivers);
    return failed;
}

/* The descriptor itself is passed on one host: there it is no stream, and has no aim. */
static int measure_file(const struct beside *beside, bool remote)
{
    struct child drivers[BESIDE_SIDES] = {{0}};
    double rates[SUITES_ROUNDS_MAX], bulks[SUITES_ROUNDS_MAX], ratios[SUITES_ROUNDS_MAX];
    const struct order file = {.size = FILE_OCTETS, .outstanding = 1, .n = 1};
    const struct order bulk = {.size = BENCH_LARGE, .outstanding = 1, .n = N_BULK};
    unsigned n = beside->n_rounds;
    int failed = start_drivers(beside, drivers, "legato-file", FILE_SIZE, remote);
    for (unsigned round = 0; round < n && !failed; round++) {
        struct figures through = {0}, calls = {0};
        failed = driver_ask(&drivers[BESIDE_FAMILY], &file, &through) ||
                 driver_ask(&drivers[BESIDE_CORE], &bulk, &calls);
        rates[round] = through.per_second * FILE_OCTETS / 1e6;
        bulks[round] = 2 * calls.per_second * BENCH_LARGE / 1e6;
        ratios[round] = rates[round] / bulks[round];
    }
    beside_end_drivers(drivers);
    if (failed)
        return failed;
    struct row row = {.value = figures_median(bulks, n), .unit = "MB/s"};
    snprintf(row.name, sizeof row.name, "core.bulk.%s.16777216.%s", beside_far_or_near(remote),
             beside->placement);
    rows_add(&row);
    row = (struct row){.value = figures_median(rates, n),
                       .unit = "MB/s",
                       .against = "bulk",
                       .ratio = figures_median(ratios, n),
                       .kind = remote ? ROWS_AT_LEAST : ROWS_NO_AIM,
                       .aim = LEAST_OF_BULK};
    snprintf(row.name, sizeof row.name, "legato.file.%s.67108864.%s", beside_far_or_near(remote),
             beside->placement);
    rows_add(&row);
    return 0;
}

static int run_placement(const struct suite_options *options, bool onecore)
{
    const char *const service[] = {"legato-service", NULL};
    struct beside beside;
    int failed = beside_start(&beside, options, "legato", service, onecore);
    for (int remote = 0; remote <= 1 && !failed; remote++)
        failed = measure_requests(&beside, remote);
    for (int remote = 0; remote <= 1 && !failed && !onecore; remote++)
        failed = measure_file(&beside, remote);
    beside_end(&beside);
    return failed;
}

int suite_legato(const struct suite_options *options)
{
    int failed = run_placement(options, true);
    return failed ? failed : run_placement(options, false);
}
