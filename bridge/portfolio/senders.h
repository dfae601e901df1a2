/*
 * What other processes have sent and nobody has answered: each has its share of this one's Items
 * and memory, and no more.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "include/portfolio/types.h"

#define SENDER_MESSAGES_MAX 16384u          /* of one process, without an answer; then NOMEM */
#define SENDER_SIZE_MAX ((size_t)256 << 20) /* octets that these take */

/* All with the Items' lock held. */

/* One more of @process, by the gateway's word, with @size octets. False: it has too much. */
bool senders_admit(int32 process, size_t size);
void senders_dismiss(int32 process, size_t size);
/* In the child of a fork: nobody has sent anything. */
void senders_forget(void);
