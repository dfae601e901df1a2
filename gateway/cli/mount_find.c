/*
 * Names in directories. A registered name goes before what the directory's server has there; one
 * that only leads to registered names stands where the server has nothing.
 */
#include <errno.h>
#include <string.h>

#include "gateway/cli/mount.h"

bool mount_find_path(struct mount_place *place, const char *name)
{
    const size_t before = strlen(place->path), size = strlen(name) + 1;
    const size_t slash = before > 0 && place->path[before - 1] == '/' ? 0 : 1;
    if (!place->has_path || before + slash + size > PHX_PATH_MAX) {
        place->has_path = false;
        place->path[0] = '\0';
        return false;
    }
    if (slash > 0)
        place->path[before] = '/';
    memcpy(place->path + before + slash, name, size);
    return true;
}

int32_t mount_find_place(struct mount_visit *visit, const struct mount_place *dir, const char *name,
                         struct mount_place *place)
{
    struct phoenix_oid oid;
    if (strlen(name) > PHX_NAME_MAX)
        return -ENAMETOOLONG;
    *place = *dir;
    place->origin = PHX_OF_SERVER;
    if (mount_find_path(place, name) && mount_registry_find(mount_tree_registry(visit->tree),
                                                            place->path, &oid, &place->has_path)) {
        place->origin = PHX_REGISTERED;
        place->node = (struct phx_node){oid, oid};
        return 0;
    }
    int32_t err = -ENOENT;
    if (dir->origin != PHX_OF_NAMES)
        err = phx_find_in(&visit->asker, &dir->node.dev, name, &place->node);
    if (err == -ENOENT && visit->asker.status == VIA_OK && place->has_path) {
        place->origin = PHX_OF_NAMES;
        return 0;
    }
    return err;
}

int32_t mount_find_take(struct mount_visit *visit, const struct mount_place *place,
                        struct mount_found *found)
{
    bool is_device;
    int32_t err = mount_stat_at(visit, place, &found->stat, &is_device);
    if (err < 0)
        return err;
    found->inode = mount_inode_take(visit->tree, place);
    if (found->inode == NULL)
        return -ENOMEM;
    mount_inode_note(visit->tree, found->inode, &found->stat, is_device);
    return 0;
}

int mount_lookup(struct mount_visit *visit, struct mount_inode *dir, const char *name,
                 struct mount_found *found)
{
    struct mount_place in, place;
    mount_inode_place(visit->tree, dir, &in);
    int32_t err = mount_find_place(visit, &in, name, &place);
    if (visit->asker.status == VIA_DEAD && dir == mount_tree_root(visit->tree) &&
        mount_root_renew(visit) >= 0) {
        mount_inode_place(visit->tree, dir, &in);
        err = mount_find_place(visit, &in, name, &place);
    }
    if (err >= 0)
        err = mount_find_take(visit, &place, found);
    return mount_visit_result(visit, err);
}

int mount_readlink(struct mount_visit *visit, struct mount_inode *inode, char *target)
{
    struct mount_place place;
    mount_inode_place(visit->tree, inode, &place);
    if (place.origin == PHX_OF_NAMES)
        return -EINVAL;
    return mount_visit_result(visit, phx_target(&visit->asker, &place.node.fil, target));
}
