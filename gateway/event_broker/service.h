/*
 * The broker at a gateway: one object that clients and providers of pods call.
 */
#pragma once

#include <stdatomic.h>

#include "gateway/audit.h"
#include "gateway/event_broker/broker.h"
#include "gateway/event_broker/field_clock.h"
#include "gateway/event_broker/host_events.h"
#include "gateway/event_broker/hosts.h"
#include "gateway/event_broker/inputs.h"
#include "gateway/event_broker/ports.h"
#include "gateway/event_broker/providers.h"
#include "gateway/event_broker/rights.h"
#include "gateway/event_broker/settling.h"

#define SERVICE_NAME "eventbroker"
#define SERVICE_FAMILY "portfolio"
#define SERVICE_CLASS "event-broker"
#define SERVICE_QUEUE_SIZE_MAX (4u << 20) /* octets of one client's calls that wait */
#define SERVICE_STEPS_MAX 3600u           /* fields of one step */

struct service_options {
    struct via_node_options node; /* strings borrowed */
    const char *name;             /* as which it is published */
    uint32_t hz;                  /* 0: a field for each change */
    bool steps;                   /* fields by command alone */
    const char *audit;            /* a file; NULL: standard error */
    struct rights rights;
    struct limits limits;        /* of each client */
    struct custom_events events; /* that have their names from the start; taken over */
};

struct service {
    const struct service_options *options; /* borrowed */
    struct broker broker;
    struct ports ports;
    struct providers providers;
    struct hosts hosts;
    struct notices notices;
    struct settlings settlings;
    struct inputs inputs;
    struct host_events host_events;
    struct audit audit;
    struct field_clock clock;
    uint64_t next_ns;      /* when the clock has the next field; 0: there is nothing to do in it */
    bool is_owing;         /* without a clock: something is left for the next that arrives */
    struct via_node *node; /* owned, like the rest */
    struct via_queue *queue; /* what arrives for it */
    struct via_stub *stub, *bell;
    struct via_proxy *proxy, *bell_proxy;
    uint32_t number;                 /* the stub's */
    atomic_bool is_back;             /* the gateway, which may have forgotten what it was told */
    const struct via_caller *caller; /* of the request that is being handled */
};

/* Published, or why not. service_close() it in any case. */
VIA_MUST_USE enum via_status service_open(struct service *service,
                                          const struct service_options *options);
/* For service->host_events. */
uint32_t service_new_number(void *user);
/* Until service_stop(). */
void service_run(struct service *service);
/* Any thread. */
void service_stop(struct service *service);
void service_close(struct service *service);
