/*
 * What changes names. There is no message that renames: an object gets the new name, then loses
 * the old one, as on that system. What is registered, or only leads to what is, cannot be changed
 * from here.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "gateway/cli/mount.h"

/* The directory, if a server has it. */
static int32_t find_dir(struct mount_visit *visit, struct mount_inode *dir,
                        struct mount_place *place)
{
    mount_inode_place(visit->tree, dir, place);
    return place->origin == PHX_OF_NAMES ? -EROFS : 0;
}

/* A name in it that can be taken away. */
static int32_t find_own(struct mount_visit *visit, const struct mount_place *dir, const char *name,
                        struct mount_place *place)
{
    int32_t err = mount_find_place(visit, dir, name, place);
    return err >= 0 && place->origin != PHX_OF_SERVER ? -EBUSY : err;
}

/* ---- making ---- */

static int32_t make(struct mount_visit *visit, struct mount_inode *dir, const char *name,
                    enum phx_object kind, uint32_t mode, const char *target,
                    struct mount_place *place)
{
    struct mount_place in;
    struct phoenix_oid oid;
    int32_t err = find_dir(visit, dir, &in);
    if (err < 0)
        return err;
    err = phx_create(&visit->asker, &in.node.dev, name, kind, mode, target, &oid);
    if (err < 0)
        return err;
    *place = (struct mount_place){.node = {oid, oid}, .origin = PHX_OF_SERVER};
    return 0;
}

static int make_found(struct mount_visit *visit, struct mount_inode *dir, const char *name,
                      enum phx_object kind, uint32_t mode, const char *target,
                      struct mount_found *found)
{
    struct mount_place place;
    int32_t err = make(visit, dir, name, kind, mode, target, &place);
    if (err >= 0)
        err = mount_find_take(visit, &place, found);
    return mount_visit_result(visit, err);
}

int mount_mkdir(struct mount_visit *visit, struct mount_inode *dir, const char *name, mode_t mode,
                struct mount_found *found)
{
    return make_found(visit, dir, name, PHX_DIR, PHX_MODE_DIR | (mode & 07777u), NULL, found);
}

int mount_symlink(struct mount_visit *visit, struct mount_inode *dir, const char *name,
                  const char *target, struct mount_found *found)
{
    return make_found(visit, dir, name, PHX_LINK, PHX_MODE_LINK | 0777u, target, found);
}

int mount_create(struct mount_visit *visit, struct mount_inode *dir, const char *name, mode_t mode,
                 int flags, struct mount_found *found, struct mount_file **filep)
{
    struct mount_place place;
    int32_t err = make(visit, dir, name, PHX_FILE, PHX_MODE_FILE | (mode & 07777u), NULL, &place);
    if (err >= 0)
        err = mount_find_take(visit, &place, found);
    if (err < 0)
        return mount_visit_result(visit, err);
    int result = mount_open(visit, found->inode, flags & ~O_TRUNC, filep);
    if (result < 0)
        mount_inode_forget(visit->tree, found->inode, 1);
    return result;
}

/* ---- giving and taking ---- */

static int32_t give(struct mount_visit *visit, const struct mount_place *dir, const char *name,
                    const struct phoenix_oid *what)
{
    struct phx_message message = {.type = PHOENIX_LINK, .oid = dir->node.dev};
    if (what->port != dir->node.dev.port)
        return -EXDEV;
    phx_set_oid(&message, "ln", what);
    phx_set_text(&message, name);
    return phx_send(&visit->asker, &message);
}

int mount_link(struct mount_visit *visit, struct mount_inode *inode, struct mount_inode *dir,
               const char *name, struct mount_found *found)
{
    struct mount_place place, in, there;
    mount_inode_place(visit->tree, inode, &place);
    int32_t err = find_dir(visit, dir, &in);
    if (err >= 0 && place.origin != PHX_OF_SERVER)
        err = -EPERM;
    if (err >= 0) { /* else it would be put in the place of what is there */
        err = mount_find_place(visit, &in, name, &there);
        if (visit->asker.status == VIA_OK)
            err = err >= 0 ? -EEXIST : err == -ENOENT ? 0 : err;
    }
    if (err >= 0)
        err = give(visit, &in, name, &place.node.fil);
    if (err >= 0)
        err = mount_find_take(visit, &place, found);
    return mount_visit_result(visit, err);
}

static int take_away(struct mount_visit *visit, struct mount_inode *dir, const char *name)
{
    struct mount_place in, place;
    int32_t err = find_dir(visit, dir, &in);
    if (err >= 0)
        err = find_own(visit, &in, name, &place);
    if (err >= 0)
        err = phx_unlink(&visit->asker, &in.node.dev, name, &place.node.fil);
    return mount_visit_result(visit, err);
}

int mount_unlink(struct mount_visit *visit, struct mount_inode *dir, const char *name)
{
    return take_away(visit, dir, name);
}

int mount_rmdir(struct mount_visit *visit, struct mount_inode *dir, const char *name)
{
    return take_away(visit, dir, name);
}

/* ---- renaming ---- */

/* A directory gives way here, as its server does not put another object in its place; whether it is
 * empty is the server's to say. So does a file whose server refuses to. */
static int32_t put(struct mount_visit *visit, const struct mount_place *dir, const char *name,
                   const struct mount_place *what, const struct mount_place *there)
{
    struct stat stat;
    bool is_device = false;
    int32_t err = 0;
    if (there != NULL) {
        err = mount_stat_at(visit, there, &stat, &is_device);
        if (err >= 0 && S_ISDIR(stat.st_mode))
            err = phx_unlink(&visit->asker, &dir->node.dev, name, &there->node.fil);
    }
    if (err < 0)
        return err;
    err = give(visit, dir, name, &what->node.fil);
    if (err != -EEXIST || visit->asker.status != VIA_OK || there == NULL)
        return err;
    err = phx_unlink(&visit->asker, &dir->node.dev, name, &there->node.fil);
    return err >= 0 ? give(visit, dir, name, &what->node.fil) : err;
}

static int32_t rename_in(struct mount_visit *visit, const struct mount_place *dir, const char *name,
                         const struct mount_place *other_dir, const char *other_name,
                         unsigned flags)
{
    struct mount_place what, there;
    int32_t err = find_own(visit, dir, name, &what);
    if (err < 0)
        return err;
    if (what.node.fil.port != other_dir->node.dev.port)
        return -EXDEV; /* before anything gives way */
    err = find_own(visit, other_dir, other_name, &there);
    const bool is_new = err == -ENOENT && visit->asker.status == VIA_OK;
    if (err < 0 && !is_new)
        return err;
    if (!is_new && (flags & MOUNT_NOREPLACE) != 0)
        return -EEXIST;
    if (!is_new && phx_is_same(&what.node.fil, &there.node.fil))
        return 0;
    err = put(visit, other_dir, other_name, &what, is_new ? NULL : &there);
    if (err < 0)
        return err;
    err = phx_unlink(&visit->asker, &dir->node.dev, name, &what.node.fil);
    if (err < 0 && visit->asker.status == VIA_OK) /* it keeps its old name alone */
        (void)phx_unlink(&visit->asker, &other_dir->node.dev, other_name, &what.node.fil);
    return err;
}

int mount_rename(struct mount_visit *visit, struct mount_inode *dir, const char *name,
                 struct mount_inode *other_dir, const char *other_name, unsigned flags)
{
    struct mount_place from, to;
    if ((flags & ~MOUNT_NOREPLACE) != 0)
        return -EINVAL;
    int32_t err = find_dir(visit, dir, &from);
    if (err >= 0)
        err = find_dir(visit, other_dir, &to);
    if (err >= 0)
        err = rename_in(visit, &from, name, &to, other_name, flags);
    return mount_visit_result(visit, err);
}
