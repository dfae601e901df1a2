/*
 * What lies between the two ends of the simulator. Links have numbers: what an end writes to one
 * that is no more is lost, and it may go on for a while before it notices. A new link begins with
 * the client's HELLO, which a peer of its own reads at the gateway, as for anyone who comes.
 */
#include <cmocka.h>
#include <string.h>

#include "bridge/peer_state.h"
#include "tests/unit/bridge/peer_sim.h"

static struct node *client_of(struct world *world)
{
    return &world->nodes[0];
}

static struct node *gateway_of(struct world *world)
{
    return &world->nodes[1];
}

static void corrupt(struct world *world, uint8_t *octets, size_t size)
{
    uint32_t at = sim_roll(world, (uint32_t)size);
    if (sim_roll(world, 2) == 0)
        at &= ~31u; /* where headers tend to begin */
    if (sim_roll(world, 2) == 0)
        octets[at] ^= (uint8_t)(1u << sim_roll(world, 8));
    else
        octets[at] = (uint8_t)sim_roll(world, 256);
}

/* Puts up to @n octets that @node has to send onto the wire. */
static void send_octets(struct node *node, size_t n)
{
    struct node *to = node->other;
    if (node->link == 0 || to->wire_size == WIRE_MAX)
        return;
    struct outbox_block *head = outbox_head(peer_outbox(node->peer));
    if (head == NULL)
        return;
    size_t room = WIRE_MAX - to->wire_size;
    if (n > head->size - head->done)
        n = head->size - head->done;
    if (n > room)
        n = room;
    if (node->link == node->world->link) {
        uint8_t *place = to->wire + to->wire_size;
        memcpy(place, head->octets + head->done, n);
        to->wire_size += n;
        if (to == node->world->victim && sim_roll(node->world, 20) == 0)
            corrupt(node->world, place, n);
    }
    outbox_wrote(peer_outbox(node->peer), n);
}

/* ---- links come and go ---- */

static void cut(struct world *world)
{
    world->link = 0;
    world->greeter = peer_destroy(world->greeter);
    client_of(world)->wire_size = 0;
    gateway_of(world)->wire_size = 0;
}

static void notice(struct node *node)
{
    if (node->link == 0 || node->link == node->world->link)
        return;
    assert_true(peer_is_resumable(node->peer));
    peer_detach(node->peer);
    node->link = 0;
}

static void greeted(void *user, const struct hello *hello)
{
    struct world *world = user;
    *world->greeting = *hello;
    world->is_greeted = true;
}

static void come_back(struct world *world)
{
    struct node *client = client_of(world);
    static const struct peer_ops greeter_ops = {.hello = greeted};
    static const struct peer_config config = {.role = PEER_GATEWAY, .resumes = true};
    static const struct hello hello = {.name = "client"};
    if (client->link != 0)
        return;
    cut(world);
    world->link = client->link = ++world->n_links;
    world->is_greeted = false;
    assert_int_equal(peer_create(&world->greeter, &config, &greeter_ops, world), VIA_OK);
    assert_int_equal(peer_resume(client->peer, &hello), VIA_OK);
}

static void adopt(struct world *world)
{
    struct node *gateway = gateway_of(world);
    static const struct hello welcome = {.name = "gateway"};
    world->greeter = peer_destroy(world->greeter);
    if (gateway->link != 0)
        peer_detach(gateway->peer);
    gateway->link = world->link;
    assert_true(peer_is_resumable(gateway->peer));
    assert_true(world->greeting->session == 7);
    if (peer_adopt(gateway->peer, world->greeting, &welcome) != VIA_OK)
        fail_msg("not adopted: %s", peer_fault(gateway->peer));
}

void sim_disturb(struct world *world)
{
    struct node *node = &world->nodes[sim_roll(world, 2)];
    switch (sim_roll(world, 8)) {
    case 0:
        cut(world);
        return;
    case 1:
    case 2:
        notice(node);
        return;
    case 3:
    case 4:
        come_back(world);
        return;
    case 5:
        world->now += sim_roll(world, 1000);
        peer_acknowledge(node->peer);
        return;
    case 6:
        peer_ping(node->peer);
        return;
    default:
        if (sim_roll(world, 4) == 0)
            cut(world);
        notice(node);
        return;
    }
}

void sim_mend(struct world *world)
{
    struct node *client = client_of(world);
    if (world->link != 0 && client->link == world->link)
        return;
    cut(world);
    notice(client);
    come_back(world);
}

/* ---- octets ---- */

/* Feeds up to @n octets from the wire, as always with nothing readable behind them. */
static void receive_octets(struct node *node, size_t n)
{
    static uint8_t room[WIRE_MAX];
    struct world *world = node->world;
    bool is_greeter = node->role == PEER_GATEWAY && world->greeter != NULL;
    if (n > node->wire_size)
        n = node->wire_size;
    if (n == 0 || node->has_failed || (!is_greeter && node->link != world->link))
        return;
    uint8_t *octets = room + WIRE_MAX - n;
    memcpy(octets, node->wire, n);
    size_t used = 0;
    struct peer *peer = is_greeter ? world->greeter : node->peer;
    enum via_status status = peer_feed(peer, octets, n, &used);
    if (status != VIA_OK) {
        if (!world->is_hostile)
            fail_msg("an honest frame was refused: %s", peer_fault(peer));
        assert_string_not_equal(peer_fault(peer), "");
        node->has_failed = true;
        return;
    }
    assert_true(used <= n);
    memmove(node->wire, node->wire + used, node->wire_size - used);
    node->wire_size -= used;
    if (is_greeter && world->is_greeted)
        adopt(world);
}

void sim_move_octets(struct node *node)
{
    struct world *world = node->world;
    uint32_t most = 1u << sim_roll(world, 15);
    if (sim_roll(world, 2) == 0)
        send_octets(node, 1 + sim_roll(world, most));
    else
        receive_octets(node, 1 + sim_roll(world, most));
}

bool sim_anything_waits(const struct world *world)
{
    for (int i = 0; i < 2; i++) {
        const struct node *node = &world->nodes[i];
        if (!peer_is_drained(node->peer) || turns_any(&node->peer->outgoing.turns) ||
            (node->wire_size > 0 && !node->has_failed))
            return true;
    }
    return false;
}

static void deliver_once(struct world *world)
{
    for (int i = 0; i < 2; i++) {
        struct node *node = &world->nodes[i];
        while (!node->other->has_failed && node->link != 0 &&
               outbox_head(peer_outbox(node->peer)) != NULL) {
            send_octets(node, WIRE_MAX);
            receive_octets(node->other, WIRE_MAX);
        }
        receive_octets(node->other, WIRE_MAX);
    }
}

void sim_deliver_all(struct world *world)
{
    if (!world->is_cut) {
        deliver_once(world);
        return;
    }
    do {
        sim_mend(world);
        deliver_once(world);
        peer_acknowledge(client_of(world)->peer);
        peer_acknowledge(gateway_of(world)->peer);
    } while (sim_anything_waits(world));
}

void sim_connect(struct world *world)
{
    static const struct hello hello = {.name = "client"};
    world->link = ++world->n_links;
    world->nodes[0].link = world->nodes[1].link = world->link;
    assert_int_equal(peer_hello(client_of(world)->peer, &hello), VIA_OK);
    deliver_once(world);
    deliver_once(world);
    assert_true(peer_is_ready(client_of(world)->peer));
    assert_true(peer_is_ready(gateway_of(world)->peer));
}
