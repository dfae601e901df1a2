/*
 * A client's and a gateway's peer, and what lies between them: the simulator of the unit tests,
 * with the octets in place of chance. They choose the limits of both ends, and then step by step
 * who does what: calls, oneways, replies, events, cancels, references, deaths, streams and what
 * goes over them, how many octets move, where links break, who notices, how sessions resume. When
 * they are used up everything arrives, and all that the simulator's models say must hold. Any
 * octets are accepted.
 */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/unit/bridge/peer_sim.h"

static void start_node(struct world *world, int i)
{
    struct node *node = &world->nodes[i];
    memset(node, 0, offsetof(struct node, wire));
    node->wire_size = 0;
    node->has_failed = false;
    node->world = world;
    node->other = &world->nodes[1 - i];
    node->role = i == 0 ? PEER_CLIENT : PEER_GATEWAY;
    for (uint32_t index = 0; index < N_OBJECTS; index++)
        node->objects[index].identity.index = index;
    uint32_t chosen = sim_roll(world, 256);
    struct peer_config config = {
        .role = node->role,
        .resumes = world->is_cut,
        .limits = {.frame_max = chosen & 1 ? 4096 : 16384,
                   .calls_max = chosen & 2 ? 5 : 0,
                   .handles_max = chosen & 4 ? 4 : 0,
                   .queue_max = chosen & 8 ? 8192 : 0,
                   .window = chosen & 16 ? 2000 : 0,
                   .credit = chosen & 32 ? PEER_CREDIT_LEAST : 0,
                   .streams_max = chosen & 64 ? 3 : 0},
    };
    if (world->in_pieces) {
        config.limits.wire_max = 64u << (chosen >> 5) % 6;
        config.limits.credit = PEER_CREDIT_LEAST;
        config.limits.transfers_max = 1 + (chosen >> 6);
        config.limits.assembly_max = 8192;
    }
    assert_int_equal(peer_create(&node->peer, &config, &sim_ops, node), VIA_OK);
}

static void settle(struct world *world)
{
    bool hurried;
    world->is_settling = true;
    do {
        sim_deliver_all(world);
        sim_answer_all(&world->nodes[0]);
        sim_answer_all(&world->nodes[1]);
        hurried = sim_hurry_pipes(world);
    } while (hurried || sim_anything_waits(world));
}

static void end(struct world *world)
{
    world->has_ended = true;
    world->greeter = peer_destroy(world->greeter);
    for (int i = 0; i < 2; i++) {
        peer_end(world->nodes[i].peer, VIA_LINK_LOST);
        sim_check_ended(&world->nodes[i]);
    }
    sim_check_pipes_gone(world);
    for (int i = 0; i < 2; i++)
        world->nodes[i].peer = peer_destroy(world->nodes[i].peer);
}

bool fuzz_one(const uint8_t *octets, size_t size)
{
    static struct world world;
    static struct hello greeting;
    (void)setenv("CMOCKA_TEST_ABORT", "1", 1); /* there is no test that an assertion could end */
    memset(&world, 0, offsetof(struct world, nodes));
    world.random = 1;
    world.choices = octets;
    world.n_choices = size;
    world.greeting = &greeting;
    world.now = 1000;
    uint32_t chosen = sim_roll(&world, 8);
    world.is_cut = (chosen & 1) != 0;
    world.in_pieces = (chosen & 2) != 0;
    world.has_pipes = (chosen & 4) != 0;
    start_node(&world, 0);
    start_node(&world, 1);
    sim_connect(&world);
    while (world.n_choices > 0) {
        uint32_t what = sim_roll(&world, 32);
        struct node *node = &world.nodes[what & 1];
        if (what >= 28 && world.is_cut)
            sim_disturb(&world);
        else if (what >= 12)
            sim_move_octets(node);
        else
            sim_act(node);
    }
    settle(&world);
    for (int i = 0; i < 2; i++)
        sim_check_settled(&world.nodes[i]);
    settle(&world);
    sim_check_pipes(&world);
    for (int i = 0; i < 2; i++)
        sim_check_nothing_given_out(&world.nodes[i]);
    end(&world);
    return true;
}
