/*
 * This host's input devices as pods of the broker. All but the waiting is done by the broker's own
 * thread.
 */
#pragma once

#include <viaduct/viaduct.h>

#include "gateway/event_broker/broker.h"
#include "gateway/event_broker/evdev_source.h"
#include "gateway/event_broker/watch.h"

#define INPUTS_PROVIDER 1u /* their number among providers; no client has it */

struct inputs {
    struct broker *broker; /* borrowed; NULL: there are no inputs */
    struct pod_map *map;   /* owned, like the rest */
    struct evdev_source *source;
    struct watch watch;
    uint32_t done_pod; /* whose output is to be confirmed */
    uint32_t done_id;  /* 0: none is */
    int32_t done_result;
};

/* What @inputs begin with: none. */
void inputs_init(struct inputs *inputs);
/* The map that is compiled in, with the file @path laid over it unless that is NULL. Says on stderr
 * what is wrong with it. */
VIA_MUST_USE enum via_status inputs_read_map(struct inputs *inputs, const char *path);
/* Before inputs_run(), by the broker's thread. */
VIA_MUST_USE enum via_status inputs_open(struct inputs *inputs, struct broker *broker,
                                         struct via_proxy *bell);
/* As evdev_source_add(). */
VIA_MUST_USE enum via_status inputs_add(struct inputs *inputs, const char *place);
/* Begins to wait for what they say. */
VIA_MUST_USE enum via_status inputs_start(struct inputs *inputs);
void inputs_close(struct inputs *inputs);

/* Whenever the broker's thread has been woken. Whether there was anything. */
bool inputs_run(struct inputs *inputs);
/* For the op output(): a command to a pod of theirs. false: the device has nothing for it. */
bool inputs_output(struct inputs *inputs, uint8_t pod, uint32_t id, const uint8_t *octets,
                   size_t size);
