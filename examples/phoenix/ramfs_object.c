/*
 * Objects and their numbers. The root is the first one and has number 0.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ramfs.h"

int object_create(object_t **object, int type, mode_t mode)
{
    object_t *new;
    if (ramfs.nobjects == OBJECTS_MAX)
        return -ENOSPC;
    new = calloc(1, sizeof *new);
    if (new == NULL)
        return -ENOMEM;
    if (idtree_alloc(&ramfs.objects, &new->node) < 0) {
        free(new);
        return -ENOSPC;
    }
    ramfs.nobjects++;
    new->type = type;
    new->mode = mode;
    new->atime = new->mtime = new->ctime = time(NULL);
    object_oid(new, &new->dev);
    file_init(new);
    dir_init(new);
    *object = new;
    return EOK;
}

object_t *object_find(const oid_t *oid)
{
    if (oid->port != ramfs.port || oid->id > INT_MAX)
        return NULL;
    return lib_treeof(object_t, node, idtree_find(&ramfs.objects, (int)oid->id));
}

void object_drop(object_t *object)
{
    if (object->nnames > 0 || object->refs > 0 || object == ramfs.root)
        return;
    (void)file_truncate(object, 0);
    idtree_remove(&ramfs.objects, &object->node);
    ramfs.nobjects--;
    free(object->target);
    free(object);
}

void object_oid(const object_t *object, oid_t *oid)
{
    memset(oid, 0, sizeof *oid);
    oid->port = ramfs.port;
    oid->id = object->node.id;
}

int object_isElsewhere(const object_t *object)
{
    return object->dev.port != ramfs.port || object->dev.id != object->node.id;
}
