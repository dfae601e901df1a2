/*
 * Bindings as they are written, in a file and on the command line, as in Legato's definitions:
 *
 *     bindings:
 *     {
 *         shop.till.clock -> <root>.clock      // an application's interface to a user's
 *         <joe>.door -> [HOST/]house.door      // dots after the first belong to the interface
 *     }
 *
 * An application NAME is the user "app" + NAME.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <viaduct/status.h>

#define BINDING_USER_MAX 57u /* octets */
#define BINDING_APP_MAX 47u
#define BINDING_INTERFACE_MAX 255u
#define BINDING_HOST_MAX 255u
#define BINDING_APP "app" /* what an application's user begins with */

struct binding_end {
    char host[BINDING_HOST_MAX + 1]; /* "": none is said */
    char user[BINDING_USER_MAX + 1]; /* of the system */
    char interface[BINDING_INTERFACE_MAX + 1];
    unsigned line, column; /* where it stands */
};

struct binding_fault {
    unsigned line, column; /* from 1; columns are octets */
    char text[256];
};

struct binding_text {
    const char *text;
    size_t size, at;
    unsigned line, column;
    bool inside; /* a section */
    struct binding_fault *fault;
};

/* Begins to read the @size octets of a file; @fault is set with VIA_INVALID. */
void binding_text_start(struct binding_text *reader, const char *text, size_t size,
                        struct binding_fault *fault);
/* The next binding: VIA_OK, VIA_END after the last, VIA_INVALID. */
VIA_MUST_USE enum via_status binding_text_next(struct binding_text *reader,
                                               struct binding_end *client,
                                               struct binding_end *server);
/* One end, which is all of @text. */
VIA_MUST_USE enum via_status binding_text_end(const char *text, bool is_server,
                                              struct binding_end *endp,
                                              struct binding_fault *fault);

/* USER and interface as binding_text_end() takes them. @size: BINDING_END_SIZE will do. */
#define BINDING_END_SIZE (BINDING_USER_MAX + BINDING_INTERFACE_MAX + 4u)
void binding_text_write(const char *user, const char *interface, char *out, size_t size);
/* The application whose user this is, or NULL. */
const char *binding_text_app(const char *user);
