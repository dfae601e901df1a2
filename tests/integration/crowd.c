/*
 * Many of a kind, for tests of load: what one process of them does. It says "ready" when it is at
 * the gateway, and begins, or goes, when its standard input ends.
 *
 * crowd publish N     N names, core:crowd-00000 and on
 * crowd find N        finds and calls each of them; says how many
 * crowd ask NAME N    N calls, one behind the other
 * crowd flood NAME N  N oneways of 64 KiB; says how many went out before the link was full
 * crowd each NAME     for each line of its standard input finds core:NAME and calls it; the answer
 */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/integration/core_world.h"
#include "tests/integration/stage.h"

#define FLOOD_SIZE (64u << 10)
#define FIND_MS 20000u
#define CONNECT_MS 60000u /* hundreds come at once, and a sanitizer takes its time */

static void ready(void)
{
    (void)puts("ready");
    (void)fflush(stdout);
}

static void wait_for_end_of_input(void)
{
    char c;
    while (read(STDIN_FILENO, &c, 1) > 0)
        continue;
}

static int complain(struct via_node *node, const char *doing, enum via_status status)
{
    char words[512];
    via_node_fault(node, words, sizeof words);
    (void)fprintf(stderr, "crowd: %s: %s %s\n", doing, via_status_name(status), words);
    return 1;
}

static void write_name(char name[32], unsigned long i)
{
    (void)snprintf(name, 32, "crowd-%05lu", i);
}

static void handle(void *user, struct via_call *call)
{
    (void)user;
    world_answer(call, 2 * world_value(via_call_request(call)));
}

static int publish(struct via_node *node, unsigned long n)
{
    const struct via_stub_ops ops = {.size = sizeof ops, .call = handle};
    struct via_stub *stub;
    char name[32];
    enum via_status status = via_stub_create(node, &ops, NULL, &stub);
    for (unsigned long i = 0; i < n && status == VIA_OK; i++) {
        write_name(name, i);
        status = via_node_publish(node, "core", name, stub, NULL);
    }
    if (status != VIA_OK)
        return complain(node, "publishing", status);
    ready();
    wait_for_end_of_input();
    (void)via_stub_unref(stub);
    return 0;
}

static enum via_status ask(struct via_proxy *proxy, uint32_t value, uint32_t *answerp)
{
    struct via_parcel *request = world_parcel(value), *reply = NULL;
    enum via_status status = via_proxy_call(proxy, STAGE_DOUBLE, request, 0, NULL, &reply);
    if (status == VIA_OK)
        *answerp = world_value(reply);
    via_parcel_unref(request);
    via_parcel_unref(reply);
    return status;
}

static int find(struct via_node *node, unsigned long n)
{
    char name[32];
    uint32_t answer = 0;
    for (unsigned long i = 0; i < n; i++) {
        struct via_proxy *proxy;
        write_name(name, i);
        enum via_status status = via_node_find(node, "core", name, 0, &proxy);
        if (status == VIA_OK) {
            status = ask(proxy, (uint32_t)i, &answer);
            via_proxy_unref(proxy);
        }
        if (status != VIA_OK || answer != 2 * (uint32_t)i)
            return complain(node, name, status);
    }
    printf("%lu\n", n);
    return 0;
}

static int ask_many(struct via_node *node, struct via_proxy *proxy, unsigned long n)
{
    for (unsigned long i = 0; i < n; i++) {
        uint32_t answer = 0;
        enum via_status status = ask(proxy, (uint32_t)i, &answer);
        if (status != VIA_OK || answer != 2 * (uint32_t)i)
            return complain(node, "a call", status);
    }
    return 0;
}

static int flood(struct via_node *node, struct via_proxy *proxy, unsigned long n)
{
    static uint8_t octets[FLOOD_SIZE];
    struct via_parcel *parcel;
    unsigned long i = 0;
    enum via_status status = via_parcel_create(&parcel);
    if (status == VIA_OK)
        status = via_parcel_write_bytes(parcel, octets, sizeof octets);
    for (; i < n && status == VIA_OK; i++)
        status = via_proxy_send(proxy, STAGE_SIZE, parcel);
    via_parcel_unref(parcel);
    if (status != VIA_OK && status != VIA_BUSY && status != VIA_DEAD)
        return complain(node, "a oneway", status);
    printf("%lu\n", i);
    return 0;
}

static int each(struct via_node *node, const char *name)
{
    char line[16];
    ready();
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct via_proxy *proxy = NULL;
        uint32_t answer = 0;
        enum via_status status = via_node_find(node, "core", name, FIND_MS, &proxy);
        if (status == VIA_OK)
            status = ask(proxy, (uint32_t)strtoul(line, NULL, 10), &answer);
        via_proxy_unref(proxy);
        printf("%s %u\n", via_status_name(status), answer);
        (void)fflush(stdout);
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct via_node *node = via_node_default();
    struct via_proxy *proxy = NULL;
    const char *role = argc > 2 ? argv[1] : "";
    unsigned long n = argc > 2 ? strtoul(argv[argc - 1], NULL, 10) : 0;
    enum via_status status = via_node_connect(node, CONNECT_MS);
    if (status != VIA_OK)
        return complain(node, "connecting", status);
    if (argc == 3 && strcmp(role, "publish") == 0)
        return publish(node, n);
    if (argc == 3 && strcmp(role, "find") == 0)
        return find(node, n);
    if (argc == 3 && strcmp(role, "each") == 0)
        return each(node, argv[2]);
    if (argc != 4) {
        (void)fputs("usage: crowd publish N | find N | each NAME | ask NAME N | flood NAME N\n",
                    stderr);
        return 2;
    }
    status = via_node_find(node, "core", argv[2], 0, &proxy);
    if (status != VIA_OK)
        return complain(node, argv[2], status);
    ready();
    wait_for_end_of_input();
    int result = strcmp(role, "flood") == 0 ? flood(node, proxy, n) : ask_many(node, proxy, n);
    via_proxy_unref(proxy);
    return result;
}
