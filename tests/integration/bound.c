/*
 * Both ends of a binding, for tests in Python.
 *
 *   bound serve NAME [PROTOCOL [SIZE]]  a service of the family legato: each client gets an object
 *                                       that answers calls with what came, and sends oneways back
 *                                       on the client's back reference. It says "ready"; told
 *                                       "hide" or "show" it does, and says so. With the protocol
 *                                       "greets" it says "opened", and told "greet" sends the
 * octets "hello" to who opened it last bound find INTERFACE MS [PROTOCOL]  finds through bindings,
 * waiting so long, and says what came of it bound plain NAME                    finds a name
 * itself, waiting for ever bound await INTERFACE [PROTOCOL]    the same without a waiting thread:
 * says "waiting", then what came of it; "cancel" cancels
 *
 * What came of it is "ok NAME UID PROTOCOL SIZE", or a status. All end with their standard input.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <viaduct/viaduct.h>

#define FAMILY "legato"

static void say(const char *words)
{
    (void)puts(words);
    (void)fflush(stdout);
}

static int fail(const char *what, enum via_status status)
{
    (void)fprintf(stderr, "bound: %s: %s\n", what, via_status_name(status));
    return 1;
}

/* The next word that it is told; false at the end. */
static bool hear(char *word, size_t size)
{
    if (fgets(word, (int)size, stdin) == NULL)
        return false;
    word[strcspn(word, "\n")] = '\0';
    return true;
}

/* ---- the service ---- */

static void handle(void *user, struct via_call *call)
{
    struct via_proxy *back = user;
    if (!via_call_is_oneway(call))
        (void)via_call_reply(call, 0, via_call_request(call));
    else if (back != NULL && via_proxy_send(back, 0, via_call_request(call)) != VIA_OK)
        say("not sent back");
}

static void destroyed(void *user)
{
    struct via_proxy *back = user;
    say(back == NULL                         ? "closed"
        : via_proxy_death(back) == VIA_ALIVE ? "closed: alive"
                                             : "closed: dead");
    via_proxy_unref(back);
}

static struct via_node *node;
static struct via_proxy *_Atomic greeted; /* a count; of a service that greets */
static bool greets;

static void greet(void)
{
    struct via_parcel *words = NULL;
    struct via_proxy *back = atomic_exchange(&greeted, NULL);
    if (via_parcel_create(&words) != VIA_OK ||
        via_parcel_write_bytes(words, "hello", 5) != VIA_OK ||
        via_proxy_send(back, 0, words) != VIA_OK)
        say("not greeted");
    via_parcel_unref(words);
    via_proxy_unref(back);
}

static enum via_status open_for(void *user, const struct via_caller *caller,
                                struct via_parcel *request, struct via_proxy *back,
                                struct via_stub **openedp, struct via_parcel *answer)
{
    const struct via_stub_ops ops = {.size = sizeof ops, .call = handle, .destroyed = destroyed};
    (void)user, (void)caller, (void)request, (void)answer;
    enum via_status status = via_stub_create(node, &ops, back, openedp);
    if (status == VIA_OK && back != NULL)
        (void)via_proxy_ref(back);
    if (greets && back != NULL) {
        via_proxy_unref(atomic_exchange(&greeted, via_proxy_ref(back)));
        say("opened");
    }
    return status;
}

static int serve(const char *name, const char *protocol, const char *size)
{
    const struct via_stub_ops ops = {.size = sizeof ops, .open = open_for};
    const struct via_publish_options options = {.size = sizeof options,
                                                .flags = VIA_PUBLISH_OPENS | VIA_PUBLISH_PER_USER,
                                                .protocol = protocol,
                                                .message_size = (uint32_t)strtoul(size, NULL, 10)};
    struct via_stub *stub = NULL;
    greets = strcmp(protocol, "greets") == 0;
    enum via_status status = via_stub_create(node, &ops, NULL, &stub);
    if (status == VIA_OK)
        status = via_node_publish(node, FAMILY, name, stub, &options);
    if (status != VIA_OK)
        return fail("publishing", status);
    say("ready");
    char word[64];
    while (hear(word, sizeof word)) {
        if (strcmp(word, "greet") == 0) {
            greet();
            continue;
        }
        if (strcmp(word, "hide") == 0)
            status = via_node_withdraw(node, FAMILY, name, stub);
        else
            status = via_node_publish(node, FAMILY, name, stub, &options);
        if (status != VIA_OK)
            return fail(word, status);
        say(word);
    }
    via_stub_unref(stub);
    via_proxy_unref(atomic_exchange(&greeted, NULL));
    return 0;
}

/* ---- the client ---- */

static void say_found(enum via_status status, const struct via_found *found)
{
    if (status != VIA_OK) {
        say(via_status_name(status));
        return;
    }
    const struct via_entry *entry = &found->entry;
    (void)printf("ok %s %u %s %u\n", entry->name, entry->uid, entry->protocol, entry->message_size);
    (void)fflush(stdout);
}

static int find(const char *interface, const char *wait_ms, const char *protocol)
{
    struct via_found found = {.proxy = NULL};
    long ms = strtol(wait_ms, NULL, 10);
    enum via_status status = via_node_find_bound(node, FAMILY, interface, protocol,
                                                 ms < 0 ? UINT32_MAX : (uint32_t)ms, &found);
    say_found(status, &found);
    via_found_clear(&found);
    return 0;
}

static int find_plain(const char *name)
{
    struct via_proxy *proxy = NULL;
    enum via_status status = via_node_find(node, FAMILY, name, UINT32_MAX, &proxy);
    say(via_status_name(status));
    via_proxy_unref(proxy);
    return 0;
}

static void on_found(void *user, enum via_status status, const struct via_found *found)
{
    (void)user;
    say_found(status, found);
}

static int await(const char *interface, const char *protocol)
{
    struct via_finding *finding = NULL;
    enum via_status status =
        via_node_find_bound_async(node, FAMILY, interface, protocol, on_found, NULL, &finding);
    if (status != VIA_OK)
        return fail("finding", status);
    say("waiting");
    char word[64];
    while (hear(word, sizeof word))
        via_finding_cancel(finding);
    via_finding_unref(finding);
    return 0;
}

int main(int argc, char **argv)
{
    const char *words[5] = {"", "", "", "", ""};
    for (int i = 1; i < argc && i < 5; i++)
        words[i] = argv[i];
    enum via_status status = via_node_create(NULL, &node);
    if (status != VIA_OK)
        return fail("node", status);
    int result = 2;
    if (strcmp(words[1], "serve") == 0)
        result = serve(words[2], words[3], words[4]);
    else if (strcmp(words[1], "find") == 0)
        result = find(words[2], words[3], words[4]);
    else if (strcmp(words[1], "plain") == 0)
        result = find_plain(words[2]);
    else if (strcmp(words[1], "await") == 0)
        result = await(words[2], words[3]);
    node = via_node_destroy(node);
    return result;
}
