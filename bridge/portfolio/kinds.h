/*
 * The types of Items that there are.
 */
#pragma once

#include "bridge/portfolio/items.h"

extern const struct item_kind message_kind;
extern const struct item_kind port_kind;
extern const struct item_kind semaphore_kind;
extern const struct item_kind task_kind;

/* @ctype as MKNODEID() makes it: 0; ER_Kr_BadType; BADSUBTYPE. */
Err kinds_find(int32 ctype, const struct item_kind **kindp);
