/*
 * Fan-out as libwebsockets' examples have it: each connection has a queue, each event is one
 * message, each message is one write from the writable callback. The server makes the events
 * itself, so many as any reader asks for; readers are as cheap as those of Viaduct.
 */
#include <libwebsockets.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/driver.h"
#include "tests/bench/lean_link.h"
#include "tests/bench/roles.h"
#include "tests/bench/spread.h"

#define EVENT_SIZE 64u
#define OPENING_MAX 16u

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
    if (argc < 2)
        return 2;
    static struct queue *queues;
    const struct lws_protocols protocols[] = {{.name = "bench.naive",
                                               .callback = on_event,
                                               .per_session_data_size = sizeof(struct queue),
                                               .rx_buffer_size = 4096},
                                              LWS_PROTOCOL_LIST_TERM};
    lws_set_log_level(LLL_ERR, NULL);
    struct lws_context_creation_info info = {
        .port = 0,
        .iface = "lo",
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_DISABLE_IPV6,
        .ssl_cert_filepath = argv[0],
        .ssl_private_key_filepath = argv[1],
        .pt_serv_buf_size = 65536,
        .user = &queues,
    };
    struct lws_context *context = lws_create_context(&info);
    if (context == NULL)
        return 1;
    printf("ready %d\n", lws_get_vhost_listen_port(lws_get_vhost_by_name(context, "default")));
    fflush(stdout);
    while (lws_service(context, 0) >= 0) {
        struct pollfd parent = {.fd = STDIN_FILENO, .events = POLLIN};
        if (poll(&parent, 1, 0) == 1)
            break;
    }
    lws_context_destroy(context);
    return 0;
}

/* ---- the readers ---- */

struct readers {
    struct loop *loop;        /* owned */
    struct lean_links *links; /* owned */
    struct reader *all;       /* owned */
    unsigned n, n_begun, n_open;
    struct spread spread;
    bool lost;
};

struct reader {
    struct readers *readers; /* borrowed */
    struct link *link;       /* owned */
    uint64_t octets;
    unsigned n; /* whole events */
};

static void opened(void *user)
{
    struct reader *reader = user;
    reader->readers->n_open++;
}

static enum via_status received(void *user, const uint8_t *octets, size_t size, size_t *usedp)
{
    struct reader *reader = user;
    (void)octets;
    *usedp = size;
    reader->octets += size;
    while ((uint64_t)(reader->n + 1) * EVENT_SIZE <= reader->octets)
        spread_arrived(&reader->readers->spread, reader->n++);
    return VIA_OK;
}

static void closed(void *user, enum via_status why, const char *detail)
{
    struct reader *reader = user;
    fprintf(stderr, "bench: naive: %s: %s\n", via_status_name(why), detail);
    reader->readers->lost = true;
}

static const struct link_events events = {.opened = opened, .received = received, .closed = closed};

static int turn(struct readers *readers)
{
    return loop_turn(readers->loop, 1000, NULL) != VIA_OK || readers->lost;
}

static int open_all(struct readers *readers, const char *gateway)
{
    while (readers->n_open < readers->n) {
        while (readers->n_begun < readers->n && readers->n_begun - readers->n_open < OPENING_MAX) {
            struct reader *reader = &readers->all[readers->n_begun++];
            reader->readers = readers;
            if (lean_link_connect(&reader->link, readers->links, gateway, "bench.naive", NULL,
                                  &events, reader) != VIA_OK)
                return 1;
        }
        if (turn(readers) != 0)
            return 1;
    }
    return 0;
}

static int run(void *user, const struct order *order, uint64_t *ns)
{
    struct readers *readers = user;
    for (unsigned i = 0; i < readers->n; i++)
        readers->all[i].n = 0, readers->all[i].octets = 0;
    spread_begin(&readers->spread, readers->n, order->outstanding, order->n, ns);
    while (!spread_is_done(&readers->spread)) {
        unsigned room = spread_room(&readers->spread);
        for (unsigned i = 0; i < room; i++)
            spread_send(&readers->spread);
        if (room > 0)
            lean_link_send(readers->all[0].link, (const uint8_t *)&room, sizeof room);
        if (turn(readers) != 0)
            return 1;
    }
    return 0;
}

/* GATEWAY N CA */
int role_naive(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    struct readers readers = {.n = (unsigned)strtoul(argv[1], NULL, 10)};
    readers.all = calloc(readers.n, sizeof *readers.all);
    if (readers.all == NULL || loop_create(&readers.loop) != VIA_OK)
        return 1;
    readers.links = lean_links_create(readers.loop, argv[2], NULL, NULL);
    int failed = readers.links == NULL || open_all(&readers, argv[0]) != 0;
    if (!failed)
        failed = driver_serve(run, &readers);
    for (unsigned i = 0; i < readers.n; i++)
        (void)link_destroy(readers.all[i].link);
    (void)lean_links_destroy(readers.links);
    (void)loop_destroy(readers.loop);
    free(readers.all);
    return failed;
}
