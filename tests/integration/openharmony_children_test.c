/*
 * Child processes, where no gateway answers: what comes of a start, and that nothing is left of
 * child and private gateway when the parent has ended, in whatever way.
 */
#include <AbilityKit/native_child_process.h>
#include <cmocka.h>
#include <IPCKit/ipc_kit.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/include/bell.h"
#include "tests/integration/kit_child.h"

#define CHILDREN_MAX 50
#define LIMIT_S 60 /* only a failing test reaches it */

extern char **environ;

/* ---- starts ---- */

static struct bell told = BELL_INIT;
static int told_error;
static OHIPCRemoteProxy *told_proxy;

static void note_start(int error, OHIPCRemoteProxy *proxy)
{
    told_error = error;
    told_proxy = proxy;
    bell_ring(&told);
}

static const char *library_path(const char *name)
{
    static char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", getenv("VIADUCT_TEST_LIB"), name);
    return path;
}

/* Starts the library and returns the error; the proxy is in told_proxy. */
static int start(const char *does)
{
    unsigned before = bell_count(&told);
    (void)setenv("KIT_CHILD", does, 1);
    assert_int_equal(
        OH_Ability_CreateNativeChildProcess(library_path("libkitChild.so"), note_start),
        NCP_NO_ERROR);
    assert_true(bell_wait(&told, before + 1));
    assert_int_equal(bell_count(&told), before + 1);
    return told_error;
}

static OHIPCRemoteProxy *start_well(const char *does)
{
    assert_int_equal(start(does), NCP_NO_ERROR);
    assert_non_null(told_proxy);
    return told_proxy;
}

static int ask(const OHIPCRemoteProxy *proxy, uint32_t code, OHIPCParcel *reply)
{
    OHIPCParcel *data = OH_IPCParcel_Create();
    int error = OH_IPCRemoteProxy_SendRequest(proxy, code, data, reply, NULL);
    OH_IPCParcel_Destroy(data);
    return error;
}

static pid_t pid_of(const OHIPCRemoteProxy *proxy)
{
    OHIPCParcel *reply = OH_IPCParcel_Create();
    int32_t pid = -1;
    uint64_t caller = 0;
    assert_int_equal(ask(proxy, KIT_CHILD_PIDS, reply), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_ReadInt32(reply, &pid), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_ReadUint64(reply, &caller), OH_IPC_SUCCESS);
    assert_int_equal(caller, getpid());
    OH_IPCParcel_Destroy(reply);
    return pid;
}

static struct bell died = BELL_INIT;

static void note_death(void *user)
{
    (void)user;
    bell_ring(&died);
}

static OHIPCDeathRecipient *watch(OHIPCRemoteProxy *proxy)
{
    OHIPCDeathRecipient *recipient = OH_IPCDeathRecipient_Create(note_death, NULL, NULL);
    assert_int_equal(OH_IPCRemoteProxy_AddDeathRecipient(proxy, recipient), OH_IPC_SUCCESS);
    return recipient;
}

/* ---- outcomes ---- */

static void bad_arguments_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {NULL, "", "../lib.so", "lib/../../lib.so"};
    unsigned before = bell_count(&told);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(OH_Ability_CreateNativeChildProcess(names[i], note_start),
                         NCP_ERR_INVALID_PARAM);
    assert_int_equal(OH_Ability_CreateNativeChildProcess("lib.so", NULL), NCP_ERR_INVALID_PARAM);
    assert_int_equal(bell_count(&told), before);
}

static void failures_are_told(void **state)
{
    (void)state;
    unsigned before = bell_count(&told);
    assert_int_equal(start("null"), NCP_ERR_CONNECTION_FAILED);
    assert_null(told_proxy);
    assert_int_equal(start("crash"), NCP_ERR_INTERNAL);
    assert_null(told_proxy);
    /* One that is not there, and one that lacks the functions. */
    static const char *const names[] = {"libthereIsNone.so", "libm.so.6"};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(OH_Ability_CreateNativeChildProcess(names[i], note_start), NCP_NO_ERROR);
        assert_true(bell_wait(&told, before + 3 + (unsigned)i));
        assert_int_equal(told_error, NCP_ERR_LIB_LOADING_FAILED);
        assert_null(told_proxy);
    }
}

static void a_child_serves_until_it_is_told_to_end(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) { /* the reply races against the child's end */
        OHIPCRemoteProxy *proxy = start_well("serve");
        unsigned before = bell_count(&died);
        OHIPCDeathRecipient *recipient = watch(proxy);
        OHIPCParcel *reply = OH_IPCParcel_Create();
        assert_int_not_equal(pid_of(proxy), getpid());
        assert_int_equal(ask(proxy, KIT_CHILD_END, reply), OH_IPC_SUCCESS);
        assert_true(bell_wait(&died, before + 1));
        assert_int_equal(OH_IPCRemoteProxy_IsRemoteDead(proxy), 1);
        OH_IPCParcel_Destroy(reply);
        OH_IPCDeathRecipient_Destroy(recipient);
        OH_IPCRemoteProxy_Destroy(proxy);
    }
}

static void a_child_that_ends_at_once_has_been_started(void **state)
{
    (void)state;
    unsigned before = bell_count(&died);
    OHIPCRemoteProxy *proxy = start_well("return");
    OHIPCDeathRecipient *recipient = OH_IPCDeathRecipient_Create(note_death, NULL, NULL);
    if (OH_IPCRemoteProxy_AddDeathRecipient(proxy, recipient) == OH_IPC_SUCCESS)
        assert_true(bell_wait(&died, before + 1));
    assert_int_equal(OH_IPCRemoteProxy_IsRemoteDead(proxy), 1);
    OH_IPCDeathRecipient_Destroy(recipient);
    OH_IPCRemoteProxy_Destroy(proxy);
}

static void a_killed_child_is_dead(void **state)
{
    (void)state;
    OHIPCRemoteProxy *proxy = start_well("serve");
    unsigned before = bell_count(&died);
    OHIPCDeathRecipient *recipient = watch(proxy);
    (void)kill(pid_of(proxy), SIGKILL);
    assert_true(bell_wait(&died, before + 1));
    OHIPCParcel *reply = OH_IPCParcel_Create();
    assert_int_equal(ask(proxy, KIT_CHILD_PIDS, reply), OH_IPC_DEAD_REMOTE_OBJECT);
    OH_IPCParcel_Destroy(reply);
    OH_IPCDeathRecipient_Destroy(recipient);
    OH_IPCRemoteProxy_Destroy(proxy);
}

static void children_have_no_children(void **state)
{
    (void)state;
    OHIPCRemoteProxy *proxy = start_well("serve");
    OHIPCParcel *reply = OH_IPCParcel_Create();
    int32_t error = -1;
    assert_int_equal(ask(proxy, KIT_CHILD_NEST, reply), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_ReadInt32(reply, &error), OH_IPC_SUCCESS);
    assert_int_equal(error, NCP_ERR_ALREADY_IN_CHILD);
    assert_int_equal(ask(proxy, KIT_CHILD_END, reply), OH_IPC_SUCCESS);
    OH_IPCParcel_Destroy(reply);
    OH_IPCRemoteProxy_Destroy(proxy);
}

static int second_start;

static void start_another(int error, OHIPCRemoteProxy *proxy)
{
    assert_int_equal(error, NCP_ERR_CONNECTION_FAILED);
    assert_null(proxy);
    second_start = OH_Ability_CreateNativeChildProcess(library_path("libkitChild.so"), note_start);
    bell_ring(&told);
}

static void a_callback_may_start_another(void **state)
{
    (void)state;
    unsigned before = bell_count(&told);
    (void)setenv("KIT_CHILD", "null", 1);
    assert_int_equal(
        OH_Ability_CreateNativeChildProcess(library_path("libkitChild.so"), start_another),
        NCP_NO_ERROR);
    assert_true(bell_wait(&told, before + 2));
    assert_int_equal(second_start, NCP_NO_ERROR);
    assert_int_equal(told_error, NCP_ERR_CONNECTION_FAILED);
}

static void there_are_fifty_at_most(void **state)
{
    (void)state;
    static OHIPCRemoteProxy *proxies[CHILDREN_MAX];
    size_t n = 0;
    int error = NCP_NO_ERROR;
    /* Children of the tests before may not have been reaped yet. */
    while (n < CHILDREN_MAX && error == NCP_NO_ERROR) {
        unsigned before = bell_count(&told);
        (void)setenv("KIT_CHILD", "serve", 1);
        error = OH_Ability_CreateNativeChildProcess(library_path("libkitChild.so"), note_start);
        if (error != NCP_NO_ERROR)
            break;
        assert_true(bell_wait(&told, before + 1));
        assert_int_equal(told_error, NCP_NO_ERROR);
        proxies[n++] = told_proxy;
    }
    assert_in_range(n, CHILDREN_MAX - 5, CHILDREN_MAX);
    if (n == CHILDREN_MAX)
        error = OH_Ability_CreateNativeChildProcess(library_path("libkitChild.so"), note_start);
    assert_int_equal(error, NCP_ERR_MAX_CHILD_PROCESSES_REACHED);
    for (size_t i = 0; i < n; i++) /* they are left to end with us */
        OH_IPCRemoteProxy_Destroy(proxies[i]);
}

static int run(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_arguments_are_refused),
        cmocka_unit_test(failures_are_told),
        cmocka_unit_test(a_child_serves_until_it_is_told_to_end),
        cmocka_unit_test(a_child_that_ends_at_once_has_been_started),
        cmocka_unit_test(a_killed_child_is_dead),
        cmocka_unit_test(children_have_no_children),
        cmocka_unit_test(a_callback_may_start_another),
        cmocka_unit_test(there_are_fifty_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* ---- what is left when the parent has ended ---- */

static char folder[64];

static pid_t start_parent(const char *role, int output)
{
    pid_t pid = -1;
    posix_spawn_file_actions_t actions;
    char *const arguments[] = {(char *)(uintptr_t) "children", (char *)(uintptr_t)role, NULL};
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    if (output >= 0)
        assert_int_equal(posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO), 0);
    assert_int_equal(posix_spawn(&pid, "/proc/self/exe", &actions, NULL, arguments, environ), 0);
    (void)posix_spawn_file_actions_destroy(&actions);
    return pid;
}

/* Every orphan is ours: waits for the last of them. */
static void wait_for_all(void)
{
    (void)alarm(LIMIT_S);
    while (wait(NULL) > 0)
        continue;
    (void)alarm(0);
}

static int begin_world(void **state)
{
    char gateway[sizeof folder + 16];
    (void)state;
    const char *programs = getenv("VIADUCT_TEST_BIN");
    if (programs == NULL)
        return -1;
    (void)snprintf(folder, sizeof folder, "/tmp/viaduct-children-XXXXXX");
    if (mkdtemp(folder) == NULL || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
        return -1;
    (void)snprintf(gateway, sizeof gateway, "unix:%s/none", folder);
    (void)setenv("VIADUCT_GATEWAY", gateway, 1);
    (void)setenv("XDG_RUNTIME_DIR", folder, 1);
    (void)setenv("VIADUCT_BIN", programs, 1);
    return 0;
}

static void nothing_is_left_of_a_parent_that_exits(void **state)
{
    (void)state;
    int status = -1;
    pid_t parent = start_parent("run", -1);
    assert_int_equal(waitpid(parent, &status, 0), parent);
    assert_int_equal(status, 0);
    wait_for_all();
    assert_int_equal(rmdir(folder), 0); /* is empty */
}

static void nothing_is_left_of_a_parent_that_is_killed(void **state)
{
    (void)state;
    int output[2];
    char octet = 0;
    assert_int_equal(pipe(output), 0);
    pid_t parent = start_parent("hang", output[1]);
    (void)close(output[1]);
    assert_int_equal(read(output[0], &octet, 1), 1);
    (void)close(output[0]);
    (void)kill(parent, SIGKILL);
    wait_for_all();
    assert_int_equal(rmdir(folder), 0);
}

_Noreturn static void hang(void)
{
    (void)start_well("serve");
    (void)putchar('r');
    (void)fflush(stdout);
    for (;;)
        (void)pause();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_is_left_of_a_parent_that_exits, begin_world),
        cmocka_unit_test_setup(nothing_is_left_of_a_parent_that_is_killed, begin_world),
    };
    if (argc == 2 && strcmp(argv[1], "run") == 0)
        return run();
    if (argc == 2 && strcmp(argv[1], "hang") == 0)
        hang();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
