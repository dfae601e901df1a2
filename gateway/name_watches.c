/*
 * A walk over the names that are there remembers how far it came, as a cursor; so it goes on when
 * its session has room, however many names there are. What changes behind the cursor meanwhile
 * makes the walk begin again, with a gap, since a notice that could not be sent is not kept.
 */
#include "gateway/name_watches.h"

#include <stdlib.h>
#include <string.h>

#include "codecs/parcel.h"
#include "gateway/directory_verbs.h"
#include "gateway/gateway.h"
#include "gateway/pattern.h"

void name_watches_init(struct name_watches *watches, uint32_t max)
{
    *watches = (struct name_watches){.max = max, .next_id = 1};
}

static bool wants(const struct name_watch *watch, const struct directory_entry *entry)
{
    return (*watch->family == '\0' || strcmp(watch->family, entry->spec.family) == 0) &&
           (*watch->class_name == '\0' || strcmp(watch->class_name, entry->spec.class_name) == 0) &&
           directory_shows(entry, &watch->session->principal) &&
           pattern_matches(watch->pattern, entry->spec.name);
}

/* VIA_BUSY: its session is full. */
static enum via_status tell(struct name_watch *watch, enum directory_notice notice,
                            const struct directory_entry *entry)
{
    struct frame frame = {.kind = FRAME_EVENT,
                          .layout = VIA_LAYOUT_CONTROL,
                          .flags = watch->gap ? FRAME_GAP : 0,
                          .lost = watch->gap ? 1 : 0,
                          .code = notice,
                          .id = (uint32_t)(watch->number + 1),
                          .time = (uint32_t)((watch->number + 1) >> 32)};
    struct via_parcel *parcel = NULL;
    enum via_status status = via_parcel_create(&parcel);
    if (status == VIA_OK)
        status = directory_verbs_put_entry(parcel, entry);
    if (status == VIA_OK) {
        struct payload payload;
        parcel_payload(parcel, &payload);
        frame.body = payload.octets;
        frame.body_size = (uint32_t)payload.size;
        frame.tape = payload.tape;
        frame.tape_size = (uint32_t)payload.tape_size;
        const struct message message = {.frame = &frame};
        status = watch->session->ops->event(watch->session, watch->sink, &message);
    }
    via_parcel_unref(parcel);
    if (status == VIA_BUSY)
        watch->session->behind = true;
    if (status == VIA_OK) {
        watch->number++;
        watch->gap = false;
    } else if (status != VIA_BUSY) {
        watch->gap = true; /* this one it will never have */
        status = VIA_OK;
    }
    return status;
}

static void walk(struct name_watch *watch)
{
    const struct directory *directory = &watch->session->gateway->directory;
    if (watch->again) {
        watch->again = false;
        watch->gap = true;
        watch->cursor[0] = '\0';
    }
    size_t place = directory_after(directory, watch->cursor);
    for (; place < directory->n; place++) {
        const struct directory_entry *entry = directory->sorted[place];
        if (wants(watch, entry) && tell(watch, DIRECTORY_APPEAR, entry) != VIA_OK)
            return;
        directory_cursor(entry, watch->cursor);
    }
    watch->walking = false;
}

/* With its texts, and one count of its sink. */
static struct name_watch *make(struct session *session, struct gateway_object *sink,
                               const char *family, const char *pattern, const char *class_name)
{
    size_t family_size = strlen(family) + 1, pattern_size = strlen(pattern) + 1;
    size_t class_size = strlen(class_name) + 1;
    struct name_watch *watch = calloc(1, sizeof *watch + family_size + pattern_size + class_size);
    if (watch == NULL)
        return NULL;
    watch->session = session;
    watch->sink = objects_ref(sink);
    watch->family = (char *)(watch + 1);
    watch->pattern = watch->family + family_size;
    watch->class_name = watch->pattern + pattern_size;
    memcpy(watch->family, family, family_size);
    memcpy(watch->pattern, pattern, pattern_size);
    memcpy(watch->class_name, class_name, class_size);
    return watch;
}

enum via_status name_watches_add(struct name_watches *watches, struct session *session,
                                 struct gateway_object *sink, const char *family,
                                 const char *pattern, const char *class_name,
                                 struct name_watch **watchp)
{
    if (watches->n >= watches->max)
        return VIA_BUSY;
    struct name_watch *watch = make(session, sink, family, pattern, class_name);
    if (watch == NULL)
        return VIA_NO_MEMORY;
    watch->id = watches->next_id++;
    watch->walking = true;
    watch->next = watches->first;
    watches->first = watch;
    watches->n++;
    *watchp = watch;
    return VIA_OK;
}

enum via_status name_watches_restore(struct name_watches *watches, const struct name_watch *from)
{
    struct name_watch *watch =
        make(from->session, from->sink, from->family, from->pattern, from->class_name);
    if (watch == NULL)
        return VIA_NO_MEMORY;
    watch->id = from->id;
    watch->number = from->number;
    watch->walking = from->walking;
    watch->again = from->again;
    watch->gap = from->gap;
    memcpy(watch->cursor, from->cursor, sizeof watch->cursor);
    struct name_watch **last = &watches->first;
    while (*last != NULL)
        last = &(*last)->next;
    *last = watch;
    watches->n++;
    return VIA_OK;
}

void name_watches_begin(struct name_watch *watch)
{
    walk(watch);
}

/* Frees all that belong to @session, to @sink, or have @id; returns how many. */
static unsigned drop(struct name_watches *watches, const struct session *session,
                     const struct gateway_object *sink, uint32_t id)
{
    unsigned n = 0;
    struct name_watch **link = &watches->first;
    while (*link != NULL) {
        struct name_watch *watch = *link;
        bool its = (session == NULL || watch->session == session) &&
                   (sink == NULL || watch->sink == sink) && (id == 0 || watch->id == id);
        if (!its) {
            link = &watch->next;
            continue;
        }
        *link = watch->next;
        watches->n--;
        n++;
        objects_unref(watch->sink);
        free(watch);
    }
    return n;
}

void name_watches_drop(struct name_watches *watches, struct name_watch *watch)
{
    (void)drop(watches, watch->session, NULL, watch->id);
}

enum via_status name_watches_remove(struct name_watches *watches, struct session *session,
                                    uint32_t id)
{
    return id != 0 && drop(watches, session, NULL, id) > 0 ? VIA_OK : VIA_NOT_FOUND;
}

void name_watches_notice(struct name_watches *watches, enum directory_notice notice,
                         const struct directory_entry *entry)
{
    for (struct name_watch *watch = watches->first; watch != NULL; watch = watch->next) {
        if (!wants(watch, entry))
            continue;
        if (watch->walking) {
            if (directory_is_before(entry, watch->cursor))
                watch->again = true;
        } else if (tell(watch, notice, entry) != VIA_OK) {
            watch->walking = true;
            watch->again = true;
        }
    }
}

void name_watches_session_drained(struct name_watches *watches, struct session *session)
{
    for (struct name_watch *watch = watches->first; watch != NULL; watch = watch->next)
        if (watch->session == session && watch->walking)
            walk(watch);
}

void name_watches_session_ended(struct name_watches *watches, struct session *session)
{
    (void)drop(watches, session, NULL, 0);
}

void name_watches_object_died(struct name_watches *watches, const struct gateway_object *object)
{
    (void)drop(watches, NULL, object, 0);
}
