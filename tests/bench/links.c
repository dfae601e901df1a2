/*
 * What links cost that do nothing: the gateway's resident memory for each idle WebSocket. And how
 * long many of them take to come back when their gateway was killed and started again.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <viaduct/viaduct.h>

#include "tests/bench/crowd.h"
#include "tests/bench/figures.h"
#include "tests/bench/roles.h"
#include "tests/bench/rows.h"
#include "tests/bench/stage.h"
#include "tests/bench/suites.h"

#define FEW 900u
#define MANY 10000u
#define SPARE_DESCRIPTORS 200u
#define HERDS 4u
#define HERD_SIZE 125u
#define SETTLE_MS 2500u /* TLS gives its buffers back after at most one second of idleness */
#define AIM_KIB 24.0
#define AIM_BACK_MS 10000.0
#define FIND_MS 120000u

static void on_ready(struct member *member)
{
    (void)member;
}

static const struct crowd_ops ops = {.ready = on_ready};

/* Resident memory of @child in KiB; 0: it is not known. */
static double resident_kib(const struct child *child)
{
    char path[64];
    char line[64];
    unsigned long resident = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/statm", (int)child->pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    if (fgets(line, sizeof line, file) != NULL)
        resident = strtoul(line + strcspn(line, " "), NULL, 10);
    (void)fclose(file);
    return (double)resident * (double)sysconf(_SC_PAGESIZE) / 1024;
}

static int turn_for(struct crowd *crowd, uint64_t ms)
{
    uint64_t end_ns = figures_now_ns() + ms * 1000000u;
    int failed = 0;
    while (!failed && figures_now_ns() < end_ns)
        failed = crowd_turn(crowd, 50);
    return failed;
}

static bool has_descriptors(unsigned n)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max < n + SPARE_DESCRIPTORS)
        return false;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

/* What each of @crowd's idle links costs the gateway, which had @before without them. */
static int add_idle_row(const struct stage *stage, struct crowd *crowd, double before,
                        const char *name)
{
    if (turn_for(crowd, SETTLE_MS) != 0)
        return 1;
    struct row row = {.value = (resident_kib(&stage->gateway) - before) / crowd->n,
                      .unit = "KiB",
                      .kind = ROWS_AT_MOST,
                      .aim = AIM_KIB};
    (void)snprintf(row.name, sizeof row.name, "%s", name);
    rows_add(&row);
    return 0;
}

/* Opens @n idle links and adds the row @name, unless they take too long. */
static int measure_idle(const struct stage *stage, unsigned n, const char *name)
{
    const char *const files[3] = {stage->ca, stage->cert, stage->key};
    struct crowd first, crowd;
    /* What the gateway needs once, for any, does not count. */
    int failed = crowd_open_lean(&first, 8, stage->remote, files, STAGE_SERVICE, &ops, NULL) ||
                 turn_for(&first, SETTLE_MS);
    double before = resident_kib(&stage->gateway);
    if (!failed && before > 0) {
        failed = crowd_open_lean(&crowd, n, stage->remote, files, STAGE_SERVICE, &ops, NULL);
        if (!failed)
            failed = add_idle_row(stage, &crowd, before, name);
        else if (crowd.n_lost == 0 && crowd.n_ready > 0) {
            fprintf(stderr, "bench: no %s: only %u links opened in the time there is\n", name,
                    crowd.n_ready);
            failed = 0;
        }
        crowd_close(&crowd);
    }
    crowd_close(&first);
    return failed;
}

/* A gateway of its own, for memory that has been used before is cheap. */
static int run_idle(const struct suite_options *options, unsigned n, const char *name)
{
    if (!has_descriptors(n)) {
        fprintf(stderr, "bench: no %s: so many links need a higher limit of descriptors\n", name);
        return 0;
    }
    struct stage stage;
    int failed = stage_start_gateway(&stage, options->self, false) || measure_idle(&stage, n, name);
    stage_end(&stage);
    return failed;
}

/* ---- coming back ---- */

static void echo(void *user, struct via_call *call)
{
    (void)user;
    (void)via_call_reply(call, 0, via_call_request(call));
}

int role_herd(int argc, char **argv)
{
    static struct via_node *nodes[HERD_SIZE];
    const struct via_node_options options = {.size = sizeof options, .n_workers = 1};
    const struct via_stub_ops stub_ops = {.size = sizeof stub_ops, .call = echo};
    enum via_status status = argc == 1 ? VIA_OK : VIA_INVALID;
    char name[64];
    for (unsigned i = 0; i < HERD_SIZE && status == VIA_OK; i++) {
        struct via_stub *stub;
        (void)snprintf(name, sizeof name, "%s-%u", argv[0], i);
        status = via_node_create(&options, &nodes[i]);
        if (status == VIA_OK)
            status = via_stub_create(nodes[i], &stub_ops, NULL, &stub);
        if (status == VIA_OK) {
            status = via_node_publish(nodes[i], "core", name, stub, NULL);
            via_stub_unref(stub);
        }
    }
    if (status == VIA_OK)
        (void)puts("ready");
    (void)fflush(stdout);
    while (status == VIA_OK && getchar() != EOF)
        continue;
    for (unsigned i = 0; i < HERD_SIZE; i++)
        nodes[i] = via_node_destroy(nodes[i]);
    return status != VIA_OK;
}

/* Waits until all names of the herds are there. 0 on success. */
static int wait_for_herds(const char *gateway)
{
    const struct via_node_options options = {.size = sizeof options, .gateway = gateway};
    struct via_node *node;
    char name[64];
    if (via_node_create(&options, &node) != VIA_OK)
        return 1;
    enum via_status status = VIA_OK;
    for (unsigned i = 0; i < HERDS * HERD_SIZE && status == VIA_OK; i++) {
        struct via_proxy *proxy = NULL;
        (void)snprintf(name, sizeof name, "herd-%u-%u", i / HERD_SIZE, i % HERD_SIZE);
        status = via_node_find(node, "core", name, FIND_MS, &proxy);
        via_proxy_unref(proxy);
    }
    (void)via_node_destroy(node);
    return status != VIA_OK;
}

/* Clients in a few processes, each client a node of its own, which come back by themselves. */
static int measure_reconnect(struct stage *stage, const char *self)
{
    struct child herds[HERDS] = {{.pid = 0}};
    char name[16];
    int failed = 0;
    for (unsigned i = 0; i < HERDS && !failed; i++) {
        (void)snprintf(name, sizeof name, "herd-%u", i);
        failed = stage_start_remote(stage, self, "herd", name, &herds[i]);
    }
    uint64_t begun_ns = 0;
    if (!failed)
        failed = stage_restart_gateway(stage);
    begun_ns = figures_now_ns();
    if (!failed)
        failed = wait_for_herds(stage->local);
    struct row row = {.name = "reconnect.500",
                      .value = (double)(figures_now_ns() - begun_ns) / 1e6,
                      .unit = "ms",
                      .kind = ROWS_AT_MOST,
                      .aim = AIM_BACK_MS};
    if (!failed)
        rows_add(&row);
    for (unsigned i = 0; i < HERDS; i++)
        child_end(&herds[i]);
    return failed;
}

int suite_links(const struct suite_options *options)
{
    struct stage stage;
    if (run_idle(options, FEW, "memory.idle") != 0 ||
        (!options->quick && run_idle(options, MANY, "memory.idle.10000") != 0))
        return 1;
    int failed = stage_start_gateway(&stage, options->self, false) ||
                 measure_reconnect(&stage, options->self);
    stage_end(&stage);
    return failed;
}
