/*
 * Nodes of devices stand in one directory: the root of a filesystem that is registered as devfs, or
 * else /dev of the root filesystem. Where there is neither, a device's path becomes a name of its
 * own.
 */
#include <errno.h>
#include <limits.h>
#include <posix/utils.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/msg.h>
#include <sys/stat.h>
#include <time.h>

#include "bridge/phoenix/question.h"

#define FOLDER "/dev"
#define TRIES 3 /* to find devfs, which may be about to start */
#define BETWEEN_NS 100000000L
#define NAME_SIZE (NAME_MAX + 1u)

static int create(const oid_t *dir, const char *name, int type, unsigned int mode, const oid_t *dev,
                  oid_t *created)
{
    msg_t msg = question_of_name(mtCreate, dir, name);
    msg.i.create.type = type;
    msg.i.create.mode = mode;
    if (dev != NULL)
        memcpy(&msg.i.create.dev, dev, sizeof *dev);
    int result = question_ask(&msg);
    if (result >= 0)
        memcpy(created, &msg.o.create.oid, sizeof *created);
    return result;
}

/* ---- where devices are ---- */

static int find_folder(oid_t *dir, int n_tries)
{
    const struct timespec between = {.tv_nsec = BETWEEN_NS};
    for (int i = 0; i < n_tries; i++) {
        if (i > 0)
            (void)nanosleep(&between, NULL);
        if (question_look_up("devfs", NULL, dir) == 0)
            return 0;
    }
    return question_look_up(FOLDER, NULL, dir);
}

static int make_folder(oid_t *dir)
{
    oid_t root;
    if (find_folder(dir, TRIES) == 0)
        return 0;
    if (question_look_up("/", NULL, &root) < 0)
        return -ENOENT;
    (void)create(&root, &FOLDER[1], otDir, S_IFDIR | 0755, NULL, dir); /* another may have */
    return question_look_up(FOLDER, NULL, dir);
}

/* Without what says that it is a device. */
static const char *below_folder(const char *path)
{
    const size_t size = strlen(FOLDER);
    if (strncmp(path, FOLDER, size) == 0 && (path[size] == '/' || path[size] == '\0'))
        path += size;
    return path + strspn(path, "/");
}

/* ---- paths below it ---- */

/* One component of *restp, which goes on behind it then. False: there is none, or it is no name. */
static int take_name(const char **restp, char name[NAME_SIZE])
{
    size_t len = strcspn(*restp, "/");
    if (len == 0 || len >= NAME_SIZE)
        return 0;
    memcpy(name, *restp, len);
    name[len] = '\0';
    *restp += len;
    *restp += strspn(*restp, "/");
    return 1;
}

static int create_below(oid_t dir, const char *rest, const oid_t *device)
{
    char name[NAME_SIZE];
    oid_t next;
    while (take_name(&rest, name)) {
        if (*rest == '\0')
            return create(&dir, name, otDev, S_IFCHR | 0666, device, &next);
        int result = create(&dir, name, otDir, S_IFDIR | 0755, NULL, &next);
        if (result == -EEXIST)
            result = question_find_in(&dir, name, NULL, &next);
        if (result < 0)
            return result;
        dir = next;
    }
    return -EINVAL;
}

static int remove_below(oid_t dir, const char *rest)
{
    char name[NAME_SIZE];
    oid_t fil, dev;
    while (take_name(&rest, name)) {
        int result = question_find_in(&dir, name, &fil, &dev);
        if (result < 0)
            return result;
        if (*rest == '\0') {
            msg_t msg = question_of_name(mtUnlink, &dir, name);
            memcpy(&msg.i.ln.oid, &fil, sizeof fil);
            return question_ask(&msg);
        }
        dir = dev;
    }
    return -EINVAL;
}

/* The name of its own; to be freed. */
static char *own_name(const char *rest)
{
    const size_t size = strlen(rest) + 1;
    char *name = malloc(sizeof FOLDER + size);
    if (name == NULL)
        return NULL;
    memcpy(name, FOLDER "/", sizeof FOLDER);
    memcpy(name + sizeof FOLDER, rest, size);
    return name;
}

/* ---- devices ---- */

int create_dev(oid_t *oid, const char *path)
{
    oid_t dir;
    if (oid == NULL || path == NULL || *below_folder(path) == '\0')
        return -EINVAL;
    const char *rest = below_folder(path);
    if (make_folder(&dir) == 0) {
        int result = create_below(dir, rest, oid);
        return result < 0 ? result : 0;
    }
    char *name = own_name(rest);
    if (name == NULL)
        return -ENOMEM;
    int result = portRegister(oid->port, name, oid);
    free(name);
    return result;
}

int destroy_dev(const char *path)
{
    oid_t dir;
    if (path == NULL || *below_folder(path) == '\0')
        return -EINVAL;
    const char *rest = below_folder(path);
    int result = find_folder(&dir, 1) == 0 ? remove_below(dir, rest) : -ENOENT;
    if (result != -ENOENT)
        return result < 0 ? result : 0;
    char *name = own_name(rest);
    if (name == NULL)
        return -ENOMEM;
    result = portUnregister(name);
    free(name);
    return result;
}
