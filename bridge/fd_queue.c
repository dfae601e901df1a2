/*
 * An array, whose front is what comes next: a queue that is hardly ever longer than what goes with
 * one frame. Room for the marks of two frames is always left in it, so that a lack of memory too
 * costs no more than the frame whose descriptors cannot be kept.
 */
#include "bridge/fd_queue.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOST (-2) /* the mark */
#define MARKS 2u

static int *all(struct fd_queue *queue)
{
    return queue->many != NULL ? queue->many : queue->few;
}

static void close_all(const int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
}

void fd_queue_deinit(struct fd_queue *queue)
{
    close_all(all(queue), queue->n);
    free(queue->many);
    queue->many = NULL;
    queue->n = 0;
}

/* Room for @n more, and the marks. */
static bool grow(struct fd_queue *queue, size_t n)
{
    if (queue->many != NULL || queue->n + n + MARKS <= FD_QUEUE_FEW)
        return true;
    int *many = malloc(FD_QUEUE_MAX * sizeof *many);
    if (many == NULL)
        return false;
    memcpy(many, queue->few, queue->n * sizeof *many);
    queue->many = many;
    return true;
}

bool fd_queue_put(struct fd_queue *queue, const int *fds, size_t n, bool lost)
{
    bool fits = n + (lost ? 1 : 0) <= FD_QUEUE_MAX - queue->n;
    if (!fits || !grow(queue, n)) {
        close_all(fds, n);
        n = 0;
        lost = true;
    }
    size_t capacity = queue->many != NULL ? FD_QUEUE_MAX : FD_QUEUE_FEW;
    if (!fits || n + (lost ? 1 : 0) > capacity - queue->n)
        return false;
    if (n > 0)
        memcpy(all(queue) + queue->n, fds, n * sizeof *fds);
    queue->n += n;
    if (lost)
        all(queue)[queue->n++] = LOST;
    return true;
}

bool fd_queue_take(struct fd_queue *queue, int *fds, size_t n)
{
    int *next = all(queue);
    size_t n_here = 0;
    while (n_here < n && n_here < queue->n && next[n_here] != LOST)
        n_here++;
    bool lost = n_here < n && n_here < queue->n;
    if (n_here > 0)
        memcpy(fds, next, n_here * sizeof *fds);
    queue->n -= n_here + (lost ? 1 : 0);
    memmove(next, next + n_here + (lost ? 1 : 0), queue->n * sizeof *next);
    if (lost) {
        close_all(fds, n_here);
        n_here = 0;
    }
    for (size_t i = n_here; i < n; i++)
        fds[i] = -1;
    return !lost;
}

void fd_queue_state(struct fd_queue *queue, struct state *state)
{
    uint32_t n = (uint32_t)queue->n;
    state_count(state, &n, FD_QUEUE_MAX);
    if (state->loading && !grow(queue, n)) {
        state->status = VIA_NO_MEMORY;
        return;
    }
    for (uint32_t i = 0; i < n && state_is_good(state); i++) {
        /* A mark goes as no descriptor. */
        int fd = state->loading ? -1 : all(queue)[i];
        state_fd(state, &fd);
        if (state->loading && state_is_good(state))
            all(queue)[queue->n++] = fd >= 0 ? fd : LOST;
    }
}
