/*
 * The life of a binary session, and what comes in. Octets go from the link to the peer, whose
 * callbacks turn handles into gateway objects and pass the message to the router or, for object 0,
 * to the directory's verbs.
 *
 * A session ends once, from the loop: when its link has closed, when it has sent what cannot be
 * trusted, when it has let twice its bound gather, or when the gateway goes. The link may live a
 * moment longer to write the goodbye; the peer goes with it, since the link writes from its outbox.
 */
#include "gateway/binary.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/log.h"
#include "bridge/pump.h"
#include "gateway/directory_verbs.h"
#include "gateway/events.h"
#include "gateway/gateway.h"
#include "gateway/objects.h"
#include "gateway/phoenix_ports.h"
#include "gateway/router.h"
#include "gateway/unanswered.h"

/* ---- the end ---- */

static void end(struct binary *binary, enum via_cause cause)
{
    if (binary->ended)
        return;
    binary->ended = true;
    struct gateway *gateway = binary->session.gateway;
    loop_disarm(gateway->loop, &binary->hello);
    liveness_stop(&binary->liveness); /* a link that closes has its own time for that */
    loop_disarm(gateway->loop, &binary->ack);
    resumption_deinit(binary);
    peer_end(binary->peer, cause);
    gateway_session_ended(&binary->session, cause);
}

struct binary *binary_destroy(struct binary *binary)
{
    if (binary == NULL)
        return NULL;
    end(binary, VIA_LINK_LOST);
    loop_undefer(binary->session.gateway->loop, &binary->flush);
    bulk_drop(&binary->session.gateway->bulk, &binary->bulk);
    bulk_drop(&binary->session.gateway->bulk, &binary->held);
    binary->link = link_destroy(binary->link);
    binary->peer = peer_destroy(binary->peer);
    struct gateway *gateway = binary->session.gateway;
    *binary->linkp = binary->next;
    if (binary->next != NULL)
        binary->next->linkp = binary->linkp;
    gateway->n_links--;
    free(binary);
    return NULL;
}

void binary_dismiss(struct binary *binary, enum frame_bye code, enum via_cause cause,
                    const char *text)
{
    if (binary->ended)
        return;
    if (peer_bye(binary->peer, code, text) != VIA_OK)
        log_debug("session.no_bye", "to=\"%s\"", binary->session.principal.address);
    end(binary, cause);
    if (binary->link != NULL)
        link_close(binary->link);
    else
        binary_flush_later(binary); /* there is nothing to write: it goes */
}

void binary_end_detached(struct binary *binary, enum via_cause cause)
{
    end(binary, cause);
    binary_flush_later(binary);
}

static void evict(struct binary *binary, const char *what, const char *why)
{
    audit_refusal(&binary->session.gateway->audit, &binary->session.principal, what, why);
    binary_dismiss(binary, FRAME_BYE_EVICTED, VIA_EVICTED, why);
}

/* ---- going out ---- */

static struct binary *of_flush(struct loop_task *task)
{
    return (struct binary *)((char *)task - offsetof(struct binary, flush));
}

static struct binary *of_ack(struct loop_timer *timer)
{
    return (struct binary *)((char *)timer - offsetof(struct binary, ack));
}

static void acknowledge(struct loop_timer *timer)
{
    struct binary *binary = of_ack(timer);
    peer_acknowledge(binary->peer);
    binary_flush_later(binary);
}

/* What is not acknowledged within PEER_ACK_MS by the way is so then. */
static void acknowledge_soon(struct binary *binary)
{
    if (binary->ack.place != 0 || !peer_ack_due(binary->peer))
        return;
    if (loop_arm(binary->session.gateway->loop, &binary->ack, loop_now() + PEER_ACK_MS) != VIA_OK)
        peer_acknowledge(binary->peer);
}

static struct binary *of_hello(struct loop_timer *timer)
{
    return (struct binary *)((char *)timer - offsetof(struct binary, hello));
}

static void flush(struct loop_task *task)
{
    struct binary *binary = of_flush(task);
    if (binary->handed_over) {
        if (binary->link != NULL)
            link_flush(binary->link);
        return;
    }
    if (binary->link != NULL) {
        link_flush(binary->link);
    } else if (binary->ended) {
        (void)binary_destroy(binary);
        return;
    }
    if (binary->ended)
        return;
    /* The link tells when it has run empty only if it could not write at once. */
    if (outbox_size(peer_outbox(binary->peer)) == 0)
        gateway_session_drained(&binary->session);
    if (!peer_is_overfull(binary->peer))
        return;
    char why[160];
    const struct config_limits *limits = &binary->session.gateway->config.limits;
    size_t waiting = outbox_size(peer_outbox(binary->peer));
    if (waiting / 2 > limits->max_queue_size)
        (void)snprintf(why, sizeof why,
                       "%zu octets wait for a link that does not take them: over twice "
                       "max_queue_size = %zu",
                       waiting, (size_t)limits->max_queue_size);
    else
        (void)snprintf(why, sizeof why,
                       "the link does not take its large messages: over twice "
                       "max_transfers_size = %zu wait, or memory is short",
                       (size_t)limits->max_transfers_size);
    evict(binary, "queue", why);
}

static void flush_bulk(struct bulk_item *item)
{
    struct binary *binary = (struct binary *)((char *)item - offsetof(struct binary, bulk));
    loop_undefer(binary->session.gateway->loop, &binary->flush);
    flush(&binary->flush);
}

void binary_flush_later(struct binary *binary)
{
    if (!bulk_takes(&binary->session.gateway->bulk, &binary->bulk))
        loop_defer(binary->session.gateway->loop, &binary->flush);
}

static void let_go_on(struct bulk_item *item)
{
    const struct binary *binary = (struct binary *)((char *)item - offsetof(struct binary, held));
    if (binary->link != NULL)
        (void)link_hold(binary->link, false);
}

void binary_hold(struct binary *binary)
{
    if (binary->link != NULL && !binary->held.queued &&
        bulk_holds(&binary->session.gateway->bulk, &binary->held))
        (void)link_hold(binary->link, true);
}

void binary_answer(struct binary *binary, uint32_t id, enum via_status status, uint32_t result)
{
    if (binary->ended)
        return;
    enum via_status sent = peer_answer(binary->peer, id, status, result);
    if (sent != VIA_OK)
        log_debug("session.no_answer", "to=\"%s\" id=%u status=%s",
                  binary->session.principal.address, (unsigned)id, via_status_name(sent));
    binary_flush_later(binary);
}

/* ---- references that come in ---- */

enum via_status binary_resolve(struct binary *binary, const struct frame_ref *ref,
                               struct gateway_object **objectp)
{
    *objectp = NULL;
    if (ref->handle == 0)
        return VIA_OK;
    if (ref->flags & FRAME_REF_YOURS) {
        void *object = NULL;
        if (peer_exported(binary->peer, ref->handle, &object) != VIA_OK || object == NULL)
            return VIA_BAD_REFERENCE;
        struct gateway_object *ours = object;
        if (ours->handle == 0)
            return VIA_BAD_REFERENCE; /* a caller's number is no object to pass on */
        *objectp = objects_ref(ours);
        return VIA_OK;
    }
    void **attached = peer_imported(binary->peer, ref->handle);
    if (attached == NULL)
        return VIA_BAD_REFERENCE;
    if (*attached != NULL) {
        *objectp = objects_ref(*attached);
        return VIA_OK;
    }
    struct gateway_object *object;
    enum via_status status =
        objects_create(&binary->session.gateway->objects, &binary->session, ref->handle, &object);
    if (status != VIA_OK) {
        peer_release(binary->peer, (struct their_handle){ref->handle}, UINT32_MAX);
        return status;
    }
    *attached = object;
    *objectp = object;
    return VIA_OK;
}

/* Gives back what of @frame's references nobody has taken. */
static void drop_objects(struct gateway_object **objects, size_t n)
{
    for (size_t i = 0; i < n; i++)
        objects_unref(objects[i]);
}

static enum via_status resolve_all(struct binary *binary, const struct frame *frame,
                                   struct gateway_object **objects)
{
    enum via_status first_fault = VIA_OK;
    size_t n = 0;
    for (size_t i = 0; i < frame->n_refs; i++) {
        struct frame_ref ref;
        frame_ref_get(frame->refs, i, &ref);
        enum via_status status = binary_resolve(binary, &ref, &objects[n]);
        if (status == VIA_OK)
            n++;
        else if (first_fault == VIA_OK)
            first_fault = status;
    }
    if (first_fault != VIA_OK)
        drop_objects(objects, n);
    return first_fault;
}

/* ---- what the peer tells ---- */

void binary_welcome(const struct binary *binary, struct hello *welcome)
{
    const struct principal *who = &binary->session.principal;
    const struct gateway *gateway = binary->session.gateway;
    const struct config_limits *limits = &gateway->config.limits;
    *welcome = (struct hello){.version = HELLO_VERSION,
                              .frame_max = (uint32_t)limits->max_frame_size,
                              .calls_max = (uint32_t)limits->max_calls,
                              .handles_max = (uint32_t)limits->max_handles,
                              .epoch = gateway->epoch,
                              .pid = who->pid,
                              .uid = who->uid,
                              .gid = who->gid,
                              .token = who->token};
    (void)snprintf(welcome->name, sizeof welcome->name, "%s", gateway->config.name);
    (void)snprintf(welcome->identity, sizeof welcome->identity, "%s", who->identity);
}

static void on_hello(void *user, const struct hello *hello)
{
    struct binary *binary = user;
    const struct principal *who = &binary->session.principal;
    loop_disarm(binary->session.gateway->loop, &binary->hello);
    if (hello->session != 0 && resumption_take(binary, hello))
        return;
    if (who->remote &&
        binary->session.gateway->sessions.n > binary->session.gateway->sessions.max) {
        binary->resumption.crowded = true;
        return;
    }
    struct hello welcome;
    binary_welcome(binary, &welcome);
    resumption_offer(binary, &welcome);
    if (peer_welcome(binary->peer, &welcome) == VIA_OK)
        log_info("session.opened", "name=%s from=\"%s\" identity=\"%s\"", hello->name, who->address,
                 who->identity);
    binary_flush_later(binary);
}

static struct session *first_of(struct binary *binary, const struct meta *meta)
{
    void *object = NULL;
    if (!meta->has_first || peer_exported(binary->peer, meta->first, &object) != VIA_OK)
        return NULL;
    struct gateway_object *first = object;
    return first != NULL && first->handle == 0 ? objects_owner(first) : NULL;
}

static enum via_status pass_on(const struct message *message, struct gateway_object *object)
{
    const struct frame *frame = message->frame;
    struct binary *from = (struct binary *)message->from;
    if (frame->layout != VIA_LAYOUT_CONTROL) {
        object->has_layout = true;
        object->layout = frame->layout;
    }
    if (frame->flags & FRAME_ONEWAY)
        return router_oneway(message, object, frame->id);
    uint64_t context = 0;
    enum via_status status = router_call(message, object, frame->id, &context);
    if (status == VIA_OK)
        peer_set_context(from->peer, frame->id, context);
    return status;
}

static void on_call(void *user, void *target, const struct frame *frame, const struct meta *meta,
                    const int *fds)
{
    struct binary *binary = user;
    events_settle(&binary->session.gateway->events);
    struct gateway *gateway = binary->session.gateway;
    if (target == NULL) {
        directory_verbs_call(binary, frame, fds);
        binary_flush_later(binary);
        return;
    }
    struct gateway_object **objects = gateway->scratch.objects;
    const struct message message = {.frame = frame,
                                    .meta = meta,
                                    .objects = objects,
                                    .fds = fds,
                                    .from = &binary->session,
                                    .first = first_of(binary, meta)};
    struct gateway_object *object = target;
    enum via_status status = resolve_all(binary, frame, objects);
    if (status == VIA_OK) {
        status = pass_on(&message, object);
        drop_objects(objects, frame->n_refs);
    }
    if (status == VIA_OK)
        return;
    message_close_fds(&message);
    if (frame->flags & FRAME_ONEWAY)
        peer_refuse(binary->peer, frame->id, frame->object, status);
    else
        binary_answer(binary, frame->id, status,
                      status == VIA_DEAD ? (uint32_t)router_cause(object) : 0);
    binary_flush_later(binary);
}

static void on_reply(void *user, uint64_t context, const struct frame *frame, const int *fds)
{
    struct binary *binary = user;
    events_settle(&binary->session.gateway->events);
    struct gateway *gateway = binary->session.gateway;
    struct gateway_object **objects = gateway->scratch.objects;
    struct message message = {
        .frame = frame, .objects = objects, .fds = fds, .from = &binary->session};
    enum via_status status = resolve_all(binary, frame, objects);
    const struct frame instead = {.kind = FRAME_REPLY, .code = status};
    if (status != VIA_OK) {
        message_close_fds(&message);
        message.frame = &instead;
    }
    router_reply(&message, context);
    drop_objects(objects, message.frame->n_refs);
}

static void on_refused(void *user, const struct frame *frame)
{
    struct binary *binary = user;
    events_settle(&binary->session.gateway->events);
    router_refused(&binary->session, frame->id, (enum via_status)frame->code);
}

static void on_cancel(void *user, uint32_t id, uint64_t context)
{
    struct binary *binary = user;
    if (session_context_key(context) == 0)
        directory_verbs_cancel(binary, id, session_context_id(context));
    else
        router_cancel(binary->session.gateway, context);
    binary_flush_later(binary);
}

static void on_event(void *user, void *object, struct their_handle from, const struct frame *frame,
                     const int *fds)
{
    struct binary *binary = user;
    struct gateway_object **objects = binary->session.gateway->scratch.objects;
    void **attached = object == NULL ? peer_imported(binary->peer, from.number) : NULL;
    const struct message message = {
        .frame = frame, .objects = objects, .fds = fds, .from = &binary->session};
    bool is_known = attached != NULL && *attached != NULL;
    if (resolve_all(binary, frame, objects) == VIA_OK) {
        if (is_known)
            events_publish(*attached, &message);
        drop_objects(objects, frame->n_refs);
    } else if (is_known) {
        events_lost(*attached);
    }
    message_close_fds(&message);
}

static void on_death(void *user, struct their_handle handle, void *attached, enum via_cause cause)
{
    struct binary *binary = user;
    events_settle(&binary->session.gateway->events);
    if (attached != NULL)
        objects_died(attached, cause);
    else if (!binary->ended)
        peer_release(binary->peer, handle, UINT32_MAX);
}

static void on_unexported(void *user, void *object, struct our_handle handle)
{
    struct binary *binary = user;
    (void)handle;
    objects_let_go(object, &binary->session);
}

static void on_bye(void *user, uint32_t code)
{
    struct binary *binary = user;
    events_settle(&binary->session.gateway->events);
    binary->session.leaving = code == FRAME_BYE_EXITED ? VIA_EXITED : VIA_LINK_LOST;
    log_debug("session.bye", "from=\"%s\" code=%u", binary->session.principal.address,
              (unsigned)code);
}

/* From one binary session to another a large message goes as it comes; for all else it is put
 * together: object 0, JSON sessions, events, which are kept, and what is to be looked into. */
static bool on_begins(void *user, void *target, const struct frame *head, uint64_t context)
{
    struct binary *binary = user;
    events_settle(&binary->session.gateway->events);
    struct gateway *gateway = binary->session.gateway;
    const struct session *to = NULL;
    if (head->kind == FRAME_CALL && target != NULL &&
        !phoenix_ports_concern(&binary->session, head))
        to = objects_owner(target);
    else if (head->kind == FRAME_REPLY && session_context_key(context) != 0)
        to = sessions_get(&gateway->sessions, session_context_key(context));
    else
        return false;
    return to == NULL || to->ops == &binary_ops; /* if it has ended, it is refused at once */
}

static void on_lost(void *user, void *object, struct their_handle from, const struct frame *head)
{
    struct binary *binary = user;
    (void)head;
    void **attached = object == NULL ? peer_imported(binary->peer, from.number) : NULL;
    if (attached != NULL && *attached != NULL)
        events_lost(*attached);
}

static enum via_status on_accept_stream(void *user, const struct frame_fd *entry, int *fdp)
{
    struct binary *binary = user;
    if (!binary->session.principal.remote)
        return VIA_OK; /* a Unix link passes descriptors */
    return pump_accept(&binary->session.gateway->pumps, binary->peer, entry, fdp);
}

static void on_stirred(void *user)
{
    binary_flush_later(user);
}

static uint64_t now(void *user)
{
    (void)user;
    return loop_now();
}

static uint32_t coarse_now(void *user)
{
    const struct binary *binary = user;
    return unanswered_now(binary->session.gateway);
}

static const struct peer_ops peer_ops = {.hello = on_hello,
                                         .call = on_call,
                                         .reply = on_reply,
                                         .refused = on_refused,
                                         .cancel = on_cancel,
                                         .event = on_event,
                                         .death = on_death,
                                         .unexported = on_unexported,
                                         .bye = on_bye,
                                         .begins = on_begins,
                                         .lost = on_lost,
                                         .accept_stream = on_accept_stream,
                                         .stirred = on_stirred,
                                         .now = now,
                                         .coarse_now = coarse_now};

/* ---- what the link tells ---- */

static void link_opened(void *user)
{
    (void)user;
}

static enum via_status link_received(void *user, const uint8_t *octets, size_t size, size_t *usedp)
{
    struct binary *binary = user;
    if (binary->ended || binary->handed_over) {
        *usedp = size;
        return VIA_OK;
    }
    enum via_status status = peer_feed(binary->peer, octets, size, usedp);
    if (binary->resumption.moved) { /* an honest client waits for WELCOME before it goes on */
        *usedp = size;
        binary_end_detached(binary, VIA_EXITED);
        return VIA_OK;
    }
    if (binary->resumption.crowded) {
        char why[64];
        (void)snprintf(why, sizeof why, "max_connections = %u are open",
                       binary->session.gateway->sessions.max);
        *usedp = size;
        evict(binary, "session", why);
        return VIA_OK;
    }
    if (status != VIA_OK) {
        audit_refusal(&binary->session.gateway->audit, &binary->session.principal, "frame",
                      peer_fault(binary->peer));
        end(binary, VIA_EVICTED);
    }
    /* The peer answers some by itself; and an ACK may let a large message go on. */
    if (!peer_is_drained(binary->peer))
        binary_flush_later(binary);
    if (!binary->ended)
        acknowledge_soon(binary);
    return status;
}

static void link_received_fds(void *user, const int *fds, size_t n_fds, bool lost)
{
    struct binary *binary = user;
    if (binary->ended) {
        for (size_t i = 0; i < n_fds; i++)
            (void)close(fds[i]);
    } else {
        peer_feed_fds(binary->peer, fds, n_fds, lost);
    }
}

static void link_drained(void *user)
{
    struct binary *binary = user;
    if (!binary->ended)
        gateway_session_drained(&binary->session);
}

static void link_closed(void *user, enum via_status why, const char *detail)
{
    struct binary *binary = user;
    if (binary->handed_over) {
        binary->link = link_destroy(binary->link);
        return;
    }
    log_info("session.closed", "from=\"%s\" why=%s detail=\"%s\"",
             binary->session.principal.address, via_status_name(why), detail);
    if (!binary->ended && binary->session.leaving == VIA_ALIVE && resumption_detach(binary))
        return;
    enum via_cause cause = binary->session.principal.remote ? VIA_LINK_LOST : VIA_CRASHED;
    if (binary->session.leaving != VIA_ALIVE)
        cause = binary->session.leaving; /* it said so before it went */
    end(binary, cause);
    (void)binary_destroy(binary);
}

const struct link_events binary_link_events = {.opened = link_opened,
                                               .received = link_received,
                                               .received_fds = link_received_fds,
                                               .drained = link_drained,
                                               .closed = link_closed};

/* ---- the beginning ---- */

static void hello_is_late(struct loop_timer *timer)
{
    struct binary *binary = of_hello(timer);
    evict(binary, "hello", "no HELLO within hello_ms");
}

enum via_status binary_create_at(struct binary **binaryp, struct gateway *gateway,
                                 const struct principal *principal, uint16_t slot)
{
    struct binary *binary = calloc(1, sizeof *binary);
    if (binary == NULL)
        return VIA_NO_MEMORY;
    binary->session.ops = &binary_ops;
    binary->session.gateway = gateway;
    binary->session.principal = *principal;
    binary->flush.run = flush;
    binary->bulk.run = flush_bulk;
    binary->held.run = let_go_on;
    binary->hello.fired = hello_is_late;
    binary->ack.fired = acknowledge;
    resumption_init(binary);

    const struct config_limits *limits = &gateway->config.limits;
    const struct peer_config config = {.role = PEER_GATEWAY,
                                       .resumes = principal->remote,
                                       .limits = {.frame_max = (uint32_t)limits->max_frame_size,
                                                  .calls_max = (uint32_t)limits->max_calls,
                                                  .handles_max = (uint32_t)limits->max_handles,
                                                  .queue_max = limits->max_queue_size,
                                                  .window = limits->max_unacknowledged,
                                                  .credit = (uint32_t)limits->credit,
                                                  .transfers_max = (uint32_t)limits->max_transfers,
                                                  .streams_max = (uint32_t)limits->max_streams,
                                                  .transfers_size_max = limits->max_transfers_size,
                                                  .assembly_max = limits->max_assembly_size}};
    enum via_status status = peer_create(&binary->peer, &config, &peer_ops, binary);
    if (status == VIA_OK)
        status = slot == 0 ? sessions_add(&gateway->sessions, &binary->session,
                                          resumption_n_more(gateway, principal->remote))
                           : sessions_add_at(&gateway->sessions, &binary->session, slot);
    if (status != VIA_OK) {
        binary->peer = peer_destroy(binary->peer);
        free(binary);
        return status;
    }
    binary->next = gateway->binaries;
    binary->linkp = &gateway->binaries;
    if (binary->next != NULL)
        binary->next->linkp = &binary->next;
    gateway->binaries = binary;
    gateway->n_links++;
    status = loop_arm(gateway->loop, &binary->hello, loop_now() + limits->hello_ms);
    if (status != VIA_OK) {
        (void)binary_destroy(binary);
        return status;
    }
    *binaryp = binary;
    return VIA_OK;
}

enum via_status binary_create(struct binary **binaryp, struct gateway *gateway,
                              const struct principal *principal)
{
    return binary_create_at(binaryp, gateway, principal, 0);
}

void binary_abandon(struct binary *binary)
{
    struct loop *loop = binary->session.gateway->loop;
    bool resumes = binary->link != NULL && binary->session.principal.remote;
    binary->handed_over = true;
    liveness_stop(&binary->liveness);
    loop_disarm(loop, &binary->hello);
    loop_disarm(loop, &binary->ack);
    resumption_deinit(binary);
    if (!resumes) {
        binary->link = link_destroy(binary->link);
        return;
    }
    if (peer_bye(binary->peer, FRAME_BYE_RESUME, "another process takes over") != VIA_OK)
        log_debug("session.no_bye", "to=\"%s\"", binary->session.principal.address);
    link_flush(binary->link);
    if (outbox_size(peer_outbox(binary->peer)) == 0)
        link_close(binary->link);
    else /* it would hear of it late; the loss of the link it sees at once */
        binary->link = link_destroy(binary->link);
}

bool binary_knows(struct binary *binary, const struct gateway_object *object)
{
    void **attached = peer_imported(binary->peer, object->handle);
    return attached != NULL && *attached == object;
}

void binary_cancel_lost_calls(struct binary *binary)
{
    uint32_t cursor = 0, id = 0;
    uint64_t context = 0;
    while (peer_next_sent(binary->peer, &cursor, &id, &context))
        if (sessions_get(&binary->session.gateway->sessions, session_context_key(context)) == NULL)
            peer_cancel(binary->peer, id);
}

static struct binary *of_liveness(struct liveness *liveness)
{
    return (struct binary *)((char *)liveness - offsetof(struct binary, liveness));
}

static void ask(struct liveness *liveness)
{
    struct binary *binary = of_liveness(liveness);
    if (!peer_is_ready(binary->peer))
        return; /* it has its time for HELLO */
    peer_ping(binary->peer);
    binary_flush_later(binary);
}

static void silent(struct liveness *liveness, const char *detail)
{
    link_closed(of_liveness(liveness), VIA_TIMEOUT, detail);
}

void binary_watch(struct binary *binary)
{
    const struct config_limits *limits = &binary->session.gateway->config.limits;
    binary->liveness = (struct liveness){.keepalive_ms = (uint32_t)limits->keepalive_ms,
                                         .timeout_ms = (uint32_t)limits->timeout_ms,
                                         .ask = ask,
                                         .silent = silent};
    if (liveness_start(&binary->liveness, binary->session.gateway->loop, binary->link, 0) != VIA_OK)
        log_error("link.unwatched", "cause=\"no memory for a timer\"");
}

void binary_attach(struct binary *binary, struct link *link)
{
    binary->link = link;
    binary_watch(binary);
}
