/*
 * Events end in any order of readers but in their own: the oldest is looked at first.
 */
#include "tests/bench/spread.h"

#include "tests/bench/figures.h"

void spread_begin(struct spread *spread, unsigned n_readers, unsigned window, unsigned n,
                  uint64_t *ns)
{
    *spread = (struct spread){.n_readers = n_readers,
                              .window = window < SPREAD_WINDOW_MAX ? window : SPREAD_WINDOW_MAX,
                              .n = n,
                              .ns = ns};
}

unsigned spread_room(const struct spread *spread)
{
    unsigned under_way = spread->sent - spread->done;
    unsigned left = spread->n - spread->sent;
    if (under_way > spread->window / 2)
        return 0;
    return left < spread->window - under_way ? left : spread->window - under_way;
}

void spread_send(struct spread *spread)
{
    unsigned place = spread->sent++ % SPREAD_WINDOW_MAX;
    spread->missing[place] = spread->n_readers;
    spread->sent_ns[place] = figures_now_ns();
}

void spread_arrived(struct spread *spread, unsigned index)
{
    unsigned place = index % SPREAD_WINDOW_MAX;
    if (--spread->missing[place] > 0)
        return;
    spread->ns[index] = figures_now_ns() - spread->sent_ns[place];
    spread->done++; /* no reader has a later one before this */
}

bool spread_is_done(const struct spread *spread)
{
    return spread->done == spread->n;
}
