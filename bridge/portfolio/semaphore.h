/*
 * What tasks have to do with semaphores.
 */
#pragma once

struct task;

/* Those that the task has locked are unlocked: it ends. The Items' lock held. */
void semaphore_let_go(const struct task *task);
