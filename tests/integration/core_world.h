/*
 * Nodes around one gateway: what the tests of the core's API share.
 */
#pragma once

#include <viaduct/viaduct.h>

#include "tests/include/bell.h"
#include "tests/integration/gateway_thread.h"

/* A node on @gateway. */
struct via_node *world_node(const struct gateway_thread *gateway, unsigned n_workers);
/* The same, by the socket's path. */
struct via_node *world_node_at(const char *socket, unsigned n_workers);
/* A stub with this handler, published as core:@name. */
struct via_stub *world_publish(struct via_node *node, const char *name, via_call_fn call,
                               void *user);
/* core:@name, which comes within the limit. */
struct via_proxy *world_find(struct via_node *node, const char *name);

struct via_parcel *world_parcel(uint32_t value);
uint32_t world_value(struct via_parcel *parcel); /* the next one of @parcel */

/* Answers with one value. */
void world_answer(struct via_call *call, uint32_t value);
/* Calls with one value and returns the one that comes back. */
uint32_t world_ask(struct via_proxy *proxy, uint32_t code, uint32_t value);
