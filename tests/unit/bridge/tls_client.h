/*
 * A TLS client that is not libwebsockets: it says some octets and keeps what it hears. It blocks,
 * in a thread of its own, so that the test may turn the loop meanwhile.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tls_client;

/* Connects to 127.0.0.1:@port with @cert and @key (NULL: without), says @size octets of @octets
 * (borrowed until it is destroyed). It hears until the end of file, or until it has heard @until
 * (NULL: never) @n_times. */
struct tls_client *tls_client_start(uint16_t port, const char *cert, const char *key,
                                    const void *octets, size_t size, const char *until,
                                    unsigned n_times);
/* Once it is done: says more, and hears on, until what it has heard altogether has @until. */
void tls_client_go_on(struct tls_client *client, const void *octets, size_t size, const char *until,
                      unsigned n_times);
/* Whether it has heard all it is to hear; its connection is still open if it was not closed. */
bool tls_client_is_done(struct tls_client *client);
/* What was heard, as text; waits for tls_client_is_done(). */
const char *tls_client_heard(struct tls_client *client);
/* Whether the other side ended the connection. */
bool tls_client_was_ended(struct tls_client *client);
/* Closes and frees. */
struct tls_client *tls_client_destroy(struct tls_client *client);
