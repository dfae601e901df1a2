/*
 * Object 0's verbs about bindings: finding through them, changing them, and seeing what they have
 * come to.
 */
#include <stdio.h>
#include <string.h>

#include "bridge/log.h"
#include "gateway/verb_call.h"

enum via_status binding_verbs_find(struct verb_call *call)
{
    const char *family = "", *interface = "", *protocol = "";
    const char **texts[] = {&family, &interface, &protocol};
    bool wait = false;
    struct bindings_target target;
    struct directory_entry *entry;
    enum via_status status = verb_call_texts(call, texts, 3);
    if (status == VIA_OK)
        status = via_parcel_read_bool(call->request, &wait);
    if (status == VIA_OK && !bindings_are_of(family, interface, protocol))
        status = VIA_INVALID;
    if (status != VIA_OK)
        return status;
    status = bindings_find(&call->gateway->bindings, &call->gateway->directory, family, interface,
                           &call->session->principal, &target, &entry);
    if (status == VIA_OK)
        bounds_found(call->session, entry, interface, protocol);
    if (status == VIA_OK)
        return verb_call_put_found(call->gateway, call->reply, entry);
    if (status == VIA_DENIED && target.state == WAITING_BOUND) {
        verb_call_audit(call, "find", family, target.name,
                        "its mode does not let this user call it");
        return status;
    }
    if (!wait || call->deadline_ms == 0)
        return status;
    const struct waiters_wish wish = {family, interface, protocol, true};
    return verb_call_wait(call, &wish);
}

/* VIA_DENIED, and the audit knows. */
static enum via_status judge_change(struct verb_call *call, const char *what, const char *family,
                                    const char *client)
{
    if (bindings_may_change(&call->session->principal))
        return VIA_OK;
    verb_call_audit(call, what, family, client, BINDINGS_WHO_MAY);
    return VIA_DENIED;
}

static enum via_status change(struct verb_call *call, const char *what, bool bind)
{
    const char *family = "", *client = "", *server = "";
    const char **texts[] = {&family, &client, &server};
    struct config_fault fault = {""};
    enum via_status status = verb_call_texts(call, texts, bind ? 3 : 2);
    if (status == VIA_OK)
        status = judge_change(call, what, family, client);
    if (status != VIA_OK)
        return status;
    status = bindings_change(call->gateway, &call->session->principal, family, client,
                             bind ? server : NULL, &fault);
    if (status != VIA_OK)
        log_info("binding.refused", "by=\"%s\" cause=\"%s\"", call->session->principal.address,
                 fault.text);
    return status;
}

enum via_status binding_verbs_bind(struct verb_call *call)
{
    return change(call, "bind", true);
}

enum via_status binding_verbs_unbind(struct verb_call *call)
{
    return change(call, "unbind", false);
}

/* ---- lists ---- */

static enum via_status put_binding(struct via_parcel *page, const struct binding *binding)
{
    enum via_status status = via_parcel_write_str(page, binding->family);
    if (status == VIA_OK)
        status = via_parcel_write_u32(page, binding->client_uid);
    if (status == VIA_OK)
        status = via_parcel_write_str(page, binding->client_user);
    if (status == VIA_OK)
        status = via_parcel_write_str(page, binding->interface);
    if (status == VIA_OK)
        status = via_parcel_write_u32(page, binding->server_uid);
    if (status == VIA_OK)
        status = via_parcel_write_str(page, binding->server_user);
    if (status == VIA_OK)
        status = via_parcel_write_str(page, binding->name);
    if (status == VIA_OK)
        status = via_parcel_write_bool(page, binding->from_file);
    return status;
}

enum via_status binding_verbs_bindings(struct verb_call *call)
{
    const struct bindings *bindings = &call->gateway->bindings;
    const char *family = "", *after = "";
    const char **texts[] = {&family, &after};
    uint32_t most = 0, n = 0;
    enum via_status status = verb_call_texts(call, texts, 2);
    if (status == VIA_OK)
        status = via_parcel_read_u32(call->request, &most);
    if (status != VIA_OK)
        return status;
    struct via_parcel *page = NULL;
    status = via_parcel_create(&page);
    size_t at = bindings_after(bindings, after);
    for (; status == VIA_OK && at < bindings->n; at++) {
        const struct binding *binding = bindings->sorted[at];
        if (*family != '\0' && strcmp(family, binding->family) != 0)
            continue;
        if (n == verb_call_page(most) || via_parcel_size(page) >= VERB_LIST_SIZE_MAX)
            break;
        status = put_binding(page, binding);
        n++;
    }
    bool more = at < bindings->n;
    char next[BINDINGS_CURSOR_MAX] = "";
    if (more && at > 0)
        bindings_cursor(bindings->sorted[at - 1], next);
    if (status == VIA_OK)
        status = verb_call_put_page(call, n, page, more, next);
    (void)via_parcel_unref(page);
    return status;
}

static enum via_status put_waiter(struct via_parcel *page, const struct waiters_line *line)
{
    enum via_status status = via_parcel_write_str(page, line->family);
    if (status == VIA_OK)
        status = via_parcel_write_u32(page, line->uid);
    if (status == VIA_OK)
        status = via_parcel_write_str(page, line->interface);
    if (status == VIA_OK)
        status = via_parcel_write_str(page, line->protocol);
    if (status == VIA_OK)
        status = via_parcel_write_i32(page, line->pid);
    if (status == VIA_OK)
        status = via_parcel_write_u8(page, (uint8_t)line->target.state);
    if (status == VIA_OK)
        status = via_parcel_write_u32(page, line->target.uid);
    if (status == VIA_OK)
        status = via_parcel_write_str(page, line->target.name != NULL ? line->target.name : "");
    return status;
}

enum via_status binding_verbs_waiting(struct verb_call *call)
{
    struct waiters_walk walk;
    struct waiters_line line;
    bool more = false;
    const char *family = "";
    uint64_t after = 0;
    uint32_t most = 0, n = 0;
    enum via_status status = verb_call_text(call, &family);
    if (status == VIA_OK)
        status = via_parcel_read_u64(call->request, &after);
    if (status == VIA_OK)
        status = via_parcel_read_u32(call->request, &most);
    if (status != VIA_OK)
        return status;
    struct via_parcel *page = NULL;
    status = via_parcel_create(&page);
    waiters_walk_begin(&walk, call->gateway, family, after);
    while (status == VIA_OK && waiters_walk_next(&walk, &line)) {
        more = n == verb_call_page(most) || via_parcel_size(page) >= VERB_LIST_SIZE_MAX;
        if (more)
            break;
        status = put_waiter(page, &line);
        after = walk.place;
        n++;
    }
    if (status == VIA_OK)
        status = via_parcel_write_u32(call->reply, n);
    if (status == VIA_OK)
        status = via_parcel_append_parcel(call->reply, page);
    if (status == VIA_OK)
        status = via_parcel_write_bool(call->reply, more);
    if (status == VIA_OK)
        status = via_parcel_write_u64(call->reply, after);
    (void)via_parcel_unref(page);
    return status;
}
