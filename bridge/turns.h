/*
 * Turns: who may write to a link next. Transfers and streams that have something to send, and
 * credit to send it, stand in one line; each turn is one block, then whoever has more goes to the
 * end of the line. So each gets its share, whatever its size.
 *
 * The line is asked when everything else has gone to the link (outbox_set_refill()), so a small
 * frame waits for one block at most.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct outbox;

/* A place in the line, embedded by who takes turns. All zero at first, but for @write. */
struct turn {
    struct turn *next, *previous; /* NULL while it is not in the line */
    /* Its turn: links one block into @outbox, or none. Whether it has another one to write now:
     * then it goes to the end of the line. It has left the line before this is called, and may join
     * again, make others join or leave, or be freed. */
    bool (*write)(struct turn *turn, struct outbox *outbox);
};

struct turns {
    struct turn line; /* its next is the first, its previous the last; itself when empty */
};

void turns_init(struct turns *turns);
/* To the end of the line; nothing if it stands there. */
void turns_join(struct turns *turns, struct turn *turn);
/* Out of the line; nothing if it does not stand there. */
void turns_leave(struct turns *turns, struct turn *turn);
bool turns_any(const struct turns *turns);
static inline bool turns_has(const struct turn *turn)
{
    return turn->next != NULL;
}

/* Asks one after the other until one has linked a block, or nobody is left. */
void turns_refill(struct turns *turns, struct outbox *outbox);
