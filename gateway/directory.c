/*
 * What the directory holds; directory_find.c looks into it.
 *
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
#include "gateway/numbers.h"

#define BUCKETS_AT_FIRST 1024u /* a power of two */
#define SORTED_AT_FIRST 64u
#define FLAGS_KNOWN                                                                                \
    (DIRECTORY_CASELESS | DIRECTORY_DUPLICATES | DIRECTORY_PER_USER | DIRECTORY_OPENS |            \
     DIRECTORY_UNLISTED | DIRECTORY_LOCAL)
#define FLAGS_OF_PUBLISHING (FLAGS_KNOWN | DIRECTORY_NEW)
#define FLAGS_OF_NUMBERS (FLAGS_KNOWN & ~(uint32_t)(DIRECTORY_OPENS | DIRECTORY_DUPLICATES))
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

static struct gateway *gateway_of(const struct directory *directory)
{
    return (struct gateway *)((uintptr_t)directory - offsetof(struct gateway, directory));
}

/* ---- comparing ---- */

bool directory_is_called(const struct directory_entry *entry, const char *name)
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
           (spec->flags | FLAGS_OF_PUBLISHING) == FLAGS_OF_PUBLISHING && spec->mode <= 0777;
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
    entry->spec.flags &= ~(uint32_t)DIRECTORY_NEW;
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

/* The list of those that end together with it. */
static struct directory_entry **list_of(struct directory *directory,
                                        const struct directory_entry *entry)
{
    if (entry->object != NULL)
        return &entry->object->names;
    struct session *session = sessions_get(&gateway_of(directory)->sessions, entry->session);
    return session != NULL ? &session->names : &directory->orphans;
}

/* There is room, in numbers too. */
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
    struct directory_entry **list = list_of(directory, entry);
    entry->next_of_owner = *list;
    *list = entry;
    if (entry->object == NULL)
        numbers_add_name(&gateway_of(directory)->numbers, entry);
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
    link = list_of(directory, entry);
    while (*link != entry)
        link = &(*link)->next_of_owner;
    *link = entry->next_of_owner;
    if (entry->object == NULL)
        numbers_remove_name(&gateway_of(directory)->numbers, entry);
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

struct directory_entry *directory_bucket(const struct directory *directory, const char *name)
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
    if (!directory_is_called(entry, spec->name) &&
        !directory_is_called(&as_entry, entry->spec.name))
        return false;
    uint32_t both = entry->spec.flags & spec->flags;
    if (both & DIRECTORY_DUPLICATES)
        return false;
    return (both & DIRECTORY_PER_USER) == 0 || entry->uid == uid;
}

/* @old stands for the same object, or is the same session's: what is said of it now replaces it, in
 * its place and age. */
static enum via_status change(struct directory *directory, struct directory_entry *old,
                              const struct directory_spec *spec, uint32_t number)
{
    struct directory_entry *entry = entry_create(spec);
    if (entry == NULL)
        return VIA_NO_MEMORY;
    entry->object = old->object;
    entry->number = number;
    entry->session = old->session;
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
    const struct directory_entry *entry = directory_bucket(directory, spec->name);
    while (entry != NULL && !clash(entry, spec, publisher->uid))
        entry = entry->next_in_bucket;
    return entry;
}

/* The entry of that very name which stands for @object, or, where that is NULL, is @session's. */
static struct directory_entry *find_own(const struct directory *directory, const char *family,
                                        const char *name, const struct gateway_object *object,
                                        uint32_t session)
{
    struct directory_entry *entry = directory_bucket(directory, name);
    while (entry != NULL &&
           (entry->object != object || entry->session != session ||
            strcmp(entry->spec.family, family) != 0 || !directory_is_called(entry, name)))
        entry = entry->next_in_bucket;
    return entry;
}

/* A new one, which stands for @object, or for @number as long as @session lasts. */
static enum via_status add(struct directory *directory, const struct directory_spec *spec,
                           struct gateway_object *object, uint32_t number, uint32_t session,
                           const struct principal *publisher)
{
    if (directory_clash(directory, spec, publisher) != NULL)
        return VIA_EXISTS;
    if (directory->n >= directory->max)
        return VIA_BUSY;
    enum via_status status = make_room(directory);
    if (status == VIA_OK && object == NULL)
        status = numbers_reserve_name(&gateway_of(directory)->numbers);
    if (status != VIA_OK)
        return status;
    struct directory_entry *entry = entry_create(spec);
    if (entry == NULL)
        return VIA_NO_MEMORY;
    entry->object = object != NULL ? objects_ref(object) : NULL;
    entry->number = number;
    entry->session = session;
    entry->pid = publisher->pid;
    entry->uid = publisher->uid;
    entry->gid = publisher->gid;
    entry->sequence = directory->next_sequence++;
    entry->hash = name_hash(&directory->seed, spec->name);
    insert(directory, entry);
    notice(directory, DIRECTORY_APPEAR, entry);
    return VIA_OK;
}

enum via_status directory_publish(struct directory *directory, const struct directory_spec *spec,
                                  struct gateway_object *object, const struct principal *publisher)
{
    if (!spec_is_good(spec))
        return VIA_INVALID;
    struct directory_entry *entry = directory_bucket(directory, spec->name);
    for (; entry != NULL; entry = entry->next_in_bucket)
        if (entry->object == object && strcmp(entry->spec.family, spec->family) == 0 &&
            strcmp(entry->spec.name, spec->name) == 0)
            return (spec->flags & DIRECTORY_NEW) != 0 ? VIA_EXISTS
                                                      : change(directory, entry, spec, 0);
    if (object->death != VIA_ALIVE)
        return VIA_DEAD;
    return add(directory, spec, object, 0, 0, publisher);
}

enum via_status directory_publish_number(struct directory *directory,
                                         const struct directory_spec *spec, uint32_t number,
                                         struct session *publisher)
{
    uint32_t session = session_key(publisher);
    uint32_t known = FLAGS_OF_NUMBERS | DIRECTORY_NEW;
    if (!spec_is_good(spec) || (spec->flags | known) != known)
        return VIA_INVALID;
    struct directory_entry *entry = find_own(directory, spec->family, spec->name, NULL, session);
    if (entry == NULL)
        return add(directory, spec, NULL, number, session, &publisher->principal);
    if ((spec->flags & DIRECTORY_NEW) != 0)
        return VIA_EXISTS;
    enum via_status status = numbers_reserve_name(&gateway_of(directory)->numbers);
    return status == VIA_OK ? change(directory, entry, spec, number) : status;
}

enum via_status directory_restore(struct directory *directory, const struct directory_entry *from)
{
    const struct directory_spec *spec = &from->spec;
    uint32_t known = from->object == NULL ? FLAGS_OF_NUMBERS : FLAGS_KNOWN;
    if (!spec_is_good(spec) || from->sequence >= directory->next_sequence ||
        (from->object != NULL && from->object->death != VIA_ALIVE) ||
        (spec->flags | known) != known)
        return VIA_INVALID;
    if (directory->n > 0 &&
        order(spec->family, spec->name, from->sequence, directory->sorted[directory->n - 1]) <= 0)
        return VIA_INVALID;
    enum via_status status = make_room(directory);
    if (status == VIA_OK && from->object == NULL)
        status = numbers_reserve_name(&gateway_of(directory)->numbers);
    struct directory_entry *entry = status == VIA_OK ? entry_create(spec) : NULL;
    if (entry == NULL)
        return VIA_NO_MEMORY;
    entry->object = from->object != NULL ? objects_ref(from->object) : NULL;
    entry->number = from->number;
    entry->session = from->session;
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
    struct directory_entry *entry = find_own(directory, family, name, object, 0);
    if (entry == NULL)
        return VIA_NOT_FOUND;
    drop(directory, entry);
    return VIA_OK;
}

enum via_status directory_withdraw_number(struct directory *directory, const char *family,
                                          const char *name, const struct session *publisher)
{
    struct directory_entry *entry = find_own(directory, family, name, NULL, session_key(publisher));
    if (entry == NULL)
        return VIA_NOT_FOUND;
    drop(directory, entry);
    return VIA_OK;
}

void directory_tell_change(struct directory *directory, const struct directory_entry *entry)
{
    notice(directory, DIRECTORY_CHANGE, entry);
}

static void drop_all(struct directory *directory, struct directory_entry **list)
{
    while (*list != NULL)
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): drop() takes it out of the list */
        drop(directory, *list);
}

void directory_object_died(struct gateway *gateway, struct gateway_object *object)
{
    drop_all(&gateway->directory, &object->names);
}

void directory_session_ended(struct directory *directory, struct session *session)
{
    drop_all(directory, &session->names);
}

void directory_end_orphans(struct directory *directory)
{
    drop_all(directory, &directory->orphans);
}
