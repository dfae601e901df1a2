/*
 * Servers that answer what cannot be, that are gone, or that there is no room for: it costs the
 * call, and nothing else.
 */
#define VIADUCT_PHOENIX_FILES
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/unit/bridge/phoenix/files_stage.h"

/* ---- answers ---- */

static int told; /* in the place of what the server says, to this type of message: */
static int told_type;

static void tell(msg_t *msg)
{
    if (msg->type == told_type)
        msg->o.err = told;
}

static void let_it_tell(int type, int err)
{
    told_type = type;
    told = err;
    twist = tell;
}

static void more_than_was_asked_for_is_an_error(void **state)
{
    char data[8], target[8];
    struct iovec pieces[2] = {{.iov_base = data, .iov_len = 2}, {.iov_base = data, .iov_len = 2}};
    (void)state;
    put("/a", "abc");
    assert_int_equal(symlink("a", "/link"), 0);
    int fd = open("/a", O_RDWR);
    let_it_tell(mtRead, 5);
    assert_fails(read(fd, data, 4), EIO);
    assert_fails(pread(fd, data, 4, 0), EIO);
    assert_fails(readv(fd, pieces, 2), EIO);
    let_it_tell(mtRead, PATH_MAX + 1);
    assert_fails(readlink("/link", target, sizeof target), EIO);
    assert_fails(open("/link", O_RDONLY), ENOENT);
    let_it_tell(mtWrite, INT_MAX);
    assert_fails(write(fd, data, 4), EIO);
    assert_fails(pwritev(fd, pieces, 2, 0), EIO);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
    assert_int_equal(close(fd), 0);
}

static void errors_that_nobody_knows_are_errors(void **state)
{
    char octet = 'x';
    struct stat st;
    struct statvfs volume;
    (void)state;
    put("/a", "abc");
    assert_int_equal(mkdir("/dir", 0755), 0);
    int fd = open("/a", O_RDWR);
    static const struct {
        int err, error;
    } answers[] = {{INT_MIN, EIO}, {-70000, 70000}};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        const int error = answers[i].error;
        let_it_tell(mtRead, answers[i].err);
        assert_fails(read(fd, &octet, 1), error);
        let_it_tell(mtWrite, answers[i].err);
        assert_fails(write(fd, &octet, 1), error);
        let_it_tell(mtTruncate, answers[i].err);
        assert_fails(ftruncate(fd, 1), error);
        let_it_tell(mtDevCtl, answers[i].err);
        assert_fails(ioctl(fd, _IO('x', 1)), error);
        let_it_tell(mtGetAttr, answers[i].err);
        assert_fails(lseek(fd, 0, SEEK_END), error);
        let_it_tell(mtGetAttrAll, answers[i].err);
        assert_fails(stat("/a", &st), error);
        let_it_tell(mtSetAttr, answers[i].err);
        assert_fails(chmod("/a", 0600), error);
        assert_fails(futimens(fd, NULL), error);
        let_it_tell(mtStat, answers[i].err);
        assert_fails(statvfs("/a", &volume), error);
        twist = NULL;
    }
    let_it_tell(mtCreate, INT_MIN);
    assert_fails(mkdir("/new", 0755), EIO);
    let_it_tell(mtLink, INT_MIN);
    assert_fails(link("/a", "/b"), EIO);
    let_it_tell(mtUnlink, INT_MIN);
    assert_fails(rmdir("/dir"), EIO);
    let_it_tell(mtClose, INT_MIN);
    assert_fails(close(fd), EIO);
    twist = NULL;
    assert_fails(close(fd), EBADF);
}

static void offsets_have_an_end(void **state)
{
    char octet;
    (void)state;
    put("/a", "abc");
    int fd = open("/a", O_RDWR);
    assert_int_equal(lseek(fd, INT64_MAX, SEEK_SET), INT64_MAX);
    assert_fails(write(fd, "xy", 2), EFBIG);
    assert_fails(lseek(fd, 1, SEEK_CUR), EOVERFLOW);
    let_it_tell(mtRead, 1);
    assert_int_equal(read(fd, &octet, 1), 1);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), INT64_MAX);
    twist = NULL;
    assert_int_equal(close(fd), 0);
}

static void size_below_nothing(msg_t *msg)
{
    if (msg->type == mtGetAttr && msg->i.attr.type == atSize)
        msg->o.attr.val = -5;
}

static void a_size_below_nothing_is_none(void **state)
{
    (void)state;
    put("/a", "abc");
    twist = size_below_nothing;
    int fd = open("/a", O_WRONLY | O_APPEND);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
    assert_fails(lseek(fd, 0, SEEK_END), EINVAL);
    twist = NULL;
    assert_int_equal(close(fd), 0);
}

/* ---- entries ---- */

static struct dirent *entry_of(msg_t *msg)
{
    return msg->type == mtReaddir && msg->o.err >= 0 ? msg->o.data : NULL;
}

static void lead_nowhere(msg_t *msg)
{
    struct dirent *entry = entry_of(msg);
    if (entry != NULL)
        entry->d_reclen = 0;
}

static void have_no_end(msg_t *msg)
{
    struct dirent *entry = entry_of(msg);
    if (entry == NULL)
        return;
    entry->d_namlen = UINT16_MAX;
    memset(entry->d_name, 'x', msg->o.size - sizeof *entry);
}

static void be_longer_than_they_are(msg_t *msg)
{
    struct dirent *entry = entry_of(msg);
    if (entry != NULL)
        entry->d_namlen = UINT16_MAX;
}

static void entries_are_made_good(void **state)
{
    struct dirent **entries;
    (void)state;
    put("/one", "");
    twist = lead_nowhere;
    DIR *dir = opendir("/");
    assert_null(readdir(dir));
    assert_int_equal(errno, EIO);
    assert_fails(scandir("/", &entries, NULL, NULL), EIO);
    twist = have_no_end;
    struct dirent *entry = readdir(dir);
    assert_int_equal(strlen(entry->d_name), NAME_MAX);
    assert_int_equal(entry->d_namlen, NAME_MAX);
    twist = be_longer_than_they_are;
    rewinddir(dir);
    assert_int_equal(readdir(dir)->d_namlen, 3);
    assert_int_equal(scandir("/", &entries, NULL, alphasort), 1);
    assert_int_equal(entries[0]->d_namlen, 3);
    free(entries[0]);
    free(entries);
    twist = NULL;
    seekdir(dir, LONG_MAX);
    twist = be_longer_than_they_are;
    assert_null(readdir(dir));
    assert_int_equal(closedir(dir), 0);
}

/* ---- servers that are gone ---- */

static void what_was_open_is_invalid_when_its_server_is_gone(void **state)
{
    char octet = 'x';
    struct stat st;
    (void)state;
    put("/a", "abc");
    int fd = open("/a", O_RDWR), copy = dup(fd);
    DIR *dir = opendir("/");
    FILE *file = fopen("/a", "r+");
    is_dead = true;
    assert_fails(read(fd, &octet, 1), EINVAL);
    assert_fails(write(copy, &octet, 1), EINVAL);
    assert_fails(fstat(fd, &st), EINVAL);
    assert_fails(lseek(fd, 0, SEEK_END), EINVAL);
    assert_fails(fsync(fd), EINVAL);
    struct pollfd fds = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&fds, 1, -1), 1);
    assert_int_equal(fds.revents, POLLHUP);
    fd_set readable, writable;
    FD_ZERO(&readable);
    FD_SET(fd, &readable);
    writable = readable;
    assert_int_equal(select(fd + 1, &readable, NULL, NULL, NULL), 1);
    assert_int_equal(select(fd + 1, NULL, &writable, NULL, NULL), 1);
    assert_null(readdir(dir));
    assert_int_equal(errno, EINVAL);
    assert_int_equal(fgetc(file), EOF);
    assert_true(ferror(file));
    assert_int_equal(fclose(file), EOF);
    assert_fails(closedir(dir), EINVAL);
    assert_int_equal(close(copy), 0); /* not the last one */
    assert_fails(close(fd), EINVAL);
    assert_fails(close(fd), EBADF);
    is_dead = false;
    assert_int_equal(small_server_n_open(), 3); /* it has ended with them */
    (void)small_server_begin(PORT);
}

/* ---- no room ---- */

static void without_descriptors_nothing_stays_open(void **state)
{
    struct rlimit limit, none;
    (void)state;
    put("/a", "abc");
    assert_int_equal(mkdir("/dir", 0755), 0);
    int fd = open("/a", O_RDONLY);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = limit;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_fails(open("/a", O_RDONLY), EMFILE);
    assert_fails(dup(fd), EMFILE);
    assert_null(fopen("/a", "r"));
    assert_int_equal(errno, EMFILE);
    DIR *dir = opendir("/dir"); /* needs none until it is asked for */
    assert_non_null(dir);
    assert_fails(dirfd(dir), EMFILE);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_true(dirfd(dir) >= 0);
    assert_int_equal(closedir(dir), 0);
    assert_int_equal(small_server_n_open(), 1);
    assert_int_equal(close(fd), 0);
}

static void a_stream_tells_what_was_not_written(void **state)
{
    char much[600];
    (void)state;
    memset(much, 'x', sizeof much);
    FILE *file = fopen("/a", "w");
    assert_int_equal(fwrite(much, 1, sizeof much, file), sizeof much); /* into its buffer */
    assert_int_equal(fclose(file), EOF);
    assert_int_equal(errno, ENOSPC);
}

/* ---- devices ---- */

static oid_t noticed[4];
static int notices[4];
static unsigned int n_notices;

static void take_notice(msg_t *msg)
{
    if ((msg->type != mtLink && msg->type != mtUnlink) || strchr(msg->i.data, '/') == NULL)
        return;
    if (n_notices < 4) {
        noticed[n_notices] = msg->i.ln.oid;
        notices[n_notices] = msg->type;
    }
    n_notices++;
    msg->o.err = -EPERM; /* counts for nothing */
}

static void a_device_hears_of_its_names(void **state)
{
    oid_t root, device;
    (void)state;
    put("/driver", "");
    assert_int_equal(lookup("/", &root, NULL), 0);
    assert_int_equal(lookup("/driver", NULL, &device), 0);
    msg_t msg = {.type = mtCreate, .oid = root};
    msg.i.create.type = otDev;
    msg.i.create.mode = S_IFCHR | 0666;
    msg.i.create.dev = device;
    msg.i.data = "node";
    msg.i.size = sizeof "node";
    assert_int_equal(msgSend(PORT, &msg), 0);
    assert_int_equal(msg.o.err, 0);
    n_notices = 0;
    twist = take_notice;
    assert_int_equal(unlink("/driver"), 0); /* a file: nobody else is told */
    assert_int_equal(n_notices, 0);
    put("/driver", "");
    assert_int_equal(link("/node", "/again"), 0);
    assert_int_equal(unlink("/node"), 0);
    assert_int_equal(n_notices, 2);
    assert_int_equal(notices[0], mtLink);
    assert_int_equal(notices[1], mtUnlink);
    assert_int_equal(noticed[0].id, device.id);
    assert_int_equal(noticed[1].id, device.id);
    twist = NULL;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(more_than_was_asked_for_is_an_error),
        TEST(errors_that_nobody_knows_are_errors),
        TEST(offsets_have_an_end),
        TEST(a_size_below_nothing_is_none),
        TEST(entries_are_made_good),
        TEST(what_was_open_is_invalid_when_its_server_is_gone),
        TEST(without_descriptors_nothing_stays_open),
        TEST(a_stream_tells_what_was_not_written),
        TEST(a_device_hears_of_its_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
