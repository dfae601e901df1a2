/*
 * Files when memory runs out, at each place where it is asked for: the call fails with ENOMEM or
 * does without, and nothing stays open.
 */
#define VIADUCT_PHOENIX_FILES
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/bridge/phoenix/files_stage.h"
#include "tests/unit/bridge/scarce_memory.h"

#define PLACES_MAX 50 /* where a call asks for memory; fewer than this */

typedef unsigned char large_t[100];

/* Each returns 0, or -1 and errno. */

static int opens(void)
{
    int fd = open("/dir/file", O_RDONLY);
    return fd < 0 ? -1 : close(fd);
}

static int opens_at_a_high_number(void)
{
    int fd = open("/dir/file", O_RDONLY);
    if (fd < 0)
        return -1;
    int copy = fcntl(fd, F_DUPFD, 200); /* the table grows */
    const int error = errno;
    (void)close(fd);
    if (copy >= 0)
        return close(copy);
    errno = error;
    return -1;
}

static int opens_a_directory(void)
{
    DIR *dir = opendir("/dir");
    if (dir == NULL)
        return -1;
    const int fd = dirfd(dir);
    const int error = errno;
    (void)closedir(dir);
    errno = error;
    return fd < 0 ? -1 : 0;
}

static int takes_a_descriptor(void)
{
    int fd = open("/dir", O_RDONLY);
    if (fd < 0)
        return -1;
    DIR *dir = fdopendir(fd);
    if (dir != NULL)
        return closedir(dir);
    const int error = errno;
    (void)close(fd);
    errno = error;
    return -1;
}

static int scans(void)
{
    struct dirent **entries;
    int n = scandir("/dir", &entries, NULL, alphasort);
    for (int i = 0; i < n; i++)
        free(entries[i]);
    if (n >= 0)
        free(entries);
    return n < 0 ? -1 : 0;
}

static int streams(void)
{
    FILE *file = fopen("/dir/file", "r");
    return file == NULL ? -1 : fclose(file);
}

static int makes_a_link(void)
{
    return symlink("file", "/dir/link") < 0 ? -1 : unlink("/dir/link");
}

static int polls(void)
{
    struct pollfd fds = {.fd = -1};
    return poll(&fds, 1, 0);
}

static int controls(void)
{
    large_t large;
    int fd = open("/dir/file", O_RDONLY);
    if (fd < 0)
        return -1;
    int result = ioctl(fd, _IOR('x', 1, large_t), large);
    const int error = errno;
    (void)close(fd);
    errno = error;
    return result;
}

static int changes_directory(void)
{
    return chdir("/dir");
}

static void each_place_may_have_none(void **state)
{
    int (*const calls[])(void) = {opens,
                                  opens_at_a_high_number,
                                  opens_a_directory,
                                  takes_a_descriptor,
                                  scans,
                                  streams,
                                  makes_a_link,
                                  polls,
                                  controls,
                                  changes_directory};
    (void)state;
    assert_int_equal(mkdir("/dir", 0755), 0);
    put("/dir/file", "x");
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        size_t n = 0, n_failed = 0;
        int result;
        do {
            assert_true(n < PLACES_MAX);
            memory_fail(n++, 0);
            errno = 0;
            result = calls[i]();
            const int error = errno;
            const size_t n_asked = memory_n_asked();
            memory_fail(MEMORY_ENOUGH, 0);
            assert_true(result == 0 || error == ENOMEM);
            assert_int_equal(small_server_n_open(), 0);
            n_failed += result != 0;
            if (n_asked < n)
                break;
        } while (1);
        assert_int_equal(result, 0);
        assert_true(n_failed > 0 || calls[i] == changes_directory); /* that is libc's strdup() */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_place_may_have_none, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
