/*
 * A verb of object 0 on its way, for the files that have verbs.
 */
#pragma once

#include <viaduct/parcel.h>

#include "gateway/binary.h"
#include "gateway/gateway.h"

struct verb_call {
    struct binary *binary;
    struct session *session; /* the same */
    struct gateway *gateway;
    uint32_t id, deadline_ms;
    struct via_parcel *request, *reply;
    bool later;                        /* it will be answered by someone else */
    struct subscription *subscription; /* begins after the answer */
    struct name_watch *watch;          /* likewise */
};

#define VERB_LIST_MOST 1000u      /* entries in one page */
#define VERB_LIST_SIZE_MAX 65536u /* octets in one page, about */

/* Reads a string that must not be null. */
VIA_MUST_USE enum via_status verb_call_text(struct verb_call *call, const char **textp);
VIA_MUST_USE enum via_status verb_call_texts(struct verb_call *call, const char **texts[],
                                             size_t n);
/* Reads a reference that must not be null: a new count. */
VIA_MUST_USE enum via_status verb_call_object(struct verb_call *call,
                                              struct gateway_object **objectp);
VIA_MUST_USE enum via_status verb_call_put_object(struct via_parcel *reply,
                                                  struct gateway_object *object);
/* What a find answers. */
VIA_MUST_USE enum via_status verb_call_put_found(const struct gateway *gateway,
                                                 struct via_parcel *reply,
                                                 const struct directory_entry *entry);
/* Whether @holder, of what the caller wants, is a session of the same identity that waits for its
 * link: most likely what the caller was before, to be given up when the grace time is over. */
bool verb_call_is_former_self(const struct verb_call *call, const struct session *holder);
/* The find is answered when what @wish wants is there. */
VIA_MUST_USE enum via_status verb_call_wait(struct verb_call *call,
                                            const struct waiters_wish *wish);
/* A refusal of @what about @name, for the audit. */
void verb_call_audit(struct verb_call *call, const char *what, const char *family, const char *name,
                     const char *why);

/* What one page may have, where the caller said @most. */
uint32_t verb_call_page(uint32_t most);
/* Answers a page of @n rows; @next: the cursor of its last one. */
VIA_MUST_USE enum via_status verb_call_put_page(struct verb_call *call, uint32_t n,
                                                struct via_parcel *page, bool more,
                                                const char *next);

/* unanswered_verbs.c */
enum via_status unanswered_verbs_list(struct verb_call *call);
/* number_verbs.c */
enum via_status number_verbs_give(struct verb_call *call);
enum via_status number_verbs_claim(struct verb_call *call);
enum via_status number_verbs_find(struct verb_call *call);
enum via_status number_verbs_number_of(struct verb_call *call);
enum via_status number_verbs_find_prefix(struct verb_call *call);

/* walk_verb.c */
#define WALK_VERB_WAIT UINT32_MAX /* its place among what waits in the directory: that of none */
enum via_status walk_verb_start(struct verb_call *call);
/* Call @id of @session, a walk, is no longer wanted. */
void walk_verb_cancel(struct session *session, uint32_t id);

/* binding_verbs.c */
enum via_status binding_verbs_find(struct verb_call *call);
enum via_status binding_verbs_bind(struct verb_call *call);
enum via_status binding_verbs_unbind(struct verb_call *call);
enum via_status binding_verbs_bindings(struct verb_call *call);
enum via_status binding_verbs_waiting(struct verb_call *call);
