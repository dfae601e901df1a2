/*
 * A client is known by the caller of its calls, which is the same for as long as its session lasts;
 * the call of its first mtOpen is kept for that. Its end is told after all its messages have begun.
 *
 * For each object that it left open the port sends itself a oneway without a payload, and whoever
 * receives that takes the next closing from the port's list: so no message that comes from
 * elsewhere can pass for one.
 */
#include "bridge/phoenix/clients.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/phoenix/port.h"
#include "codecs/meta.h"

#define PID_INIT 1        /* to programs: the system's own, as 0 is the kernel */
#define OPENED_MAX 16384u /* objects of one client at one port that are closed for it */
/* Of an open descriptor's flags: none of O_CREAT, O_TRUNC, O_EXCL, O_NOCTTY, O_CLOEXEC. */
#define STATUS_FLAGS (~(0x100 | 0x200 | 0x400 | 0x2000 | 0x4000))

struct opened {
    rbnode_t node; /* of its client's; first */
    struct opened *next;
    oid_t oid;
    int flags; /* of the last time */
    int pid;
    unsigned int n; /* how often */
};

struct client {
    rbnode_t node;     /* of its port's; first */
    struct port *port; /* a count; NULL: nobody asks any more */
    const struct via_caller *caller;
    struct via_call *call; /* a count: holds the caller */
    rbtree_t opened;       /* owned */
    unsigned int n_opened; /* objects in it */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of all clients */

/* ---- order ---- */

static int compare_clients(rbnode_t *n1, rbnode_t *n2)
{
    uintptr_t first = (uintptr_t)lib_treeof(struct client, node, n1)->caller;
    uintptr_t second = (uintptr_t)lib_treeof(struct client, node, n2)->caller;
    return first < second ? -1 : first > second;
}

static int compare_opened(rbnode_t *n1, rbnode_t *n2)
{
    const oid_t *first = &lib_treeof(struct opened, node, n1)->oid;
    const oid_t *second = &lib_treeof(struct opened, node, n2)->oid;
    if (first->port != second->port)
        return first->port < second->port ? -1 : 1;
    return first->id < second->id ? -1 : first->id > second->id;
}

static struct client *find_client(struct port *port, const struct via_caller *caller)
{
    struct client wanted = {.caller = caller};
    return lib_treeof(struct client, node, lib_rbFind(&port->clients, &wanted.node));
}

static struct opened *find_opened(struct client *client, const oid_t *oid)
{
    struct opened wanted = {.oid = *oid};
    return lib_treeof(struct opened, node, lib_rbFind(&client->opened, &wanted.node));
}

void clients_init(struct port *port)
{
    lib_rbInit(&port->clients, compare_clients, NULL);
    port->last_closing = &port->closings;
}

/* A container's first process is 1 to those within, and an ordinary client. There is one of those:
 * the number that no session has will do. */
int clients_pid(const struct via_caller *caller)
{
    return caller->process > PID_INIT ? caller->process : (int)META_PROCESS_NONE;
}

/* ---- the end of a client ---- */

static struct opened *first_opened(struct client *client)
{
    return lib_treeof(struct opened, node, lib_rbMinimum(client->opened.root));
}

/* How many messages are due. Lock held. */
static unsigned int close_all(struct client *client)
{
    struct port *port = client->port;
    struct opened *opened;
    unsigned int n = 0;
    while ((opened = first_opened(client)) != NULL) {
        lib_rbRemove(&client->opened, &opened->node);
        n += opened->n;
        opened->next = NULL;
        *port->last_closing = opened;
        port->last_closing = &opened->next;
    }
    return n;
}

static void free_client(struct client *client)
{
    (void)via_call_unref(client->call);
    (void)port_unref(client->port);
    free(client);
}

/* Those that do not find their way are taken by the next one that does. */
static void announce(struct via_stub *stub, unsigned int n)
{
    struct via_proxy *proxy = via_stub_proxy(stub);
    enum via_status status = VIA_OK;
    while (n-- > 0 && status == VIA_OK)
        status = via_proxy_send(proxy, mtClose, NULL);
    (void)via_proxy_unref(proxy);
}

static void end_client(void *user, enum via_cause cause)
{
    struct client *client = user;
    unsigned int n = 0;
    (void)cause;
    (void)pthread_mutex_lock(&lock);
    if (client->port != NULL) {
        lib_rbRemove(&client->port->clients, &client->node);
        n = close_all(client);
    }
    (void)pthread_mutex_unlock(&lock);
    if (n > 0)
        announce(via_call_stub(client->call), n);
    free_client(client);
}

/* ---- opening and closing ---- */

static struct client *add_client(struct port *port, struct via_call *call)
{
    struct client *client = calloc(1, sizeof *client);
    if (client == NULL)
        return NULL;
    client->caller = via_call_caller(call);
    client->call = via_call_keep(call);
    client->port = port;
    (void)atomic_fetch_add(&port->refs, 1);
    lib_rbInit(&client->opened, compare_opened, NULL);
    (void)lib_rbInsert(&port->clients, &client->node);
    return client;
}

/* Without memory, or with too many, nobody remembers it. */
static void add_opened(struct client *client, const oid_t *oid, int flags)
{
    struct opened *opened = find_opened(client, oid);
    if (opened == NULL) {
        opened = client->n_opened < OPENED_MAX ? calloc(1, sizeof *opened) : NULL;
        if (opened == NULL)
            return;
        client->n_opened++;
        opened->oid = *oid;
        opened->pid = clients_pid(client->caller);
        (void)lib_rbInsert(&client->opened, &opened->node);
    }
    opened->n++;
    opened->flags = (int)((unsigned int)flags & (unsigned int)STATUS_FLAGS);
}

void clients_opened(struct port *port, struct via_call *call, const oid_t *oid, int flags)
{
    const struct via_caller *caller = via_call_caller(call);
    enum via_status status = VIA_OK;
    if (caller->process == getpid())
        return; /* what it opens in itself ends with it */
    (void)pthread_mutex_lock(&lock);
    struct client *client = find_client(port, caller);
    bool is_new = client == NULL;
    if (is_new)
        client = add_client(port, call);
    if (client != NULL)
        add_opened(client, oid, flags);
    if (client != NULL && is_new)
        status = via_call_watch(call, end_client, client);
    (void)pthread_mutex_unlock(&lock);
    if (status == VIA_DEAD)
        end_client(client, VIA_EXITED); /* already, and nobody tells */
}

void clients_closed(struct port *port, const struct via_caller *caller, const oid_t *oid)
{
    (void)pthread_mutex_lock(&lock);
    struct client *client = find_client(port, caller);
    struct opened *opened = client != NULL ? find_opened(client, oid) : NULL;
    bool is_last = opened != NULL && --opened->n == 0;
    if (is_last) {
        lib_rbRemove(&client->opened, &opened->node);
        client->n_opened--;
    }
    (void)pthread_mutex_unlock(&lock);
    if (is_last)
        free(opened);
}

bool clients_take_closing(struct port *port, struct closing *closing)
{
    (void)pthread_mutex_lock(&lock);
    struct opened *opened = port->closings;
    bool is_last = opened != NULL && --opened->n == 0;
    if (opened != NULL)
        *closing = (struct closing){.oid = opened->oid, .flags = opened->flags, .pid = opened->pid};
    if (is_last) {
        port->closings = opened->next;
        if (port->closings == NULL)
            port->last_closing = &port->closings;
    }
    (void)pthread_mutex_unlock(&lock);
    if (is_last)
        free(opened);
    return opened != NULL;
}

/* ---- the end of a port ---- */

void clients_drop_closings(struct port *port)
{
    while (port->closings != NULL) {
        struct opened *opened = port->closings;
        port->closings = opened->next;
        free(opened);
    }
    port->last_closing = &port->closings;
}

/* What the watch of its end still needs stays until then. */
static void orphan(struct client *client)
{
    struct via_call *call = client->call;
    struct port *port = client->port;
    struct opened *opened;
    while ((opened = first_opened(client)) != NULL) {
        lib_rbRemove(&client->opened, &opened->node);
        free(opened);
    }
    client->call = NULL;
    client->port = NULL;
    (void)pthread_mutex_unlock(&lock);
    (void)via_call_unref(call);
    (void)port_unref(port);
    (void)pthread_mutex_lock(&lock);
}

void clients_forget(struct port *port)
{
    struct client *client;
    (void)pthread_mutex_lock(&lock);
    while ((client = lib_treeof(struct client, node, lib_rbMinimum(port->clients.root))) != NULL) {
        lib_rbRemove(&port->clients, &client->node);
        orphan(client);
    }
    (void)pthread_mutex_unlock(&lock);
}

/* ---- fork ---- */

void clients_before_fork(void)
{
    (void)pthread_mutex_lock(&lock);
}

void clients_after_fork(bool in_child)
{
    if (in_child)
        (void)pthread_mutex_init(&lock, NULL);
    else
        (void)pthread_mutex_unlock(&lock);
}
