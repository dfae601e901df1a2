/*
 * Calls to the gateway's directory that are waited for: finding, listing, spawning, pinging. A
 * question that a lost session swallowed is asked again where asking twice does no harm, so that a
 * gateway's restart is no more than a delay.
 */
#include "bridge/directory_call.h"

#include <time.h>

#include "bridge/entry.h"
#include "bridge/node.h"
#include "bridge/pending.h"
#include "bridge/proxy.h"
#include "codecs/control.h"
#include "codecs/frame.h"

#define LIST_MOST 256u /* names asked for at once */

const char *directory_text(const char *text)
{
    return text != NULL ? text : "";
}

/* Whether asking twice comes to the same as asking once, when the first session is gone. */
static bool may_repeat(uint32_t verb)
{
    return verb != DIRECTORY_SPAWN && verb != DIRECTORY_WITHDRAW;
}

enum via_status directory_ask(struct via_node *node, uint32_t verb, struct via_parcel *request,
                              uint32_t time_ms, int32_t *resultp, struct via_parcel **replyp)
{
    uint64_t until_ms = loop_now() + node->connect_ms;
    const struct target target = {.layout = VIA_LAYOUT_CONTROL, .code = verb, .time_ms = time_ms};
    for (;;) {
        enum via_status status = connection_need(node, until_ms);
        if (status == VIA_TIMEOUT)
            return VIA_NOT_CONNECTED; /* nobody has been asked, so nobody was late */
        if (status == VIA_OK)
            status = pending_call(node, NULL, &target, request, resultp, replyp);
        if (status != VIA_DEAD)
            return status;
        if (!may_repeat(verb) || loop_now() >= until_ms)
            return VIA_NOT_CONNECTED;
    }
}

enum via_status directory_ask_unlocked(struct via_node *node, uint32_t verb,
                                       struct via_parcel *request, uint32_t time_ms,
                                       int32_t *resultp, struct via_parcel **replyp)
{
    node_lock(node);
    enum via_status status = directory_ask(node, verb, request, time_ms, resultp, replyp);
    node_unlock(node);
    return status;
}

/* ---- finding ---- */

enum via_status directory_put_find(struct via_parcel *request, const char *family, const char *name,
                                   bool wait)
{
    enum via_status status = via_parcel_write_str(request, directory_text(family));
    if (status == VIA_OK)
        status = via_parcel_write_str(request, name);
    if (status == VIA_OK)
        status = via_parcel_write_bool(request, wait);
    return status;
}

enum via_status directory_ask_until(struct via_node *node, uint32_t verb,
                                    struct via_parcel *request, uint32_t wait_ms,
                                    struct via_parcel **replyp)
{
    uint64_t until_ms = wait_ms == 0            ? 0
                        : wait_ms == UINT32_MAX ? LEAD_FOR_EVER
                                                : loop_now() + wait_ms;
    for (;;) {
        uint32_t time_ms = FRAME_NO_DEADLINE;
        bool once = until_ms == 0;
        if (!once && until_ms != LEAD_FOR_EVER) {
            uint64_t now = loop_now();
            if (now >= until_ms)
                return VIA_NOT_FOUND;
            time_ms = (uint32_t)(until_ms - now);
        }
        enum via_status status = directory_ask_unlocked(node, verb, request, time_ms, NULL, replyp);
        if (status == VIA_TIMEOUT)
            return VIA_NOT_FOUND;
        if (status != VIA_NOT_CONNECTED || once || node->closed || !node->connection.welcomed)
            return status;
    }
}

enum via_status via_node_find(struct via_node *node, const char *family, const char *name,
                              uint32_t wait_ms, struct via_proxy **proxyp)
{
    if (node == NULL || name == NULL || name[0] == '\0' || proxyp == NULL)
        return VIA_INVALID;
    struct via_parcel *request = NULL, *reply = NULL;
    struct via_proxy *proxy = NULL;
    enum via_status status = via_parcel_create(&request);
    if (status == VIA_OK)
        status = directory_put_find(request, family, name, wait_ms != 0);
    if (status == VIA_OK)
        status = directory_ask_until(node, DIRECTORY_FIND, request, wait_ms, &reply);
    if (status == VIA_OK)
        status = via_parcel_read_ref(reply, &proxy);
    if (status == VIA_OK && proxy == NULL)
        status = VIA_NOT_FOUND; /* it went while the reply was under way */
    (void)via_parcel_unref(request);
    (void)via_parcel_unref(reply);
    if (status != VIA_OK)
        return status;
    node_lock(node);
    proxy_set_name(proxy, family, name, false);
    node_unlock(node);
    *proxyp = proxy;
    return VIA_OK;
}

/* ---- listing ---- */

struct listing {
    void (*fn)(void *user, const struct via_entry *entry);
    void *user; /* borrowed */
    bool more;
    const char *next; /* in the reply */
};

static enum via_status read_page(struct listing *listing, struct via_parcel *reply)
{
    uint32_t n;
    enum via_status status = via_parcel_read_u32(reply, &n);
    for (uint32_t i = 0; i < n && status == VIA_OK; i++) {
        struct via_entry entry;
        status = entry_read(reply, &entry);
        if (status == VIA_OK)
            listing->fn(listing->user, &entry);
    }
    if (status == VIA_OK)
        status = via_parcel_read_bool(reply, &listing->more);
    if (status == VIA_OK)
        status = via_parcel_read_str(reply, &listing->next);
    return status;
}

/* @after points into *replyp of the page before, which is dropped once it has been sent. */
static enum via_status list_page(struct via_node *node, const char *family, const char *pattern,
                                 const char *after, struct via_parcel **replyp)
{
    struct via_parcel *request, *reply = NULL;
    enum via_status status = via_parcel_create(&request);
    if (status != VIA_OK)
        return status;
    status = via_parcel_write_str(request, directory_text(family));
    if (status == VIA_OK)
        status = via_parcel_write_str(request, directory_text(pattern));
    if (status == VIA_OK)
        status = via_parcel_write_str(request, directory_text(after));
    if (status == VIA_OK)
        status = via_parcel_write_u32(request, LIST_MOST);
    if (status == VIA_OK)
        status =
            directory_ask_unlocked(node, DIRECTORY_LIST, request, FRAME_NO_DEADLINE, NULL, &reply);
    (void)via_parcel_unref(request);
    (void)via_parcel_unref(*replyp);
    *replyp = reply;
    return status;
}

enum via_status via_node_list(struct via_node *node, const char *family, const char *pattern,
                              void (*fn)(void *user, const struct via_entry *entry), void *user)
{
    if (node == NULL || fn == NULL)
        return VIA_INVALID;
    struct listing listing = {.fn = fn, .user = user, .more = true};
    struct via_parcel *reply = NULL;
    enum via_status status = VIA_OK;
    while (listing.more && status == VIA_OK) {
        status = list_page(node, family, pattern, listing.next, &reply);
        if (status == VIA_OK)
            status = read_page(&listing, reply);
    }
    (void)via_parcel_unref(reply);
    return status;
}

/* ---- the rest of the directory ---- */

enum via_status via_node_spawn(struct via_node *node, const char *library, uint32_t timeout_ms,
                               int32_t *resultp, struct via_proxy **proxyp)
{
    if (node == NULL || library == NULL || proxyp == NULL)
        return VIA_INVALID;
    struct via_parcel *request, *reply = NULL;
    struct via_proxy *proxy = NULL;
    int32_t result = 0;
    enum via_status status = via_parcel_create(&request);
    if (status != VIA_OK)
        return status;
    status = via_parcel_write_str(request, library);
    if (status == VIA_OK)
        status = directory_ask_unlocked(node, DIRECTORY_SPAWN, request,
                                        timeout_ms != 0 ? timeout_ms : FRAME_NO_DEADLINE, &result,
                                        &reply);
    if (status == VIA_OK && result == 0)
        status = via_parcel_read_ref(reply, &proxy);
    (void)via_parcel_unref(request);
    (void)via_parcel_unref(reply);
    if (status != VIA_OK)
        return status;
    if (resultp != NULL)
        *resultp = result;
    *proxyp = proxy;
    return VIA_OK;
}

static uint64_t now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

enum via_status via_node_ping(struct via_node *node, uint32_t timeout_ms, uint64_t *microsecondsp)
{
    if (node == NULL)
        return VIA_INVALID;
    node_lock(node);
    enum via_status status = connection_need(node, loop_now() + node->connect_ms);
    uint64_t began = now_us();
    if (status == VIA_OK)
        status = directory_ask(node, DIRECTORY_PING, NULL,
                               timeout_ms != 0 ? timeout_ms : FRAME_NO_DEADLINE, NULL, NULL);
    uint64_t took = now_us() - began;
    node_unlock(node);
    if (status == VIA_OK && microsecondsp != NULL)
        *microsecondsp = took;
    return status;
}

/* ---- lists ---- */

static enum via_status ask_page(struct via_node *node, uint32_t verb, const char *const texts[],
                                size_t n_texts, const char *after, struct via_parcel **pagep)
{
    struct via_parcel *request = NULL;
    enum via_status status = via_parcel_create(&request);
    for (size_t i = 0; i < n_texts && status == VIA_OK; i++)
        status = via_parcel_write_str(request, texts[i]);
    if (status == VIA_OK)
        status = via_parcel_write_str(request, after);
    if (status == VIA_OK)
        status = via_parcel_write_u32(request, DIRECTORY_PAGE_MOST);
    if (status == VIA_OK)
        status = directory_ask_unlocked(node, verb, request, FRAME_NO_DEADLINE, NULL, pagep);
    (void)via_parcel_unref(request);
    return status;
}

enum via_status directory_ask_list(struct via_node *node, uint32_t verb, const char *const texts[],
                                   size_t n_texts,
                                   enum via_status (*read)(void *user, struct via_parcel *page),
                                   void *user)
{
    struct via_parcel *page = NULL;
    const char *after = "";
    bool more = true;
    enum via_status status = VIA_OK;
    while (more && status == VIA_OK) {
        struct via_parcel *next = NULL;
        uint32_t n = 0;
        status = ask_page(node, verb, texts, n_texts, after, &next);
        (void)via_parcel_unref(page); /* in which `after` stood */
        page = next;
        if (status == VIA_OK)
            status = via_parcel_read_u32(page, &n);
        for (; n > 0 && status == VIA_OK; n--)
            status = read(user, page);
        if (status == VIA_OK)
            status = via_parcel_read_bool(page, &more);
        if (status == VIA_OK)
            status = entry_read_text(page, &after);
    }
    (void)via_parcel_unref(page);
    return status;
}
