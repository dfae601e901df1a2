/*
 * Files of the host for programs that have that system's flags and want no more than that.
 */
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static void flags_are_translated_there_and_back(void **state)
{
    static const int flags[] = {O_RDONLY, O_WRONLY, O_RDWR, O_RDWR | O_APPEND,
                                O_WRONLY | O_NONBLOCK | O_APPEND};
    char path[] = "/tmp/viaduct-host-XXXXXX";
    (void)state;
    assert_int_equal(close(mkstemp(path)), 0);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        int fd = open(path, flags[i] | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(fcntl(fd, F_GETFL), flags[i]);
        assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
        assert_int_equal(close(fd), 0);
    }
    int fd = openat(AT_FDCWD, path, O_RDWR | O_SYNC);
    assert_int_equal(fcntl(fd, F_GETFL) & (O_RDWR | O_SYNC), O_RDWR | O_SYNC);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    assert_int_equal(close(fd), 0);
    assert_int_equal(open(path, O_CREAT | O_EXCL | O_RDWR, 0600), -1);
    assert_int_equal(errno, EEXIST);
    fd = creat(path, 0600);
    assert_int_equal(fcntl(fd, F_GETFL), O_WRONLY);
    assert_int_equal(close(fd), 0);
    assert_int_equal(unlink(path), 0);
}

static void pipes_are_polled_by_its_events(void **state)
{
    int ends[2];
    (void)state;
    assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    assert_int_equal(fcntl(ends[0], F_GETFL), O_RDONLY | O_NONBLOCK);
    struct pollfd fds[] = {{.fd = ends[0], .events = POLLIN | POLLRDNORM},
                           {.fd = ends[1], .events = POLLOUT}};
    assert_int_equal(poll(fds, 2, -1), 1);
    assert_int_equal(fds[0].revents, 0);
    assert_int_equal(fds[1].revents, POLLOUT);
    assert_int_equal(close(ends[1]), 0);
    assert_int_equal(poll(fds, 1, -1), 1);
    assert_int_equal(fds[0].revents, POLLHUP);
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(poll(fds, 1, 0), 1);
    assert_int_equal(fds[0].revents, POLLNVAL);
    assert_int_equal(poll(NULL, 0, 1), 0);
}

static void shared_memory_is_made_by_its_flags(void **state)
{
    char name[64];
    (void)state;
    (void)snprintf(name, sizeof name, "/viaduct-host-%d", (int)getpid());
    int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    assert_int_equal(shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600), -1);
    assert_int_equal(errno, EEXIST);
    assert_int_equal(ftruncate(fd, 1), 0);
    int other = dup3(fd, fd + 1, O_CLOEXEC);
    assert_int_equal(fcntl(other, F_GETFD), FD_CLOEXEC);
    assert_int_equal(close(other) + close(fd), 0);
    assert_int_equal(shm_unlink(name), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_are_translated_there_and_back),
        cmocka_unit_test(pipes_are_polled_by_its_events),
        cmocka_unit_test(shared_memory_is_made_by_its_flags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
