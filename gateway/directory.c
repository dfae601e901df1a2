/*
 * Names stand twice: in buckets by a hash of the name alone, for finding, and in one array in order
 * of family, name and age, for listing by pages. Both hold the same entries. Putting one into the
 * array moves pointers only: 80 KB at most with 10,000 names.
 *
 * A name may be in several entries: of several families, of several users (PER_USER), or several
 * times (DUPLICATES, where the oldest counts).
 */
#include "gateway/directory.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/utf8.h"
#include "gateway/gateway.h"
#include "gateway/nearest.h"

#define BUCKETS_AT_FIRST 1024u /* a power of two */
#define SORTED_AT_FIRST 64u
#define FLAGS_KNOWN                                                                                \
    (DIRECTORY_CASELESS | DIRECTORY_DUPLICATES | DIRECTORY_PER_USER | DIRECTORY_OPENS |            \
     DIRECTORY_UNLISTED | DIRECTORY_LOCAL)
/* Who sees an entry depends on these. */
#define FLAGS_OF_SIGHT (DIRECTORY_UNLISTED | DIRECTORY_LOCAL)

enum via_status directory_init(struct directory *directory, size_t max)
{
    *directory = (struct directory){.max = max, .next_sequence = 1};
    name_seed_init(&directory->seed);
    directory->n_buckets = BUCKETS_AT_FIRST;
    directory->buckets = calloc(directory->n_buckets, sizeof *directory->buckets);
    return directory->buckets == NULL ? VIA_NO_MEMORY : VIA_OK;
}

void directory_deinit(struct directory *directory)
{
    free(directory->buckets);
    free(directory->sorted);
    *directory = (struct directory){0};
}

/* ---- comparing ---- */

static bool same_name(const struct directory_entry *entry, const char *name)
{
    if ((entry->spec.flags & DIRECTORY_CASELESS) == 0)
        return strcmp(entry->spec.name, name) == 0;
    const char *own = entry->spec.name;
    while (*own != '\0' && name_fold(*own) == name_fold(*name)) {
        own++;
        name++;
    }
    return *own == '\0' && *name == '\0';
}

bool directory_means(const struct directory_entry *entry, const char *family, const char *name,
                     const struct principal *who)
{
    if (*family != '\0' && strcmp(entry->spec.family, family) != 0)
        return false;
    if (!same_name(entry, name) || (who->remote && (entry->spec.flags & DIRECTORY_LOCAL) != 0))
        return false;
    /* A user's own names are for that user; who has no uid here, and root, may mean anyone's. */
    return (entry->spec.flags & DIRECTORY_PER_USER) == 0 || who->remote || who->uid == 0 ||
           who->uid == entry->uid;
}

static int order(const char *family, const char *name, uint64_t sequence,
                 const struct directory_entry *entry)
{
    int by_family = strcmp(family, entry->spec.family);
    if (by_family != 0)
        return by_family;
    int by_name = strcmp(name, entry->spec.name);
    if (by_name != 0)
        return by_name;
    return (sequence > entry->sequence) - (sequence < entry->sequence);
}

/* The first place whose entry comes after the key. */
static size_t place_after(const struct directory *directory, const char *family, const char *name,
                          uint64_t sequence)
{
    size_t low = 0, high = directory->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (order(family, name, sequence, directory->sorted[middle]) >= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ---- cursors: SEQUENCE:FAMILY:NAME ---- */

void directory_cursor(const struct directory_entry *entry, char cursor[DIRECTORY_CURSOR_MAX])
{
    (void)snprintf(cursor, DIRECTORY_CURSOR_MAX, "%" PRIx64 ":%s:%s", entry->sequence,
                   entry->spec.family, entry->spec.name);
}

/* Takes a cursor apart; false for one that is none of ours. @family has room. */
static bool read_cursor(const char *cursor, uint64_t *sequencep,
                        char family[DIRECTORY_FAMILY_MAX + 1], const char **namep)
{
    uint64_t sequence = 0;
    size_t digits = 0;
    for (; *cursor != '\0' && *cursor != ':'; cursor++, digits++) {
        unsigned char c = name_fold(*cursor);
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                                                : 16;
        if (digit == 16 || digits == 16)
            return false;
        sequence = sequence << 4 | digit;
    }
    if (*cursor++ != ':')
        return false;
    const char *colon = strchr(cursor, ':');
    if (colon == NULL || (size_t)(colon - cursor) > DIRECTORY_FAMILY_MAX)
        return false;
    memcpy(family, cursor, (size_t)(colon - cursor));
    family[colon - cursor] = '\0';
    *sequencep = sequence;
    *namep = colon + 1;
    return true;
}

size_t directory_after(const struct directory *directory, const char *cursor)
{
    uint64_t sequence;
    char family[DIRECTORY_FAMILY_MAX + 1];
    const char *name;
    if (!read_cursor(cursor, &sequence, family, &name))
        return 0;
    return place_after(directory, family, name, sequence);
}

bool directory_is_before(const struct directory_entry *entry, const char *cursor)
{
    uint64_t sequence;
    char family[DIRECTORY_FAMILY_MAX + 1];
    const char *name;
    return read_cursor(cursor, &sequence, family, &name) &&
           order(family, name, sequence, entry) >= 0;
}

/* ---- publishing ---- */

static bool text_is_good(const char *text, size_t least, size_t most)
{
    size_t size = strlen(text);
    if (size < least || size > most || !utf8_check(text, size))
        return false;
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    return true;
}

static bool family_is_good(const char *family)
{
    size_t size = strlen(family);
    if (size == 0 || size > DIRECTORY_FAMILY_MAX)
        return false;
    for (; *family != '\0'; family++) {
        unsigned char c = name_fold(*family);
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'))
            return false;
    }
    return true;
}

static bool spec_is_good(const struct directory_spec *spec)
{
    return family_is_good(spec->family) && text_is_good(spec->name, 1, DIRECTORY_NAME_MAX) &&
           text_is_good(spec->class_name, 0, DIRECTORY_TEXT_MAX) &&
           text_is_good(spec->protocol, 0, DIRECTORY_TEXT_MAX) &&
           text_is_good(spec->info, 0, DIRECTORY_TEXT_MAX) &&
           (spec->flags | FLAGS_KNOWN) == FLAGS_KNOWN && spec->mode <= 0777;
}

static char *put_text(char **atp, const char *text)
{
    size_t size = strlen(text) + 1;
    char *place = *atp;
    memcpy(place, text, size);
    *atp += size;
    return place;
}

static struct directory_entry *entry_create(const struct directory_spec *spec)
{
    size_t texts = strlen(spec->family) + strlen(spec->name) + strlen(spec->class_name) +
                   strlen(spec->protocol) + strlen(spec->info) + 5;
    struct directory_entry *entry = calloc(1, sizeof *entry + texts);
    if (entry == NULL)
        return NULL;
    char *at = (char *)(entry + 1);
    entry->spec = *spec;
    entry->spec.family = put_text(&at, spec->family);
    entry->spec.name = put_text(&at, spec->name);
    entry->spec.class_name = put_text(&at, spec->class_name);
    entry->spec.protocol = put_text(&at, spec->protocol);
    entry->spec.info = put_text(&at, spec->info);
    if (entry->spec.mode == 0)
        entry->spec.mode = DIRECTORY_MODE_DEFAULT;
    return entry;
}

static enum via_status make_room(struct directory *directory)
{
    if (directory->n == directory->capacity) {
        size_t capacity = directory->capacity == 0 ? SORTED_AT_FIRST : directory->capacity * 2;
        struct directory_entry **sorted =
            realloc(directory->sorted, capacity * sizeof *directory->sorted);
        if (sorted == NULL)
            return VIA_NO_MEMORY;
        directory->sorted = sorted;
        directory->capacity = capacity;
    }
    if (directory->n < directory->n_buckets)
        return VIA_OK;
    size_t n_buckets = directory->n_buckets * 2; /* there are some from the start */
    assert(n_buckets > 0);
    struct directory_entry **buckets = calloc(n_buckets, sizeof *buckets);
    if (buckets == NULL)
        return VIA_NO_MEMORY;
    free(directory->buckets);
    directory->buckets = buckets;
    directory->n_buckets = n_buckets;
    for (size_t i = 0; i < directory->n; i++) {
        struct directory_entry *entry = directory->sorted[i];
        struct directory_entry **bucket = &buckets[entry->hash & (n_buckets - 1)];
        entry->next_in_bucket = *bucket;
        *bucket = entry;
    }
    return VIA_OK;
}

static void insert(struct directory *directory, struct directory_entry *entry)
{
    struct directory_entry **bucket = &directory->buckets[entry->hash & (directory->n_buckets - 1)];
    entry->next_in_bucket = *bucket;
    *bucket = entry;
    size_t place = place_after(directory, entry->spec.family, entry->spec.name, entry->sequence);
    memmove(&directory->sorted[place + 1], &directory->sorted[place],
            (directory->n - place) * sizeof *directory->sorted);
    directory->sorted[place] = entry;
    directory->n++;
    entry->next_of_object = entry->object->names;
    entry->object->names = entry;
}

static void take_out(struct directory *directory, struct directory_entry *entry)
{
    struct directory_entry **link = &directory->buckets[entry->hash & (directory->n_buckets - 1)];
    while (*link != entry)
        link = &(*link)->next_in_bucket;
    *link = entry->next_in_bucket;
    size_t place =
        place_after(directory, entry->spec.family, entry->spec.name, entry->sequence) - 1;
    directory->n--;
    memmove(&directory->sorted[place], &directory->sorted[place + 1],
            (directory->n - place) * sizeof *directory->sorted);
    link = &entry->object->names;
    while (*link != entry)
        link = &(*link)->next_of_object;
    *link = entry->next_of_object;
}

static void notice(struct directory *directory, enum directory_notice what,
                   const struct directory_entry *entry)
{
    if (directory->noticed != NULL)
        directory->noticed(directory, what, entry);
}

static void drop(struct directory *directory, struct directory_entry *entry)
{
    take_out(directory, entry);
    notice(directory, DIRECTORY_GONE, entry);
    objects_unref(entry->object);
    free(entry);
}

static struct directory_entry *first_in_bucket(const struct directory *directory, const char *name)
{
    uint64_t hash = name_hash(&directory->seed, name);
    return directory->buckets[hash & (directory->n_buckets - 1)];
}

/* Whether @spec of @uid and @entry cannot both be. */
static bool clash(const struct directory_entry *entry, const struct directory_spec *spec,
                  uint32_t uid)
{
    const struct directory_entry as_entry = {.spec = *spec};
    if (strcmp(entry->spec.family, spec->family) != 0)
        return false;
    if (!same_name(entry, spec->name) && !same_name(&as_entry, entry->spec.name))
        return false;
    uint32_t both = entry->spec.flags & spec->flags;
    if (both & DIRECTORY_DUPLICATES)
        return false;
    return (both & DIRECTORY_PER_USER) == 0 || entry->uid == uid;
}

/* @old stands for the same object: what is said of it now replaces it, in its place and age. */
static enum via_status change(struct directory *directory, struct directory_entry *old,
                              const struct directory_spec *spec)
{
    struct directory_entry *entry = entry_create(spec);
    if (entry == NULL)
        return VIA_NO_MEMORY;
    entry->object = old->object;
    entry->pid = old->pid;
    entry->uid = old->uid;
    entry->gid = old->gid;
    entry->sequence = old->sequence;
    entry->hash = old->hash;
    bool as_seen = ((spec->flags ^ old->spec.flags) & FLAGS_OF_SIGHT) == 0;
    take_out(directory, old);
    if (!as_seen)
        notice(directory, DIRECTORY_GONE, old); /* it goes for some, and comes for others */
    insert(directory, entry);
    free(old);
    notice(directory, as_seen ? DIRECTORY_CHANGE : DIRECTORY_APPEAR, entry);
    return VIA_OK;
}

const struct directory_entry *directory_clash(const struct directory *directory,
                                              const struct directory_spec *spec,
                                              const struct principal *publisher)
{
    const struct directory_entry *entry = first_in_bucket(directory, spec->name);
    while (entry != NULL && !clash(entry, spec, publisher->uid))
        entry = entry->next_in_bucket;
    return entry;
}

enum via_status directory_publish(struct directory *directory, const struct directory_spec *spec,
                                  struct gateway_object *object, const struct principal *publisher)
{
    if (!spec_is_good(spec))
        return VIA_INVALID;
    struct directory_entry *entry = first_in_bucket(directory, spec->name);
    for (; entry != NULL; entry = entry->next_in_bucket)
        if (entry->object == object && strcmp(entry->spec.family, spec->family) == 0 &&
            strcmp(entry->spec.name, spec->name) == 0)
            return change(directory, entry, spec);
    if (directory_clash(directory, spec, publisher) != NULL)
        return VIA_EXISTS;
    if (directory->n >= directory->max)
        return VIA_BUSY;
    if (object->death != VIA_ALIVE)
        return VIA_DEAD;

    enum via_status status = make_room(directory);
    if (status != VIA_OK)
        return status;
    entry = entry_create(spec);
    if (entry == NULL)
        return VIA_NO_MEMORY;
    entry->object = objects_ref(object);
    entry->pid = publisher->pid;
    entry->uid = publisher->uid;
    entry->gid = publisher->gid;
    entry->sequence = directory->next_sequence++;
    entry->hash = name_hash(&directory->seed, spec->name);
    insert(directory, entry);
    notice(directory, DIRECTORY_APPEAR, entry);
    return VIA_OK;
}

enum via_status directory_restore(struct directory *directory, const struct directory_entry *from)
{
    const struct directory_spec *spec = &from->spec;
    if (!spec_is_good(spec) || from->object->death != VIA_ALIVE ||
        from->sequence >= directory->next_sequence)
        return VIA_INVALID;
    if (directory->n > 0 &&
        order(spec->family, spec->name, from->sequence, directory->sorted[directory->n - 1]) <= 0)
        return VIA_INVALID;
    enum via_status status = make_room(directory);
    struct directory_entry *entry = status == VIA_OK ? entry_create(spec) : NULL;
    if (entry == NULL)
        return VIA_NO_MEMORY;
    entry->object = objects_ref(from->object);
    entry->pid = from->pid;
    entry->uid = from->uid;
    entry->gid = from->gid;
    entry->sequence = from->sequence;
    entry->hash = name_hash(&directory->seed, spec->name);
    insert(directory, entry);
    return VIA_OK;
}

enum via_status directory_withdraw(struct directory *directory, const char *family,
                                   const char *name, const struct gateway_object *object)
{
    struct directory_entry *entry = first_in_bucket(directory, name);
    for (; entry != NULL; entry = entry->next_in_bucket) {
        if (entry->object == object && strcmp(entry->spec.family, family) == 0 &&
            same_name(entry, name)) {
            drop(directory, entry);
            return VIA_OK;
        }
    }
    return VIA_NOT_FOUND;
}

void directory_object_died(struct gateway *gateway, struct gateway_object *object)
{
    while (object->names != NULL)
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): drop() takes it out of the list */
        drop(&gateway->directory, object->names);
}

/* ---- finding ---- */

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
    struct directory_entry *entry = first_in_bucket(directory, name);
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

enum via_status directory_find_of(const struct directory *directory, const char *family,
                                  const char *name, uint32_t uid, const struct principal *who,
                                  struct directory_entry **entryp)
{
    struct directory_entry *found = NULL;
    bool ambiguous = false;
    struct directory_entry *entry = first_in_bucket(directory, name);
    for (; entry != NULL; entry = entry->next_in_bucket) {
        uint32_t owner = entry->uid == PRINCIPAL_NOBODY ? BINDING_REMOTE_UID : entry->uid;
        if (strcmp(entry->spec.family, family) != 0 || !same_name(entry, name) ||
            (uid != BINDING_ANY_USER && uid != owner) ||
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
