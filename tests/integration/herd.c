/*
 * Many nodes in one process, each with a link and a published name of its own, which they publish
 * again by themselves. It says "ready" when all are there, and goes when its standard input ends.
 *
 * herd NAME N    core:NAME-0 to core:NAME-(N-1)
 */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/integration/core_world.h"
#include "tests/integration/stage.h"

#define CONNECT_MS 60000u /* a sanitizer takes its time */
#define NODES_MAX 2000u

static void handle(void *user, struct via_call *call)
{
    (void)user;
    world_answer(call, 2 * world_value(via_call_request(call)));
}

static enum via_status add(struct via_node **nodep, const char *name, unsigned long i)
{
    const struct via_node_options options = {
        .size = sizeof options, .n_workers = 1, .connect_ms = CONNECT_MS};
    const struct via_stub_ops ops = {.size = sizeof ops, .call = handle};
    struct via_stub *stub;
    char whole[64];
    (void)snprintf(whole, sizeof whole, "%s-%lu", name, i);
    enum via_status status = via_node_create(&options, nodep);
    if (status == VIA_OK)
        status = via_stub_create(*nodep, &ops, NULL, &stub);
    if (status != VIA_OK)
        return status;
    status = via_node_publish(*nodep, "core", whole, stub, NULL);
    via_stub_unref(stub);
    return status;
}

int main(int argc, char **argv)
{
    static struct via_node *nodes[NODES_MAX];
    unsigned long n = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
    enum via_status status = VIA_OK;
    if (n == 0 || n > NODES_MAX) {
        (void)fprintf(stderr, "usage: herd NAME N, at most %u\n", NODES_MAX);
        return 2;
    }
    for (unsigned long i = 0; i < n && status == VIA_OK; i++)
        status = add(&nodes[i], argv[1], i);
    if (status != VIA_OK)
        (void)fprintf(stderr, "herd: %s\n", via_status_name(status));
    else
        (void)puts("ready");
    (void)fflush(stdout);
    char c;
    while (status == VIA_OK && read(STDIN_FILENO, &c, 1) > 0)
        continue;
    for (unsigned long i = 0; i < n; i++)
        nodes[i] = via_node_destroy(nodes[i]);
    return status == VIA_OK ? 0 : 1;
}
