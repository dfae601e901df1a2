/*
 * Pods that the command line is: their numbers at the broker, what they say, and what they are
 * told.
 */
#pragma once

#include <pthread.h>

#include "gateway/cli/pod_broker.h"
#include "gateway/event_broker/pod_recording.h"

struct pod_provider {
    struct pod_broker broker;
    struct via_subscription *subscription;          /* owned */
    pthread_mutex_t lock;                           /* of what an event's thread reads */
    uint32_t numbers[PORTFOLIO_POD_NUMBER_MAX + 1]; /* at the broker, by ours; 0: it is not there */
    bool prints;                                    /* what pods are told, on standard output */
};

/* Finds the broker. Says on stderr what is wrong, as all of these do. */
enum cli_exit pod_provider_open(struct pod_provider *provider, struct cli *cli, bool prints);
/* Detaches what is left. */
enum cli_exit pod_provider_close(struct pod_provider *provider, enum cli_exit result);

/* Does what @entry says, now. @name: of a pod that is attached; NULL: the entry's own. */
enum cli_exit pod_provider_do(struct pod_provider *provider, const struct pod_entry *entry,
                              const char *name);
/* Lets @n fields go by. */
enum cli_exit pod_provider_step(struct pod_provider *provider, uint64_t n);
