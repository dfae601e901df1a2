/*
 * A program of Phoenix-RTOS that knows files, linked so that they are servers' files: here the
 * host's, by the name that they have for such a program. As C and as C++, and with what headers
 * make of calls.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%d: %s: %s\n", __LINE__, #condition, strerror(errno));                \
            exit(EXIT_FAILURE);                                                                    \
        }                                                                                          \
    } while (0)

int main(int argc, char **argv)
{
    char folder[] = "/tmp/viaduct-consumer-XXXXXX", path[64], content[8];
    int flags = argc > 0 ? O_RDONLY : O_WRONLY; /* that the compiler does not know */
    size_t size = argc > 0 ? sizeof content : 0;
    struct stat st;

    (void)argv;
    CHECK(mkdtemp(folder) != NULL); /* libc's own, as nobody's */
    snprintf(path, sizeof path, "/@host%s/file", folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    CHECK(fd >= 0 && write(fd, "hello", 5) == 5 && close(fd) == 0);
    fd = open(path, flags);
    CHECK(fd >= 0 && fcntl(fd, F_GETFL) == O_RDONLY && read(fd, content, size) == 5);
    CHECK(fstat(fd, &st) == 0 && st.st_size == 5 && close(fd) == 0);

    FILE *file = fopen(path, "r");
    CHECK(file != NULL && fgetc(file) == 'h' && fclose(file) == 0);
    snprintf(path, sizeof path, "/@host%s", folder);
    DIR *dir = opendir(path);
    struct dirent *entry;
    CHECK(dir != NULL);
    do
        CHECK((entry = readdir(dir)) != NULL);
    while (entry->d_namlen != 4 || strcmp(entry->d_name, "file") != 0);
    CHECK(unlinkat(dirfd(dir), "file", 0) == 0 && closedir(dir) == 0 && rmdir(path) == 0);
    printf("done\n");
    return 0;
}
