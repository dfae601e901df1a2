/*
 * An entry is written as what it is when it is told: of changes in between the newest wins. One
 * whose pod is gone has the field 0, and zeros.
 */
#include "gateway/event_broker/tables.h"

#include <stdlib.h>
#include <string.h>

#include "codecs/octets.h"
#include "include/portfolio/event.h"

bool tables_start(struct listener *listener)
{
    if (listener->table == NULL)
        listener->table = calloc(1, sizeof *listener->table);
    return listener->table != NULL;
}

static uint8_t *write_entry(const struct broker *broker, unsigned generic, unsigned ordinal,
                            uint8_t *out)
{
    const size_t size = (size_t)POD_WORD * pod_class_words(generic);
    const struct pod *pod = pods_find_ordinal(&broker->pods, generic, ordinal);
    octets_put_u32(out, generic);
    octets_put_u32(out + 4, ordinal);
    octets_put_u32(out + 8, pod == NULL ? 0 : pod->stamps[generic]);
    out += BROKER_ENTRY_SIZE;
    if (pod != NULL)
        (void)pod_data(pod, generic, POD_UPDATE, out);
    else
        memset(out, 0, size);
    return out + size;
}

size_t tables_write_all(struct broker *broker, struct listener *listener)
{
    uint8_t *out = broker->octets;
    for (unsigned generic = 0; generic < PORTFOLIO_CLASSES; generic++) {
        listener->table->changed[generic] = (struct pod_set){{0}};
        for (unsigned i = 0; i < broker->pods.n && pod_class_of(generic)->has_table; i++)
            if (pod_is_of(broker->pods.chain[i], generic))
                out = write_entry(broker, generic, broker->pods.chain[i]->ordinals[generic], out);
    }
    return (size_t)(out - broker->octets);
}

void tables_mark(struct broker *broker, unsigned generic, unsigned from, unsigned to)
{
    if (!pod_class_of(generic)->has_table)
        return;
    for (struct listener *listener = broker->listeners.first; listener != NULL;
         listener = listener->next)
        for (unsigned ordinal = from; listener->table != NULL && ordinal <= to; ordinal++)
            pod_set_add(&listener->table->changed[generic], (uint8_t)ordinal);
}

bool tables_are_due(const struct listener *listener)
{
    if (listener->table == NULL || listener->table->is_told)
        return false;
    for (unsigned generic = 0; generic < PORTFOLIO_CLASSES; generic++)
        if (!pod_set_is_empty(&listener->table->changed[generic]))
            return true;
    return false;
}

static size_t write_changed(struct broker *broker, const struct listener_table *table)
{
    uint8_t *out = broker->octets + PORTFOLIO_FRAMES_AT;
    octets_put_u32(broker->octets, EB_MakeTableReply);
    for (unsigned generic = 0; generic < PORTFOLIO_CLASSES; generic++)
        for (unsigned ordinal = 1; ordinal <= PORTFOLIO_POD_NUMBER_MAX; ordinal++)
            if (pod_set_has(&table->changed[generic], (uint8_t)ordinal))
                out = write_entry(broker, generic, ordinal, out);
    return (size_t)(out - broker->octets);
}

void tables_tell(struct broker *broker)
{
    for (struct listener *listener = broker->listeners.first; listener != NULL;
         listener = listener->next) {
        if (!tables_are_due(listener))
            continue;
        const size_t size = write_changed(broker, listener->table);
        if (!broker->ops->table(broker->user, listener->port, broker->octets, size))
            continue; /* in the next field, then */
        listener->table->is_told = true;
        for (unsigned generic = 0; generic < PORTFOLIO_CLASSES; generic++)
            listener->table->changed[generic] = (struct pod_set){{0}};
    }
}
