/*
 * Messages on their way to ports of other processes, and back.
 */
#pragma once

#include "include/portfolio/types.h"

struct journey;
struct task;
struct words;

/* Sends a message that @task, the calling thread's, holds to a port that is not this process's. No
 * lock held; it may wait the first time. 0: it is under way, and comes back to its reply port;
 * BADITEM, NOTOWNER, BADPTR, BADSIZE, NOMEM, BADPRIV: @task still holds it. */
Err journey_begin(Item port, Item message, struct task *task, const struct words *words);
/* Its message is no more: it is pulled back. The Items' lock held. */
void journey_forget(struct journey *journey);
/* Likewise, afterwards; no lock held. NULL is allowed. */
void journey_end(struct journey *journey);
