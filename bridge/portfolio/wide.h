/*
 * Items with numbers that mean the same in every process of the gateway: ports of this process, and
 * those of others that it knows.
 */
#pragma once

#include "bridge/portfolio/items.h"

/* Whether it is such a number, be there an Item or not. */
bool wide_is(Item number);

/* All with the Items' lock held. */

/* By its node's number, which no other in here has. NOMEM. */
Err wide_put(struct item *item);
void wide_take_out(struct item *item);
/* NULL: there is none of that number. */
struct item *wide_get(Item number);
/* In the child of a fork: there are none. */
void wide_forget(void);
