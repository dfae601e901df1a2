/*
 * A port is a stub whose calls go to a queue of its own, from which msgRecv() takes them. What is
 * left of it when it is destroyed goes with the last thread that is still in there.
 *
 * Ports are not a child's of fork(): it finds an empty table. What its parent had stays where it
 * is, for nobody there knows in which state it was.
 */
#include "bridge/phoenix/port.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <viaduct/node.h>

#include "bridge/phoenix/clients.h"
#include "bridge/phoenix/data_max.h"
#include "bridge/phoenix/failure.h"
#include "bridge/phoenix/kept_errno.h"
#include "bridge/phoenix/received.h"

/* Octets of one client's messages that nobody has received yet: sixteen of the largest. */
#define WAITING_MAX ((size_t)256 << 20)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the table */
static rbtree_t table;                                   /* a count each */
static rbnode_t *left_behind;                            /* the parent's */
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* ---- fork ---- */

static void before_fork(void)
{
    (void)pthread_mutex_lock(&lock);
    clients_before_fork();
    received_before_fork();
}

static void after_fork_in_parent(void)
{
    received_after_fork(false);
    clients_after_fork(false);
    (void)pthread_mutex_unlock(&lock);
}

static void after_fork_in_child(void)
{
    received_after_fork(true);
    clients_after_fork(true);
    if (table.root != NULL)
        left_behind = table.root;
    table.root = NULL;
    (void)pthread_mutex_init(&lock, NULL);
}

static int compare(rbnode_t *n1, rbnode_t *n2)
{
    const struct port *first = lib_treeof(struct port, node, n1);
    const struct port *second = lib_treeof(struct port, node, n2);
    return first->number < second->number ? -1 : first->number > second->number;
}

/* The node is there before, so that its lock is taken after ours. */
static void prepare(void)
{
    (void)via_node_default();
    lib_rbInit(&table, compare, NULL);
    (void)pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

/* ---- life ---- */

struct port *port_unref(struct port *port)
{
    if (port == NULL || atomic_fetch_sub(&port->refs, 1) != 1)
        return NULL;
    (void)via_queue_destroy(port->queue);
    clients_drop_closings(port);
    free(port);
    return NULL;
}

struct port *port_get(uint32_t number)
{
    struct port wanted = {.number = number};
    (void)pthread_mutex_lock(&lock);
    struct port *port =
        table.root == NULL ? NULL : lib_treeof(struct port, node, lib_rbFind(&table, &wanted.node));
    if (port != NULL)
        (void)atomic_fetch_add(&port->refs, 1);
    (void)pthread_mutex_unlock(&lock);
    return port;
}

/* No call is handled by a worker: all go to a queue. */
static void refuse(void *user, struct via_call *call)
{
    (void)user;
    (void)via_call_fail(call, VIA_UNSUPPORTED);
}

static void on_destroyed(void *user)
{
    (void)port_unref(user);
}

static enum via_status open_port(struct port *port, struct via_node *node)
{
    const struct via_stub_ops ops = {
        .size = sizeof ops, .call = refuse, .destroyed = on_destroyed, .no_nesting = true};
    enum via_status status = via_queue_create(node, NULL, NULL, &port->queue);
    if (status == VIA_OK)
        status = via_stub_create(node, &ops, port, &port->stub);
    if (status != VIA_OK)
        return status;
    (void)atomic_fetch_add(&port->refs, 1);
    via_queue_limit(port->queue, WAITING_MAX);
    via_stub_set_queue(port->stub, port->queue);
    return via_stub_number(port->stub, 0, &port->number);
}

int portCreate(uint32_t *port)
{
    KEEP_ERRNO();
    if (port == NULL)
        return -EFAULT;
    (void)pthread_once(&once, prepare);
    struct via_node *node = via_node_default();
    bool is_able = node != NULL && data_max_check(0, 0) == VIA_OK;
    struct port *new = is_able ? calloc(1, sizeof *new) : NULL;
    if (new == NULL)
        return -ENOMEM;
    atomic_init(&new->refs, 1);
    clients_init(new);
    enum via_status status = open_port(new, node);
    if (status != VIA_OK) {
        (void)via_stub_unref(new->stub);
        (void)port_unref(new);
        return status == VIA_BUSY ? -ENOMEM : failure_of(status);
    }
    *port = new->number;
    (void)pthread_mutex_lock(&lock);
    (void)lib_rbInsert(&table, &new->node);
    (void)pthread_mutex_unlock(&lock);
    return 0;
}

static struct port *take_out(uint32_t number)
{
    struct port wanted = {.number = number};
    (void)pthread_mutex_lock(&lock);
    struct port *port =
        table.root == NULL ? NULL : lib_treeof(struct port, node, lib_rbFind(&table, &wanted.node));
    if (port != NULL)
        lib_rbRemove(&table, &port->node);
    (void)pthread_mutex_unlock(&lock);
    return port;
}

/* Whoever sends from now on finds nobody, then those that were received are told, then those that
 * wait, and the receivers. */
void portDestroy(uint32_t port)
{
    KEEP_ERRNO();
    struct port *old = take_out(port);
    if (old == NULL)
        return;
    via_stub_withdraw(old->stub);
    received_end(old);
    via_queue_close(old->queue);
    clients_forget(old);
    old->stub = via_stub_unref(old->stub);
    (void)port_unref(old);
}
