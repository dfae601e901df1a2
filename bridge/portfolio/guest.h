/*
 * Messages of other processes: they come to a port of this one, and are answered.
 */
#pragma once

#include <viaduct/object.h>

#include "codecs/portfolio_message.h"
#include "include/portfolio/types.h"

struct message;
struct words;

/* @call is for the port of that number: it is a message on it, or answered why not. The port's own
 * task, no lock held. */
void guest_take(Item port, struct via_call *call);
/* One that came so, and has left the table, is answered, and its call is let go. No lock held.
 * NOMEM, BADSIZE: its sender is told so, too; BADITEM: it is no more. */
Err guest_answer(struct message *message, int32 result, const struct words *words);
/* It has left the table, and another call is to answer its own. Likewise. */
void guest_leave(struct message *message);
/* It is released: nobody else answered it. Likewise. */
void guest_end(struct message *message);

/* Those two words. */
void guest_split(const struct words *words, uint32_t numbers[2]);
