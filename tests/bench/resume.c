/*
 * Coming back: from the loss of a link's TCP connection to the reply of a call that was under way,
 * beside what a new connection and a call take. Once as it is here, and once with a delay put in,
 * where round trips show: their number is how much longer it takes for how much more delay.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/figures.h"
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

struct medians {
    double p50_ms[N_KINDS], p99_ms[N_KINDS];
};

static int measure(struct child *driver, const struct suite_options *options, unsigned n,
                   double *p50_msp, double *p99_msp)
{
    double p50[SUITES_ROUNDS_MAX], p99[SUITES_ROUNDS_MAX];
    char line[64], answer[128];
    (void)snprintf(line, sizeof line, "1 1 %u", n);
    for (unsigned round = 0; round < options->n_rounds; round++) {
        if (child_ask(driver, line, answer, sizeof answer) != 0)
            return 1;
        char *end = answer;
        p50[round] = strtod(end, &end) / 1000;
        p99[round] = strtod(end, &end) / 1000;
    }
    *p50_msp = figures_median(p50, options->n_rounds);
    *p99_msp = figures_median(p99, options->n_rounds);
    return 0;
}

static int run(const struct stage *stage, const struct suite_options *options, unsigned delay_ms,
               struct medians *medians)
{
    char ca[160], cert[160], key[160], delay[16];
    (void)snprintf(ca, sizeof ca, "VIADUCT_CA=%s", stage->ca);
    (void)snprintf(cert, sizeof cert, "VIADUCT_CERT=%s", stage->cert);
    (void)snprintf(key, sizeof key, "VIADUCT_KEY=%s", stage->key);
    (void)snprintf(delay, sizeof delay, "%u", delay_ms);
    const char *const environment[] = {ca, cert, key, NULL};
    for (int kind = CALL; kind < N_KINDS; kind++) {
        const char *const argv[] = {options->self, "role",      "resume", kind_names[kind],
                                    stage->local,  stage->port, delay,    NULL};
        struct child driver = {0};
        int failed = child_start(&driver, argv, environment, "ready", NULL, 0) != 0 ||
                     measure(&driver, options, delay_ms == 0 ? TIMES_NEAR : TIMES_FAR,
                             &medians->p50_ms[kind], &medians->p99_ms[kind]) != 0;
        child_end(&driver);
        if (failed)
            return 1;
    }
    return 0;
}

static void add_rows(const char *where, unsigned delay_ms, const struct medians *medians)
{
    double trip_ms = 2.0 * delay_ms + (delay_ms == 0 ? medians->p50_ms[CALL] : 0);
    for (int kind = CALL; kind < N_KINDS; kind++) {
        struct row row = {
            .value = medians->p50_ms[kind], .unit = "ms", .p99 = medians->p99_ms[kind]};
        (void)snprintf(row.name, sizeof row.name, "resume.%s.%s", where,
                       kind == RESUME ? "reply" : kind_names[kind]);
        if (kind == RESUME) {
            row.kind = ROWS_AT_MOST;
            row.aim = ROUND_TRIPS * trip_ms + BESIDES_MS;
        }
        rows_add(&row);
    }
}

static void add_trips(const struct medians *near, const struct medians *far)
{
    for (int kind = CALL; kind < N_KINDS; kind++) {
        struct row row = {.value = (far->p50_ms[kind] - near->p50_ms[kind]) / (2.0 * DELAY_MS),
                          .unit = "trips"};
        (void)snprintf(row.name, sizeof row.name, "resume.trips.%s",
                       kind == RESUME ? "reply" : kind_names[kind]);
        rows_add(&row);
    }
}

int suite_resume(const struct suite_options *options)
{
    struct stage stage;
    struct medians near, far;
    char where[16];
    (void)snprintf(where, sizeof where, "%ums", 2 * DELAY_MS);
    int failed = stage_start_gateway(&stage, options->self, false) != 0 ||
                 run(&stage, options, 0, &near) != 0 || run(&stage, options, DELAY_MS, &far) != 0;
    stage_end(&stage);
    if (failed)
        return failed;
    add_rows("0ms", 0, &near);
    add_rows(where, DELAY_MS, &far);
    add_trips(&near, &far);
    return 0;
}
