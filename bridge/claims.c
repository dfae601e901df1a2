/*
 * A claim is a oneway to the directory, so nobody waits for it; and since a link keeps its order,
 * the gateway knows whose the number is before anybody can hear of it. More numbers are asked for
 * while there still are some, so that only the first stub of all has to wait for the gateway.
 *
 * What is left of a block goes with its session. Numbers in use do not: programs have passed them
 * on. They are claimed again in the next session, with the block's seal, which tells a gateway that
 * it has given them to us. What it has given to somebody else meanwhile is lost, with its names.
 */
#include "bridge/claims.h"

#include <stdlib.h>

#include "bridge/known_numbers.h"
#include "bridge/log.h"
#include "bridge/node.h"
#include "bridge/pending.h"
#include "bridge/stub.h"
#include "codecs/control.h"

struct claim_block {
    struct claim_block *next;
    uint32_t first, n, n_used;
    uint64_t seal;
};

struct claim {
    struct claim *next, **linkp;
    struct via_stub *stub;    /* a count */
    struct claim_block block; /* that its number came with */
    uint32_t number, mode;
    uint64_t session;      /* in which it was claimed last */
    struct errand *errand; /* claims it again; NULL */
};

void claims_init(struct claims *claims)
{
    *claims = (struct claims){.wanted = CLAIMS_WANTED_FIRST};
    claims->last = &claims->first;
    claims->end = &claims->blocks;
}

/* ---- blocks ---- */

static void drop_blocks(struct claims *claims)
{
    while (claims->blocks != NULL) {
        struct claim_block *block = claims->blocks;
        claims->blocks = block->next;
        free(block);
    }
    claims->end = &claims->blocks;
    claims->n_left = 0;
}

static enum via_status add_block(struct via_node *node, struct via_parcel *reply)
{
    struct claims *claims = &node->claims;
    struct claim_block block = {.next = NULL};
    enum via_status status = via_parcel_read_u32(reply, &block.first);
    if (status == VIA_OK)
        status = via_parcel_read_u32(reply, &block.n);
    if (status == VIA_OK)
        status = via_parcel_read_u64(reply, &block.seal);
    if (status == VIA_OK && (block.n == 0 || block.first < VIA_NUMBER_FIRST ||
                             block.first > VIA_NUMBER_LAST - (block.n - 1)))
        status = VIA_BAD_PAYLOAD;
    struct claim_block *kept = status == VIA_OK ? malloc(sizeof *kept) : NULL;
    if (kept == NULL)
        return status == VIA_OK ? VIA_NO_MEMORY : status;
    *kept = block;
    if (claims->session != node->connection.session)
        drop_blocks(claims);
    claims->session = node->connection.session;
    *claims->end = kept;
    claims->end = &kept->next;
    claims->n_left += block.n;
    if (claims->wanted < CLAIMS_WANTED_MOST)
        claims->wanted *= 2;
    return VIA_OK;
}

static enum via_status put_wish(const struct claims *claims, struct via_parcel **requestp)
{
    enum via_status status = via_parcel_create(requestp);
    if (status != VIA_OK)
        return status;
    status = via_parcel_write_u32(*requestp, claims->wanted);
    if (status != VIA_OK)
        *requestp = via_parcel_unref(*requestp);
    return status;
}

static void given(void *user, enum via_status status, struct via_parcel *reply)
{
    struct via_node *node = user;
    node->claims.asking = false;
    if (status == VIA_OK)
        status = add_block(node, reply);
    if (status != VIA_OK)
        log_debug("claims.ahead", "status=%s", via_status_name(status));
}

/* Should it come to nothing, whoever needs a number asks and waits. */
static void ask_ahead(struct via_node *node)
{
    struct claims *claims = &node->claims;
    struct via_parcel *request = NULL;
    if (claims->asking || claims->n_left > claims->wanted / 4)
        return;
    enum via_status status = put_wish(claims, &request);
    if (status == VIA_OK)
        status = pending_errand(node, DIRECTORY_NUMBERS, request, given, node);
    claims->asking = status == VIA_OK;
    (void)via_parcel_unref(request);
}

static bool has_block(const struct via_node *node)
{
    return node->claims.blocks != NULL && connection_is_current(node, node->claims.session);
}

/* Asks for a block and waits for it, on a connection that is there. Lock let go meanwhile. */
static enum via_status fetch(struct via_node *node)
{
    const struct target target = {
        .layout = VIA_LAYOUT_CONTROL, .code = DIRECTORY_NUMBERS, .time_ms = FRAME_NO_DEADLINE};
    struct via_parcel *request = NULL, *reply = NULL;
    uint64_t session = node->connection.session;
    enum via_status status = put_wish(&node->claims, &request);
    if (status == VIA_OK)
        status = pending_call(node, NULL, &target, request, NULL, &reply);
    if (status == VIA_OK && connection_is_current(node, session))
        status = add_block(node, reply);
    (void)via_parcel_unref(request);
    (void)via_parcel_unref(reply);
    return status;
}

/* Sees to it that there is a number, and a session in which it is ours. Lock let go meanwhile, but
 * not any more when this is so. */
static enum via_status need(struct via_node *node, uint64_t until_ms)
{
    while (!has_block(node)) {
        enum via_status status = connection_need(node, until_ms);
        if (status == VIA_TIMEOUT)
            return VIA_NOT_CONNECTED; /* nobody has been asked, so nobody was late */
        if (status == VIA_OK && !has_block(node))
            status = fetch(node);
        if (status == VIA_DEAD && !node->closed && loop_now() < until_ms)
            continue; /* the session went meanwhile */
        if (status == VIA_BUSY && has_block(node))
            continue; /* those asked for ahead were the last, and came before */
        if (status != VIA_OK)
            return status == VIA_DEAD ? VIA_NOT_CONNECTED : status;
    }
    return VIA_OK;
}

/* The next one is in use. */
static void use_one(struct claims *claims)
{
    struct claim_block *block = claims->blocks;
    claims->n_left--;
    if (++block->n_used < block->n)
        return;
    claims->blocks = block->next;
    if (claims->blocks == NULL)
        claims->end = &claims->blocks;
    free(block);
}

/* ---- claiming ---- */

static enum via_status put_claim(const struct claim *claim, bool again,
                                 struct via_parcel **requestp)
{
    struct via_parcel *request;
    enum via_status status = via_parcel_create(&request);
    if (status != VIA_OK)
        return status;
    status = via_parcel_write_u32(request, claim->number);
    if (status == VIA_OK)
        status = via_parcel_write_ref(request, &claim->stub->proxy);
    if (status == VIA_OK)
        status = via_parcel_write_u32(request, claim->mode);
    if (status == VIA_OK && again)
        status = via_parcel_write_u32(request, claim->block.first);
    if (status == VIA_OK && again)
        status = via_parcel_write_u32(request, claim->block.n);
    if (status == VIA_OK && again)
        status = via_parcel_write_u64(request, claim->block.seal);
    if (status != VIA_OK)
        request = via_parcel_unref(request);
    *requestp = request;
    return status;
}

static enum via_status send_claim(struct via_node *node, struct claim *claim)
{
    static const struct target target = {
        .layout = VIA_LAYOUT_CONTROL, .code = DIRECTORY_CLAIM, .time_ms = FRAME_NO_DEADLINE};
    struct via_parcel *request = NULL;
    enum via_status status = put_claim(claim, false, &request);
    if (status == VIA_OK)
        status = outgoing_send_oneway(node, &target, request);
    (void)via_parcel_unref(request);
    return status;
}

/* @stub takes the next number. Lock not let go. */
static enum via_status claim_next(struct via_node *node, struct via_stub *stub, uint32_t mode)
{
    struct claims *claims = &node->claims;
    enum via_status status = known_numbers_reserve(&node->known_numbers);
    struct claim *claim = status == VIA_OK ? calloc(1, sizeof *claim) : NULL;
    if (claim == NULL)
        return VIA_NO_MEMORY;
    claim->stub = stub;
    claim->block = *claims->blocks;
    claim->number = claim->block.first + claim->block.n_used;
    claim->mode = mode;
    claim->session = node->connection.session;
    status = send_claim(node, claim);
    if (status != VIA_OK) {
        free(claim);
        return status;
    }
    use_one(claims);
    ask_ahead(node);
    claim->linkp = claims->last;
    *claim->linkp = claim;
    claims->last = &claim->next;
    stub->claim = claim;
    (void)via_stub_ref(stub);
    known_numbers_put(&node->known_numbers, &stub->proxy, claim->number);
    return VIA_OK;
}

/* A link that is full is waited for, as it is in a burst of claims. */
static enum via_status give_number(struct via_node *node, struct via_stub *stub, uint32_t mode)
{
    uint64_t until_ms = loop_now() + node->connect_ms;
    for (;;) {
        enum via_status status = VIA_OK;
        if (!stub->withdrawn && stub->claim == NULL)
            status = need(node, until_ms);
        if (status == VIA_OK && stub->withdrawn)
            status = VIA_DEAD;
        if (status != VIA_OK || stub->claim != NULL)
            return status;
        status = claim_next(node, stub, mode);
        bool is_full = status == VIA_BUSY && connection_is_ready(node) &&
                       !peer_is_drained(node->connection.peer);
        if (!is_full || connection_drain(node, until_ms) != VIA_OK)
            return status;
    }
}

enum via_status via_stub_number(struct via_stub *stub, uint32_t mode, uint32_t *numberp)
{
    if (stub == NULL || numberp == NULL || mode > 0777)
        return VIA_INVALID;
    struct via_node *node = stub->proxy.node;
    node_lock(node);
    enum via_status status = give_number(node, stub, mode);
    if (status == VIA_OK)
        *numberp = stub->claim->number;
    node_unlock(node);
    return status;
}

void claims_refused(enum via_status status)
{
    log_warn("claims.refused", "why=%s", via_status_name(status));
}

/* ---- another session ---- */

static void claimed(void *user, enum via_status status, struct via_parcel *reply)
{
    struct claim *claim = user;
    struct via_node *node = claim->stub->proxy.node;
    (void)reply;
    claim->errand = NULL;
    switch (status) {
    case VIA_DEAD: /* with its session */
        break;
    case VIA_BUSY:
    case VIA_NO_MEMORY:
    case VIA_CANCELLED:
        names_retry_later(node);
        break;
    default:
        claim->session = node->connection.session;
        if (status == VIA_OK)
            break;
        log_error("claims.lost", "number=%u why=%s", (unsigned)claim->number,
                  via_status_name(status));
        names_number_lost(node, claim->number);
        break;
    }
}

static enum via_status claim_again(struct via_node *node, struct claim *claim)
{
    static const struct target target = {
        .layout = VIA_LAYOUT_CONTROL, .code = DIRECTORY_CLAIM, .time_ms = FRAME_NO_DEADLINE};
    struct via_parcel *request = NULL;
    enum via_status status = put_claim(claim, true, &request);
    if (status == VIA_OK)
        status = errand_start(&claim->errand, node, &target, request, claimed, claim);
    if (status != VIA_OK)
        claim->errand = NULL;
    (void)via_parcel_unref(request);
    return status;
}

void claims_restore(struct via_node *node)
{
    struct claim *claim = node->claims.first;
    for (; claim != NULL; claim = claim->next) {
        if (claim->session == node->connection.session || claim->errand != NULL)
            continue;
        if (claim_again(node, claim) == VIA_OK)
            continue;
        names_retry_later(node);
        return;
    }
}

/* ---- the end ---- */

static void take_out(struct claims *claims, struct claim *claim)
{
    *claim->linkp = claim->next;
    if (claim->next != NULL)
        claim->next->linkp = claim->linkp;
    else
        claims->last = claim->linkp;
}

void claims_drop(struct via_stub *stub)
{
    struct via_node *node = stub->proxy.node;
    struct claim *claim = stub->claim;
    take_out(&node->claims, claim);
    if (claim->errand != NULL)
        errand_abandon(claim->errand);
    known_numbers_take_out(&node->known_numbers, &stub->proxy);
    names_number_over(node, claim->number);
    stub->claim = NULL;
    free(claim);
    (void)via_stub_unref(stub);
}

void claims_end_all(struct via_node *node)
{
    while (node->claims.first != NULL)
        claims_drop(node->claims.first->stub);
    drop_blocks(&node->claims);
}

/* Errands and counts are left as they are, like all that the parent's session gave. */
void claims_forget(struct via_node *node)
{
    struct claim *claim = node->claims.first;
    while (claim != NULL) {
        struct claim *next = claim->next;
        claim->stub->claim = NULL;
        free(claim);
        claim = next;
    }
    drop_blocks(&node->claims);
    claims_init(&node->claims);
    known_numbers_forget(&node->known_numbers);
}
