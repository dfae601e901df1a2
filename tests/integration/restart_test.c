/*
 * A gateway that is killed and started again under many remote clients: all of them come back by
 * themselves, soon, and those on its own host hardly notice.
 */
#include <cmocka.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "bridge/loop.h"
#include "tests/integration/core_world.h"
#include "tests/integration/daemon.h"
#include "tests/integration/stage.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SLOW 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SLOW 1
#endif
#endif

#ifdef SLOW
#define HERDS 2u
#define HERD_SIZE 20u
#else
#define HERDS 4u
#define HERD_SIZE 125u
#endif
#define FIND_MS 60000u
#define CALLS_MAX 2000000u

static struct daemon daemon_;
static struct settings here, far;
static struct process herds[HERDS];

struct caller {
    pthread_t thread;
    struct via_proxy *proxy;
    uint32_t *took_us; /* owned */
    size_t n;
    atomic_bool done;
};

static void start_process(struct process *process, const char *program, const char *one,
                          const char *two, const struct settings *where)
{
    char path[256], line[64], name[64];
    (void)snprintf(name, sizeof name, "../tests/integration/%s", program);
    const char *const argv[] = {process_program(path, name), one, two, NULL};
    process_start(process, argv, where->list);
    process_line(process, line, sizeof line);
    assert_string_equal(line, "ready");
}

static void stop_process(struct process *process)
{
    process_release(process);
    int status = process_wait(process);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static int start(void **state)
{
    (void)state;
    daemon_prepare(&daemon_);
    daemon_start(&daemon_);
    daemon_settings(&daemon_, false, &here);
    daemon_settings(&daemon_, true, &far);
    char name[16], size[16];
    (void)snprintf(size, sizeof size, "%u", HERD_SIZE);
    for (unsigned i = 0; i < HERDS; i++) {
        (void)snprintf(name, sizeof name, "herd-%u", i);
        start_process(&herds[i], "herd", name, size, &far);
    }
    return 0;
}

static int stop(void **state)
{
    (void)state;
    for (unsigned i = 0; i < HERDS; i++)
        stop_process(&herds[i]);
    daemon_stop(&daemon_);
    daemon_clean(&daemon_);
    return 0;
}

static uint64_t now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static void *call(void *user)
{
    struct caller *caller = user;
    while (!atomic_load(&caller->done) && caller->n < CALLS_MAX) {
        uint64_t begun = now_us();
        if (world_ask(caller->proxy, STAGE_DOUBLE, 21) != 42)
            return NULL;
        caller->took_us[caller->n++] = (uint32_t)(now_us() - begun);
    }
    return caller;
}

static int by_size(const void *a, const void *b)
{
    const uint32_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

static void all_are_found(struct via_node *node)
{
    char name[64];
    for (unsigned i = 0; i < HERDS; i++)
        for (unsigned k = 0; k < HERD_SIZE; k++) {
            struct via_proxy *proxy;
            (void)snprintf(name, sizeof name, "herd-%u-%u", i, k);
            assert_int_equal(via_node_find(node, "core", name, FIND_MS, &proxy), VIA_OK);
            assert_int_equal(world_ask(proxy, STAGE_DOUBLE, k), 2 * k);
            via_proxy_unref(proxy);
        }
}

static void all_come_back_after_a_restart(void **state)
{
    (void)state;
    struct process service;
    struct caller caller = {.took_us = calloc(CALLS_MAX, sizeof *caller.took_us)};
    void *ended;
    assert_non_null(caller.took_us);
    daemon_kill(&daemon_);
    daemon_start(&daemon_);
    uint64_t begun = loop_now();
    start_process(&service, "everywhere", "serve", "local", &here);
    struct via_node *node = world_node_at(daemon_.socket, 1),
                    *other = world_node_at(daemon_.socket, 1);
    caller.proxy = world_find(other, "local");
    assert_int_equal(pthread_create(&caller.thread, NULL, call, &caller), 0);
    all_are_found(node);
    uint64_t took_ms = loop_now() - begun;
    atomic_store(&caller.done, true);
    assert_int_equal(pthread_join(caller.thread, &ended), 0);
    assert_ptr_equal(ended, &caller);
    qsort(caller.took_us, caller.n, sizeof *caller.took_us, by_size);
    print_message("%u came back within %llu ms; %zu local calls meanwhile: p50 %u us, p99 %u us, "
                  "at most %u us\n",
                  HERDS * HERD_SIZE, (unsigned long long)took_ms, caller.n,
                  caller.took_us[caller.n / 2], caller.took_us[caller.n * 99 / 100],
                  caller.took_us[caller.n - 1]);
    via_proxy_unref(caller.proxy);
    via_node_destroy(node);
    via_node_destroy(other);
    stop_process(&service);
    free(caller.took_us);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_come_back_after_a_restart)};
    return cmocka_run_group_tests(tests, start, stop);
}
