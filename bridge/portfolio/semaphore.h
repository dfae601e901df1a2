/*
 * What tasks have to do with semaphores.
 */
#pragma once

#include "bridge/portfolio/items.h"

/* One of the library's own, which no program owns: @between runs, with the lock held, each time
 * before it is locked, and after. NULL: there is no memory. The lock held. */
struct item *semaphore_make(void (*between)(void));
bool semaphore_is_locked(const struct item *item);

/* Those that the task has locked are unlocked: it ends. The Items' lock held. */
void semaphore_let_go(const struct task *task);
