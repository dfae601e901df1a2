/*
 * Devices and filesystems that events name: by their numbers they are stand-ins, which have a name.
 */
#pragma once

#include "bridge/portfolio/items.h"

extern const struct item_kind device_kind; /* none is created */

/* The broker is asked, unless there is such an Item: it may be there then. No lock held; it may
 * wait. */
void device_learn(Item number);
/* In the child of a fork: none is known. */
void device_forget(void);
