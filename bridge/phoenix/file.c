/*
 * The table has one place for each descriptor of the process. Its lock is held for that alone,
 * never while a server is asked. It is made of blocks that are never freed, so that a descriptor is
 * known to be the host's without the lock: a signal's handler may use those, whatever its thread is
 * in the midst of.
 *
 * A child of fork() has its parent's files. They stay the parent's to close: servers know who
 * opened what, and it was not the child. One of vfork() has its parent's table as well, and leaves
 * it as it is: what it does with descriptors until it becomes another program is its own.
 */
#include "bridge/phoenix/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/phoenix/question.h"

#define BLOCK_PLACES 256u
#define N_BLOCKS 4096u /* as many descriptors as Linux lets a process have */

struct block {
    struct file *_Atomic files[BLOCK_PLACES]; /* owned, by descriptor */
};

static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;
static struct block *_Atomic blocks[N_BLOCKS]; /* owned, for ever */
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;
static unsigned int n_forks; /* that this process is away from the first */
static pid_t owner;          /* of the table: a child of vfork() is not */

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
    owner = getpid();
    for (size_t i = 0; i < N_BLOCKS; i++)
        for (size_t j = 0; blocks[i] != NULL && j < BLOCK_PLACES; j++)
            if (blocks[i]->files[j] != NULL)
                (void)pthread_mutex_init(&blocks[i]->files[j]->guard, NULL);
}

static void mind_forks(void)
{
    owner = getpid();
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

/* NULL: no file has ever been near it. */
static struct file *_Atomic *place_at(int fd)
{
    if (fd < 0 || (unsigned int)fd / BLOCK_PLACES >= N_BLOCKS)
        return NULL;
    struct block *block = blocks[(unsigned int)fd / BLOCK_PLACES];
    return block == NULL ? NULL : &block->files[(unsigned int)fd % BLOCK_PLACES];
}

struct file *file_get(int fd)
{
    struct file *_Atomic *place = place_at(fd);
    if (place == NULL || *place == NULL)
        return NULL;
    (void)pthread_mutex_lock(&table);
    struct file *file = *place;
    if (file != NULL)
        (void)atomic_fetch_add(&file->refs, 1);
    (void)pthread_mutex_unlock(&table);
    return file;
}

static struct file *_Atomic *make_place_locked(int fd)
{
    struct file *_Atomic *place = place_at(fd);
    if (place != NULL || (unsigned int)fd / BLOCK_PLACES >= N_BLOCKS)
        return place;
    blocks[(unsigned int)fd / BLOCK_PLACES] = calloc(1, sizeof(struct block));
    return place_at(fd);
}

int file_set(int fd, struct file *file, struct file **formerp)
{
    struct file *_Atomic *place = place_at(fd);
    *formerp = NULL;
    if (file == NULL && (place == NULL || *place == NULL))
        return 0;
    if (owner != getpid()) {
        *formerp = file;
        return 0;
    }
    (void)pthread_mutex_lock(&table);
    place = make_place_locked(fd);
    if (place != NULL)
        *formerp = atomic_exchange(place, file);
    (void)pthread_mutex_unlock(&table);
    return place != NULL ? 0 : -ENOMEM;
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
