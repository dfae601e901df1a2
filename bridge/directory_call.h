/*
 * Calls to the gateway's directory that are waited for.
 */
#pragma once

#include <stdint.h>
#include <viaduct/node.h>

/* Asks on a connection that is made if need be. Lock held, and let go meanwhile. A session that
 * ends meanwhile is NOT_CONNECTED, unless a new one can be asked. */
VIA_MUST_USE enum via_status directory_ask(struct via_node *node, uint32_t verb,
                                           struct via_parcel *request, uint32_t time_ms,
                                           int32_t *resultp, struct via_parcel **replyp);
/* The same where the lock is not held. */
VIA_MUST_USE enum via_status directory_ask_unlocked(struct via_node *node, uint32_t verb,
                                                    struct via_parcel *request, uint32_t time_ms,
                                                    int32_t *resultp, struct via_parcel **replyp);
/* Asks with @verb until @wait_ms are over (0: once, UINT32_MAX: for ever): a gateway that goes
 * meanwhile is asked again when it is back. VIA_NOT_FOUND when they are. Lock not held. */
VIA_MUST_USE enum via_status directory_ask_until(struct via_node *node, uint32_t verb,
                                                 struct via_parcel *request, uint32_t wait_ms,
                                                 struct via_parcel **replyp);
/* What DIRECTORY_FIND is asked with. */
VIA_MUST_USE enum via_status directory_put_find(struct via_parcel *request, const char *family,
                                                const char *name, bool wait);
/* What stands in a parcel for a text that may be NULL: never null there. */
const char *directory_text(const char *text);
