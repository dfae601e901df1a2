/*
 * Jobs: what workers run. A job is embedded in what it is about and queued once at a time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct job {
    struct job *next;
    /* With the node's lock held, which it lets go around the user's code. @job may be gone when it
     * returns. */
    void (*run)(struct job *job);
    bool queued;
};

struct jobs {
    struct job *first, *last;
    size_t n;
};

/* At the end; nothing if it is queued already. */
static inline void jobs_push(struct jobs *jobs, struct job *job)
{
    if (job->queued)
        return;
    job->queued = true;
    job->next = NULL;
    if (jobs->first == NULL)
        jobs->first = job;
    else
        jobs->last->next = job;
    jobs->last = job;
    jobs->n++;
}

/* The first one, or NULL. */
static inline struct job *jobs_pop(struct jobs *jobs)
{
    struct job *job = jobs->first;
    if (job == NULL)
        return NULL;
    jobs->first = job->next;
    jobs->n--;
    job->queued = false;
    return job;
}
