/*
 * A gateway in a thread of the test, on a socket in a folder of its own.
 */
#pragma once

#include <pthread.h>
#include <viaduct/gateway.h>

struct gateway_thread {
    struct via_gateway *gateway;
    pthread_t thread;
    char folder[64];
    char socket[96];
    char config[96];
    char audit[96];
};

/* @config: text of a configuration file, or NULL; its audit goes to @audit. */
void gateway_thread_start(struct gateway_thread *self, const char *config);
/* Says goodbye, ends the thread, and removes the folder. */
void gateway_thread_stop(struct gateway_thread *self);
/* What the audit has by now; a string to free. */
char *gateway_thread_audit(const struct gateway_thread *self);
