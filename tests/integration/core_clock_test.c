/*
 * The example of a service and its client, as they are built.
 */
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/integration/core_world.h"

static struct gateway_thread gateway;

static pid_t start_program(const char *name, int out)
{
    const char *folder = getenv("VIADUCT_TEST_BIN");
    assert_non_null(folder);
    char path[512], address[128];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    (void)snprintf(address, sizeof address, "unix:%s", gateway.socket);
    (void)fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)setenv("VIADUCT_GATEWAY", address, 1);
        if (out >= 0)
            (void)dup2(out, STDOUT_FILENO);
        (void)execl(path, name, (char *)NULL);
        _exit(127);
    }
    return pid;
}

static void ring_on_event(void *user, const struct via_event *event)
{
    assert_int_equal(event->id, 1);
    bell_ring(user);
}

static void the_clock_is_asked_and_ticks(void **state)
{
    (void)state;
    int ends[2], status = -1;
    char line[64] = "";
    struct bell ticks = BELL_INIT;
    struct via_subscription *subscription;
    gateway_thread_start(&gateway, NULL);
    pid_t service = start_program("via-clock-service", -1);
    struct via_node *node = world_node(&gateway, 0);
    struct via_proxy *proxy = world_find(node, "clock");

    assert_int_equal(pipe(ends), 0);
    pid_t client = start_program("via-clock-client", ends[1]);
    assert_int_equal(close(ends[1]), 0);
    assert_true(read(ends[0], line, sizeof line - 1) > 0);
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(waitpid(client, &status, 0), client);
    assert_int_equal(status, 0);
    assert_in_range(strtoll(line, NULL, 10), time(NULL) - 60, time(NULL));
    assert_non_null(strstr(line, " seconds since 1970\n"));

    assert_int_equal(via_proxy_subscribe(proxy, NULL, ring_on_event, &ticks, &subscription),
                     VIA_OK);
    assert_true(bell_wait(&ticks, 1));
    via_subscription_close(subscription);
    assert_int_equal(kill(service, SIGTERM), 0);
    assert_int_equal(waitpid(service, NULL, 0), service);
    via_proxy_unref(proxy);
    via_node_destroy(node);
    gateway_thread_stop(&gateway);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_clock_is_asked_and_ticks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
