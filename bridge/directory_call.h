/*
 * Calls to the gateway's directory that are waited for.
 */
#pragma once

#include <stdint.h>
#include <viaduct/node.h>

#define DIRECTORY_PAGE_MOST 256u /* rows asked for at once */

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
/* Asks with @verb for a list, page by page: @texts, then where the page begins. Each row is left to
 * @read, which ends the list by another status than VIA_OK. Lock not held. */
VIA_MUST_USE enum via_status
directory_ask_list(struct via_node *node, uint32_t verb, const char *const texts[], size_t n_texts,
                   enum via_status (*read)(void *user, struct via_parcel *page), void *user);
/* What stands in a parcel for a text that may be NULL: never null there. */
const char *directory_text(const char *text);
