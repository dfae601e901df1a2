/*
 * Messages: a payload of the protocol's size and at most one descriptor, which become a parcel on
 * their way. The request that a server is asked becomes the response.
 */
#pragma once

#include <stdalign.h>
#include <stdatomic.h>

#include "bridge/legato/session.h"

struct message {
    struct le_msg_Message head; /* first: what programs see of it */
    atomic_uint refs;
    struct session *session; /* a count, and a hold */
    atomic_int fd;           /* owned, -1: none. To be sent, or to be taken */
    bool is_request;         /* at the server: what is set goes to the response */
    atomic_int response_fd;  /* owned, -1: none */
    /* At the server, by its session's lock: */
    atomic_bool needs_response;
    struct via_call *call;         /* a count; NULL: answered, or its session is gone */
    struct message *next, **linkp; /* among its session's requests */
    size_t size;
    alignas(max_align_t) uint8_t payload[];
};

struct message *message_create(struct session *session);
struct message *message_ref(struct message *message);
void message_release(struct message *message);
/* Of the program's; fatal, in the words of @function, for NULL. */
struct message *message_of(le_msg_MessageRef_t reference, const char *function);
static inline le_msg_MessageRef_t message_reference(struct message *message)
{
    return &message->head;
}

/* A message that came; empties @parcel. NULL, with a line in the log: it is none. */
struct message *message_from_parcel(struct session *session, struct via_parcel *parcel);
/* As it is sent; takes its descriptor, @fdp the place where that stands. @is_far: to another host,
 * where what cannot be a stream does not go. */
VIA_MUST_USE enum via_status message_to_parcel(struct message *message, atomic_int *fdp,
                                               bool is_far, struct via_parcel **parcelp);
