/*
 * Servers of files of Phoenix-RTOS, by messages alone: a message and its answer, paths, attributes,
 * directories. What the shell (command_phx.h) and a mounted namespace (mount.h) are made of.
 *
 * Functions that ask servers return 0 or more, as they answered, or a negative error number
 * (Linux's numbers, as on the wire). Where nobody was asked, or nobody answered, it is negative
 * too, and asker->status says why.
 */
#pragma once

#include <viaduct/node.h>
#include <viaduct/object.h>

#include "codecs/phoenix_message.h"

#define PHX_CHUNK 65536u /* octets of one read or write of the shell */
#define PHX_WINDOW 32u   /* messages that one asker has under way */
#define PHX_NAME_MAX 255u
#define PHX_PATH_MAX 4096u /* with its NUL */
#define PHX_ATTRIBUTES 15u

#define PHX_MODE_KIND 0170000u
#define PHX_MODE_FILE 0100000u
#define PHX_MODE_DIR 0040000u
#define PHX_MODE_LINK 0120000u

#define PHX_RDONLY 0x1u /* O_* of that system */
#define PHX_WRONLY 0x2u

/* What mtCreate makes, and atType says. */
enum phx_object { PHX_DIR = 0, PHX_FILE = 1, PHX_DEVICE = 2, PHX_LINK = 3 };

/* Who asks; of one thread. */
struct phx_asker {
    struct via_node *node;   /* borrowed */
    struct via_queue *queue; /* borrowed; once it is closed, nobody waits for answers. NULL: none */
    uint32_t timeout_ms;     /* of one message; 0: none */
    enum via_status status;  /* VIA_OK: the last message was answered */
    bool is_unserved;        /* the last path begins with no server's name */
};

/* ---- phx_message.c ---- */

struct phx_message {
    int32_t type; /* enum phoenix_number */
    struct phoenix_oid oid;
    const void *data; /* i.data; borrowed */
    size_t size;
    void *room; /* o.data; borrowed, written to when it is answered */
    size_t room_size;
    uint8_t in[PHOENIX_RAW_SIZE], out[PHOENIX_RAW_SIZE];
    int32_t err; /* o.err; negative as well if it was not answered */
    enum via_status status;
};

/* Members of i.raw and o.raw, by the names that JSON has for them. */
void phx_set(struct phx_message *message, const char *name, uint64_t value);
void phx_set_oid(struct phx_message *message, const char *name, const struct phoenix_oid *oid);
uint64_t phx_get(const struct phx_message *message, const char *name);
struct phoenix_oid phx_get_oid(const struct phx_message *message, const char *name);
/* @text has less than PHOENIX_CHARS_SIZE octets. */
void phx_set_chars(struct phx_message *message, const char *name, const char *text);
/* i.data is @text and its NUL */
void phx_set_text(struct phx_message *message, const char *text);
/* mtGetAttr, mtSetAttr: as "atMode" */
void phx_set_attribute(struct phx_message *message, const char *attribute);

/* To the port of its oid. What comes back: o.err. */
int32_t phx_send(struct phx_asker *asker, struct phx_message *message);

/* ---- phx_flight.c ---- */

/* Each to the port of its oid, PHX_WINDOW of them under way; each then has its own err and status,
 * and asker->status is left alone. */
void phx_send_all(struct phx_asker *asker, struct phx_message *const *messages, size_t n);

/* ---- phx_ask.c ---- */

/* The oid is then what is open. */
int32_t phx_open(struct phx_asker *asker, struct phoenix_oid *oid, uint32_t flags);
/* What went wrong before it, @err, if anything did; else what the server says to it. */
int32_t phx_close(struct phx_asker *asker, const struct phoenix_oid *oid, uint32_t flags,
                  int32_t err);
/* How many octets, of @size at most; 0: the end. @mode: the flags that it was opened with */
int32_t phx_read(struct phx_asker *asker, const struct phoenix_oid *oid, uint32_t mode,
                 int64_t offs, void *data, size_t size);
/* Likewise; never 0, unless @size is. */
int32_t phx_write(struct phx_asker *asker, const struct phoenix_oid *oid, uint32_t mode,
                  int64_t offs, const void *data, size_t size);
int32_t phx_truncate(struct phx_asker *asker, const struct phoenix_oid *oid, uint64_t size);
/* @attribute: as "atMode" */
int32_t phx_attribute(struct phx_asker *asker, const struct phoenix_oid *oid, const char *attribute,
                      int64_t *valuep);
/* @root is from now on what is found at @covered. */
int32_t phx_cover(struct phx_asker *asker, const struct phoenix_oid *covered,
                  const struct phoenix_oid *root);
/* What is made in directory @dir, of @kind (enum phx_object). @target: of a symbolic link */
int32_t phx_create(struct phx_asker *asker, const struct phoenix_oid *dir, const char *name,
                   enum phx_object kind, uint32_t mode, const char *target,
                   struct phoenix_oid *oidp);
/* Takes the name from @what. */
int32_t phx_unlink(struct phx_asker *asker, const struct phoenix_oid *dir, const char *name,
                   const struct phoenix_oid *what);

/* ---- phx_path.c ---- */

struct phx_node {
    struct phoenix_oid fil; /* in its filesystem */
    struct phoenix_oid dev; /* what it stands for */
};

bool phx_is_same(const struct phoenix_oid *a, const struct phoenix_oid *b);
/* Whether it stands for a device, or another filesystem. */
bool phx_is_elsewhere(const struct phx_node *node);
/* @follow: a symbolic link at its end, too; those on the way always */
int32_t phx_find(struct phx_asker *asker, const char *path, bool follow, struct phx_node *nodep);
/* Whether what comes back for @message, an mtLookup of @name, is @name itself: 0 and *nodep. */
int32_t phx_found_in(const struct phx_message *message, const char *name, struct phx_node *nodep);
/* What is called @name in directory @dir. */
int32_t phx_find_in(struct phx_asker *asker, const struct phoenix_oid *dir, const char *name,
                    struct phx_node *nodep);
/* The directory that @path is in, or would be, and its name there. */
int32_t phx_find_parent(struct phx_asker *asker, const char *path, struct phoenix_oid *dirp,
                        char name[PHX_NAME_MAX + 1]);
/* Of a symbolic link. */
int32_t phx_target(struct phx_asker *asker, const struct phoenix_oid *link,
                   char target[PHX_PATH_MAX]);

/* ---- phx_stat.c ---- */

struct phx_stat {
    struct phx_node node;
    bool is_known[PHX_ATTRIBUTES]; /* in the order of phoenix_attr_name() */
    int64_t values[PHX_ATTRIBUTES];
    char target[PHX_PATH_MAX]; /* of a symbolic link */
};

/* What @node's attributes are; those that its server does not tell are not known. */
int32_t phx_stat_read(struct phx_asker *asker, const struct phx_node *node, struct phx_stat *stat);
/* The same without a symbolic link's target. */
int32_t phx_stat_attributes(struct phx_asker *asker, const struct phx_node *node,
                            struct phx_stat *stat);
/* A directory that no server has. */
void phx_stat_of_names(struct phx_stat *stat);
/* Notes what is in o.data of an mtGetAttrAll. */
void phx_stat_take(struct phx_stat *stat, const uint8_t octets[PHOENIX_STRUCT_MAX]);
void phx_stat_know(struct phx_stat *stat, const char *attribute, int64_t value);
/* false: it is not known. */
bool phx_stat_value(const struct phx_stat *stat, const char *attribute, int64_t *valuep);
/* 0: it is not known. */
uint32_t phx_stat_mode(const struct phx_stat *stat);
/* "file", "dir", "symlink", "chr" and so on; "unknown" */
const char *phx_stat_type(const struct phx_stat *stat);
/* As drwxr-xr-x; question marks where it is not known. */
void phx_stat_letters(const struct phx_stat *stat, char text[11]);
/* A directory, whether it says so by its mode or its type. */
bool phx_stat_is_dir(struct phx_asker *asker, const struct phx_stat *stat);

/* ---- phx_reader.c ---- */

#define PHX_ENTRIES_MAX 1000000u /* of one directory: a server may never come to an end */

struct phx_entry {
    char name[PHX_NAME_MAX + 1]; /* "": one that nobody could ask for */
    uint64_t id;
    uint32_t kind; /* DT_*, which are Linux's */
};

struct phx_read_entry {
    int32_t err;
    int64_t step; /* to the next one */
    struct phx_entry entry;
};

/* How far a directory has been read, and what is known of what follows. */
struct phx_reader {
    struct phoenix_oid dir;
    int64_t offs;    /* of the next entry, as the server counts */
    unsigned n_ones; /* the last steps that were 1 */
    size_t ahead;    /* how many were asked for at a time */
    int64_t first;   /* the place of read[0] */
    size_t n;
    struct phx_read_entry read[PHX_WINDOW];
};

/* @dir: what is open */
void phx_reader_begin(struct phx_reader *reader, const struct phoenix_oid *dir);
/* -ENOENT: there are no more */
int32_t phx_reader_next(struct phx_asker *asker, struct phx_reader *reader,
                        struct phx_entry *entry);

/* ---- phx_entries.c ---- */

enum phx_origin {
    PHX_OF_SERVER = 0, /* the directory's server has it */
    PHX_REGISTERED,    /* a registered name */
    PHX_OF_NAMES       /* it only leads to registered names */
};

struct phx_listed {
    struct phx_entry entry;
    enum phx_origin origin;
    struct phoenix_oid registered; /* what the name stands for, of PHX_REGISTERED */
    int32_t err;                   /* of its stat; status: as of a message */
    enum via_status status;
    struct phx_stat stat;
};

/* The attributes of @n entries of directory @dir, of several at a time. @targets: those of symbolic
 * links as well */
void phx_look(struct phx_asker *asker, const struct phoenix_oid *dir, struct phx_listed *listed,
              size_t n, bool targets);

/* ---- phx_names.c ---- */

struct phx_name {
    char *path; /* owned */
    struct phoenix_oid oid;
    bool is_echo; /* of a name that begins with no slash */
};

/* What servers have registered, as paths. Where there is no root, those that begin with no slash
 * stand there once more as if they did. */
struct phx_names {
    struct phx_name *names; /* owned; in an order in which what is in a directory stands together */
    size_t n, room;
    enum via_status status; /* of what was put there so far */
    bool is_ready;          /* to be looked at */
};

void phx_names_init(struct phx_names *names);
void phx_names_deinit(struct phx_names *names);
/* All that there are now. */
enum via_status phx_names_read(struct phx_names *names, struct via_node *node);
/* One, in the place of what had that name; and away with one. */
void phx_names_put(struct phx_names *names, const struct via_entry *entry);
void phx_names_drop(struct phx_names *names, const char *path);
bool phx_names_have(const struct phx_names *names, const char *path);
/* After a change, before the next look. */
enum via_status phx_names_finish(struct phx_names *names);
/* NULL: nobody has registered exactly that. */
const struct phoenix_oid *phx_names_find(const struct phx_names *names, const char *path);
/* The next name in directory @dir, from *@nextp on, which is 0 at first; false: no more. With
 * *oidp.port 0 it only leads to others. */
bool phx_names_next(const struct phx_names *names, const char *dir, size_t *nextp,
                    char name[PHX_NAME_MAX + 1], struct phoenix_oid *oidp);
/* Whether there is any. */
bool phx_names_are_below(const struct phx_names *names, const char *dir);
