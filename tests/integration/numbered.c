/*
 * Objects with gateway-wide numbers, for tests in Python: one program that has some and calls those
 * of others. It says "ready", then does what each line of its standard input says, and says what
 * came of it: "ok" and what there is to say, or a status.
 *
 *   make [MODE]              an object that answers twice what it is asked: its number
 *   drop                     withdraws the last one made
 *   churn N                  makes and drops N
 *   burst N                  makes N and keeps them: the first one's number, and the last one's
 *   hand NAME N              N times makes one, and passes its number to core:NAME by a oneway
 *                            before anything else can have happened
 *   serve NAME               an object of that name, core:NAME, which calls what it is handed
 *   handed N                 waits until it has been handed N: how many answered
 *   ask NUMBER VALUE         finds by number and asks
 *   find NUMBER              finds by number, without asking the object
 *   name NAME NUMBER         a name for a number, of the family numbered
 *   new NAME NUMBER          the same, if it is not one of its own already
 *   unname NAME              takes it back
 *   path PATH                how far it is known: name, number, "object" or "none"
 *   of NAME                  the number of core:NAME
 *   fork                     makes one in a child process: its number, and what the child has of
 *                            the last one made here
 *   rss                      kilobytes of memory
 */
#include <cmocka.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/core_world.h"

#define FAMILY "numbered"
#define BURST_MAX 100000u

static struct via_node *node;
static struct via_stub *last;  /* owned: made last */
static struct via_stub **kept; /* owned */
static struct bell handed = BELL_INIT;
static atomic_uint n_answered; /* of what was handed */

static void say(enum via_status status, const char *words)
{
    (void)printf("%s%s%s\n", via_status_name(status), *words == '\0' ? "" : " ", words);
    (void)fflush(stdout);
}

static void say_number(enum via_status status, uint32_t number)
{
    char words[16] = "";
    if (status == VIA_OK)
        (void)snprintf(words, sizeof words, "%u", (unsigned)number);
    say(status, words);
}

/* ---- objects ---- */

static void twice(void *user, struct via_call *call)
{
    (void)user;
    world_answer(call, 2 * world_value(via_call_request(call)));
}

static enum via_status make(uint32_t mode, struct via_stub **stubp, uint32_t *numberp)
{
    const struct via_stub_ops ops = {.size = sizeof ops, .call = twice};
    enum via_status status = via_stub_create(node, &ops, NULL, stubp);
    if (status == VIA_OK)
        status = via_stub_number(*stubp, mode, numberp);
    return status;
}

static struct via_stub *drop(struct via_stub *stub)
{
    if (stub != NULL)
        via_stub_withdraw(stub);
    return via_stub_unref(stub);
}

static void churn(unsigned n)
{
    enum via_status status = VIA_OK;
    for (unsigned i = 0; i < n && status == VIA_OK; i++) {
        struct via_stub *stub = NULL;
        uint32_t number = 0;
        status = make(0, &stub, &number);
        (void)drop(stub);
    }
    say(status, "");
}

static void burst(unsigned n)
{
    uint32_t first = 0, number = 0;
    char words[32];
    enum via_status status = VIA_OK;
    kept = calloc(n, sizeof(struct via_stub *));
    assert_non_null(kept);
    for (unsigned i = 0; i < n && status == VIA_OK; i++) {
        status = make(0, &kept[i], &number);
        first = i == 0 ? number : first;
    }
    (void)snprintf(words, sizeof words, "%u %u", (unsigned)first, (unsigned)number);
    say(status, status == VIA_OK ? words : "");
}

/* ---- asking ---- */

static enum via_status ask(uint32_t number, uint32_t value, uint32_t *answerp)
{
    struct via_proxy *proxy = NULL;
    enum via_status status = via_node_find_number(node, number, &proxy);
    if (status != VIA_OK)
        return status;
    struct via_parcel *request = world_parcel(value), *reply = NULL;
    status = via_proxy_call(proxy, 1, request, 0, NULL, &reply);
    if (status == VIA_OK)
        *answerp = world_value(reply);
    via_parcel_unref(reply);
    via_parcel_unref(request);
    via_proxy_unref(proxy);
    return status;
}

static void take_hand(void *user, struct via_call *call)
{
    uint32_t answer = 0;
    (void)user;
    if (ask(world_value(via_call_request(call)), 21, &answer) == VIA_OK && answer == 42)
        (void)atomic_fetch_add(&n_answered, 1);
    bell_ring(&handed);
}

static void hand(const char *name, unsigned n)
{
    struct via_proxy *proxy = world_find(node, name);
    enum via_status status = VIA_OK;
    for (unsigned i = 0; i < n && status == VIA_OK; i++) {
        struct via_stub *stub = NULL;
        uint32_t number = 0;
        status = make(0, &stub, &number);
        struct via_parcel *request = world_parcel(number);
        if (status == VIA_OK)
            status = via_proxy_send(proxy, 1, request);
        via_parcel_unref(request);
        (void)via_stub_unref(stub);
    }
    via_proxy_unref(proxy);
    say(status, "");
}

static void path(const char *words)
{
    struct via_found found = {.proxy = NULL};
    char said[320] = "";
    enum via_status status = via_node_find_prefix(node, FAMILY, words, &found);
    if (status == VIA_OK)
        (void)snprintf(said, sizeof said, "%s %u %s", found.entry.name,
                       (unsigned)found.entry.number, found.proxy != NULL ? "object" : "none");
    via_found_clear(&found);
    say(status, said);
}

static void number_of(const char *name)
{
    uint32_t number = 0;
    struct via_proxy *proxy = world_find(node, name);
    enum via_status status = via_proxy_number(proxy, &number);
    via_proxy_unref(proxy);
    say_number(status, number);
}

/* ---- the rest ---- */

static void fork_one(void)
{
    uint32_t before = 0;
    enum via_status had = last != NULL ? via_stub_number(last, 0, &before) : VIA_NOT_FOUND;
    assert_int_equal(had, VIA_OK);
    (void)fflush(stdout);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        uint32_t mine = 0, number = 0, answer = 0;
        struct via_stub *stub = NULL;
        enum via_status status = make(0, &stub, &number);
        enum via_status asked = ask(before, 4, &answer); /* it is the parent's, and works */
        enum via_status again = via_stub_number(last, 0, &mine);
        (void)printf("%s %u %s %u %s %u\n", via_status_name(status), (unsigned)number,
                     via_status_name(asked), (unsigned)answer, via_status_name(again),
                     (unsigned)mine);
        (void)fflush(stdout);
        _exit(0);
    }
    int ended;
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_int_equal(ended, 0);
}

static void rss(void)
{
    char line[128];
    unsigned kilobytes = 0;
    FILE *file = fopen("/proc/self/status", "re");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "VmRSS:", 6) == 0)
            kilobytes = (unsigned)strtoul(line + 6, NULL, 10);
    (void)fclose(file);
    say_number(VIA_OK, kilobytes);
}

static void obey(const char *verb, const char *one, const char *two)
{
    uint32_t first = (uint32_t)strtoul(one, NULL, 0), second = (uint32_t)strtoul(two, NULL, 0);
    uint32_t number = 0;
    if (strcmp(verb, "make") == 0) {
        last = via_stub_unref(last);
        enum via_status status = make((uint32_t)strtoul(one, NULL, 8), &last, &number);
        say_number(status, number);
    } else if (strcmp(verb, "drop") == 0) {
        last = drop(last);
        say(VIA_OK, "");
    } else if (strcmp(verb, "churn") == 0) {
        churn(first);
    } else if (strcmp(verb, "burst") == 0 && first <= BURST_MAX) {
        burst(first);
    } else if (strcmp(verb, "hand") == 0) {
        hand(one, second);
    } else if (strcmp(verb, "serve") == 0) {
        (void)world_publish(node, one, take_hand, NULL);
        say(VIA_OK, "");
    } else if (strcmp(verb, "handed") == 0) {
        assert_true(bell_wait(&handed, first));
        say_number(VIA_OK, atomic_load(&n_answered));
    } else if (strcmp(verb, "ask") == 0) {
        enum via_status status = ask(first, second, &number);
        say_number(status, number);
    } else if (strcmp(verb, "find") == 0) {
        struct via_proxy *proxy = NULL;
        enum via_status status = via_node_find_number(node, first, &proxy);
        via_proxy_unref(proxy);
        say(status, "");
    } else if (strcmp(verb, "name") == 0) {
        say(via_node_publish_number(node, FAMILY, one, second, NULL), "");
    } else if (strcmp(verb, "new") == 0) {
        const struct via_publish_options options = {.size = sizeof options,
                                                    .flags = VIA_PUBLISH_NEW};
        say(via_node_publish_number(node, FAMILY, one, second, &options), "");
    } else if (strcmp(verb, "unname") == 0) {
        say(via_node_withdraw_number(node, FAMILY, one), "");
    } else if (strcmp(verb, "path") == 0) {
        path(one);
    } else if (strcmp(verb, "of") == 0) {
        number_of(one);
    } else if (strcmp(verb, "fork") == 0) {
        fork_one();
    } else if (strcmp(verb, "rss") == 0) {
        rss();
    } else {
        say(VIA_UNSUPPORTED, verb);
    }
}

int main(void)
{
    char line[512];
    node = via_node_default();
    enum via_status status = node == NULL ? VIA_NO_MEMORY : via_node_connect(node, 60000);
    if (status != VIA_OK) {
        char words[512] = "";
        if (node != NULL)
            via_node_fault(node, words, sizeof words);
        (void)fprintf(stderr, "numbered: %s %s\n", via_status_name(status), words);
        return 1;
    }
    (void)puts("ready");
    (void)fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        char verb[32] = "", one[384] = "", two[32] = "";
        if (sscanf(line, "%31s %383s %31s", verb, one, two) > 0)
            obey(verb, one, two);
    }
    return 0;
}
