/*
 * The back stub is there first, made on the session's thread, for what is opened may call it at
 * once. What it is sent before the program has been told that the session is open is kept until
 * then.
 *
 * A attachment ends in order: the server's last word, WIRE_CLOSED, comes behind everything it has
 * sent. Where it had no time for that, its death is told, and we send ourselves that word, which
 * then stands behind everything that has come.
 *
 * Counts: the client's while it is its attachment, the stub's, that of being looked for, the death
 * watch's, and one of each request.
 */
#include "bridge/legato/attachment.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridge/legato/binding.h"
#include "bridge/legato/fatal.h"
#include "bridge/legato/pace.h"
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
    struct request *next;          /* in its attachment's line, until the callback is told */
    struct attachment *attachment; /* a count */
    le_msg_ResponseCallback_t callback;
    void *context;
    bool is_told; /* the callback has run */
    bool is_over; /* no outcome comes any more */
};

struct attachment {
    struct receiver receiver; /* first */
    atomic_uint refs;
    struct client *client;       /* a count */
    struct via_finding *finding; /* owned */
    struct via_stub *stub;       /* owned; NULL once it is given up */
    struct via_stub *lent;       /* a count, while a service is found and opened */
    struct via_proxy *proxy;     /* owned; NULL until it is opened */
    struct pace *pace;           /* owned, while it is told; NULL: the service is this process's */
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

static const char *name_of(const struct attachment *attachment)
{
    return attachment->client->session.interface->name;
}

static bool is_current(const struct attachment *attachment)
{
    return attachment->client->attachment == attachment;
}

/* ---- life ---- */

static struct attachment *ref(struct attachment *attachment)
{
    (void)atomic_fetch_add(&attachment->refs, 1);
    return attachment;
}

static void unref(struct attachment *attachment)
{
    if (atomic_fetch_sub(&attachment->refs, 1) != 1)
        return;
    (void)via_proxy_unref(
        attachment->proxy); /* of one that was given up while a worker opened it */
    (void)session_unref(&attachment->client->session);
    free(attachment->mismatch);
    free(attachment);
}

/* NOLINTBEGIN(clang-analyzer-unix.Malloc): who goes on has a count of its own, see above */

static void destroyed(void *user)
{
    unref(user);
}

static void end_client(struct owned *owned)
{
    struct client *client = CONTAINER_OF(owned, struct client, owned);
    if (client->attachment != NULL)
        attachment_close(client->attachment);
}

static void arrived(struct receiver *receiver, struct via_call *call);

/* The client's from now on. */
static struct attachment *create(struct client *client)
{
    struct attachment *attachment = legato_allocate(sizeof *attachment);
    struct mailbox *mailbox = client->session.mailbox;
    attachment->receiver.arrived = arrived;
    atomic_init(&attachment->refs, 2);
    attachment->client = client;
    (void)session_ref(&client->session);
    attachment->last_early = &attachment->early;
    attachment->last = &attachment->first;
    if (mailbox_stub(mailbox, &attachment->receiver, NULL, destroyed, &attachment->stub) != VIA_OK)
        legato_fatal("Interface '%s': no memory for a session.", name_of(attachment));
    client->attachment = attachment;
    client->owned.end = end_client;
    mailbox_own(mailbox, &client->owned);
    return attachment;
}

static void drop_early(struct attachment *attachment)
{
    while (attachment->early != NULL) {
        struct early *early = attachment->early;
        attachment->early = early->next;
        (void)via_call_unref(early->call);
        free(early);
    }
    attachment->last_early = &attachment->early;
}

/* The client has none any more. */
static void give_up(struct attachment *attachment)
{
    struct client *client = attachment->client;
    client->attachment = NULL;
    mailbox_disown(&client->owned);
    via_finding_cancel(attachment->finding);
    attachment->finding = via_finding_unref(attachment->finding);
    drop_early(attachment);
    attachment->stub = via_stub_unref(attachment->stub);
    if (attachment->is_told) {
        if (attachment->pace != NULL)
            (void)pace_close(attachment->pace);
        else
            (void)via_proxy_send(attachment->proxy, WIRE_CLOSED, NULL);
        if (attachment->watch != 0 &&
            via_proxy_unwatch(attachment->proxy, attachment->watch) == VIA_OK)
            unref(attachment);
        attachment->proxy = via_proxy_unref(attachment->proxy);
    }
    unref(attachment);
}

static void unref_it(void *attachment)
{
    unref(attachment);
}

/* ---- its end ---- */

/* The callback of the oldest request that waits is told. */
static void tell_first(struct attachment *attachment, struct message *response)
{
    struct request *request = attachment->first;
    attachment->first = request->next;
    if (attachment->first == NULL)
        attachment->last = &attachment->first;
    le_msg_ResponseCallback_t callback = request->callback;
    void *context = request->context;
    request->is_told = true;
    if (request->is_over) {
        free(request);
        unref(attachment);
    }
    callback(response != NULL ? message_reference(response) : NULL, context);
}

/* The server has closed it, or is gone. Requests that a callback makes meanwhile have theirs after
 * the close handler, so that one that tries for ever does not keep the end away. */
static void tell_end(struct attachment *attachment)
{
    struct client *client = attachment->client;
    size_t n = 0;
    for (const struct request *request = attachment->first; request != NULL;
         request = request->next)
        n++;
    for (; n > 0 && attachment->first != NULL; n--)
        tell_first(attachment, NULL);
    if (is_current(attachment)) {
        give_up(attachment);
        client_ended(client);
    }
}

/* Also where the thread is cancelled in a handler. */
static void finish(void *context)
{
    struct attachment *attachment = context;
    while (attachment->first != NULL)
        tell_first(attachment, NULL);
    unref(attachment);
}

static void end(struct attachment *attachment)
{
    if (!is_current(attachment))
        return;
    pthread_cleanup_push(finish, ref(attachment));
    tell_end(attachment);
    pthread_cleanup_pop(1);
}

void attachment_close(struct attachment *attachment)
{
    pthread_cleanup_push(finish, ref(attachment));
    give_up(attachment);
    pthread_cleanup_pop(1);
}

/* The end comes behind all that has arrived. */
static void end_later(struct attachment *attachment)
{
    if (attachment->is_broken || attachment->stub == NULL)
        return;
    attachment->is_broken = true;
    struct via_proxy *self = via_stub_proxy(attachment->stub);
    if (via_proxy_send(self, WIRE_CLOSED, NULL) != VIA_OK)
        end(attachment);
    (void)via_proxy_unref(self);
}

/* What is over the link's bounds ends the session; one that is dead has its end on the way. */
static void failed(void *user, enum via_status status)
{
    struct attachment *attachment = user;
    if (status == VIA_DEAD)
        return;
    legato_error("Interface '%s': a message cannot be sent (%s): the session is closed.",
                 name_of(attachment), via_status_name(status));
    end_later(attachment);
}

static void told_of_death(void *param1, void *param2)
{
    (void)param2;
    pthread_cleanup_push(unref_it, param1);
    end_later(param1);
    pthread_cleanup_pop(1);
}

static void told_of_loss(void *param1, void *param2)
{
    const struct attachment *attachment = param1;
    if (attachment->stub != NULL)
        legato_error(
            "Interface '%s': a message to the server was lost, for its link takes no more: "
            "the session is closed.",
            name_of(attachment));
    told_of_death(param1, param2);
}

/* Or a message to it is lost. On a worker. */
static void died(void *user, enum via_cause cause)
{
    struct attachment *attachment = user;
    if (!legato_thread_queue(mailbox_thread(attachment->client->session.mailbox),
                             cause == VIA_ALIVE ? told_of_loss : told_of_death, attachment, NULL))
        unref(attachment);
}

/* ---- what comes ---- */

static void handle(struct attachment *attachment, struct via_call *call)
{
    if (!is_current(attachment) || !via_call_is_oneway(call))
        (void)via_call_fail(call, VIA_UNSUPPORTED);
    else if (via_call_code(call) == WIRE_MESSAGE)
        client_received(attachment->client, via_call_request(call));
    else if (via_call_code(call) == WIRE_CLOSED)
        end(attachment);
}

static void arrived(struct receiver *receiver, struct via_call *call)
{
    struct attachment *attachment = (struct attachment *)receiver;
    if (attachment->is_told || attachment->stub == NULL) {
        handle(attachment, call);
        return;
    }
    struct early *early = legato_allocate(sizeof *early);
    early->call = via_call_keep(call);
    *attachment->last_early = early;
    attachment->last_early = &early->next;
}

static void unref_call(void *call)
{
    (void)via_call_unref(call);
}

static void handle_early(struct attachment *attachment)
{
    while (attachment->early != NULL && is_current(attachment)) {
        struct early *early = attachment->early;
        attachment->early = early->next;
        if (attachment->early == NULL)
            attachment->last_early = &attachment->early;
        struct via_call *call = early->call;
        free(early);
        pthread_cleanup_push(unref_call, call);
        handle(attachment, call);
        pthread_cleanup_pop(1);
    }
}

/* ---- opening ---- */

static bool speaks(const struct attachment *attachment, const struct via_entry *entry)
{
    const struct le_msg_Protocol *protocol = attachment->client->session.interface->protocol;
    return strcmp(entry->protocol, protocol->id) == 0 && entry->message_size == protocol->size;
}

static void note_mismatch(struct attachment *attachment, const struct via_entry *entry)
{
    free(attachment->mismatch);
    if (asprintf(&attachment->mismatch, "protocol '%s' of %u bytes", entry->protocol,
                 (unsigned)entry->message_size) < 0)
        attachment->mismatch = NULL;
}

_Noreturn static void die_of_mismatch(const struct attachment *attachment)
{
    const struct le_msg_Protocol *protocol = attachment->client->session.interface->protocol;
    legato_fatal("Session of interface '%s': it speaks protocol '%s' of %zu bytes, the service "
                 "speaks %s.",
                 name_of(attachment), protocol->id, protocol->size,
                 attachment->mismatch != NULL ? attachment->mismatch : "another one");
}

/* Any thread; waits for the service's process. */
static enum via_status open_found(struct attachment *attachment, struct via_stub *stub,
                                  const struct via_found *found)
{
    const struct le_msg_Protocol *protocol = attachment->client->session.interface->protocol;
    struct via_parcel *request;
    if (!speaks(attachment, &found->entry)) {
        note_mismatch(attachment, &found->entry);
        return VIA_BAD_TYPE;
    }
    enum via_status status = via_parcel_create(&request);
    if (status != VIA_OK)
        return status;
    status = via_parcel_write_str(request, protocol->id);
    if (status == VIA_OK)
        status = via_parcel_write_u64(request, protocol->size);
    if (status == VIA_OK)
        status = via_proxy_open(found->proxy, request, stub, 0, &attachment->proxy, NULL);
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
static void begin(struct attachment *attachment)
{
    attachment->is_told = true;
    if (via_proxy_local(attachment->proxy) != NULL)
        return; /* it tells us itself */
    attachment->pace = pace_create(attachment->client->session.mailbox, attachment->proxy,
                                   name_of(attachment), failed, attachment);
    if (via_proxy_watch_closely(attachment->proxy, died, ref(attachment), &attachment->watch) !=
        VIA_OK)
        legato_fatal("Interface '%s': no memory for a session.", name_of(attachment));
}

static enum via_status find_and_open(struct attachment *attachment, bool wait)
{
    enum via_status status;
    do {
        struct via_found found = {.proxy = NULL};
        pause_between_tries(attachment->n_tries++);
        status = binding_find(name_of(attachment),
                              attachment->client->session.interface->protocol->id, wait, &found);
        if (status != VIA_OK)
            return status;
        status = open_found(attachment, attachment->stub, &found);
        via_found_clear(&found);
    } while (may_try_again(status) && (wait || attachment->n_tries < TRIES_MAX));
    return status == VIA_OK || !may_try_again(status) ? status : VIA_NOT_FOUND;
}

enum via_status attachment_open(struct client *client, bool wait)
{
    struct attachment *attachment = create(client);
    legato_signals_begin_wait();
    enum via_status status = find_and_open(attachment, wait);
    legato_signals_end_wait();
    if (status == VIA_BAD_TYPE)
        die_of_mismatch(attachment);
    if (status == VIA_OK)
        begin(attachment);
    else
        give_up(attachment);
    return status;
}

/* ---- opening without waiting ---- */

static void look_again(struct attachment *attachment);

/* What was found, or opened, while nobody wants it any more. */
static void discard(struct attachment *attachment)
{
    if (attachment->proxy != NULL)
        (void)via_proxy_send(attachment->proxy, WIRE_CLOSED, NULL);
}

static void tell_opened(struct attachment *attachment)
{
    attachment->lent = via_stub_unref(attachment->lent);
    if (!is_current(attachment)) {
        discard(attachment);
    } else if (attachment->outcome == VIA_OK) {
        attachment->finding = via_finding_unref(attachment->finding);
        begin(attachment);
        if (attachment->opened != NULL)
            attachment->opened(session_reference(&attachment->client->session),
                               attachment->opened_context);
        handle_early(attachment);
    } else if (attachment->outcome == VIA_BAD_TYPE) {
        die_of_mismatch(attachment);
    } else if (may_try_again(attachment->outcome)) {
        look_again(attachment);
    } else {
        legato_fatal("Session of interface '%s' cannot be opened: %s.", name_of(attachment),
                     via_status_name(attachment->outcome));
    }
}

static void opened_later(void *param1, void *param2)
{
    (void)param2;
    pthread_cleanup_push(unref_it, param1);
    tell_opened(param1);
    pthread_cleanup_pop(1);
}

/* On a worker. It has the counts that the finding had. */
static void found_it(void *user, enum via_status status, const struct via_found *found)
{
    struct attachment *attachment = user;
    if (status == VIA_OK) {
        pause_between_tries(attachment->n_tries);
        status = open_found(attachment, attachment->lent, found);
    }
    attachment->n_tries++;
    attachment->outcome = status;
    if (legato_thread_queue(mailbox_thread(attachment->client->session.mailbox), opened_later,
                            attachment, NULL))
        return;
    attachment->lent = via_stub_unref(attachment->lent);
    discard(attachment);
    unref(attachment);
}

static enum via_status look(struct attachment *attachment)
{
    attachment->finding = via_finding_unref(attachment->finding);
    attachment->lent = via_stub_ref(attachment->stub);
    enum via_status status =
        binding_find_async(name_of(attachment), attachment->client->session.interface->protocol->id,
                           found_it, ref(attachment), &attachment->finding);
    if (status != VIA_OK) {
        attachment->lent = via_stub_unref(attachment->lent);
        unref(attachment);
    }
    return status;
}

static void look_again(struct attachment *attachment)
{
    enum via_status status = look(attachment);
    if (status != VIA_OK)
        legato_fatal("Session of interface '%s' cannot be opened: %s.", name_of(attachment),
                     via_status_name(status));
}

enum via_status attachment_open_later(struct client *client, le_msg_SessionEventHandler_t opened,
                                      void *context)
{
    struct attachment *attachment = create(client);
    attachment->opened = opened;
    attachment->opened_context = context;
    enum via_status status = look(attachment);
    if (status != VIA_OK)
        give_up(attachment);
    return status;
}

/* ---- sending ---- */

bool attachment_is_open(const struct attachment *attachment)
{
    return attachment != NULL && attachment->is_told;
}

static enum via_status to_parcel(const struct attachment *attachment, struct message *message,
                                 struct via_parcel **parcelp)
{
    return message_to_parcel(message, &message->fd, via_proxy_is_remote(attachment->proxy),
                             parcelp);
}

void attachment_send(struct attachment *attachment, struct message *message)
{
    struct via_parcel *parcel;
    enum via_status status = to_parcel(attachment, message, &parcel);
    message_release(message);
    if (status == VIA_OK)
        status = attachment->pace != NULL ? pace_send(attachment->pace, parcel)
                                          : wire_send(attachment->proxy, WIRE_MESSAGE, parcel);
    (void)via_parcel_unref(parcel);
    if (status != VIA_OK)
        failed(attachment, status);
}

static void came(struct expected *expected, enum via_status status, struct via_parcel *reply)
{
    struct request *request = (struct request *)expected;
    struct attachment *attachment = request->attachment;
    request->is_over = true;
    if (request->is_told) {
        free(request);
        unref(attachment);
        return;
    }
    /* Its requests are answered in their order: now, or when its death has been told. */
    if (!is_current(attachment) ||
        (status == VIA_DEAD && via_proxy_death(attachment->proxy) != VIA_ALIVE))
        return;
    struct message *response =
        status == VIA_OK ? message_from_parcel(&attachment->client->session, reply) : NULL;
    struct request **at = &attachment->first;
    while (*at != request)
        at = &(*at)->next;
    *at = request->next;
    if (*at == NULL)
        attachment->last = at;
    le_msg_ResponseCallback_t callback = request->callback;
    void *context = request->context;
    free(request);
    if (status == VIA_BUSY) /* the server's link takes no more */
        failed(attachment, status);
    unref(attachment);
    callback(response != NULL ? message_reference(response) : NULL, context);
}

void attachment_request(struct attachment *attachment, struct message *message,
                        le_msg_ResponseCallback_t callback, void *context)
{
    struct request *request = legato_allocate(sizeof *request);
    *request = (struct request){.expected = {.came = came},
                                .attachment = ref(attachment),
                                .callback = callback,
                                .context = context};
    *attachment->last = request;
    attachment->last = &request->next;
    struct via_parcel *parcel;
    enum via_status status = to_parcel(attachment, message, &parcel);
    message_release(message);
    if (status == VIA_OK && attachment->pace != NULL)
        status = pace_request(attachment->pace, parcel, &request->expected);
    else if (status == VIA_OK)
        status = wire_request(attachment->client->session.mailbox, attachment->proxy, parcel,
                              &request->expected);
    (void)via_parcel_unref(parcel);
    if (status == VIA_OK)
        return;
    request->is_over = true;
    failed(attachment, status);
}

struct message *attachment_request_sync(struct attachment *attachment, struct message *message)
{
    const struct receiver *server = mailbox_receiver(attachment->proxy);
    struct via_parcel *parcel = NULL, *reply = NULL;
    if (server != NULL && mailbox_is_here(server->mailbox)) {
        legato_error("Interface '%s': a synchronous request to a server of the same thread would "
                     "wait for ever: it is dropped.",
                     name_of(attachment));
        message_release(message);
        return NULL;
    }
    enum via_status status = to_parcel(attachment, message, &parcel);
    message_release(message);
    legato_signals_begin_wait();
    if (status == VIA_OK)
        status = attachment->pace != NULL ? pace_ask(attachment->pace, parcel, &reply)
                                          : wire_ask(attachment->proxy, parcel, &reply);
    legato_signals_end_wait();
    (void)via_parcel_unref(parcel);
    struct message *response =
        status == VIA_OK ? message_from_parcel(&attachment->client->session, reply) : NULL;
    (void)via_parcel_unref(reply);
    if (status == VIA_BUSY)
        failed(attachment, status);
    else if (status != VIA_OK && status != VIA_DEAD && status != VIA_CANCELLED)
        legato_warn("Interface '%s': a request has no answer: %s.", name_of(attachment),
                    via_status_name(status));
    return response;
}

/* NOLINTEND(clang-analyzer-unix.Malloc): of counts */
