/*
 * A fuzz target without libFuzzer: feeds it every file of a corpus folder and holds it to the
 * verdict in the file's name, good_* or bad_*. A corpus without a file is no corpus.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

/* Exactly as large as its content, so that the address sanitizer sees an octet read beyond it. */
static uint8_t *read_whole(const char *path, size_t *sizep)
{
    struct stat status;
    FILE *file = fopen(path, "rb");
    if (file == NULL || fstat(fileno(file), &status) != 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    size_t size = (size_t)status.st_size;
    uint8_t *octets = malloc(size > 0 ? size : 1);
    if (octets == NULL || fread(octets, 1, size, file) != size) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    (void)fclose(file);
    *sizep = size;
    return octets;
}

static bool replay(const char *folder, const char *name)
{
    bool good = strncmp(name, "good_", 5) == 0;
    if (!good && strncmp(name, "bad_", 4) != 0) {
        (void)printf("%s: its name has no verdict (good_ or bad_)\n", name);
        return false;
    }

    char path[4096];
    int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (length < 0 || (size_t)length >= sizeof path) {
        (void)printf("%s: its path is too long\n", name);
        return false;
    }

    size_t size;
    uint8_t *octets = read_whole(path, &size);
    bool accepted = fuzz_one(octets, size);
    free(octets);
    if (accepted != good)
        (void)printf("%s: was %s\n", name, accepted ? "accepted" : "refused");
    return accepted == good;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
        return EXIT_FAILURE;
    }
    DIR *folder = opendir(argv[1]);
    if (folder == NULL) {
        perror(argv[1]);
        return EXIT_FAILURE;
    }
    size_t n_files = 0;
    size_t n_wrong = 0;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] == '.')
            continue;
        n_files++;
        n_wrong += !replay(argv[1], entry->d_name);
    }
    (void)closedir(folder);
    (void)printf("%zu files, %zu with another verdict\n", n_files, n_wrong);
    return n_files > 0 && n_wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
