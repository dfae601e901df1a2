/*
 * Paths: whose they are, and what is at their end.
 *
 * A path is the host's when it is below PATH_HOST, when it is relative and the working directory is
 * the host's, and when the registry has neither a root nor a name that leads to it. What a server
 * does not have is not looked for on the host.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <sys/msg.h>

#define PATH_HOST "/@host"
#define PATH_LINKS_MAX 32 /* symbolic links followed for one path */

enum { PATH_IS_HOSTS = 1 };

struct spot {
    oid_t fil, dev;
    oid_t dir;         /* of what is missing: the directory that it would be in */
    unsigned int mode; /* S_IF* and permissions; 0: the server does not tell */
    bool is_missing;   /* with -ENOENT: all but the last name is there */
    char path[PATH_MAX];
};

/* 0; PATH_IS_HOSTS: path is the host's name of it; or a negative errno. @follows: a symbolic link
 * at the end, too; otherwise the mode may be 0. Of what is missing the path is set as well. */
int path_find(const char *path, bool follows, struct spot *spot);
/* The directory of a path, and the last name, which lies in spot->path behind an octet 0: neither
 * "." nor "..". As path_find(); -EEXIST: the path is a root. */
int path_find_folder(const char *path, struct spot *spot, const char **namep);
/* Below this directory relative paths begin; NULL: the host's. -ENOMEM */
int path_change_directory(const char *path);
/* The working directory. False: it is the host's. */
bool path_working_directory(char path[PATH_MAX]);
/* The name of something on the host, or as it is. */
const char *path_on_host(const char *path);
/* @path below @dir: -ENAMETOOLONG. */
int path_join(const char *dir, const char *path, char joined[PATH_MAX]);
