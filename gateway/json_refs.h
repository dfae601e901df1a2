/*
 * The references of one JSON session: which object stands under which number. A number counts once
 * for each message that shows it, so that a release and a message that show it again may cross.
 */
#pragma once

#include "gateway/objects.h"

struct json_ref {
    struct gateway_object *object; /* held; NULL: free */
    uint32_t counts, next_free;
    uint16_t generation;
    uint64_t shown_in; /* the last message that showed it */
};

struct json_refs {
    struct session *session; /* borrowed */
    struct json_ref *slots;  /* owned; from 1 */
    uint32_t n_slots, n, max, first_free;
};

void json_refs_init(struct json_refs *refs, struct session *session, uint32_t max);
/* Gives all back. */
void json_refs_deinit(struct json_refs *refs);
/* The number of @object in message @message: VIA_BUSY with as many as allowed. */
VIA_MUST_USE enum via_status json_refs_show(struct json_refs *refs, struct gateway_object *object,
                                            uint64_t message, uint32_t *numberp);
/* The object under @number, borrowed; NULL when there is none. */
struct gateway_object *json_refs_get(const struct json_refs *refs, uint32_t number);
/* Gives @n counts back, UINT32_MAX for all. VIA_NOT_FOUND. */
VIA_MUST_USE enum via_status json_refs_release(struct json_refs *refs, uint32_t number, uint32_t n);
