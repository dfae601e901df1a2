/*
 * Directories: their entries in two trees, by name and by position. A new entry has the lowest
 * position that is free, so who reads a directory meanwhile sees every other one once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ramfs.h"

static int compareNames(rbnode_t *n1, rbnode_t *n2)
{
    const entry_t *e1 = lib_treeof(entry_t, linkage, n1);
    const entry_t *e2 = lib_treeof(entry_t, linkage, n2);
    if (e1->len != e2->len)
        return e1->len < e2->len ? -1 : 1;
    return memcmp(e1->name, e2->name, e1->len);
}

void dir_init(object_t *dir)
{
    lib_rbInit(&dir->entries, compareNames, NULL);
    idtree_init(&dir->positions);
}

entry_t *dir_entry(object_t *dir, const char *name, size_t len)
{
    entry_t key = {.name = name, .len = len};
    return lib_treeof(entry_t, linkage, lib_rbFind(&dir->entries, &key.linkage));
}

/* What is looked for in the tree of positions, and the best that was met on the way. */
typedef struct {
    idnode_t node;
    idnode_t *best;
} position_t;

static int comparePositions(rbnode_t *n1, rbnode_t *n2)
{
    idnode_t *node = lib_treeof(idnode_t, linkage, n1);
    position_t *wanted = lib_treeof(position_t, node.linkage, n2);
    if (node->id < wanted->node.id)
        return -1;
    wanted->best = node;
    return node->id > wanted->node.id;
}

entry_t *dir_entryFrom(object_t *dir, unsigned position)
{
    position_t wanted = {.node = {.id = position}};
    (void)lib_rbFindEx(dir->positions.root, &wanted.node.linkage, comparePositions);
    return lib_treeof(entry_t, position, wanted.best);
}

object_t *dir_parent(object_t *dir)
{
    /* while a directory is moved it has two names: the newer one counts */
    return dir->names != NULL ? dir->names->prev->dir : dir;
}

int dir_find(object_t *dir, const char *name, size_t len, object_t **object)
{
    const entry_t *entry;
    if (dir->type != otDir)
        return -ENOTDIR;
    if (len == 1 && name[0] == '.') {
        *object = dir;
        return EOK;
    }
    if (len == 2 && name[0] == '.' && name[1] == '.') {
        *object = dir_parent(dir);
        return EOK;
    }
    entry = dir_entry(dir, name, len);
    if (entry == NULL)
        return -ENOENT;
    *object = entry->object;
    return EOK;
}

/* The entry is now the object's. */
static void attach(entry_t *entry, object_t *object)
{
    entry->object = object;
    LIST_ADD(&object->names, entry);
    object->nnames++;
    if (object->type == otDir)
        entry->dir->nsubdirs++;
    object->ctime = entry->dir->mtime = entry->dir->ctime = time(NULL);
}

static void detach(entry_t *entry)
{
    object_t *object = entry->object;
    LIST_REMOVE(&object->names, entry);
    object->nnames--;
    if (object->type == otDir)
        entry->dir->nsubdirs--;
    object->ctime = entry->dir->mtime = entry->dir->ctime = time(NULL);
    object_drop(object);
}

int dir_add(object_t *dir, const char *name, size_t len, object_t *object)
{
    entry_t *entry;
    if (dir->nentries == DIR_ENTRIES_MAX)
        return -ENOSPC;
    entry = calloc(1, sizeof *entry + len);
    if (entry == NULL)
        return -ENOMEM;
    memcpy(entry->storage, name, len);
    entry->name = entry->storage;
    entry->len = len;
    entry->dir = dir;
    (void)lib_rbInsert(&dir->entries, &entry->linkage);
    (void)idtree_alloc(&dir->positions, &entry->position); /* there are more than entries */
    dir->nentries++;
    attach(entry, object);
    return EOK;
}

void dir_replace(entry_t *entry, object_t *object)
{
    detach(entry);
    attach(entry, object);
}

void dir_remove(entry_t *entry)
{
    lib_rbRemove(&entry->dir->entries, &entry->linkage);
    idtree_remove(&entry->dir->positions, &entry->position);
    entry->dir->nentries--;
    detach(entry);
    free(entry);
}

int dir_isAbove(const object_t *object, object_t *dir)
{
    static unsigned walk;
    object_t *ahead = NULL;
    int found = 0;
    walk++;
    dir->walk = walk;
    LIST_ADD_EX(&ahead, dir, walkNext, walkPrev);
    while (ahead != NULL) {
        object_t *current = ahead;
        entry_t *name = current->names;
        LIST_REMOVE_EX(&ahead, current, walkNext, walkPrev);
        found = found || current == object;
        for (unsigned i = 0; i < current->nnames; i++, name = name->next) {
            if (name->dir->walk == walk)
                continue;
            name->dir->walk = walk;
            LIST_ADD_EX(&ahead, name->dir, walkNext, walkPrev);
        }
    }
    return found;
}
