/*
 * The kernel's requests, by libfuse3's low-level interface, become visits of the tree, each in a
 * thread of its own. Who waits may give up: its queue is closed then, whatever the server does.
 *
 * What the kernel keeps it keeps for a second; a file's content until it is opened again.
 */
#include "gateway/cli/mount_fuse.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define KEPT_S 1              /* how long the kernel believes names and attributes */
#define BACKGROUND_MAX 64u    /* reads ahead that the kernel has under way */
#define DIR_BUFFER_MAX 65536u /* octets of entries in one answer */

/* ---- one request ---- */

struct work {
    fuse_req_t req;
    struct via_queue *queue; /* owned */
    struct mount_visit visit;
};

static struct mount_tree *tree_of(fuse_req_t req)
{
    return fuse_req_userdata(req);
}

static struct mount_inode *inode_of(fuse_req_t req, fuse_ino_t ino)
{
    if (ino == FUSE_ROOT_ID)
        return mount_tree_root(tree_of(req));
    return (struct mount_inode *)(uintptr_t)ino;
}

static fuse_ino_t ino_of(const struct mount_inode *inode)
{
    return (uintptr_t)inode;
}

static void interrupted(fuse_req_t req, void *user)
{
    (void)req;
    via_queue_close(user);
}

/* @may_end: half of it done does no harm. */
static void begin(struct work *work, fuse_req_t req, bool may_end)
{
    struct mount_tree *tree = tree_of(req);
    work->req = req;
    work->queue = NULL;
    if (may_end &&
        via_queue_create(mount_tree_options(tree)->node, NULL, NULL, &work->queue) == VIA_OK)
        fuse_req_interrupt_func(req, interrupted, work->queue);
    mount_visit_begin(&work->visit, tree, work->queue);
}

/* Before the answer, as the request is gone with that. */
static void end(struct work *work)
{
    if (work->queue != NULL)
        fuse_req_interrupt_func(work->req, NULL, NULL); /* it does not run any more */
    work->queue = via_queue_destroy(work->queue);
}

static void answer_entry(struct work *work, int result, const struct mount_found *found)
{
    end(work);
    if (result < 0) {
        (void)fuse_reply_err(work->req, -result);
        return;
    }
    const struct fuse_entry_param entry = {
        .ino = ino_of(found->inode),
        .attr = found->stat,
        .attr_timeout = KEPT_S,
        .entry_timeout = KEPT_S,
    };
    if (fuse_reply_entry(work->req, &entry) < 0) /* it was interrupted: nobody knows of it */
        mount_inode_forget(work->visit.tree, found->inode, 1);
}

static void answer_stat(struct work *work, int result, const struct stat *stat)
{
    end(work);
    (void)(result < 0 ? fuse_reply_err(work->req, -result)
                      : fuse_reply_attr(work->req, stat, KEPT_S));
}

static void answer(struct work *work, int result)
{
    end(work);
    (void)fuse_reply_err(work->req, result < 0 ? -result : 0);
}

/* ---- names ---- */

static void on_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct work work;
    struct mount_found found;
    begin(&work, req, true);
    int result = mount_lookup(&work.visit, inode_of(req, parent), name, &found);
    answer_entry(&work, result, &found);
}

static void on_forget(fuse_req_t req, fuse_ino_t ino, uint64_t n)
{
    mount_inode_forget(tree_of(req), inode_of(req, ino), n);
    fuse_reply_none(req);
}

static void on_forget_multi(fuse_req_t req, size_t n, struct fuse_forget_data *forgets)
{
    for (size_t i = 0; i < n; i++)
        mount_inode_forget(tree_of(req), inode_of(req, forgets[i].ino), forgets[i].nlookup);
    fuse_reply_none(req);
}

static void on_readlink(fuse_req_t req, fuse_ino_t ino)
{
    struct work work;
    char target[PHX_PATH_MAX];
    begin(&work, req, true);
    int result = mount_readlink(&work.visit, inode_of(req, ino), target);
    end(&work);
    (void)(result < 0 ? fuse_reply_err(req, -result) : fuse_reply_readlink(req, target));
}

static void on_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
    struct work work;
    struct mount_found found;
    begin(&work, req, false);
    int result = mount_mkdir(&work.visit, inode_of(req, parent), name, mode, &found);
    answer_entry(&work, result, &found);
}

static void on_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
    struct work work;
    struct mount_found found;
    begin(&work, req, false);
    int result = mount_symlink(&work.visit, inode_of(req, parent), name, target, &found);
    answer_entry(&work, result, &found);
}

static void on_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent, const char *name)
{
    struct work work;
    struct mount_found found;
    begin(&work, req, false);
    int result = mount_link(&work.visit, inode_of(req, ino), inode_of(req, parent), name, &found);
    answer_entry(&work, result, &found);
}

static void on_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct work work;
    begin(&work, req, false);
    answer(&work, mount_unlink(&work.visit, inode_of(req, parent), name));
}

static void on_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct work work;
    begin(&work, req, false);
    answer(&work, mount_rmdir(&work.visit, inode_of(req, parent), name));
}

static void on_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t other_parent,
                      const char *other_name, unsigned flags)
{
    struct work work;
    begin(&work, req, false);
    answer(&work, mount_rename(&work.visit, inode_of(req, parent), name,
                               inode_of(req, other_parent), other_name, flags));
}

/* ---- attributes ---- */

static struct mount_file *file_of(const struct fuse_file_info *info)
{
    return info != NULL ? (struct mount_file *)(uintptr_t)info->fh : NULL;
}

static void on_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
    struct work work;
    struct stat stat;
    (void)info;
    begin(&work, req, true);
    int result = mount_getattr(&work.visit, inode_of(req, ino), &stat);
    answer_stat(&work, result, &stat);
}

static void on_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *wanted, int what,
                       struct fuse_file_info *info)
{
    static const struct {
        int theirs;
        unsigned ours;
    } changes[] = {
        {FUSE_SET_ATTR_MODE, MOUNT_MODE},   {FUSE_SET_ATTR_UID, MOUNT_UID},
        {FUSE_SET_ATTR_GID, MOUNT_GID},     {FUSE_SET_ATTR_SIZE, MOUNT_SIZE},
        {FUSE_SET_ATTR_ATIME, MOUNT_ATIME}, {FUSE_SET_ATTR_MTIME, MOUNT_MTIME},
    };
    struct work work;
    struct stat stat;
    unsigned ours = 0;
    if ((what & FUSE_SET_ATTR_ATIME_NOW) != 0)
        wanted->st_atime = time(NULL);
    if ((what & FUSE_SET_ATTR_MTIME_NOW) != 0)
        wanted->st_mtime = time(NULL);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        if ((what & changes[i].theirs) != 0)
            ours |= changes[i].ours;
    begin(&work, req, false);
    int result = mount_setattr(&work.visit, inode_of(req, ino), file_of(info), ours, wanted, &stat);
    answer_stat(&work, result, &stat);
}

static void on_statfs(fuse_req_t req, fuse_ino_t ino)
{
    struct work work;
    struct statvfs stat;
    begin(&work, req, true);
    int result = mount_statfs(&work.visit, inode_of(req, ino), &stat);
    end(&work);
    (void)(result < 0 ? fuse_reply_err(req, -result) : fuse_reply_statfs(req, &stat));
}

/* ---- files ---- */

static void note_file(struct fuse_file_info *info, struct mount_file *file)
{
    info->fh = (uintptr_t)file;
    info->direct_io = mount_file_is_direct(file);
}

/* Nobody knows that it is open. */
static void take_back(struct mount_tree *tree, struct mount_file *file)
{
    struct mount_visit visit;
    mount_visit_begin(&visit, tree, NULL);
    (void)mount_release(&visit, file);
}

static void on_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
                      struct fuse_file_info *info)
{
    struct work work;
    struct mount_found found;
    struct mount_file *file;
    struct mount_tree *tree = tree_of(req);
    begin(&work, req, false);
    int result =
        mount_create(&work.visit, inode_of(req, parent), name, mode, info->flags, &found, &file);
    end(&work);
    if (result < 0) {
        (void)fuse_reply_err(req, -result);
        return;
    }
    const struct fuse_entry_param entry = {
        .ino = ino_of(found.inode),
        .attr = found.stat,
        .attr_timeout = KEPT_S,
        .entry_timeout = KEPT_S,
    };
    note_file(info, file);
    info->direct_io = false; /* it is what is written to it */
    if (fuse_reply_create(req, &entry, info) < 0) {
        take_back(tree, file);
        mount_inode_forget(tree, found.inode, 1);
    }
}

static void on_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
    struct work work;
    struct mount_file *file;
    struct mount_tree *tree = tree_of(req);
    begin(&work, req, true);
    int result = mount_open(&work.visit, inode_of(req, ino), info->flags, &file);
    end(&work);
    if (result < 0) {
        (void)fuse_reply_err(req, -result);
        return;
    }
    note_file(info, file);
    if (fuse_reply_open(req, info) < 0)
        take_back(tree, file);
}

static void on_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offs,
                    struct fuse_file_info *info)
{
    struct work work;
    (void)ino;
    char *data = malloc(size);
    if (data == NULL) {
        (void)fuse_reply_err(req, ENOMEM);
        return;
    }
    begin(&work, req, true);
    ssize_t n = mount_read(&work.visit, file_of(info), data, size, offs);
    end(&work);
    (void)(n < 0 ? fuse_reply_err(req, (int)-n) : fuse_reply_buf(req, data, (size_t)n));
    free(data);
}

static void on_write(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size, off_t offs,
                     struct fuse_file_info *info)
{
    struct work work;
    (void)ino;
    begin(&work, req, true);
    ssize_t n = mount_write(&work.visit, file_of(info), data, size, offs);
    end(&work);
    (void)(n < 0 ? fuse_reply_err(req, (int)-n) : fuse_reply_write(req, (size_t)n));
}

static void on_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *info)
{
    struct work work;
    (void)ino;
    (void)datasync;
    begin(&work, req, true);
    answer(&work, mount_fsync(&work.visit, file_of(info)));
}

static void on_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
    struct work work;
    (void)ino;
    begin(&work, req, false);
    answer(&work, mount_release(&work.visit, file_of(info)));
}

/* ---- directories ---- */

static struct mount_dir *dir_of(const struct fuse_file_info *info)
{
    return (struct mount_dir *)(uintptr_t)info->fh;
}

static void on_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
    struct work work;
    struct mount_dir *dir;
    struct mount_tree *tree = tree_of(req);
    begin(&work, req, true);
    int result = mount_opendir(&work.visit, inode_of(req, ino), &dir);
    end(&work);
    if (result < 0) {
        (void)fuse_reply_err(req, -result);
        return;
    }
    info->fh = (uintptr_t)dir;
    if (fuse_reply_open(req, info) < 0) {
        struct mount_visit visit;
        mount_visit_begin(&visit, tree, NULL);
        (void)mount_releasedir(&visit, dir);
    }
}

/* false: there is no room for it. With attributes the kernel knows the inode once more. */
static bool add(struct work *work, char *buffer, size_t size, size_t *usedp, uint64_t at,
                bool whole, const struct mount_entry *entry)
{
    const size_t room = size - *usedp;
    struct fuse_entry_param param = {
        .attr = entry->stat, .attr_timeout = KEPT_S, .entry_timeout = KEPT_S};
    struct mount_inode *inode = NULL;
    size_t needed = whole ? fuse_add_direntry_plus(work->req, NULL, 0, entry->name, NULL, 0)
                          : fuse_add_direntry(work->req, NULL, 0, entry->name, NULL, 0);
    if (needed > room)
        return false;
    if (whole && entry->is_whole)
        inode = mount_inode_take(work->visit.tree, &entry->place);
    if (inode != NULL) {
        mount_inode_note(work->visit.tree, inode, &entry->stat, entry->is_device);
        param.ino = ino_of(inode);
    }
    *usedp += whole ? fuse_add_direntry_plus(work->req, buffer + *usedp, room, entry->name, &param,
                                             (off_t)at)
                    : fuse_add_direntry(work->req, buffer + *usedp, room, entry->name, &entry->stat,
                                        (off_t)at);
    return true;
}

static void read_dir(fuse_req_t req, size_t size, off_t offs, const struct fuse_file_info *info,
                     bool whole)
{
    struct work work;
    struct mount_entry entry;
    size_t used = 0;
    int result = 1;
    if (size > DIR_BUFFER_MAX)
        size = DIR_BUFFER_MAX;
    char *buffer = malloc(size);
    if (buffer == NULL) {
        (void)fuse_reply_err(req, ENOMEM);
        return;
    }
    begin(&work, req, true);
    for (uint64_t at = (uint64_t)offs; result > 0; at++) {
        result = mount_readdir(&work.visit, dir_of(info), at, whole, &entry);
        if (result > 0 && !add(&work, buffer, size, &used, at + 1, whole, &entry))
            break;
    }
    end(&work);
    (void)(result < 0 && used == 0 ? fuse_reply_err(req, -result)
                                   : fuse_reply_buf(req, buffer, used));
    free(buffer);
}

static void on_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offs,
                       struct fuse_file_info *info)
{
    (void)ino;
    read_dir(req, size, offs, info, false);
}

static void on_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offs,
                           struct fuse_file_info *info)
{
    (void)ino;
    read_dir(req, size, offs, info, true);
}

static void on_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
    struct work work;
    (void)ino;
    begin(&work, req, false);
    answer(&work, mount_releasedir(&work.visit, dir_of(info)));
}

/* ---- all of them ---- */

static void on_init(void *user, struct fuse_conn_info *connection)
{
    (void)user;
    connection->max_background = BACKGROUND_MAX;
    connection->congestion_threshold = BACKGROUND_MAX * 3 / 4;
    connection->max_write = MOUNT_PIECE_MAX;
}

static const struct fuse_lowlevel_ops operations = {
    .init = on_init,
    .lookup = on_lookup,
    .forget = on_forget,
    .forget_multi = on_forget_multi,
    .getattr = on_getattr,
    .setattr = on_setattr,
    .readlink = on_readlink,
    .mkdir = on_mkdir,
    .unlink = on_unlink,
    .rmdir = on_rmdir,
    .symlink = on_symlink,
    .rename = on_rename,
    .link = on_link,
    .open = on_open,
    .read = on_read,
    .write = on_write,
    .release = on_release,
    .fsync = on_fsync,
    .opendir = on_opendir,
    .readdir = on_readdir,
    .readdirplus = on_readdirplus,
    .releasedir = on_releasedir,
    .statfs = on_statfs,
    .create = on_create,
};

const struct fuse_lowlevel_ops *mount_fuse_operations(void)
{
    return &operations;
}
