/*
 * A spread: events on their way from one source to many readers. It knows when each was sent and
 * how many have it, for events that are numbered from 0 and come to each reader in order.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SPREAD_WINDOW_MAX 128u /* events under way: a gateway keeps as many */

struct spread {
    unsigned n_readers, window, n; /* events in all */
    unsigned sent, done;           /* done: by all readers */
    unsigned missing[SPREAD_WINDOW_MAX];
    uint64_t sent_ns[SPREAD_WINDOW_MAX];
    uint64_t *ns; /* borrowed: of each event, until the last reader has it */
};

void spread_begin(struct spread *spread, unsigned n_readers, unsigned window, unsigned n,
                  uint64_t *ns);
/* How many may be sent now: none while more than half of the window is under way. */
unsigned spread_room(const struct spread *spread);
/* The next one goes now. */
void spread_send(struct spread *spread);
/* A reader has event @index. */
void spread_arrived(struct spread *spread, unsigned index);
bool spread_is_done(const struct spread *spread);
