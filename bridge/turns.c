/*
 * The line is a ring through a place of its own, so that joining, leaving and taking a turn are a
 * few pointers, however many stand in it.
 */
#include "bridge/turns.h"

#include <assert.h>

#include "bridge/outbox.h"

void turns_init(struct turns *turns)
{
    *turns = (struct turns){0};
    turns->line.next = &turns->line;
    turns->line.previous = &turns->line;
}

void turns_join(struct turns *turns, struct turn *turn)
{
    if (turns_has(turn))
        return;
    turn->next = &turns->line;
    turn->previous = turns->line.previous;
    turn->previous->next = turn;
    turns->line.previous = turn;
}

void turns_leave(struct turns *turns, struct turn *turn)
{
    assert(turn != &turns->line);
    if (!turns_has(turn))
        return;
    turn->next->previous = turn->previous;
    turn->previous->next = turn->next;
    turn->next = NULL;
    turn->previous = NULL;
}

bool turns_any(const struct turns *turns)
{
    return turns->line.next != &turns->line;
}

void turns_refill(struct turns *turns, struct outbox *outbox)
{
    size_t before = outbox_size(outbox);
    while (turns_any(turns) && outbox_size(outbox) == before) {
        struct turn *turn = turns->line.next;
        turns_leave(turns, turn);
        if (turn->write(turn, outbox))
            turns_join(turns, turn);
    }
}
