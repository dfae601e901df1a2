/*
 * A mounted tree of a server that means no good (phoenix/hostile.c): every operation ends, and what
 * it says is something that Linux takes from a filesystem.
 */
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "tests/integration/mount_world.h"

static struct mount_world world;
static struct process server;

static int set_up(void **state)
{
    (void)state;
    mount_world_start(&world);
    mount_world_serve(&world, &server, "../tests/integration/phoenix/older/hostile", NULL, "ready");
    return mount_world_mount(&world, "/", 20000, true);
}

static int tear_down(void **state)
{
    (void)state;
    mount_world_unmount(&world);
    mount_world_end(&server);
    mount_world_stop(&world);
    return 0;
}

static void names_that_lead_elsewhere_are_left_out(void **state)
{
    char names[256];
    (void)state;
    for (int whole = 0; whole < 2; whole++) {
        assert_int_equal(list(&world, "names", whole == 1, names, sizeof names), 0);
        assert_string_equal(names, "good \001\377 cut ");
        assert_int_equal(list(&world, "dev", whole == 1, names, sizeof names), 0);
        assert_string_equal(names, "good ");
    }
}

static void a_directory_that_does_not_get_on_is_an_error(void **state)
{
    char names[64];
    (void)state;
    for (int whole = 0; whole < 2; whole++) {
        assert_int_equal(list(&world, "still", whole == 1, names, sizeof names), -EIO);
        assert_int_equal(list(&world, "nameless", whole == 1, names, sizeof names), -EIO);
    }
}

static void an_endless_directory_is_read_as_far_as_anyone_likes(void **state)
{
    static struct mount_entry entry;
    struct mount_dir *dir;
    char name[32];
    (void)state;
    struct mount_inode *inode = at(&world, "endless");
    assert_int_equal(mount_opendir(visit(&world), inode, &dir), 0);
    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(name, sizeof name, "%u", i * 7);
        assert_int_equal(mount_readdir(visit(&world), dir, i + 2, i % 3 == 0, &entry), 1);
        assert_string_equal(entry.name, name);
    }
    assert_int_equal(mount_releasedir(visit(&world), dir), 0);
    leave(&world, inode);
}

/* What is asked for ahead is taken only where the directory goes on. */
static void places_that_do_not_stay_numbers(void **state)
{
    char names[256];
    (void)state;
    for (int whole = 0; whole < 2; whole++) {
        assert_int_equal(list(&world, "jumpy", whole == 1, names, sizeof names), 0);
        assert_string_equal(names, "0 1 2 3 4 5 6 7 8 9 14 15 16 17 18 19 20 ");
    }
}

static void a_directory_in_itself_is_one(void **state)
{
    struct stat stat, inner;
    char names[64];
    (void)state;
    assert_int_equal(stat_of(&world, "loop", &stat), 0);
    assert_int_equal(stat_of(&world, "loop/loop/loop", &inner), 0);
    assert_int_equal(stat.st_ino, inner.st_ino);
    assert_int_equal(list(&world, "loop/loop", true, names, sizeof names), 0);
    assert_string_equal(names, "loop root ");
}

static void numbers_that_cannot_be_are_others(void **state)
{
    struct stat stat;
    struct statvfs volume;
    char text[32];
    (void)state;
    assert_int_equal(stat_of(&world, "huge", &stat), 0);
    assert_int_equal(stat.st_size, INT64_MAX);
    assert_int_equal(stat.st_nlink, 1);
    assert_int_equal(stat.st_uid, 501); /* there is no such user */
    assert_int_equal(stat.st_blksize, 4096);
    assert_int_equal(stat_of(&world, "negative", &stat), 0);
    assert_int_equal(stat.st_size, 0);
    assert_int_equal(stat.st_mtime, 0);
    assert_int_equal(stat.st_blocks, 0);
    for (size_t i = 0; i < 4; i++) {
        static const char *const paths[] = {"good", "huge", "negative", "empty"};
        assert_int_equal(get_text(&world, paths[i], text, sizeof text), 0);
        assert_string_equal(text, "hello");
    }
    assert_int_equal(mount_statfs(visit(&world), mount_tree_root(world.tree), &volume), 0);
    assert_in_range(volume.f_bsize, 1, UINT32_MAX);
    assert_in_range(volume.f_frsize, 1, UINT32_MAX);
}

static void counts_that_cannot_be_are_errors(void **state)
{
    char text[32];
    (void)state;
    assert_int_equal(get_text(&world, "greedy", text, sizeof text), -EINVAL);
    assert_int_equal(put_text(&world, "taker", "hello"), -EIO);
    assert_int_equal(put_text(&world, "sloth", "hello"), -EIO);
}

/* The kernel takes none below -511, and leaves who asked waiting. */
static void errors_are_linux_s(void **state)
{
    struct stat stat;
    char text[32];
    (void)state;
    assert_int_equal(stat_of(&world, "odd", &stat), -EIO);
    assert_int_equal(stat_of(&world, "errors", &stat), 0); /* it has no attributes */
    assert_int_equal(get_text(&world, "errors", text, sizeof text), -EIO);
    assert_int_equal(put_text(&world, "good", "x"), -EIO);
    assert_int_equal(take_away(&world, "good"), -EOPNOTSUPP); /* nor does it hear ENOSYS */
    assert_int_equal(move(&world, "good", "other", 0), -EOPNOTSUPP);
    assert_int_equal(put_text(&world, "new", "x"), -EIO); /* it is nowhere */
    assert_int_equal(make_dir(&world, "new"), -EIO);
}

static void an_answer_that_does_not_come_is_not_waited_for(void **state)
{
    char text[32];
    (void)state;
    mount_world_unmount(&world);
    assert_int_equal(mount_world_mount(&world, "/", 200, true), 0);
    assert_int_equal(get_text(&world, "silent", text, sizeof text), -ETIMEDOUT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test(name)
    const struct CMUnitTest tests[] = {
        TEST(names_that_lead_elsewhere_are_left_out),
        TEST(a_directory_that_does_not_get_on_is_an_error),
        TEST(an_endless_directory_is_read_as_far_as_anyone_likes),
        TEST(places_that_do_not_stay_numbers),
        TEST(a_directory_in_itself_is_one),
        TEST(numbers_that_cannot_be_are_others),
        TEST(counts_that_cannot_be_are_errors),
        TEST(errors_are_linux_s),
        TEST(an_answer_that_does_not_come_is_not_waited_for),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
