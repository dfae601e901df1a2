/*
 * Requests that wait for something: for a lock, for what a pod's provider confirms, for a field.
 */
#pragma once

#include "gateway/event_broker/broker.h"

#define HELD_OF_PORT_MAX 64u /* requests that wait of one port, or of one client without any */

enum held_for { HELD_FOR_LOCK, HELD_FOR_OUTPUT, HELD_FOR_FIELD };

struct held {
    struct held *next;
    enum held_for why;
    void *handle;
    uint32_t port;
    uint64_t client;
    uint8_t pod; /* its number */
    uint32_t id; /* of the output */
    uint32_t flavor, capacity;
    int32_t wait_flag;
};

/* Those that nobody waits for any more are answered, and gone: they are to get nothing. */
void held_let_go(struct broker *broker);
/* Behind all others. false: memory is short, or too many of its port wait. */
bool held_add(struct broker *broker, const struct held *held);
/* The first that matches, taken out: free() it; NULL: none does. */
struct held *held_take(struct broker *broker, bool (*matches)(const struct held *, const void *),
                       const void *with);
/* Answers all that match with @result. */
void held_answer(struct broker *broker, bool (*matches)(const struct held *, const void *),
                 const void *with, int32_t result);
