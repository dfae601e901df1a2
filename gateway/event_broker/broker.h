/*
 * The event broker, without I/O and without a clock: requests, answers to records, deaths of ports,
 * what pods say and fields go in; replies, records and what is for pods come out. The same in gives
 * the same out.
 *
 * Ports and providers of pods are numbers that whoever drives it vouches for. Data in and out are
 * the structures of event.h as they stand on the wire.
 */
#pragma once

#include "gateway/event_broker/custom_events.h"
#include "gateway/event_broker/limits.h"
#include "gateway/event_broker/listeners.h"
#include "gateway/event_broker/pods.h"
#include "gateway/event_broker/record.h"

#define BROKER_ENTRY_SIZE 12u /* of a table, before the structure: class, ordinal, field */
#define BROKER_TABLE_SIZE_MAX                                                                      \
    (PORTFOLIO_FRAMES_AT +                                                                         \
     PORTFOLIO_POD_NUMBER_MAX * (PORTFOLIO_CLASSES * BROKER_ENTRY_SIZE + POD_STATE_WORDS * 4u))

struct broker_answer {
    int32_t result; /* msg_Result */
    const uint8_t *data;
    size_t size;
    const uint8_t *more; /* goes with it, and is not the program's: entries of a table */
    size_t more_size;
};

/* What comes out. All pointers are borrowed for the call; it may not call the broker. */
struct broker_ops {
    /* Once for each request, perhaps only after others. */
    void (*reply)(void *user, void *handle, const struct broker_answer *answer);
    /* false: it could not be sent. Otherwise it is to be answered. */
    bool (*record)(void *user, uint32_t port, const uint8_t *octets, size_t size);
    /* Likewise the entries of a table that have changed, behind a header. */
    bool (*table)(void *user, uint32_t port, const uint8_t *octets, size_t size);
    /* For a pod: a command, or raw octets; with an @id other than 0 its provider is to confirm it.
     * false: the provider takes none. */
    bool (*output)(void *user, uint64_t provider, uint8_t pod, bool is_raw, uint32_t id,
                   const uint8_t *octets, size_t size);
    /* Nobody waits for the answer any more. */
    bool (*is_given_up)(void *user, void *handle);
    /* A listener's masks asked for keys that it may not be told of. */
    void (*keys_removed)(void *user, uint32_t port);
    /* A client asked for more than it may have; the answer to it is an error. */
    void (*limited)(void *user, enum limit limit);
    /* An event has a name from now on. */
    void (*named)(void *user);
};

struct held;

struct broker {
    const struct broker_ops *ops; /* borrowed */
    void *user;
    struct limits limits; /* of each client */
    uint32_t time;        /* the field, never 0 */
    struct listeners listeners;
    struct pods pods;
    struct custom_events events;
    struct held *held; /* owned: requests that wait, in their order */
    uint32_t n_outputs;
    uint8_t octets[BROKER_TABLE_SIZE_MAX]; /* where what comes out is put together */
};

struct broker_sender {
    uint64_t client; /* as a provider's number: whose limits count, who has no port */
    uint32_t port;   /* its reply port; 0: it has none */
    uint32_t system; /* 0: of the broker's host */
    bool may_inject; /* the system's own events */
    bool may_focus;  /* have the focus, and give it to others */
    bool may_keys;   /* be told which keys are pressed */
};

struct broker_request {
    void *handle;
    struct broker_sender sender;
    bool is_small;
    uint32_t capacity; /* octets of its buffer; 0: it has none */
    const uint8_t *data;
    size_t size;
};

void broker_init(struct broker *broker, const struct broker_ops *ops, void *user);
/* Requests that wait are answered. */
void broker_deinit(struct broker *broker);

void broker_request(struct broker *broker, const struct broker_request *request);
/* What a port was sent is answered, or never will be. Whether there may be something to tell it for
 * that: to all others there is no more than before. */
bool broker_record_answered(struct broker *broker, uint32_t port);
bool broker_table_answered(struct broker *broker, uint32_t port);
void broker_port_died(struct broker *broker, uint32_t port);

/* ---- pods; results as a message's ---- */

/* Its number. @offer's flags 0: those of its type. */
int32_t broker_attach(struct broker *broker, const struct pod_offer *offer);
/* @words are the structure of @generic. */
int32_t broker_pod_says(struct broker *broker, uint64_t provider, int32_t number, uint32_t generic,
                        const uint8_t *octets, size_t size);
/* It goes when it has told what it has said, a field each, and takes no more. */
int32_t broker_detach(struct broker *broker, uint64_t provider, int32_t number);
/* A client, and whatever it has attached. */
void broker_provider_gone(struct broker *broker, uint64_t provider);
/* What op output() asked for is done. */
void broker_output_done(struct broker *broker, uint64_t provider, int32_t number, uint32_t id,
                        int32_t result, const uint8_t *octets, size_t size);

/* ---- the system's own events, which are no pod's ---- */

/* It is told at once. @octets are its structure as it travels. */
void broker_tell(struct broker *broker, uint8_t event, const uint8_t *octets, size_t size);
/* There was one of which nothing is known: who listens to it is told that events are lost. */
void broker_lose(struct broker *broker, uint8_t event);

/* ---- fields ---- */

/* @n fields have passed in which there was nothing to do. */
void broker_pass(struct broker *broker, uint32_t n);
/* The next field. */
void broker_field(struct broker *broker);
/* Whether the next one has anything to do; @beats: also if that is only to tell what is told every
 * field. */
bool broker_needs_field(const struct broker *broker, bool beats);
