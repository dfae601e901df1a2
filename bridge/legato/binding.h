/*
 * Finding what an interface is bound to: the gateway does that, by its bindings.
 */
#pragma once

#include <viaduct/node.h>

#define BINDING_FAMILY "legato"

/* A connection, where there has never been one: whatever asks the gateway would wait for it, too.
 */
VIA_MUST_USE enum via_status binding_connect(void);
/* Waits for binding and service if @wait; VIA_NOT_FOUND: bound, but not there; VIA_DENIED: not
 * bound. */
VIA_MUST_USE enum via_status binding_find(const char *interface, const char *protocol, bool wait,
                                          struct via_found *found);
/* The same without waiting for it: @fn runs on a worker, once, if this returns VIA_OK. */
VIA_MUST_USE enum via_status binding_find_async(const char *interface, const char *protocol,
                                                via_found_fn fn, void *user,
                                                struct via_finding **findingp);
