/*
 * Paths are walked as the kernel walks them: a lookup for each name, and what is not needed any
 * more is forgotten.
 */
#include "tests/integration/mount_world.h"

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void mount_world_start(struct mount_world *world)
{
    memset(world, 0, sizeof *world);
    gateway_thread_start(&world->gateway, NULL);
    world->node = world_node(&world->gateway, 2);
}

void mount_world_stop(struct mount_world *world)
{
    world->node = via_node_destroy(world->node);
    gateway_thread_stop(&world->gateway);
}

void mount_world_serve(const struct mount_world *world, struct process *process, const char *name,
                       const char *const *words, const char *ready)
{
    char path[256], setting[160], line[128];
    const char *argv[8] = {process_program(path, name)};
    const char *const settings[] = {setting, NULL};
    for (size_t i = 0; words != NULL && words[i] != NULL && i < 6; i++)
        argv[i + 1] = words[i];
    (void)snprintf(setting, sizeof setting, "VIADUCT_GATEWAY=unix:%s", world->gateway.socket);
    process_start(process, argv, settings);
    process_line(process, line, sizeof line);
    assert_string_equal(line, ready);
}

void mount_world_end(struct process *process)
{
    process_kill(process, SIGKILL);
    (void)process_wait(process);
}

int mount_world_mount(struct mount_world *world, const char *path, uint32_t timeout_ms,
                      bool server_ids)
{
    struct phx_asker asker;
    const struct mount_options options = {.node = world->node,
                                          .path = path,
                                          .timeout_ms = timeout_ms,
                                          .server_ids = server_ids,
                                          .uid = 501,
                                          .gid = 502};
    return mount_tree_create(&world->tree, &options, &asker);
}

void mount_world_unmount(struct mount_world *world)
{
    assert_int_equal(mount_tree_n_inodes(world->tree), 0);
    world->tree = mount_tree_destroy(world->tree);
}

struct mount_visit *visit(struct mount_world *world)
{
    mount_visit_begin(&world->visit, world->tree, NULL);
    return &world->visit;
}

void leave(struct mount_world *world, struct mount_inode *inode)
{
    mount_inode_forget(world->tree, inode, 1);
}

struct mount_inode *walk(struct mount_world *world, const char *path, struct stat *stat, int *errp)
{
    struct mount_inode *inode = mount_tree_root(world->tree);
    struct mount_found found;
    char name[512];
    *errp = mount_getattr(visit(world), inode, &found.stat);
    while (*errp == 0 && *path != '\0') {
        const size_t size = strcspn(path, "/");
        (void)snprintf(name, sizeof name, "%.*s", (int)size, path);
        path += size + (path[size] == '/');
        *errp = mount_lookup(visit(world), inode, name, &found);
        leave(world, inode);
        if (*errp == 0)
            inode = found.inode;
    }
    if (*errp != 0)
        return NULL;
    *stat = found.stat;
    return inode;
}

struct mount_inode *at(struct mount_world *world, const char *path)
{
    struct stat stat;
    int err;
    struct mount_inode *inode = walk(world, path, &stat, &err);
    assert_int_equal(err, 0);
    return inode;
}

/* The directory that it is in; *namep: what it is called there. */
static struct mount_inode *parent(struct mount_world *world, const char *path, const char **namep)
{
    char folder[512] = "";
    const char *slash = strrchr(path, '/');
    if (slash != NULL)
        (void)snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
    *namep = slash != NULL ? slash + 1 : path;
    return at(world, folder);
}

int stat_of(struct mount_world *world, const char *path, struct stat *stat)
{
    int err;
    struct mount_inode *inode = walk(world, path, stat, &err);
    if (inode != NULL)
        leave(world, inode);
    return err;
}

int make_dir(struct mount_world *world, const char *path)
{
    struct mount_found found;
    const char *name;
    struct mount_inode *dir = parent(world, path, &name);
    int err = mount_mkdir(visit(world), dir, name, 0755, &found);
    if (err == 0)
        leave(world, found.inode);
    leave(world, dir);
    return err;
}

int put_text(struct mount_world *world, const char *path, const char *text)
{
    struct mount_found found;
    struct mount_file *file;
    const char *name;
    struct mount_inode *dir = parent(world, path, &name);
    int err = mount_lookup(visit(world), dir, name, &found);
    if (err == 0)
        err = mount_open(visit(world), found.inode, O_WRONLY | O_TRUNC, &file);
    else if (err == -ENOENT)
        err = mount_create(visit(world), dir, name, 0644, O_WRONLY | O_CREAT, &found, &file);
    leave(world, dir);
    if (err != 0)
        return err;
    ssize_t n = mount_write(visit(world), file, text, strlen(text), 0);
    err = mount_release(visit(world), file);
    leave(world, found.inode);
    if (n >= 0)
        assert_int_equal(n, strlen(text));
    return n < 0 ? (int)n : err;
}

int get_text(struct mount_world *world, const char *path, char *text, size_t size)
{
    struct mount_file *file;
    struct stat stat;
    int err;
    struct mount_inode *inode = walk(world, path, &stat, &err);
    if (inode == NULL)
        return err;
    err = mount_open(visit(world), inode, O_RDONLY, &file);
    leave(world, inode);
    if (err != 0)
        return err;
    ssize_t n = mount_read(visit(world), file, text, size - 1, 0);
    err = mount_release(visit(world), file);
    text[n < 0 ? 0 : n] = '\0';
    return n < 0 ? (int)n : err;
}

int take_away(struct mount_world *world, const char *path)
{
    const char *name;
    struct mount_inode *dir = parent(world, path, &name);
    int err = mount_unlink(visit(world), dir, name);
    leave(world, dir);
    return err;
}

int move(struct mount_world *world, const char *path, const char *other, unsigned flags)
{
    const char *name, *other_name;
    struct mount_inode *dir = parent(world, path, &name);
    struct mount_inode *other_dir = parent(world, other, &other_name);
    int err = mount_rename(visit(world), dir, name, other_dir, other_name, flags);
    leave(world, dir);
    leave(world, other_dir);
    return err;
}

int list(struct mount_world *world, const char *path, bool whole, char *names, size_t size)
{
    struct mount_dir *dir;
    static struct mount_entry entry;
    struct mount_inode *inode = at(world, path);
    size_t used = 0;
    int more = mount_opendir(visit(world), inode, &dir);
    leave(world, inode);
    names[0] = '\0';
    if (more != 0)
        return more;
    more = 1;
    for (uint64_t i = 0; more > 0; i++) {
        more = mount_readdir(visit(world), dir, i, whole, &entry);
        if (more <= 0 || i < 2)
            continue;
        used += (size_t)snprintf(names + used, size - used, "%s ", entry.name);
        assert_true(used < size);
        if (whole && entry.is_whole) {
            struct mount_inode *taken = mount_inode_take(world->tree, &entry.place);
            assert_non_null(taken);
            leave(world, taken);
        }
    }
    (void)mount_releasedir(visit(world), dir);
    return more;
}
