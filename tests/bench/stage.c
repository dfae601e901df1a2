/*
 * The stage. Placement is inherited: the affinity is set before anything is started.
 */
#include "tests/bench/stage.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

const char *const subject_names[N_SUBJECTS] = {"unix", "echo", "local", "remote", "json"};

static void place(bool onecore)
{
    cpu_set_t all;
    cpu_set_t set;
    CPU_ZERO(&set);
    long n_cpus = sysconf(_SC_NPROCESSORS_CONF);
    CPU_ZERO(&all);
    for (long i = 0; i < n_cpus && i < CPU_SETSIZE; i++)
        CPU_SET((size_t)i, &all);
    CPU_SET(n_cpus > 1 ? 1 : 0, &set);
    (void)sched_setaffinity(0, sizeof set, onecore ? &set : &all);
}

static int make_certificates(const char *folder)
{
    pid_t pid = fork();
    if (pid == 0) {
        execl(BENCH_CERTS, BENCH_CERTS, "dev", folder, (char *)NULL);
        _exit(127);
    }
    int status = 1;
    return pid < 0 || waitpid(pid, &status, 0) != pid || status != 0;
}

/* The word after @key in @words, cut at white space, to @value. 0 on success. */
static int word_after(const char *words, const char *key, char *value, size_t size)
{
    const char *at = strstr(words, key);
    if (at == NULL)
        return 1;
    at += strlen(key);
    size_t n = strcspn(at, " \n,");
    if (n >= size)
        return 1;
    memcpy(value, at, n);
    value[n] = '\0';
    return 0;
}

void stage_make_settings(struct stage_settings *settings, const struct stage *stage,
                         const char *gateway)
{
    snprintf(settings->gateway, sizeof settings->gateway, "VIADUCT_GATEWAY=%s", gateway);
    snprintf(settings->ca, sizeof settings->ca, "VIADUCT_CA=%s", stage->ca);
    snprintf(settings->cert, sizeof settings->cert, "VIADUCT_CERT=%s", stage->cert);
    snprintf(settings->key, sizeof settings->key, "VIADUCT_KEY=%s", stage->key);
    settings->list[0] = settings->gateway;
    settings->list[1] = settings->ca;
    settings->list[2] = settings->cert;
    settings->list[3] = settings->key;
    settings->list[4] = NULL;
}

static void name_files(struct stage *stage)
{
    snprintf(stage->ca, sizeof stage->ca, "%s/ca.pem", stage->folder);
    snprintf(stage->cert, sizeof stage->cert, "%s/client.pem", stage->folder);
    snprintf(stage->key, sizeof stage->key, "%s/client.key", stage->folder);
    snprintf(stage->server_cert, sizeof stage->server_cert, "%s/server.pem", stage->folder);
    snprintf(stage->server_key, sizeof stage->server_key, "%s/server.key", stage->folder);
}

/* Drivers that wait for their next order answer no pings: they are not to be taken for gone. They
 * are many. Nor is a busy machine to cost anybody his handshake, but where @bounded says so: that
 * it does is a part of how fast many come back. */
static int write_config(const struct stage *stage, bool bounded, char *path, size_t size)
{
    snprintf(path, size, "%s/gateway.json", stage->folder);
    FILE *file = fopen(path, "we");
    if (file == NULL)
        return 1;
    int failed =
        fprintf(file, "{\"limits\": {\"keepalive_ms\": 600000, \"max_connections\": 60000%s}}\n",
                bounded ? "" : ", \"handshake_ms\": 60000") < 0;
    return fclose(file) != 0 || failed;
}

static int start_gateway(struct stage *stage, const char *listen, bool bounded)
{
    char socket[STAGE_PATH_MAX], words[512], address[STAGE_PATH_MAX], config[STAGE_PATH_MAX];
    snprintf(socket, sizeof socket, "%s/gateway.sock", stage->folder);
    if (write_config(stage, bounded, config, sizeof config) != 0)
        return 1;
    const char *const daemon[] = {BENCH_DAEMON,
                                  "--config",
                                  config,
                                  "--socket",
                                  socket,
                                  "--listen",
                                  listen,
                                  "--cert",
                                  stage->server_cert,
                                  "--key",
                                  stage->server_key,
                                  "--client-ca",
                                  stage->ca,
                                  NULL};
    if (child_start(&stage->gateway, daemon, NULL, "viaductd: ready", words, sizeof words) != 0 ||
        word_after(words, "listen=", address, sizeof address) != 0)
        return 1;
    snprintf(stage->port, sizeof stage->port, "%s", strrchr(address, ':') + 1);
    snprintf(stage->local, sizeof stage->local, "unix:%s/gateway.sock", stage->folder);
    snprintf(stage->remote, sizeof stage->remote, "wss://localhost:%s", stage->port);
    return 0;
}

int stage_restart_gateway(struct stage *stage)
{
    char listen[32];
    (void)kill(stage->gateway.pid, SIGKILL);
    child_end(&stage->gateway);
    snprintf(listen, sizeof listen, "127.0.0.1:%s", stage->port);
    return start_gateway(stage, listen, true);
}

int stage_start_remote(struct stage *stage, const char *self, const char *role,
                       const char *argument, struct child *child)
{
    struct stage_settings far = {.list = {NULL}};
    stage_make_settings(&far, stage, stage->remote);
    const char *const argv[] = {self, "role", role, argument, NULL};
    return child_start(child, argv, far.list, "ready", NULL, 0);
}

int stage_start_gateway(struct stage *stage, const char *self, bool onecore)
{
    memset(stage, 0, sizeof *stage);
    (void)snprintf(stage->folder, sizeof stage->folder, "/tmp/viaduct-bench-XXXXXX");
    if (mkdtemp(stage->folder) == NULL || make_certificates(stage->folder) != 0)
        return 1;
    place(onecore);
    name_files(stage);

    if (start_gateway(stage, "127.0.0.1:0", false) != 0)
        return 1;
    struct stage_settings near = {.list = {NULL}};
    stage_make_settings(&near, stage, stage->local);
    const char *const service[] = {self, "role", "core-service", STAGE_SERVICE, NULL};
    return child_start(&stage->service, service, near.list, "ready", NULL, 0);
}

int stage_start_subjects(struct stage *stage, const char *self)
{
    const char *role = "role";
    char port[16];
    struct stage_settings near = {.list = {NULL}}, far = {.list = {NULL}};
    stage_make_settings(&near, stage, stage->local);
    stage_make_settings(&far, stage, stage->remote);
    const char *const client[] = {self, role, "core-client", STAGE_SERVICE, NULL};
    const char *const unix_driver[] = {self, role, "unix", NULL};
    const char *const echo[] = {self, role, "echo-server", stage->server_cert, stage->server_key,
                                NULL};
    if (child_start(&stage->drivers[SUBJECT_UNIX], unix_driver, NULL, "ready", NULL, 0) != 0 ||
        child_start(&stage->drivers[SUBJECT_LOCAL], client, near.list, "ready", NULL, 0) != 0 ||
        child_start(&stage->drivers[SUBJECT_REMOTE], client, far.list, "ready", NULL, 0) != 0 ||
        child_start(&stage->echo, echo, NULL, "ready ", port, sizeof port) != 0)
        return 1;
    port[strcspn(port, "\n")] = '\0';
    const char *const echo_client[] = {self, role, "echo-client", port, stage->ca, NULL};
    const char *const json[] = {self,        role,       "json-client", stage->port, stage->ca,
                                stage->cert, stage->key, STAGE_SERVICE, NULL};
    int failed =
        child_start(&stage->drivers[SUBJECT_ECHO], echo_client, NULL, "ready", NULL, 0) != 0 ||
        child_start(&stage->drivers[SUBJECT_JSON], json, NULL, "ready", NULL, 0) != 0;
    return failed;
}

void stage_end(struct stage *stage)
{
    for (size_t i = 0; i < N_SUBJECTS; i++)
        child_end(&stage->drivers[i]);
    child_end(&stage->service);
    child_end(&stage->gateway);
    child_end(&stage->echo);
    static const char *const files[] = {"ca.pem",     "ca.key",       "server.pem",
                                        "server.key", "client.pem",   "client.key",
                                        "crl.pem",    "gateway.sock", "gateway.json"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", stage->folder, files[i]);
        (void)unlink(path);
    }
    (void)rmdir(stage->folder);
}
