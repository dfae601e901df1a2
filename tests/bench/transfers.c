/*
 * Large messages: how much of them goes through, and what a small call takes beside them on the
 * same link. The two go to different objects: to the same one they would keep their order. And as
 * much through a pipe, which is a stream where the link passes no descriptors.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/figures.h"
#include "tests/bench/roles.h"
#include "tests/bench/rows.h"
#include "tests/bench/stage.h"
#include "tests/bench/suites.h"

#define LARGE_SERVICE "bench.large"
#define N_SMALL 2000u
#define N_LARGE 16u

struct medians {
    double p50, p99, rate;
};

static int measure(struct child *driver, const struct suite_options *options, unsigned size,
                   unsigned n, struct medians *medians)
{
    double p50[SUITES_ROUNDS_MAX], p99[SUITES_ROUNDS_MAX], rate[SUITES_ROUNDS_MAX];
    char line[64], answer[128];
    snprintf(line, sizeof line, "%u 1 %u", size, options->quick ? n / 4 : n);
    for (unsigned round = 0; round < options->n_rounds; round++) {
        if (child_ask(driver, line, answer, sizeof answer) != 0)
            return 1;
        char *end = answer;
        p50[round] = strtod(end, &end);
        p99[round] = strtod(end, &end);
        rate[round] = strtod(end, &end);
    }
    medians->p50 = figures_median(p50, options->n_rounds);
    medians->p99 = figures_median(p99, options->n_rounds);
    medians->rate = figures_median(rate, options->n_rounds);
    return 0;
}

static void add_rows(const char *name, const struct medians *alone, const struct medians *beside,
                     const struct medians *large, const struct medians *stream)
{
    struct row row = {.value = beside->p50,
                      .unit = "us",
                      .p99 = beside->p99,
                      .against = "alone",
                      .ratio = beside->p50 / alone->p50};
    snprintf(row.name, sizeof row.name, "transfers.%s.64.beside", name);
    rows_add(&row);
    /* there and back */
    struct row bulk = {.value = 2 * large->rate * BENCH_LARGE / 1e6, .unit = "MB/s"};
    snprintf(bulk.name, sizeof bulk.name, "transfers.%s.16777216.bulk", name);
    rows_add(&bulk);
    double rate = stream->rate * BENCH_LARGE / 1e6;
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
    char gateway[STAGE_PATH_MAX + 32], ca[160], cert[160], key[160];
    snprintf(gateway, sizeof gateway, "VIADUCT_GATEWAY=%s", remote ? stage->remote : stage->local);
    snprintf(ca, sizeof ca, "VIADUCT_CA=%s", stage->ca);
    snprintf(cert, sizeof cert, "VIADUCT_CERT=%s", stage->cert);
    snprintf(key, sizeof key, "VIADUCT_KEY=%s", stage->key);
    const char *const environment[] = {gateway, ca, cert, key, NULL};
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
    struct medians medians[4];
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct child driver = {0};
        int failed = child_start(&driver, parts[i].argv, environment, "ready", NULL, 0) != 0 ||
                     measure(&driver, options, parts[i].size, parts[i].n, &medians[i]) != 0;
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
    char gateway[STAGE_PATH_MAX + 32];
    int failed = stage_start_gateway(&stage, options->self, false);
    snprintf(gateway, sizeof gateway, "VIADUCT_GATEWAY=%s", stage.local);
    const char *const environment[] = {gateway, NULL};
    const char *const argv[] = {options->self, "role", "core-service", LARGE_SERVICE, NULL};
    failed = failed || child_start(&service, argv, environment, "ready", NULL, 0) != 0 ||
             run(&stage, options, false) != 0 || run(&stage, options, true) != 0;
    child_end(&service);
    stage_end(&stage);
    return failed;
}
