/*
 * A program whose link may be cut off: it says "ready" when it is at the gateway, does what its
 * role says, and goes when its standard input ends.
 *
 * lively KEEPALIVE TIMEOUT ROLE NAME, both in milliseconds:
 *   serve   publishes core:NAME, which doubles, and takes oneways; it comes back by itself
 *   idle    does nothing
 *   pour    sends core:NAME a small oneway every few milliseconds
 *   fill    sends core:NAME large ones until its link is full, and again when it is not
 */
#include <cmocka.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/integration/core_world.h"
#include "tests/integration/stage.h"

#define CONNECT_MS 60000u /* a sanitizer takes its time */
#define FIND_MS 20000u
#define POUR_MS 5
#define POUR_SIZE 32u
#define FILL_SIZE (16u << 10)

static int complain(struct via_node *node, const char *doing, enum via_status status)
{
    char words[512];
    via_node_fault(node, words, sizeof words);
    (void)fprintf(stderr, "lively: %s: %s %s\n", doing, via_status_name(status), words);
    return 1;
}

static int ready(void)
{
    (void)puts("ready");
    (void)fflush(stdout);
    return 0;
}

/* Whether standard input goes on for @ms more. */
static bool goes_on(int ms)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    char c;
    return poll(&input, 1, ms) <= 0 || read(STDIN_FILENO, &c, 1) > 0;
}

static void handle(void *user, struct via_call *call)
{
    (void)user;
    uint32_t value = 0;
    if (via_parcel_read_u32(via_call_request(call), &value) == VIA_OK)
        world_answer(call, 2 * value);
}

static int serve(struct via_node *node, const char *name)
{
    const struct via_stub_ops ops = {.size = sizeof ops, .call = handle};
    struct via_stub *stub;
    enum via_status status = via_stub_create(node, &ops, NULL, &stub);
    if (status == VIA_OK)
        status = via_node_publish(node, "core", name, stub, NULL);
    if (status != VIA_OK)
        return complain(node, "publishing", status);
    (void)ready();
    while (goes_on(-1))
        continue;
    (void)via_stub_unref(stub);
    return 0;
}

/* Sends @size octets at a time: one every POUR_MS, or as many as the link takes. */
static int pour(struct via_node *node, const char *name, size_t size, bool fills)
{
    static const uint8_t octets[FILL_SIZE];
    struct via_parcel *parcel = NULL;
    struct via_proxy *proxy;
    enum via_status status = via_node_find(node, "core", name, FIND_MS, &proxy);
    if (status == VIA_OK)
        status = via_parcel_create(&parcel);
    if (status == VIA_OK)
        status = via_parcel_write_bytes(parcel, octets, size);
    if (status != VIA_OK)
        return complain(node, "finding", status);
    (void)ready();
    /* Refused or lost: it goes on trying, which is what a busy program does. */
    do
        while (via_proxy_send(proxy, STAGE_NOTE, parcel) == VIA_OK && fills && goes_on(0))
            continue;
    while (goes_on(POUR_MS));
    via_parcel_unref(parcel);
    via_proxy_unref(proxy);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        (void)fputs("usage: lively KEEPALIVE TIMEOUT serve|idle|pour|fill NAME\n", stderr);
        return 2;
    }
    const struct via_node_options options = {.size = sizeof options,
                                             .keepalive_ms = (uint32_t)strtoul(argv[1], NULL, 10),
                                             .timeout_ms = (uint32_t)strtoul(argv[2], NULL, 10),
                                             .connect_ms = CONNECT_MS};
    struct via_node *node;
    enum via_status status = via_node_create(&options, &node);
    if (status != VIA_OK)
        return 3;
    int result = 2;
    status = via_node_connect(node, CONNECT_MS);
    if (status != VIA_OK) {
        result = complain(node, "connecting", status);
    } else if (strcmp(argv[3], "serve") == 0) {
        result = serve(node, argv[4]);
    } else if (strcmp(argv[3], "fill") == 0) {
        result = pour(node, argv[4], FILL_SIZE, true);
    } else if (strcmp(argv[3], "pour") == 0) {
        result = pour(node, argv[4], POUR_SIZE, false);
    } else if (strcmp(argv[3], "idle") == 0) {
        result = ready();
        while (goes_on(-1))
            continue;
    }
    (void)via_node_destroy(node);
    return result;
}
