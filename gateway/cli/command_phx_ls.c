/*
 * viaduct phx ls: what is in a directory, by name. Names are collected first, as a directory may
 * change while its entries are looked at.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/json_write.h"
#include "gateway/cli/command_phx.h"

#define ABI PHOENIX_ABI_LP64
#define ENTRIES_MAX 1000000u /* of one directory: a server may never come to an end */

/* Where members of a dirent stand, in the codec's table; the name follows them. */
enum { AT_RECLEN = 2, AT_NAMLEN = 3 };

struct entry {
    char name[PHX_NAME_MAX + 1];
};

struct listing {
    struct entry *entries; /* owned */
    size_t n, room;
    struct buffer json;
};

/* ---- names ---- */

/* At *@offsp, which is the next one's then. */
static int32_t read_entry(struct phx_shell *shell, const struct phoenix_oid *dir, int64_t *offsp,
                          struct entry *entry)
{
    const struct phoenix_struct *head = phoenix_struct_of(PHOENIX_DIRENT);
    const size_t head_size = phoenix_struct_size(head, ABI);
    uint8_t octets[PHOENIX_STRUCT_MAX + PHX_NAME_MAX + 1];
    struct phx_message message = {.type = PHOENIX_READDIR,
                                  .oid = *dir,
                                  .room = octets,
                                  .room_size = head_size + PHX_NAME_MAX + 1};
    phx_set(&message, "offs", (uint64_t)*offsp);
    int32_t err = phx_send(shell, &message);
    if (err < 0)
        return err;
    const uint64_t step =
        phoenix_get(PHOENIX_U16, ABI, octets + phoenix_member_at(head, AT_RECLEN, ABI));
    const uint64_t size =
        phoenix_get(PHOENIX_U16, ABI, octets + phoenix_member_at(head, AT_NAMLEN, ABI));
    if (step == 0 || size > PHX_NAME_MAX || size == 0)
        return -EIO;
    *offsp += (int64_t)step;
    memcpy(entry->name, octets + head_size, size);
    entry->name[size] = '\0';
    return 0;
}

static int32_t add(struct listing *listing, const struct entry *entry)
{
    if (strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0)
        return 0;
    if (listing->n == ENTRIES_MAX)
        return -EOVERFLOW;
    if (listing->n == listing->room) {
        const size_t room = 2 * listing->room + 16;
        struct entry *entries = realloc(listing->entries, room * sizeof *entries);
        if (entries == NULL)
            return -ENOMEM;
        listing->entries = entries;
        listing->room = room;
    }
    listing->entries[listing->n++] = *entry;
    return 0;
}

static int compare(const void *a, const void *b)
{
    const struct entry *left = a, *right = b;
    return strcmp(left->name, right->name);
}

static int32_t read_entries(struct phx_shell *shell, struct phoenix_oid dir,
                            struct listing *listing)
{
    struct entry entry;
    int64_t offs = 0;
    int32_t err = phx_open(shell, &dir, 0);
    if (err < 0)
        return err;
    while ((err = read_entry(shell, &dir, &offs, &entry)) >= 0) {
        err = add(listing, &entry);
        if (err < 0)
            break;
    }
    if (err == -ENOENT)
        err = 0;
    const int32_t closed = phx_close(shell, &dir, 0, err);
    if (listing->n > 0)
        qsort(listing->entries, listing->n, sizeof *listing->entries, compare);
    return err < 0 || shell->status != VIA_OK ? closed : 0; /* read is read */
}

/* ---- lines ---- */

static void show(const char *name, const struct phx_stat *stat)
{
    char mode[11];
    int64_t size;
    phx_stat_mode(stat, mode);
    if (phx_stat_value(stat, "size", &size))
        printf("%s %10" PRId64 " ", mode, size);
    else
        printf("%s %10s ", mode, "?");
    phx_print(name);
    if (stat->target[0] != '\0') {
        printf(" -> ");
        phx_print(stat->target);
    }
    if (phx_is_elsewhere(&stat->node))
        printf(" => port=%" PRIu32 " id=%" PRIu64, stat->node.dev.port, stat->node.dev.id);
    putchar('\n');
}

static void tell(struct phx_shell *shell, struct listing *listing, const char *name,
                 const struct phx_stat *stat, bool is_first)
{
    if (!shell->cli->json) {
        show(name, stat);
        return;
    }
    if (!is_first)
        json_write_text(&listing->json, ",");
    json_write_text(&listing->json, "\n{\"name\":");
    json_write_string(&listing->json, name, strlen(name));
    phx_stat_json(&listing->json, stat);
    json_write_text(&listing->json, "}");
}

static int32_t list_dir(struct phx_shell *shell, const struct phoenix_oid *dir,
                        struct listing *listing)
{
    struct phx_node node;
    struct phx_stat stat;
    int32_t err = read_entries(shell, *dir, listing);
    for (size_t i = 0, n = 0; err >= 0 && i < listing->n; i++) {
        const char *name = listing->entries[i].name;
        err = phx_find_in(shell, dir, name, &node);
        if (err >= 0)
            err = phx_stat_read(shell, &node, &stat);
        if (shell->status != VIA_OK)
            break;
        if (err == -ENOENT) { /* it went meanwhile */
            err = 0;
            continue;
        }
        if (err < 0)
            memset(&stat, 0, sizeof stat);
        tell(shell, listing, name, &stat, n++ == 0);
        err = 0;
    }
    return err;
}

/* A directory, whether it says so by its mode or its type. */
static bool is_dir(struct phx_shell *shell, const struct phx_stat *stat)
{
    int64_t type = -1;
    if (strcmp(phx_stat_type(stat), "dir") == 0 || phx_stat_value(stat, "type", &type))
        return strcmp(phx_stat_type(stat), "dir") == 0 || type == PHX_DIR;
    return phx_attribute(shell, &stat->node.fil, "atType", &type) >= 0 && type == PHX_DIR;
}

enum cli_exit phx_ls(struct phx_shell *shell, char **words, int n_words)
{
    const char *path = n_words > 0 ? words[0] : "/";
    struct listing listing = {.n = 0};
    struct phx_node node;
    struct phx_stat stat;
    shell->path = path;
    buffer_init(&listing.json, SIZE_MAX);
    json_write_text(&listing.json, "[");
    int32_t err = phx_find(shell, path, true, &node);
    if (err >= 0)
        err = phx_stat_read(shell, &node, &stat);
    if (err >= 0 && is_dir(shell, &stat))
        err = list_dir(shell, &node.dev, &listing);
    else if (err >= 0)
        tell(shell, &listing, path, &stat, true);
    if (shell->status != VIA_OK && err >= 0)
        err = -EIO;
    free(listing.entries);
    json_write_text(&listing.json, "\n]");
    if (err >= 0 && shell->cli->json)
        return phx_print_json(shell, &listing.json);
    buffer_deinit(&listing.json);
    return phx_result(shell, err);
}
