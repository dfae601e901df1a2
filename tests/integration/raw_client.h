/*
 * A client made by hand for tests of the gateway: a peer over a blocking Unix socket, which writes
 * down what comes. Every wait is for something to come, with a limit after which the test fails.
 */
#pragma once

#include <viaduct/parcel.h>

#include "bridge/peer.h"

#define RAW_WAIT_MS 10000

enum raw_kind {
    RAW_WELCOME,
    RAW_CALL,
    RAW_REPLY,
    RAW_REFUSED,
    RAW_CANCEL,
    RAW_EVENT,
    RAW_DEATH,
    RAW_UNEXPORTED,
    RAW_BYE,
    RAW_CLOSED
};

/* Something that came, with a copy of all that belongs to it. */
struct raw_record {
    struct raw_record *next;
    enum raw_kind kind;
    struct frame frame; /* points into octets */
    struct meta meta;
    uint8_t *octets;
    void *object;     /* of ours: called, or sink of an event */
    uint64_t context; /* of a reply */
    uint32_t handle;  /* of theirs: who died */
    enum via_cause cause;
    int fds[8];
    char identity[256]; /* of the first introduction */
};

struct raw_client {
    int fd;
    struct peer *peer;
    uint8_t *input;
    size_t input_size;
    struct raw_record *first, **last;
    bool closed;
    int received_fds[64];
};

/* Connects to @path and says HELLO; waits for the WELCOME. */
struct raw_client *raw_client_open(const char *path);
/* Without goodbye: as if its process had been killed. */
void raw_client_kill(struct raw_client *client);
/* With BYE. */
void raw_client_close(struct raw_client *client);

/* Writes what waits in the outbox. */
void raw_client_flush(struct raw_client *client);
/* The next record of @kind, taken out of what came; waits for it. */
struct raw_record *raw_client_wait(struct raw_client *client, enum raw_kind kind);
/* The reply to call @id. */
struct raw_record *raw_client_wait_reply(struct raw_client *client, uint32_t id);
/* The next record of @kind among those there are after one ping to the gateway and back: NULL when
 * there is none. */
struct raw_record *raw_client_look(struct raw_client *client, enum raw_kind kind);
void raw_record_free(struct raw_record *record);

/* ---- the directory's verbs ---- */

/* A call to object 0 with the values of @request (may be NULL), whose references are handles put in
 * with raw_ref(). Returns its id. */
uint32_t raw_directory(struct raw_client *client, uint32_t verb, const struct via_parcel *request,
                       uint32_t time, const struct frame_ref *refs, size_t n_refs);
/* The same, and waits for its reply. */
struct raw_record *raw_directory_wait(struct raw_client *client, uint32_t verb,
                                      const struct via_parcel *request,
                                      const struct frame_ref *refs, size_t n_refs);

/* Adds the slot of a reference to @parcel and says in @ref where it stands. */
void raw_put_slot(struct via_parcel *parcel, struct frame_ref *ref);

/* Publishes @object (any pointer: it names the stub). Returns the status. */
enum via_status raw_publish(struct raw_client *client, const char *family, const char *name,
                            void *object, uint32_t flags, uint32_t mode);
/* Finds a name: *handlep is theirs. */
enum via_status raw_find(struct raw_client *client, const char *family, const char *name,
                         uint32_t *handlep);

/* A block of numbers. */
struct raw_block {
    uint32_t first, n;
    uint64_t seal;
};
enum via_status raw_numbers(struct raw_client *client, uint32_t wanted, struct raw_block *block);
/* What a claim is asked with: @ref is that of the object; @proof may be NULL. */
struct via_parcel *raw_claim_request(uint32_t number, uint32_t mode, struct frame_ref *ref,
                                     const struct raw_block *proof);
/* Claims @number for @object (any pointer: it names the stub). Returns the status. */
enum via_status raw_claim(struct raw_client *client, uint32_t number, void *object,
                          const struct raw_block *proof);
/* Finds a number: *handlep is theirs. */
enum via_status raw_find_number(struct raw_client *client, uint32_t number, uint32_t *handlep);
/* A name of family "core" for a number. */
enum via_status raw_publish_number(struct raw_client *client, const char *name, uint32_t flags,
                                   uint32_t number);

/* Calls @handle with a body; returns the call's id, which is its context too. */
uint32_t raw_call(struct raw_client *client, uint32_t handle, uint32_t code, const char *body);
/* Answers a call that came, with @body and @result. */
void raw_reply(struct raw_client *client, const struct raw_record *call, int32_t result,
               const char *body);
