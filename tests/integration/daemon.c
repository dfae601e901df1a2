/*
 * Its configuration is a file, so that a test may put any key into it.
 */
#include "tests/integration/daemon.h"

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void make_certificates(struct certificates *certificates)
{
    const struct certificate_wish ca = {.name = "ca", .usage = FOR_AUTHORITY};
    const struct certificate_wish server = {.name = "server",
                                            .issuer = "ca",
                                            .dns = "localhost",
                                            .ip = "127.0.0.1",
                                            .usage = FOR_SERVER,
                                            .serial = 2};
    const struct certificate_wish client = {
        .name = "client", .issuer = "ca", .usage = FOR_CLIENT, .serial = 3};
    certificates_make(certificates, &ca);
    certificates_make(certificates, &server);
    certificates_make(certificates, &client);
}

void daemon_prepare(struct daemon *daemon)
{
    *daemon = (struct daemon){.certificates = certificates_create()};
    make_certificates(daemon->certificates);
    (void)snprintf(daemon->folder, sizeof daemon->folder, "/tmp/viaduct-test-XXXXXX");
    assert_non_null(mkdtemp(daemon->folder));
    (void)snprintf(daemon->socket, sizeof daemon->socket, "%s/sock", daemon->folder);
    (void)snprintf(daemon->config, sizeof daemon->config, "%s/config", daemon->folder);
    (void)snprintf(daemon->audit, sizeof daemon->audit, "%s/audit", daemon->folder);
    (void)snprintf(daemon->unix_address, sizeof daemon->unix_address, "unix:%s", daemon->socket);
}

static void write_config(const struct daemon *daemon)
{
    FILE *file = fopen(daemon->config, "we");
    assert_non_null(file);
    (void)fprintf(file,
                  "{\"socket\": \"%s\", \"audit\": \"%s\", \"listen\": [\"127.0.0.1:%u\"],"
                  " \"cert\": \"%s\", \"key\": \"%s\", \"client_ca\": \"%s\","
                  " \"limits\": {%s \"handshake_ms\": 30000}}", /* a busy machine */
                  daemon->socket, daemon->audit, daemon->port,
                  certificates_cert(daemon->certificates, "server"),
                  certificates_key(daemon->certificates, "server"),
                  certificates_cert(daemon->certificates, "ca"), daemon->limits);
    assert_int_equal(fclose(file), 0);
}

void daemon_start(struct daemon *daemon)
{
    char path[256], line[512];
    write_config(daemon);
    const char *const argv[] = {process_program(path, "viaductd"), "--config", daemon->config,
                                NULL};
    process_start(&daemon->process, argv, NULL);
    process_line(&daemon->process, line, sizeof line);
    const char *colon = strrchr(line, ':');
    if (strncmp(line, "viaductd: ready ", 16) != 0)
        fail_msg("viaductd said: %s", line);
    daemon->port = colon == NULL ? 0 : (unsigned)strtoul(colon + 1, NULL, 10);
    assert_in_range(daemon->port, 1, 65535);
    (void)snprintf(daemon->wss_address, sizeof daemon->wss_address, "wss://localhost:%u",
                   daemon->port);
}

void daemon_stop(struct daemon *daemon)
{
    process_kill(&daemon->process, SIGTERM);
    int status = process_wait(&daemon->process);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

void daemon_kill(struct daemon *daemon)
{
    process_kill(&daemon->process, SIGKILL);
    assert_true(WIFSIGNALED(process_wait(&daemon->process)));
}

void daemon_clean(struct daemon *daemon)
{
    char lock[112];
    (void)snprintf(lock, sizeof lock, "%s.lock", daemon->socket);
    const char *const files[] = {lock, daemon->socket, daemon->config, daemon->audit};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        (void)unlink(files[i]);
    assert_int_equal(rmdir(daemon->folder), 0);
    daemon->certificates = certificates_destroy(daemon->certificates);
}

char *daemon_audit(const struct daemon *daemon)
{
    FILE *file = fopen(daemon->audit, "re");
    char *text = calloc(1, PROCESS_TEXT_MAX);
    assert_non_null(text);
    if (file != NULL) {
        text[fread(text, 1, PROCESS_TEXT_MAX - 1, file)] = '\0';
        (void)fclose(file);
    }
    return text;
}

void daemon_settings(const struct daemon *daemon, bool remote, struct settings *settings)
{
    static const size_t size = sizeof settings->texts[0];
    memset(settings->list, 0, sizeof settings->list);
    (void)snprintf(settings->texts[0], size, "VIADUCT_GATEWAY=%s",
                   remote ? daemon->wss_address : daemon->unix_address);
    (void)snprintf(settings->texts[1], size, "VIADUCT_CA=%s",
                   certificates_cert(daemon->certificates, "ca"));
    (void)snprintf(settings->texts[2], size, "VIADUCT_CERT=%s",
                   certificates_cert(daemon->certificates, "client"));
    (void)snprintf(settings->texts[3], size, "VIADUCT_KEY=%s",
                   certificates_key(daemon->certificates, "client"));
    for (size_t i = 0; i < (remote ? 4 : 1); i++)
        settings->list[i] = settings->texts[i];
}
