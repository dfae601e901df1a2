/*
 * Files of servers and of the host, by the names that programs use.
 */
#define VIADUCT_PHOENIX_FILES
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/bridge/phoenix/files_stage.h"

/* ---- open files ---- */

static void what_is_written_is_read(void **state)
{
    char data[8] = "";
    (void)state;
    put("/a", "hello");
    int fd = open("/a", O_RDWR);
    assert_int_equal(read(fd, data, 2), 2);
    assert_int_equal(read(fd, data, sizeof data), 3);
    assert_memory_equal(data, "llo", 3);
    assert_int_equal(read(fd, data, sizeof data), 0);
    assert_int_equal(lseek(fd, -1, SEEK_END), 4);
    assert_int_equal(write(fd, "ow", 2), 2);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 6);
    assert_int_equal(pread(fd, data, 4, 1), 4);
    assert_memory_equal(data, "ello", 4);
    assert_int_equal(pwrite(fd, "J", 1, 0), 1);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 6);
    assert_fails(lseek(fd, -1, SEEK_SET), EINVAL);
    assert_int_equal(ftruncate(fd, 5), 0);
    assert_int_equal(fsync(fd), 0);
    assert_int_equal(close(fd), 0);
    assert_holds("/a", "Jello");
    assert_fails(close(fd), EBADF);
}

static void to_open_takes_three_messages_however_long_the_path(void **state)
{
    (void)state;
    assert_int_equal(mkdir("/a", 0755), 0);
    assert_int_equal(mkdir("/a/b", 0755), 0);
    put("/a/b/c", "x");
    small_server_forget_counts();
    int fd = open("/a/./b//c", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_int_equal(small_counts.of[mtLookup], 1);
    assert_int_equal(small_counts.of[mtGetAttr], 1);
    assert_int_equal(small_counts.of[mtOpen], 1);
    assert_int_equal(small_counts.all, 3);
    assert_int_equal(small_last.i.openclose.flags, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    char octet;
    assert_int_equal(read(fd, &octet, 1), 1);
    assert_int_equal(small_last.i.io.mode, O_RDONLY | O_NONBLOCK);
    assert_int_equal(small_last.i.io.len, 0);
    assert_int_equal(close(fd), 0);
}

static void flags_say_what_may_be_done(void **state)
{
    char octet = 'x';
    (void)state;
    put("/a", "abc");
    int fd = open("/a", O_WRONLY | O_APPEND);
    assert_fails(read(fd, &octet, 1), EBADF);
    assert_int_equal(write(fd, "d", 1), 1);
    assert_int_equal(fcntl(fd, F_GETFL), O_WRONLY | O_APPEND);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(fcntl(fd, F_GETFL), O_WRONLY | O_NONBLOCK);
    assert_int_equal(close(fd), 0);
    fd = open("/a", O_RDONLY);
    assert_fails(write(fd, &octet, 1), EBADF);
    assert_int_equal(close(fd), 0);
    assert_holds("/a", "abcd");
    assert_int_equal(mkdir("/dir", 0755), 0);
    assert_fails(open("/dir", O_WRONLY), EISDIR);
    assert_fails(open("/none", O_RDWR), ENOENT);
    assert_fails(open("/none/a", O_RDWR | O_CREAT, 0644), ENOENT);
}

static void a_file_closes_with_its_last_descriptor(void **state)
{
    char octets[2];
    (void)state;
    put("/a", "abc");
    int fd = open("/a", O_RDONLY);
    int copy = dup(fd), third = fcntl(fd, F_DUPFD, 0);
    assert_true(copy >= 0 && third >= 0 && copy != fd && third != copy);
    assert_int_equal(read(fd, octets, 1), 1);
    assert_int_equal(read(copy, octets, 1), 1);
    assert_int_equal(octets[0], 'b');
    assert_int_equal(close(fd), 0);
    assert_int_equal(close(third), 0);
    assert_int_equal(small_server_n_open(), 1);
    int pipes[2];
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    assert_int_equal(dup2(pipes[0], copy), copy); /* it is a pipe's now */
    assert_int_equal(small_server_n_open(), 0);
    assert_int_equal(write(pipes[1], "z", 1), 1);
    assert_int_equal(read(copy, octets, 2), 1);
    assert_int_equal(close(pipes[0]) + close(pipes[1]) + close(copy), 0);
}

/* It is found out before the file has lost what it had. */
static void no_descriptor_is_left(void **state)
{
    struct rlimit before, none;
    (void)state;
    put("/kept", "kept");
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    int fd = open("/kept", O_RDWR | O_TRUNC);
    const int error = errno;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    errno = error;
    assert_fails(fd, EMFILE);
    assert_holds("/kept", "kept");
    assert_int_equal(unlink("/kept"), 0);
}

static void a_signal_ends_a_read_and_nothing_else(void **state)
{
    char octet;
    (void)state;
    put("/a", "abc");
    interrupt = 1;
    int fd = open("/a", O_RDONLY);
    assert_true(fd >= 0);
    interrupt = 1;
    assert_fails(read(fd, &octet, 1), EINTR);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
    interrupt = 1;
    assert_int_equal(close(fd), 0);
}

static void a_child_does_not_close_for_its_parent(void **state)
{
    int status;
    (void)state;
    put("/a", "abc");
    int fd = open("/a", O_RDONLY);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const unsigned int before = small_counts.of[mtClose];
        _exit(close(fd) == 0 && small_counts.of[mtClose] == before ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(close(fd), 0);
}

/* It has its parent's memory, but descriptors of its own. */
static void a_child_of_vfork_closes_what_is_its_own(void **state)
{
    int status;
    char octet;
    (void)state;
    put("/a", "abc");
    int fd = open("/a", O_RDONLY);
    pid_t child =
        vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork): the test's matter */
    if (child == 0) {
        /* NOLINTBEGIN(clang-analyzer-unix.Vfork): as programs do before exec() */
        (void)dup2(fd, STDIN_FILENO);
        (void)close(fd);
        /* NOLINTEND(clang-analyzer-unix.Vfork) */
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(small_server_n_open(), 1);
    assert_int_equal(read(fd, &octet, 1), 1);
    assert_int_equal(close(fd), 0);
    assert_int_equal(small_server_n_open(), 0);
    assert_int_equal(unlink("/a"), 0);
}

/* ---- paths ---- */

static void links_are_followed_wherever_they_are(void **state)
{
    char target[32];
    struct stat st;
    (void)state;
    assert_int_equal(mkdir("/a", 0755), 0);
    assert_int_equal(mkdir("/a/b", 0755), 0);
    put("/a/b/c", "deep");
    assert_int_equal(symlink("a/b", "/short"), 0);
    assert_int_equal(symlink("/short/c", "/a/file"), 0);
    assert_int_equal(symlink("loop", "/loop"), 0);
    assert_holds("/short/c", "deep");
    assert_holds("/a/file", "deep");
    assert_holds("/short/../b/c", "deep"); /* up from where it leads to */
    assert_fails(open("/short/../../c", O_RDONLY), ENOENT);
    assert_fails(open("/loop", O_RDONLY), ELOOP);
    assert_int_equal(readlink("/a/file", target, sizeof target), 8);
    assert_memory_equal(target, "/short/c", 8);
    assert_int_equal(readlink("/a/file", target, 3), 3);
    assert_fails(readlink("/a", target, sizeof target), EINVAL);
    assert_int_equal(lstat("/short", &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(stat("/short", &st), 0);
    assert_true(S_ISDIR(st.st_mode));
    char *path = resolve_path("/a/file", NULL, 1, 0);
    assert_string_equal(path, "/a/b/c");
    free(path);
    path = resolve_path("/a/../short", NULL, 0, 0);
    assert_string_equal(path, "/short");
    free(path);
    assert_null(resolve_path("/short/new", NULL, 1, 0));
    assert_int_equal(errno, ENOENT);
    path = resolve_path("/short/new", NULL, 1, 1);
    assert_string_equal(path, "/a/b/new");
    free(path);
}

static void what_a_link_promises_can_be_made(void **state)
{
    (void)state;
    assert_int_equal(mkdir("/a", 0755), 0);
    assert_int_equal(symlink("a/new", "/promise"), 0);
    put("/promise", "kept");
    assert_holds("/a/new", "kept");
}

static void relative_paths_begin_at_the_working_directory(void **state)
{
    char path[32];
    (void)state;
    assert_int_equal(mkdir("/a", 0755), 0);
    put("/a/b", "here");
    assert_fails(chdir("/a/b"), ENOTDIR);
    assert_int_equal(chdir("/a"), 0);
    assert_string_equal(getcwd(path, sizeof path), "/a");
    assert_holds("b", "here");
    assert_holds("../a/b", "here");
    assert_int_equal(chdir(".."), 0);
    assert_string_equal(getcwd(path, sizeof path), "/");
    assert_holds("a/b", "here");
    assert_null(getcwd(path, 1));
    assert_int_equal(errno, ERANGE);
    has_root = false; /* its server has ended */
    assert_fails(open("a/b", O_RDONLY), ENOENT);
    assert_fails(mkdir("new", 0755), ENOENT);
    has_root = true;
    int dir = open("/a", O_RDONLY);
    int fd = openat(dir, "b", O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(close(dir) + close(fd), 0);
}

/* ---- names and attributes ---- */

static void names_are_given_and_taken(void **state)
{
    (void)state;
    assert_int_equal(mkdir("/a", 0750), 0);
    assert_fails(mkdir("/a", 0750), EEXIST);
    assert_fails(mkdir("/", 0750), EEXIST);
    put("/a/x", "1");
    put("/a/y", "2");
    assert_fails(rmdir("/a"), ENOTEMPTY);
    assert_fails(unlink("/a"), EISDIR);
    assert_fails(rmdir("/a/x"), ENOTDIR);
    assert_fails(link("/a/x", "/a/y"), EEXIST);
    assert_int_equal(link("/a/x", "/z"), 0);
    assert_holds("/z", "1");
    assert_int_equal(rename("/z", "/a/y"), 0);
    assert_holds("/a/y", "1");
    assert_fails(access("/z", F_OK), ENOENT);
    assert_int_equal(rename("/a/x", "/a/x"), 0);
    assert_int_equal(access("/a/x", F_OK), 0);
    assert_int_equal(unlink("/a/x"), 0);
    assert_int_equal(remove("/a/y"), 0);
    assert_int_equal(rmdir("/a"), 0);
    assert_fails(unlink("/a"), ENOENT);
}

static void attributes_are_the_nodes(void **state)
{
    struct stat st;
    struct statvfs volume;
    (void)state;
    put("/a", "12345");
    assert_int_equal(chmod("/a", 0600), 0);
    assert_int_equal(stat("/a", &st), 0);
    assert_int_equal(st.st_mode, S_IFREG | 0600);
    assert_int_equal(st.st_size, 5);
    assert_int_equal(st.st_mtime, 1234);
    assert_int_equal(st.st_dev, PORT);
    int fd = open("/a", O_RDONLY);
    struct stat again;
    assert_int_equal(fstat(fd, &again), 0);
    assert_int_equal(again.st_ino, st.st_ino);
    assert_int_equal(close(fd), 0);
    assert_int_equal(truncate("/a", 2), 0);
    assert_holds("/a", "12");
    assert_fails(stat("/none", &st), ENOENT);
    assert_int_equal(statvfs("/a", &volume), 0);
    assert_int_equal(volume.f_namemax, 31);
    assert_int_equal(small_last.oid.port, 0);
}

static void directories_are_read_to_their_ends(void **state)
{
    (void)state;
    assert_int_equal(mkdir("/dir", 0755), 0);
    put("/dir/one", "");
    put("/two", "");
    assert_int_equal(mkdir("/dir/three", 0755), 0);
    DIR *dir = opendir("/dir");
    assert_non_null(dir);
    for (int round = 0; round < 2; round++) {
        struct dirent *entry = readdir(dir);
        assert_string_equal(entry->d_name, "one");
        assert_int_equal(entry->d_namlen, 3);
        assert_int_equal(entry->d_type, DT_REG);
        entry = readdir(dir);
        assert_string_equal(entry->d_name, "three");
        assert_int_equal(entry->d_type, DT_DIR);
        errno = 0;
        assert_null(readdir(dir));
        assert_int_equal(errno, 0);
        rewinddir(dir);
    }
    assert_int_equal(closedir(dir), 0);
    assert_null(opendir("/two"));
    assert_int_equal(errno, ENOTDIR);
}

/* ---- devices ---- */

static void requests_go_to_the_device(void **state)
{
    typedef unsigned char large_t[100];
    unsigned char small = 7;
    large_t large = {9}, answer = {0};
    (void)state;
    put("/device", "x");
    int fd = open("/device", O_RDWR);
    assert_int_equal(ioctl(fd, _IOW('x', 1, unsigned char), &small), 7);
    assert_int_equal(ioctl(fd, _IOW('x', 1, large_t), large), 9);
    assert_int_equal(ioctl(fd, _IOV('x', 1, int), 5), 5);
    assert_int_equal(ioctl(fd, _IOR('x', 1, large_t), answer), 0);
    assert_int_equal(answer[99], 'o');
    assert_int_equal(ioctl(fd, _IOR('x', 1, unsigned char), &small), 0);
    assert_int_equal(small, 'o');
    assert_int_equal(ioctl(fd, _IOWR('x', 1, large_t), large), 0);
    assert_int_equal(large[0], 9);
    assert_fails(ioctl(fd, _IO('y', 1)), ENOTTY);
    assert_fails(ioctl(fd, _IOR('x', 1, int), (void *)NULL), EFAULT);
    assert_int_equal(isatty(fd), 0);
    assert_int_equal(errno, ENOTTY);
    assert_int_equal(close(fd), 0);
}

static void servers_and_pipes_are_polled_together(void **state)
{
    int pipes[2];
    (void)state;
    put("/a", "");
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    struct pollfd fds[] = {{.fd = open("/a", O_RDWR), .events = POLLIN},
                           {.fd = pipes[0], .events = POLLIN}};
    assert_int_equal(poll(fds, 2, 0), 0);
    assert_int_equal(write(pipes[1], "x", 1), 1);
    assert_int_equal(poll(fds, 2, -1), 1);
    assert_int_equal(fds[0].revents, 0);
    assert_int_equal(fds[1].revents, POLLIN);
    assert_int_equal(write(fds[0].fd, "x", 1), 1);
    assert_int_equal(poll(fds, 2, -1), 2);
    assert_int_equal(fds[0].revents, POLLIN);
    fds[0].events = POLLOUT;
    assert_int_equal(poll(fds, 1, 1000), 1);
    assert_int_equal(fds[0].revents, POLLOUT);
    assert_int_equal(close(fds[0].fd) + close(pipes[0]) + close(pipes[1]), 0);
}

static void a_filesystem_is_mounted_on_a_directory(void **state)
{
    (void)state;
    assert_int_equal(mkdir("/mnt", 0755), 0);
    put("/disk", "");
    put("/file", "seen");
    assert_fails(mount("/disk", "/mnt", "a name too long for it", 0, NULL), EINVAL);
    assert_int_equal(mount("/disk", "/mnt", "small", 0, NULL), 0);
    assert_holds("/mnt/file", "seen");
    assert_int_equal(umount("/mnt"), 0);
    assert_fails(access("/mnt/file", F_OK), ENOENT);
    assert_fails(umount("/mnt"), EINVAL);
    assert_fails(mount("/none", "/mnt", "small", 0, NULL), ENOENT);
}

/* ---- the host ---- */

static void the_hosts_files_are_there_below_their_name(void **state)
{
    char path[128], data[8] = "";
    struct stat st;
    (void)state;
    (void)snprintf(path, sizeof path, "/@host%s/file", host);
    put(path, "linux");
    assert_holds(path, "linux");
    assert_int_equal(small_counts.all, 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 5);
    int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC);
    assert_int_equal(fcntl(fd, F_GETFL) & ~O_SYNC, O_RDWR | O_APPEND);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(pread(fd, data, 5, 0), 5);
    assert_int_equal(close(fd), 0);
    assert_fails(open(path, O_WRONLY | O_CREAT | O_EXCL, 0600), EEXIST);
    assert_fails(link(path, "/a"), EXDEV);
    assert_fails(open(host, O_RDONLY), ENOENT); /* a root is all of it */
    assert_int_equal(unlink(path), 0);
}

static void without_a_root_all_is_the_hosts(void **state)
{
    char path[128];
    (void)state;
    has_root = false;
    (void)snprintf(path, sizeof path, "%s/file", host);
    put(path, "linux");
    assert_holds(path, "linux");
    DIR *dir = opendir(host);
    assert_non_null(dir);
    unsigned int n = 0;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL; n++)
        assert_int_equal(entry->d_namlen, strlen(entry->d_name));
    assert_int_equal(n, 3); /* and the two with dots */
    assert_int_equal(closedir(dir), 0);
    char resolved[PATH_MAX];
    assert_ptr_equal(resolve_path(path, resolved, 1, 0), resolved);
    assert_string_equal(resolved, path);
    assert_int_equal(unlink(path), 0);
    assert_ptr_equal(resolve_path(path, resolved, 1, 1), resolved);
    assert_string_equal(resolved, path);
    assert_int_equal(small_counts.all, 0);
}

static void when_the_roots_server_is_gone_nothing_becomes_the_hosts(void **state)
{
    char path[128], below[160];
    (void)state;
    (void)snprintf(path, sizeof path, "%s/file", host);
    (void)snprintf(below, sizeof below, "/@host%s", path);
    put(below, "linux");
    put("/there_is_a_root", "");
    assert_int_equal(unlink("/there_is_a_root"), 0);
    has_root = false;
    assert_fails(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600), ENOENT);
    assert_fails(unlink(path), ENOENT);
    assert_fails(mkdir(host, 0700), ENOENT);
    assert_null(opendir(host));
    assert_int_equal(errno, ENOENT);
    assert_holds(below, "linux");
    assert_int_equal(unlink(below), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(without_a_root_all_is_the_hosts), /* before there is one: see the last */
        TEST(what_is_written_is_read),
        TEST(to_open_takes_three_messages_however_long_the_path),
        TEST(flags_say_what_may_be_done),
        TEST(a_file_closes_with_its_last_descriptor),
        TEST(no_descriptor_is_left),
        TEST(a_signal_ends_a_read_and_nothing_else),
        TEST(a_child_does_not_close_for_its_parent),
        TEST(a_child_of_vfork_closes_what_is_its_own),
        TEST(links_are_followed_wherever_they_are),
        TEST(what_a_link_promises_can_be_made),
        TEST(relative_paths_begin_at_the_working_directory),
        TEST(names_are_given_and_taken),
        TEST(attributes_are_the_nodes),
        TEST(directories_are_read_to_their_ends),
        TEST(requests_go_to_the_device),
        TEST(servers_and_pipes_are_polled_together),
        TEST(a_filesystem_is_mounted_on_a_directory),
        TEST(the_hosts_files_are_there_below_their_name),
        TEST(when_the_roots_server_is_gone_nothing_becomes_the_hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
