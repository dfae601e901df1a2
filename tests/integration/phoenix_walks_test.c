/*
 * Every path comes to the same, whether the gateway walks it or this process asks one server after
 * the other: result, both oids, and whether they are written at all. Three servers answer by a
 * table, some rows of which no server should have.
 */
#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <unistd.h>

#include "bridge/phoenix/path.h"
#include "bridge/phoenix/walk.h"
#include "tests/integration/gateway_thread.h"

enum { ROOT, NAMED, MOUNTED, N_SERVERS, GONE = N_SERVERS, NOBODYS, ZERO, N_PORTS };

static struct gateway_thread gateway;
static pthread_t threads[N_SERVERS];
static uint32_t ports[N_PORTS];

/* What server @at answers to @rest. */
static const struct row {
    int at;
    const char *rest;
    int err;
    struct {
        int port;
        id_t id;
    } fil, dev;
} rows[] = {
    {ROOT, "file", 4, {ROOT, 10}, {ROOT, 10}},
    {ROOT, "dir/file", 8, {ROOT, 11}, {ROOT, 11}},
    {ROOT, "dir/", 3, {ROOT, 12}, {ROOT, 12}},
    {ROOT, "node", 4, {ROOT, 13}, {NAMED, 3}},
    {ROOT, "missing", -ENOENT, {ROOT, 0}, {ROOT, 0}},
    {ROOT, "denied/x", -EACCES, {ROOT, 14}, {ROOT, 15}},
    {ROOT, "mnt", 3, {ROOT, 16}, {MOUNTED, 1}},
    {ROOT, "mnt/inside", 3, {ROOT, 16}, {MOUNTED, 1}},
    {ROOT, "mnt/none", 3, {ROOT, 16}, {MOUNTED, 1}},
    {ROOT, "mnt/over/deep", 3, {ROOT, 16}, {MOUNTED, 1}},
    {MOUNTED, "inside", 6, {MOUNTED, 20}, {MOUNTED, 20}},
    {MOUNTED, "none", -ENOTDIR, {MOUNTED, 21}, {MOUNTED, 22}},
    {MOUNTED, "over/deep", 4, {MOUNTED, 23}, {NAMED, 5}},
    {NAMED, "deep", 4, {NAMED, 30}, {NAMED, 31}},
    {NAMED, "x", 1, {NAMED, 32}, {NAMED, 33}},
    {NAMED, "", -EINVAL, {NAMED, 0}, {NAMED, 0}},
    /* as they should not */
    {ROOT, "far", 4000, {ROOT, 1}, {ROOT, 2}},
    {ROOT, "most", INT32_MAX, {ROOT, 1}, {ROOT, 2}},
    {ROOT, "half", 2, {ROOT, 1}, {ROOT, 2}},
    {ROOT, "still/here", 0, {ROOT, 1}, {ROOT, 2}},
    {ROOT, "gone/x", 4, {ROOT, 1}, {GONE, 2}},
    {ROOT, "gone", 4, {ROOT, 1}, {GONE, 2}},
    {ROOT, "nobodys/x", 7, {ROOT, 1}, {NOBODYS, 2}},
    {ROOT, "nobodys", 7, {NOBODYS, 1}, {NOBODYS, 2}},
    {ROOT, "zero/x", 4, {ROOT, 1}, {ZERO, 0}},
    {ROOT, "positive", 9, {ROOT, 1}, {ROOT, 2}},
};
#define N_ROWS (sizeof rows / sizeof *rows)

static void set(oid_t *oid, int port, id_t id)
{
    oid->port = ports[port];
    oid->id = id;
}

/* Components of "a" one by one, by one and the same server; else as the table says. */
static void answer(int at, msg_t *msg)
{
    const char *rest = msg->i.data;
    msg->o.err = -ENOENT;
    if (msg->type == mtGetAttr) {
        msg->o.err = msg->oid.id == 13 ? -ENOSYS : 0;
        msg->o.attr.val = 0100644;
        return;
    }
    set(&msg->o.lookup.fil, at, 0);
    set(&msg->o.lookup.dev, at, 0);
    if (rest[0] == 'a') {
        msg->o.err = 1;
        return;
    }
    for (size_t i = 0; i < N_ROWS; i++) {
        if (rows[i].at != at || strcmp(rows[i].rest, rest) != 0)
            continue;
        msg->o.err = rows[i].err;
        set(&msg->o.lookup.fil, rows[i].fil.port, rows[i].fil.id);
        set(&msg->o.lookup.dev, rows[i].dev.port, rows[i].dev.id);
    }
}

static void *serve(void *user)
{
    const int at = (int)(uintptr_t)user;
    msg_t msg;
    msg_rid_t rid;
    while (msgRecv(ports[at], &msg, &rid) == 0) {
        answer(at, &msg);
        (void)msgRespond(ports[at], &msg, rid);
    }
    return NULL;
}

static int set_up(void **state)
{
    (void)state;
    gateway_thread_start(&gateway, NULL);
    char address[128];
    (void)snprintf(address, sizeof address, "unix:%s", gateway.socket);
    if (setenv("VIADUCT_GATEWAY", address, 1) != 0)
        return 1;
    for (int i = 0; i <= GONE; i++)
        if (portCreate(&ports[i]) != 0)
            return 1;
    portDestroy(ports[GONE]);
    ports[NOBODYS] = 0x7ffffff0u;
    oid_t oid = {.port = ports[NAMED], .id = 77};
    for (int i = 0; i < N_SERVERS; i++)
        if (pthread_create(&threads[i], NULL, serve, (void *)(uintptr_t)i) != 0)
            return 1;
    return portRegister(ports[ROOT], "/", NULL) != 0 ||
           portRegister(ports[NAMED], "/named", &oid) != 0 ||
           portRegister(ports[NAMED], "plain", &oid) != 0 ||
           portRegister(ports[GONE], "/stale", NULL) != 0 || portRegister(5, "/noport", NULL) != 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < N_SERVERS; i++) {
        portDestroy(ports[i]);
        (void)pthread_join(threads[i], NULL);
    }
    gateway_thread_stop(&gateway);
    return 0;
}

/* ---- the two ways ---- */

static bool is_older; /* the gateway is one that does not walk */
static unsigned n_walks;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's own names */
int __wrap_walk_at_gateway(const char *path, bool asks_mode, struct walk_end *end);
int __real_walk_at_gateway(const char *path, bool asks_mode, struct walk_end *end);

int __wrap_walk_at_gateway(const char *path, bool asks_mode, struct walk_end *end)
{
    int result = is_older ? WALK_UNDECIDED : __real_walk_at_gateway(path, asks_mode, end);
    n_walks += result != WALK_UNDECIDED;
    return result;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's own names */

struct end {
    int result;
    oid_t fil, dev;
};

static struct end look_up(const char *path, bool by_gateway)
{
    struct end end;
    memset(&end, 0x5a, sizeof end);
    is_older = !by_gateway;
    end.result = lookup(path, &end.fil, &end.dev);
    is_older = false;
    return end;
}

static const char *const paths[] = {
    "/",         "/file",      "/dir/file",   "/dir/",     "/node",          "/missing",
    "/denied/x", "/mnt",       "/mnt/inside", "/mnt/none", "/mnt/over/deep", "/named",
    "/named/",   "/named/x",   "/named/y",    "plain",     "plain/x",        "plain/y",
    "relative",  "/far",       "/most",       "/half",     "/still/here",    "/gone/x",
    "/gone",     "/nobodys/x", "/nobodys",    "/zero/x",   "/positive",      "/stale",
    "/stale/x",  "/noport",    "/noport/x",   "//",        "/none at all",   "/a/a/a/a",
};

/* Octet by octet, as programs compare oids: what is between members is zero. */
static bool is_same(const void *one, const void *other, size_t size)
{
    return memcmp(one, other, size) == 0;
}

static void both_ways_come_to_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct end steps = look_up(paths[i], false);
        n_walks = 0;
        struct end walk = look_up(paths[i], true);
        assert_int_equal(n_walks, 1);
        if (!is_same(&steps, &walk, sizeof walk))
            fail_msg("%s: %d %u:%llu %u:%llu, but step by step %d %u:%llu %u:%llu", paths[i],
                     walk.result, walk.fil.port, (unsigned long long)walk.fil.id, walk.dev.port,
                     (unsigned long long)walk.dev.id, steps.result, steps.fil.port,
                     (unsigned long long)steps.fil.id, steps.dev.port,
                     (unsigned long long)steps.dev.id);
    }
    assert_int_equal(look_up("/mnt/over/deep", true).fil.id, 30);
    assert_int_equal(look_up("/half", true).result, -EINVAL);
}

static void a_way_that_does_not_end_ends(void **state)
{
    (void)state;
    char path[256] = "";
    for (size_t i = 0; i + 2 < sizeof path; i += 2)
        memcpy(path + i, "/a", 3);
    assert_int_equal(look_up(path, true).result, -ELOOP);
    assert_int_equal(look_up(path, false).result, -ELOOP);
}

static void spots_are_the_same_too(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        for (int follows = 0; follows < 2; follows++) {
            static struct spot spots[2];
            int results[2];
            for (int way = 0; way < 2; way++) {
                memset(&spots[way], 0, sizeof spots[way]);
                is_older = way == 0;
                results[way] = path_find(paths[i], follows == 1, &spots[way]);
                is_older = false;
            }
            if (results[0] != results[1])
                fail_msg("%s: %d, but step by step %d", paths[i], results[1], results[0]);
            assert_string_equal(spots[0].path, spots[1].path);
            assert_int_equal(spots[0].is_missing, spots[1].is_missing);
            if (results[0] != 0)
                continue;
            assert_int_equal(spots[0].mode, spots[1].mode);
            assert_memory_equal(&spots[0].fil, &spots[1].fil, sizeof(oid_t));
            assert_memory_equal(&spots[0].dev, &spots[1].dev, sizeof(oid_t));
        }
    }
}

/* ---- interruptions ---- */

static atomic_int interrupted; /* what lookup() came to; 1: nothing yet */

static void heed(int number)
{
    (void)number;
}

static void *look_up_idle(void *unused)
{
    oid_t dev;
    atomic_store(&interrupted, lookup("/idle/x", NULL, &dev));
    return unused;
}

static void a_signal_ends_it_while_nobody_has_seen_the_message(void **state)
{
    (void)state;
    uint32_t idle;
    msg_t msg;
    msg_rid_t rid;
    pthread_t thread;
    const struct sigaction action = {.sa_handler = heed, .sa_flags = SA_RESTART};
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    assert_int_equal(portCreate(&idle), 0);
    assert_int_equal(portRegister(idle, "/idle", NULL), 0);
    atomic_store(&interrupted, 1);
    assert_int_equal(pthread_create(&thread, NULL, look_up_idle, NULL), 0);
    /* One that comes before it waits ends nothing. */
    while (atomic_load(&interrupted) == 1) {
        (void)pthread_kill(thread, SIGUSR1);
        (void)poll(NULL, 0, 1);
    }
    assert_int_equal(atomic_load(&interrupted), -EINTR);
    assert_int_equal(pthread_join(thread, NULL), 0);
    /* Nobody ever sees it: the next message is another's. */
    assert_int_equal(pthread_create(&thread, NULL, look_up_idle, NULL), 0);
    assert_int_equal(msgRecv(idle, &msg, &rid), 0);
    assert_int_equal(msg.type, mtLookup);
    msg.o.err = -ENXIO;
    assert_int_equal(msgRespond(idle, &msg, rid), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(atomic_load(&interrupted), -ENXIO);
    portDestroy(idle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways_come_to_the_same),
        cmocka_unit_test(a_way_that_does_not_end_ends),
        cmocka_unit_test(spots_are_the_same_too),
        cmocka_unit_test(a_signal_ends_it_while_nobody_has_seen_the_message),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
