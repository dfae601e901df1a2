/*
 * Sieves: whether an event passes a subscription's filter. What a sieve remembers is of each event
 * id, since it is a value's course that is filtered: when one passed last, and what it was.
 */
#pragma once

#include "codecs/event_filter.h"
#include "codecs/frame.h"
#include "codecs/state.h"

#define SIEVE_IDS_MAX 512u /* that are remembered; of others each event is a first one */

struct sieve_id {
    uint32_t id;
    bool taken;
    bool waits;         /* a newer one came too soon: the newest goes when the time is up */
    uint64_t passed_ms; /* when the last one passed; 0: none has */
    double value;       /* of the last one that passed */
    uint64_t print;     /* of its payload */
};

struct sieve {
    struct event_filter filter;
    struct sieve_id *ids; /* owned; open addressing, at most half full */
    uint32_t capacity;    /* a power of two; 0 at first */
    uint32_t n_ids;
    uint32_t n_waiting;
    const uint8_t *judged; /* the payload judged last, while it has not been delivered, or NULL */
    bool has_number;       /* and what was found there */
    double number;
};

enum sieve_verdict { SIEVE_OUT, SIEVE_PASS, SIEVE_LATER };

void sieve_init(struct sieve *sieve, const struct event_filter *filter);
void sieve_deinit(struct sieve *sieve);

/* Saves it, or loads it into one that has just been zeroed: sieve_deinit() it in any case. */
void sieve_state(struct sieve *sieve, struct state *state);

/* What becomes of the event of @frame at @now_ms. With SIEVE_LATER its id waits. */
enum sieve_verdict sieve_judge(struct sieve *sieve, const struct frame *frame, uint64_t now_ms);
/* The same for one that is not kept, and so cannot wait. */
bool sieve_passes(struct sieve *sieve, const struct frame *frame, uint64_t now_ms);
/* It has been delivered. */
void sieve_passed(struct sieve *sieve, const struct frame *frame, uint64_t now_ms);

/* When the first id that waits is due; UINT64_MAX: none waits. */
uint64_t sieve_due(const struct sieve *sieve);
/* An id that is due, which waits no longer. False: none is. */
bool sieve_take_due(struct sieve *sieve, uint64_t now_ms, uint32_t *idp);
/* There was no room for it. */
void sieve_wait_again(struct sieve *sieve, uint32_t id);
