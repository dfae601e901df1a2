/*
 * What the messages say is not looked at: they are counted by their ends.
 */
#include "tests/bench/readers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPENING_MAX 16u /* handshakes at once: fewer than the gateway takes */

static void count_open(struct reader *reader)
{
    reader->open = true;
    reader->readers->n_open++;
}

static void opened(void *user)
{
    struct reader *reader = user;
    const char *greeting = reader->readers->greeting;
    if (greeting != NULL)
        lean_link_send(reader->link, true, greeting, strlen(greeting));
    else
        count_open(reader);
}

static enum via_status received(void *user, const uint8_t *octets, size_t size, size_t *usedp)
{
    struct reader *reader = user;
    struct readers *readers = reader->readers;
    (void)octets;
    *usedp = size;
    unsigned n = lean_link_take_messages(reader->link);
    if (n > 0 && !reader->open) { /* the answer to its greeting */
        count_open(reader);
        n--;
    }
    for (; n > 0; n--)
        spread_arrived(&readers->spread, reader->n++);
    return VIA_OK;
}

static int open_one(struct reader *reader);

static void closed(void *user, enum via_status why, const char *detail)
{
    struct reader *reader = user;
    struct readers *readers = reader->readers;
    if (!reader->open && readers->n_failed < readers->n) {
        readers->n_failed++; /* a busy machine has been too slow with it */
        reader->link = link_destroy(reader->link);
        if (open_one(reader) == 0)
            return;
    }
    fprintf(stderr, "bench: reader: %s: %s\n", via_status_name(why), detail);
    readers->lost = true;
}

static const struct link_events events = {.opened = opened, .received = received, .closed = closed};

static int open_one(struct reader *reader)
{
    const struct readers *readers = reader->readers;
    return lean_link_connect(&reader->link, readers->links, readers->gateway, readers->subprotocol,
                             NULL, &events, reader) != VIA_OK;
}

static int turn(struct readers *readers)
{
    return loop_turn(readers->loop, 1000, NULL) != VIA_OK || readers->lost;
}

int readers_open(struct readers *readers, unsigned n, const char *gateway, const char *cert,
                 const char *key)
{
    readers->n = n;
    readers->gateway = gateway;
    readers->all = calloc(n, sizeof *readers->all);
    if (readers->all == NULL || loop_create(&readers->loop) != VIA_OK)
        return 1;
    readers->links = lean_links_create(readers->loop, cert, key);
    if (readers->links == NULL)
        return 1;
    while (readers->n_open < n) {
        while (readers->n_begun < n && readers->n_begun - readers->n_open < OPENING_MAX) {
            struct reader *reader = &readers->all[readers->n_begun++];
            reader->readers = readers;
            if (open_one(reader) != 0)
                return 1;
        }
        if (turn(readers) != 0)
            return 1;
    }
    return 0;
}

void readers_close(struct readers *readers)
{
    for (unsigned i = 0; readers->all != NULL && i < readers->n; i++)
        (void)link_destroy(readers->all[i].link);
    (void)lean_links_destroy(readers->links);
    (void)loop_destroy(readers->loop);
    free(readers->all);
}

int readers_run(void *user, const struct order *order, uint64_t *ns)
{
    struct readers *readers = user;
    for (unsigned i = 0; i < readers->n; i++)
        readers->all[i].n = 0;
    spread_begin(&readers->spread, readers->n, order->outstanding, order->n, ns);
    while (!spread_is_done(&readers->spread)) {
        unsigned room = spread_room(&readers->spread);
        for (unsigned i = 0; i < room; i++)
            spread_send(&readers->spread);
        if ((room > 0 && readers->emit(readers->user, room) != 0) || turn(readers) != 0)
            return 1;
    }
    return 0;
}
