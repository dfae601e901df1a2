/*
 * Numbers are the gateway's, given one after the other, so their low bits spread them.
 */
#include "bridge/portfolio/wide.h"

#include <stdlib.h>
#include <viaduct/node.h>

#include "include/portfolio/operror.h"

#define BUCKETS_AT_FIRST 64u

static struct item **buckets;    /* owned; of Items, which are others' */
static uint32 n_buckets, n_wide; /* a power of two, and at most as many Items */

bool wide_is(Item number)
{
    return (uint32)number >= VIA_NUMBER_FIRST && (uint32)number <= VIA_NUMBER_LAST;
}

static struct item **bucket_of(Item number)
{
    return &buckets[(uint32)number & (n_buckets - 1)];
}

static void push(struct item *item)
{
    struct item **bucket = bucket_of(item->node->n_Item);
    item->next_wide = *bucket;
    *bucket = item;
}

static bool grow(void)
{
    uint32 old_n = n_buckets;
    struct item **old = buckets;
    uint32 new_n = old_n == 0 ? BUCKETS_AT_FIRST : old_n * 2;
    struct item **new = calloc(new_n, sizeof(struct item *));
    if (new == NULL)
        return false;
    buckets = new;
    n_buckets = new_n;
    for (uint32 i = 0; i < old_n; i++) {
        while (old[i] != NULL) {
            struct item *item = old[i];
            old[i] = item->next_wide;
            push(item);
        }
    }
    free(old);
    return true;
}

Err wide_put(struct item *item)
{
    if (n_wide == n_buckets && !grow())
        return NOMEM;
    push(item);
    n_wide++;
    return 0;
}

void wide_take_out(struct item *item)
{
    struct item **at = bucket_of(item->node->n_Item);
    while (*at != item)
        at = &(*at)->next_wide;
    *at = item->next_wide;
    n_wide--;
}

struct item *wide_get(Item number)
{
    struct item *item = n_wide > 0 ? *bucket_of(number) : NULL;
    while (item != NULL && item->node->n_Item != number)
        item = item->next_wide;
    return item;
}

void wide_forget(void)
{
    free(buckets);
    buckets = NULL;
    n_buckets = n_wide = 0;
}
