/*
 * Runs the same cases three times: in one process, in processes of one host, and over TLS
 * WebSockets. Each way is a process of its own, so that nothing but its environment differs.
 */
#include "tests/integration/kit_world.h"

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/kit_service.h"
#include "tests/unit/third_party/issuer.h"

#define FIND_MS 20000u
#define LINE_MAX_SIZE 512

extern char **environ;

static const char *const way_names[] = {"here", "unix", "wss"};

static enum kit_way way;
static char folder[] = "/tmp/viaduct-kit-XXXXXX";
static char socket_path[64];
static char unix_setting[96];
static char first_line[LINE_MAX_SIZE]; /* of the process started last */
static pid_t gateway;

enum kit_way kit_way(void)
{
    return way;
}

/* ---- processes ---- */

static void read_first_line(int fd)
{
    size_t size = 0;
    while (size < sizeof first_line - 1 && read(fd, first_line + size, 1) == 1)
        if (first_line[size++] == '\n')
            break;
    first_line[size] = '\0';
}

/* Our environment and @more; the array is to be freed. */
static char **environment_with(const char *const *more)
{
    size_t n = 0;
    size_t n_more = 0;
    while (environ[n] != NULL)
        n++;
    while (more != NULL && more[n_more] != NULL)
        n_more++;
    const char **all = calloc(n + n_more + 1, sizeof *all);
    assert_non_null(all);
    for (size_t i = 0; more != NULL && i < n_more; i++) /* the first of a name counts */
        all[i] = more[i];
    for (size_t i = 0; i < n; i++)
        all[n_more + i] = environ[i];
    return (char **)(uintptr_t)all;
}

pid_t kit_start(const char *const *arguments, const char *const *environment)
{
    int output[2];
    pid_t pid = -1;
    posix_spawn_file_actions_t actions;
    assert_int_equal(pipe2(output, O_CLOEXEC), 0);
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO), 0);
    char **all = environment_with(environment);
    assert_int_equal(
        posix_spawn(&pid, arguments[0], &actions, NULL, (char *const *)(uintptr_t)arguments, all),
        0);
    free(all);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(output[1]);
    read_first_line(output[0]);
    (void)close(output[0]);
    return pid;
}

int kit_wait(pid_t pid)
{
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

/* ---- the gateway ---- */

static const char *word_after(const char *key)
{
    static char word[128];
    const char *at = strstr(first_line, key);
    assert_non_null(at);
    at += strlen(key);
    (void)snprintf(word, sizeof word, "%.*s", (int)strcspn(at, " ,\n"), at);
    return word;
}

static void set_gateway(const struct issued *ca, const struct issued *client)
{
    char address[128];
    const char *listen = word_after("listen=");
    (void)snprintf(address, sizeof address, "wss://localhost%s", strrchr(listen, ':'));
    (void)setenv("VIADUCT_GATEWAY", address, 1);
    (void)setenv("VIADUCT_CA", ca->cert_path, 1);
    (void)setenv("VIADUCT_CERT", client->cert_path, 1);
    (void)setenv("VIADUCT_KEY", client->key_path, 1);
}

static void start_gateway(void)
{
    static struct issued ca;
    static struct issued server;
    static struct issued client;
    char daemon[256];
    (void)snprintf(daemon, sizeof daemon, "%s/viaductd", getenv("VIADUCT_TEST_BIN"));
    (void)snprintf(socket_path, sizeof socket_path, "%s/gateway", folder);
    (void)snprintf(unix_setting, sizeof unix_setting, "VIADUCT_GATEWAY=unix:%s", socket_path);
    const char *arguments[] = {daemon, "--socket", socket_path, NULL, NULL, NULL,
                               NULL,   NULL,       NULL,        NULL, NULL, NULL};
    if (way == KIT_WSS) {
        issuer_make(&ca, "ca", ISSUED_AS_CA, NULL);
        issuer_make(&server, "server", ISSUED_AS_PEER, &ca);
        issuer_make(&client, "client", ISSUED_AS_PEER, &ca);
        const char *const tls[] = {"--listen", "127.0.0.1:0",   "--cert",      server.cert_path,
                                   "--key",    server.key_path, "--client-ca", ca.cert_path};
        memcpy(arguments + 3, tls, sizeof tls);
    }
    gateway = kit_start(arguments, NULL);
    assert_non_null(strstr(first_line, "ready"));
    if (way == KIT_WSS)
        set_gateway(&ca, &client);
    else
        (void)setenv("VIADUCT_GATEWAY", unix_setting + strlen("VIADUCT_GATEWAY="), 1);
}

static void end_gateway(void)
{
    char path[96];
    (void)kill(gateway, SIGTERM);
    (void)kit_wait(gateway);
    (void)snprintf(path, sizeof path, "%s.lock", socket_path);
    (void)unlink(path);
    (void)unlink(socket_path);
    issuer_clean();
}

/* ---- services ---- */

static int serve(const char *name)
{
    OHIPCRemoteStub *stub = kit_service_create();
    enum via_status status = via_openharmony_publish(name, stub);
    if (status != VIA_OK) {
        char words[256];
        via_openharmony_fault(words, sizeof words);
        (void)fprintf(stderr, "serve: %d %s\n", (int)status, words);
        return EXIT_FAILURE;
    }
    (void)puts("ready");
    (void)fflush(stdout);
    OH_IPCSkeleton_JoinWorkThread();
    return EXIT_SUCCESS;
}

void kit_peer_start(struct kit_peer *peer)
{
    static unsigned n;
    memset(peer, 0, sizeof *peer);
    (void)snprintf(peer->name, sizeof peer->name, "service-%u", ++n);
    if (way == KIT_HERE) {
        peer->stub = kit_service_create();
        peer->proxy = kit_proxy_of(peer->stub);
        return;
    }
    const char *const arguments[] = {"/proc/self/exe", "serve", peer->name, NULL};
    const char *const environment[] = {unix_setting, NULL};
    peer->pid = kit_start(arguments, environment);
    assert_string_equal(first_line, "ready\n");
    assert_int_equal(via_openharmony_get(peer->name, FIND_MS, &peer->proxy), VIA_OK);
}

void kit_peer_kill(struct kit_peer *peer)
{
    (void)kill(peer->pid, SIGKILL);
    (void)kit_wait(peer->pid);
    peer->pid = 0;
}

void kit_peer_end(struct kit_peer *peer)
{
    if (peer->pid != 0)
        kit_peer_kill(peer);
    OH_IPCRemoteProxy_Destroy(peer->proxy);
    OH_IPCRemoteStub_Destroy(peer->stub);
}

/* ---- main ---- */

static int run_way(int (*run)(void))
{
    if (way == KIT_HERE)
        return run();
    assert_non_null(mkdtemp(folder));
    start_gateway();
    int failed = run();
    end_gateway();
    (void)rmdir(folder);
    return failed;
}

static int run_all(const char *self)
{
    int failed = 0;
    for (size_t i = 0; i < sizeof way_names / sizeof way_names[0]; i++) {
        pid_t pid = -1;
        int status = 0;
        char *const arguments[] = {(char *)(uintptr_t)self, (char *)(uintptr_t)way_names[i], NULL};
        (void)fprintf(stderr, "---- %s ----\n", way_names[i]);
        if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, arguments, environ) != 0 ||
            waitpid(pid, &status, 0) != pid || status != 0) {
            (void)fprintf(stderr, "---- %s: failed, wait status %d\n", way_names[i], status);
            failed = 1;
        }
    }
    return failed;
}

int kit_world_main(int argc, char **argv, int (*run)(void))
{
    if (argc == 3 && strcmp(argv[1], "serve") == 0)
        return serve(argv[2]);
    if (argc < 2)
        return run_all(argv[0]);
    while (strcmp(argv[1], way_names[way]) != 0)
        if (++way > KIT_WSS)
            return EXIT_FAILURE;
    return run_way(run);
}

/* ---- calls ---- */

const OH_IPC_MessageOption kit_async = {OH_IPC_REQUEST_MODE_ASYNC, 0, NULL};

void *kit_allocate(int32_t len)
{
    return malloc((size_t)len);
}

void *kit_refuse(int32_t len)
{
    (void)len;
    return NULL;
}

OHIPCParcel *kit_numbers(size_t n, const int32_t *numbers)
{
    OHIPCParcel *data = OH_IPCParcel_Create();
    for (size_t i = 0; i < n; i++)
        (void)OH_IPCParcel_WriteInt32(data, numbers[i]);
    return data;
}

int kit_call(const OHIPCRemoteProxy *proxy, uint32_t code, OHIPCParcel *data, OHIPCParcel **replyp)
{
    *replyp = OH_IPCParcel_Create();
    int error = OH_IPCRemoteProxy_SendRequest(proxy, code, data, *replyp, NULL);
    OH_IPCParcel_Destroy(data);
    return error;
}

int32_t kit_ask(const OHIPCRemoteProxy *proxy, uint32_t code, int32_t number)
{
    OHIPCParcel *reply = NULL;
    int32_t answer = -1;
    assert_int_equal(kit_call(proxy, code, kit_numbers(1, &number), &reply), OH_IPC_SUCCESS);
    (void)OH_IPCParcel_ReadInt32(reply, &answer);
    OH_IPCParcel_Destroy(reply);
    return answer;
}

int kit_pass(const OHIPCRemoteProxy *proxy, uint32_t code, const OHIPCRemoteStub *stub,
             int32_t number, const OH_IPC_MessageOption *option)
{
    OHIPCParcel *data = OH_IPCParcel_Create();
    OHIPCParcel *reply = OH_IPCParcel_Create();
    assert_int_equal(OH_IPCParcel_WriteRemoteStub(data, stub), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteInt32(data, number), OH_IPC_SUCCESS);
    int error = OH_IPCRemoteProxy_SendRequest(proxy, code, data, reply, option);
    OH_IPCParcel_Destroy(data);
    OH_IPCParcel_Destroy(reply);
    return error;
}

OHIPCRemoteProxy *kit_proxy_of(const OHIPCRemoteStub *stub)
{
    OHIPCParcel *parcel = OH_IPCParcel_Create();
    assert_int_equal(OH_IPCParcel_WriteRemoteStub(parcel, stub), OH_IPC_SUCCESS);
    OHIPCRemoteProxy *proxy = OH_IPCParcel_ReadRemoteProxy(parcel);
    OH_IPCParcel_Destroy(parcel);
    assert_non_null(proxy);
    return proxy;
}
