/*
 * Ports of other processes, by their numbers: what programs see of them is a stand-in.
 */
#pragma once

#include "bridge/portfolio/items.h"
#include "include/portfolio/msgport.h"

struct via_proxy;

extern const struct item_kind foreign_kind; /* of the type of ports; none is created */

/* How FindItem() finds a port that this process does not have. It may wait. */
Item foreign_find_named(const char *name);
/* The gateway is asked, unless there is such an Item: it may be there then. No lock held; it may
 * wait. */
void foreign_learn(Item number);
/* The Item of the port whose object that is, here or elsewhere. 0: nobody's, or it cannot be told.
 * It may wait, the first time. */
Item foreign_item_of(struct via_proxy *proxy);
/* The object of such a port, a count; NULL: that is none, or it is gone. It may wait. */
struct via_proxy *foreign_object(Item number);
/* Whether that is a broker's: it was found as one, or it is the one that would be found, which is
 * asked once. No lock held; it may wait. */
bool foreign_is_broker(Item number);
/* In the child of a fork: none is known. */
void foreign_forget(void);
/* It is known by that name from now on, if it had none. The lock held. */
void foreign_name(Item number, const char *name);
