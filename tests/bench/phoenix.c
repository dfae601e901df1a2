/*
 * What Phoenix adds to the core: messages beside calls of the same shape, alone, by many clients at
 * once, and one way; files of a server beside as many calls of the size of a read; and what open()
 * takes. Each side has a service process of its own, and files a server.
 */
#include <stdio.h>

#include "tests/bench/beside.h"
#include "tests/bench/phoenix_files.h"

#define SERVICE "bench.messages" /* of both sides */
#define CROWD "bench.crowd"
#define N_RECEIVERS "4"
#define N_CROWD 12800u /* messages of all clients */
#define N_PULSES 20000u
#define UNDER_WAY 500u /* of those: more than a link keeps would be refused */
#define N_OPENS 300u
#define ORIGINAL_OPEN "the original: about 13"

static int start_side(const struct beside *beside, int side, const char *name,
                      const char *n_threads, struct child *child)
{
    const char *const service[] = {"phoenix-service", beside->names[side], name, n_threads, NULL};
    return beside_start_role(beside, service, false, child);
}

/* Both sides' drivers of @name in the same role. */
static int start_drivers(const struct beside *beside, struct child drivers[BESIDE_SIDES],
                         const char *role, const char *name, const char *argument, bool remote)
{
    int failed = 0;
    for (int side = 0; side < BESIDE_SIDES && !failed; side++) {
        const char *const words[] = {role, beside->names[side], name, argument, NULL};
        failed = beside_start_role(beside, words, remote, &drivers[side]);
    }
    return failed;
}

/* ---- messages ---- */

static int measure_messages(const struct beside *beside, bool remote)
{
    static const struct {
        const char *shape;
        unsigned size, n;
    } scenes[] = {
        {"echo", 64, 1500}, {"echo", 65536, 150}, {"take", 65536, 300}, {"give", 65536, 300}};
    static struct beside_pair pair;
    int failed = 0;
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes && !failed; i++) {
        struct child drivers[BESIDE_SIDES] = {{0}};
        unsigned n = beside->quick ? scenes[i].n / 3 : scenes[i].n;
        const struct order order = {.size = scenes[i].size, .outstanding = 1, .n = n};
        char what[32];
        snprintf(what, sizeof what, "%s.%s.%u", scenes[i].shape, beside_far_or_near(remote),
                 scenes[i].size);
        failed =
            start_drivers(beside, drivers, "phoenix-calls", SERVICE, scenes[i].shape, remote) ||
            beside_measure(beside, drivers, &order, &pair);
        if (!failed)
            beside_add_times(beside, what, &pair, NULL);
        beside_end_drivers(drivers);
    }
    return failed;
}

static int measure_pulses(const struct beside *beside, bool remote)
{
    static struct beside_pair pair;
    struct child drivers[BESIDE_SIDES] = {{0}};
    const struct order order = {
        .size = 64, .outstanding = UNDER_WAY, .n = beside->quick ? N_PULSES / 4 : N_PULSES};
    char what[32];
    snprintf(what, sizeof what, "pulse.%s.64", beside_far_or_near(remote));
    int failed = start_drivers(beside, drivers, "phoenix-pulses", SERVICE, NULL, remote) ||
                 beside_measure(beside, drivers, &order, &pair);
    if (!failed)
        beside_add_rates(beside, what, &pair, NULL);
    beside_end_drivers(drivers);
    return failed;
}

/* The services are others than those of single messages: they have several receivers. */
static int measure_crowd(const struct beside *beside, bool remote, const char *n_clients)
{
    static struct beside_pair pair;
    struct child services[BESIDE_SIDES] = {{0}}, drivers[BESIDE_SIDES] = {{0}};
    struct beside crowded = *beside;
    const struct order order = {
        .size = 64, .outstanding = 1, .n = beside->quick ? N_CROWD / 4 : N_CROWD};
    char what[32];
    snprintf(what, sizeof what, "crowd.%s.%s", beside_far_or_near(remote), n_clients);
    int failed = 0;
    for (int side = 0; side < BESIDE_SIDES && !failed; side++) {
        crowded.services[side] = &services[side];
        failed = start_side(beside, side, CROWD, N_RECEIVERS, &services[side]);
    }
    failed = failed || start_drivers(beside, drivers, "phoenix-crowd", CROWD, n_clients, remote) ||
             beside_measure(&crowded, drivers, &order, &pair);
    if (!failed)
        beside_add_rates(&crowded, what, &pair, NULL);
    beside_end_drivers(drivers);
    beside_end_drivers(services);
    return failed;
}

/* ---- files ---- */

static int start_files(const struct beside *beside, struct child *files)
{
    struct stage_settings settings = {.list = {NULL}};
    const char *const argv[] = {BENCH_RAMFS, "-s", "80", NULL};
    stage_make_settings(&settings, &beside->stage, beside->stage.local);
    return child_start(files, argv, settings.list, "ramfs: ready", NULL, 0);
}

static void add_reads(const struct beside *beside, const char *what, size_t size,
                      struct beside_pair *pair)
{
    for (int side = 0; side < BESIDE_SIDES; side++) {
        double rate = figures_median(pair->rate[side], beside->n_pairs);
        struct row row = {.value = rate * (double)size / 1e6, .unit = "MB/s"};
        snprintf(row.name, sizeof row.name, "%s.%s.%s", beside->names[side], what,
                 beside->placement);
        if (side == BESIDE_FAMILY) {
            row.against = "core";
            row.ratio = figures_median(pair->rate_ratio, beside->n_pairs);
        }
        rows_add(&row);
    }
}

/* The file from its beginning to its end, or to its quarter. There is no aim: a server finds its
 * octets in as much memory, where a call's are always the same ones. */
static int measure_reads(const struct beside *beside, bool remote)
{
    static const size_t sizes[] = {4096, 65536};
    static struct beside_pair pair;
    struct child drivers[BESIDE_SIDES] = {{0}};
    const char *const core[] = {"phoenix-calls", "core", SERVICE, "give", NULL};
    const char *const files[] = {"phoenix-read", NULL};
    int failed = beside_start_role(beside, core, remote, &drivers[BESIDE_CORE]) ||
                 beside_start_role(beside, files, remote, &drivers[BESIDE_FAMILY]);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes && !failed; i++) {
        const size_t part = beside->quick ? PHOENIX_FILES_SIZE / 4 : PHOENIX_FILES_SIZE;
        const struct order order = {
            .size = sizes[i], .outstanding = 1, .n = (unsigned)(part / sizes[i])};
        char what[32];
        snprintf(what, sizeof what, "read.%s.%zu", beside_far_or_near(remote), sizes[i]);
        failed = beside_measure(beside, drivers, &order, &pair);
        if (!failed)
            add_reads(beside, what, sizes[i], &pair);
    }
    beside_end_drivers(drivers);
    return failed;
}

/* What the median open() takes of @figure, to @valuep. */
static int count(struct child *driver, enum phoenix_files_figure figure, double *valuep)
{
    struct figures figures = {0};
    const struct order order = {.size = figure, .outstanding = 1, .n = 10};
    int failed = driver_ask(driver, &order, &figures);
    *valuep = figures.p50_us;
    return failed;
}

static void add_opens(const struct beside *beside, bool remote, double asked, double received,
                      struct beside_pair *pair)
{
    const char *where = beside_far_or_near(remote);
    struct row row = {.value = asked, .unit = "trips", .note = ORIGINAL_OPEN};
    snprintf(row.name, sizeof row.name, "phoenix.open.%s.%s.trips", where, beside->placement);
    rows_add(&row);
    row = (struct row){.value = received, .unit = "received"};
    snprintf(row.name, sizeof row.name, "phoenix.open.%s.%s.received", where, beside->placement);
    rows_add(&row);
    row = (struct row){.value = figures_median(pair->p50[BESIDE_FAMILY], beside->n_pairs),
                       .unit = "us",
                       .p99 = figures_median(pair->p99[BESIDE_FAMILY], beside->n_pairs),
                       .against = "call",
                       .ratio = figures_median(pair->p50_ratio, beside->n_pairs)};
    snprintf(row.name, sizeof row.name, "phoenix.open.%s.%s", where, beside->placement);
    rows_add(&row);
}

/* open() of a path of two components, beside one call of 64 octets. Trips are what the client waits
 * for: questions to the gateway, and messages. */
static int measure_opens(const struct beside *beside, bool remote)
{
    static struct beside_pair pair;
    struct child drivers[BESIDE_SIDES] = {{0}};
    double questions, messages, received;
    const char *const core[] = {"phoenix-calls", "core", SERVICE, "take", NULL};
    const char *const files[] = {"phoenix-open", NULL};
    const struct order order = {
        .size = PHOENIX_FILES_TIME, .outstanding = 1, .n = beside->quick ? N_OPENS / 3 : N_OPENS};
    int failed = beside_start_role(beside, core, remote, &drivers[BESIDE_CORE]) ||
                 beside_start_role(beside, files, remote, &drivers[BESIDE_FAMILY]) ||
                 count(&drivers[BESIDE_FAMILY], PHOENIX_FILES_QUESTIONS, &questions) ||
                 count(&drivers[BESIDE_FAMILY], PHOENIX_FILES_MESSAGES, &messages) ||
                 count(&drivers[BESIDE_FAMILY], PHOENIX_FILES_RECEIVED, &received) ||
                 beside_measure(beside, drivers, &order, &pair);
    if (!failed)
        add_opens(beside, remote, questions + messages, received, &pair);
    beside_end_drivers(drivers);
    return failed;
}

static int measure_files(const struct beside *beside)
{
    struct child files = {0};
    struct beside with_files = *beside;
    with_files.services[BESIDE_FAMILY] = &files;
    int failed = start_files(beside, &files);
    for (int remote = 0; remote <= 1 && !failed; remote++) {
        with_files.n_pairs = beside->n_rounds;
        failed = measure_reads(&with_files, remote);
        with_files.n_pairs = beside->n_pairs;
        failed = failed || measure_opens(&with_files, remote);
    }
    child_end(&files);
    return failed;
}

/* ---- all ---- */

static int run_placement(const struct suite_options *options, bool onecore)
{
    const char *const service[] = {"phoenix-service", "phoenix", SERVICE, "1", NULL};
    struct beside beside;
    struct child core = {0};
    int failed = beside_start(&beside, options, "phoenix", service, onecore) ||
                 start_side(&beside, BESIDE_CORE, SERVICE, "1", &core);
    beside.services[BESIDE_CORE] = &core;
    for (int remote = 0; remote <= 1 && !failed; remote++)
        failed = measure_messages(&beside, remote) || measure_pulses(&beside, remote);
    failed = failed || measure_files(&beside);
    for (int remote = 0; remote <= 1 && !failed && !onecore; remote++)
        failed = measure_crowd(&beside, remote, "1") || measure_crowd(&beside, remote, "64");
    child_end(&core);
    beside_end(&beside);
    return failed;
}

int suite_phoenix(const struct suite_options *options)
{
    int failed = run_placement(options, true);
    return failed ? failed : run_placement(options, false);
}
