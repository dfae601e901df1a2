/*
 * A gateway, and event brokers as programs at it.
 */
#pragma once

#include "tests/integration/event_broker_client.h"

extern struct daemon world_gateway;

struct world_broker {
    struct process process;
    char audit[256];
};

/* For cmocka: the gateway. */
int world_prepare(void **state);
int world_clean(void **state);

/* With @more behind its own arguments, NULL behind the last; NULL: none. */
void world_start(struct world_broker *broker, const char *const *more);
/* One whose fields go by command. */
void world_step(struct world_broker *broker);
/* It ends well: a leak that it reports is a failure too. */
void world_stop(struct world_broker *broker);
/* A client of the broker, far away or on its host. */
void world_open(struct client *client, bool is_far);
bool world_audit_has(const struct world_broker *broker, const char *words);

/* The events of the next record to @client, which is answered, and the first word of data of each:
 * "69 3:8000000". */
const char *world_heard(struct client *client);
