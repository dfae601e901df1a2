/*
 * Which services of the gateway have not answered all requests: asked for by tools.
 */
#pragma once

#include <viaduct/node.h>

/* Strings are borrowed for the callback. */
struct unanswered_row {
    const char *family, *name;
    int32_t pid;
    uint32_t uid;
    uint32_t n; /* requests */
    uint64_t oldest_ms;
    const char *caller_identity, *caller_address; /* who waits for the oldest */
    int32_t caller_pid;
    uint32_t caller_uid;
};

/* @family and @pattern "": all. */
VIA_MUST_USE enum via_status
unanswered_call_list(struct via_node *node, const char *family, const char *pattern,
                     void (*fn)(void *user, const struct unanswered_row *row), void *user);
