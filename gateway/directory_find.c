/*
 * Whom a name means, to whom: by itself, as the beginning of a path, or of one user; and what an
 * entry stands for.
 */
#include <string.h>

#include "gateway/directory.h"
#include "gateway/gateway.h"
#include "gateway/name_hash.h"
#include "gateway/nearest.h"
#include "gateway/numbers.h"

bool directory_means(const struct directory_entry *entry, const char *family, const char *name,
                     const struct principal *who)
{
    if (*family != '\0' && strcmp(entry->spec.family, family) != 0)
        return false;
    if (!directory_is_called(entry, name) ||
        (who->remote && (entry->spec.flags & DIRECTORY_LOCAL) != 0))
        return false;
    /* A user's own names are for that user; who has no uid here, and root, may mean anyone's. */
    return (entry->spec.flags & DIRECTORY_PER_USER) == 0 || who->remote || who->uid == 0 ||
           who->uid == entry->uid;
}

/* What looking for @found, or NULL, came to. */
static enum via_status judge(struct directory_entry *found, bool ambiguous,
                             const struct principal *who, struct directory_entry **entryp)
{
    if (found == NULL)
        return VIA_NOT_FOUND;
    if (ambiguous)
        return VIA_INVALID;
    if (!principal_may_call(who, found->spec.mode, found->uid, found->gid))
        return VIA_DENIED;
    *entryp = found;
    return VIA_OK;
}

enum via_status directory_find(const struct directory *directory, const char *family,
                               const char *name, const struct principal *who,
                               struct directory_entry **entryp)
{
    struct directory_entry *found = NULL;
    bool ambiguous = false;
    struct directory_entry *entry = directory_bucket(directory, name);
    for (; entry != NULL; entry = entry->next_in_bucket) {
        if (!directory_means(entry, family, name, who))
            continue;
        if (found != NULL && strcmp(found->spec.family, entry->spec.family) != 0)
            ambiguous = true;
        bool own = entry->uid == who->uid, found_own = found != NULL && found->uid == who->uid;
        bool per_user = (entry->spec.flags & DIRECTORY_PER_USER) != 0;
        if (found == NULL || (per_user && own && !found_own) ||
            (entry->sequence < found->sequence && (!per_user || own == found_own)))
            found = entry;
    }
    return judge(found, ambiguous, who, entryp);
}

/* What is behind it and a slash; NULL: @name begins with something else. */
static const char *behind_host(const char *host, const char *name)
{
    while (*host != '\0' && name_fold(*host) == name_fold(*name)) {
        host++;
        name++;
    }
    return *host == '\0' && *name == '/' ? name + 1 : NULL;
}

enum via_status directory_find_at(const struct directory *directory, const char *host,
                                  const char *family, const char *name, const struct principal *who,
                                  struct directory_entry **entryp)
{
    struct directory_entry *found;
    enum via_status status = directory_find(directory, family, name, who, entryp);
    const char *rest = status == VIA_NOT_FOUND ? behind_host(host, name) : NULL;
    if (rest == NULL || directory_find(directory, family, rest, who, &found) != VIA_OK ||
        (found->spec.flags & DIRECTORY_CASELESS) == 0)
        return status;
    *entryp = found;
    return VIA_OK;
}

enum via_status directory_find_prefix(const struct directory *directory, const char *family,
                                      const char *path, const struct principal *who,
                                      struct directory_entry **entryp)
{
    char name[DIRECTORY_NAME_MAX + 1];
    size_t size = strlen(path);
    /* Nobody has a longer name; one that ends there does so before whatever comes next. */
    bool whole = size <= DIRECTORY_NAME_MAX;
    if (!whole)
        size = DIRECTORY_NAME_MAX;
    memcpy(name, path, size);
    for (;; size--) {
        name[size] = '\0';
        bool ends = size > 0 && (whole || path[size] == '/');
        enum via_status status =
            ends ? directory_find(directory, family, name, who, entryp) : VIA_NOT_FOUND;
        if (status != VIA_NOT_FOUND)
            return status;
        if (size == 0)
            break;
        whole = false;
    }
    return *path == '/' ? directory_find(directory, family, "/", who, entryp) : VIA_NOT_FOUND;
}

enum via_status directory_find_of(const struct directory *directory, const char *family,
                                  const char *name, uint32_t uid, const struct principal *who,
                                  struct directory_entry **entryp)
{
    struct directory_entry *found = NULL;
    bool ambiguous = false;
    struct directory_entry *entry = directory_bucket(directory, name);
    for (; entry != NULL; entry = entry->next_in_bucket) {
        uint32_t owner = entry->uid == PRINCIPAL_NOBODY ? BINDING_REMOTE_UID : entry->uid;
        if (entry->object == NULL || strcmp(entry->spec.family, family) != 0 ||
            !directory_is_called(entry, name) || (uid != BINDING_ANY_USER && uid != owner) ||
            (who->remote && (entry->spec.flags & DIRECTORY_LOCAL) != 0))
            continue;
        /* Of duplicates the oldest counts. */
        if (found != NULL && (entry->spec.flags & DIRECTORY_DUPLICATES) == 0)
            ambiguous = true;
        if (found == NULL || entry->sequence < found->sequence)
            found = entry;
    }
    return judge(found, ambiguous, who, entryp);
}

struct gateway_object *directory_target(const struct gateway *gateway,
                                        const struct directory_entry *entry)
{
    return entry->object != NULL ? entry->object : numbers_stands_for(gateway, entry);
}

struct directory_entry *directory_name_of(const struct gateway_object *object)
{
    return object->names != NULL || object->number == 0
               ? object->names
               : numbers_name_of(&object->gateway->numbers, object->number);
}

uint32_t directory_number(const struct directory_entry *entry)
{
    return entry->object != NULL ? entry->object->number : entry->number;
}

struct session *directory_owner(const struct gateway *gateway, const struct directory_entry *entry)
{
    return entry->object != NULL ? objects_owner(entry->object)
                                 : sessions_get(&gateway->sessions, entry->session);
}

bool directory_shows(const struct directory_entry *entry, const struct principal *who)
{
    return (entry->spec.flags & DIRECTORY_UNLISTED) == 0 &&
           (!who->remote || (entry->spec.flags & DIRECTORY_LOCAL) == 0);
}

const struct directory_entry *directory_nearest(const struct directory *directory, const char *name,
                                                const struct principal *who)
{
    const struct directory_entry *nearest = NULL;
    unsigned least = NEAREST_SIZE_MAX + 1;
    for (size_t i = 0; i < directory->n; i++) {
        if (!directory_shows(directory->sorted[i], who))
            continue;
        unsigned distance = nearest_distance(name, directory->sorted[i]->spec.name);
        if (distance < least) {
            least = distance;
            nearest = directory->sorted[i];
        }
    }
    return nearest != NULL && nearest_is_near(name, least) ? nearest : NULL;
}
