/*
 * The table has one place for each descriptor of the process. Its lock is held for that alone,
 * never while a server is asked.
 *
 * A child of fork() has its parent's files. They stay the parent's to close: servers know who
 * opened what, and it was not the child.
 */
#include "bridge/phoenix/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/phoenix/question.h"

#define PLACES_LEAST 64u

static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;
static struct file **files; /* owned, by descriptor */
static size_t n_places;
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;
static unsigned int n_forks; /* that this process is away from the first */

/* ---- fork ---- */

static void before_fork(void)
{
    (void)pthread_mutex_lock(&table);
}

static void after_fork_in_parent(void)
{
    (void)pthread_mutex_unlock(&table);
}

static void after_fork_in_child(void)
{
    (void)pthread_mutex_init(&table, NULL);
    n_forks++;
    for (size_t i = 0; i < n_places; i++)
        if (files[i] != NULL)
            (void)pthread_mutex_init(&files[i]->guard, NULL);
}

static void mind_forks(void)
{
    (void)pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

/* ---- files ---- */

int file_create(const oid_t *oid, const oid_t *fil, const char *path, unsigned int status,
                struct file **filep)
{
    (void)pthread_once(&fork_once, mind_forks);
    struct file *file = calloc(1, sizeof *file);
    if (file == NULL)
        return -ENOMEM;
    file->path = strdup(path);
    if (file->path == NULL) {
        free(file);
        return -ENOMEM;
    }
    atomic_init(&file->refs, 1);
    file->n_forks = n_forks;
    file->oid = *oid;
    file->fil = *fil;
    file->status = status;
    (void)pthread_mutex_init(&file->guard, NULL);
    *filep = file;
    return 0;
}

static int close_at_server(const struct file *file)
{
    msg_t msg = {.type = mtClose, .oid = file->oid};
    memcpy(&msg.i.openclose.flags, &file->status, sizeof file->status);
    return question_ask(&msg);
}

int file_unref(struct file *file)
{
    int result = 0;
    if (file == NULL || atomic_fetch_sub(&file->refs, 1) > 1)
        return 0;
    if (file->n_forks == n_forks)
        result = close_at_server(file);
    (void)pthread_mutex_destroy(&file->guard);
    free(file->path);
    free(file);
    return result < 0 ? result : 0;
}

/* ---- descriptors ---- */

struct file *file_get(int fd)
{
    struct file *file = NULL;
    (void)pthread_mutex_lock(&table);
    if (fd >= 0 && (size_t)fd < n_places)
        file = files[fd];
    if (file != NULL)
        (void)atomic_fetch_add(&file->refs, 1);
    (void)pthread_mutex_unlock(&table);
    return file;
}

static int grow_locked(size_t n)
{
    size_t wanted = n_places > 0 ? n_places : PLACES_LEAST;
    while (wanted < n)
        wanted *= 2;
    if (wanted == n_places)
        return 0;
    struct file **grown = realloc(files, wanted * sizeof *files);
    if (grown == NULL)
        return -ENOMEM;
    memset(grown + n_places, 0, (wanted - n_places) * sizeof *grown);
    files = grown;
    n_places = wanted;
    return 0;
}

int file_set(int fd, struct file *file, struct file **formerp)
{
    int result = 0;
    *formerp = NULL;
    (void)pthread_mutex_lock(&table);
    if (file != NULL)
        result = grow_locked((size_t)fd + 1);
    if (result == 0 && fd >= 0 && (size_t)fd < n_places) {
        *formerp = files[fd];
        files[fd] = file;
    }
    (void)pthread_mutex_unlock(&table);
    return result;
}

int file_enter(struct file *file)
{
    struct file *former;
    int fd = open("/", O_PATH | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int result = file_set(fd, file, &former);
    if (result < 0) {
        (void)close(fd);
        return result;
    }
    (void)file_unref(former); /* the kernel has closed its descriptor behind our back */
    return fd;
}
