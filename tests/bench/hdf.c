/*
 * What HDF adds to the core: commands beside calls, events beside events, of one service process.
 */
#include <stdio.h>

#include "tests/bench/beside.h"
#include "tests/bench/hdf_side.h"

#define BURST_MAX 50u   /* events that are under way at once, */
#define UNDER_WAY 2000u /* and their deliveries: more than a link keeps would be lost */
#define PACE_US 500u    /* between events whose latency is measured */
#define N_PACED 1000u   /* a round */

/* Both sides' clients in the same role. */
static int start_clients(const struct beside *beside, struct child clients[BESIDE_SIDES],
                         const char *role, bool remote, const char *n, bool grouped)
{
    int failed = 0;
    for (int side = 0; side < BESIDE_SIDES && !failed; side++) {
        const char *const words[] = {role, beside->names[side], n, grouped ? "group" : NULL, NULL};
        failed = beside_start_role(beside, words, remote, &clients[side]);
    }
    return failed;
}

static int measure_commands(const struct beside *beside, bool remote)
{
    static const struct {
        unsigned size, n;
    } scenes[] = {{64, 1500}, {65536, 150}};
    struct child clients[BESIDE_SIDES] = {{0}};
    static struct beside_pair pair;
    int failed = start_clients(beside, clients, "hdf-calls", remote, NULL, false);
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes && !failed; i++) {
        unsigned n = beside->quick ? scenes[i].n / 3 : scenes[i].n;
        const struct order order = {.size = scenes[i].size, .outstanding = 1, .n = n};
        char what[32];
        snprintf(what, sizeof what, "dispatch.%s.%u", beside_far_or_near(remote), scenes[i].size);
        failed = beside_measure(beside, clients, &order, &pair);
        if (!failed)
            beside_add_times(beside, what, &pair, NULL);
    }
    beside_end_drivers(clients);
    return failed;
}

static int measure_latency(const struct beside *beside, bool remote)
{
    struct child clients[BESIDE_SIDES] = {{0}};
    static struct beside_pair pair;
    const struct order order = {
        .size = PACE_US, .outstanding = 1, .n = beside->quick ? N_PACED / 4 : N_PACED};
    char what[32];
    snprintf(what, sizeof what, "event.%s.64", beside_far_or_near(remote));
    int failed = start_clients(beside, clients, "hdf-events", remote, "1", false) ||
                 beside_measure(beside, clients, &order, &pair);
    if (!failed)
        beside_add_times(beside, what, &pair, NULL);
    beside_end_drivers(clients);
    return failed;
}

struct listeners {
    unsigned n, n_events;
    bool grouped;
};

static int measure_rate(const struct beside *beside, bool remote, const struct listeners *scene)
{
    struct child clients[BESIDE_SIDES] = {{0}};
    static struct beside_pair pair;
    char listeners[16];
    const unsigned most = UNDER_WAY / scene->n;
    const struct order order = {.outstanding = most < BURST_MAX ? most : BURST_MAX,
                                .n = beside->quick ? scene->n_events / 4 : scene->n_events};
    snprintf(listeners, sizeof listeners, "%u", scene->n);
    int failed = start_clients(beside, clients, "hdf-events", remote, listeners, scene->grouped) ||
                 beside_measure(beside, clients, &order, &pair);
    beside_end_drivers(clients);
    if (failed)
        return failed;
    for (int side = scene->grouped ? BESIDE_FAMILY : BESIDE_CORE; side < BESIDE_SIDES; side++) {
        struct row row = {.value =
                              figures_median(pair.rate[side], beside->n_pairs) * scene->n / 1000.0,
                          .unit = "k/s"};
        snprintf(row.name, sizeof row.name, "%s.events.%s.%u%s.%s", beside->names[side],
                 beside_far_or_near(remote), scene->n,
                 side == BESIDE_FAMILY && scene->grouped ? ".group" : "", beside->placement);
        if (side == BESIDE_FAMILY) {
            row.against = "core";
            row.ratio = figures_median(pair.rate_ratio, beside->n_pairs);
        }
        rows_add(&row);
    }
    return 0;
}

static int run_placement(const struct suite_options *options, bool onecore)
{
    static const struct listeners crowds[] = {
        {1, 20000, false}, {10, 4000, false}, {100, 800, false}, {100, 800, true}};
    const char *const service[] = {"hdf-service", NULL};
    struct beside beside;
    int failed = beside_start(&beside, options, "hdf", service, onecore);
    beside.services[BESIDE_CORE] = &beside.service;
    for (int remote = 0; remote <= 1 && !failed; remote++)
        failed = measure_commands(&beside, remote) || measure_latency(&beside, remote);
    for (int remote = 0; remote <= 1 && !failed && !onecore; remote++)
        for (size_t i = 0; i < sizeof crowds / sizeof *crowds && !failed; i++)
            failed = measure_rate(&beside, remote, &crowds[i]);
    beside_end(&beside);
    return failed;
}

int suite_hdf(const struct suite_options *options)
{
    int failed = run_placement(options, true);
    return failed ? failed : run_placement(options, false);
}
