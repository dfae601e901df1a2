/*
 * Nodes, without a gateway: what they are made of, and what a fork makes of them. (The thread
 * sanitizer does not allow threads in the child of a fork, so that is here.)
 */
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <viaduct/viaduct.h>

#include "tests/include/bell.h"

static struct bell answered = BELL_INIT;

static void handle(void *user, struct via_call *call)
{
    (void)user;
    assert_int_equal(via_call_reply(call, (int32_t)via_call_caller(call)->pid, NULL), VIA_OK);
}

static void on_reply(void *user, enum via_status status, int32_t result, struct via_parcel *reply)
{
    (void)reply;
    *(int32_t *)user = status == VIA_OK ? result : -1;
    bell_ring(&answered);
}

/* Whether the thread of this stat file runs. */
static bool runs(const char *path)
{
    char line[512] = "";
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    const char *end = fgets(line, sizeof line, file) != NULL ? strrchr(line, ')') : NULL;
    (void)fclose(file);
    return end != NULL && end[1] == ' ' && end[2] == 'R';
}

/* Until no thread but this one runs: an allocator that does not know of forks may be locked by one
 * that does. */
static void wait_until_others_sleep(void)
{
    unsigned n_running;
    do {
        char path[384];
        const struct dirent *task;
        DIR *tasks = opendir("/proc/self/task");
        assert_non_null(tasks);
        n_running = 0;
        while ((task = readdir(tasks)) != NULL) {
            (void)snprintf(path, sizeof path, "/proc/self/task/%s/stat", task->d_name);
            n_running += task->d_name[0] != '.' && runs(path);
        }
        (void)closedir(tasks);
    } while (n_running > 1);
}

static void a_child_of_a_fork_starts_afresh(void **state)
{
    (void)state;
    const struct via_node_options options = {.size = sizeof options,
                                             .gateway = "unix:/nonexistent/viaduct.sock"};
    const struct via_stub_ops ops = {.size = sizeof ops, .call = handle};
    struct via_node *node;
    struct via_stub *stub;
    int32_t pid = 0;
    assert_int_equal(via_node_create(&options, &node), VIA_OK);
    assert_int_equal(via_stub_create(node, &ops, NULL, &stub), VIA_OK);
    struct via_proxy *proxy = via_stub_proxy(stub);
    assert_int_equal(via_proxy_call_async(proxy, 1, NULL, 0, on_reply, &pid, NULL), VIA_OK);
    assert_true(bell_wait(&answered, 1));
    assert_int_equal(pid, getpid());

    wait_until_others_sleep();
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)alarm(BELL_LIMIT_S);
        answered.rung = 0;
        bool right = via_proxy_call_async(proxy, 1, NULL, 5000, on_reply, &pid, NULL) == VIA_OK &&
                     bell_wait(&answered, 1) && pid == getpid();
        _exit(right ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(via_proxy_call_async(proxy, 1, NULL, 0, on_reply, &pid, NULL), VIA_OK);
    assert_true(bell_wait(&answered, 2));
    assert_int_equal(pid, getpid());
    via_proxy_unref(proxy);
    via_stub_unref(stub);
    assert_null(via_node_destroy(node));
}

static void the_environment_names_the_gateway(void **state)
{
    (void)state;
    char words[512];
    struct via_node *node;
    assert_int_equal(setenv("VIADUCT_GATEWAY", "unix:/nonexistent/by-environment", 1), 0);
    assert_int_equal(via_node_create(NULL, &node), VIA_OK);
    assert_int_equal(via_node_connect(node, 1000), VIA_NOT_CONNECTED);
    via_node_fault(node, words, sizeof words);
    assert_non_null(strstr(words, "/nonexistent/by-environment"));
    via_node_fault(node, words, 4);
    assert_int_equal(strlen(words), 3);
    assert_null(via_node_destroy(node));
    assert_int_equal(setenv("VIADUCT_GATEWAY", "tcp:1.2.3.4", 1), 0);
    assert_int_equal(via_node_create(NULL, &node), VIA_INVALID);
    assert_int_equal(unsetenv("VIADUCT_GATEWAY"), 0);
}

static void the_environment_may_say_how_much_it_takes(void **state)
{
    (void)state;
    static const char *const bad[] = {"4095", "268435457", "-1", "16M", "99999999999999999999",
                                      "x"};
    struct via_node *node;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(setenv("VIADUCT_MAX_FRAME_SIZE", bad[i], 1), 0);
        assert_int_equal(via_node_create(NULL, &node), VIA_INVALID);
    }
    /* What the program says goes before it. */
    const struct via_node_options good = {.size = sizeof good, .max_frame_size = 4096};
    assert_int_equal(via_node_create(&good, &node), VIA_OK);
    assert_null(via_node_destroy(node));
    const struct via_node_options less = {.size = sizeof less, .max_frame_size = 4095};
    assert_int_equal(via_node_create(&less, &node), VIA_INVALID);
    assert_int_equal(setenv("VIADUCT_MAX_FRAME_SIZE", "268435456", 1), 0);
    assert_int_equal(via_node_create(NULL, &node), VIA_OK);
    assert_null(via_node_destroy(node));
    assert_int_equal(unsetenv("VIADUCT_MAX_FRAME_SIZE"), 0);
}

static void what_belongs_to_a_node_outlives_it(void **state)
{
    (void)state;
    const struct via_node_options options = {.size = sizeof options,
                                             .gateway = "unix:/nonexistent/viaduct.sock"};
    const struct via_stub_ops ops = {.size = sizeof ops, .call = handle};
    struct via_node *node;
    struct via_stub *stub;
    assert_int_equal(via_node_create(&options, &node), VIA_OK);
    assert_int_equal(via_stub_create(node, &ops, NULL, &stub), VIA_OK);
    struct via_proxy *proxy = via_stub_proxy(stub);
    assert_null(via_node_destroy(node));
    assert_int_equal(via_proxy_call(proxy, 1, NULL, 0, NULL, NULL), VIA_DEAD);
    assert_ptr_equal(via_proxy_local(proxy), stub);
    assert_null(via_stub_unref(stub));
    assert_null(via_proxy_unref(proxy));
}

static void a_familys_word_beside_a_proxy_is_set_once(void **state)
{
    (void)state;
    struct via_node *node;
    struct via_stub *stub;
    const struct via_stub_ops ops = {.size = sizeof ops, .call = handle};
    void *word = malloc(1);
    assert_int_equal(via_node_create(NULL, &node), VIA_OK);
    assert_int_equal(via_stub_create(node, &ops, NULL, &stub), VIA_OK);
    struct via_proxy *proxy = via_stub_proxy(stub);
    assert_null(via_proxy_data(proxy));
    assert_int_equal(via_proxy_set_data(proxy, word, free), VIA_OK);
    assert_int_equal(via_proxy_set_data(proxy, &node, NULL), VIA_EXISTS);
    assert_ptr_equal(via_proxy_data(proxy), word);
    via_proxy_unref(proxy);
    via_stub_unref(stub);
    assert_null(via_node_destroy(node));
}

/* ---- the end of a process ---- */

static struct via_stub *left[16]; /* a stack may still have a pointer to one */

static void never(void *user)
{
    (void)user;
    abort(); /* what the program has may be gone already */
}

/* Registered before the default node is made, so it runs when that has said goodbye. */
static void let_go(void)
{
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        left[i] = via_stub_unref(left[i]);
}

/* A process that lets go of its stubs too late to be told that nobody has them. */
static int end_with_stubs(void)
{
    const struct via_stub_ops ops = {.size = sizeof ops, .call = handle, .destroyed = never};
    if (atexit(let_go) != 0)
        return 1;
    for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
        void *user = malloc(60);
        if (user == NULL || via_stub_create(via_node_default(), &ops, user, &left[i]) != VIA_OK)
            return 1;
    }
    return 0;
}

/* With the address sanitizer a leak is a failure of its own. */
static void a_stub_that_is_let_go_at_the_very_end_is_as_it_was(void **state)
{
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)execl("/proc/self/exe", "node", "end_with_stubs", (char *)NULL);
        _exit(127);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "end_with_stubs") == 0)
        return end_with_stubs();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_of_a_fork_starts_afresh),
        cmocka_unit_test(the_environment_names_the_gateway),
        cmocka_unit_test(the_environment_may_say_how_much_it_takes),
        cmocka_unit_test(what_belongs_to_a_node_outlives_it),
        cmocka_unit_test(a_familys_word_beside_a_proxy_is_set_once),
        cmocka_unit_test(a_stub_that_is_let_go_at_the_very_end_is_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
