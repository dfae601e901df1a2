/*
 * Large messages: how much of them goes through, and what a small call takes beside them on the
 * same link. The two go to different objects: to the same one they would keep their order. And as
 * much through a pipe, which is a stream where the link passes no descriptors.
 */
#include <stdio.h>

#include "tests/bench/driver.h"
#include "tests/bench/roles.h"
#include "tests/bench/rows.h"
#include "tests/bench/stage.h"
#include "tests/bench/suites.h"

#define LARGE_SERVICE "bench.large"
#define N_SMALL 2000u
#define N_LARGE 8u

static void add_rows(const char *name, const struct figures *alone, const struct figures *beside,
                     const struct figures *large, const struct figures *stream)
{
    struct row row = {.value = beside->p50_us,
                      .unit = "us",
                      .p99 = beside->p99_us,
                      .against = "alone",
                      .ratio = beside->p50_us / alone->p50_us};
    snprintf(row.name, sizeof row.name, "transfers.%s.64.beside", name);
    rows_add(&row);
    /* there and back */
    struct row bulk = {.value = 2 * large->per_second * BENCH_LARGE / 1e6, .unit = "MB/s"};
    snprintf(bulk.name, sizeof bulk.name, "transfers.%s.16777216.bulk", name);
    rows_add(&bulk);
    double rate = stream->per_second * BENCH_LARGE / 1e6;
    struct row piped = {.value = rate,
                        .unit = "MB/s",
                        .against = "bulk",
                        .ratio = rate / bulk.value,
                        .kind = ROWS_AT_LEAST,
                        .aim = 0.5};
    snprintf(piped.name, sizeof piped.name, "transfers.%s.16777216.stream", name);
    rows_add(&piped);
}

static int run(struct stage *stage, const struct suite_options *options, bool remote)
{
    struct stage_settings settings = {.list = {NULL}};
    stage_make_settings(&settings, stage, remote ? stage->remote : stage->local);
    const char *const small[] = {options->self, "role", "core-client", STAGE_SERVICE, NULL};
    const char *const both[] = {options->self, "role",        "core-beside",
                                STAGE_SERVICE, LARGE_SERVICE, NULL};
    const char *const bulk[] = {options->self, "role", "core-client", LARGE_SERVICE, NULL};
    const char *const pipes[] = {options->self, "role", "core-stream", LARGE_SERVICE, NULL};
    const struct {
        const char *const *argv;
        unsigned size, n;
    } parts[] = {{small, 64, N_SMALL},
                 {both, 64, N_SMALL},
                 {bulk, BENCH_LARGE, N_LARGE},
                 {pipes, BENCH_LARGE, N_LARGE}};
    struct figures medians[4];
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct child driver = {0};
        const struct order order = {.size = parts[i].size,
                                    .outstanding = 1,
                                    .n = options->quick ? parts[i].n / 4 : parts[i].n};
        int failed = child_start(&driver, parts[i].argv, settings.list, "ready", NULL, 0) != 0 ||
                     driver_ask_often(&driver, &order, options->n_rounds, &medians[i]) != 0;
        child_end(&driver);
        if (failed)
            return failed;
    }
    add_rows(remote ? "remote" : "local", &medians[0], &medians[1], &medians[2], &medians[3]);
    return 0;
}

int suite_transfers(const struct suite_options *options)
{
    struct stage stage;
    struct child service = {0};
    struct stage_settings settings = {.list = {NULL}};
    int failed = stage_start_gateway(&stage, options->self, false);
    stage_make_settings(&settings, &stage, stage.local);
    const char *const argv[] = {options->self, "role", "core-service", LARGE_SERVICE, NULL};
    failed = failed || child_start(&service, argv, settings.list, "ready", NULL, 0) != 0 ||
             run(&stage, options, false) != 0 || run(&stage, options, true) != 0;
    child_end(&service);
    stage_end(&stage);
    return failed;
}
