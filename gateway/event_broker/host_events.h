/*
 * What happens to this host's devices and filesystems, as events of the broker. All but the waiting
 * is done by the broker's own thread.
 */
#pragma once

#include "gateway/event_broker/broker.h"
#include "gateway/event_broker/mounts.h"
#include "gateway/event_broker/stand_ins.h"
#include "gateway/event_broker/subsystems.h"
#include "gateway/event_broker/watch.h"

#define UEVENTS_AT_ONCE 64u /* then others have their turn */

/* A number for one more Item, that nobody else at the gateway has; 0: there is none now. */
typedef uint32_t (*host_events_number_fn)(void *user);

struct host_events {
    struct broker *broker; /* borrowed; NULL: there are none */
    host_events_number_fn number;
    void *user; /* borrowed: for number() */
    struct stand_ins items;
    struct subsystems subsystems;
    struct mounts mounts;
    int uevents; /* owned socket; -1: devices are not watched */
    struct watch watch;
    unsigned mounts_bit, uevents_bit;
};

/* What they begin with: none. */
void host_events_init(struct host_events *events);
/* Before host_events_run(), by the broker's thread; then what is watched, then
 * host_events_start(). */
VIA_MUST_USE enum via_status host_events_open(struct host_events *events, struct broker *broker,
                                              struct via_proxy *bell, host_events_number_fn number,
                                              void *user);
/* As mounts_open(). */
VIA_MUST_USE enum via_status host_events_add_filesystems(struct host_events *events,
                                                         const char *path);
/* As uevent_open(). */
VIA_MUST_USE enum via_status host_events_add_devices(struct host_events *events,
                                                     const struct subsystems *subsystems);
VIA_MUST_USE enum via_status host_events_start(struct host_events *events);
void host_events_close(struct host_events *events);

/* Whenever the broker's thread has been woken. Whether there was anything. */
bool host_events_run(struct host_events *events);
/* NULL: no Item has this number. */
const char *host_events_name(const struct host_events *events, uint32_t number);
