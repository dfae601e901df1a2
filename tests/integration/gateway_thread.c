/*
 * A gateway that runs in a thread of the test: started, stopped, and its folder removed.
 */
#include "tests/integration/gateway_thread.h"

#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *run(void *user)
{
    struct gateway_thread *self = user;
    return via_gateway_run(self->gateway) == VIA_OK ? self : NULL;
}

static void write_config(const struct gateway_thread *self, const char *config)
{
    FILE *file = fopen(self->config, "we");
    assert_non_null(file);
    assert_true(fputs(config, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

void gateway_thread_start(struct gateway_thread *self, const char *config)
{
    memset(self, 0, sizeof *self);
    (void)snprintf(self->folder, sizeof self->folder, "/tmp/viaduct-test-XXXXXX");
    assert_non_null(mkdtemp(self->folder));
    (void)snprintf(self->socket, sizeof self->socket, "%s/sock", self->folder);
    (void)snprintf(self->config, sizeof self->config, "%s/config", self->folder);
    (void)snprintf(self->audit, sizeof self->audit, "%s/audit", self->folder);
    char text[8192];
    (void)snprintf(text, sizeof text, "{\"audit\": \"%s\"%s%s}", self->audit,
                   config == NULL ? "" : ", ", config == NULL ? "" : config);
    write_config(self, text);
    const struct via_gateway_options options = {
        .size = sizeof options, .config = self->config, .socket = self->socket};
    char words[1024] = "";
    if (via_gateway_create(&options, words, sizeof words, &self->gateway) != VIA_OK)
        fail_msg("no gateway: %s", words);
    assert_int_equal(pthread_create(&self->thread, NULL, run, self), 0);
}

void gateway_thread_stop(struct gateway_thread *self)
{
    void *ended;
    via_gateway_stop(self->gateway);
    assert_int_equal(pthread_join(self->thread, &ended), 0);
    assert_ptr_equal(ended, self);
    self->gateway = via_gateway_destroy(self->gateway);
    const char *const files[] = {self->config, self->audit};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        (void)unlink(files[i]);
    char lock[112];
    (void)snprintf(lock, sizeof lock, "%s.lock", self->socket);
    (void)unlink(lock);
    assert_int_equal(rmdir(self->folder), 0); /* the socket has gone by itself */
}

char *gateway_thread_audit(const struct gateway_thread *self)
{
    FILE *file = fopen(self->audit, "re");
    char *text = calloc(1, 65536);
    assert_non_null(text);
    if (file != NULL) {
        size_t size = fread(text, 1, 65535, file);
        text[size] = '\0';
        (void)fclose(file);
    }
    return text;
}
