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

void known_names_learn(struct known_names *names, const struct via_entry *entry)
{
    struct known_name *known = calloc(1, sizeof *known);
    if (known == NULL)
        return;
    known->family = strdup(entry->family);
    known->name = strdup(entry->name);
    if (known->family == NULL || known->name == NULL) {
        (void)known_name_free(known);
        return;
    }
    known->next = names->first;
    names->first = known;
}

void known_names_forget(struct known_names *names, const struct via_entry *entry)
{
    struct known_name **at = &names->first;
    while (*at != NULL &&
           (strcmp((*at)->family, entry->family) != 0 || strcmp((*at)->name, entry->name) != 0))
        at = &(*at)->next;
    struct known_name *known = *at;
    if (known == NULL)
        return;
    *at = known->next;
    (void)known_name_free(known);
}

struct known_name *known_names_take(struct known_names *names)
{
    struct known_name *known = names->first;
    if (known != NULL)
        names->first = known->next;
    return known;
}

void known_names_clear(struct known_names *names)
{
    struct known_name *known;
    while ((known = known_names_take(names)) != NULL)
        (void)known_name_free(known);
}
