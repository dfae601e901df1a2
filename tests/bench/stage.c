/*
 * The stage. Placement is inherited: the affinity is set before anything is started.
 */
#include "tests/bench/stage.h"

#include <sched.h>
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

int stage_start(struct stage *stage, const char *self, bool onecore)
{
    const char *role = "role";
    memset(stage, 0, sizeof *stage);
    (void)snprintf(stage->folder, sizeof stage->folder, "/tmp/viaduct-bench-XXXXXX");
    if (mkdtemp(stage->folder) == NULL || make_certificates(stage->folder) != 0)
        return 1;
    place(onecore);

    char socket[128], ca[128], cert[128], key[128], server_cert[128], server_key[128];
    snprintf(socket, sizeof socket, "%s/gateway.sock", stage->folder);
    snprintf(ca, sizeof ca, "%s/ca.pem", stage->folder);
    snprintf(cert, sizeof cert, "%s/client.pem", stage->folder);
    snprintf(key, sizeof key, "%s/client.key", stage->folder);
    snprintf(server_cert, sizeof server_cert, "%s/server.pem", stage->folder);
    snprintf(server_key, sizeof server_key, "%s/server.key", stage->folder);

    char words[512], address[128], port[16];
    const char *const daemon[] = {BENCH_DAEMON,  "--socket",    socket,      "--listen",
                                  "127.0.0.1:0", "--cert",      server_cert, "--key",
                                  server_key,    "--client-ca", ca,          NULL};
    if (child_start(&stage->gateway, daemon, NULL, "viaductd: ready", words, sizeof words) != 0 ||
        word_after(words, "listen=", address, sizeof address) != 0)
        return 1;
    snprintf(port, sizeof port, "%s", strrchr(address, ':') + 1);

    char local[160], remote[160], ca_setting[160], cert_setting[160], key_setting[160];
    snprintf(local, sizeof local, "VIADUCT_GATEWAY=unix:%s", socket);
    snprintf(remote, sizeof remote, "VIADUCT_GATEWAY=wss://localhost:%s", port);
    snprintf(ca_setting, sizeof ca_setting, "VIADUCT_CA=%s", ca);
    snprintf(cert_setting, sizeof cert_setting, "VIADUCT_CERT=%s", cert);
    snprintf(key_setting, sizeof key_setting, "VIADUCT_KEY=%s", key);
    const char *const near[] = {local, NULL};
    const char *const far[] = {remote, ca_setting, cert_setting, key_setting, NULL};

    const char *name = "bench.echo";
    const char *const service[] = {self, role, "core-service", name, NULL};
    const char *const near_client[] = {self, role, "core-client", name, NULL};
    const char *const unix_driver[] = {self, role, "unix", NULL};
    const char *const echo[] = {self, role, "echo-server", server_cert, server_key, NULL};
    if (child_start(&stage->service, service, near, "ready", NULL, 0) != 0 ||
        child_start(&stage->drivers[SUBJECT_UNIX], unix_driver, NULL, "ready", NULL, 0) != 0 ||
        child_start(&stage->drivers[SUBJECT_LOCAL], near_client, near, "ready", NULL, 0) != 0 ||
        child_start(&stage->drivers[SUBJECT_REMOTE], near_client, far, "ready", NULL, 0) != 0 ||
        child_start(&stage->echo, echo, NULL, "ready ", words, sizeof words) != 0)
        return 1;
    words[strcspn(words, "\n")] = '\0';
    const char *const echo_client[] = {self, role, "echo-client", words, ca, NULL};
    const char *const json[] = {self, role, "json-client", port, ca, cert, key, name, NULL};
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
    static const char *const files[] = {"ca.pem",     "ca.key",     "server.pem", "server.key",
                                        "client.pem", "client.key", "crl.pem",    "gateway.sock"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", stage->folder, files[i]);
        (void)unlink(path);
    }
    (void)rmdir(stage->folder);
}
