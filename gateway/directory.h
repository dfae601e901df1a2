/*
 * The directory: which names there are, and for what. An entry is (family, name) and stands for an
 * object while that lives and its owner does not take the name back; or for a number alone, be
 * there an object that has it or not, as long as the session that published it lasts.
 */
#pragma once

#include "codecs/control.h"
#include "gateway/name_hash.h"
#include "gateway/objects.h"

#define DIRECTORY_NAME_MAX 255u
#define DIRECTORY_FAMILY_MAX 63u
#define DIRECTORY_TEXT_MAX 1023u /* class, protocol, info */
#define DIRECTORY_MODE_DEFAULT 0666u

/* What a publisher says. Strings are borrowed. */
struct directory_spec {
    const char *family, *name, *class_name, *protocol, *info;
    uint32_t flags; /* enum directory_flag; an entry's are without DIRECTORY_NEW */
    uint32_t mode;  /* 0: DIRECTORY_MODE_DEFAULT */
    uint32_t message_size;
};

/* unanswered.c's: what its last walk found, if @count says that it was that one. */
struct directory_unanswered {
    uint64_t count;
    uint32_t n, since, age, caller;
};

struct directory_entry {
    struct directory_spec spec;    /* strings follow the entry */
    struct gateway_object *object; /* one count; NULL: it stands for a number */
    uint32_t number, session;      /* then that, and the session_key of whose it is; else 0 */
    int32_t pid;                   /* whose it is */
    uint32_t uid, gid;
    uint64_t sequence; /* of publishing: the older has the smaller */
    uint64_t hash;
    struct directory_unanswered unanswered;
    struct directory_entry *next_in_bucket;
    struct directory_entry *next_of_owner; /* of its object, or its session, in its list */
    struct directory_entry *next_of_number, *prev_of_number; /* numbers.c's */
};

struct directory {
    struct directory_entry **buckets; /* owned; by name alone, so that any family can be meant */
    size_t n_buckets;
    struct directory_entry **sorted; /* owned entries: by family, name, sequence */
    size_t n, capacity, max;
    uint64_t next_sequence;
    uint64_t n_counts; /* walks of unanswered.c */
    struct name_seed seed;
    struct directory_entry *orphans; /* those whose session another process left behind */
    /* Told of what appears, changes and goes; the entry is borrowed. */
    void (*noticed)(struct directory *directory, enum directory_notice notice,
                    const struct directory_entry *entry);
};

VIA_MUST_USE enum via_status directory_init(struct directory *directory, size_t max);
void directory_deinit(struct directory *directory);

/* The entry that keeps @publisher from taking the name; NULL: none does. */
const struct directory_entry *directory_clash(const struct directory *directory,
                                              const struct directory_spec *spec,
                                              const struct principal *publisher);
/*
 * Publishes @object under a name; published again with the same object, what is said of it changes,
 * unless it is to be new. VIA_EXISTS: another has it, or it is not new. VIA_INVALID: a bad family,
 * name, text or flag. VIA_BUSY: max names.
 */
VIA_MUST_USE enum via_status directory_publish(struct directory *directory,
                                               const struct directory_spec *spec,
                                               struct gateway_object *object,
                                               const struct principal *publisher);
/* The same for a number, which need not be an object's: the name is @publisher's to its end. The
 * flags OPENS and DUPLICATES are not for these. */
VIA_MUST_USE enum via_status directory_publish_number(struct directory *directory,
                                                      const struct directory_spec *spec,
                                                      uint32_t number, struct session *publisher);
/* An entry that another process had, whose names of types and so on are borrowed; nobody is told.
 * To be called in the order of `sorted`. VIA_INVALID: it cannot have been there. */
VIA_MUST_USE enum via_status directory_restore(struct directory *directory,
                                               const struct directory_entry *entry);
VIA_MUST_USE enum via_status directory_withdraw(struct directory *directory, const char *family,
                                                const char *name,
                                                const struct gateway_object *object);
/* A name of @publisher's that stands for a number. */
VIA_MUST_USE enum via_status directory_withdraw_number(struct directory *directory,
                                                       const char *family, const char *name,
                                                       const struct session *publisher);
/*
 * The entry that @who means by @name; @family "" means any, VIA_INVALID when several have the name.
 * VIA_DENIED: its mode does not let @who call it.
 */
VIA_MUST_USE enum via_status directory_find(const struct directory *directory, const char *family,
                                            const char *name, const struct principal *who,
                                            struct directory_entry **entryp);
/* Likewise; @name may begin with @host and a slash, without regard to case, where nobody has the
 * whole of it and names of that kind have no case. */
VIA_MUST_USE enum via_status directory_find_at(const struct directory *directory, const char *host,
                                               const char *family, const char *name,
                                               const struct principal *who,
                                               struct directory_entry **entryp);
/* The entry of @family that is @path, or the longest beginning of it that ends before a slash, or
 * "/" where @path begins with one. VIA_NOT_FOUND; VIA_DENIED as directory_find(). */
VIA_MUST_USE enum via_status directory_find_prefix(const struct directory *directory,
                                                   const char *family, const char *path,
                                                   const struct principal *who,
                                                   struct directory_entry **entryp);
/* The entry of @family and @name that is @uid's, or anybody's with BINDING_ANY_USER, whose it is
 * notwithstanding; one that stands for a number is none. VIA_INVALID: several have the name.
 * VIA_DENIED as directory_find(). */
VIA_MUST_USE enum via_status directory_find_of(const struct directory *directory,
                                               const char *family, const char *name, uint32_t uid,
                                               const struct principal *who,
                                               struct directory_entry **entryp);
/* For the search of a name: entries that may have it, by next_in_bucket, and whether one has. */
struct directory_entry *directory_bucket(const struct directory *directory, const char *name);
bool directory_is_called(const struct directory_entry *entry, const char *name);
/* Whether a find of @family and @name by @who means @entry, mode aside. */
bool directory_means(const struct directory_entry *entry, const char *family, const char *name,
                     const struct principal *who);

/* Walking in order: the first place whose entry comes after the cursor (directory_cursor()); ""
 * means the first of all. */
size_t directory_after(const struct directory *directory, const char *cursor);
#define DIRECTORY_CURSOR_MAX (20u + DIRECTORY_FAMILY_MAX + DIRECTORY_NAME_MAX)
void directory_cursor(const struct directory_entry *entry, char cursor[DIRECTORY_CURSOR_MAX]);
/* Whether @entry is among those at or before the cursor. */
bool directory_is_before(const struct directory_entry *entry, const char *cursor);

/* Whether @who is shown it, in lists and watches. */
bool directory_shows(const struct directory_entry *entry, const struct principal *who);
/* The name most like @name that @who is shown, for messages; NULL when none is near. */
const struct directory_entry *directory_nearest(const struct directory *directory, const char *name,
                                                const struct principal *who);

/* What it stands for: its object, or the one that has its number now and that its publisher may
 * call. Borrowed; NULL: nothing. */
struct gateway_object *directory_target(const struct gateway *gateway,
                                        const struct directory_entry *entry);
/* A name of @object, or that stands for its number; NULL: there is none. */
struct directory_entry *directory_name_of(const struct gateway_object *object);
/* The number that it shows; 0: none. */
uint32_t directory_number(const struct directory_entry *entry);
/* Whose it is; NULL: that session has ended. */
struct session *directory_owner(const struct gateway *gateway, const struct directory_entry *entry);

/* What is told of @entry has changed. */
void directory_tell_change(struct directory *directory, const struct directory_entry *entry);
/* The object has died: its names go. */
void directory_object_died(struct gateway *gateway, struct gateway_object *object);
/* The session has ended: so do its names for numbers. */
void directory_session_ended(struct directory *directory, struct session *session);
/* Those whose session did not come along end. */
void directory_end_orphans(struct directory *directory);
