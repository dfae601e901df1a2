/*
 * A program that knows files, and nothing of messages: every function on files that there is, in a
 * directory of a server's, or of the host's.
 *
 *     posix DIRECTORY
 *
 * The directory is there, and is empty again afterwards.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#include "check.h"

/* -1, and why. */
#define CHECK_FAILS(call, error)                                                                   \
    do {                                                                                           \
        errno = 0;                                                                                 \
        CHECK_INT(call, -1);                                                                       \
        CHECK_INT(errno, error);                                                                   \
    } while (0)

static const char *top;

static void put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    CHECK(fd >= 0);
    CHECK_INT(write(fd, text, strlen(text)), (long long)strlen(text));
    CHECK_INT(close(fd), 0);
}

static void holds(const char *path, const char *text)
{
    char data[128] = "";
    int fd = open(path, O_RDONLY);
    CHECK(fd >= 0);
    CHECK_INT(read(fd, data, sizeof data - 1), (long long)strlen(text));
    CHECK(strcmp(data, text) == 0);
    CHECK_INT(close(fd), 0);
}

static mode_t modeOf(const char *path)
{
    struct stat st;
    CHECK_INT(lstat(path, &st), 0);
    return st.st_mode;
}

static void descriptors(void)
{
    char data[16] = "", more[4] = "";
    struct stat st;
    struct flock lock = {.l_type = F_WRLCK};
    struct iovec pieces[2] = {{.iov_base = data, .iov_len = 3}, {.iov_base = more, .iov_len = 3}};
    int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600), other;
    CHECK(fd >= 0);
    CHECK_INT(write(fd, "hello there", 11), 11);
    CHECK_INT(lseek(fd, 0, SEEK_SET), 0);
    CHECK_INT(readv(fd, pieces, 2), 6);
    CHECK(memcmp(data, "hel", 3) == 0 && memcmp(more, "lo ", 3) == 0);
    CHECK_INT(preadv(fd, pieces, 2, 8), 3);
    CHECK(memcmp(data, "ere", 3) == 0);
    memcpy(more, "lo ", 3); /* what lies behind what was read may be anything */
    CHECK_INT(lseek(fd, 0, SEEK_CUR), 6);
    CHECK_INT(writev(fd, pieces, 2), 6);
    CHECK_INT(pwritev(fd, pieces, 1, 0), 3);
    CHECK_INT(pread(fd, data, 12, 0), 12);
    CHECK(memcmp(data, "erelo erelo ", 12) == 0);
    CHECK_INT(pwrite(fd, "H", 1, 0), 1);
    CHECK_INT(lseek(fd, -2, SEEK_END), 10);
    CHECK_FAILS(lseek(fd, -1, SEEK_SET), EINVAL);
    CHECK_FAILS(preadv(fd, pieces, 2, -1), EINVAL);
    CHECK_INT(ftruncate(fd, 5), 0);
    CHECK_INT(fsync(fd) + fdatasync(fd), 0);
    CHECK_INT(fstat(fd, &st), 0);
    CHECK_INT(st.st_size, 5);
    CHECK_INT(fchmod(fd, 0640), 0);
    CHECK_INT(modeOf("file"), S_IFREG | 0640);
    CHECK_INT(fcntl(fd, F_SETLK, &lock), 0);
    CHECK_INT(fcntl(fd, F_GETLK, &lock), 0);
    CHECK_INT(lock.l_type, F_UNLCK);
    CHECK_INT(isatty(fd), 0);
    CHECK_INT(errno, ENOTTY);
    CHECK_INT(fcntl(fd, F_GETFL) & (O_RDWR | O_WRONLY), O_RDWR);
    other = dup(fd);
    CHECK(other >= 0);
    CHECK_INT(dup2(fd, other), other);
    CHECK_INT(dup3(fd, other, O_CLOEXEC), other);
    CHECK_INT(fcntl(other, F_GETFD), FD_CLOEXEC);
    CHECK_INT(close(fd), 0);
    CHECK_INT(read(other, data, sizeof data), 0);
    CHECK_INT(close(other), 0);
    CHECK_FAILS(close(other), EBADF);
    CHECK_INT(creat("file", 0600), other = fd);
    CHECK_FAILS(read(other, data, 1), EBADF);
    CHECK_INT(close(other), 0);
    CHECK_INT(truncate("file", 3), 0);
    CHECK_INT(unlink("file"), 0);
    CHECK_FAILS(open("file", O_RDONLY), ENOENT);
}

static void attributes(void)
{
    struct stat st;
    struct statvfs volume;
    struct timeval values[2] = {{.tv_sec = 1000}, {.tv_sec = 2000}};
    struct timespec specs[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 3000}};
    struct utimbuf seconds = {.actime = 4000, .modtime = 5000};
    put("file", "12345");
    CHECK_INT(symlink("file", "link"), 0);
    CHECK_INT(chmod("link", 0604), 0);
    CHECK_INT(modeOf("file"), S_IFREG | 0604);
    CHECK_INT(utimes("link", values), 0);
    CHECK_INT(stat("file", &st), 0);
    CHECK_INT(st.st_atime, 1000);
    CHECK_INT(st.st_mtime, 2000);
    CHECK_INT(utimensat(AT_FDCWD, "file", specs, 0), 0);
    CHECK_INT(stat("file", &st), 0);
    CHECK_INT(st.st_atime, 1000);
    CHECK_INT(st.st_mtime, 3000);
    CHECK_INT(utime("file", &seconds), 0);
    CHECK_INT(stat("file", &st), 0);
    CHECK_INT(st.st_mtime, 5000);
    CHECK_INT(lutimes("link", values), 0);
    CHECK_INT(lstat("link", &st), 0);
    CHECK_INT(st.st_mtime, 2000);
    int fd = open("file", O_RDWR);
    CHECK_INT(futimens(fd, NULL), 0);
    CHECK_INT(fstat(fd, &st), 0);
    CHECK(st.st_mtime > 1000000000);
    CHECK_INT(futimes(fd, values), 0);
    values[0].tv_usec = -1;
    CHECK_FAILS(futimes(fd, values), EINVAL);
    CHECK_INT(fchown(fd, getuid(), (gid_t)-1), 0);
    CHECK_INT(fstat(fd, &st), 0);
    CHECK_INT(st.st_mtime, 2000);
    CHECK_INT(st.st_uid, getuid());
    CHECK_INT(close(fd), 0);
    CHECK_INT(chown("file", (uid_t)-1, getgid()), 0);
    CHECK_INT(lchown("link", getuid(), getgid()), 0);
    CHECK_INT(access("file", F_OK), 0);
    CHECK_FAILS(access("none", F_OK), ENOENT);
    CHECK_INT(statvfs("file", &volume), 0);
    CHECK(volume.f_bsize > 0 && volume.f_namemax >= 31);
    memset(&volume, 0, sizeof volume);
    fd = open("file", O_RDONLY);
    CHECK_INT(fstatvfs(fd, &volume), 0);
    CHECK(volume.f_bsize > 0 && volume.f_namemax >= 31);
    CHECK_FAILS(fchdir(fd), ENOTDIR);
    CHECK_INT(close(fd), 0);
    CHECK_INT(unlink("link") + unlink("file"), 0);
}

/* The host leaves permissions to the process, and servers do not know what it withholds. */
static void masks(void)
{
    mode_t before = umask(027);
    CHECK_INT(mkdir("dir", 0777), 0);
    CHECK_INT(modeOf("dir"), S_IFDIR | 0750);
    CHECK_INT(rmdir("dir"), 0);
    CHECK_INT(close(open("file", O_WRONLY | O_CREAT, 0666)), 0);
    CHECK_INT(modeOf("file"), S_IFREG | 0640);
    CHECK_INT(unlink("file"), 0);
    CHECK_INT(umask(before), 027);
}

static int isWanted(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void directories(void)
{
    struct dirent **entries = NULL, *entry;
    char name[NAME_MAX + 1];
    unsigned n = 0;
    long place;
    DIR *dir;
    int fd;
    CHECK_INT(mkdir("dir", 0755), 0);
    CHECK_FAILS(mkdir("dir", 0755), EEXIST);
    put("dir/b", "");
    put("dir/c", "");
    CHECK_INT(mkdir("dir/a", 0755), 0);
    CHECK_INT(scandir("dir", &entries, isWanted, alphasort), 3);
    for (int i = 0; i < 3; i++) {
        CHECK(entries[i]->d_name[0] == "abc"[i] && entries[i]->d_namlen == 1);
        free(entries[i]);
    }
    free(entries);
    CHECK_FAILS(scandir("dir/b", &entries, NULL, NULL), ENOTDIR);

    dir = opendir("dir");
    CHECK(dir != NULL);
    CHECK(readdir(dir) != NULL);
    place = telldir(dir);
    entry = readdir(dir);
    CHECK(entry != NULL && entry->d_namlen == strlen(entry->d_name));
    memcpy(name, entry->d_name, entry->d_namlen + 1u);
    while (readdir(dir) != NULL)
        n++;
    seekdir(dir, place);
    entry = readdir(dir);
    CHECK(entry != NULL && strcmp(entry->d_name, name) == 0);
    rewinddir(dir);
    for (unsigned again = 0; readdir(dir) != NULL; again++)
        CHECK(again < n + 2);
    fd = openat(dirfd(dir), "b", O_RDONLY);
    CHECK(fd >= 0);
    CHECK_INT(close(fd), 0);
    CHECK_INT(dirfd(dir), dirfd(dir));
    CHECK_INT(closedir(dir), 0);

    dir = fdopendir(open("dir", O_RDONLY));
    CHECK(dir != NULL);
    CHECK(readdir(dir) != NULL);
    CHECK_INT(closedir(dir), 0);
    fd = open("dir/b", O_RDONLY);
    CHECK(fdopendir(fd) == NULL);
    CHECK_INT(errno, ENOTDIR);
    CHECK_INT(close(fd), 0);
    CHECK_FAILS(rmdir("dir"), ENOTEMPTY);
    CHECK_INT(rmdir("dir/a") + unlink("dir/b") + remove("dir/c") + rmdir("dir"), 0);
}

static void names(void)
{
    char target[64] = "", *path, here[PATH_MAX];
    put("one", "1");
    CHECK_INT(link("one", "two"), 0);
    CHECK_FAILS(link("one", "two"), EEXIST);
    CHECK_INT(rename("one", "three"), 0);
    holds("two", "1");
    holds("three", "1");
    CHECK_INT(symlink("three", "link"), 0);
    CHECK_INT(readlink("link", target, sizeof target), 5);
    CHECK(strcmp(target, "three") == 0);
    CHECK(getcwd(here, sizeof here) != NULL);
    path = realpath("link", NULL);
    CHECK(path != NULL && strncmp(path, here, strlen(here)) == 0);
    CHECK(strcmp(strrchr(path, '/'), "/three") == 0);
    free(path);
    CHECK(realpath("none", NULL) == NULL);
    CHECK_INT(errno, ENOENT);
    CHECK_INT(unlink("two") + unlink("three") + unlink("link"), 0);
    char template[] = "temporary-XXXXXX", again[] = "temporary-XXXXXX", bad[] = "temporary-XXXXX";
    int fd = mkstemp(template), other = mkstemp(again);
    CHECK(fd >= 0 && other >= 0 && strcmp(template, again) != 0);
    CHECK_INT(modeOf(template), S_IFREG | 0600);
    CHECK_INT(write(fd, "x", 1), 1);
    CHECK_INT(close(fd) + close(other) + unlink(template) + unlink(again), 0);
    CHECK_FAILS(mkstemp(bad), EINVAL);
}

static void at(void)
{
    struct stat st;
    char target[64] = "";
    CHECK_INT(mkdirat(AT_FDCWD, "dir", 0755), 0);
    int dir = open("dir", O_RDONLY);
    CHECK(dir >= 0);
    CHECK_INT(mkdirat(dir, "below", 0755), 0);
    int fd = openat(dir, "below/file", O_WRONLY | O_CREAT, 0600);
    CHECK_INT(write(fd, "abc", 3), 3);
    CHECK_INT(close(fd), 0);
    CHECK_INT(fstatat(dir, "below/file", &st, 0), 0);
    CHECK_INT(fchdir(dir), 0);
    CHECK_INT(access("below", F_OK), 0);
    CHECK_INT(chdir(top), 0);
    CHECK_INT(st.st_size, 3);
    CHECK_INT(symlinkat("below/file", dir, "link"), 0);
    CHECK_INT(readlinkat(dir, "link", target, sizeof target), 10);
    CHECK_INT(fstatat(dir, "link", &st, AT_SYMLINK_NOFOLLOW), 0);
    CHECK(S_ISLNK(st.st_mode));
    CHECK_INT(linkat(dir, "link", AT_FDCWD, "outside", AT_SYMLINK_FOLLOW), 0);
    holds("outside", "abc");
    CHECK_INT(renameat(AT_FDCWD, "outside", dir, "inside"), 0);
    CHECK_INT(faccessat(dir, "inside", F_OK, 0), 0);
    CHECK_INT(fchmodat(dir, "inside", 0611, 0), 0);
    CHECK_INT(fchownat(dir, "inside", getuid(), getgid(), 0), 0);
    CHECK_INT(modeOf("dir/inside"), S_IFREG | 0611);
    CHECK_INT(utimensat(dir, "inside", NULL, 0), 0);
    CHECK_FAILS(unlinkat(dir, "below", AT_REMOVEDIR), ENOTEMPTY);
    CHECK_INT(unlinkat(dir, "below/file", 0), 0);
    CHECK_INT(unlinkat(dir, "below", AT_REMOVEDIR), 0);
    CHECK_FAILS(unlinkat(dir, "below", 0), ENOENT);
    CHECK_INT(unlinkat(dir, "inside", 0) + unlinkat(dir, "link", 0), 0);
    CHECK_INT(close(dir), 0);
    CHECK_FAILS(mkdirat(dir, "x", 0755), EBADF);
    CHECK_INT(rmdir("dir"), 0);
}

static void streams(void)
{
    char line[64];
    FILE *file = fopen("text", "w");
    CHECK(file != NULL);
    CHECK(fprintf(file, "%d lines\nof %s\n", 2, "text") > 0);
    CHECK_INT(fclose(file), 0);
    holds("text", "2 lines\nof text\n");
    file = fopen("text", "r+");
    CHECK(fgets(line, sizeof line, file) != NULL && strcmp(line, "2 lines\n") == 0);
    CHECK_INT(ftell(file), 8);
    CHECK_INT(fseek(file, -2, SEEK_END), 0);
    CHECK_INT(fputc('T', file), 'T');
    CHECK_INT(fflush(file), 0);
    CHECK(fcntl(fileno(file), F_GETFL) >= 0);
    CHECK_INT(ftruncate(fileno(file), 15), 0);
    CHECK_INT(fclose(file), 0);
    file = fopen("text", "a");
    CHECK(fputs("!", file) >= 0);
    CHECK_INT(fclose(file), 0);
    holds("text", "2 lines\nof texT!");
    file = fopen("none", "r");
    CHECK(file == NULL);
    CHECK_INT(errno, ENOENT);
    file = fopen("text", "z");
    CHECK(file == NULL);
    CHECK_INT(errno, EINVAL);

    int fd = open("text", O_RDONLY);
    CHECK(fdopen(fd, "w") == NULL);
    CHECK_INT(errno, EINVAL);
    file = fdopen(fd, "r");
    CHECK_INT(fileno(file), fd);
    CHECK_INT(fgetc(file), '2');
    put("other", "x");
    file = freopen("other", "r", file);
    CHECK(file != NULL);
    CHECK_INT(fgetc(file), 'x');
    CHECK_INT(fgetc(file), EOF);
    CHECK_INT(fclose(file), 0);
    CHECK_INT(unlink("text") + unlink("other"), 0);

    /* standard input becomes a file's, by its own number */
    put("input", "given");
    CHECK(freopen("input", "r", stdin) != NULL);
    CHECK(fgets(line, sizeof line, stdin) != NULL && strcmp(line, "given") == 0);
    CHECK_INT(fileno(stdin), STDIN_FILENO);
    CHECK_INT(lseek(STDIN_FILENO, 0, SEEK_SET), 0);
    CHECK_INT(read(STDIN_FILENO, line, sizeof line), 5);
    CHECK_INT(unlink("input"), 0);
}

static void waiting(void)
{
    int ends[2];
    fd_set readable, writable;
    struct timeval second = {.tv_sec = 30};
    const struct timespec none = {.tv_sec = 0};
    sigset_t empty;
    (void)sigemptyset(&empty);
    CHECK_INT(pipe2(ends, O_CLOEXEC), 0);
    put("file", "x");
    int fd = open("file", O_RDWR);
    struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = ends[0], .events = POLLIN}};
    CHECK_INT(poll(fds, 2, 0), 1);
    CHECK_INT(fds[0].revents, POLLIN);
    CHECK_INT(ppoll(fds + 1, 1, &none, &empty), 0);
    FD_ZERO(&readable);
    FD_SET(fd, &readable);
    FD_SET(ends[0], &readable);
    writable = readable;
    CHECK_INT(select(FD_SETSIZE, &readable, NULL, NULL, &second), 1);
    CHECK(FD_ISSET(fd, &readable) && !FD_ISSET(ends[0], &readable));
    CHECK(second.tv_sec >= 29);
    CHECK_INT(select(INT_MAX, &readable, NULL, NULL, &second), 1); /* as many as there may be */
    FD_CLR(ends[0], &writable);
    CHECK_INT(pselect(fd + 1, NULL, &writable, NULL, NULL, &empty), 1);
    CHECK(FD_ISSET(fd, &writable));
    CHECK_INT(close(fd) + close(ends[0]) + close(ends[1]), 0);
    CHECK_FAILS(select(fd + 1, NULL, &writable, NULL, NULL), EBADF);
    CHECK_INT(unlink("file"), 0);
}

/* It has its parent's files, and may open its own. */
static void children(void)
{
    char data[8] = "";
    int status;
    put("file", "both");
    int fd = open("file", O_RDONLY);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        CHECK_INT(read(fd, data, sizeof data), 4);
        CHECK_INT(close(fd), 0);
        holds("file", "both");
        _exit(EXIT_SUCCESS);
    }
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK_INT(status, 0);
    CHECK_INT(pread(fd, data, sizeof data, 1), 3);
    CHECK_INT(close(fd) + unlink("file"), 0);
}

/* Ends with a stream that is open: its own process, for main() has returned when it is written. */
static int leave(void)
{
    FILE *file = fopen("left", "w");
    CHECK(file != NULL);
    CHECK_INT(fprintf(file, "to the end"), 10);
    return EXIT_SUCCESS;
}

/* What is in a stream's buffer when a program ends is written, as libc does it. */
static void ends(void)
{
    int status;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        (void)execl("/proc/self/exe", "posix", top, "leave", (char *)NULL);
        _exit(EXIT_FAILURE);
    }
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK_INT(status, 0);
    holds("left", "to the end");
    CHECK_INT(unlink("left"), 0);
}

int main(int argc, char **argv)
{
    struct stat st;
    CHECK(argc == 2 || (argc == 3 && strcmp(argv[2], "leave") == 0));
    top = argv[1];
    while (stat(top, &st) < 0)
        (void)poll(NULL, 0, RETRY_MS);
    CHECK_INT(chdir(top), 0);
    if (argc == 3)
        return leave();
    descriptors();
    attributes();
    masks();
    directories();
    names();
    at();
    streams();
    waiting();
    children();
    ends();
    DIR *dir = opendir(".");
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        CHECK(entry->d_name[0] == '.');
    CHECK_INT(closedir(dir), 0);
    say("done");
    return EXIT_SUCCESS;
}
