/*
 * Fan-out as libwebsockets' examples have it: each connection has a queue, each event is one
 * message, each message is one write from the writable callback. The server makes the events
 * itself, so many as any reader asks for; readers are as cheap as those of Viaduct.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/driver.h"
#include "tests/bench/plain_server.h"
#include "tests/bench/readers.h"
#include "tests/bench/roles.h"

#define EVENT_SIZE 64u

struct queue {
    struct queue *next;
    struct lws *wsi;
    unsigned n; /* events that wait for it */
};

/* ---- the server ---- */

static void make_events(struct queue *queues, unsigned n)
{
    for (struct queue *queue = queues; queue != NULL; queue = queue->next) {
        queue->n += n;
        lws_callback_on_writable(queue->wsi);
    }
}

static void forget(struct queue **queuesp, const struct queue *queue)
{
    while (*queuesp != NULL && *queuesp != queue)
        queuesp = &(*queuesp)->next;
    if (*queuesp != NULL)
        *queuesp = queue->next;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t size)
{
    unsigned char message[LWS_PRE + EVENT_SIZE] = {0};
    struct queue *queue = user;
    struct queue **queuesp = lws_context_user(lws_get_context(wsi));
    unsigned asked;
    switch ((int)reason) {
    case LWS_CALLBACK_ESTABLISHED:
        *queue = (struct queue){.next = *queuesp, .wsi = wsi};
        *queuesp = queue;
        return 0;
    case LWS_CALLBACK_CLOSED:
        forget(queuesp, queue);
        return 0;
    case LWS_CALLBACK_RECEIVE:
        if (size != sizeof asked)
            return -1;
        memcpy(&asked, in, sizeof asked);
        make_events(*queuesp, asked);
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        if (queue->n == 0)
            return 0;
        queue->n--;
        if (lws_write(wsi, message + LWS_PRE, EVENT_SIZE, LWS_WRITE_BINARY) < 0)
            return -1;
        if (queue->n > 0)
            lws_callback_on_writable(wsi);
        return 0;
    default:
        return 0;
    }
}

int role_naive_server(int argc, char **argv)
{
    static struct queue *queues;
    const struct lws_protocols protocols[] = {{.name = "bench.naive",
                                               .callback = on_event,
                                               .per_session_data_size = sizeof(struct queue),
                                               .rx_buffer_size = 4096},
                                              LWS_PROTOCOL_LIST_TERM};
    return plain_server_run(argc, argv, protocols, &queues);
}

/* ---- the driver ---- */

static int ask(void *user, unsigned n)
{
    struct readers *readers = user;
    lean_link_send(readers->all[0].link, false, &n, sizeof n);
    return 0;
}

/* GATEWAY N */
int role_naive(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    struct readers readers = {.subprotocol = "bench.naive", .emit = ask, .user = &readers};
    int failed =
        readers_open(&readers, (unsigned)strtoul(argv[1], NULL, 10), argv[0], NULL, NULL) != 0;
    if (!failed)
        failed = driver_serve(readers_run, &readers);
    readers_close(&readers);
    return failed;
}
