/*
 * A process is known as long as it has a message here.
 */
#include "bridge/portfolio/senders.h"

#include <assert.h>
#include <stdlib.h>

#define BUCKETS 64u

struct sender {
    struct sender *next;
    int32 process;
    uint32 n;
    size_t size;
};

static struct sender *buckets[BUCKETS]; /* owned */

static struct sender **place_of(int32 process)
{
    struct sender **at = &buckets[(uint32)process % BUCKETS];
    while (*at != NULL && (*at)->process != process)
        at = &(*at)->next;
    return at;
}

static struct sender *create(int32 process)
{
    struct sender **at = place_of(process);
    if (*at == NULL)
        *at = calloc(1, sizeof **at);
    if (*at != NULL)
        (*at)->process = process;
    return *at;
}

bool senders_admit(int32 process, size_t size)
{
    struct sender *sender = create(process);
    if (sender == NULL || sender->n >= SENDER_MESSAGES_MAX ||
        (sender->n > 0 && size > SENDER_SIZE_MAX - sender->size))
        return false;
    sender->n++;
    sender->size += size;
    return true;
}

void senders_dismiss(int32 process, size_t size)
{
    struct sender **at = place_of(process);
    struct sender *sender = *at;
    assert(sender != NULL && sender->n > 0);
    sender->n--;
    sender->size -= size;
    if (sender->n > 0)
        return;
    *at = sender->next;
    free(sender);
}

void senders_forget(void)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        while (buckets[i] != NULL) {
            struct sender *sender = buckets[i];
            buckets[i] = sender->next;
            free(sender);
        }
    }
}
