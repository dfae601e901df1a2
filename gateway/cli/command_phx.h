/*
 * viaduct phx: a small shell on Phoenix-RTOS servers of files, by messages alone. What its commands
 * share: a message and its answer, paths, attributes, and words for what went wrong.
 *
 * Functions that ask servers return 0 or more, as they answered, or a negative error number
 * (Linux's numbers, as on the wire). Where nobody was asked, or nobody answered, it is negative
 * too, and shell->status says why.
 */
#pragma once

#include "codecs/buffer.h"
#include "codecs/phoenix_message.h"
#include "gateway/cli/cli.h"

#define PHX_CHUNK 65536u /* octets of one read or write */
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
enum phx_object { PHX_DIR = 0, PHX_FILE = 1, PHX_DEVICE = 2 };

struct phx_shell {
    struct cli *cli;
    const char *path;       /* of the message that a fault is about */
    enum via_status status; /* VIA_OK: the last message was answered */
    bool is_unserved;       /* the last path begins with no server's name */
};

/* ---- command_phx_message.c ---- */

struct phx_message {
    int32_t type; /* enum phoenix_number */
    struct phoenix_oid oid;
    const void *data; /* i.data; borrowed */
    size_t size;
    void *room; /* o.data; borrowed, written to when it is answered */
    size_t room_size;
    uint8_t in[PHOENIX_RAW_SIZE], out[PHOENIX_RAW_SIZE];
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

/* To the port of its oid. What comes back: o.err. */
int32_t phx_send(struct phx_shell *shell, struct phx_message *message);

/* The oid is then what is open. */
int32_t phx_open(struct phx_shell *shell, struct phoenix_oid *oid, uint32_t flags);
/* What went wrong before it, @err, if anything did; else what the server says to it. */
int32_t phx_close(struct phx_shell *shell, const struct phoenix_oid *oid, uint32_t flags,
                  int32_t err);
/* How many octets, of @size at most; 0: the end. */
int32_t phx_read(struct phx_shell *shell, const struct phoenix_oid *oid, int64_t offs, void *data,
                 size_t size);
/* @attribute: as "atMode" */
int32_t phx_attribute(struct phx_shell *shell, const struct phoenix_oid *oid, const char *attribute,
                      int64_t *valuep);
/* @root is from now on what is found at @covered. */
int32_t phx_cover(struct phx_shell *shell, const struct phoenix_oid *covered,
                  const struct phoenix_oid *root);

/* ---- command_phx_path.c ---- */

struct phx_node {
    struct phoenix_oid fil; /* in its filesystem */
    struct phoenix_oid dev; /* what it stands for */
};

/* Whether it stands for a device, or another filesystem. */
bool phx_is_elsewhere(const struct phx_node *node);
/* @follow: a symbolic link at its end, too; those on the way always */
int32_t phx_find(struct phx_shell *shell, const char *path, bool follow, struct phx_node *nodep);
/* What is called @name in directory @dir. */
int32_t phx_find_in(struct phx_shell *shell, const struct phoenix_oid *dir, const char *name,
                    struct phx_node *nodep);
/* The directory that @path is in, or would be, and its name there. */
int32_t phx_find_parent(struct phx_shell *shell, const char *path, struct phoenix_oid *dirp,
                        char name[PHX_NAME_MAX + 1]);
/* Of a symbolic link. */
int32_t phx_target(struct phx_shell *shell, const struct phoenix_oid *link,
                   char target[PHX_PATH_MAX]);

/* ---- command_phx_stat.c ---- */

struct phx_stat {
    struct phx_node node;
    bool is_known[PHX_ATTRIBUTES]; /* in the order of phoenix_attr_name() */
    int64_t values[PHX_ATTRIBUTES];
    char target[PHX_PATH_MAX]; /* of a symbolic link */
};

/* What @node's attributes are; those that its server does not tell are not known. */
int32_t phx_stat_read(struct phx_shell *shell, const struct phx_node *node, struct phx_stat *stat);
/* false: it is not known. */
bool phx_stat_value(const struct phx_stat *stat, const char *attribute, int64_t *valuep);
/* "file", "dir", "symlink", "chr" and so on; "unknown" */
const char *phx_stat_type(const struct phx_stat *stat);
/* As drwxr-xr-x; question marks where it is not known. */
void phx_stat_mode(const struct phx_stat *stat, char text[11]);
/* Members of a JSON object, the first with a comma before it. */
void phx_stat_json(struct buffer *out, const struct phx_stat *stat);

/* ---- command_phx.c ---- */

/* Says on stderr what @err came of. */
enum cli_exit phx_fail(const struct phx_shell *shell, int32_t err);
/* Likewise if it is negative. */
enum cli_exit phx_result(const struct phx_shell *shell, int32_t err);
/* For a terminal: without what it could not show. */
void phx_print(const char *text);

/* Prints and empties it. */
enum cli_exit phx_print_json(const struct phx_shell *shell, struct buffer *out);

/* Each with as many words as its row in command_phx.c says. */
enum cli_exit phx_cat(struct phx_shell *shell, char **words, int n_words);
enum cli_exit phx_ls(struct phx_shell *shell, char **words, int n_words);
enum cli_exit phx_mkdir(struct phx_shell *shell, char **words, int n_words);
enum cli_exit phx_mount(struct phx_shell *shell, char **words, int n_words);
enum cli_exit phx_put(struct phx_shell *shell, char **words, int n_words);
enum cli_exit phx_rm(struct phx_shell *shell, char **words, int n_words);
enum cli_exit phx_show(struct phx_shell *shell, char **words, int n_words);
enum cli_exit phx_umount(struct phx_shell *shell, char **words, int n_words);
