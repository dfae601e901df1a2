/*
 * Who is calling: what a thread knows while it runs a handler for another process. Contexts stand
 * on the stack of who handles and nest, as calls do.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <viaduct/object.h>

struct context {
    struct context *outer;           /* of this thread; NULL at the outermost */
    const struct via_caller *caller; /* borrowed from the call */
    uint64_t first_token; /* of who began the chain; 0: the caller did, or it is remote */
    /* Who counts as the caller now: the program may reset it and set it back. */
    uint64_t token, pid, uid;
    bool local;
};

void context_enter(struct context *context, struct via_call *call);
void context_leave(struct context *context);
/* Of this thread; NULL outside a handler. */
struct context *context_current(void);

/* Callbacks of the kit that are no handlers (deaths, the end of a stub, a child's start) run
 * between these two, so that nothing they call waits for such a callback. */
void context_enter_callback(void);
void context_leave_callback(void);
/* Whether this thread runs a handler or such a callback. */
bool context_is_worker(void);
