/*
 * How long the death of a process takes to reach those who watch it: one, and a thousand on links
 * of their own. The time is that from kill() on, so it has in it what the kernel needs to end a
 * process.
 */
#include <cmocka.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/integration/core_world.h"
#include "tests/integration/daemon.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SLOW 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SLOW 1
#endif
#endif

#ifdef SLOW /* a sanitizer's memory alone takes the kernel longer than that */
#define WATCHERS 100u
#define MEDIAN_MS 100.0
#else
#define WATCHERS 1000u
#define MEDIAN_MS 5.0
#endif
#define DEATHS 31u

static struct daemon daemon_;
static struct settings here;

struct watcher {
    struct via_node *node;
    struct via_proxy *proxy;
    struct bell *told;
    struct timespec at;
    enum via_cause cause;
};

static int start(void **state)
{
    (void)state;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return -1;
    limit.rlim_cur = limit.rlim_max; /* each watcher has three */
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        return -1;
    daemon_prepare(&daemon_);
    daemon_start(&daemon_);
    daemon_settings(&daemon_, false, &here);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    daemon_stop(&daemon_);
    daemon_clean(&daemon_);
    return 0;
}

static void start_service(struct process *process)
{
    char path[256], line[64];
    const char *const argv[] = {process_program(path, "../tests/integration/everywhere"), "serve",
                                "mortal", NULL};
    process_start(process, argv, here.list);
    process_line(process, line, sizeof line);
    assert_string_equal(line, "ready");
}

static void died(void *user, enum via_cause cause)
{
    struct watcher *watcher = user;
    (void)clock_gettime(CLOCK_MONOTONIC, &watcher->at);
    watcher->cause = cause;
    bell_ring(watcher->told);
}

static void watch(struct watcher *watcher, struct bell *told)
{
    watcher->told = told;
    watcher->cause = VIA_ALIVE;
    watcher->proxy = world_find(watcher->node, "mortal");
    assert_int_equal(via_proxy_watch(watcher->proxy, died, watcher, NULL), VIA_OK);
}

static void kill_it(struct process *process, struct timespec *at)
{
    (void)clock_gettime(CLOCK_MONOTONIC, at);
    process_kill(process, SIGKILL);
}

static double took_ms(const struct timespec *from, const struct timespec *to)
{
    return (double)(to->tv_sec - from->tv_sec) * 1e3 + (double)(to->tv_nsec - from->tv_nsec) / 1e6;
}

static int by_size(const void *a, const void *b)
{
    const double *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

static void a_death_is_told_at_once(void **state)
{
    (void)state;
    double took[DEATHS];
    struct watcher watcher = {.node = world_node_at(daemon_.socket, 0)};
    struct bell told = BELL_INIT;
    for (unsigned i = 0; i < DEATHS; i++) {
        struct process process;
        struct timespec killed;
        start_service(&process);
        watch(&watcher, &told);
        kill_it(&process, &killed);
        assert_true(bell_wait(&told, i + 1));
        assert_true(WIFSIGNALED(process_wait(&process)));
        assert_int_equal(watcher.cause, VIA_CRASHED);
        took[i] = took_ms(&killed, &watcher.at);
        via_proxy_unref(watcher.proxy);
    }
    via_node_destroy(watcher.node);
    qsort(took, DEATHS, sizeof *took, by_size);
    print_message("a death is told after %.2f ms, at most %.2f\n", took[DEATHS / 2],
                  took[DEATHS - 1]);
    assert_true(took[DEATHS / 2] < MEDIAN_MS);
}

static void a_thousand_are_told_of_one_death(void **state)
{
    (void)state;
    static struct watcher watchers[WATCHERS];
    static double took[WATCHERS];
    struct bell told = BELL_INIT;
    struct process process;
    struct timespec killed;
    start_service(&process);
    for (unsigned i = 0; i < WATCHERS; i++) {
        watchers[i].node = world_node_at(daemon_.socket, 1);
        watch(&watchers[i], &told);
    }
    kill_it(&process, &killed);
    assert_true(bell_wait(&told, WATCHERS));
    assert_true(WIFSIGNALED(process_wait(&process)));
    for (unsigned i = 0; i < WATCHERS; i++) {
        assert_int_equal(watchers[i].cause, VIA_CRASHED);
        took[i] = took_ms(&killed, &watchers[i].at);
        via_proxy_unref(watchers[i].proxy);
        via_node_destroy(watchers[i].node);
    }
    assert_int_equal(bell_count(&told), WATCHERS); /* each of them once */
    qsort(took, WATCHERS, sizeof *took, by_size);
    print_message("%u are told after %.2f to %.2f ms\n", WATCHERS, took[0], took[WATCHERS - 1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_death_is_told_at_once),
        cmocka_unit_test(a_thousand_are_told_of_one_death),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
