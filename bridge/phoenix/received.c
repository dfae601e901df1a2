/*
 * A rid is a place of a table, in its low 20 bits, and above them how often the place has been
 * used, modulo 2,048. Places are used again in turn, and not before there are many free ones: so
 * one that is answered twice, or late, is found out.
 */
#include "bridge/phoenix/received.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bridge/phoenix/port.h"

#define INDEX_MASK (RECEIVED_MAX - 1u)
#define USES_MASK 0x7ffu
#define CHUNK 1024u    /* places that are made at once */
#define FREE_MIN 1024u /* places that are free before one is used again */
#define SPARES_MAX 64u /* kept for the next messages */
#define KEEP_SIZE_MAX                                                                              \
    65537u /* octets of a block that are kept with one of them: 64 KiB of data                     \
            */

struct place {
    struct received *received; /* NULL: free */
    uint32_t n_uses;
    uint32_t next_free;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of all here, and ports' lists */
static struct place *chunks[RECEIVED_MAX / CHUNK];       /* owned */
static uint32_t n_places, n_free;
static uint32_t first_free, last_free; /* while n_free is not 0 */
static struct received *spares;        /* owned */
static uint32_t n_spares;

static struct place *place_at(uint32_t index)
{
    return &chunks[index / CHUNK][index % CHUNK];
}

/* ---- memory ---- */

static struct received *take_spare(void)
{
    (void)pthread_mutex_lock(&lock);
    struct received *received = spares;
    if (received != NULL) {
        spares = received->next;
        n_spares--;
    }
    (void)pthread_mutex_unlock(&lock);
    return received;
}

static void drop_block(struct received *received)
{
    if (received->block_size > KEEP_SIZE_MAX)
        (void)munmap(received->block, received->block_size);
    else
        free(received->block);
    received->block = NULL;
    received->block_size = 0;
}

/* Large ones are the kernel's zeros, from nowhere else: room that nobody writes to takes no memory,
 * however much of it is asked for. calloc() would clear what it has had before. */
static uint8_t *map_block(size_t size)
{
    void *block = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return block != MAP_FAILED ? block : NULL;
}

static bool make_block(struct received *received, size_t size)
{
    if (size <= received->block_size) {
        memset(received->block, 0, size);
        return true;
    }
    drop_block(received);
    received->block = size > KEEP_SIZE_MAX ? map_block(size) : calloc(1, size);
    received->block_size = received->block != NULL ? size : 0;
    return received->block != NULL;
}

/* One octet more, so that it is a buffer also where it has no octets. */
static bool make_out(struct received *received, size_t out_size)
{
    size_t size = out_size + 1;
    received->out_data = received->small;
    if (size <= sizeof received->small) {
        memset(received->small, 0, size);
        return true;
    }
    bool is_made = make_block(received, size);
    received->out_data = received->block;
    return is_made;
}

static void give_back(struct received *received)
{
    free(received->room);
    received->room = NULL;
    received->call = NULL;
    if (received->block_size > KEEP_SIZE_MAX)
        drop_block(received);
    (void)pthread_mutex_lock(&lock);
    bool is_kept = n_spares < SPARES_MAX;
    if (is_kept) {
        received->next = spares;
        spares = received;
        n_spares++;
    }
    (void)pthread_mutex_unlock(&lock);
    if (is_kept)
        return;
    drop_block(received);
    free(received);
}

enum via_status received_create(struct via_call *call, bool has_out, size_t out_size,
                                struct received **receivedp)
{
    struct received *received = take_spare();
    if (received == NULL)
        received = calloc(1, sizeof *received);
    if (received == NULL)
        return VIA_NO_MEMORY;
    if (!make_out(received, out_size)) {
        give_back(received);
        return VIA_NO_MEMORY;
    }
    received->port = NULL;
    received->call = call;
    received->has_out = has_out;
    received->out_size = out_size;
    *receivedp = received;
    return VIA_OK;
}

void received_destroy(struct received *received)
{
    (void)via_call_unref(received->call);
    give_back(received);
}

/* ---- rids ---- */

static void put_free(uint32_t index)
{
    place_at(index)->received = NULL;
    if (n_free++ == 0)
        first_free = index;
    else
        place_at(last_free)->next_free = index;
    last_free = index;
}

static bool add_chunk(void)
{
    if (n_places == RECEIVED_MAX)
        return false;
    struct place *chunk = calloc(CHUNK, sizeof *chunk);
    if (chunk == NULL)
        return false;
    chunks[n_places / CHUNK] = chunk;
    for (uint32_t i = 0; i < CHUNK; i++)
        put_free(n_places++);
    return true;
}

/* False: there is none. */
static bool take_free(uint32_t *indexp)
{
    if (n_free <= FREE_MIN && !add_chunk() && n_free == 0)
        return false;
    *indexp = first_free;
    first_free = place_at(first_free)->next_free;
    n_free--;
    return true;
}

static void link_to(struct received *received, struct port *port)
{
    received->port = port;
    received->linkp = &port->received;
    received->next = port->received;
    if (received->next != NULL)
        received->next->linkp = &received->next;
    port->received = received;
}

static void unlink_from_port(struct received *received)
{
    *received->linkp = received->next;
    if (received->next != NULL)
        received->next->linkp = received->linkp;
    received->port = NULL;
}

static enum via_status enter_locked(struct received *received, struct port *port)
{
    uint32_t index;
    if (port->is_over)
        return VIA_DEAD;
    if (!take_free(&index))
        return VIA_NO_MEMORY;
    struct place *place = place_at(index);
    place->received = received;
    received->rid = (msg_rid_t)((place->n_uses++ & USES_MASK) << RECEIVED_BITS | index);
    received->port_number = port->number;
    link_to(received, port);
    return VIA_OK;
}

enum via_status received_enter(struct received *received, struct port *port)
{
    (void)pthread_mutex_lock(&lock);
    enum via_status status = enter_locked(received, port);
    (void)pthread_mutex_unlock(&lock);
    return status;
}

static struct received *find(uint32_t number, msg_rid_t rid)
{
    uint32_t index = (uint32_t)rid & INDEX_MASK;
    if (rid < 0 || index >= n_places)
        return NULL;
    struct received *received = place_at(index)->received;
    return received != NULL && received->rid == rid && received->port_number == number ? received
                                                                                       : NULL;
}

struct received *received_take(uint32_t number, msg_rid_t rid)
{
    (void)pthread_mutex_lock(&lock);
    struct received *received = find(number, rid);
    if (received != NULL) {
        struct port *port = received->port;
        put_free((uint32_t)rid & INDEX_MASK);
        if (port != NULL)
            unlink_from_port(received);
        received->port = port;
    }
    (void)pthread_mutex_unlock(&lock);
    return received;
}

/* ---- the end of a port ---- */

/* The call of one that @port received last, a count; NULL: there is none. */
static struct via_call *end_one(struct port *port)
{
    struct via_call *call = NULL;
    (void)pthread_mutex_lock(&lock);
    port->is_over = true;
    struct received *received = port->received;
    if (received != NULL) {
        unlink_from_port(received);
        call = via_call_keep(received->call);
    }
    (void)pthread_mutex_unlock(&lock);
    return call;
}

void received_end(struct port *port)
{
    struct via_call *call;
    while ((call = end_one(port)) != NULL) {
        (void)via_call_fail(call, VIA_DEAD);
        (void)via_call_unref(call);
    }
}

/* ---- fork ---- */

void received_before_fork(void)
{
    (void)pthread_mutex_lock(&lock);
}

/* In the child the places are free; their messages are the parent's, who answers them. */
void received_after_fork(bool in_child)
{
    if (!in_child) {
        (void)pthread_mutex_unlock(&lock);
        return;
    }
    (void)pthread_mutex_init(&lock, NULL);
    n_free = 0;
    for (uint32_t i = 0; i < n_places; i++)
        put_free(i);
}
