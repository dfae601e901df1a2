/*
 * What comes from the broker goes into a copy at once, so that it is answered at once, whatever
 * programs do. It is in the table when nobody has that locked: at once, or when it is unlocked.
 *
 * Nobody is told that the broker is gone: it is looked at when the table is to be locked.
 *
 * A class has its places when one of its pods is first heard of, and these never move.
 */
#include "bridge/portfolio/table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/portfolio/kinds.h"
#include "bridge/portfolio/port.h"
#include "bridge/portfolio/semaphore.h"
#include "codecs/octets.h"
#include "include/portfolio/semaphore.h"

#define CLASSES 16u
#define MORE_PLACES 8u /* than the highest ordinal at first */
#define ORDINAL_MAX 255u
#define WORD 4u

/* Of each entry, before the structure. */
enum entry_at { AT_CLASS = 0, AT_ORDINAL = 4, AT_FIELD = 8, AT_STRUCTURE = 12 };

struct places {
    uint32 n;       /* 0: the class has none yet */
    uint32 *fields; /* owned */
    uint32 *words;  /* owned */
};

static const size_t sizes[CLASSES] = {PODSTATETABLEARRAYSIZES};

static PodStateTableOverlay *table; /* owned; NULL: there is none */
static struct places copies[CLASSES], shown[CLASSES];
static struct item *semaphore; /* borrowed: the Items' */
static uint32 n_ports;
static Item broker;     /* who tells what is in it; 0: nobody any more */
static bool is_changed; /* the copies, since they were last shown */

/* ---- what is shown ---- */

/* With the broker its pods are gone. */
static void heed_broker(void)
{
    if (broker == 0 || items_find(broker) != NULL)
        return;
    broker = 0;
    for (size_t i = 0; i < CLASSES; i++)
        if (copies[i].n > 0)
            memset(copies[i].fields, 0, (size_t)copies[i].n * WORD);
    is_changed = true;
}

static void show(void)
{
    heed_broker();
    if (!is_changed)
        return;
    is_changed = false;
    for (size_t i = 0; i < CLASSES; i++) {
        const struct places *from = &copies[i], *to = &shown[i];
        if (from->n == 0)
            continue;
        memcpy(to->fields, from->fields, (size_t)from->n * WORD);
        memcpy(to->words, from->words, (size_t)from->n * sizes[i]);
        table->psto_Array[i].gt_ValidityTimeStamps = to->fields;
        table->psto_Array[i].gt_EventSpecificData = to->words;
        table->psto_Array[i].gt_HowMany = from->n;
    }
}

static void show_if_unlocked(void)
{
    if (!semaphore_is_locked(semaphore))
        show();
}

/* ---- what comes ---- */

/* The next entry; NULL: there is none, or none that could be. */
static const uint8_t *next_entry(const uint8_t **atp, const uint8_t *end)
{
    const uint8_t *entry = *atp;
    size_t left = (size_t)(end - entry);
    if (left < AT_STRUCTURE)
        return NULL;
    uint32 class = octets_get_u32(entry + AT_CLASS), ordinal = octets_get_u32(entry + AT_ORDINAL);
    if (class >= CLASSES || sizes[class] == 0 || left - AT_STRUCTURE < sizes[class] ||
        ordinal == 0 || ordinal > ORDINAL_MAX)
        return NULL;
    *atp = entry + AT_STRUCTURE + sizes[class];
    return entry;
}

static bool places_make(struct places *places, uint32 n, size_t size)
{
    assert(n > 0 && size > 0);
    places->fields = calloc(n, WORD);
    places->words = calloc(n, size);
    return places->fields != NULL && places->words != NULL;
}

static void places_clear(struct places *places)
{
    free(places->fields);
    free(places->words);
    *places = (struct places){.n = 0};
}

static void make_class(size_t class, uint32 highest)
{
    uint32 n = highest + MORE_PLACES;
    bool is_made =
        places_make(&copies[class], n, sizes[class]) && places_make(&shown[class], n, sizes[class]);
    if (is_made) {
        copies[class].n = n;
    } else { /* it is tried again when more of it comes */
        places_clear(&copies[class]);
        places_clear(&shown[class]);
    }
}

static void make_classes(const uint8_t *at, const uint8_t *end)
{
    uint32 highest[CLASSES] = {0};
    const uint8_t *entry;
    while ((entry = next_entry(&at, end)) != NULL) {
        uint32 *of_class = &highest[octets_get_u32(entry + AT_CLASS)];
        uint32 ordinal = octets_get_u32(entry + AT_ORDINAL);
        if (ordinal > *of_class)
            *of_class = ordinal;
    }
    for (size_t i = 0; i < CLASSES; i++)
        if (highest[i] > 0 && copies[i].n == 0)
            make_class(i, highest[i]);
}

static void put_entry(const uint8_t *entry)
{
    uint32 class = octets_get_u32(entry + AT_CLASS), ordinal = octets_get_u32(entry + AT_ORDINAL);
    const struct places *places = &copies[class];
    if (ordinal >= places->n)
        return;
    uint32 *words = places->words + ordinal * (sizes[class] / WORD);
    places->fields[ordinal] = octets_get_u32(entry + AT_FIELD);
    for (size_t i = 0; i < sizes[class] / WORD; i++)
        words[i] = octets_get_u32(entry + AT_STRUCTURE + i * WORD);
    is_changed = true;
}

void table_change(const uint8_t *entries, size_t size)
{
    const uint8_t *at = entries, *entry;
    if (table == NULL || size == 0)
        return;
    const uint8_t *end = entries + size;
    make_classes(entries, end);
    while ((entry = next_entry(&at, end)) != NULL)
        put_entry(entry);
    show_if_unlocked();
}

/* ---- life ---- */

static bool make(void)
{
    table = calloc(1, sizeof *table);
    semaphore = table != NULL ? semaphore_make(show) : NULL;
    if (semaphore == NULL) {
        free(table);
        table = NULL;
        return false;
    }
    table->psto_SemaphoreItem = semaphore->node->n_Item;
    return true;
}

PodStateTable *table_open(struct port *port, Item from, const uint8_t *entries, size_t size)
{
    if (table == NULL && !make())
        return NULL;
    broker = from;
    n_ports += !port->has_table;
    port->has_table = true;
    table_change(entries, size);
    return (PodStateTable *)(void *)table;
}

void table_close(struct port *port)
{
    port->has_table = false;
    if (--n_ports > 0)
        return;
    items_let_go(semaphore);
    semaphore = NULL;
    is_changed = false;
    for (size_t i = 0; i < CLASSES; i++) {
        places_clear(&copies[i]);
        places_clear(&shown[i]);
    }
    free(table);
    table = NULL;
}

void table_forget(void)
{
    table = NULL; /* the parent's stays as it is */
    semaphore = NULL;
    n_ports = 0;
    broker = 0;
    is_changed = false;
    memset(copies, 0, sizeof copies);
    memset(shown, 0, sizeof shown);
}
