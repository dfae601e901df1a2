/*
 * Attributes. What a server does not tell, or tells as it cannot be, becomes something that
 * programs can live with. Devices are shown as files, as Linux would look for a driver of its own
 * behind a node; so are all that are neither directory, file nor symbolic link.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "gateway/cli/mount.h"

#define ABI PHOENIX_ABI_LP64
#define BLOCK 4096
#define UNIT 512 /* of st_blocks */
#define DIR_MODE 0755u
#define FILE_MODE 0644u
#define DEVICE_MODE 0666u

ino_t mount_ino(const struct phoenix_oid *oid)
{
    const uint64_t port = (uint64_t)oid->port << 32;
    if (oid->id <= UINT32_MAX)
        return port | oid->id;
    return (port ^ oid->id * 0x9e3779b97f4a7c15u) | 1;
}

static int64_t told_or(const struct phx_stat *told, const char *attribute, int64_t least,
                       int64_t most, int64_t otherwise)
{
    int64_t value;
    if (!phx_stat_value(told, attribute, &value) || value < least || value > most)
        return otherwise;
    return value;
}

/* Of what has no path, the number is its own. */
static ino_t ino_of_names(const char *path)
{
    uint64_t hash = 0xcbf29ce484222325u;
    while (*path != '\0')
        hash = (hash ^ (unsigned char)*path++) * 0x100000001b3u;
    return hash | 1;
}

static ino_t ino_of(const struct mount_place *place, bool is_dir)
{
    if (place->origin == PHX_OF_NAMES)
        return ino_of_names(place->path);
    return mount_ino(is_dir ? &place->node.dev : &place->node.fil);
}

bool mount_stat_of(const struct mount_tree *tree, const struct mount_place *place,
                   const struct phx_stat *told, bool is_dir, struct stat *stat)
{
    const struct mount_options *options = mount_tree_options(tree);
    const uint32_t mode = phx_stat_mode(told), kind = mode & PHX_MODE_KIND;
    const bool is_link = !is_dir && kind == PHX_MODE_LINK;
    const bool is_device =
        !is_dir && !is_link && (kind != PHX_MODE_FILE || phx_is_elsewhere(&place->node));
    memset(stat, 0, sizeof *stat);
    stat->st_ino = ino_of(place, is_dir);
    stat->st_mode = mode & 07777u;
    if (mode == 0)
        stat->st_mode = is_dir ? DIR_MODE : is_device ? DEVICE_MODE : FILE_MODE;
    stat->st_mode |= is_dir ? S_IFDIR : is_link ? S_IFLNK : S_IFREG;
    stat->st_nlink = (nlink_t)told_or(told, "links", 1, UINT32_MAX, 1);
    stat->st_uid = options->uid;
    stat->st_gid = options->gid;
    if (options->server_ids) {
        stat->st_uid = (uid_t)told_or(told, "uid", 0, UINT32_MAX - 1, options->uid);
        stat->st_gid = (gid_t)told_or(told, "gid", 0, UINT32_MAX - 1, options->gid);
    }
    stat->st_size = is_device ? 0 : told_or(told, "size", 0, INT64_MAX, 0);
    stat->st_blksize = BLOCK;
    stat->st_blocks = told_or(told, "blocks", 0, INT64_MAX / UNIT,
                              stat->st_size / UNIT + (stat->st_size % UNIT != 0));
    stat->st_atime = told_or(told, "aTime", 0, INT64_MAX, 0);
    stat->st_mtime = told_or(told, "mTime", 0, INT64_MAX, 0);
    stat->st_ctime = told_or(told, "cTime", 0, INT64_MAX, 0);
    return is_device;
}

int32_t mount_stat_at(struct mount_visit *visit, const struct mount_place *place, struct stat *stat,
                      bool *is_devicep)
{
    struct phx_stat told;
    bool is_dir = true;
    int32_t err = 0;
    if (place->origin == PHX_OF_NAMES)
        phx_stat_of_names(&told);
    else
        err = phx_stat_attributes(&visit->asker, &place->node, &told);
    if (err >= 0 && place->origin != PHX_OF_NAMES)
        is_dir = phx_stat_is_dir(&visit->asker, &told);
    if (err < 0 || visit->asker.status != VIA_OK)
        return err < 0 ? err : -EIO;
    *is_devicep = mount_stat_of(visit->tree, place, &told, is_dir, stat);
    return 0;
}

int mount_getattr(struct mount_visit *visit, struct mount_inode *inode, struct stat *stat)
{
    struct mount_place place;
    bool is_device;
    mount_inode_place(visit->tree, inode, &place);
    int32_t err = mount_stat_at(visit, &place, stat, &is_device);
    if (visit->asker.status == VIA_DEAD && inode == mount_tree_root(visit->tree) &&
        mount_root_renew(visit) >= 0) {
        mount_inode_place(visit->tree, inode, &place);
        err = mount_stat_at(visit, &place, stat, &is_device);
    }
    if (err >= 0)
        mount_inode_note(visit->tree, inode, stat, is_device);
    return mount_visit_result(visit, err);
}

/* ---- changing ---- */

static int32_t set(struct mount_visit *visit, const struct phoenix_oid *oid, const char *attribute,
                   int64_t value)
{
    struct phx_message message = {.type = PHOENIX_SETATTR, .oid = *oid};
    phx_set_attribute(&message, attribute);
    phx_set(&message, "val", (uint64_t)value);
    return phx_send(&visit->asker, &message);
}

/* An owner that is shown without being one cannot be changed, but may be given what it has. */
static int32_t set_owner(struct mount_visit *visit, const struct phoenix_oid *oid, unsigned what,
                         const struct stat *wanted)
{
    const struct mount_options *options = mount_tree_options(visit->tree);
    int32_t err = 0;
    if (!options->server_ids) {
        const bool same = ((what & MOUNT_UID) == 0 || wanted->st_uid == options->uid) &&
                          ((what & MOUNT_GID) == 0 || wanted->st_gid == options->gid);
        return same ? 0 : -EPERM;
    }
    if ((what & MOUNT_UID) != 0)
        err = set(visit, oid, "atUid", wanted->st_uid);
    if (err >= 0 && (what & MOUNT_GID) != 0)
        err = set(visit, oid, "atGid", wanted->st_gid);
    return err;
}

/* Of a file that is not open, it is opened for that: its server may insist. */
static int32_t set_size(struct mount_visit *visit, struct mount_inode *inode,
                        const struct mount_place *place, const struct mount_file *file,
                        int64_t size)
{
    int64_t former;
    if (size < 0)
        return -EINVAL;
    if (mount_inode_is_device(visit->tree, inode, &former))
        return 0; /* it has none to lose */
    if (file != NULL)
        return phx_truncate(&visit->asker, mount_file_oid(file), (uint64_t)size);
    struct phoenix_oid oid = place->node.dev;
    int32_t err = phx_open(&visit->asker, &oid, PHX_WRONLY);
    if (err < 0)
        return err;
    err = phx_truncate(&visit->asker, &oid, (uint64_t)size);
    const int32_t closed = phx_close(&visit->asker, &oid, PHX_WRONLY, err);
    return err < 0 || visit->asker.status != VIA_OK ? closed : 0;
}

static int32_t change(struct mount_visit *visit, struct mount_inode *inode,
                      const struct mount_place *place, const struct mount_file *file, unsigned what,
                      const struct stat *wanted)
{
    const struct phoenix_oid *oid = &place->node.fil;
    int32_t err = 0;
    if (place->origin == PHX_OF_NAMES)
        return -EROFS;
    if ((what & (MOUNT_UID | MOUNT_GID)) != 0)
        err = set_owner(visit, oid, what, wanted);
    if (err >= 0 && (what & MOUNT_MODE) != 0)
        err = set(visit, oid, "atMode", wanted->st_mode & 07777);
    if (err >= 0 && (what & MOUNT_SIZE) != 0)
        err = set_size(visit, inode, place, file, wanted->st_size);
    if (err >= 0 && (what & MOUNT_ATIME) != 0)
        err = set(visit, oid, "atATime", wanted->st_atime);
    if (err >= 0 && (what & MOUNT_MTIME) != 0)
        err = set(visit, oid, "atMTime", wanted->st_mtime);
    return err;
}

int mount_setattr(struct mount_visit *visit, struct mount_inode *inode,
                  const struct mount_file *file, unsigned what, const struct stat *wanted,
                  struct stat *stat)
{
    struct mount_place place;
    mount_inode_place(visit->tree, inode, &place);
    int32_t err = change(visit, inode, &place, file, what, wanted);
    if (err < 0)
        return mount_visit_result(visit, err);
    return mount_getattr(visit, inode, stat);
}

/* ---- the filesystem ---- */

static uint64_t volume(const uint8_t *octets, const char *name)
{
    const struct phoenix_struct *all = phoenix_struct_of(PHOENIX_STATVFS);
    size_t i = 0;
    while (i + 1 < all->n_members && strcmp(all->members[i].name, name) != 0)
        i++;
    return phoenix_get(all->members[i].kind, ABI, octets + phoenix_member_at(all, i, ABI));
}

/* A server that does not tell has none: df shows 0. */
int mount_statfs(struct mount_visit *visit, struct mount_inode *inode, struct statvfs *stat)
{
    struct mount_place place;
    uint8_t octets[PHOENIX_STRUCT_MAX] = {0};
    mount_inode_place(visit->tree, inode, &place);
    struct phx_message message = {.type = PHOENIX_STAT,
                                  .oid = place.node.dev,
                                  .room = octets,
                                  .room_size =
                                      phoenix_struct_size(phoenix_struct_of(PHOENIX_STATVFS), ABI)};
    int32_t err = place.origin == PHX_OF_NAMES ? 0 : phx_send(&visit->asker, &message);
    if (err < 0 && visit->asker.status != VIA_OK)
        return mount_visit_result(visit, err);
    if (err < 0)
        memset(octets, 0, sizeof octets);
    memset(stat, 0, sizeof *stat);
    stat->f_bsize = volume(octets, "bsize");
    stat->f_frsize = volume(octets, "frsize");
    if (stat->f_bsize == 0 || stat->f_bsize > UINT32_MAX)
        stat->f_bsize = BLOCK;
    if (stat->f_frsize == 0 || stat->f_frsize > UINT32_MAX)
        stat->f_frsize = stat->f_bsize;
    stat->f_blocks = volume(octets, "blocks");
    stat->f_bfree = volume(octets, "bfree");
    stat->f_bavail = volume(octets, "bavail");
    stat->f_files = volume(octets, "files");
    stat->f_ffree = volume(octets, "ffree");
    stat->f_favail = volume(octets, "favail");
    stat->f_namemax = PHX_NAME_MAX;
    return 0;
}
