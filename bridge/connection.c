/*
 * The connection, and what its link and its peer tell. All of it happens within loop_turn() or
 * within a call of the user's, always under the node's lock, so whatever a frame brings is put
 * where it belongs here and now; what is to run is posted.
 *
 * A session whose WebSocket breaks goes on without one: the peer stays, with all that is under way,
 * what is sent gathers in it, and a new link asks the gateway to go on, at once and then every two
 * seconds at most, until the gateway's grace time is over.
 *
 * Then, or at once where there is no going on, the session ends, in one place, end_session(): the
 * peer ends every call, tells every death, and gives every export back. The next use connects
 * again; where something depends on the link a timer does, at once and then ever more slowly, until
 * the network changes.
 */
#include "bridge/connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/backoff.h"
#include "bridge/connection_peer.h"
#include "bridge/log.h"
#include "bridge/node.h"
#include "bridge/pump.h"
#include "bridge/subscription.h"
#include "bridge/unix_link.h"
#include "bridge/wss_context.h"

#define SUBPROTOCOL "viaduct.bin.1"

/* A thread that waits for a change of state, or for the outbox to run empty. */
struct connection_wait {
    struct connection_wait *next;
    struct waiter waiter;
};

bool connection_is_ready(const struct via_node *node)
{
    return node->connection.state == CONNECTION_READY ||
           node->connection.state == CONNECTION_RESUMING;
}

bool connection_is_resuming(const struct via_node *node)
{
    return node->connection.state == CONNECTION_RESUMING;
}

bool connection_is_current(const struct via_node *node, uint64_t session)
{
    return connection_is_ready(node) && node->connection.session == session;
}

bool connection_is_remote(const struct via_node *node)
{
    return node->connection.address.wss;
}

/* ---- waiting for a change ---- */

void connection_changed(struct connection *connection)
{
    for (struct connection_wait *wait = connection->waits; wait != NULL; wait = wait->next)
        lead_done(connection->node, &wait->waiter);
}

/* Waits for one change, or until @until_ms; VIA_CANCELLED: it is called off. */
static enum via_status wait_for_change(struct via_node *node, uint64_t until_ms)
{
    struct connection *connection = &node->connection;
    struct connection_wait wait = {.next = connection->waits};
    waiter_init(&wait.waiter, RANK_CALLER);
    connection->waits = &wait;
    enum via_status status = lead_wait(node, &wait.waiter, until_ms);
    struct connection_wait **at = &connection->waits;
    while (*at != &wait)
        at = &(*at)->next;
    *at = wait.next;
    waiter_deinit(&wait.waiter);
    return status;
}

/* ---- what the link tells ---- */

static uint32_t silence_bound(const struct connection *connection)
{
    return connection->liveness.keepalive_ms + connection->liveness.timeout_ms;
}

/*
 * How long a new link may take to be made, and then to be greeted. When a host is too busy to
 * answer in time, whoever begins anew each time comes to no end before the session has its own: so
 * each attempt has twice the time of the one before. A network that is gone is found by the kernel
 * as early as ever.
 */
static uint32_t patience(const struct connection *connection)
{
    uint64_t ms = silence_bound(connection), now = loop_now();
    if (connection->state != CONNECTION_RESUMING || connection->grace.at_ms < now + ms)
        return (uint32_t)ms;
    uint64_t left = connection->grace.at_ms - now;
    for (unsigned i = 0; i < connection->n_failures && ms < left; i++)
        ms *= 2;
    return (uint32_t)(ms < left ? ms : left);
}

/* The first frame on a link stands in the outbox before there is one: so it goes with a request for
 * an upgrade. */
static enum via_status greet(struct via_node *node)
{
    struct connection *connection = &node->connection;
    struct hello hello = {.version = HELLO_VERSION,
                          .frame_max = node->frame_max,
                          .calls_max = PEER_CALLS_MAX_DEFAULT,
                          .handles_max = PEER_HANDLES_MAX_DEFAULT};
    (void)snprintf(hello.name, sizeof hello.name, "%s", node->name != NULL ? node->name : "");
    return connection->state == CONNECTION_RESUMING ? peer_resume(connection->peer, &hello)
                                                    : peer_hello(connection->peer, &hello);
}

static void on_opened(void *user)
{
    struct via_node *node = user;
    struct connection *connection = &node->connection;
    enum via_status status =
        liveness_start(&connection->liveness, node->loop, connection->link, patience(connection));
    if (status != VIA_OK) {
        log_error("connection.unwatched", "status=%s", via_status_name(status));
        link_close(connection->link);
        return;
    }
    link_flush(connection->link);
}

static void acknowledge(struct loop_timer *timer)
{
    struct connection *connection =
        (struct connection *)((char *)timer - offsetof(struct connection, ack));
    if (!connection_is_ready(connection->node))
        return;
    peer_acknowledge(connection->peer);
    connection->unflushed = true;
    connection_flush(connection->node);
}

/* What is not acknowledged within PEER_ACK_MS by the way is so then. */
static void acknowledge_soon(struct connection *connection)
{
    if (connection->ack.place != 0 || !peer_ack_due(connection->peer))
        return;
    if (loop_arm(connection->node->loop, &connection->ack, loop_now() + PEER_ACK_MS) != VIA_OK)
        peer_acknowledge(connection->peer);
}

static enum via_status on_received(void *user, const uint8_t *octets, size_t size, size_t *usedp)
{
    struct via_node *node = user;
    struct connection *connection = &node->connection;
    if (connection->state == CONNECTION_CLOSING) {
        *usedp = size;
        return VIA_OK;
    }
    enum via_status status = peer_feed(connection->peer, octets, size, usedp);
    if (status != VIA_OK)
        log_error("connection.bad_frame", "status=%s fault=%s", via_status_name(status),
                  peer_fault(connection->peer));
    else
        acknowledge_soon(connection);
    /* An ACK may let a large message go on, of which nothing is in the outbox. */
    if (connection->unflushed || !peer_is_drained(connection->peer))
        connection_flush_soon(node);
    return status;
}

static void on_received_fds(void *user, const int *fds, size_t n_fds, bool lost)
{
    struct via_node *node = user;
    peer_feed_fds(node->connection.peer, fds, n_fds, lost);
}

static void on_drained(void *user)
{
    struct via_node *node = user;
    connection_changed(&node->connection);
}

static void on_closed(void *user, enum via_status why, const char *detail)
{
    connection_lost(user, why, detail);
}

static const struct link_events link_events = {.opened = on_opened,
                                               .received = on_received,
                                               .received_fds = on_received_fds,
                                               .drained = on_drained,
                                               .closed = on_closed};

/* ---- beginning ---- */

static void flush(struct loop_task *task)
{
    struct connection *connection =
        (struct connection *)((char *)task - offsetof(struct connection, flush));
    connection_flush(connection->node);
}

static enum via_status make_link(struct via_node *node)
{
    struct connection *connection = &node->connection;
    struct outbox *outbox = peer_outbox(connection->peer);
    if (!connection->address.wss)
        return unix_link_connect(&connection->link, node->loop, connection->address.path, outbox,
                                 &link_events, node);
    if (connection->wss == NULL) {
        enum via_status status = wss_context_create(&connection->wss, node->loop);
        if (status != VIA_OK)
            return status;
    }
    struct wss_identity identity = {
        .ca = node->ca, .cert = node->cert, .key = node->key, .pin = node->pin};
    wss_context_set_patience(connection->wss, silence_bound(connection), patience(connection));
    return wss_link_connect(&connection->link, connection->wss, connection->address.text, &identity,
                            node->token, SUBPROTOCOL, outbox, &link_events, node);
}

static enum via_status open_connection(struct via_node *node)
{
    struct connection *connection = &node->connection;
    const struct peer_config config = {.role = PEER_CLIENT,
                                       .resumes = connection->address.wss,
                                       .limits = {.frame_max = node->frame_max,
                                                  .calls_max = PEER_CALLS_MAX_DEFAULT,
                                                  .handles_max = PEER_HANDLES_MAX_DEFAULT,
                                                  .queue_max = PEER_QUEUE_MAX_DEFAULT}};
    enum via_status status = background_need(node);
    if (status == VIA_OK)
        status = peer_create(&connection->peer, &config, &connection_peer_ops, node);
    if (status == VIA_OK)
        status = greet(node);
    if (status == VIA_OK)
        status = make_link(node);
    if (status != VIA_OK) {
        connection->peer = peer_destroy(connection->peer);
        connection->n_failures++;
        fault_explain(&connection->fault, status, connection->address.text, "");
        return connection->fault.why;
    }
    connection->session++;
    connection->unflushed = false;
    connection->state = CONNECTION_OPENING;
    return VIA_OK;
}

/* Whether something depends on the link, so that it is to come back before its next use. */
static bool is_wanted(const struct via_node *node)
{
    return !node->closed && !node->exiting && node->connection.welcomed &&
           (names_any(node) || node->n_proxies > 0 ||
            link_changes_are_watched(&node->link_changes));
}

static uint64_t longest_pause(const struct connection *connection)
{
    if (connection->state == CONNECTION_RESUMING) {
        uint64_t part_ms = peer_grace_ms(connection->peer) / CONNECTION_RESUME_PARTS;
        if (part_ms < BACKOFF_FIRST_MS)
            return BACKOFF_FIRST_MS;
        return part_ms < CONNECTION_RESUME_MAX_MS ? part_ms : CONNECTION_RESUME_MAX_MS;
    }
    return connection->address.wss ? CONNECTION_RETRY_MAX_MS : CONNECTION_LOCAL_MAX_MS;
}

static void arm_retry(struct connection *connection, uint64_t in_ms)
{
    if (loop_arm(connection->node->loop, &connection->retry, loop_now() + in_ms) != VIA_OK)
        log_warn("connection.retry", "status=%s", via_status_name(VIA_NO_MEMORY));
}

/* The next attempt, after so many in a row that failed. */
static void retry_later(struct via_node *node)
{
    struct connection *connection = &node->connection;
    arm_retry(connection,
              backoff_pause(connection->n_failures, longest_pause(connection), backoff_random()));
    if (connection->address.wss && connection->n_failures > 0)
        network_watch(&connection->network, node->loop);
}

/* Comes back by itself where something depends on it. */
static void come_back(struct via_node *node)
{
    if (is_wanted(node) && !node->lead.broken)
        retry_later(node);
}

void connection_is_missed(struct via_node *node)
{
    struct connection *connection = &node->connection;
    if (connection->state == CONNECTION_NONE && connection->retry.place == 0 && is_wanted(node))
        arm_retry(connection, 0);
}

/* What failed before may succeed now. */
static void network_changed(struct network *network)
{
    struct connection *connection =
        (struct connection *)((char *)network - offsetof(struct connection, network));
    connection->n_failures = 0;
    if (connection->retry.place != 0)
        arm_retry(connection, backoff_pause(1, BACKOFF_FIRST_MS, backoff_random()));
}

static void try_to_resume(struct via_node *node);

static void retry(struct loop_timer *timer)
{
    struct connection *connection =
        (struct connection *)((char *)timer - offsetof(struct connection, retry));
    struct via_node *node = connection->node;
    if (connection->state == CONNECTION_RESUMING) {
        try_to_resume(node);
        return;
    }
    if (connection->state != CONNECTION_NONE || node->closed)
        return;
    if (open_connection(node) != VIA_OK) {
        come_back(node);
        connection_changed(connection);
    }
}

static void grace_is_over(struct loop_timer *timer);

/* ---- whether the gateway is alive ---- */

static struct connection *of_liveness(struct liveness *liveness)
{
    return (struct connection *)((char *)liveness - offsetof(struct connection, liveness));
}

static void ask(struct liveness *liveness)
{
    struct connection *connection = of_liveness(liveness);
    if (connection->state != CONNECTION_READY)
        return; /* the gateway has its time for the greeting */
    peer_ping(connection->peer);
    connection->unflushed = true;
    connection_flush(connection->node);
}

static void silent(struct liveness *liveness, const char *detail)
{
    connection_lost(of_liveness(liveness)->node, VIA_TIMEOUT, detail);
}

void connection_init(struct connection *connection, struct via_node *node, uint32_t keepalive_ms,
                     uint32_t timeout_ms)
{
    connection->node = node;
    connection->retry.fired = retry;
    connection->flush.run = flush;
    connection->liveness = (struct liveness){
        .keepalive_ms = keepalive_ms, .timeout_ms = timeout_ms, .ask = ask, .silent = silent};
    connection->grace.fired = grace_is_over;
    connection->ack.fired = acknowledge;
    connection->network.changed = network_changed;
}

enum via_status connection_need(struct via_node *node, uint64_t until_ms)
{
    struct connection *connection = &node->connection;
    bool tried = false;
    while (!connection_is_ready(node)) {
        if (node->closed)
            return VIA_NOT_CONNECTED;
        uint64_t now = loop_now();
        if (now >= until_ms) {
            if (connection->state == CONNECTION_OPENING)
                fault_set(&connection->fault, VIA_TIMEOUT,
                          "the gateway at %s does not answer; is it one, and is it alive?",
                          connection->address.text);
            return connection->fault.why;
        }
        uint64_t wait_ms = until_ms;
        if (connection->state == CONNECTION_NONE) {
            /* One that was there before is likely to come back, the first one is not. */
            if (tried && !connection->welcomed)
                return connection->fault.why;
            if (tried) {
                uint64_t pause_ms = backoff_pause(connection->n_failures, CONNECTION_WAITED_MAX_MS,
                                                  backoff_random());
                if (now + pause_ms < until_ms)
                    wait_ms = now + pause_ms;
                if (wait_for_change(node, wait_ms) == VIA_CANCELLED)
                    return VIA_CANCELLED;
            }
            tried = true;
            if (connection->state == CONNECTION_NONE && open_connection(node) == VIA_OK)
                log_debug("connection.open", "gateway=%s", connection->address.text);
            continue;
        }
        tried = true;
        if (wait_for_change(node, wait_ms) == VIA_CANCELLED)
            return VIA_CANCELLED;
    }
    return VIA_OK;
}

void connection_come_back(struct via_node *node)
{
    if (node->connection.state == CONNECTION_NONE && node->connection.retry.place == 0)
        come_back(node);
}

/* ---- writing ---- */

void connection_flush(struct via_node *node)
{
    struct connection *connection = &node->connection;
    if (!connection->unflushed)
        return;
    connection->unflushed = false;
    if (connection->link == NULL)
        return;
    link_flush(connection->link);
    /* Large messages end without the link having been full. */
    if (connection->waits != NULL && peer_is_drained(connection->peer))
        connection_changed(connection);
}

void connection_flush_soon(struct via_node *node)
{
    struct connection *connection = &node->connection;
    connection->unflushed = true;
    if (!workers_write_later(node) ||
        outbox_size(peer_outbox(connection->peer)) >= WORKERS_FLUSH_MAX)
        connection_flush(node);
}

void connection_flush_oneway(struct via_node *node)
{
    connection_flush_soon(node);
    if (seat_here()->gathers != NULL)
        connection_flush(node);
}

enum via_status connection_drain(struct via_node *node, uint64_t until_ms)
{
    struct connection *connection = &node->connection;
    connection_flush(node);
    while (connection->peer != NULL && !peer_is_drained(connection->peer)) {
        if (loop_now() >= until_ms)
            return VIA_TIMEOUT;
        if (wait_for_change(node, until_ms) == VIA_CANCELLED)
            return VIA_CANCELLED;
    }
    return VIA_OK;
}

/* ---- the end ---- */

void connection_session_ended(struct via_node *node)
{
    struct connection *connection = &node->connection;
    if (node->closed)
        return;
    connection->ended = true;
    link_changes_tell(&node->link_changes, VIA_LINK_ENDED, connection->fault.words);
}

/* Ends the session, once; what it told is posted. */
static void end_session(struct via_node *node)
{
    struct connection *connection = &node->connection;
    if (connection->state != CONNECTION_OPENING && !connection_is_ready(node))
        return;
    bool welcomed = connection_is_ready(node);
    connection->state = CONNECTION_CLOSING;
    liveness_stop(&connection->liveness); /* a link that closes has its own time for that */
    loop_disarm(node->loop, &connection->grace);
    loop_disarm(node->loop, &connection->ack);
    peer_end(connection->peer, VIA_LINK_LOST);
    subscription_end_all(node, VIA_LINK_LOST);
    if (welcomed)
        connection_session_ended(node);
}

static void drop_session(struct via_node *node)
{
    struct connection *connection = &node->connection;
    end_session(node);
    connection->state = CONNECTION_NONE;
    liveness_stop(&connection->liveness);
    connection->link = link_destroy(connection->link);
    connection->peer = peer_destroy(connection->peer);
    connection->unflushed = false;
    connection_changed(connection);
}

static void grace_is_over(struct loop_timer *timer)
{
    struct connection *connection =
        (struct connection *)((char *)timer - offsetof(struct connection, grace));
    struct via_node *node = connection->node;
    if (connection->state != CONNECTION_RESUMING)
        return;
    log_info("connection.given_up", "gateway=%s", connection->address.text);
    drop_session(node);
    come_back(node);
}

static void try_to_resume(struct via_node *node)
{
    struct connection *connection = &node->connection;
    if (connection->link != NULL || (greet(node) == VIA_OK && make_link(node) == VIA_OK))
        return;
    connection->n_failures++;
    retry_later(node);
}

/* Whether the session goes on without its link, until it has another one. */
static bool keep_session(struct via_node *node)
{
    struct connection *connection = &node->connection;
    if (node->closed || node->exiting || node->lead.broken || !connection_is_ready(node) ||
        !peer_is_resumable(connection->peer))
        return false;
    if (connection->state == CONNECTION_READY) {
        uint64_t until_ms = loop_now() + peer_grace_ms(connection->peer);
        if (loop_arm(node->loop, &connection->grace, until_ms) != VIA_OK)
            return false;
        connection->n_failures = 0;
        link_changes_tell(&node->link_changes, VIA_LINK_BROKEN, connection->fault.words);
    } else {
        connection->n_failures++;
    }
    connection->state = CONNECTION_RESUMING;
    liveness_stop(&connection->liveness);
    connection->link = link_destroy(connection->link);
    peer_detach(connection->peer);
    retry_later(node);
    return true;
}

void connection_lost(struct via_node *node, enum via_status why, const char *detail)
{
    struct connection *connection = &node->connection;
    if (connection->state == CONNECTION_NONE)
        return;
    bool opening = connection->state == CONNECTION_OPENING;
    if (connection->state != CONNECTION_CLOSING)
        fault_explain(&connection->fault, opening && why == VIA_OK ? VIA_NOT_CONNECTED : why,
                      connection->address.text, detail);
    if (keep_session(node)) { /* @detail went with the link */
        log_info("connection.lost", "gateway=%s why=%s", connection->address.text,
                 via_status_name(why));
        return;
    }
    bool lasted =
        connection_is_ready(node) && loop_now() - connection->welcomed_ms >= CONNECTION_STEADY_MS;
    connection->n_failures = lasted ? 0 : connection->n_failures + 1;
    drop_session(node);
    come_back(node);
}

void connection_say_goodbye(struct via_node *node)
{
    /* Without it the gateway says CRASHED for us: no more can be done here. */
    if (connection_is_resuming(node))
        return;
    enum via_status status = peer_bye(node->connection.peer, FRAME_BYE_EXITED, NULL);
    if (status != VIA_OK)
        log_warn("connection.goodbye", "status=%s", via_status_name(status));
    node->connection.unflushed = true;
    connection_flush(node);
}

void connection_close(struct via_node *node)
{
    struct connection *connection = &node->connection;
    if (connection->state == CONNECTION_READY)
        connection_say_goodbye(node);
    if (connection->state != CONNECTION_OPENING && !connection_is_ready(node))
        return;
    fault_set(&connection->fault, VIA_NOT_CONNECTED, "this node has been closed");
    if (connection_is_resuming(node)) {
        drop_session(node); /* there is nobody to say goodbye to */
        return;
    }
    end_session(node);
    link_flush(connection->link);
    link_close(connection->link);
}

void connection_deinit(struct via_node *node)
{
    struct connection *connection = &node->connection;
    end_session(node);
    connection->state = CONNECTION_NONE;
    liveness_stop(&connection->liveness);
    connection->link = link_destroy(connection->link);
    connection->peer = peer_destroy(connection->peer);
    if (node->loop != NULL) {
        loop_undefer(node->loop, &connection->flush);
        loop_disarm(node->loop, &connection->retry);
        loop_disarm(node->loop, &connection->grace);
        loop_disarm(node->loop, &connection->ack);
    }
    network_unwatch(&connection->network);
    connection->wss = wss_context_destroy(connection->wss);
}

void connection_forget(struct via_node *node)
{
    struct connection *connection = &node->connection;
    if (node->loop != NULL) {
        loop_abandon(node->loop);
        pumps_forget(&node->pumps);
    }
    node->loop = NULL;
    connection->liveness.link = NULL;
    connection->link = NULL;
    connection->peer = NULL;
    connection->wss = NULL;
    connection->waits = NULL;
    connection->n_failures = 0;
    connection->ended = false;
    network_forget(&connection->network);
    connection->session++;
    connection->state = CONNECTION_NONE;
    connection->unflushed = false;
}
