/*
 * A broker and all that comes out of it, for tests.
 */
#pragma once

#include "gateway/event_broker/broker.h"
#include "include/portfolio/event.h"

#define RIG_PROVIDER 7u
#define RIG_WAITS 0x12345678 /* result of a request that has not been answered */
#define RIG_BIG 65536u       /* a buffer that everything fits in */

enum rig_kind { RIG_REPLY, RIG_RECORD, RIG_TABLE, RIG_OUTPUT, RIG_KEYS, RIG_LIMIT, RIG_NAMED };

struct rig_out {
    enum rig_kind kind;
    uint32_t who; /* a request, by its number; a port; a pod; a limit */
    int32_t result;
    bool is_raw;
    uint32_t id; /* of an output */
    size_t size, more_size;
    uint8_t *octets, *more; /* owned */
};

struct rig {
    struct broker broker;
    struct rig_out *outs; /* owned, with what they own */
    size_t n_outs;
    uint32_t n_requests;
    uint64_t client; /* of senders from now on, likewise the next four */
    uint32_t system;
    bool may_not_inject, may_not_focus, may_not_keys;
    uint32_t given_up;   /* a request that nobody waits for any more, by its number */
    bool is_deaf;        /* no record, no table and no output is taken */
    struct rig_out last; /* what was taken out last */
};

int rig_setup(void **state);
int rig_teardown(void **state);

/* ---- requests ---- */

/* The result, or RIG_WAITS; the reply's data are in rig->last. */
int32_t rig_ask(struct rig *rig, uint32_t port, uint32_t capacity, const void *data, size_t size);
/* @flavor alone, with a buffer that everything fits in. */
int32_t rig_ask_header(struct rig *rig, uint32_t port, uint32_t flavor);
/* What became of the request that waits, the @number-th of all, from 1. */
int32_t rig_answer_of(struct rig *rig, uint32_t number);
/* Word 0 and word 2 of the trigger mask, word 0 of the capture mask. */
int32_t rig_listen(struct rig *rig, uint32_t port, uint32_t category, uint32_t trigger0,
                   uint32_t trigger2, uint32_t capture0, int32_t queue_max);
int32_t rig_set_focus(struct rig *rig, uint32_t port);
uint32_t rig_focus(struct rig *rig);
/* A PodData of @flavor. */
int32_t rig_pod(struct rig *rig, uint32_t port, uint32_t flavor, int32_t pod, int32_t wait,
                const void *octets, size_t size);

/* ---- pods ---- */

int32_t rig_attach(struct rig *rig, uint32_t type, uint32_t flags, const char *name);
/* A control pad. */
int32_t rig_pad(struct rig *rig);
void rig_say(struct rig *rig, int32_t pod, unsigned generic, const uint32_t *words, unsigned n);
void rig_press(struct rig *rig, int32_t pod, uint32_t buttons);

/* ---- what came out ---- */

/* The oldest of @kind for @who, out of the list to rig->last. false: there is none. */
bool rig_take(struct rig *rig, enum rig_kind kind, uint32_t who);
/*
 * The oldest record to @port as words, or "none": for each frame its event, t or c for triggered or
 * captured, of a pod's its number, position and ordinal, and the data:
 * "72c 3t 1.1.1 08000000". Whatever else is wrong with it fails the test.
 */
const char *rig_told(struct rig *rig, uint32_t port);
/* The same after a field. */
const char *rig_field(struct rig *rig, uint32_t port);
/* Likewise, and the record, if there was one, is answered. */
const char *rig_heard(struct rig *rig, uint32_t port);
