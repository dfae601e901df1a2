/*
 * Open directories: "." and "..", what the server has, then what is registered there. Entries are
 * read a batch at a time, so that a directory without an end costs whoever reads it, and nobody
 * else. Their places are counted; a reader that goes back begins anew.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/cli/mount.h"

#define BATCH PHX_WINDOW
#define DOTS 2u
#define BAD_MAX 1000u /* entries that nobody could ask for, of one directory; then EIO */

struct mount_dir {
    struct phoenix_oid oid; /* what is open, if a server has it */
    struct mount_place place;
    ino_t ino;
    struct phx_reader reader;
    bool is_over; /* the server has no more */
    size_t n_bad;
    struct phx_listed *registered; /* owned */
    size_t n_registered, at_registered;
    struct phx_listed batch[BATCH];
    uint64_t first; /* the place of the batch's first */
    size_t n;
    bool is_looked; /* at their attributes */
};

/* ---- opening ---- */

static int32_t open_it(struct mount_visit *visit, struct mount_inode *inode, struct mount_dir *dir)
{
    mount_inode_place(visit->tree, inode, &dir->place);
    dir->first = DOTS;
    dir->oid = dir->place.node.dev;
    dir->is_over = dir->place.origin == PHX_OF_NAMES;
    dir->ino = mount_ino(&dir->oid);
    int32_t err = dir->is_over ? 0 : phx_open(&visit->asker, &dir->oid, 0);
    phx_reader_begin(&dir->reader, &dir->oid);
    if (err >= 0 && dir->place.has_path)
        err = mount_registry_list(mount_tree_registry(visit->tree), dir->place.path,
                                  &dir->registered, &dir->n_registered);
    return err;
}

int mount_opendir(struct mount_visit *visit, struct mount_inode *inode, struct mount_dir **dirp)
{
    struct mount_dir *dir = calloc(1, sizeof *dir);
    if (dir == NULL)
        return -ENOMEM;
    int32_t err = open_it(visit, inode, dir);
    if (visit->asker.status == VIA_DEAD && inode == mount_tree_root(visit->tree) &&
        mount_root_renew(visit) >= 0)
        err = open_it(visit, inode, dir);
    if (err < 0) {
        free(dir->registered);
        free(dir);
        return mount_visit_result(visit, err);
    }
    *dirp = dir;
    return 0;
}

int mount_releasedir(struct mount_visit *visit, struct mount_dir *dir)
{
    int32_t err = 0;
    if (dir->place.origin != PHX_OF_NAMES)
        err = phx_close(&visit->asker, &dir->oid, 0, 0);
    free(dir->registered);
    free(dir);
    return mount_visit_result(visit, err);
}

/* ---- a batch ---- */

static bool is_registered(const struct mount_dir *dir, const char *name)
{
    for (size_t i = 0; i < dir->n_registered; i++)
        if (dir->registered[i].origin == PHX_REGISTERED &&
            strcmp(dir->registered[i].entry.name, name) == 0)
            return true;
    return false;
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* -ENOENT: there are no more */
static int32_t next_of_server(struct mount_visit *visit, struct mount_dir *dir,
                              struct phx_listed *listed)
{
    for (;;) {
        int32_t err = phx_reader_next(&visit->asker, &dir->reader, &listed->entry);
        if (err < 0)
            return err;
        listed->origin = PHX_OF_SERVER;
        if (listed->entry.name[0] == '\0' && ++dir->n_bad > BAD_MAX)
            return -EIO;
        if (listed->entry.name[0] != '\0' && !is_dots(listed->entry.name) &&
            !is_registered(dir, listed->entry.name))
            return 0;
    }
}

/* One that leads to names is there already if the server has it. */
static int32_t next_registered(struct mount_visit *visit, struct mount_dir *dir,
                               struct phx_listed *listed)
{
    while (dir->at_registered < dir->n_registered) {
        struct phx_node node;
        *listed = dir->registered[dir->at_registered++];
        if (listed->origin == PHX_REGISTERED || dir->place.origin == PHX_OF_NAMES)
            return 0;
        int32_t err = phx_find_in(&visit->asker, &dir->place.node.dev, listed->entry.name, &node);
        if (visit->asker.status != VIA_OK)
            return -EIO;
        if (err < 0)
            return 0;
    }
    return -ENOENT;
}

static int32_t next(struct mount_visit *visit, struct mount_dir *dir, struct phx_listed *listed)
{
    int32_t err = -ENOENT;
    if (!dir->is_over)
        err = next_of_server(visit, dir, listed);
    if (err != -ENOENT || visit->asker.status != VIA_OK)
        return err;
    dir->is_over = true;
    return next_registered(visit, dir, listed);
}

static void begin_anew(struct mount_dir *dir)
{
    phx_reader_begin(&dir->reader, &dir->oid);
    dir->is_over = dir->place.origin == PHX_OF_NAMES;
    dir->n_bad = 0;
    dir->at_registered = 0;
    dir->first = DOTS;
    dir->n = 0;
}

/* 0: there are no more. What was read before something went wrong is there all the same. */
static int32_t read_batch(struct mount_visit *visit, struct mount_dir *dir)
{
    int32_t err = 0;
    dir->first += dir->n;
    dir->n = 0;
    dir->is_looked = false;
    if (dir->first > PHX_ENTRIES_MAX)
        return -EOVERFLOW;
    while (err >= 0 && dir->n < BATCH) {
        err = next(visit, dir, &dir->batch[dir->n]);
        if (err >= 0)
            dir->n++;
    }
    if (dir->n > 0) {
        visit->asker.status = VIA_OK;
        return 1;
    }
    return err == -ENOENT && visit->asker.status == VIA_OK ? 0 : err;
}

/* ---- one entry ---- */

static mode_t kind_of(const struct phx_listed *listed)
{
    if (listed->origin == PHX_OF_NAMES)
        return S_IFDIR;
    if (listed->origin == PHX_REGISTERED)
        return 0; /* nobody said */
    switch (listed->entry.kind) {
    case DT_UNKNOWN:
        return 0;
    case DT_DIR:
        return S_IFDIR;
    case DT_LNK:
        return S_IFLNK;
    default:
        return S_IFREG;
    }
}

static void fill_whole(struct mount_visit *visit, const struct mount_dir *dir,
                       const struct phx_listed *listed, struct mount_entry *entry)
{
    struct mount_place found;
    struct phoenix_oid oid;
    bool is_dir = listed->origin == PHX_OF_NAMES;
    if (listed->status != VIA_OK || listed->err < 0)
        return;
    if (!is_dir)
        is_dir = phx_stat_is_dir(&visit->asker, &listed->stat);
    if (visit->asker.status != VIA_OK)
        return;
    found = dir->place;
    if (mount_find_path(&found, listed->entry.name))
        (void)mount_registry_find(mount_tree_registry(visit->tree), found.path, &oid,
                                  &found.has_path);
    found.origin = listed->origin;
    found.node = listed->stat.node;
    entry->place = found;
    entry->is_device = mount_stat_of(visit->tree, &found, &listed->stat, is_dir, &entry->stat);
    entry->is_whole = true;
}

static void fill(struct mount_visit *visit, struct mount_dir *dir, struct phx_listed *listed,
                 bool whole, struct mount_entry *entry)
{
    struct phoenix_oid oid = {.port = dir->oid.port, .id = listed->entry.id};
    if (listed->origin == PHX_REGISTERED)
        oid = listed->registered;
    memcpy(entry->name, listed->entry.name, sizeof entry->name);
    entry->stat.st_mode = kind_of(listed);
    entry->stat.st_ino = mount_ino(&oid);
    if (!whole)
        return;
    if (!dir->is_looked)
        phx_look(&visit->asker, &dir->place.node.dev, dir->batch, dir->n, false);
    dir->is_looked = true;
    fill_whole(visit, dir, listed, entry);
}

int mount_readdir(struct mount_visit *visit, struct mount_dir *dir, uint64_t at, bool whole,
                  struct mount_entry *entry)
{
    int32_t err = 1;
    entry->is_whole = false;
    memset(&entry->stat, 0, sizeof entry->stat);
    if (at < DOTS) {
        memcpy(entry->name, "..", 3);
        entry->name[at + 1] = '\0';
        entry->stat.st_mode = S_IFDIR;
        entry->stat.st_ino = dir->ino;
        return 1;
    }
    if (at < dir->first || (at == DOTS && dir->n > 0))
        begin_anew(dir);
    while (err > 0 && at >= dir->first + dir->n)
        err = read_batch(visit, dir);
    if (err <= 0)
        return err < 0 ? mount_visit_result(visit, err) : 0;
    fill(visit, dir, &dir->batch[at - dir->first], whole, entry);
    visit->asker.status = VIA_OK;
    return 1;
}
