/*
 * What is in files: blocks of one size, in a tree by their index. Those that were never written to
 * are not there, and read as zeros.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/minmax.h>
#include <time.h>

#include "ramfs.h"

static int compare(rbnode_t *n1, rbnode_t *n2)
{
    const block_t *b1 = lib_treeof(block_t, linkage, n1);
    const block_t *b2 = lib_treeof(block_t, linkage, n2);
    return (b1->index > b2->index) - (b1->index < b2->index);
}

void file_init(object_t *file)
{
    lib_rbInit(&file->blocks, compare, NULL);
}

static block_t *find(object_t *file, off_t index)
{
    block_t key = {.index = index};
    return lib_treeof(block_t, linkage, lib_rbFind(&file->blocks, &key.linkage));
}

static block_t *findOrAdd(object_t *file, off_t index)
{
    block_t *block = find(file, index);
    if (block != NULL || ramfs.nblocks == ramfs.nblocksMax)
        return block;
    block = calloc(1, sizeof *block + BLOCK_SIZE);
    if (block == NULL)
        return NULL;
    block->index = index;
    (void)lib_rbInsert(&file->blocks, &block->linkage);
    file->nblocks++;
    ramfs.nblocks++;
    return block;
}

int file_read(object_t *file, off_t offs, void *data, size_t size)
{
    size_t done = 0;
    if (offs < 0)
        return -EINVAL;
    if (offs >= file->size)
        return 0;
    size = min(size, (size_t)(file->size - offs));
    size = min(size, (size_t)INT_MAX);
    while (done < size) {
        size_t from = (size_t)(offs % BLOCK_SIZE);
        size_t part = min(size - done, BLOCK_SIZE - from);
        const block_t *block = find(file, offs / BLOCK_SIZE);
        if (block != NULL)
            memcpy((char *)data + done, block->data + from, part);
        else
            memset((char *)data + done, 0, part);
        done += part;
        offs += (off_t)part;
    }
    file->atime = time(NULL);
    return (int)done;
}

int file_write(object_t *file, off_t offs, const void *data, size_t size)
{
    size_t done = 0;
    if (offs < 0)
        return -EINVAL;
    size = min(size, (size_t)INT_MAX);
    if (offs > FILE_SIZE_MAX - (off_t)size)
        return -EFBIG;
    while (done < size) {
        size_t from = (size_t)(offs % BLOCK_SIZE);
        size_t part = min(size - done, BLOCK_SIZE - from);
        block_t *block = findOrAdd(file, offs / BLOCK_SIZE);
        if (block == NULL)
            break;
        memcpy(block->data + from, (const char *)data + done, part);
        done += part;
        offs += (off_t)part;
    }
    if (done == 0 && size > 0)
        return -ENOSPC;
    if (done > 0) {
        file->size = max(file->size, offs);
        file->mtime = file->ctime = time(NULL);
    }
    return (int)done;
}

int file_truncate(object_t *file, off_t size)
{
    block_t *block;
    if (size < 0)
        return -EINVAL;
    if (size > FILE_SIZE_MAX)
        return -EFBIG;
    for (;;) {
        block = lib_treeof(block_t, linkage, lib_rbMaximum(file->blocks.root));
        if (block == NULL || block->index * (off_t)BLOCK_SIZE < size)
            break;
        lib_rbRemove(&file->blocks, &block->linkage);
        free(block);
        file->nblocks--;
        ramfs.nblocks--;
    }
    /* what is cut off does not come back when the file grows again */
    block = find(file, size / BLOCK_SIZE);
    if (block != NULL)
        memset(block->data + size % BLOCK_SIZE, 0, BLOCK_SIZE - (size_t)(size % BLOCK_SIZE));
    file->size = size;
    file->mtime = file->ctime = time(NULL);
    return EOK;
}
