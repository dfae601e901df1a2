/*
 * viaduct phx ls: what is in a directory, by name. Names are collected first, as a directory may
 * change while its entries are looked at. Where names are registered below it, they are in it, too,
 * in the place of what its server has there.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/json_write.h"
#include "gateway/cli/command_phx.h"

#define BATCH 64u /* entries that are looked at together */

struct item {
    struct phx_entry entry;
    enum phx_origin origin;
    struct phoenix_oid oid; /* of PHX_REGISTERED */
};

struct listing {
    struct item *items; /* owned */
    size_t n, room;
    struct buffer json;
    size_t n_told;
};

/* ---- names ---- */

static int32_t add(struct listing *listing, const struct item *item)
{
    if (listing->n == listing->room) {
        const size_t room = 2 * listing->room + 16;
        struct item *items = realloc(listing->items, room * sizeof *items);
        if (items == NULL)
            return -ENOMEM;
        listing->items = items;
        listing->room = room;
    }
    listing->items[listing->n++] = *item;
    return 0;
}

static bool is_one(const struct phx_entry *entry)
{
    return entry->name[0] != '\0' && strcmp(entry->name, ".") != 0 &&
           strcmp(entry->name, "..") != 0;
}

static int32_t read_entries(struct phx_shell *shell, struct phoenix_oid dir,
                            struct listing *listing)
{
    struct item item = {.origin = PHX_OF_SERVER};
    struct phx_reader reader;
    int32_t err = phx_open(&shell->asker, &dir, 0);
    if (err < 0)
        return err;
    phx_reader_begin(&reader, &dir);
    for (size_t n = 0; (err = phx_reader_next(&shell->asker, &reader, &item.entry)) >= 0; n++) {
        if (n == PHX_ENTRIES_MAX)
            err = -EOVERFLOW;
        else if (is_one(&item.entry))
            err = add(listing, &item);
        if (err < 0)
            break;
    }
    if (err == -ENOENT)
        err = 0;
    const int32_t closed = phx_close(&shell->asker, &dir, 0, err);
    return err < 0 || shell->asker.status != VIA_OK ? closed : 0; /* read is read */
}

static struct item *find(const struct listing *listing, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(listing->items[i].entry.name, name) == 0)
            return &listing->items[i];
    return NULL;
}

/* What is registered at @path and below. */
static int32_t add_names(struct listing *listing, const struct phx_names *names, const char *path)
{
    const size_t n = listing->n;
    struct item item = {.origin = PHX_OF_NAMES};
    int32_t err = 0;
    for (size_t next = 0;
         err >= 0 && phx_names_next(names, path, &next, item.entry.name, &item.oid);) {
        struct item *there = find(listing, n, item.entry.name);
        item.origin = item.oid.port != 0 ? PHX_REGISTERED : PHX_OF_NAMES;
        if (there == NULL)
            err = add(listing, &item);
        else if (item.origin == PHX_REGISTERED)
            *there = item;
    }
    return err;
}

static int compare(const void *a, const void *b)
{
    const struct item *left = a, *right = b;
    return strcmp(left->entry.name, right->entry.name);
}

/* ---- lines ---- */

static void show(const char *name, const struct phx_stat *stat)
{
    char mode[11];
    int64_t size;
    phx_stat_letters(stat, mode);
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
                 const struct phx_stat *stat)
{
    if (!shell->cli->json) {
        show(name, stat);
        return;
    }
    if (listing->n_told++ > 0)
        json_write_text(&listing->json, ",");
    json_write_text(&listing->json, "\n{\"name\":");
    json_write_string(&listing->json, name, strlen(name));
    phx_stat_json(&listing->json, stat);
    json_write_text(&listing->json, "}");
}

/* ---- directories ---- */

static int32_t tell_batch(struct phx_shell *shell, const struct phoenix_oid *dir,
                          struct listing *listing, struct phx_listed *listed, size_t n)
{
    static const struct phx_stat nothing;
    phx_look(&shell->asker, dir, listed, n, true);
    for (size_t i = 0; i < n; i++) {
        shell->asker.status = listed[i].status;
        if (listed[i].status != VIA_OK)
            return -EIO;
        if (listed[i].err >= 0)
            tell(shell, listing, listed[i].entry.name, &listed[i].stat);
        else if (listed[i].err != -ENOENT) /* else it went meanwhile */
            tell(shell, listing, listed[i].entry.name, &nothing);
    }
    return 0;
}

static int32_t tell_all(struct phx_shell *shell, const struct phoenix_oid *dir,
                        struct listing *listing)
{
    struct phx_listed *listed = calloc(BATCH, sizeof *listed);
    int32_t err = listed == NULL ? -ENOMEM : 0;
    if (listing->n > 0)
        qsort(listing->items, listing->n, sizeof *listing->items, compare);
    for (size_t at = 0; err >= 0 && at < listing->n; at += BATCH) {
        const size_t n = listing->n - at < BATCH ? listing->n - at : BATCH;
        for (size_t i = 0; i < n; i++) {
            const struct item *item = &listing->items[at + i];
            listed[i].entry = item->entry;
            listed[i].origin = item->origin;
            listed[i].registered = item->oid;
        }
        err = tell_batch(shell, dir, listing, listed, n);
    }
    free(listed);
    return err;
}

/* A directory of a server, or (@dir NULL) of names alone. */
static int32_t list_dir(struct phx_shell *shell, const char *path, const struct phoenix_oid *dir,
                        struct listing *listing)
{
    struct phx_names names;
    phx_names_init(&names);
    int32_t err = dir != NULL ? read_entries(shell, *dir, listing) : 0;
    if (err >= 0) {
        shell->asker.status = phx_names_read(&names, shell->cli->node);
        err = shell->asker.status == VIA_OK ? add_names(listing, &names, path) : -EIO;
    }
    phx_names_deinit(&names);
    if (err >= 0 && dir == NULL && listing->n == 0)
        return -ENOENT;
    return err >= 0 ? tell_all(shell, dir, listing) : err;
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
    int32_t err = phx_find(&shell->asker, path, true, &node);
    if (err == -ENOENT && shell->asker.status == VIA_OK)
        err = list_dir(shell, path, NULL, &listing);
    else if (err >= 0 && (err = phx_stat_read(&shell->asker, &node, &stat)) >= 0 &&
             phx_stat_is_dir(&shell->asker, &stat))
        err = list_dir(shell, path, &node.dev, &listing);
    else if (err >= 0)
        tell(shell, &listing, path, &stat);
    if (shell->asker.status != VIA_OK && err >= 0)
        err = -EIO;
    free(listing.items);
    json_write_text(&listing.json, "\n]");
    if (err >= 0 && shell->cli->json)
        return phx_print_json(shell, &listing.json);
    buffer_deinit(&listing.json);
    return phx_result(shell, err);
}
