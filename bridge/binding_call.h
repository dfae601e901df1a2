/*
 * The gateway's bindings, and who waits: asked for by tools.
 */
#pragma once

#include <viaduct/node.h>

/* Strings are borrowed for the callback. */
struct binding_row {
    const char *family, *client_user, *interface, *server_user, *name;
    uint32_t client_uid, server_uid;
    bool from_file;
};
struct waiting_row {
    const char *family, *interface, *protocol, *name;
    uint32_t client_uid, server_uid;
    int32_t pid;
    uint8_t state; /* enum waiting_state */
};

/* Both ends as the bindings file has them; @server NULL: unbinds. Statuses as codecs/control.h. */
VIA_MUST_USE enum via_status binding_call_change(struct via_node *node, const char *family,
                                                 const char *client, const char *server);
/* @family "": all. */
VIA_MUST_USE enum via_status
binding_call_list(struct via_node *node, const char *family,
                  void (*fn)(void *user, const struct binding_row *row), void *user);
VIA_MUST_USE enum via_status
binding_call_waiting(struct via_node *node, const char *family,
                     void (*fn)(void *user, const struct waiting_row *row), void *user);
