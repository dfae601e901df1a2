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
    uint64_t watch;                                 /* of the broker; 0: none */
    pthread_mutex_t lock;                           /* of what other threads read, the next four */
    bool is_waiting, is_dead;                       /* the command, for nobody knows how long; the
                                                       broker */
    uint32_t numbers[PORTFOLIO_POD_NUMBER_MAX + 1]; /* at the broker, by ours; 0: it is not there */
    bool prints;                                    /* what pods are told, on standard output */
};

/* Finds the broker. Says on stderr what is wrong, as all of these do. */
enum cli_exit pod_provider_open(struct pod_provider *provider, struct cli *cli, bool prints);
/* Detaches what is left, and ends the command's node. */
enum cli_exit pod_provider_close(struct pod_provider *provider, enum cli_exit result);

/* The command waits for something else than the broker until the second one: if that dies meanwhile
 * the process ends at once. */
enum cli_exit pod_provider_begin_wait(struct pod_provider *provider);
void pod_provider_end_wait(struct pod_provider *provider);

/* Does what @entry says, now. @name: of a pod that is attached; NULL: the entry's own. */
enum cli_exit pod_provider_do(struct pod_provider *provider, const struct pod_entry *entry,
                              const char *name);
/* Lets @n fields go by. */
enum cli_exit pod_provider_step(struct pod_provider *provider, uint64_t n);
