/*
 * What HDF adds to the core: commands beside calls, events beside events, of one service process,
 * in rounds that take turns. What counts is the ratio of two rounds that followed one another; the
 * figures are medians of all. The aims are for one core: spread over more, where the system happens
 * to put two processes decides more than what they do.
 */
#include <stdio.h>

#include "tests/bench/driver.h"
#include "tests/bench/hdf_side.h"
#include "tests/bench/rows.h"
#include "tests/bench/stage.h"
#include "tests/bench/suites.h"

#define PAIRS 3u        /* of short rounds, for each round of the others' */
#define MOST 1.10       /* what a command may cost, in calls */
#define BURST_MAX 50u   /* events that are under way at once, */
#define UNDER_WAY 2000u /* and their deliveries: more than a link keeps would be lost */
#define PACE_US 500u    /* between events whose latency is measured */
#define N_PACED 1000u   /* a round */
#define PAIRS_MAX (PAIRS * SUITES_ROUNDS_MAX)

enum { CORE, HDF, N_SIDES };
static const char *const side_names[N_SIDES] = {"core", "hdf"};

/* Processes of one placement. */
struct place {
    struct stage stage;
    struct child service;
    const char *self, *name;
    unsigned n_pairs;
    bool onecore, quick;
};

/* What is measured of one pair of processes, in all rounds. */
struct pair {
    double p50[N_SIDES][PAIRS_MAX], p99[N_SIDES][PAIRS_MAX], rate[N_SIDES][PAIRS_MAX];
    double wakeups[N_SIDES][PAIRS_MAX], cpu_us[N_SIDES][PAIRS_MAX];
    double p50_ratio[PAIRS_MAX], p99_ratio[PAIRS_MAX], rate_ratio[PAIRS_MAX];
};

static const char *far_or_near(bool remote)
{
    return remote ? "remote" : "local";
}

static int start(struct place *place, const char *self, bool onecore)
{
    struct stage_settings near = {.list = {NULL}};
    const char *const service[] = {self, "role", "hdf-service", NULL};
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

/* Both sides' clients in the same role. */
static int start_clients(struct place *place, struct child clients[N_SIDES], const char *role,
                         bool remote, const char *n, bool grouped)
{
    struct stage_settings settings = {.list = {NULL}};
    stage_make_settings(&settings, &place->stage,
                        remote ? place->stage.remote : place->stage.local);
    int failed = 0;
    for (int side = 0; side < N_SIDES && !failed; side++) {
        const char *const argv[] = {
            place->self, "role", role, side_names[side], n, grouped ? "group" : NULL, NULL};
        failed = child_start(&clients[side], argv, settings.list, "ready", NULL, 0);
    }
    return failed;
}

static struct child_cost cost_of(const struct place *place, const struct child *client)
{
    const struct child *const all[] = {client, &place->stage.gateway, &place->service};
    struct child_cost sum = {0, 0};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct child_cost cost = child_cost(all[i]);
        sum.cpu_ns += cost.cpu_ns;
        sum.switches += cost.switches;
    }
    return sum;
}

static int measure(struct place *place, struct child clients[N_SIDES], const struct order *order,
                   struct pair *pair)
{
    int failed = 0;
    for (unsigned round = 0; round < place->n_pairs && !failed; round++) {
        for (unsigned i = 0; i < N_SIDES && !failed; i++) {
            unsigned side = (i + round) % N_SIDES; /* none is always the first */
            struct figures figures = {0};
            struct child_cost before = cost_of(place, &clients[side]);
            failed = driver_ask(&clients[side], order, &figures);
            struct child_cost after = cost_of(place, &clients[side]);
            pair->p50[side][round] = figures.p50_us;
            pair->p99[side][round] = figures.p99_us;
            pair->rate[side][round] = figures.per_second;
            pair->wakeups[side][round] = (double)(after.switches - before.switches) / order->n;
            pair->cpu_us[side][round] = (double)(after.cpu_ns - before.cpu_ns) / 1000.0 / order->n;
        }
        pair->p50_ratio[round] = pair->p50[HDF][round] / pair->p50[CORE][round];
        pair->p99_ratio[round] = pair->p99[HDF][round] / pair->p99[CORE][round];
        pair->rate_ratio[round] = pair->rate[HDF][round] / pair->rate[CORE][round];
    }
    return failed;
}

/* The core's own, and what HDF has; sorts what it takes a median of. */
static void add_rows(const struct place *place, const char *what, struct pair *pair)
{
    unsigned n = place->n_pairs;
    for (int side = 0; side < N_SIDES; side++) {
        struct row row = {.value = figures_median(pair->p50[side], n),
                          .unit = "us",
                          .p99 = figures_median(pair->p99[side], n)};
        snprintf(row.name, sizeof row.name, "%s.%s.%s", side_names[side], what, place->name);
        if (side == HDF) {
            row.against = "core";
            row.ratio = figures_median(pair->p50_ratio, n);
            row.kind = place->onecore ? ROWS_AT_MOST : ROWS_NO_AIM;
            row.aim = MOST;
        }
        rows_add(&row);
    }
    struct row cost = {.value = figures_median(pair->wakeups[HDF], n),
                       .unit = "wake-ups",
                       .against = "core",
                       .ratio = figures_median(pair->wakeups[HDF], n) /
                                figures_median(pair->wakeups[CORE], n)};
    snprintf(cost.name, sizeof cost.name, "hdf.%s.%s.wakeups", what, place->name);
    rows_add(&cost);
    cost.unit = "us CPU";
    cost.value = figures_median(pair->cpu_us[HDF], n);
    cost.ratio = cost.value / figures_median(pair->cpu_us[CORE], n);
    snprintf(cost.name, sizeof cost.name, "hdf.%s.%s.cpu", what, place->name);
    rows_add(&cost);
}

static int measure_commands(struct place *place, bool remote)
{
    static const struct {
        unsigned size, n;
    } scenes[] = {{64, 1500}, {65536, 150}};
    struct child clients[N_SIDES] = {{0}};
    static struct pair pair;
    int failed = start_clients(place, clients, "hdf-calls", remote, NULL, false);
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes && !failed; i++) {
        unsigned n = place->quick ? scenes[i].n / 3 : scenes[i].n;
        const struct order order = {.size = scenes[i].size, .outstanding = 1, .n = n};
        char what[32];
        snprintf(what, sizeof what, "dispatch.%s.%u", far_or_near(remote), scenes[i].size);
        failed = measure(place, clients, &order, &pair);
        if (!failed)
            add_rows(place, what, &pair);
    }
    for (int side = 0; side < N_SIDES; side++)
        child_end(&clients[side]);
    return failed;
}

static int measure_latency(struct place *place, bool remote)
{
    struct child clients[N_SIDES] = {{0}};
    static struct pair pair;
    const struct order order = {
        .size = PACE_US, .outstanding = 1, .n = place->quick ? N_PACED / 4 : N_PACED};
    char what[32];
    snprintf(what, sizeof what, "event.%s.64", far_or_near(remote));
    int failed = start_clients(place, clients, "hdf-events", remote, "1", false) ||
                 measure(place, clients, &order, &pair);
    if (!failed)
        add_rows(place, what, &pair);
    for (int side = 0; side < N_SIDES; side++)
        child_end(&clients[side]);
    return failed;
}

struct listeners {
    unsigned n, n_events;
    bool grouped;
};

static int measure_rate(struct place *place, bool remote, const struct listeners *scene)
{
    struct child clients[N_SIDES] = {{0}};
    static struct pair pair;
    char listeners[16];
    const unsigned most = UNDER_WAY / scene->n;
    const struct order order = {.outstanding = most < BURST_MAX ? most : BURST_MAX,
                                .n = place->quick ? scene->n_events / 4 : scene->n_events};
    snprintf(listeners, sizeof listeners, "%u", scene->n);
    int failed = start_clients(place, clients, "hdf-events", remote, listeners, scene->grouped) ||
                 measure(place, clients, &order, &pair);
    for (int side = 0; side < N_SIDES; side++)
        child_end(&clients[side]);
    if (failed)
        return failed;
    for (int side = scene->grouped ? HDF : CORE; side < N_SIDES; side++) {
        struct row row = {.value =
                              figures_median(pair.rate[side], place->n_pairs) * scene->n / 1000.0,
                          .unit = "k/s"};
        snprintf(row.name, sizeof row.name, "%s.events.%s.%u%s.%s", side_names[side],
                 far_or_near(remote), scene->n, side == HDF && scene->grouped ? ".group" : "",
                 place->name);
        if (side == HDF) {
            row.against = "core";
            row.ratio = figures_median(pair.rate_ratio, place->n_pairs);
        }
        rows_add(&row);
    }
    return 0;
}

static int run_placement(const struct suite_options *options, bool onecore)
{
    static const struct listeners crowds[] = {
        {1, 20000, false}, {10, 4000, false}, {100, 800, false}, {100, 800, true}};
    struct place place = {.n_pairs = options->n_rounds * PAIRS, .quick = options->quick};
    int failed = start(&place, options->self, onecore);
    for (int remote = 0; remote <= 1 && !failed; remote++)
        failed = measure_commands(&place, remote) || measure_latency(&place, remote);
    for (int remote = 0; remote <= 1 && !failed && !onecore; remote++)
        for (size_t i = 0; i < sizeof crowds / sizeof *crowds && !failed; i++)
            failed = measure_rate(&place, remote, &crowds[i]);
    end(&place);
    return failed;
}

int suite_hdf(const struct suite_options *options)
{
    int failed = run_placement(options, true);
    return failed ? failed : run_placement(options, false);
}
