/*
 * What is mounted, by a mountinfo of the test's own: what is told of each change.
 */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/event_broker/mounts.h"
#include "tests/unit/bridge/descriptors.h"

#define ROOT "1 0 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
#define DISC "36 1 11:0 / /media/disc ro - iso9660 /dev/sr0 ro\n"

struct world {
    char path[64];
    FILE *file;
    struct mounts mounts;
    char told[4096];
    size_t n_descriptors;
};

static void tell(void *user, enum mounts_change change, const char *path)
{
    static const char signs[] = {
        [MOUNTS_MOUNTED] = '+', [MOUNTS_OFFLINE] = '!', [MOUNTS_DISMOUNTED] = '-'};
    struct world *world = user;
    const size_t size = strlen(world->told);
    (void)snprintf(world->told + size, sizeof world->told - size, "%s%c%s", size == 0 ? "" : " ",
                   signs[change], path);
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->n_descriptors = count_descriptors();
    (void)snprintf(world->path, sizeof world->path, "/tmp/viaduct-mounts-XXXXXX");
    const int fd = mkstemp(world->path);
    assert_true(fd >= 0);
    world->file = fdopen(fd, "w");
    assert_non_null(world->file);
    mounts_init(&world->mounts);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    mounts_deinit(&world->mounts);
    (void)fclose(world->file);
    assert_int_equal(unlink(world->path), 0);
    assert_int_equal(count_descriptors(), world->n_descriptors);
    free(world);
    return 0;
}

static void write_file(struct world *world, const char *text, size_t size)
{
    assert_int_equal(ftruncate(fileno(world->file), 0), 0);
    rewind(world->file);
    assert_int_equal(fwrite(text, 1, size, world->file), size);
    assert_int_equal(fflush(world->file), 0);
}

static void open_with(struct world *world, const char *text)
{
    write_file(world, text, strlen(text));
    assert_int_equal(mounts_open(&world->mounts, world->path), VIA_OK);
}

static const char *after_octets(struct world *world, const char *text, size_t size)
{
    write_file(world, text, size);
    world->told[0] = '\0';
    mounts_dispatch(&world->mounts, tell, world);
    return world->told;
}

static const char *after(struct world *world, const char *text)
{
    return after_octets(world, text, strlen(text));
}

static void what_comes_and_goes_is_told_once(void **state)
{
    struct world *world = *state;
    open_with(world, ROOT);
    assert_string_equal(after(world, ROOT DISC), "+/media/disc");
    assert_string_equal(after(world, DISC ROOT), "");
    assert_string_equal(after(world, ROOT), "-/media/disc");
    assert_string_equal(after(world, ""), "-/");
    assert_string_equal(after(world, ROOT DISC), "+/ +/media/disc");
}

static void what_was_there_before_is_told_when_it_goes(void **state)
{
    struct world *world = *state;
    open_with(world, ROOT DISC);
    assert_string_equal(after(world, ROOT), "-/media/disc");
}

static void the_newest_goes_first(void **state)
{
    struct world *world = *state;
    open_with(world, "7 1 0:7 / /a rw - tmpfs a rw\n"
                     "9 8 0:9 / /a/b/c rw - tmpfs c rw\n"
                     "8 7 0:8 / /a/b rw - tmpfs b rw\n");
    assert_string_equal(after(world, "10 1 0:7 / /z rw - tmpfs z rw\n9 1 0:3 / /y rw - x x rw\n"),
                        "-/a/b/c -/a/b -/a +/y +/z");
}

static void a_number_that_is_used_again_is_another_mount(void **state)
{
    struct world *world = *state;
    open_with(world, ROOT DISC);
    assert_string_equal(after(world, ROOT "36 1 11:0 / /mnt ro - iso9660 /dev/sr0 ro\n"),
                        "-/media/disc +/mnt");
    assert_string_equal(after(world, ROOT "36 1 11:1 / /mnt ro - iso9660 /dev/sr1 ro\n"),
                        "-/mnt +/mnt");
    assert_string_equal(after(world, ROOT "36 1 11:1 / /mnt rw - iso9660 /dev/sr1 rw\n"), "");
}

static void one_over_another_is_one_more(void **state)
{
    struct world *world = *state;
    open_with(world, ROOT DISC);
    assert_string_equal(after(world, ROOT DISC "37 36 0:9 / /media/disc rw - tmpfs x rw\n"),
                        "+/media/disc");
    assert_string_equal(after(world, ROOT DISC), "-/media/disc");
}

static void a_place_has_its_odd_characters_again(void **state)
{
    struct world *world = *state;
    open_with(world, ROOT);
    assert_string_equal(
        after(world, ROOT "36 1 0:1 / /a\\040b\\011c\\012d\\134e\\043 rw - tmpfs x rw\n"),
        "+/a b\tc\nd\\e#");
    /* and what is no escape stays */
    assert_string_equal(after(world, ROOT "37 1 0:1 / /\\04 rw - tmpfs x rw\n"
                                          "38 1 0:1 / /\\090\\400\\000\\ rw - tmpfs x rw\n"
                                          "39 1 0:1 / /\\303\\244 rw - tmpfs x rw\n"),
                        "-/a b\tc\nd\\e# +/\\04 +/\\090\\400\\000\\ +/\303\244");
}

static void lines_that_are_none_are_left_out(void **state)
{
    struct world *world = *state;
    static const char *const odd[] = {
        "",
        " ",
        "36",
        "36 ",
        "36 1",
        "36 1 ",
        "36 1 8",
        "36 1 8:",
        "36 1 8:1",
        "36 1 8:1 ",
        "36 1 8:1 /",
        "36 1 8:1 / ",
        "36 1 8:1 / /mnt",
        "36 1 8:1 / mnt rw",
        "36 1 8:1  /mnt rw",
        "36  1 8:1 / /mnt rw",
        "-36 1 8:1 / /mnt rw",
        "+36 1 8:1 / /mnt rw",
        "x 1 8:1 / /mnt rw",
        "4294967296 1 8:1 / /mnt rw",
        "99999999999999999999999 1 8:1 / /mnt rw",
        "36 1 8.1 / /mnt rw",
        "36 1 8:4294967296 / /mnt rw",
    };
    char text[512];
    open_with(world, ROOT);
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        (void)snprintf(text, sizeof text, "%s\n" ROOT, odd[i]);
        assert_string_equal(after(world, text), "");
        (void)snprintf(text, sizeof text, ROOT "%s", odd[i]);
        assert_string_equal(after(world, text), "");
    }
    assert_string_equal(after(world, ROOT "36 1 4294967295:0 / /mnt rw"), "+/mnt");
    assert_string_equal(after(world, ROOT "4294967295 1 8:1 / /x rw"), "-/mnt +/x");
    /* a text that is none at all changes nothing */
    assert_string_equal(after(world, "nothing\nof the kind\n"), "");
    assert_string_equal(after_octets(world, "\0\0\0\n", 4), "");
    assert_string_equal(after_octets(world, ROOT "\0\n", sizeof ROOT + 1), "-/x");
}

static void a_line_that_is_there_twice_counts_once(void **state)
{
    struct world *world = *state;
    open_with(world, ROOT ROOT);
    assert_string_equal(after(world, ROOT DISC DISC), "+/media/disc");
    assert_string_equal(after(world, ROOT DISC), "");
}

static void a_text_cut_at_every_octet_breaks_nothing(void **state)
{
    struct world *world = *state;
    static const char text[] = ROOT DISC "37 1 0:9 / /a\\040b rw - tmpfs x rw\n";
    open_with(world, text);
    for (size_t cut = sizeof text - 1; cut-- > sizeof ROOT;)
        (void)after_octets(world, text, cut);
    assert_string_equal(after(world, ROOT), world->mounts.n == 1 ? "" : "-/media/disc");
}

static void very_many_are_all_there(void **state)
{
    struct world *world = *state;
    enum { N = 3000, LINE = 64 };
    char *text = calloc(N, LINE);
    size_t size = 0;
    assert_non_null(text);
    open_with(world, ROOT);
    for (unsigned i = 0; i < N; i++)
        size += (size_t)snprintf(text + size, LINE, "%u 1 0:1 / /m/%u rw - tmpfs x rw\n",
                                 2 + i * 7 % N, i);
    (void)after(world, text);
    assert_int_equal(world->mounts.n, N);
    free(text);
}

static void a_device_that_goes_takes_its_filesystems_offline(void **state)
{
    struct world *world = *state;
    open_with(world, ROOT DISC "37 1 11:0 / /mnt ro - iso9660 /dev/sr0 ro\n");
    mounts_device_gone(&world->mounts, 11, 0, tell, world);
    assert_string_equal(world->told, "!/media/disc !/mnt");
    world->told[0] = '\0';
    mounts_device_gone(&world->mounts, 11, 1, tell, world);
    mounts_device_gone(&world->mounts, 8, 0, tell, world);
    assert_string_equal(world->told, "");
    assert_string_equal(after(world, ROOT), "-/mnt -/media/disc");
}

static void what_is_no_mountinfo_cannot_be_opened(void **state)
{
    struct world *world = *state;
    assert_int_equal(mounts_open(&world->mounts, "/nowhere/mountinfo"), VIA_NOT_FOUND);
    mounts_deinit(&world->mounts);
    write_file(world, "root:x:0:0\n", 11);
    assert_int_equal(mounts_open(&world->mounts, world->path), VIA_INVALID);
    mounts_deinit(&world->mounts);
    assert_int_not_equal(mounts_open(&world->mounts, "/tmp"), VIA_OK);
}

static void the_kernels_own_is_one(void **state)
{
    struct world *world = *state;
    assert_int_equal(mounts_open(&world->mounts, MOUNTS_FILE), VIA_OK);
    assert_true(world->mounts.n > 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_comes_and_goes_is_told_once),
        TEST(what_was_there_before_is_told_when_it_goes),
        TEST(the_newest_goes_first),
        TEST(a_number_that_is_used_again_is_another_mount),
        TEST(one_over_another_is_one_more),
        TEST(a_place_has_its_odd_characters_again),
        TEST(lines_that_are_none_are_left_out),
        TEST(a_line_that_is_there_twice_counts_once),
        TEST(a_text_cut_at_every_octet_breaks_nothing),
        TEST(very_many_are_all_there),
        TEST(a_device_that_goes_takes_its_filesystems_offline),
        TEST(what_is_no_mountinfo_cannot_be_opened),
        TEST(the_kernels_own_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
