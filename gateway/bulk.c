/*
 * The first links of a turn are written with it, as ever: most events have few subscribers. The
 * rest gets BULK_NS of each turn.
 */
#include "gateway/bulk.h"

#include <assert.h>
#include <time.h>

#include "bridge/log.h"

#define DIRECT_MAX 8u   /* links a turn, some 100 us with a few KiB for each */
#define BULK_NS 300000u /* of a turn */

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void append(struct bulk_queue *queue, struct bulk_item *item)
{
    item->queued = true;
    item->next = NULL;
    *queue->last = item;
    queue->last = &item->next;
}

static struct bulk_item *take_first(struct bulk_queue *queue)
{
    struct bulk_item *item = queue->first;
    if (item == NULL)
        return NULL;
    queue->first = item->next;
    if (queue->first == NULL)
        queue->last = &queue->first;
    item->queued = false;
    return item;
}

static void run_all(struct bulk_queue *queue)
{
    struct bulk_item *item;
    while ((item = take_first(queue)) != NULL)
        item->run(item);
}

static void go_on_soon(struct bulk *bulk)
{
    if (loop_arm(bulk->loop, &bulk->timer, loop_now()) == VIA_OK)
        return;
    log_warn("bulk.not_timed", "why=no_memory");
    run_all(&bulk->links);
    run_all(&bulk->sources);
}

static void write_some(struct loop_timer *timer)
{
    struct bulk *bulk = (struct bulk *)((char *)timer - offsetof(struct bulk, timer));
    uint64_t until_ns = now_ns() + BULK_NS;
    struct bulk_item *item;
    do {
        item = take_first(&bulk->links);
        if (item != NULL)
            item->run(item);
    } while (item != NULL && now_ns() < until_ns);
    if (bulk->links.first != NULL)
        go_on_soon(bulk);
    else
        run_all(&bulk->sources);
}

void bulk_init(struct bulk *bulk, struct loop *loop)
{
    *bulk = (struct bulk){.loop = loop, .timer.fired = write_some};
    bulk->links.last = &bulk->links.first;
    bulk->sources.last = &bulk->sources.first;
}

void bulk_deinit(struct bulk *bulk)
{
    assert(bulk->links.first == NULL && bulk->sources.first == NULL);
    if (bulk->loop != NULL)
        loop_disarm(bulk->loop, &bulk->timer);
}

void bulk_spreading(struct bulk *bulk, bool is_spreading)
{
    bulk->is_spreading = is_spreading;
}

void bulk_next_turn(struct bulk *bulk)
{
    bulk->n_direct = 0;
}

bool bulk_takes(struct bulk *bulk, struct bulk_item *link)
{
    if (!bulk->is_spreading)
        return false;
    if (link->queued)
        return true;
    if (bulk->n_direct < DIRECT_MAX) {
        bulk->n_direct++;
        return false;
    }
    bool begins = bulk->links.first == NULL;
    append(&bulk->links, link);
    if (begins && bulk->timer.place == 0)
        go_on_soon(bulk);
    return true;
}

bool bulk_holds(struct bulk *bulk, struct bulk_item *source)
{
    if (bulk->links.first == NULL)
        return false;
    if (!source->queued)
        append(&bulk->sources, source);
    return true;
}

static bool drop_from(struct bulk_queue *queue, const struct bulk_item *item)
{
    struct bulk_item **link = &queue->first;
    while (*link != NULL && *link != item)
        link = &(*link)->next;
    if (*link == NULL)
        return false;
    *link = item->next;
    if (queue->last == &item->next)
        queue->last = link;
    return true;
}

void bulk_drop(struct bulk *bulk, struct bulk_item *item)
{
    if (!item->queued)
        return;
    item->queued = false;
    if (!drop_from(&bulk->links, item))
        (void)drop_from(&bulk->sources, item);
}
