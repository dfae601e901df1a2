/* A folder of a test's own, gone with everything in it after the test. */
#pragma once

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
    char path[64];
};

static inline void place_make(struct place *place)
{
    (void)snprintf(place->path, sizeof place->path, "/tmp/viaduct-certs-XXXXXX");
    assert_non_null(mkdtemp(place->path));
}

static inline void place_remove(const struct place *place)
{
    DIR *folder = opendir(place->path);
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlinkat(dirfd(folder), entry->d_name, 0) != 0)
            assert_int_equal(unlinkat(dirfd(folder), entry->d_name, AT_REMOVEDIR), 0);
    }
    assert_int_equal(closedir(folder), 0);
    assert_int_equal(rmdir(place->path), 0);
}

/* The mode of @name in it, or of itself for ".". */
static inline mode_t place_mode(const struct place *place, const char *name)
{
    char path[160];
    struct stat status;
    (void)snprintf(path, sizeof path, "%s/%s", place->path, name);
    assert_int_equal(stat(path, &status), 0);
    return status.st_mode & 07777;
}
