/*
 * Between real processes, over real TLS: viaductd, a service and a client, each a process of its
 * own, at either side of the gateway. The program that is both, `everywhere`, must not be able to
 * tell the difference.
 */
#include <cmocka.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/peer.h"
#include "tests/integration/core_world.h"
#include "tests/integration/daemon.h"
#include "tests/integration/stage.h"

static struct daemon daemon_;
static struct settings here, far;

static int start(void **state)
{
    (void)state;
    daemon_prepare(&daemon_);
    /* a process of another host that was killed is dead when it has not come back for so long */
    (void)snprintf(daemon_.limits, sizeof daemon_.limits, "\"grace_ms\": 300,");
    daemon_start(&daemon_);
    daemon_settings(&daemon_, false, &here);
    daemon_settings(&daemon_, true, &far);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    daemon_stop(&daemon_);
    daemon_clean(&daemon_);
    return 0;
}

static const char *everywhere(void)
{
    static char path[256];
    return process_program(path, "../tests/integration/everywhere");
}

static void start_stage(struct process *process, const char *name, const struct settings *where)
{
    char line[64];
    const char *const argv[] = {everywhere(), "serve", name, NULL};
    process_start(process, argv, where->list);
    process_line(process, line, sizeof line);
    assert_string_equal(line, "ready");
}

static void stop_stage(struct process *process)
{
    process_release(process);
    int status = process_wait(process);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static struct via_node *node_at(const struct settings *where)
{
    struct via_node *node;
    struct via_node_options options = {
        .size = sizeof options, .connect_ms = 60000, .gateway = strchr(where->list[0], '=') + 1};
    if (where == &far) {
        options.ca = strchr(where->list[1], '=') + 1;
        options.cert = strchr(where->list[2], '=') + 1;
        options.key = strchr(where->list[3], '=') + 1;
    }
    assert_int_equal(via_node_create(&options, &node), VIA_OK);
    return node;
}

/* ---- the same program ---- */

static void play(struct spoken *spoken, const struct settings *where)
{
    const char *const argv[] = {everywhere(), NULL};
    process_run(spoken, argv, where->list);
    if (spoken->exit != 0)
        fail_msg("exit %d after:\n%s\n%s", spoken->exit, spoken->out, spoken->err);
}

static void the_same_program_sees_the_same_everywhere(void **state)
{
    (void)state;
    static struct spoken alone, spoken;
    static const struct {
        struct settings *service, *client;
        const char *seen;
    } ways[] = {{&here, &here, "(two, on this host)"},
                {&here, &far, "(two, on another host)"},
                {&far, &here, "(two, on another host)"},
                {&far, &far, "(two, on another host)"}};
    play(&alone, &here);
    assert_non_null(strstr(alone.err, "(one process, on this host)"));
    play(&spoken, &far);
    assert_non_null(strstr(spoken.err, "(one process, on this host)"));
    assert_string_equal(spoken.out, alone.out);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct process stage;
        start_stage(&stage, "stage", ways[i].service);
        play(&spoken, ways[i].client);
        assert_non_null(strstr(spoken.err, ways[i].seen));
        assert_string_equal(spoken.out, alone.out);
        stop_stage(&stage);
    }
}

/* What everywhere prints is compared above; here is what it must be. */
static void what_it_sees_is_right(void **state)
{
    (void)state;
    static struct spoken spoken;
    static const char *const lines[] = {
        "called back: 42\n",
        "nested: 21\n",
        "given: 8 10\n",
        "200 calls: 39800\n",
        "a failure: denied\n",
        "no such code: unsupported\n",
        "oneways in order: 300\n",
        "a large parcel: 700000\n",
        "at once: 1000\n",
        "deadline: timeout\n",
        "answered late: timeout\n",
        "cancelled: 1\n",
        "opening is refused: denied\n",
        "opened: 6 14\n",
        "from now: 400 events, 0 to 399, 0 lost, no gap hidden\n",
        "latest of two ids: 2 events, 398 to 399, ",
        "since the hundredth: 128 events, 272 to 399, 172 lost, no gap hidden\n",
        "subscriptions end: withdrawn\n",
        "and the object: withdrawn\n",
        "not there: not_found\n",
        "waited for: ok\n",
        "a caller's end: exited\n",
        "returned: 4\n",
    };
    play(&spoken, &far);
    const char *at = spoken.out;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const char *found = strstr(at, lines[i]);
        if (found != NULL)
            at = found + strlen(lines[i]);
        else
            fail_msg("no \"%s\" in:\n%s", lines[i], at);
    }
}

/* ---- deaths ---- */

struct tally {
    struct bell died;
    atomic_uint dead, other, n_deaths, dead_at_death;
    atomic_uint cause;
};

static void on_reply(void *user, enum via_status status, int32_t result, struct via_parcel *reply)
{
    struct tally *tally = user;
    (void)result;
    (void)reply;
    (void)atomic_fetch_add(status == VIA_DEAD ? &tally->dead : &tally->other, 1);
}

static void on_death(void *user, enum via_cause cause)
{
    struct tally *tally = user;
    atomic_store(&tally->cause, (unsigned)cause);
    atomic_store(&tally->dead_at_death, atomic_load(&tally->dead));
    (void)atomic_fetch_add(&tally->n_deaths, 1);
    bell_ring(&tally->died);
}

/* A gateway sees the end of a process on its own host; of another one only that its link is lost.
 */
static enum via_cause cause_of_kill(const struct settings *where)
{
    return where == &far ? VIA_LINK_LOST : VIA_CRASHED;
}

static void a_killed_service_is_dead(const struct settings *service, const struct settings *client)
{
    struct tally tally = {.died = BELL_INIT};
    struct process stage;
    start_stage(&stage, "doomed", service);
    struct via_node *node = node_at(client);
    struct via_proxy *proxy = world_find(node, "doomed"), *again;
    assert_int_equal(world_ask(proxy, STAGE_PID, 0), stage.pid);
    assert_int_equal(via_proxy_is_remote(proxy), service == &far || client == &far);
    assert_int_equal(via_proxy_watch(proxy, on_death, &tally, NULL), VIA_OK);
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(via_proxy_call_async(proxy, STAGE_KEEP, NULL, 0, on_reply, &tally, NULL),
                         VIA_OK);
    assert_int_equal(world_ask(proxy, STAGE_DOUBLE, 1), 2);
    process_kill(&stage, SIGKILL);
    assert_true(bell_wait(&tally.died, 1));
    assert_int_equal(atomic_load(&tally.dead_at_death), 100); /* told before */
    assert_int_equal(atomic_load(&tally.other), 0);
    assert_int_equal(atomic_load(&tally.cause), cause_of_kill(service));
    assert_int_equal(via_proxy_death(proxy), cause_of_kill(service));
    assert_int_equal(via_proxy_call(proxy, STAGE_DOUBLE, NULL, 0, NULL, NULL), VIA_DEAD);
    assert_int_equal(via_node_find(node, "core", "doomed", 0, &again), VIA_NOT_FOUND);
    assert_true(WIFSIGNALED(process_wait(&stage)));
    via_proxy_unref(proxy);
    via_node_destroy(node);
    assert_int_equal(atomic_load(&tally.n_deaths), 1);
    assert_int_equal(atomic_load(&tally.dead), 100);
}

static void a_killed_service_ends_its_calls_with_one_death(void **state)
{
    (void)state;
    a_killed_service_is_dead(&here, &here);
    a_killed_service_is_dead(&here, &far);
    a_killed_service_is_dead(&far, &here);
    a_killed_service_is_dead(&far, &far);
}

static void a_service_that_exits_says_so_across_hosts(void **state)
{
    (void)state;
    struct tally tally = {.died = BELL_INIT};
    struct process stage;
    start_stage(&stage, "leaving", &far);
    struct via_node *node = node_at(&far);
    struct via_proxy *proxy = world_find(node, "leaving");
    assert_int_equal(via_proxy_watch(proxy, on_death, &tally, NULL), VIA_OK);
    stop_stage(&stage);
    assert_true(bell_wait(&tally.died, 1));
    assert_int_equal(atomic_load(&tally.cause), VIA_EXITED);
    via_proxy_unref(proxy);
    via_node_destroy(node);
}

/* A client of its own process, which calls `stage` once in a while it lives. */
static int call_and_wait(void)
{
    struct via_node *node = via_node_default();
    struct via_proxy *proxy = world_find(node, "watching");
    char c;
    if (world_ask(proxy, STAGE_WATCH_ME, 0) != 1)
        return 1;
    (void)puts("called");
    (void)fflush(stdout);
    return read(STDIN_FILENO, &c, 1) == 0 ? 0 : 1;
}

static void a_service_hears_of_its_killed_caller(void **state)
{
    (void)state;
    static const struct settings *const wheres[] = {&here, &far};
    for (size_t i = 0; i < 2; i++) {
        struct process stage, client;
        char line[16];
        const char *const argv[] = {"/proc/self/exe", "call_and_wait", NULL};
        start_stage(&stage, "watching", &here);
        process_start(&client, argv, wheres[i]->list);
        process_line(&client, line, sizeof line);
        process_kill(&client, SIGKILL);
        assert_true(WIFSIGNALED(process_wait(&client)));
        struct via_node *node = node_at(&here);
        struct via_proxy *proxy = world_find(node, "watching");
        assert_int_equal(world_ask(proxy, STAGE_GONE, 0), cause_of_kill(wheres[i]));
        via_proxy_unref(proxy);
        via_node_destroy(node);
        stop_stage(&stage);
    }
}

/* ---- limits ---- */

static void too_large_a_parcel_is_refused_and_the_link_lives(void **state)
{
    (void)state;
    struct process stage;
    start_stage(&stage, "sized", &here);
    struct via_node *node = node_at(&far);
    struct via_proxy *proxy = world_find(node, "sized");
    struct via_parcel *request;
    const size_t size = PEER_FRAME_MAX_DEFAULT + 1;
    uint8_t *octets = calloc(1, size);
    assert_int_equal(via_parcel_create(&request), VIA_OK);
    assert_int_equal(via_parcel_write_bytes(request, octets, size), VIA_OK);
    assert_int_equal(via_proxy_call(proxy, STAGE_SIZE, request, 0, NULL, NULL), VIA_TOO_LARGE);
    assert_int_equal(world_ask(proxy, STAGE_DOUBLE, 4), 8);
    assert_int_equal(world_ask(proxy, STAGE_WHO, 0), 1);
    via_parcel_unref(request);
    free(octets);
    via_proxy_unref(proxy);
    via_node_destroy(node);
    stop_stage(&stage);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "call_and_wait") == 0)
        return call_and_wait();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_program_sees_the_same_everywhere),
        cmocka_unit_test(what_it_sees_is_right),
        cmocka_unit_test(a_killed_service_ends_its_calls_with_one_death),
        cmocka_unit_test(a_service_that_exits_says_so_across_hosts),
        cmocka_unit_test(a_service_hears_of_its_killed_caller),
        cmocka_unit_test(too_large_a_parcel_is_refused_and_the_link_lives),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
