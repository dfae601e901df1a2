/*
 * They are looked at whenever something has happened. Whose caller has given up is let go.
 */
#include "gateway/event_broker/settling.h"

#include <string.h>

static struct via_call *remove_at(struct settlings *settlings, unsigned i)
{
    struct via_call *call = settlings->all[i].call;
    settlings->n--;
    memmove(&settlings->all[i], &settlings->all[i + 1],
            (settlings->n - i) * sizeof settlings->all[0]);
    return call;
}

void settlings_deinit(struct settlings *settlings)
{
    while (settlings->n > 0)
        (void)via_call_unref(remove_at(settlings, 0));
}

static void forget_cancelled(struct settlings *settlings)
{
    for (unsigned i = settlings->n; i-- > 0;)
        if (via_call_is_cancelled(settlings->all[i].call))
            (void)via_call_unref(remove_at(settlings, i));
}

enum via_status settlings_add(struct settlings *settlings, struct via_call *call,
                              uint32_t unanswered)
{
    forget_cancelled(settlings);
    if (settlings->n == SETTLINGS_MAX)
        return VIA_BUSY;
    settlings->all[settlings->n++] = (struct settling){via_call_keep(call), unanswered};
    return VIA_OK;
}

struct via_call *settlings_take(struct settlings *settlings, const struct listeners *listeners)
{
    uint32_t most = 0;
    if (settlings->n == 0)
        return NULL;
    for (const struct listener *listener = listeners->first; listener != NULL;
         listener = listener->next)
        if (listener->n_outstanding > most)
            most = listener->n_outstanding;
    for (unsigned i = 0; i < settlings->n; i++)
        if (settlings->all[i].unanswered >= most)
            return remove_at(settlings, i);
    return NULL;
}
