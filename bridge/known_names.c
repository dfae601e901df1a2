/*
 * A list: names come and go rarely, and a watch has few. A name may stand there more than once, as
 * it may in the directory.
 */
#include "bridge/known_names.h"

#include <stdlib.h>
#include <string.h>

struct known_name *known_name_free(struct known_name *known)
{
    if (known == NULL)
        return NULL;
    free(known->family);
    free(known->name);
    free(known);
    return NULL;
}

/* FNV-1a: it need only tell two states of one entry apart. */
static uint64_t digest(uint64_t seed, const void *data, size_t size)
{
    const uint8_t *octets = data;
    for (size_t i = 0; i < size; i++)
        /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): texts have an end */
        seed = (seed ^ octets[i]) * UINT64_C(0x100000001b3);
    return seed;
}

static uint64_t facts_of(const struct via_entry *entry)
{
    const char *texts[] = {entry->class_name, entry->protocol, entry->info};
    const uint32_t numbers[] = {entry->flags,         entry->mode, entry->message_size,
                                (uint32_t)entry->pid, entry->uid,  entry->gid,
                                entry->number};
    uint64_t facts = digest(UINT64_C(0xcbf29ce484222325), numbers, sizeof numbers);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        facts = digest(facts, texts[i], strlen(texts[i]) + 1);
    return facts;
}

static bool is_called(const struct known_name *known, const struct via_entry *entry)
{
    return strcmp(known->family, entry->family) == 0 && strcmp(known->name, entry->name) == 0;
}

void known_names_learn(struct known_names *names, const struct via_entry *entry)
{
    struct known_name *known = calloc(1, sizeof *known);
    if (known == NULL)
        return;
    known->facts = facts_of(entry);
    known->family = strdup(entry->family);
    known->name = strdup(entry->name);
    if (known->family == NULL || known->name == NULL) {
        (void)known_name_free(known);
        return;
    }
    known->next = names->first;
    names->first = known;
}

static struct known_name *take(struct known_name **at)
{
    struct known_name *known = *at;
    if (known != NULL)
        *at = known->next;
    return known;
}

void known_names_forget(struct known_names *names, const struct via_entry *entry)
{
    struct known_name **at = &names->first;
    while (*at != NULL && !is_called(*at, entry))
        at = &(*at)->next;
    (void)known_name_free(take(at));
}

void known_names_change(struct known_names *names, const struct via_entry *entry)
{
    for (struct known_name *known = names->first; known != NULL; known = known->next)
        if (is_called(known, entry) && !known->doubted) {
            known->facts = facts_of(entry);
            return;
        }
}

void known_names_doubt(struct known_names *names)
{
    for (struct known_name *known = names->first; known != NULL; known = known->next)
        known->doubted = true;
}

enum known_name_outcome known_names_confirm(struct known_names *names,
                                            const struct via_entry *entry)
{
    uint64_t facts = facts_of(entry);
    struct known_name *changed = NULL;
    for (struct known_name *known = names->first; known != NULL; known = known->next) {
        if (!known->doubted || !is_called(known, entry))
            continue;
        if (known->facts == facts) {
            known->doubted = false;
            return KNOWN_NAME_SAME;
        }
        changed = known;
    }
    if (changed == NULL)
        return KNOWN_NAME_NEW;
    changed->doubted = false;
    changed->facts = facts;
    return KNOWN_NAME_CHANGED;
}

struct known_name *known_names_take_doubted(struct known_names *names)
{
    struct known_name **at = &names->first;
    while (*at != NULL && !(*at)->doubted)
        at = &(*at)->next;
    return take(at);
}

void known_names_clear(struct known_names *names)
{
    struct known_name *known;
    while ((known = take(&names->first)) != NULL)
        (void)known_name_free(known);
}
