/*
 * Coming back: from the loss of a link's TCP connection to the reply of a call that was under way,
 * beside what a new connection and a call take. Once as it is here, and once with a delay put in,
 * where round trips show: their number is how much longer it takes for how much more delay.
 */
#include <stdio.h>

#include "tests/bench/driver.h"
#include "tests/bench/rows.h"
#include "tests/bench/stage.h"
#include "tests/bench/suites.h"

#define DELAY_MS 30u /* each way */
#define TIMES_NEAR 10u
#define TIMES_FAR 3u
#define ROUND_TRIPS 2.0 /* the aim is these */
#define BESIDES_MS 50.0 /* and this */

enum kind { CALL, CONNECT, RESUME, N_KINDS };
static const char *const kind_names[N_KINDS] = {"call", "connect", "resume"};
static const char *const row_names[N_KINDS] = {"call", "connect", "reply"};

/* Of the medians of all rounds: the median and the least. */
struct times {
    double median_ms, p99_ms, least_ms;
};

static int measure(struct child *driver, unsigned n, unsigned n_rounds, struct times *times)
{
    const struct order order = {.size = 1, .outstanding = 1, .n = n};
    double p50[SUITES_ROUNDS_MAX], p99[SUITES_ROUNDS_MAX];
    for (unsigned round = 0; round < n_rounds; round++) {
        struct figures figures;
        if (driver_ask(driver, &order, &figures) != 0)
            return 1;
        p50[round] = figures.p50_us / 1000;
        p99[round] = figures.p99_us / 1000;
    }
    times->median_ms = figures_median(p50, n_rounds);
    times->p99_ms = figures_median(p99, n_rounds);
    times->least_ms = p50[0]; /* it has sorted them */
    return 0;
}

static int run(const struct stage *stage, const struct suite_options *options, unsigned delay_ms,
               struct times times[N_KINDS])
{
    char delay[16];
    struct stage_settings settings = {.list = {NULL}};
    (void)snprintf(delay, sizeof delay, "%u", delay_ms);
    stage_make_settings(&settings, stage, stage->local);
    for (int kind = CALL; kind < N_KINDS; kind++) {
        const char *const argv[] = {options->self, "role",      "resume", kind_names[kind],
                                    stage->local,  stage->port, delay,    NULL};
        struct child driver = {0};
        int failed = child_start(&driver, argv, settings.list, "ready", NULL, 0) != 0 ||
                     measure(&driver, delay_ms == 0 ? TIMES_NEAR : TIMES_FAR, options->n_rounds,
                             &times[kind]) != 0;
        child_end(&driver);
        if (failed)
            return 1;
    }
    return 0;
}

static void add_rows(const char *where, unsigned delay_ms, const struct times times[N_KINDS])
{
    double trip_ms = delay_ms == 0 ? times[CALL].median_ms : 2.0 * delay_ms;
    for (int kind = CALL; kind < N_KINDS; kind++) {
        struct row row = {.value = times[kind].median_ms, .unit = "ms", .p99 = times[kind].p99_ms};
        (void)snprintf(row.name, sizeof row.name, "resume.%s.%s", where, row_names[kind]);
        if (kind == RESUME) {
            row.kind = ROWS_AT_MOST;
            row.aim = ROUND_TRIPS * trip_ms + BESIDES_MS;
        }
        rows_add(&row);
    }
}

/* A busy machine only adds: the least of the rounds tells the delay's part best. */
static void add_trips(const struct times near[N_KINDS], const struct times far[N_KINDS])
{
    for (int kind = CALL; kind < N_KINDS; kind++) {
        struct row row = {.value = (far[kind].least_ms - near[kind].least_ms) / (2.0 * DELAY_MS),
                          .unit = "trips"};
        (void)snprintf(row.name, sizeof row.name, "resume.trips.%s", row_names[kind]);
        rows_add(&row);
    }
}

int suite_resume(const struct suite_options *options)
{
    struct stage stage;
    struct times near[N_KINDS], far[N_KINDS];
    char where[16];
    (void)snprintf(where, sizeof where, "%ums", 2 * DELAY_MS);
    int failed = stage_start_gateway(&stage, options->self, false) != 0 ||
                 run(&stage, options, 0, near) != 0 || run(&stage, options, DELAY_MS, far) != 0;
    stage_end(&stage);
    if (failed)
        return failed;
    add_rows("0ms", 0, near);
    add_rows(where, DELAY_MS, far);
    add_trips(near, far);
    return 0;
}
