/*
 * Fan-out: one source, many readers over TLS WebSockets, 64 octets an event. What it is measured by
 * is a plain libwebsockets server that writes one message an event, with the same readers. Beside
 * the rate of the whole, of which readers and source take their part, stands what one core of the
 * gateway would give if it had nothing else to do.
 */
#include <stdio.h>
#include <string.h>

#include "tests/bench/driver.h"
#include "tests/bench/rows.h"
#include "tests/bench/stage.h"
#include "tests/bench/suites.h"

#define WINDOW 100u
#define DELIVERIES 2000000u /* a round */
#define NAIVE_DELIVERIES 300000u
#define JSON_READERS 500u
#define JSON_DELIVERIES 500000u
#define AIM 5.0 /* times the plain server */
#define SLOW_READERS 100u
#define SLOW_EVENTS 1000u
#define SLOW_PACE_US "2000"
#define SLOW_AIM 1.5 /* p99 beside a stuck reader to p99 without */

struct fan_series {
    double rate[SUITES_ROUNDS_MAX], core[SUITES_ROUNDS_MAX], p99[SUITES_ROUNDS_MAX];
    double p50[SUITES_ROUNDS_MAX];
};

/* One round: @server's time on its core is what counts for core. Rates in thousands a second. */
static int measure(struct child *driver, struct child *server, unsigned n_readers,
                   unsigned n_events, unsigned round, struct fan_series *series)
{
    const struct order order = {.size = 64, .outstanding = WINDOW, .n = n_events};
    struct figures figures;
    struct child_cost before = child_cost(server);
    if (driver_ask(driver, &order, &figures) != 0)
        return 1;
    struct child_cost after = child_cost(server);
    series->p50[round] = figures.p50_us;
    series->p99[round] = figures.p99_us;
    series->rate[round] = figures.per_second * n_readers / 1000.0;
    series->core[round] =
        (double)n_events * n_readers * 1e6 / (double)(after.cpu_ns - before.cpu_ns);
    return 0;
}

static void add_row(const char *name, unsigned n_readers, const char *what, double value,
                    double naive, bool has_aim)
{
    struct row row = {.value = value,
                      .unit = "k/s",
                      .against = "naive",
                      .ratio = value / naive,
                      .kind = has_aim ? ROWS_AT_LEAST : ROWS_NO_AIM,
                      .aim = AIM};
    snprintf(row.name, sizeof row.name, "%s.%u%s", name, n_readers, what);
    rows_add(&row);
}

static void add_rows(unsigned n_readers, struct fan_series *ours, struct fan_series *naive,
                     unsigned n_rounds)
{
    double naive_rate = figures_median(naive->rate, n_rounds);
    double naive_core = figures_median(naive->core, n_rounds);
    add_row("fanout", n_readers, "", figures_median(ours->rate, n_rounds), naive_rate, false);
    add_row("fanout", n_readers, ".core", figures_median(ours->core, n_rounds), naive_core,
            n_readers == 500);
    struct row row = {.value = naive_rate, .unit = "k/s"};
    snprintf(row.name, sizeof row.name, "fanout.naive.%u", n_readers);
    rows_add(&row);
    row.value = naive_core;
    snprintf(row.name, sizeof row.name, "fanout.naive.%u.core", n_readers);
    rows_add(&row);
}

/* @readers readers of a stage's gateway; they have their source with them. */
static int start_fan(struct child *driver, const struct stage *stage, const char *self,
                     const char *role, const char *readers, const char *pace, const char *stuck)
{
    struct stage_settings settings = {.list = {NULL}};
    stage_make_settings(&settings, stage, stage->local);
    const char *const fan[] = {self, "role", role, stage->remote, readers, pace, stuck, NULL};
    return child_start(driver, fan, settings.list, "ready", NULL, 0);
}

static int run_fanout(struct stage *stage, const struct suite_options *options, unsigned n_readers)
{
    char readers[16], port[16], address[64];
    snprintf(readers, sizeof readers, "%u", n_readers);
    struct child server = {0}, ours = {0}, naive = {0};
    static struct fan_series our_series, naive_series;
    const char *const naive_server[] = {
        options->self, "role", "naive-server", stage->server_cert, stage->server_key, NULL};
    int failed = start_fan(&ours, stage, options->self, "fan", readers, NULL, NULL) != 0 ||
                 child_start(&server, naive_server, NULL, "ready ", port, sizeof port) != 0;
    if (!failed) {
        port[strcspn(port, "\n")] = '\0';
        snprintf(address, sizeof address, "wss://localhost:%s", port);
        const char *const naive_readers[] = {options->self, "role",  "naive",
                                             address,       readers, NULL};
        failed = child_start(&naive, naive_readers, NULL, "ready", NULL, 0) != 0;
    }
    unsigned cut = options->quick ? 4 : 1;
    for (unsigned round = 0; round < options->n_rounds && !failed; round++)
        failed = measure(&ours, &stage->gateway, n_readers, DELIVERIES / cut / n_readers, round,
                         &our_series) != 0 ||
                 measure(&naive, &server, n_readers, NAIVE_DELIVERIES / cut / n_readers, round,
                         &naive_series) != 0;
    child_end(&naive);
    child_end(&ours);
    child_end(&server);
    if (!failed)
        add_rows(n_readers, &our_series, &naive_series, options->n_rounds);
    return failed;
}

/* JSON's own: it is measured beside nothing but itself, later. */
static int run_json(struct stage *stage, const struct suite_options *options)
{
    char readers[16];
    snprintf(readers, sizeof readers, "%u", JSON_READERS);
    struct child driver = {0};
    static struct fan_series series;
    unsigned n = JSON_DELIVERIES / (options->quick ? 4 : 1) / JSON_READERS;
    int failed = start_fan(&driver, stage, options->self, "json-fan", readers, NULL, NULL) != 0;
    for (unsigned round = 0; round < options->n_rounds && !failed; round++)
        failed = measure(&driver, &stage->gateway, JSON_READERS, n, round, &series) != 0;
    child_end(&driver);
    if (failed)
        return failed;
    struct row row = {.value = figures_median(series.rate, options->n_rounds), .unit = "k/s"};
    snprintf(row.name, sizeof row.name, "fanout.json.%u", JSON_READERS);
    rows_add(&row);
    row.value = figures_median(series.core, options->n_rounds);
    snprintf(row.name, sizeof row.name, "fanout.json.%u.core", JSON_READERS);
    rows_add(&row);
    return 0;
}

int suite_fanout(const struct suite_options *options)
{
    static const unsigned n_readers[] = {100, 500, 1000};
    struct stage stage;
    int failed = stage_start_gateway(&stage, options->self, false) != 0;
    for (size_t i = 0; i < sizeof n_readers / sizeof *n_readers && !failed; i++)
        failed = run_fanout(&stage, options, n_readers[i]) != 0;
    failed = failed || run_json(&stage, options) != 0;
    stage_end(&stage);
    return failed;
}

/* ---- one that does not read ---- */

int suite_slow_reader(const struct suite_options *options)
{
    static struct fan_series with, without;
    double ratios[SUITES_ROUNDS_MAX];
    struct stage calm, stuck;
    struct child calm_driver = {0}, stuck_driver = {0};
    char readers[16];
    snprintf(readers, sizeof readers, "%u", SLOW_READERS);
    unsigned n = options->quick ? SLOW_EVENTS / 4 : SLOW_EVENTS;
    int failed = stage_start_gateway(&calm, options->self, false) != 0;
    failed = stage_start_gateway(&stuck, options->self, false) != 0 || failed;
    failed =
        failed ||
        start_fan(&calm_driver, &calm, options->self, "fan", readers, SLOW_PACE_US, NULL) != 0 ||
        start_fan(&stuck_driver, &stuck, options->self, "fan", readers, SLOW_PACE_US, "stuck") != 0;
    for (unsigned round = 0; round < options->n_rounds && !failed; round++) {
        failed = measure(&calm_driver, &calm.gateway, SLOW_READERS, n, round, &without) != 0 ||
                 measure(&stuck_driver, &stuck.gateway, SLOW_READERS, n, round, &with) != 0;
        if (!failed)
            ratios[round] = with.p99[round] / without.p99[round];
    }
    child_end(&stuck_driver);
    child_end(&calm_driver);
    stage_end(&stuck);
    stage_end(&calm);
    if (failed)
        return failed;
    struct row row = {.name = "slow_reader.100",
                      .value = figures_median(with.p50, options->n_rounds),
                      .p99 = figures_median(with.p99, options->n_rounds),
                      .unit = "us",
                      .against = "without, p99",
                      .ratio = figures_median(ratios, options->n_rounds),
                      .kind = ROWS_AT_MOST,
                      .aim = SLOW_AIM};
    rows_add(&row);
    return 0;
}
