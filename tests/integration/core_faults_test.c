/*
 * Faults, with real processes: services killed and services that exit, a gateway that goes and
 * comes back, a fork in the middle. The programs at the other end are this one, started again with
 * the name of its role.
 */
#include <cmocka.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/core_world.h"

/* ---- a gateway at one address, again and again ---- */

static char folder[64];
static char socket_path[96];

struct server {
    struct via_gateway *gateway;
    pthread_t thread;
};

static void *run_server(void *user)
{
    struct server *server = user;
    return via_gateway_run(server->gateway) == VIA_OK ? server : NULL;
}

static void start_server(struct server *server)
{
    const struct via_gateway_options options = {.size = sizeof options, .socket = socket_path};
    char words[1024] = "";
    if (via_gateway_create(&options, words, sizeof words, &server->gateway) != VIA_OK)
        fail_msg("no gateway: %s", words);
    assert_int_equal(pthread_create(&server->thread, NULL, run_server, server), 0);
}

static void stop_server(struct server *server)
{
    void *ended;
    via_gateway_stop(server->gateway);
    assert_int_equal(pthread_join(server->thread, &ended), 0);
    assert_ptr_equal(ended, server);
    server->gateway = via_gateway_destroy(server->gateway);
}

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/viaduct-test-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(socket_path, sizeof socket_path, "%s/sock", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char lock[112];
    (void)snprintf(lock, sizeof lock, "%s.lock", socket_path);
    (void)unlink(lock);
    return rmdir(folder);
}

/* ---- the other ends ---- */

enum code { NEVER = 1, DOUBLE, EXIT, FORK, PID };

static void handle(void *user, struct via_call *call)
{
    (void)user;
    switch ((enum code)via_call_code(call)) {
    case NEVER:
        (void)via_call_keep(call);
        break;
    case DOUBLE:
        world_answer(call, 2 * world_value(via_call_request(call)));
        break;
    case EXIT:
        world_answer(call, 7);
        exit(0);
    case FORK:
        if (fork() == 0) {
            (void)pause(); /* holds what it was born with, until it is killed */
            _exit(0);
        }
        world_answer(call, 1);
        break;
    case PID:
        world_answer(call, (uint32_t)getpid());
        break;
    }
}

static int serve(void)
{
    struct via_node *node = via_node_default();
    const struct via_stub_ops ops = {.size = sizeof ops, .call = handle};
    struct via_stub *stub;
    if (via_stub_create(node, &ops, NULL, &stub) != VIA_OK ||
        via_node_publish(node, "core", "service", stub, NULL) != VIA_OK)
        return 1;
    for (;;)
        (void)pause();
}

/* Uses its connection, forks, and both go on. */
static int fork_and_ask(void)
{
    struct via_node *node = via_node_default();
    struct via_proxy *proxy;
    if (via_node_find(node, "core", "service", 5000, &proxy) != VIA_OK)
        return 1;
    pid_t child = fork();
    if (child == 0) {
        struct via_proxy *own;
        /* The old one is of the parent's session; a new one is to be had. */
        if (via_proxy_call(proxy, PID, NULL, 0, NULL, NULL) != VIA_DEAD)
            _exit(2);
        if (via_node_find(node, "core", "service", 5000, &own) != VIA_OK || own == proxy)
            _exit(3);
        _exit(world_ask(own, DOUBLE, 4) == 8 ? 0 : 4);
    }
    int status = -1;
    if (world_ask(proxy, DOUBLE, 5) != 10 || waitpid(child, &status, 0) != child ||
        !WIFEXITED(status))
        return 5;
    if (world_ask(proxy, DOUBLE, 6) != 12)
        return 6;
    return WEXITSTATUS(status);
}

static struct via_stub *last_stub;
static struct via_proxy *last_proxy;

/* What static destructors do comes after the goodbye. */
__attribute__((destructor)) static void let_go(void)
{
    if (last_stub == NULL)
        return;
    if (via_proxy_call(last_proxy, PID, NULL, 0, NULL, NULL) != VIA_DEAD)
        _exit(9);
    last_proxy = via_proxy_unref(last_proxy);
    last_stub = via_stub_unref(last_stub);
}

/* Answers as long as there is somebody to answer: a handler may still run after the goodbye. */
static void handle_until_the_end(void *user, struct via_call *call)
{
    (void)user;
    struct via_parcel *reply = world_parcel(2 * world_value(via_call_request(call)));
    (void)via_call_reply(call, 0, reply);
    via_parcel_unref(reply);
}

/* Ends while its handlers run. */
static int exit_in_the_middle(void)
{
    struct via_node *node = via_node_default();
    const struct via_stub_ops ops = {.size = sizeof ops, .call = handle_until_the_end};
    if (via_stub_create(node, &ops, NULL, &last_stub) != VIA_OK ||
        via_node_publish(node, "core", "service", last_stub, NULL) != VIA_OK ||
        via_node_find(node, "core", "sink", 5000, &last_proxy) != VIA_OK)
        return 1;
    return via_proxy_call(last_proxy, DOUBLE, NULL, 0, NULL, NULL) == VIA_OK ? 0 : 2;
}

static pid_t start_role(const char *role)
{
    char address[128];
    (void)snprintf(address, sizeof address, "unix:%s", socket_path);
    (void)fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)setenv("VIADUCT_GATEWAY", address, 1);
        (void)execl("/proc/self/exe", "core_faults_test", role, (char *)NULL);
        _exit(127);
    }
    return pid;
}

static int end_of(pid_t pid)
{
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

/* ---- deaths ---- */

struct tally {
    struct bell bell, died;
    atomic_uint dead, other;
    enum via_cause cause;
};

static void on_reply(void *user, enum via_status status, int32_t result, struct via_parcel *reply)
{
    struct tally *tally = user;
    (void)result;
    (void)reply;
    (void)atomic_fetch_add(status == VIA_DEAD ? &tally->dead : &tally->other, 1);
    bell_ring(&tally->bell);
}

static void on_death(void *user, enum via_cause cause)
{
    struct tally *tally = user;
    tally->cause = cause;
    /* Every call that was under way has been told before. */
    assert_int_equal(atomic_load(&tally->dead), 100);
    bell_ring(&tally->died);
}

static void a_killed_service_ends_its_calls_with_one_death(void **state)
{
    (void)state;
    struct server server;
    struct tally tally = {.bell = BELL_INIT, .died = BELL_INIT};
    start_server(&server);
    pid_t pid = start_role("serve");
    struct via_node *node = world_node_at(socket_path, 0);
    struct via_proxy *proxy = world_find(node, "service"), *again;
    assert_int_equal(world_ask(proxy, PID, 0), pid);
    assert_int_equal(via_proxy_watch(proxy, on_death, &tally, NULL), VIA_OK);
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(via_proxy_call_async(proxy, NEVER, NULL, 0, on_reply, &tally, NULL),
                         VIA_OK);
    assert_int_equal(world_ask(proxy, DOUBLE, 1), 2);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_true(bell_wait(&tally.died, 1));
    assert_int_equal(tally.cause, VIA_CRASHED);
    assert_int_equal(via_proxy_death(proxy), VIA_CRASHED);
    assert_int_equal(atomic_load(&tally.other), 0);
    assert_int_equal(via_proxy_call(proxy, DOUBLE, NULL, 0, NULL, NULL), VIA_DEAD);
    assert_int_equal(via_node_find(node, "core", "service", 0, &again), VIA_NOT_FOUND);
    assert_true(WIFSIGNALED(end_of(pid)));
    via_proxy_unref(proxy);
    via_node_destroy(node);
    assert_int_equal(bell_count(&tally.died), 1);
    stop_server(&server);
}

static void on_any_death(void *user, enum via_cause cause)
{
    struct tally *tally = user;
    tally->cause = cause;
    bell_ring(&tally->died);
}

static void an_exit_says_goodbye_after_the_last_reply(void **state)
{
    (void)state;
    struct server server;
    struct tally tally = {.died = BELL_INIT};
    start_server(&server);
    pid_t pid = start_role("serve");
    struct via_node *node = world_node_at(socket_path, 0);
    struct via_proxy *proxy = world_find(node, "service");
    assert_int_equal(via_proxy_watch(proxy, on_any_death, &tally, NULL), VIA_OK);
    assert_int_equal(world_ask(proxy, EXIT, 0), 7);
    assert_true(bell_wait(&tally.died, 1));
    assert_int_equal(tally.cause, VIA_EXITED);
    assert_int_equal(end_of(pid), 0);
    via_proxy_unref(proxy);
    via_node_destroy(node);
    stop_server(&server);
}

struct hammer {
    struct via_node *node;
    struct bell bell;
};

/* Lets the caller go once its own service is under fire. */
static void handle_sink(void *user, struct via_call *call)
{
    struct hammer *hammer = user;
    assert_true(bell_wait(&hammer->bell, 200));
    assert_int_equal(via_call_reply(call, 0, NULL), VIA_OK);
}

static void *hammer_service(void *user)
{
    struct hammer *hammer = user;
    struct via_proxy *proxy = world_find(hammer->node, "service");
    struct via_parcel *value = world_parcel(1);
    enum via_status status = VIA_OK;
    while (status == VIA_OK) {
        status = via_proxy_call(proxy, DOUBLE, value, 0, NULL, NULL);
        bell_ring(&hammer->bell);
    }
    assert_int_equal(status, VIA_DEAD);
    assert_int_equal(via_proxy_death(proxy), VIA_EXITED);
    via_parcel_unref(value);
    via_proxy_unref(proxy);
    return NULL;
}

static void an_exit_in_the_middle_is_an_exit(void **state)
{
    (void)state;
    struct server server;
    pthread_t threads[4];
    start_server(&server);
    struct hammer hammer = {.node = world_node_at(socket_path, 0), .bell = BELL_INIT};
    struct via_stub *sink = world_publish(hammer.node, "sink", handle_sink, &hammer);
    pid_t pid = start_role("exit_in_the_middle");
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hammer_service, &hammer), 0);
    assert_int_equal(end_of(pid), 0);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    via_stub_unref(sink);
    via_node_destroy(hammer.node);
    stop_server(&server);
}

/* ---- forks ---- */

static void parent_and_child_of_a_fork_go_their_own_ways(void **state)
{
    (void)state;
    struct server server;
    start_server(&server);
    pid_t service = start_role("serve");
    pid_t pid = start_role("fork_and_ask");
    assert_int_equal(end_of(pid), 0);
    assert_int_equal(kill(service, SIGKILL), 0);
    (void)end_of(service);
    stop_server(&server);
}

static void a_child_does_not_keep_its_parents_link_open(void **state)
{
    (void)state;
    struct server server;
    struct tally tally = {.died = BELL_INIT};
    start_server(&server);
    pid_t pid = start_role("serve_in_group");
    struct via_node *node = world_node_at(socket_path, 0);
    struct via_proxy *proxy = world_find(node, "service");
    assert_int_equal(via_proxy_watch(proxy, on_any_death, &tally, NULL), VIA_OK);
    assert_int_equal(world_ask(proxy, FORK, 0), 1);
    assert_int_equal(kill(pid, SIGKILL), 0); /* and the child lives on */
    assert_true(bell_wait(&tally.died, 1));
    assert_int_equal(tally.cause, VIA_CRASHED);
    assert_int_equal(kill(-pid, SIGKILL), 0);
    (void)end_of(pid);
    via_proxy_unref(proxy);
    via_node_destroy(node);
    stop_server(&server);
}

/* ---- gateways ---- */

struct news {
    struct bell bell;
    enum via_notice notices[8];
};

static void on_notice(void *user, enum via_notice notice, const struct via_entry *entry)
{
    struct news *news = user;
    assert_string_equal(entry->name, "service");
    news->notices[bell_count(&news->bell)] = notice;
    bell_ring(&news->bell);
}

static void a_gateway_that_comes_back_is_found_again(void **state)
{
    (void)state;
    struct server server;
    struct tally tally = {.bell = BELL_INIT, .died = BELL_INIT};
    struct news news = {.bell = BELL_INIT};
    struct via_subscription *subscription;
    start_server(&server);
    pid_t pid = start_role("serve");
    struct via_node *node = world_node_at(socket_path, 0);
    struct via_proxy *proxy = world_find(node, "service");
    assert_int_equal(via_node_watch_names(node, "core", "*", NULL, on_notice, &news, &subscription),
                     VIA_OK);
    assert_true(bell_wait(&news.bell, 1));
    assert_int_equal(via_proxy_watch(proxy, on_any_death, &tally, NULL), VIA_OK);
    assert_int_equal(via_proxy_call_async(proxy, NEVER, NULL, 0, on_reply, &tally, NULL), VIA_OK);
    stop_server(&server);
    assert_true(bell_wait(&tally.bell, 1));
    assert_int_equal(atomic_load(&tally.dead), 1);
    assert_true(bell_wait(&tally.died, 1));
    assert_int_equal(tally.cause, VIA_LINK_LOST);
    assert_int_equal(via_proxy_call(proxy, DOUBLE, NULL, 0, NULL, NULL), VIA_DEAD);
    via_proxy_unref(proxy);
    assert_int_equal(bell_count(&news.bell), 1); /* nobody knows yet what is gone */

    start_server(&server);
    /* The service comes back by itself, and so does the watch. */
    proxy = world_find(node, "service");
    assert_int_equal(world_ask(proxy, PID, 0), pid);
    /* Its name has stayed, or was missed for a moment; of its end both make one. */
    assert_int_equal(kill(pid, SIGKILL), 0);
    (void)end_of(pid);
    assert_true(bell_wait(&news.bell, 2));
    assert_int_equal(news.notices[0], VIA_APPEAR);
    assert_int_equal(news.notices[1], VIA_GONE);
    unsigned n = bell_count(&news.bell);
    if (n > 2) {
        assert_int_equal(news.notices[2], VIA_APPEAR);
        assert_true(bell_wait(&news.bell, 4));
        assert_int_equal(news.notices[3], VIA_GONE);
    }
    via_subscription_close(subscription);
    via_proxy_unref(proxy);
    via_node_destroy(node);
    stop_server(&server);
}

static void names_that_went_with_the_gateway_are_told_when_it_is_back(void **state)
{
    (void)state;
    struct server server;
    struct news news = {.bell = BELL_INIT};
    struct via_subscription *subscription;
    start_server(&server);
    pid_t pid = start_role("serve");
    struct via_node *node = world_node_at(socket_path, 0);
    via_proxy_unref(world_find(node, "service"));
    assert_int_equal(via_node_watch_names(node, "core", "*", NULL, on_notice, &news, &subscription),
                     VIA_OK);
    assert_true(bell_wait(&news.bell, 1));
    stop_server(&server);
    assert_int_equal(kill(pid, SIGKILL), 0);
    (void)end_of(pid);
    assert_int_equal(bell_count(&news.bell), 1);
    start_server(&server);
    assert_true(bell_wait(&news.bell, 2));
    pid = start_role("serve");
    assert_true(bell_wait(&news.bell, 3));
    assert_int_equal(news.notices[0], VIA_APPEAR);
    assert_int_equal(news.notices[1], VIA_GONE);
    assert_int_equal(news.notices[2], VIA_APPEAR);
    via_subscription_close(subscription);
    via_node_destroy(node);
    assert_int_equal(kill(pid, SIGKILL), 0);
    (void)end_of(pid);
    stop_server(&server);
}

static void a_gateway_that_stays_away_is_told_in_words(void **state)
{
    (void)state;
    struct server server;
    char address[128], words[512];
    struct via_node *node;
    struct via_proxy *proxy;
    (void)snprintf(address, sizeof address, "unix:%s", socket_path);
    const struct via_node_options options = {
        .size = sizeof options, .gateway = address, .connect_ms = 120};
    assert_int_equal(via_node_create(&options, &node), VIA_OK);
    assert_int_equal(via_node_connect(node, 0), VIA_NOT_CONNECTED);
    start_server(&server);
    assert_int_equal(via_node_connect(node, 0), VIA_OK);
    via_node_fault(node, words, sizeof words);
    assert_string_equal(words, "");
    stop_server(&server);
    assert_int_equal(via_node_find(node, "core", "nobody", 0, &proxy), VIA_NOT_CONNECTED);
    via_node_fault(node, words, sizeof words);
    assert_non_null(strstr(words, socket_path));
    assert_non_null(strstr(words, "start viaductd"));
    via_node_destroy(node);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "serve_in_group") == 0)
        return setpgid(0, 0) == 0 ? serve() : 1;
    if (argc == 2 && strcmp(argv[1], "serve") == 0)
        return serve();
    if (argc == 2 && strcmp(argv[1], "exit_in_the_middle") == 0)
        return exit_in_the_middle();
    if (argc == 2 && strcmp(argv[1], "fork_and_ask") == 0)
        return fork_and_ask();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_service_ends_its_calls_with_one_death),
        cmocka_unit_test(an_exit_says_goodbye_after_the_last_reply),
        cmocka_unit_test(an_exit_in_the_middle_is_an_exit),
        cmocka_unit_test(parent_and_child_of_a_fork_go_their_own_ways),
        cmocka_unit_test(a_child_does_not_keep_its_parents_link_open),
        cmocka_unit_test(a_gateway_that_comes_back_is_found_again),
        cmocka_unit_test(names_that_went_with_the_gateway_are_told_when_it_is_back),
        cmocka_unit_test(a_gateway_that_stays_away_is_told_in_words),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
