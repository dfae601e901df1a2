/*
 * The event broker beside a relay of the core's, which does no more than it must: from a state of a
 * virtual pod until listeners have its record. Fields go by with the states, so that what is
 * measured is the way and not the clock. Each scene has processes of its own.
 */
#include <stdio.h>

#include "tests/bench/beside.h"
#include "tests/bench/portfolio_side.h"

#define BROKER "eventbroker"
#define RELAY "bench.relay"
#define N_ALONE 1000u     /* states, one after the other */
#define N_BURST 10000u    /* and some under way: less than what makes a listener lose one */
#define CROWD "50"        /* listeners */
#define CROWD_PACE "1000" /* us from one state to the next */
#define N_CROWD 1000u

struct scene {
    const char *what, *n_listeners, *pace;
    struct order order;
};

static int start_broker(const struct beside *beside, struct child *broker)
{
    struct stage_settings settings = {.list = {NULL}};
    const char *const argv[] = {BENCH_BROKER, "--name", BROKER, "--field-hz", "0", NULL};
    stage_make_settings(&settings, &beside->stage, beside->stage.local);
    return child_start(broker, argv, settings.list, "", NULL, 0);
}

static int start_driver(const struct beside *beside, const struct scene *scene, int side,
                        bool remote, struct child *driver)
{
    const char *const role[] = {"portfolio-listeners",
                                beside->names[side],
                                side == BESIDE_CORE ? RELAY : BROKER,
                                beside->stage.local,
                                scene->n_listeners,
                                scene->pace,
                                NULL};
    return beside_start_role(beside, role, remote, driver);
}

static int start_all(struct beside *beside, const struct scene *scene, bool remote,
                     struct child between[BESIDE_SIDES], struct child drivers[BESIDE_SIDES])
{
    const char *const relay[] = {"portfolio-relay", RELAY, NULL};
    int failed = beside_start_role(beside, relay, false, &between[BESIDE_CORE]) ||
                 start_broker(beside, &between[BESIDE_FAMILY]);
    for (int side = 0; side < BESIDE_SIDES && !failed; side++) {
        beside->services[side] = &between[side];
        failed = start_driver(beside, scene, side, remote, &drivers[side]);
    }
    return failed;
}

/* How many records came where not all could be taken in time: of the last round. */
static int add_share(const struct beside *beside, const char *what,
                     struct child drivers[BESIDE_SIDES])
{
    const struct order order = {.size = PORTFOLIO_SHARE, .outstanding = 1, .n = 1};
    struct figures figures[BESIDE_SIDES];
    for (int side = 0; side < BESIDE_SIDES; side++)
        if (driver_ask(&drivers[side], &order, &figures[side]) != 0)
            return 1;
    for (int side = 0; side < BESIDE_SIDES; side++) {
        struct row row = {.value = figures[side].p50_us, .unit = "of 1,000"};
        snprintf(row.name, sizeof row.name, "%s.%s.%s.records", beside->names[side], what,
                 beside->placement);
        rows_add(&row);
    }
    return 0;
}

static int measure(const struct beside *beside, const struct scene *scene, bool remote)
{
    static struct beside_pair pair;
    struct child between[BESIDE_SIDES] = {{0}}, drivers[BESIDE_SIDES] = {{0}};
    struct beside now = *beside;
    struct order order = scene->order;
    const bool is_crowd = scene->pace[0] != '0';
    char what[32];
    snprintf(what, sizeof what, "%s.%s", scene->what, beside_far_or_near(remote));
    order.n /= beside->quick ? 4 : 1;
    now.n_pairs = is_crowd ? beside->n_rounds : beside->n_pairs;
    int failed = start_all(&now, scene, remote, between, drivers) ||
                 beside_measure(&now, drivers, &order, &pair);
    now.onecore = false; /* it does more than a relay: there is no aim */
    if (!failed && order.outstanding > 1)
        beside_add_rates(&now, what, &pair, NULL);
    else if (!failed)
        beside_add_times(&now, what, &pair, NULL);
    failed = failed || (is_crowd && add_share(&now, what, drivers));
    beside_end_drivers(drivers);
    beside_end_drivers(between);
    return failed;
}

static int run_placement(const struct suite_options *options, bool onecore)
{
    static const struct scene scenes[] = {
        {"input", "1", "0", {.outstanding = 1, .n = N_ALONE}},
        {"records", "1", "0", {.outstanding = PORTFOLIO_SIDE_QUEUE / 2, .n = N_BURST}},
        {"crowd." CROWD, CROWD, CROWD_PACE, {.outstanding = 1, .n = N_CROWD}}};
    struct beside beside;
    int failed = beside_start(&beside, options, "portfolio", NULL, onecore);
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes && !failed; i++)
        for (int remote = 0; remote <= 1 && !failed; remote++)
            failed = measure(&beside, &scenes[i], remote);
    beside_end(&beside);
    return failed;
}

int suite_portfolio(const struct suite_options *options)
{
    int failed = run_placement(options, true);
    return failed ? failed : run_placement(options, false);
}
