/*
 * One seat for each thread, in its own storage: nothing here is shared, and nothing is freed, since
 * what a seat points to is done with before its thread leaves the library.
 */
#include "bridge/seat.h"

#include <assert.h>
#include <pthread.h>
#include <stddef.h>

static _Thread_local struct seat here;

struct seat *seat_here(void)
{
    return &here;
}

int seat_hold_out(struct seat *seat)
{
    int cancel_state = seat->cancel_state;
    assert(seat->held != NULL);
    seat->cancel_state = PTHREAD_CANCEL_DISABLE;
    return cancel_state;
}

void seat_do_afterwards(struct seat *seat, struct afterwards *what)
{
    what->next = NULL;
    if (seat->first == NULL)
        seat->first = what;
    else
        *seat->last = what;
    seat->last = &what->next;
}

void seat_run_afterwards(struct seat *seat)
{
    assert(seat->held == NULL);
    while (seat->first != NULL) {
        struct afterwards *what = seat->first;
        seat->first = what->next;
        what->run(what);
    }
}
