/*
 * Operations of a mounted tree on the filesystem of examples/phoenix, without the kernel.
 */
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/mount_world.h"

static struct mount_world world;
static struct process server;

static int set_up(void **state)
{
    (void)state;
    mount_world_start(&world);
    mount_world_serve(&world, &server, "via-ramfs-server", NULL, "ramfs: ready as /");
    return mount_world_mount(&world, "/", 20000, false);
}

static int tear_down(void **state)
{
    (void)state;
    if (world.tree != NULL)
        mount_world_unmount(&world);
    mount_world_end(&server);
    mount_world_stop(&world);
    return 0;
}

static void assert_holds(const char *path, const char *text)
{
    char held[256];
    assert_int_equal(get_text(&world, path, held, sizeof held), 0);
    assert_string_equal(held, text);
}

static void a_tree_is_made_read_and_removed(void **state)
{
    struct stat stat;
    (void)state;
    assert_int_equal(make_dir(&world, "a"), 0);
    assert_int_equal(make_dir(&world, "a"), -EEXIST);
    assert_int_equal(put_text(&world, "a/text", "hello"), 0);
    assert_int_equal(stat_of(&world, "a/text", &stat), 0);
    assert_int_equal(stat.st_mode, S_IFREG | 0644);
    assert_int_equal(stat.st_size, 5);
    assert_int_equal(stat.st_nlink, 1);
    assert_int_equal(stat.st_uid, 501);
    assert_int_equal(stat.st_gid, 502);
    assert_holds("a/text", "hello");
    assert_int_equal(put_text(&world, "a/text", "bye"), 0); /* it loses what it had */
    assert_holds("a/text", "bye");
    assert_int_equal(stat_of(&world, "a/none", &stat), -ENOENT);
    assert_int_equal(stat_of(&world, "a/text/none", &stat), -ENOTDIR);
    assert_int_equal(take_away(&world, "a"), -ENOTEMPTY);
    assert_int_equal(take_away(&world, "a/text"), 0);
    assert_int_equal(take_away(&world, "a"), 0);
    assert_int_equal(stat_of(&world, "a", &stat), -ENOENT);
    char name[300];
    memset(name, 'x', 256);
    name[256] = '\0';
    assert_int_equal(stat_of(&world, name, &stat), -ENAMETOOLONG);
    assert_int_equal(make_dir(&world, name), -ENAMETOOLONG);
}

static void content_of_any_size(void **state)
{
    static char data[3000001], back[3000001];
    struct mount_found found;
    struct mount_file *file;
    (void)state;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (char)(i * 7 + i / 4096);
    struct mount_inode *root = mount_tree_root(world.tree);
    assert_int_equal(
        mount_create(visit(&world), root, "large", 0600, O_RDWR | O_CREAT, &found, &file), 0);
    assert_int_equal(mount_write(visit(&world), file, data, sizeof data, 0), sizeof data);
    assert_int_equal(mount_fsync(visit(&world), file), 0);
    assert_int_equal(mount_read(visit(&world), file, back, sizeof back, 0), sizeof back);
    assert_memory_equal(data, back, sizeof back);
    assert_int_equal(mount_read(visit(&world), file, back, 10, sizeof back - 4), 4);
    assert_int_equal(mount_read(visit(&world), file, back, 10, sizeof back), 0);
    assert_int_equal(mount_write(visit(&world), file, "xy", 2, 100), 2);
    assert_int_equal(mount_read(visit(&world), file, back, 4, 99), 4);
    assert_int_equal(back[0], data[99]);
    assert_memory_equal(back + 1, "xy", 2);
    assert_int_equal(mount_release(visit(&world), file), 0);
    assert_int_equal(mount_open(visit(&world), found.inode, O_WRONLY | O_APPEND, &file), 0);
    assert_int_equal(mount_write(visit(&world), file, "end", 3, 0), 3); /* the server knows where */
    assert_int_equal(mount_release(visit(&world), file), 0);
    assert_int_equal(mount_getattr(visit(&world), found.inode, &found.stat), 0);
    assert_int_equal(found.stat.st_size, sizeof data + 3);
    leave(&world, found.inode);
    assert_int_equal(take_away(&world, "large"), 0);
}

static void an_open_file_outlives_its_name(void **state)
{
    struct mount_file *file;
    struct statvfs before, after;
    char text[8];
    (void)state;
    struct mount_inode *root = mount_tree_root(world.tree);
    assert_int_equal(mount_statfs(visit(&world), root, &before), 0);
    assert_int_equal(put_text(&world, "text", "hello"), 0);
    struct mount_inode *inode = at(&world, "text");
    assert_int_equal(mount_open(visit(&world), inode, O_RDONLY, &file), 0);
    assert_int_equal(take_away(&world, "text"), 0);
    assert_int_equal(mount_read(visit(&world), file, text, sizeof text, 0), 5);
    assert_int_equal(mount_release(visit(&world), file), 0);
    leave(&world, inode);
    assert_int_equal(mount_statfs(visit(&world), root, &after), 0);
    assert_int_equal(before.f_bsize, 4096);
    assert_int_equal(before.f_bfree, after.f_bfree); /* it is closed, and gone */
    assert_int_equal(before.f_ffree, after.f_ffree);
}

static void attributes_are_changed(void **state)
{
    struct stat stat;
    const struct stat wanted = {.st_mode = 0100751,
                                .st_uid = 501,
                                .st_gid = 502,
                                .st_size = 3,
                                .st_atime = 1000,
                                .st_mtime = 2000};
    const struct stat other = {.st_uid = 7, .st_gid = 8};
    (void)state;
    assert_int_equal(put_text(&world, "text", "hello"), 0);
    struct mount_inode *inode = at(&world, "text");
    assert_int_equal(mount_setattr(visit(&world), inode, NULL,
                                   MOUNT_MODE | MOUNT_SIZE | MOUNT_ATIME | MOUNT_MTIME, &wanted,
                                   &stat),
                     0);
    assert_int_equal(stat.st_mode, S_IFREG | 0751);
    assert_int_equal(stat.st_size, 3);
    assert_int_equal(stat.st_atime, 1000);
    assert_int_equal(stat.st_mtime, 2000);
    assert_holds("text", "hel");
    /* owners are ours, whatever the server says */
    assert_int_equal(
        mount_setattr(visit(&world), inode, NULL, MOUNT_UID | MOUNT_GID, &wanted, &stat), 0);
    assert_int_equal(
        mount_setattr(visit(&world), inode, NULL, MOUNT_UID | MOUNT_GID, &other, &stat), -EPERM);
    leave(&world, inode);
    mount_world_unmount(&world);
    assert_int_equal(mount_world_mount(&world, "/", 20000, true), 0);
    inode = at(&world, "text");
    assert_int_equal(mount_getattr(visit(&world), inode, &stat), 0);
    assert_int_equal(stat.st_uid, 0);
    assert_int_equal(
        mount_setattr(visit(&world), inode, NULL, MOUNT_UID | MOUNT_GID, &other, &stat), 0);
    assert_int_equal(stat.st_uid, 7);
    assert_int_equal(stat.st_gid, 8);
    leave(&world, inode);
    mount_world_unmount(&world);
    assert_int_equal(mount_world_mount(&world, "/", 20000, false), 0);
    assert_int_equal(take_away(&world, "text"), 0);
}

static void names_are_given_and_taken(void **state)
{
    struct mount_found found;
    struct stat stat;
    char target[PHX_PATH_MAX];
    (void)state;
    struct mount_inode *root = mount_tree_root(world.tree);
    assert_int_equal(put_text(&world, "one", "1"), 0);
    struct mount_inode *one = at(&world, "one");
    assert_int_equal(mount_link(visit(&world), one, root, "two", &found), 0);
    assert_ptr_equal(found.inode, one);
    assert_int_equal(found.stat.st_nlink, 2);
    leave(&world, found.inode);
    assert_int_equal(mount_link(visit(&world), one, root, "two", &found), -EEXIST);
    leave(&world, one);
    assert_int_equal(move(&world, "one", "two", 0), 0); /* the same: both stay */
    assert_holds("one", "1");
    assert_int_equal(take_away(&world, "one"), 0);
    assert_holds("two", "1");
    assert_int_equal(mount_symlink(visit(&world), root, "link", "two/or/not", &found), 0);
    assert_int_equal(found.stat.st_mode & S_IFMT, S_IFLNK);
    assert_int_equal(mount_readlink(visit(&world), found.inode, target), 0);
    assert_string_equal(target, "two/or/not");
    leave(&world, found.inode);
    assert_int_equal(put_text(&world, "three", "3"), 0);
    assert_int_equal(move(&world, "three", "two", MOUNT_NOREPLACE), -EEXIST);
    assert_int_equal(move(&world, "three", "two", 2), -EINVAL); /* an exchange */
    assert_int_equal(move(&world, "three", "two", 0), 0);
    assert_holds("two", "3");
    assert_int_equal(stat_of(&world, "three", &stat), -ENOENT);
    assert_int_equal(make_dir(&world, "dir"), 0);
    assert_int_equal(make_dir(&world, "dir/in"), 0);
    assert_int_equal(move(&world, "dir", "dir/in/dir", 0), -EINVAL);
    assert_int_equal(make_dir(&world, "other"), 0);
    assert_int_equal(put_text(&world, "other/text", "x"), 0);
    assert_int_equal(move(&world, "dir", "other", 0), -ENOTEMPTY);
    assert_int_equal(move(&world, "other/text", "dir/in/text", 0), 0);
    assert_int_equal(move(&world, "dir", "other", 0), 0); /* which is empty now */
    assert_holds("other/in/text", "x");
    assert_int_equal(move(&world, "none", "any", 0), -ENOENT);
    for (size_t i = 0; i < 5; i++) {
        static const char *const paths[] = {"other/in/text", "other/in", "other", "link", "two"};
        assert_int_equal(take_away(&world, paths[i]), 0);
    }
}

static void directories_are_read_in_any_way(void **state)
{
    static char names[16384], expected[16384];
    static struct mount_entry entry;
    struct mount_dir *dir;
    size_t used = 0;
    (void)state;
    assert_int_equal(make_dir(&world, "many"), 0);
    for (unsigned i = 0; i < 100; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "many/%03u", i);
        assert_int_equal(i % 10 == 0 ? make_dir(&world, path) : put_text(&world, path, path), 0);
        used += (size_t)snprintf(expected + used, sizeof expected - used, "%03u ", i);
    }
    for (int whole = 0; whole < 2; whole++) {
        assert_int_equal(list(&world, "many", whole == 1, names, sizeof names), 0);
        assert_string_equal(names, expected);
    }
    struct mount_inode *inode = at(&world, "many");
    assert_int_equal(mount_opendir(visit(&world), inode, &dir), 0);
    for (unsigned i = 0; i < 200; i++) { /* to and fro */
        const unsigned number = i * 37 % 100;
        char name[16];
        (void)snprintf(name, sizeof name, "%03u", number);
        assert_int_equal(mount_readdir(visit(&world), dir, number + 2, i % 2 == 0, &entry), 1);
        assert_string_equal(entry.name, name);
        assert_int_equal(entry.stat.st_mode & S_IFMT, number % 10 == 0 ? S_IFDIR : S_IFREG);
        assert_int_equal(entry.is_whole, i % 2 == 0);
        if (entry.is_whole && number % 10 != 0)
            assert_int_equal(entry.stat.st_size, 8);
    }
    assert_int_equal(mount_readdir(visit(&world), dir, 102, true, &entry), 0);
    assert_int_equal(mount_readdir(visit(&world), dir, 5000, true, &entry), 0);
    assert_int_equal(mount_readdir(visit(&world), dir, 1, true, &entry), 1);
    assert_string_equal(entry.name, "..");
    assert_int_equal(mount_releasedir(visit(&world), dir), 0);
    leave(&world, inode);
    used = 0;
    for (unsigned i = 0; i < 100; i++) { /* there are gaps then */
        char path[64];
        (void)snprintf(path, sizeof path, "many/%03u", i);
        if (i % 7 == 0 || (i > 40 && i < 90))
            assert_int_equal(take_away(&world, path), 0);
        else
            used += (size_t)snprintf(expected + used, sizeof expected - used, "%03u ", i);
    }
    assert_int_equal(list(&world, "many", true, names, sizeof names), 0);
    assert_string_equal(names, expected);
    for (unsigned i = 0; i < 100; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "many/%03u", i);
        assert_int_equal(take_away(&world, path), i % 7 == 0 || (i > 40 && i < 90) ? -ENOENT : 0);
    }
    assert_int_equal(take_away(&world, "many"), 0);
}

static void one_filesystem_in_another(void **state)
{
    const char *const words[] = {"-n", "second", "-m", "/mnt", NULL};
    struct process second;
    struct stat stat, bare;
    (void)state;
    assert_int_equal(make_dir(&world, "mnt"), 0);
    assert_int_equal(stat_of(&world, "mnt", &bare), 0);
    mount_world_serve(&world, &second, "via-ramfs-server", words, "ramfs: ready as second");
    do { /* until it has mounted itself: it is another object then */
        assert_int_equal(stat_of(&world, "mnt", &stat), 0);
    } while (stat.st_ino == bare.st_ino);
    assert_int_equal(put_text(&world, "mnt/text", "deep"), 0);
    assert_holds("mnt/text", "deep");
    assert_int_equal(put_text(&world, "text", "here"), 0);
    assert_int_equal(move(&world, "text", "mnt/new", 0), -EXDEV);
    assert_int_equal(move(&world, "mnt/text", "new", 0), -EXDEV);
    assert_int_equal(take_away(&world, "mnt"), -EBUSY);
    assert_int_equal(take_away(&world, "text"), 0);
    mount_world_end(&second);
    assert_int_equal(stat_of(&world, "mnt/text", &stat), -EIO);
}

static void a_device_says_what_it_has(void **state)
{
    static const char *const words[] = {"server", "1", NULL};
    struct process driver;
    struct mount_file *file;
    struct stat stat;
    char data[512], names[256];
    (void)state;
    mount_world_serve(&world, &driver, "../tests/integration/phoenix/older/driver", words, "ready");
    assert_int_equal(list(&world, "dev", true, names, sizeof names), 0);
    assert_string_equal(names, "driver ");
    assert_int_equal(stat_of(&world, "dev/driver", &stat), 0);
    assert_int_equal(stat.st_mode, S_IFREG | 0666); /* Linux has no driver for it */
    assert_int_equal(stat.st_size, 0);
    struct mount_inode *inode = at(&world, "dev/driver");
    assert_int_equal(mount_open(visit(&world), inode, O_RDWR | O_TRUNC, &file), 0);
    assert_true(mount_file_is_direct(file));
    assert_int_equal(mount_write(visit(&world), file, "hello", 5, 0), 5);
    assert_int_equal(mount_read(visit(&world), file, data, sizeof data, 0), 5);
    assert_memory_equal(data, "hello", 5);
    assert_int_equal(mount_read(visit(&world), file, data, sizeof data, 5), -EAGAIN);
    assert_int_equal(
        mount_setattr(visit(&world), inode, file, MOUNT_SIZE, &(struct stat){.st_size = 0}, &stat),
        0); /* it has none to lose */
    assert_int_equal(mount_release(visit(&world), file), 0);
    leave(&world, inode);
    mount_world_end(&driver);
    assert_int_equal(stat_of(&world, "dev/driver", &stat), 0); /* of the node */
}

static void nobody_waits_for_ever(void **state)
{
    struct stat stat;
    (void)state;
    mount_world_unmount(&world);
    assert_int_equal(mount_world_mount(&world, "/", 200, false), 0);
    process_kill(&server, SIGSTOP);
    assert_int_equal(stat_of(&world, "x", &stat), -ETIMEDOUT);
    process_kill(&server, SIGCONT);
    while (stat_of(&world, "x", &stat) == -ETIMEDOUT) { /* until it has caught up */
    }
    assert_int_equal(stat_of(&world, "x", &stat), -ENOENT);
    mount_world_unmount(&world);
    assert_int_equal(mount_world_mount(&world, "/", 0, false), 0);
}

struct giving_up {
    struct via_queue *queue;
    struct bell began;
};

static void *give_up(void *user)
{
    struct giving_up *giving_up = user;
    bell_wait(&giving_up->began, 1);
    via_queue_close(giving_up->queue);
    return NULL;
}

static void who_gives_up_does_not_wait(void **state)
{
    struct giving_up giving_up = {.began = BELL_INIT};
    struct mount_visit given;
    struct stat stat;
    pthread_t thread;
    (void)state;
    process_kill(&server, SIGSTOP); /* and the tree has no limit of time */
    assert_int_equal(via_queue_create(world.node, NULL, NULL, &giving_up.queue), VIA_OK);
    assert_int_equal(pthread_create(&thread, NULL, give_up, &giving_up), 0);
    mount_visit_begin(&given, world.tree, giving_up.queue);
    bell_ring(&giving_up.began);
    assert_int_equal(mount_getattr(&given, mount_tree_root(world.tree), &stat), -EINTR);
    assert_int_equal(mount_getattr(&given, mount_tree_root(world.tree), &stat), -EINTR);
    (void)pthread_join(thread, NULL);
    (void)via_queue_destroy(giving_up.queue);
    process_kill(&server, SIGCONT);
    assert_int_equal(mount_getattr(visit(&world), mount_tree_root(world.tree), &stat), 0);
}

static void *look_again(void *user)
{
    struct mount_visit own;
    struct mount_found found;
    (void)user;
    for (unsigned i = 0; i < 300; i++) {
        mount_visit_begin(&own, world.tree, NULL);
        if (mount_lookup(&own, mount_tree_root(world.tree), "shared", &found) != 0)
            return &world;
        mount_inode_forget(world.tree, found.inode, 1);
    }
    return NULL;
}

static void several_look_at_one(void **state)
{
    pthread_t threads[4];
    (void)state;
    assert_int_equal(put_text(&world, "shared", "x"), 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, look_again, NULL), 0);
    for (size_t i = 0; i < 4; i++) {
        void *failed;
        (void)pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    assert_int_equal(take_away(&world, "shared"), 0);
    assert_int_equal(mount_tree_n_inodes(world.tree), 0);
}

static void a_server_that_comes_again_is_found_again(void **state)
{
    struct stat stat;
    char names[64];
    (void)state;
    mount_world_end(&server);
    while (stat_of(&world, "", &stat) == 0) { /* until its end is known */
    }
    assert_int_equal(stat_of(&world, "", &stat), -EIO);
    mount_world_serve(&world, &server, "via-ramfs-server", NULL, "ramfs: ready as /");
    assert_int_equal(stat_of(&world, "", &stat), 0);
    assert_int_equal(put_text(&world, "again", "x"), 0);
    assert_int_equal(list(&world, "", true, names, sizeof names), 0);
    assert_string_equal(names, "again ");
}

int main(void)
{
#define TEST(name) cmocka_unit_test(name)
    const struct CMUnitTest tests[] = {
        TEST(a_tree_is_made_read_and_removed),
        TEST(content_of_any_size),
        TEST(an_open_file_outlives_its_name),
        TEST(attributes_are_changed),
        TEST(names_are_given_and_taken),
        TEST(directories_are_read_in_any_way),
        TEST(one_filesystem_in_another),
        TEST(a_device_says_what_it_has),
        TEST(nobody_waits_for_ever),
        TEST(who_gives_up_does_not_wait),
        TEST(several_look_at_one),
        TEST(a_server_that_comes_again_is_found_again),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
