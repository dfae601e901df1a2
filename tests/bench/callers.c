/*
 * Many callers at once: how evenly they are served. Each of the callers has a link of its own and
 * one call under way, so the time of a call is mostly waiting for the others' turn: p99 beside p50
 * says whether anybody is passed over. In time, a machine that stands still for a moment makes all
 * who wait late, so the best of the rounds counts; in turns, the calls of others that ended before
 * one's own did, it does not matter.
 */
#include <stdio.h>

#include "tests/bench/driver.h"
#include "tests/bench/rows.h"
#include "tests/bench/stage.h"
#include "tests/bench/suites.h"

#define CALLERS 500u
#define CALLS_EACH 40u
#define EVENLY 2.0 /* p99 to p50 */

static int measure(struct child *driver, const struct suite_options *options, const char *name)
{
    double p50[SUITES_ROUNDS_MAX], p99[SUITES_ROUNDS_MAX], rate[SUITES_ROUNDS_MAX];
    double in_time[SUITES_ROUNDS_MAX], in_turns[SUITES_ROUNDS_MAX];
    struct order order = {.size = 64,
                          .outstanding = CALLERS,
                          .n = CALLERS * (options->quick ? CALLS_EACH / 4 : CALLS_EACH)};
    for (unsigned round = 0; round < options->n_rounds; round++) {
        struct figures figures, turns;
        order.in_turns = false;
        if (driver_ask(driver, &order, &figures) != 0)
            return 1;
        order.in_turns = true;
        if (driver_ask(driver, &order, &turns) != 0)
            return 1;
        p50[round] = figures.p50_us;
        p99[round] = figures.p99_us;
        rate[round] = figures.per_second / 1000.0;
        in_time[round] = figures.p99_us / figures.p50_us;
        in_turns[round] = turns.p99_us / turns.p50_us;
    }
    double turns = figures_median(in_turns, options->n_rounds);
    (void)figures_median(in_time, options->n_rounds); /* it sorts them */
    const struct {
        const char *what;
        struct row row;
    } rows[] = {
        {"",
         {.value = figures_median(p50, options->n_rounds),
          .unit = "us",
          .p99 = figures_median(p99, options->n_rounds)}},
        {".evenness",
         {.value = in_time[0], .unit = "p99/p50", .kind = ROWS_AT_MOST, .aim = EVENLY}},
        {".turns", {.value = turns, .unit = "p99/p50", .kind = ROWS_AT_MOST, .aim = EVENLY}},
        {".rate", {.value = figures_median(rate, options->n_rounds), .unit = "k/s"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct row row = rows[i].row;
        snprintf(row.name, sizeof row.name, "callers.%s.64.%u%s", name, CALLERS, rows[i].what);
        rows_add(&row);
    }
    return 0;
}

static int run(struct stage *stage, const struct suite_options *options, bool remote)
{
    char n[16];
    struct stage_settings settings = {.list = {NULL}};
    snprintf(n, sizeof n, "%u", CALLERS);
    stage_make_settings(&settings, stage, remote ? stage->remote : stage->local);
    const char *const crowd[] = {
        options->self, "role", "crowd", remote ? stage->remote : stage->local, n,
        STAGE_SERVICE, NULL};
    struct child driver = {0};
    int failed = child_start(&driver, crowd, settings.list, "ready", NULL, 0) != 0 ||
                 measure(&driver, options, remote ? "remote" : "local") != 0;
    child_end(&driver);
    return failed;
}

int suite_callers(const struct suite_options *options)
{
    struct stage stage;
    int failed = stage_start_gateway(&stage, options->self, false) != 0 ||
                 run(&stage, options, false) != 0 || run(&stage, options, true) != 0;
    stage_end(&stage);
    return failed;
}
