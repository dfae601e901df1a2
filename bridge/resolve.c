/*
 * One question is one thread, detached, and one eventfd in the loop. What both sides use has two
 * owners, the thread and whoever asked; the one that lets go last frees it, so a question may be
 * dropped while the resolver still waits for its servers.
 */
#include "bridge/resolve.h"

#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge/os_status.h"

struct question {
    atomic_int n_owners;
    int fd; /* owned: says that `found` is there */
    char *host;
    struct resolved found; /* the thread's until fd says so */
};

struct resolve {
    struct loop_source source;
    struct loop *loop;         /* borrowed */
    struct question *question; /* one owner's share */
    void (*done)(void *user, const struct resolved *found);
    void *user; /* borrowed */
};

static void let_go(struct question *question)
{
    if (atomic_fetch_sub(&question->n_owners, 1) > 1)
        return;
    if (question->fd >= 0)
        (void)close(question->fd);
    free(question->host);
    free(question);
}

static void take_answer(struct resolved *found, const struct addrinfo *answer)
{
    for (; answer != NULL && found->n_addresses < RESOLVE_ADDRESSES_MAX; answer = answer->ai_next)
        if (getnameinfo(answer->ai_addr, answer->ai_addrlen, found->addresses[found->n_addresses],
                        RESOLVE_TEXT_SIZE, NULL, 0, NI_NUMERICHOST) == 0)
            found->n_addresses++;
}

static void *answer_question(void *data)
{
    struct question *question = data;
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *answer = NULL;
    int result = getaddrinfo(question->host, NULL, &hints, &answer);
    if (result == 0)
        take_answer(&question->found, answer);
    if (question->found.n_addresses == 0)
        (void)snprintf(question->found.fault, sizeof question->found.fault, "%s",
                       result != 0 ? gai_strerror(result) : "no address");
    if (answer != NULL)
        freeaddrinfo(answer);
    uint64_t one = 1;
    (void)!write(question->fd, &one, sizeof one);
    let_go(question);
    return NULL;
}

/* The program's signals are not for this thread. */
static enum via_status start_thread(struct question *question)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    atomic_fetch_add(&question->n_owners, 1);
    int number = pthread_create(&thread, NULL, answer_question, question);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (number != 0) {
        let_go(question);
        return status_from_errno("resolve: thread", number);
    }
    (void)pthread_detach(thread);
    return VIA_OK;
}

static void answered(struct loop_source *source, uint32_t events)
{
    struct resolve *resolve = (struct resolve *)(void *)source;
    (void)events;
    uint64_t count;
    /* Reading it is also what orders the thread's writing before our reading. */
    if (read(source->fd, &count, sizeof count) != (ssize_t)sizeof count)
        return;
    loop_remove(resolve->loop, source);
    resolve->done(resolve->user, &resolve->question->found);
}

enum via_status resolve_start(struct resolve **resolvep, struct loop *loop, const char *host,
                              void (*done)(void *user, const struct resolved *found), void *user)
{
    struct resolve *resolve = calloc(1, sizeof *resolve);
    struct question *question = calloc(1, sizeof *question);
    if (resolve == NULL || question == NULL) {
        free(resolve);
        free(question);
        return VIA_NO_MEMORY;
    }
    *resolve = (struct resolve){.loop = loop, .question = question, .done = done, .user = user};
    resolve->source.ready = answered;
    resolve->source.events = EPOLLIN;
    atomic_init(&question->n_owners, 1);
    question->host = strdup(host);
    question->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    resolve->source.fd = question->fd;

    enum via_status status = VIA_OK;
    if (question->fd < 0)
        status = status_from_errno("resolve: eventfd", errno);
    else if (question->host == NULL)
        status = VIA_NO_MEMORY;
    if (status == VIA_OK)
        status = loop_add(loop, &resolve->source);
    if (status == VIA_OK)
        status = start_thread(question);
    if (status != VIA_OK) {
        resolve_destroy(resolve);
        return status;
    }
    *resolvep = resolve;
    return VIA_OK;
}

struct resolve *resolve_destroy(struct resolve *resolve)
{
    if (resolve == NULL)
        return NULL;
    loop_remove(resolve->loop, &resolve->source);
    let_go(resolve->question);
    free(resolve);
    return NULL;
}
