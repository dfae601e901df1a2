/*
 * The back stub is there first, made on the session's thread, for what is opened may call it at
 * once. What it is sent before the program has been told that the session is open is kept until
 * then.
 *
 * A connection ends in order: the server's last word, WIRE_CLOSED, comes behind everything it has
 * sent. Where it had no time for that, its death is told, and we send ourselves that word, which
 * then stands behind everything that has come.
 *
 * Counts: the client's while it is its connection, the stub's, that of being looked for, the death
 * watch's, and one of each request.
 */
#include "bridge/legato/connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridge/legato/binding.h"
#include "bridge/legato/fatal.h"
#include "bridge/legato/signals.h"
#include "bridge/legato/wire.h"

#define TRIES_MAX 8u           /* of an opening that does not wait */
#define PAUSE_MIN_NS 10000000L /* before a second attempt, then twice as long each time */
#define PAUSE_DOUBLINGS_MAX 6u

struct early {
    struct early *next;
    struct via_call *call; /* a count */
};

struct request {
    struct expected expected;      /* first */
    struct request *next;          /* in its connection's line, until the callback is told */
    struct connection *connection; /* a count */
    le_msg_ResponseCallback_t callback;
    void *context;
    bool is_told; /* the callback has run */
    bool is_over; /* no outcome comes any more */
};

struct connection {
    struct receiver receiver; /* first */
    atomic_uint refs;
    struct client *client;       /* a count */
    struct via_finding *finding; /* owned */
    struct via_stub *stub;       /* owned; NULL once it is given up */
    struct via_stub *lent;       /* a count, while a service is found and opened */
    struct via_proxy *proxy;     /* owned; NULL until it is opened */
    uint64_t watch;
    unsigned n_tries;
    enum via_status outcome; /* of the opening, on its way from a worker */
    char *mismatch;          /* owned; what the service speaks, where that is another protocol */
    bool is_told;            /* the program knows it is open */
    bool is_broken;          /* its end is on its way */
    struct early *early, **last_early;
    struct request *first, **last;
    le_msg_SessionEventHandler_t opened;
    void *opened_context;
};

static const char *name_of(const struct connection *connection)
{
    return connection->client->session.interface->name;
}

static bool is_current(const struct connection *connection)
{
    return connection->client->connection == connection;
}

/* ---- life ---- */

static struct connection *ref(struct connection *connection)
{
    (void)atomic_fetch_add(&connection->refs, 1);
    return connection;
}

static void unref(struct connection *connection)
{
    if (atomic_fetch_sub(&connection->refs, 1) != 1)
        return;
    (void)via_proxy_unref(
        connection->proxy); /* of one that was given up while a worker opened it */
    (void)session_unref(&connection->client->session);
    free(connection->mismatch);
    free(connection);
}

static void destroyed(void *user)
{
    unref(user);
}

static void end_client(struct owned *owned)
{
    struct client *client = CONTAINER_OF(owned, struct client, owned);
    if (client->connection != NULL)
        connection_close(client->connection);
}

static void arrived(struct receiver *receiver, struct via_call *call);

/* The client's from now on. */
static struct connection *create(struct client *client)
{
    struct connection *connection = legato_allocate(sizeof *connection);
    struct mailbox *mailbox = client->session.mailbox;
    connection->receiver.arrived = arrived;
    atomic_init(&connection->refs, 2);
    connection->client = client;
    (void)session_ref(&client->session);
    connection->last_early = &connection->early;
    connection->last = &connection->first;
    if (mailbox_stub(mailbox, &connection->receiver, NULL, destroyed, &connection->stub) != VIA_OK)
        legato_fatal("Interface '%s': no memory for a session.", name_of(connection));
    client->connection = connection;
    client->owned.end = end_client;
    mailbox_own(mailbox, &client->owned);
    return connection;
}

static void drop_early(struct connection *connection)
{
    while (connection->early != NULL) {
        struct early *early = connection->early;
        connection->early = early->next;
        (void)via_call_unref(early->call);
        free(early);
    }
    connection->last_early = &connection->early;
}

/* The client has none any more. */
static void give_up(struct connection *connection)
{
    struct client *client = connection->client;
    client->connection = NULL;
    mailbox_disown(&client->owned);
    via_finding_cancel(connection->finding);
    connection->finding = via_finding_unref(connection->finding);
    drop_early(connection);
    connection->stub = via_stub_unref(connection->stub);
    if (connection->is_told) {
        (void)via_proxy_send(connection->proxy, WIRE_CLOSED, NULL);
        if (connection->watch != 0 &&
            via_proxy_unwatch(connection->proxy, connection->watch) == VIA_OK)
            unref(connection);
        connection->proxy = via_proxy_unref(connection->proxy);
    }
    unref(connection);
}

/* ---- its end ---- */

/* The callback of the oldest request that waits is told. */
static void tell_first(struct connection *connection, struct message *response)
{
    struct request *request = connection->first;
    connection->first = request->next;
    if (connection->first == NULL)
        connection->last = &connection->first;
    le_msg_ResponseCallback_t callback = request->callback;
    void *context = request->context;
    request->is_told = true;
    if (request->is_over) {
        free(request);
        unref(connection);
    }
    callback(response != NULL ? message_reference(response) : NULL, context);
}

/* The server has closed it, or is gone. Requests that a callback makes meanwhile have theirs after
 * the close handler, so that one that tries for ever does not keep the end away. */
static void end(struct connection *connection)
{
    struct client *client = connection->client;
    size_t n = 0;
    if (!is_current(connection))
        return;
    (void)session_ref(&client->session);
    (void)ref(connection);
    for (const struct request *request = connection->first; request != NULL;
         request = request->next)
        n++;
    for (; n > 0 && connection->first != NULL; n--)
        tell_first(connection, NULL);
    if (is_current(connection)) {
        give_up(connection);
        client_ended(client);
    }
    while (connection->first != NULL)
        tell_first(connection, NULL);
    unref(connection);
    (void)session_unref(&client->session);
}

void connection_close(struct connection *connection)
{
    (void)ref(connection);
    give_up(connection);
    while (connection->first != NULL)
        tell_first(connection, NULL);
    unref(connection);
}

/* The end comes behind all that has arrived. */
static void end_later(struct connection *connection)
{
    if (connection->is_broken || connection->stub == NULL)
        return;
    connection->is_broken = true;
    struct via_proxy *self = via_stub_proxy(connection->stub);
    if (via_proxy_send(self, WIRE_CLOSED, NULL) != VIA_OK)
        end(connection);
    (void)via_proxy_unref(self);
}

static void told_of_death(void *param1, void *param2)
{
    struct connection *connection = param1;
    (void)param2;
    end_later(connection);
    unref(connection);
}

/* On a worker. */
static void died(void *user, enum via_cause cause)
{
    struct connection *connection = user;
    (void)cause;
    if (!legato_thread_queue(mailbox_thread(connection->client->session.mailbox), told_of_death,
                             connection, NULL))
        unref(connection);
}

/* ---- what comes ---- */

static void handle(struct connection *connection, struct via_call *call)
{
    if (!is_current(connection) || !via_call_is_oneway(call))
        (void)via_call_fail(call, VIA_UNSUPPORTED);
    else if (via_call_code(call) == WIRE_MESSAGE)
        client_received(connection->client, via_call_request(call));
    else if (via_call_code(call) == WIRE_CLOSED)
        end(connection);
}

static void arrived(struct receiver *receiver, struct via_call *call)
{
    struct connection *connection = (struct connection *)receiver;
    if (connection->is_told || connection->stub == NULL) {
        (void)ref(connection);
        handle(connection, call);
        unref(connection);
        return;
    }
    struct early *early = legato_allocate(sizeof *early);
    early->call = via_call_keep(call);
    *connection->last_early = early;
    connection->last_early = &early->next;
}

static void handle_early(struct connection *connection)
{
    while (connection->early != NULL && is_current(connection)) {
        struct early *early = connection->early;
        connection->early = early->next;
        if (connection->early == NULL)
            connection->last_early = &connection->early;
        handle(connection, early->call);
        (void)via_call_unref(early->call);
        free(early);
    }
}

/* ---- opening ---- */

static bool speaks(const struct connection *connection, const struct via_entry *entry)
{
    const struct le_msg_Protocol *protocol = connection->client->session.interface->protocol;
    return strcmp(entry->protocol, protocol->id) == 0 && entry->message_size == protocol->size;
}

static void note_mismatch(struct connection *connection, const struct via_entry *entry)
{
    free(connection->mismatch);
    if (asprintf(&connection->mismatch, "protocol '%s' of %u bytes", entry->protocol,
                 (unsigned)entry->message_size) < 0)
        connection->mismatch = NULL;
}

_Noreturn static void die_of_mismatch(const struct connection *connection)
{
    const struct le_msg_Protocol *protocol = connection->client->session.interface->protocol;
    legato_fatal("Session of interface '%s': it speaks protocol '%s' of %zu bytes, the service "
                 "speaks %s.",
                 name_of(connection), protocol->id, protocol->size,
                 connection->mismatch != NULL ? connection->mismatch : "another one");
}

/* Any thread; waits for the service's process. */
static enum via_status open_found(struct connection *connection, struct via_stub *stub,
                                  const struct via_found *found)
{
    const struct le_msg_Protocol *protocol = connection->client->session.interface->protocol;
    struct via_parcel *request;
    if (!speaks(connection, &found->entry)) {
        note_mismatch(connection, &found->entry);
        return VIA_BAD_TYPE;
    }
    enum via_status status = via_parcel_create(&request);
    if (status != VIA_OK)
        return status;
    status = via_parcel_write_str(request, protocol->id);
    if (status == VIA_OK)
        status = via_parcel_write_u64(request, protocol->size);
    if (status == VIA_OK)
        status = via_proxy_open(found->proxy, request, stub, 0, &connection->proxy, NULL);
    (void)via_parcel_unref(request);
    return status;
}

/* Whether another service may be there now, or the same one again. */
static bool may_try_again(enum via_status status)
{
    return status == VIA_DEAD || status == VIA_NOT_FOUND || status == VIA_NOT_CONNECTED ||
           status == VIA_CANCELLED || status == VIA_BUSY || status == VIA_NO_MEMORY ||
           status == VIA_TIMEOUT;
}

/* The first attempt is made again at once: a service that has just been replaced. */
static void pause_between_tries(unsigned n_tries)
{
    if (n_tries < 2)
        return;
    unsigned doublings = n_tries - 2 < PAUSE_DOUBLINGS_MAX ? n_tries - 2 : PAUSE_DOUBLINGS_MAX;
    struct timespec pause = {.tv_nsec = PAUSE_MIN_NS << doublings};
    (void)nanosleep(&pause, NULL);
}

/* It is open; its thread. */
static void begin(struct connection *connection)
{
    connection->is_told = true;
    if (via_proxy_local(connection->proxy) != NULL)
        return; /* it tells us itself */
    if (via_proxy_watch(connection->proxy, died, ref(connection), &connection->watch) != VIA_OK)
        legato_fatal("Interface '%s': no memory for a session.", name_of(connection));
}

static enum via_status find_and_open(struct connection *connection, bool wait)
{
    enum via_status status;
    do {
        struct via_found found = {.proxy = NULL};
        pause_between_tries(connection->n_tries++);
        status = binding_find(name_of(connection),
                              connection->client->session.interface->protocol->id, wait, &found);
        if (status != VIA_OK)
            return status;
        status = open_found(connection, connection->stub, &found);
        via_found_clear(&found);
    } while (may_try_again(status) && (wait || connection->n_tries < TRIES_MAX));
    return status == VIA_OK || !may_try_again(status) ? status : VIA_NOT_FOUND;
}

enum via_status connection_open(struct client *client, bool wait)
{
    struct connection *connection = create(client);
    legato_signals_begin_wait();
    enum via_status status = find_and_open(connection, wait);
    legato_signals_end_wait();
    if (status == VIA_BAD_TYPE)
        die_of_mismatch(connection);
    if (status == VIA_OK)
        begin(connection);
    else
        give_up(connection);
    return status;
}

/* ---- opening without waiting ---- */

static void look_again(struct connection *connection);

/* What was found, or opened, while nobody wants it any more. */
static void discard(struct connection *connection)
{
    if (connection->proxy != NULL)
        (void)via_proxy_send(connection->proxy, WIRE_CLOSED, NULL);
}

static void opened_later(void *param1, void *param2)
{
    struct connection *connection = param1;
    (void)param2;
    connection->lent = via_stub_unref(connection->lent);
    if (!is_current(connection)) {
        discard(connection);
    } else if (connection->outcome == VIA_OK) {
        connection->finding = via_finding_unref(connection->finding);
        begin(connection);
        if (connection->opened != NULL)
            connection->opened(session_reference(&connection->client->session),
                               connection->opened_context);
        handle_early(connection);
    } else if (connection->outcome == VIA_BAD_TYPE) {
        die_of_mismatch(connection);
    } else if (may_try_again(connection->outcome)) {
        look_again(connection);
    } else {
        legato_fatal("Session of interface '%s' cannot be opened: %s.", name_of(connection),
                     via_status_name(connection->outcome));
    }
    unref(connection);
}

/* On a worker. It has the counts that the finding had. */
static void found_it(void *user, enum via_status status, const struct via_found *found)
{
    struct connection *connection = user;
    if (status == VIA_OK) {
        pause_between_tries(connection->n_tries);
        status = open_found(connection, connection->lent, found);
    }
    connection->n_tries++;
    connection->outcome = status;
    if (legato_thread_queue(mailbox_thread(connection->client->session.mailbox), opened_later,
                            connection, NULL))
        return;
    connection->lent = via_stub_unref(connection->lent);
    discard(connection);
    unref(connection);
}

static enum via_status look(struct connection *connection)
{
    connection->finding = via_finding_unref(connection->finding);
    connection->lent = via_stub_ref(connection->stub);
    enum via_status status =
        binding_find_async(name_of(connection), connection->client->session.interface->protocol->id,
                           found_it, ref(connection), &connection->finding);
    if (status != VIA_OK) {
        connection->lent = via_stub_unref(connection->lent);
        unref(connection);
    }
    return status;
}

static void look_again(struct connection *connection)
{
    enum via_status status = look(connection);
    if (status != VIA_OK)
        legato_fatal("Session of interface '%s' cannot be opened: %s.", name_of(connection),
                     via_status_name(status));
}

enum via_status connection_open_later(struct client *client, le_msg_SessionEventHandler_t opened,
                                      void *context)
{
    struct connection *connection = create(client);
    connection->opened = opened;
    connection->opened_context = context;
    enum via_status status = look(connection);
    if (status != VIA_OK)
        give_up(connection);
    return status;
}

/* ---- sending ---- */

bool connection_is_open(const struct connection *connection)
{
    return connection != NULL && connection->is_told;
}

/* What is over the link's bounds ends the session; one that is dead has its end on the way. */
static void failed(struct connection *connection, enum via_status status)
{
    if (status == VIA_DEAD)
        return;
    legato_error("Interface '%s': a message cannot be sent (%s): the session is closed.",
                 name_of(connection), via_status_name(status));
    end_later(connection);
}

void connection_send(struct connection *connection, struct message *message)
{
    struct via_parcel *parcel;
    enum via_status status = message_to_parcel(message, &message->fd, &parcel);
    message_release(message);
    if (status == VIA_OK)
        status = wire_send(connection->proxy, parcel);
    (void)via_parcel_unref(parcel);
    if (status != VIA_OK)
        failed(connection, status);
}

static void came(struct expected *expected, enum via_status status, struct via_parcel *reply)
{
    struct request *request = (struct request *)expected;
    struct connection *connection = request->connection;
    request->is_over = true;
    if (request->is_told) {
        free(request);
        unref(connection);
        return;
    }
    /* It is dead, and its requests are answered in their order when that has been told. */
    if (status == VIA_DEAD && via_proxy_death(connection->proxy) != VIA_ALIVE)
        return;
    struct message *response =
        status == VIA_OK ? message_from_parcel(&connection->client->session, reply) : NULL;
    struct request **at = &connection->first;
    while (*at != request)
        at = &(*at)->next;
    *at = request->next;
    if (*at == NULL)
        connection->last = at;
    (void)ref(connection);
    le_msg_ResponseCallback_t callback = request->callback;
    void *context = request->context;
    free(request);
    unref(connection);
    callback(response != NULL ? message_reference(response) : NULL, context);
    unref(connection);
}

void connection_request(struct connection *connection, struct message *message,
                        le_msg_ResponseCallback_t callback, void *context)
{
    struct request *request = legato_allocate(sizeof *request);
    *request = (struct request){.expected = {.came = came},
                                .connection = ref(connection),
                                .callback = callback,
                                .context = context};
    *connection->last = request;
    connection->last = &request->next;
    struct via_parcel *parcel;
    enum via_status status = message_to_parcel(message, &message->fd, &parcel);
    message_release(message);
    if (status == VIA_OK)
        status = wire_request(connection->client->session.mailbox, connection->proxy, parcel,
                              &request->expected);
    (void)via_parcel_unref(parcel);
    if (status == VIA_OK)
        return;
    request->is_over = true;
    failed(connection, status);
}

struct message *connection_request_sync(struct connection *connection, struct message *message)
{
    const struct receiver *server = mailbox_receiver(connection->proxy);
    struct via_parcel *parcel = NULL, *reply = NULL;
    if (server != NULL && mailbox_is_here(server->mailbox)) {
        legato_error("Interface '%s': a synchronous request to a server of the same thread would "
                     "wait for ever: it is dropped.",
                     name_of(connection));
        message_release(message);
        return NULL;
    }
    enum via_status status = message_to_parcel(message, &message->fd, &parcel);
    message_release(message);
    legato_signals_begin_wait();
    if (status == VIA_OK)
        status = wire_ask(connection->proxy, parcel, &reply);
    legato_signals_end_wait();
    (void)via_parcel_unref(parcel);
    struct message *response =
        status == VIA_OK ? message_from_parcel(&connection->client->session, reply) : NULL;
    (void)via_parcel_unref(reply);
    if (status == VIA_BUSY)
        failed(connection, status);
    else if (status != VIA_OK && status != VIA_DEAD)
        legato_warn("Interface '%s': a request has no answer: %s.", name_of(connection),
                    via_status_name(status));
    return response;
}
