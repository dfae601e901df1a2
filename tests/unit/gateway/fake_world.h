/*
 * A gateway without links, and sessions that write down what they are told: for tests of what is
 * between sessions.
 */
#pragma once

#include "gateway/gateway.h"
#include "gateway/unanswered.h"

#define FAKE_NOTES 64u

struct fake_note {
    char kind; /* C call, O oneway, X cancel, R reply, N refused, E event, D death, F found, J
                  join, G give back, c close */
    uint32_t id, handle, code;
    uint64_t number, lost;         /* of an event */
    uint64_t context;              /* of a call */
    struct gateway_object *object; /* death; join; event: the sink */
    struct session *from, *first;
    unsigned n_refs;
    size_t body_size;
    char body[256]; /* its beginning, and a NUL */
};

struct fake_session {
    struct session session; /* its first member */
    struct fake_note notes[FAKE_NOTES];
    unsigned n_notes;
    enum via_status refuses;                     /* what calls, oneways and events to it return */
    enum via_status takes_runs;                  /* what runs of events return, unless it refuses */
    unsigned n_runs;                             /* that it has taken */
    const struct unanswered_request *unanswered; /* borrowed: what it says of calls to it */
    unsigned n_unanswered;
    uint32_t next_id;
};

/* The gateway has a loop and all tables, with @config's limits where it sets them. */
void fake_world_init(struct gateway *gateway);
/* Asserts that nothing is left. */
void fake_world_deinit(struct gateway *gateway);

struct fake_session *fake_session_create(struct gateway *gateway);
/* Ends it as a link's end does: its objects die of @cause first. @objects: those it owns. */
void fake_session_end(struct fake_session *fake, enum via_cause cause,
                      struct gateway_object **objects, size_t n);

/* A new object of @owner with @handle and one count. */
struct gateway_object *fake_object(struct fake_session *owner, uint32_t handle);
/* An event of @object, which is passed on at the end of the turn; or at once. */
void fake_publish(struct gateway_object *object, uint32_t event, const char *body);
void fake_emit(struct gateway_object *object, uint32_t event, const char *body);
/* The notes as a string of kinds, such as "EED"; they are forgotten. */
const char *fake_kinds(struct fake_session *fake);
