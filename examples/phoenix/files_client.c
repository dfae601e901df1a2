/*
 * Files of servers, by messages alone:
 *
 *     ls [-l] PATH            cat PATH                put PATH [TEXT]      append PATH TEXT
 *     mkdir PATH              ln [-s] OLD NEW         mv OLD NEW           rm PATH
 *     chmod MODE PATH         stat PATH               df PATH              umount PATH
 *     in FOLDER PATH          out PATH FOLDER         compare FOLDER PATH
 *
 * A FOLDER is the host's, a PATH begins with "/" or with a server's name. put takes its standard
 * input when there is no TEXT. With -w PATH before the command it waits until there is such a path.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "files.h"

#define RETRY_US 10000

typedef struct {
    const char *name;
    int nwords; /* behind it, at least */
    int nmore;  /* and as many more at most */
    int (*run)(char **words, int nwords);
} command_t;

static int fail(const char *what, int err)
{
    (void)fprintf(stderr, "%s: %s\n", what, files_error(err));
    return EXIT_FAILURE;
}

static int result(const char *what, int err)
{
    return err < 0 ? fail(what, err) : EXIT_SUCCESS;
}

/* ---- what is there ---- */

static void showMode(mode_t mode, char text[11])
{
    static const char letters[] = "rwxrwxrwx";
    switch (mode & S_IFMT) {
    case S_IFDIR:
        text[0] = 'd';
        break;
    case S_IFLNK:
        text[0] = 'l';
        break;
    case S_IFCHR:
        text[0] = 'c';
        break;
    case S_IFBLK:
        text[0] = 'b';
        break;
    case S_IFIFO:
        text[0] = 'p';
        break;
    default:
        text[0] = '-';
        break;
    }
    for (int i = 0; i < 9; i++)
        text[i + 1] = '-';
    for (int i = 0; i < 9; i++) {
        if ((mode & (0400u >> i)) != 0)
            text[i + 1] = letters[i];
    }
    text[10] = '\0';
}

static int showLong(const oid_t *dir, const entry_t *entry)
{
    msg_t msg = {.type = mtLookup, .oid = *dir};
    struct _attrAll attrs;
    char mode[11], target[PATH_MAX];
    int err;
    msg.i.data = entry->name;
    msg.i.size = strlen(entry->name) + 1;
    err = files_send(&msg);
    if (err >= 0)
        err = files_getAll(&msg.o.lookup.fil, &attrs);
    if (err < 0)
        return err;
    showMode((mode_t)attrs.mode.val, mode);
    printf("%s %3lld %10lld %s", mode, attrs.links.val, attrs.size.val, entry->name);
    if (S_ISLNK((mode_t)attrs.mode.val) && files_readlink(&msg.o.lookup.fil, target) >= 0)
        printf(" -> %s", target);
    printf("\n");
    return EOK;
}

static int listDir(const oid_t *dir, int isLong)
{
    entry_t entry;
    off_t offs = 0;
    int err;
    while ((err = files_readdir(dir, &offs, &entry)) >= 0) {
        if (strcmp(entry.name, ".") == 0 || strcmp(entry.name, "..") == 0)
            continue;
        if (!isLong)
            printf("%s\n", entry.name);
        else if (showLong(dir, &entry) < 0)
            printf("? %s\n", entry.name);
    }
    return err == -ENOENT ? EOK : err;
}

static int ls(char **words, int nwords)
{
    int isLong = nwords > 1 && strcmp(words[0], "-l") == 0;
    const char *path = words[isLong];
    long long type = otUnknown;
    oid_t fil, dev;
    int err = files_follow(path, &fil, &dev);
    if (err >= 0)
        err = files_get(&fil, atType, &type);
    if (err >= 0 && type != otDir) {
        printf("%s\n", path);
        return EXIT_SUCCESS;
    }
    if (err >= 0)
        err = files_open(&dev, 0);
    if (err >= 0) {
        err = listDir(&dev, isLong);
        (void)files_close(&dev, 0);
    }
    return result(path, err);
}

static int cat(char **words, int nwords)
{
    static char chunk[CHUNK_SIZE];
    off_t offs = 0;
    oid_t fil, dev;
    int n = files_follow(words[0], &fil, &dev);
    (void)nwords;
    if (n >= 0)
        n = files_open(&dev, 0);
    if (n < 0)
        return fail(words[0], n);
    while ((n = files_read(&dev, offs, chunk, sizeof chunk)) > 0) {
        (void)fwrite(chunk, 1, (size_t)n, stdout);
        offs += n;
    }
    (void)files_close(&dev, 0);
    return result(words[0], n);
}

static int showStat(char **words, int nwords)
{
    struct _attrAll attrs;
    char mode[11];
    oid_t fil, dev;
    int err = files_find(words[0], &fil, &dev);
    (void)nwords;
    if (err >= 0)
        err = files_getAll(&fil, &attrs);
    if (err < 0)
        return fail(words[0], err);
    showMode((mode_t)attrs.mode.val, mode);
    printf("%s links=%lld uid=%lld gid=%lld size=%lld blocks=%lld mtime=%lld%s\n", mode,
           attrs.links.val, attrs.uid.val, attrs.gid.val, attrs.size.val, attrs.blocks.val,
           attrs.mTime.val, !files_areSame(&fil, &dev) ? " elsewhere" : "");
    return EXIT_SUCCESS;
}

static int df(char **words, int nwords)
{
    struct statvfs stat;
    msg_t msg = {.type = mtStat};
    oid_t fil, dev;
    int err = files_follow(words[0], &fil, &dev);
    (void)nwords;
    if (err < 0)
        return fail(words[0], err);
    msg.oid.port = dev.port;
    msg.o.data = &stat;
    msg.o.size = sizeof stat;
    err = files_send(&msg);
    if (err < 0)
        return fail(words[0], err);
    printf("blocks=%llu free=%llu files=%llu free=%llu\n", (unsigned long long)stat.f_blocks,
           (unsigned long long)stat.f_bfree, (unsigned long long)stat.f_files,
           (unsigned long long)stat.f_ffree);
    return EXIT_SUCCESS;
}

/* ---- what changes it ---- */

static int putStdin(const oid_t *oid)
{
    static char chunk[CHUNK_SIZE];
    off_t offs = 0;
    size_t n;
    int err = EOK;
    while (err >= 0 && (n = fread(chunk, 1, sizeof chunk, stdin)) > 0) {
        err = files_write(oid, offs, chunk, n);
        offs += (off_t)n;
    }
    return err;
}

static int put(char **words, int nwords)
{
    oid_t fil, dev;
    int err = files_follow(words[0], &fil, &dev);
    if (err == -ENOENT)
        err = files_create(words[0], otFile, S_IFREG | 0644, NULL, &dev);
    if (err >= 0)
        err = files_open(&dev, 1);
    if (err < 0)
        return fail(words[0], err);
    err = files_truncate(&dev, 0);
    if (err >= 0)
        err = nwords > 1 ? files_write(&dev, 0, words[1], strlen(words[1])) : putStdin(&dev);
    (void)files_close(&dev, 1);
    return result(words[0], err);
}

static int append(char **words, int nwords)
{
    long long size = 0;
    oid_t fil, dev;
    int err = files_follow(words[0], &fil, &dev);
    (void)nwords;
    if (err >= 0)
        err = files_open(&dev, 1);
    if (err < 0)
        return fail(words[0], err);
    err = files_get(&dev, atSize, &size);
    if (err >= 0)
        err = files_write(&dev, size, words[1], strlen(words[1]));
    (void)files_close(&dev, 1);
    return result(words[0], err);
}

static int makeDir(char **words, int nwords)
{
    (void)nwords;
    return result(words[0], files_create(words[0], otDir, S_IFDIR | 0755, NULL, NULL));
}

/* What the new name is: the one that is given, or the old one in a directory of that name. */
static int newName(const char *old, char *new, oid_t *dir, char **name)
{
    static char copy[PATH_MAX];
    long long type = otUnknown;
    oid_t fil, above;
    if (files_follow(new, &fil, dir) >= 0 && files_get(&fil, atType, &type) >= 0 && type == otDir) {
        (void)snprintf(copy, sizeof copy, "%s", old);
        return files_parent(copy, &above, name);
    }
    return files_parent(new, dir, name);
}

static int isThere(const oid_t *dir, const char *name, oid_t *fil)
{
    msg_t msg = {.type = mtLookup, .oid = *dir};
    msg.i.data = name;
    msg.i.size = strlen(name) + 1;
    if (files_send(&msg) < 0)
        return 0;
    *fil = msg.o.lookup.fil;
    return 1;
}

static int ln(char **words, int nwords)
{
    oid_t fil, dev, dir, other;
    char *name;
    int err;
    if (nwords == 3)
        return strcmp(words[0], "-s") == 0
                   ? result(words[2], files_create(words[2], otSymlink, 0777, words[1], NULL))
                   : EXIT_FAILURE;
    err = files_find(words[0], &fil, &dev);
    if (err < 0)
        return fail(words[0], err);
    err = newName(words[0], words[1], &dir, &name);
    if (err >= 0)
        err = isThere(&dir, name, &other) ? -EEXIST : files_link(&dir, name, &fil);
    return result(words[1], err);
}

/* The new name comes, and what had it goes; then the old one goes. */
static int mv(char **words, int nwords)
{
    oid_t fil, dev, from, to, other;
    char *oldName, *name;
    int err = files_find(words[0], &fil, &dev);
    (void)nwords;
    if (err >= 0)
        err = newName(words[0], words[1], &to, &name);
    if (err >= 0)
        err = files_parent(words[0], &from, &oldName);
    if (err < 0)
        return fail(words[0], err);
    if (isThere(&to, name, &other) && files_areSame(&other, &fil))
        return EXIT_SUCCESS;
    err = files_link(&to, name, &fil);
    if (err < 0)
        return fail(words[1], err);
    return result(oldName, files_unlink(&from, oldName, &fil));
}

static int rm(char **words, int nwords)
{
    oid_t fil, dev, dir;
    char *name;
    int err = files_find(words[0], &fil, &dev);
    (void)nwords;
    if (err >= 0)
        err = files_parent(words[0], &dir, &name);
    if (err >= 0)
        err = files_unlink(&dir, name, &fil);
    return result(words[0], err);
}

static int changeMode(char **words, int nwords)
{
    char *end;
    unsigned long mode = strtoul(words[0], &end, 8);
    oid_t fil, dev;
    int err = *end == '\0' ? files_follow(words[1], &fil, &dev) : -EINVAL;
    (void)nwords;
    return result(words[1], err < 0 ? err : files_set(&fil, atMode, (long long)mode));
}

static int unmount(char **words, int nwords)
{
    oid_t fil, dev;
    msg_t msg = {.type = mtUmount};
    int err = files_find(words[0], &fil, &dev);
    (void)nwords;
    if (err >= 0 && files_areSame(&fil, &dev))
        err = -EINVAL;
    if (err >= 0)
        err = files_uncover(&fil);
    if (err >= 0) {
        msg.oid = dev;
        (void)files_send(&msg); /* its server may be gone */
    }
    return result(words[0], err);
}

/* ---- trees ---- */

static int copyIn(char **words, int nwords)
{
    (void)nwords;
    return tree_in(words[0], words[1]) > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int copyOut(char **words, int nwords)
{
    (void)nwords;
    return tree_out(words[0], words[1]) > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int compareTrees(char **words, int nwords)
{
    (void)nwords;
    return tree_compare(words[0], words[1]) > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* ---- the program ---- */

static const command_t commands[] = {
    {"append", 2, 0, append},
    {"cat", 1, 0, cat},
    {"chmod", 2, 0, changeMode},
    {"compare", 2, 0, compareTrees},
    {"df", 1, 0, df},
    {"in", 2, 0, copyIn},
    {"ln", 2, 1, ln},
    {"ls", 1, 1, ls},
    {"mkdir", 1, 0, makeDir},
    {"mv", 2, 0, mv},
    {"out", 2, 0, copyOut},
    {"put", 1, 1, put},
    {"rm", 1, 0, rm},
    {"stat", 1, 0, showStat},
    {"umount", 1, 0, unmount},
};
#define NCOMMANDS (sizeof commands / sizeof commands[0])

static int usage(void)
{
    (void)fprintf(stderr, "usage: files_client [-w path] command word...\ncommands:");
    for (size_t i = 0; i < NCOMMANDS; i++)
        (void)fprintf(stderr, " %s", commands[i].name);
    (void)fprintf(stderr, "\n");
    return EXIT_FAILURE;
}

/* As programs do that start before the server. */
static void waitFor(const char *path)
{
    oid_t dev;
    while (lookup(path, NULL, &dev) < 0)
        usleep(RETRY_US);
}

int main(int argc, char **argv)
{
    int at = 1;
    if (argc > 2 && strcmp(argv[1], "-w") == 0) {
        waitFor(argv[2]);
        at = 3;
    }
    for (size_t i = 0; i < NCOMMANDS && at < argc; i++) {
        int nwords = argc - at - 1;
        if (strcmp(argv[at], commands[i].name) == 0 && nwords >= commands[i].nwords &&
            nwords <= commands[i].nwords + commands[i].nmore)
            return commands[i].run(argv + at + 1, nwords);
    }
    return usage();
}
