/*
 * The table of what pods say, in this process's own memory: one, for all of its ports that asked
 * for it.
 */
#pragma once

#include "bridge/portfolio/items.h"
#include "include/portfolio/event.h"

struct port;

/* All with the Items' lock held. */

/* @port has the table, with these entries of the broker @from; it is made if there is
 * none. NULL: there is no memory. */
PodStateTable *table_open(struct port *port, Item from, const uint8_t *entries, size_t size);
/* What has changed in it. Where nobody has it, or what is not as it should be, is passed over. */
void table_change(const uint8_t *entries, size_t size);
/* @port, which has it, has it no more. */
void table_close(struct port *port);

/* In the child of a fork: it is the parent's. */
void table_forget(void);
