/*
 * A node's life. Its memory stays until the user and everything that belongs to it have let go: a
 * proxy may outlive via_node_destroy(), and is merely dead then.
 *
 * All nodes stand in a list, for two moments that concern the whole process. In the child of a fork
 * each node starts afresh: its threads do not exist there, and its socket is the parent's. At exit
 * the default node says goodbye; threads and static destructors may go on meanwhile, and find a
 * node that is closed.
 */
#include "bridge/node.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "bridge/call.h"
#include "bridge/environment.h"
#include "bridge/interruption.h"
#include "bridge/log.h"
#include "bridge/options.h"
#include "bridge/subscription.h"
#include "bridge/unix_link.h"

static pthread_mutex_t all_lock = PTHREAD_MUTEX_INITIALIZER;
static struct via_node *all;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_once_t default_once = PTHREAD_ONCE_INIT;
static struct via_node *default_node; /* never destroyed */

/* ---- the lock ---- */

/* A thread that holds it is not cancelled: the others need the lock, and what it guards whole. */
void node_lock(struct via_node *node)
{
    struct seat *seat = seat_here();
    assert(seat->held == NULL);
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &seat->cancel_state);
    (void)pthread_mutex_lock(&node->lock);
    seat->held = node;
}

static void announce(struct via_node *node)
{
    if (node->workers.unannounced)
        workers_announce(node);
    if (node->lanes != NULL)
        lanes_announce(node);
}

void node_unlock(struct via_node *node)
{
    struct seat *seat = seat_here();
    int cancel_state = seat->cancel_state;
    assert(seat->held == node);
    announce(node);
    seat->held = NULL;
    (void)pthread_mutex_unlock(&node->lock);
    if (seat->first != NULL)
        seat_run_afterwards(seat);
    (void)pthread_setcancelstate(cancel_state, NULL);
}

void node_settle(struct via_node *node)
{
    announce(node);
    if (seat_here()->first == NULL)
        return;
    node_unlock(node);
    node_lock(node);
}

bool node_is_locked(void)
{
    return seat_here()->held != NULL;
}

/* ---- forks ---- */

static void before_fork(void)
{
    (void)pthread_mutex_lock(&all_lock);
    for (struct via_node *node = all; node != NULL; node = node->next)
        (void)pthread_mutex_lock(&node->lock);
}

static void after_fork_in_parent(void)
{
    for (struct via_node *node = all; node != NULL; node = node->next)
        (void)pthread_mutex_unlock(&node->lock);
    (void)pthread_mutex_unlock(&all_lock);
}

/* What the parent's session gave is left as it is: it is dead here, and its memory small. */
static void after_fork_in_child(void)
{
    for (struct via_node *node = all; node != NULL; node = node->next) {
        (void)pthread_mutex_init(&node->lock, NULL);
        connection_forget(node);
        memset(&node->lead, 0, sizeof node->lead);
        memset(&node->background, 0, sizeof node->background);
        unsigned limit = node->workers.limit;
        memset(&node->workers, 0, sizeof node->workers);
        node->workers.limit = limit;
        link_changes_forget(&node->link_changes);
        names_forget_numbers(node);
        claims_forget(node);
        node->subscriptions = NULL;
        node->lanes = NULL;
        node->sentry = NULL;
        node->self->facts.pid = getpid();
        node->self->facts.process = node->self->facts.pid;
    }
    interruption_forget();
    struct seat *seat = seat_here();
    seat->worker = NULL;
    seat->serves = NULL;
    seat->gathers = NULL;
    seat->gathers_for = NULL;
    seat->n_gathers = 0;
    seat->took_from = NULL;
    seat->in_job = false;
    (void)pthread_mutex_init(&all_lock, NULL);
}

static void prepare(void)
{
    (void)pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

/* ---- life ---- */

static bool copy_option(char **to, const char *given, const char *variable)
{
    if (given == NULL && variable != NULL)
        given = secure_getenv(variable);
    if (given == NULL || given[0] == '\0')
        return true;
    *to = strdup(given);
    return *to != NULL;
}

static bool copy_options(struct via_node *node, const struct via_node_options *options)
{
    return copy_option(&node->gateway, options->gateway, "VIADUCT_GATEWAY") &&
           copy_option(&node->ca, options->ca, "VIADUCT_CA") &&
           copy_option(&node->cert, options->cert, "VIADUCT_CERT") &&
           copy_option(&node->key, options->key, "VIADUCT_KEY") &&
           copy_option(&node->token, options->token, "VIADUCT_TOKEN") &&
           copy_option(&node->pin, options->pin, "VIADUCT_PIN") &&
           copy_option(&node->name,
                       options->name != NULL ? options->name : program_invocation_short_name, NULL);
}

static struct via_node *free_node(struct via_node *node)
{
    free(node->gateway);
    free(node->ca);
    free(node->cert);
    free(node->key);
    free(node->token);
    free(node->pin);
    free(node->name);
    (void)caller_unref(node->self);
    (void)caller_unref(node->nobody);
    call_free_spares(node);
    link_changes_deinit(&node->link_changes);
    (void)pthread_mutex_destroy(&node->lock);
    free(node);
    return NULL;
}

struct via_node *node_ref(struct via_node *node)
{
    (void)atomic_fetch_add(&node->refs, 1);
    return node;
}

struct via_node *node_unref(struct via_node *node)
{
    if (atomic_fetch_sub(&node->refs, 1) != 1)
        return NULL;
    (void)pthread_mutex_lock(&all_lock);
    struct via_node **at = &all;
    while (*at != node)
        at = &(*at)->next;
    *at = node->next;
    (void)pthread_mutex_unlock(&all_lock);
    return free_node(node);
}

static uint64_t random_base(void)
{
    uint64_t base = 0;
    if (getrandom(&base, sizeof base, 0) == (ssize_t)sizeof base)
        return base;
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec ^ (uint64_t)getpid() << 16;
}

uint64_t node_new_chain(struct via_node *node)
{
    uint64_t chain = node->chain_base + ++node->n_chains;
    if (chain == 0) /* none: it is what no chain is called */
        chain = node->chain_base + ++node->n_chains;
    return chain;
}

/* The largest payload that is taken: as given, or as the environment has it. False: cannot be. */
static bool take_frame_max(struct via_node *node, uint32_t given)
{
    uint64_t size = given != 0 ? given : PEER_FRAME_MAX_DEFAULT;
    if (given == 0 && !environment_octets("VIADUCT_MAX_FRAME_SIZE", PEER_FRAME_MAX_LEAST,
                                          PEER_FRAME_MAX_MOST, &size))
        return false;
    node->frame_max = (uint32_t)size;
    return size >= PEER_FRAME_MAX_LEAST && size <= PEER_FRAME_MAX_MOST;
}

/* Of those that bound a silence; their sum is one, too. */
static bool is_time(uint32_t ms)
{
    return ms == 0 || (ms >= LIVENESS_LEAST_MS && ms <= INT32_MAX / 2);
}

enum via_status via_node_create(const struct via_node_options *given, struct via_node **nodep)
{
    struct via_node_options options = {0};
    const size_t least = offsetof(struct via_node_options, keepalive_ms);
    if (nodep == NULL || !options_take(&options, sizeof options, least, given) ||
        options.n_workers > WORKERS_MAX || !is_time(options.keepalive_ms) ||
        !is_time(options.timeout_ms))
        return VIA_INVALID;
    struct via_node *node = calloc(1, sizeof *node);
    if (node == NULL)
        return VIA_NO_MEMORY;
    (void)pthread_once(&once, prepare);
    (void)pthread_mutex_init(&node->lock, NULL);
    atomic_init(&node->refs, 1);
    node->self = caller_create_self(node);
    node->nobody = caller_create_nobody(node);
    if (node->self == NULL || node->nobody == NULL || !copy_options(node, &options)) {
        (void)free_node(node);
        return VIA_NO_MEMORY;
    }
    connection_init(&node->connection, node,
                    options.keepalive_ms != 0 ? options.keepalive_ms : LIVENESS_KEEPALIVE_MS,
                    options.timeout_ms != 0 ? options.timeout_ms : LIVENESS_TIMEOUT_MS);
    names_init(&node->names, node);
    findings_init(&node->findings);
    claims_init(&node->claims);
    link_changes_init(&node->link_changes, node);
    node->link_changes.changed = options.link_changed;
    node->link_changes.user = options.link_user;
    enum via_status status = take_frame_max(node, options.max_frame_size) ? VIA_OK : VIA_INVALID;
    if (status == VIA_OK)
        status = gateway_address_parse(node->gateway, &node->connection.address);
    if (status != VIA_OK) {
        (void)free_node(node);
        return status;
    }
    node->connect_ms = options.connect_ms != 0 ? options.connect_ms : NODE_CONNECT_MS;
    node->worker_started = options.worker_started;
    node->workers.limit = options.n_workers != 0 ? options.n_workers : WORKERS_DEFAULT;
    node->chain_base = random_base();

    (void)pthread_mutex_lock(&all_lock);
    node->next = all;
    all = node;
    (void)pthread_mutex_unlock(&all_lock);
    *nodep = node;
    return VIA_OK;
}

/* ---- the default node ---- */

/* At exit: handlers may still run, and static destructors come after. No callback begins any more,
 * and nothing is freed. */
static void say_goodbye(void)
{
    struct via_node *node = default_node;
    node_lock(node);
    node->exiting = true;
    node->closed = true;
    uint64_t until_ms = loop_now() + NODE_GOODBYE_MS;
    if (connection_is_ready(node) && !connection_is_resuming(node))
        (void)connection_drain(node, until_ms); /* nothing goes out after the goodbye */
    if (connection_is_ready(node) && !connection_is_resuming(node)) {
        connection_say_goodbye(node);
        (void)connection_drain(node, until_ms);
    }
    workers_reap(node);
    node_unlock(node);
}

/* A thread that is cancelled meanwhile would leave half a node behind, and the next one would begin
 * anew. */
static void make_default(void)
{
    struct via_node *node;
    int cancel_state;
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    if (via_node_create(NULL, &node) == VIA_OK) {
        default_node = node;
        if (atexit(say_goodbye) != 0)
            log_warn("node.exit", "goodbye=impossible");
    }
    (void)pthread_setcancelstate(cancel_state, NULL);
}

struct via_node *via_node_default(void)
{
    (void)pthread_once(&default_once, make_default);
    return default_node;
}

/* ---- beginning and end ---- */

enum via_status via_node_connect(struct via_node *node, uint32_t timeout_ms)
{
    if (node == NULL)
        return VIA_INVALID;
    node_lock(node);
    uint64_t until_ms = loop_now() + (timeout_ms != 0 ? timeout_ms : node->connect_ms);
    enum via_status status = connection_need(node, until_ms);
    node_unlock(node);
    return status;
}

enum via_status via_node_set_gateway(struct via_node *node, const char *gateway)
{
    if (node == NULL || gateway == NULL)
        return VIA_INVALID;
    enum via_status status = VIA_BUSY;
    node_lock(node);
    if (node->connection.state == CONNECTION_NONE)
        status = gateway_address_parse(gateway, &node->connection.address);
    node_unlock(node);
    return status;
}

void via_node_fault(struct via_node *node, char *words, size_t size)
{
    if (size == 0)
        return;
    node_lock(node);
    (void)snprintf(words, size, "%s", node->connection.fault.words);
    node_unlock(node);
}

uint32_t via_node_payload_max(struct via_node *node)
{
    if (node == NULL)
        return 0;
    node_lock(node);
    uint32_t most = node->connection.payload_max;
    node_unlock(node);
    return most;
}

int32_t via_node_gateway_pid(struct via_node *node)
{
    int32_t pid = -1;
    node_lock(node);
    if (connection_is_ready(node) && !connection_is_remote(node) && node->connection.link != NULL)
        pid = unix_link_peer(node->connection.link)->pid;
    node_unlock(node);
    return pid;
}

enum via_status via_node_flush(struct via_node *node, uint32_t timeout_ms)
{
    if (node == NULL)
        return VIA_INVALID;
    node_lock(node);
    enum via_status status = connection_drain(node, loop_now() + timeout_ms);
    node_unlock(node);
    return status;
}

/* ---- many in one write ---- */

void via_node_gather(struct via_node *node)
{
    struct seat *seat = seat_here();
    if (node == NULL || (seat->gathers_for != NULL && seat->gathers_for != node))
        return;
    seat->gathers_for = node;
    seat->n_gathers++;
}

void via_node_write(struct via_node *node)
{
    struct seat *seat = seat_here();
    if (node == NULL || seat->gathers_for != node || --seat->n_gathers > 0)
        return;
    seat->gathers_for = NULL;
    node_lock(node);
    connection_flush(node);
    node_unlock(node);
}

static void close_node(struct via_node *node)
{
    if (node->closed)
        return;
    node->closed = true;
    connection_close(node);
    names_forget(node);
    claims_end_all(node);
    known_numbers_clear(node);
    findings_end_all(node);
    subscription_end_all(node, VIA_LINK_LOST);
    lead_wake_all(node);
}

void via_node_close(struct via_node *node)
{
    if (node == NULL)
        return;
    node_lock(node);
    close_node(node);
    node_unlock(node);
}

struct via_node *via_node_destroy(struct via_node *node)
{
    if (node == NULL)
        return NULL;
    node_lock(node);
    uint64_t until_ms = loop_now() + NODE_GOODBYE_MS;
    if (!node->closed && connection_is_ready(node))
        (void)connection_drain(node, until_ms);
    close_node(node);
    (void)connection_drain(node, until_ms);
    workers_stop(node);
    background_stop(node);
    connection_deinit(node);
    if (node->loop != NULL)
        pumps_deinit(&node->pumps);
    node->loop = loop_destroy(node->loop);
    node->sentry = NULL;
    node_unlock(node);
    return node_unref(node);
}

bool node_start_thread(pthread_t *threadp, void *(*run)(void *user), void *user)
{
    /* Signals are the program's, and come to its own threads. */
    sigset_t every, before;
    (void)sigfillset(&every);
    (void)pthread_sigmask(SIG_SETMASK, &every, &before);
    int number = pthread_create(threadp, NULL, run, user);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (number != 0)
        log_warn("node.thread", "errno=%d", number);
    return number == 0;
}
