/*
 * What a call costs, as ratios to what cannot be avoided: a Unix socket's ping-pong, a plain
 * libwebsockets echo. All subjects run interleaved in one run, once on one core (the cost in CPU)
 * and once free; the figures are medians of the rounds.
 */
#include <stdio.h>

#include "tests/bench/driver.h"
#include "tests/bench/rows.h"
#include "tests/bench/stage.h"
#include "tests/bench/suites.h"

#define ROUNDS_MAX SUITES_ROUNDS_MAX

/* As many JSON replies would be over twice the gateway's queue bound, which ends such a link. */
#define JSON_IN_FLIGHT_MAX (4u << 20)

struct scene {
    unsigned size, outstanding, n;
};

/* Calls a round: enough for a p99, few enough for all rounds to end within a minute or two. */
static const struct scene scenes[] = {
    {64, 1, 4000},    {1024, 1, 3000},  {65536, 1, 300},    {64, 16, 8000},    {1024, 16, 6000},
    {65536, 16, 300}, {64, 256, 20000}, {1024, 256, 12000}, {65536, 256, 512},
};
#define N_SCENES (sizeof scenes / sizeof *scenes)

/* What the rounds of one subject in one scene gave. */
struct series {
    double p50[ROUNDS_MAX], p99[ROUNDS_MAX], per_second[ROUNDS_MAX];
    double cpu_us[ROUNDS_MAX];  /* of gateway and service, a call */
    double wakeups[ROUNDS_MAX]; /* of driver, gateway and service, a call */
    double median_p50, median_p99, median_rate, median_cpu, median_wakeups;
};

static struct series all[N_SUBJECTS][N_SCENES];

static bool is_left_out(enum subject subject, const struct scene *scene)
{
    return subject == SUBJECT_JSON && scene->size * scene->outstanding > JSON_IN_FLIGHT_MAX;
}

static int measure(struct stage *stage, enum subject subject, const struct scene *scene,
                   struct series *series, unsigned round, bool quick)
{
    struct figures figures;
    if (is_left_out(subject, scene))
        return 0;
    unsigned n = quick ? scene->n / 10 : scene->n;
    const struct order order = {.size = scene->size, .outstanding = scene->outstanding, .n = n};
    struct child *driver = &stage->drivers[subject];
    struct child_cost before = child_cost(driver);
    struct child_cost gateway = child_cost(&stage->gateway);
    struct child_cost service = child_cost(&stage->service);
    if (driver_ask(driver, &order, &figures) != 0)
        return 1;
    struct child_cost driver_after = child_cost(driver);
    struct child_cost gateway_after = child_cost(&stage->gateway);
    struct child_cost service_after = child_cost(&stage->service);
    series->p50[round] = figures.p50_us;
    series->p99[round] = figures.p99_us;
    series->per_second[round] = figures.per_second;
    uint64_t cpu_ns = gateway_after.cpu_ns - gateway.cpu_ns + service_after.cpu_ns - service.cpu_ns;
    uint64_t switches = driver_after.switches - before.switches + gateway_after.switches -
                        gateway.switches + service_after.switches - service.switches;
    series->cpu_us[round] = (double)cpu_ns / 1000.0 / n;
    series->wakeups[round] = (double)switches / n;
    return 0;
}

static void take_medians(unsigned n_rounds)
{
    for (size_t subject = 0; subject < N_SUBJECTS; subject++)
        for (size_t scene = 0; scene < N_SCENES; scene++) {
            struct series *series = &all[subject][scene];
            series->median_p50 = figures_median(series->p50, n_rounds);
            series->median_p99 = figures_median(series->p99, n_rounds);
            series->median_rate = figures_median(series->per_second, n_rounds);
            series->median_cpu = figures_median(series->cpu_us, n_rounds);
            series->median_wakeups = figures_median(series->wakeups, n_rounds);
        }
}

static void report_calls(enum subject subject, size_t scene, const char *placement, bool onecore)
{
    const struct series *series = &all[subject][scene];
    struct row row = {.value = series->median_p50, .unit = "us", .p99 = series->median_p99};
    snprintf(row.name, sizeof row.name, "call.%s.%u.%s", subject_names[subject], scenes[scene].size,
             placement);
    if (subject != SUBJECT_UNIX) {
        row.against = "unix";
        row.ratio = series->median_p50 / all[SUBJECT_UNIX][scene].median_p50;
    }
    if (onecore && scenes[scene].size == 64 && subject == SUBJECT_REMOTE) {
        row.kind = ROWS_AT_MOST;
        row.aim = 6;
    }
    if (onecore && scenes[scene].size == 64 && subject == SUBJECT_LOCAL) {
        row.kind = ROWS_AT_MOST;
        row.aim = 2.5;
    }
    rows_add(&row);
}

static void report_rates(enum subject subject, size_t scene, const char *placement, bool onecore)
{
    const struct series *series = &all[subject][scene];
    struct row row = {
        .value = series->median_rate / 1000.0, .unit = "k/s", .p99 = series->median_p99};
    snprintf(row.name, sizeof row.name, "rate.%s.%u.%u.%s", subject_names[subject],
             scenes[scene].size, scenes[scene].outstanding, placement);
    if (subject != SUBJECT_ECHO) {
        row.against = "echo";
        row.ratio = series->median_rate / all[SUBJECT_ECHO][scene].median_rate;
    }
    if (onecore && scenes[scene].size == 64 && scenes[scene].outstanding == 256 &&
        subject == SUBJECT_REMOTE) {
        row.kind = ROWS_AT_LEAST;
        row.aim = 4;
    }
    rows_add(&row);
}

static void report_cost(const char *placement, bool onecore)
{
    struct row wakeups = {.value = all[SUBJECT_REMOTE][0].median_wakeups,
                          .unit = "a call",
                          .kind = onecore ? ROWS_AT_MOST : ROWS_NO_AIM,
                          .aim = 4.05}; /* 4, and a timer's look now and then */
    snprintf(wakeups.name, sizeof wakeups.name, "wakeups.remote.64.%s", placement);
    rows_add(&wakeups);
    wakeups.value = all[SUBJECT_LOCAL][0].median_wakeups;
    snprintf(wakeups.name, sizeof wakeups.name, "wakeups.local.64.%s", placement);
    rows_add(&wakeups);
    struct row json = {.value = all[SUBJECT_JSON][0].median_cpu,
                       .unit = "us CPU",
                       .against = "remote",
                       .ratio = all[SUBJECT_JSON][0].median_cpu / all[SUBJECT_REMOTE][0].median_cpu,
                       .kind = onecore ? ROWS_AT_MOST : ROWS_NO_AIM,
                       .aim = 2};
    snprintf(json.name, sizeof json.name, "cpu.json.64.%s", placement);
    rows_add(&json);
}

static int run_placement(const char *self, bool onecore, unsigned n_rounds, bool quick)
{
    const char *placement = onecore ? "onecore" : "free";
    struct stage stage;
    int failed =
        stage_start_gateway(&stage, self, onecore) != 0 || stage_start_subjects(&stage, self) != 0;
    for (unsigned round = 0; round < n_rounds && !failed; round++)
        for (size_t scene = 0; scene < N_SCENES && !failed; scene++)
            for (size_t subject = 0; subject < N_SUBJECTS && !failed; subject++)
                failed = measure(&stage, (enum subject)subject, &scenes[scene],
                                 &all[subject][scene], round, quick);
    stage_end(&stage);
    if (failed)
        return failed;
    take_medians(n_rounds);
    for (size_t scene = 0; scene < N_SCENES; scene++)
        for (size_t subject = 0; subject < N_SUBJECTS; subject++) {
            if (is_left_out((enum subject)subject, &scenes[scene]))
                continue;
            if (scenes[scene].outstanding == 1)
                report_calls((enum subject)subject, scene, placement, onecore);
            else
                report_rates((enum subject)subject, scene, placement, onecore);
        }
    report_cost(placement, onecore);
    return 0;
}

int suite_calls(const struct suite_options *options)
{
    int failed = run_placement(options->self, true, options->n_rounds, options->quick);
    return failed ? failed : run_placement(options->self, false, options->n_rounds, options->quick);
}
