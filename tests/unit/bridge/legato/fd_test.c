/*
 * Descriptors under the family's names.
 */
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "include/legato/le_fd.h"

static void a_file_is_written_and_read(void **state)
{
    (void)state;
    char folder[] = "/tmp/legato_fd_XXXXXX";
    char path[64];
    char text[8] = "";
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/file", folder);
    assert_int_equal(le_fd_Open(path, O_RDWR), -1);
    assert_int_equal(errno, ENOENT);
    int fd = le_fd_Open(path, O_RDWR | O_CREAT);
    assert_true(fd >= 0);
    assert_int_equal(le_fd_Write(fd, "abc", 3), 3);
    int other = le_fd_Dup(fd);
    assert_true(other >= 0);
    assert_int_equal(lseek(other, 0, SEEK_SET), 0);
    assert_int_equal(le_fd_Read(fd, text, sizeof text), 3);
    assert_string_equal(text, "abc");
    assert_int_equal(le_fd_Close(other), 0);
    assert_int_equal(le_fd_Close(fd), 0);
    assert_int_equal(le_fd_Close(fd), -1);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(le_fd_MkFifo(path, 0600), 0);
    assert_int_equal(le_fd_MkFifo(path, 0600), -1);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void flags_and_requests_pass(void **state)
{
    (void)state;
    int ends[2];
    int waiting = 0;
    assert_int_equal(pipe(ends), 0);
    int flags = le_fd_Fcntl(ends[0], F_GETFL);
    assert_int_equal(flags & O_NONBLOCK, 0);
    assert_int_equal(le_fd_Fcntl(ends[0], F_SETFL, flags | O_NONBLOCK), 0);
    assert_int_equal(le_fd_Fcntl(ends[0], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    char octet = 0;
    assert_int_equal(le_fd_Read(ends[0], &octet, 1), -1);
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(le_fd_Write(ends[1], "xy", 2), 2);
    assert_int_equal(le_fd_Ioctl(ends[0], FIONREAD, &waiting), 0);
    assert_int_equal(waiting, 2);
    assert_int_equal(le_fd_Close(ends[0]), 0);
    assert_int_equal(le_fd_Close(ends[1]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_written_and_read),
        cmocka_unit_test(flags_and_requests_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
